"""Method and path template to handler, without regard to case."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from azlocal.sandbox.rbac_actions import pattern

if TYPE_CHECKING:
    from azlocal.sandbox.wire import Response
    from azlocal.sandbox.world import Call

Handler = Callable[["Call"], "Response"]
_ANY = "{"
_REMEMBERED = 2048


@dataclass(frozen=True, slots=True)
class Route:
    """One route. *action* is the RBAC action it needs, empty for what ARM does not authorize; *data* for one on data."""

    method: str
    template: str
    handler: Handler
    resource_type: str
    api_versions: frozenset[str] | None
    needs_token: bool
    action: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the path's values, spelled as the client spelled them."""

    route: Route
    params: dict[str, str]


class Router:
    """Routes by template: `{name}` is one segment, `{name*}` any number of segments."""

    def __init__(self) -> None:
        self._fixed: dict[tuple[int, str], list[tuple[tuple[str, ...], Route]]] = {}
        self._open: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
        self.routes: list[Route] = []
        self._known: dict[str, list[Match]] = {}
        """What was found for the last paths: clients ask for the same again and again."""

    def add(
        self,
        method: str,
        template: str,
        handler: Handler,
        *,
        resource_type: str = "",
        api_versions: Iterable[str] | None = None,
        needs_token: bool = True,
        action: str | None = None,
        data: bool = False,
    ) -> None:
        """Register *handler*; *api_versions* of None means that any or none is taken.

        Without *action* it is the one of ARM's pattern. One on *data* is asked for by the handler, who knows the scope.
        """
        versions = None if api_versions is None else frozenset(api_versions)
        self._known.clear()
        told = pattern(method, template, resource_type) if action is None and needs_token else action or ""
        route = Route(method, template, handler, resource_type, versions, needs_token, told, data)
        self.routes.append(route)
        if "*}" in template:
            innermost = "" if template.endswith("*}") else _namespace(_split(template))
            self._open.setdefault(innermost, []).append((_pattern(template), route))
        else:
            parts = tuple(part if part[:1] == "{" else part.lower() for part in _split(template))
            self._fixed.setdefault((len(parts), _namespace(parts)), []).append((parts, route))

    def match(self, path: str) -> list[Match]:
        """Return every route whose template fits *path*, whatever its method."""
        found = self._known.get(path)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[path] = self._matches(path)
        return found

    def _matches(self, path: str) -> list[Match]:
        parts = _split(path)
        namespaces = dict.fromkeys((_namespace(parts), _ANY, ""))
        found = [
            Match(route, params)
            for namespace in namespaces
            for template, route in self._fixed.get((len(parts), namespace), ())
            if (params := _values(template, parts)) is not None
        ]
        if found:
            return found
        return [
            Match(route, {name: unquote(value) for name, value in hit.groupdict().items()})
            for namespace in namespaces
            for pattern, route in self._open.get(namespace, ())
            if (hit := pattern.fullmatch(path)) is not None
        ]


def _split(path: str) -> list[str]:
    return path.strip("/").split("/")


def _namespace(parts: Sequence[str]) -> str:
    """Return the provider of the innermost resource in lower case: what tells most routes apart."""
    for place in range(len(parts) - 2, -1, -1):
        if parts[place].lower() == "providers":
            return _ANY if parts[place + 1][:1] == "{" else parts[place + 1].lower()
    return ""


def _values(template: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for wanted, part in zip(template, parts):
        if wanted[:1] == "{":
            params[wanted[1:-1]] = unquote(part)
        elif wanted != part.lower():
            return None
    return params


def _pattern(template: str) -> re.Pattern[str]:
    expression = ""
    for part in _split(template):
        name = part.strip("{}*")
        if part.endswith("*}"):
            expression += f"/(?P<{name}>.+?)"
        elif part.startswith("{"):
            expression += f"/(?P<{name}>[^/]+)"
        else:
            expression += "/" + re.escape(part)
    return re.compile(expression + "/?", re.IGNORECASE)
