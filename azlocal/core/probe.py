"""How answers differ from what azlocal assumes, told without a word that is not azlocal's own.

What comes out names properties and words that the shapes know, types, formats and numbers, never a value: names, ids,
addresses, tags and messages of a customer have no way into it. A property that is not known is told by where it is and
of which type it is. Not by a digest either: whoever knows a customer's names could try them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Shapes = Mapping[str, Any]
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)")
_STEP_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
_DEEPEST = 60


@dataclass(frozen=True, slots=True, order=True)
class Deviation:
    """One way in which answers differ. Every part is azlocal's own word.

    `kind`: missing-property, unknown-property, other-type, other-word, other-case; `shape` is the answer, `path` the
    place in it, `expected` what the shape says, `found` what came instead, by its type or format.
    """

    shape: str
    path: str
    kind: str
    expected: str
    found: str


def _whole(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def fits(leaf: str, value: Any) -> bool:
    """Return whether a value is what a leaf of a shape says."""
    kinds = {
        "text": isinstance(value, str),
        "guid": _whole(_GUID, value),
        "id": isinstance(value, str) and value.startswith("/"),
        "time": _whole(_TIME, value),
        "step-time": _whole(_STEP_TIME, value),
        "step-time-or-empty": value == "" or _whole(_STEP_TIME, value),
        "duration": _whole(_DURATION, value),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "any": True,
    }
    return kinds[leaf] if leaf in kinds else value in words_of(leaf)


LEAVES = frozenset(
    {"text", "guid", "id", "time", "step-time", "step-time-or-empty", "duration", "integer", "number", "boolean", "any"}
)


def words_of(leaf: str) -> tuple[str, ...]:
    """Return the words that a leaf lists."""
    return tuple(word.strip() for word in leaf.split("|"))


def kind_of(value: Any) -> str:
    """Return what a value is, by type and format: it says nothing of what is in it."""
    if isinstance(value, str):
        named = (("guid", _GUID), ("time", _TIME), ("time without zone", _STEP_TIME), ("duration", _DURATION))
        known = next((name for name, pattern in named if _whole(pattern, value)), "")
        return known or ("empty text" if not value else "id" if value.startswith("/") else "text")
    kinds = ((bool, "boolean"), (int, "integer"), (float, "number"), (list, "list"), (Mapping, "object"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


@dataclass(frozen=True, slots=True)
class Comparer:
    """Compares answers with shapes. `words` are those that may be told: lower case → as azlocal writes it."""

    shapes: Shapes
    words: Mapping[str, str]

    @classmethod
    def of(cls, shapes: Shapes, more: Iterable[str] = ()) -> Comparer:
        """Return a comparer that knows the words and property names of *shapes*, and *more* public words."""
        known = {one.lower(): one for one in (*more, *_vocabulary(shapes, 0))}
        return cls(shapes, known)

    def deviations(self, shape: str, value: Any) -> Iterator[Deviation]:
        """Yield how an answer differs from its shape."""
        yield from self._compare(shape, self.shapes[shape], value, "", 0)

    def _compare(self, name: str, shape: Any, value: Any, path: str, depth: int) -> Iterator[Deviation]:
        if depth > _DEEPEST:
            return
        if isinstance(shape, str) and shape.startswith("@"):
            yield from self._compare(name, self.shapes[shape[1:]], value, path, depth + 1)
        elif isinstance(shape, Mapping):
            yield from self._object(name, shape, value, path, depth)
        elif isinstance(shape, list):
            yield from self._list(name, shape, value, path, depth)
        elif not fits(shape, value):
            yield self._leaf(name, shape, value, path)

    def _leaf(self, name: str, shape: str, value: Any, path: str) -> Deviation:
        if shape in LEAVES or not isinstance(value, str):
            return Deviation(name, path, "other-type", shape, kind_of(value))
        same = value.lower() in {word.lower() for word in words_of(shape)}
        if same:
            return Deviation(name, path, "other-case", shape, "the same word in another case")
        return Deviation(name, path, "other-word", shape, self.words.get(value.lower(), "a word that is not known"))

    def _object(self, name: str, shape: Mapping[str, Any], value: Any, path: str, depth: int) -> Iterator[Deviation]:
        if not isinstance(value, Mapping):
            yield Deviation(name, path, "other-type", "object", kind_of(value))
            return
        known = {one.rstrip("?"): part for one, part in shape.items()}
        for one, part in shape.items():
            if not one.endswith("?") and one != "*" and one not in value:
                yield Deviation(name, _below(path, one), "missing-property", _told(part), "nothing")
        for one, found in value.items():
            if one != "*" and one in known:
                yield from self._compare(name, known[one], found, _below(path, one), depth + 1)
            elif "*" in known:
                yield from self._compare(name, known["*"], found, _below(path, "*"), depth + 1)
            else:
                yield self._unknown(name, str(one), found, path)

    def _unknown(self, name: str, one: str, found: Any, path: str) -> Deviation:
        told = self.words.get(one.lower())
        where = _below(path, told) if told else path
        return Deviation(name, where, "unknown-property", "no such property", kind_of(found))

    def _list(self, name: str, shape: list[Any], value: Any, path: str, depth: int) -> Iterator[Deviation]:
        if not isinstance(value, list):
            yield Deviation(name, path, "other-type", "list", kind_of(value))
            return
        for item in value if shape else ():
            yield from self._compare(name, shape[0], item, f"{path}[]", depth + 1)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _told(shape: Any) -> str:
    if isinstance(shape, str):
        return "object" if shape.startswith("@") else shape
    return "object" if isinstance(shape, Mapping) else "list"


def _vocabulary(shape: Any, depth: int) -> Iterator[str]:
    if isinstance(shape, Mapping):
        for name, part in shape.items():
            if depth:
                yield name.rstrip("?")
            yield from _vocabulary(part, depth + 1)
    elif isinstance(shape, list):
        for part in shape:
            yield from _vocabulary(part, depth + 1)
    elif isinstance(shape, str) and not shape.startswith("@") and shape not in LEAVES:
        yield from words_of(shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """An api-version that azlocal asks by; `offered` is None when the provider did not tell."""

    type: str
    version: str
    offered: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A read that Azure did not answer as it should: what was read, status (0: no answer) and code, if it is known."""

    read: str
    status: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A switch: a behaviour that no source confirms. `observed` are its settings as they were seen, `other` for none."""

    name: str
    settings: tuple[str, ...]
    observed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Everything a probe found. Nothing in it is a customer's."""

    cloud: str
    read: Mapping[str, int]
    """Shape → how many documents were compared."""
    deviations: tuple[tuple[Deviation, int], ...]
    versions: tuple[Used, ...]
    switches: tuple[Seen, ...]
    refused: tuple[tuple[Refused, int], ...]

    @property
    def odd(self) -> int:
        """Return how many things are not as azlocal assumes."""
        gone = sum(one.offered is False for one in self.versions)
        return len(self.deviations) + gone + sum("other" in one.observed for one in self.switches)
