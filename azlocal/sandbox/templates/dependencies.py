"""Which resource waits for which: told by `dependsOn`, implied by `reference`, or by a serial loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azlocal.sandbox.templates.errors import KnownAtRunTimeError, TemplateError, see
from azlocal.sandbox.templates.ids import below
from azlocal.sandbox.templates.planned import Planned, naming
from azlocal.sandbox.templates.resolve import computed
from azlocal.sandbox.templates.scope import LATER, Scope
from azlocal.sandbox.templates.syntax import Call, is_expression, parse
from azlocal.sandbox.templates.values import Unresolved, is_integer, lookup, texts_in

_OPEN, _DONE = 1, 2


class Directory:
    """Finds resources of a template by whatever a template may call them."""

    def __init__(self, resources: Sequence[Planned]) -> None:
        self._found: dict[str, list[Planned]] = {}
        self._names: dict[str, list[Planned]] = {}
        for one in resources:
            for key in _keys(one):
                self._found.setdefault(key.lower(), []).append(one)
            self._names.setdefault(one.name.lower(), []).append(one)

    def find(self, text: str) -> list[Planned]:
        """Return the resources meant by an id, a short id, a symbolic name, a loop's name or a resource's name."""
        key = text.lower().rstrip("/")
        return self._found.get(key) or self._names.get(key) or []


def _keys(one: Planned) -> Iterator[str]:
    yield one.id
    yield below("", one.type, one.name).removeprefix("/providers/")
    if one.symbol:
        yield one.symbol
    if one.symbol and one.loop:
        yield f"{one.symbol}[{one.round}]"
    if one.loop:
        yield one.loop


def connect(resources: Sequence[Planned]) -> Directory:
    """Set `depends` of every resource and return their directory; refuse doubles, strangers and circles."""
    _check_doubles(resources)
    directory = Directory(resources)
    for one in resources:
        with naming("resource", one.name):
            before = [*_implied(one, directory)]
        before += _told(one, directory)
        one.depends = list({id(other): other for other in before}.values())
    _chain(resources)
    _check_circles(resources)
    return directory


def _check_doubles(resources: Sequence[Planned]) -> None:
    seen: set[str] = set()
    for one in resources:
        if not one.deploys:
            continue
        if one.id.lower() in seen:
            raise TemplateError(
                f"The resource '{one.type}/{one.name}' is defined multiple times in a template. "
                f"{see('arm-syntax-resources')}"
            )
        seen.add(one.id.lower())


def _told(one: Planned, directory: Directory) -> Iterator[Planned]:
    told = one.definition.get("dependsOn")
    texts = computed(told, one.scope) if isinstance(told, str) else told or []
    if not isinstance(texts, list):
        raise TemplateError(f"The dependencies of the resource '{one.name}' must be an array. {see('arm-syntax')}")
    for text in texts:
        name = computed(text, one.scope)
        found = directory.find(name) if isinstance(name, str) else []
        if not found:
            raise TemplateError(f"The resource '{_short(name)}' is not defined in the template. {see('arm-syntax')}")
        yield from found


def _short(name: Any) -> str:
    """Return an id as ARM names it in this refusal: from the provider on."""
    text = str(name)
    at = text.lower().rfind("/providers/")
    return text if at < 0 else text[at + len("/providers/") :]


def _implied(one: Planned, directory: Directory) -> Iterator[Planned]:
    if not one.deploys:
        return
    scope = one.scope.at_run_time(LATER)
    for text in texts_in(_own_properties(one)):
        if is_expression(text) and not isinstance(text, Unresolved):
            for call in parse(text).lookups:
                yield from directory.find(_asked(call, scope))


def _own_properties(one: Planned) -> Any:
    """Return the properties whose expressions are computed here, not inside a nested deployment."""
    properties = one.definition.get("properties")
    if one.nested and one.inner and isinstance(properties, dict):
        return {name: part for name, part in properties.items() if name.lower() != "template"}
    return properties


def _asked(call: Call, scope: Scope) -> str:
    try:
        return str(call.arguments[0].evaluate(scope))
    except (KnownAtRunTimeError, TemplateError):
        return ""  # what cannot be told now implies nothing, and is refused where it is computed if it is wrong


def _chain(resources: Sequence[Planned]) -> None:
    """Let each batch of a serial loop wait for the batch before."""
    loops: dict[int, list[Planned]] = {}
    for one in resources:
        if one.loop:
            loops.setdefault(id(one.definition.get("copy")), []).append(one)
    for members in loops.values():
        size = _batch(members[0].definition.get("copy") or {})
        for one in members if size else ():
            before = [other for other in members if other.round // size == one.round // size - 1]
            one.depends += [other for other in before if other not in one.depends]


def _batch(loop: Mapping[str, Any]) -> int:
    """Return the batch size of a serial loop, or 0 for a parallel one."""
    if str(lookup(loop, "mode", "parallel")).lower() != "serial":
        return 0
    size = lookup(loop, "batchSize", 1)
    if not is_integer(size) or size < 1:
        raise TemplateError(f"The copy batch size '{size}' must be a positive integer. {see('arm-copy')}")
    return int(size)


def _check_circles(resources: Sequence[Planned]) -> None:
    marks: dict[int, int] = {}
    for one in resources:
        trail = [(one, iter(one.depends))] if id(one) not in marks else []
        marks.setdefault(id(one), _OPEN)
        while trail:
            current, before = trail[-1]
            following = next(before, None)
            if following is None:
                marks[id(current)] = _DONE
                trail.pop()
            elif marks.get(id(following)) == _OPEN:
                raise TemplateError(
                    f"Circular dependency detected on resource: '{following.id}'. {see('arm-syntax-resources')}"
                )
            elif id(following) not in marks:
                marks[id(following)] = _OPEN
                trail.append((following, iter(following.depends)))
