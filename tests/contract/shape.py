"""Compares an answer with a shape, key by key: what is missing, of the wrong type, outside its words, or unknown."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from azlocal.azure.probe import shapes

SHAPES: dict[str, Any] = dict(shapes())

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?(Z|[+-]\d\d:\d\d)")
_STEP_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


LEAVES = {
    "text": lambda value: isinstance(value, str),
    "guid": lambda value: _matches(_GUID, value),
    "id": lambda value: isinstance(value, str) and value.startswith("/"),
    "time": lambda value: _matches(_TIME, value),
    "step-time": lambda value: _matches(_STEP_TIME, value),
    "step-time-or-empty": lambda value: value == "" or _matches(_STEP_TIME, value),
    "duration": lambda value: _matches(_DURATION, value),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "any": lambda value: True,
}


def problems(shape: Any, value: Any, path: str = "$") -> Iterator[str]:
    """Yield what of *value* does not fit *shape*, each with its path."""
    if isinstance(shape, str) and shape.startswith("@"):
        yield from problems(SHAPES[shape[1:]], value, path)
    elif isinstance(shape, dict):
        yield from _object(shape, value, path)
    elif isinstance(shape, list):
        yield from _list(shape, value, path)
    elif not _leaf(shape, value):
        yield f"{path}: {value!r} is not {shape}"


def _leaf(shape: str, value: Any) -> bool:
    if shape in LEAVES:
        return LEAVES[shape](value)
    return value in [word.strip() for word in shape.split("|")]


def _object(shape: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    known = {name.rstrip("?"): part for name, part in shape.items()}
    for name in shape:
        if not name.endswith("?") and name != "*" and name not in value:
            yield f"{path}.{name}: missing"
    for name, part in value.items():
        if name in known:
            yield from problems(known[name], part, f"{path}.{name}")
        elif "*" in known:
            yield from problems(known["*"], part, f"{path}.{name}")
        else:
            yield f"{path}.{name}: unknown key"


def _list(shape: list[Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for place, item in enumerate(value if shape else ()):
        yield from problems(shape[0], item, f"{path}[{place}]")


def mutations(shape: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (what was done, a copy of *value* made wrong): each key lost, each leaf of another type, one key too many."""
    for path, part, found in _places(shape, value, ()):
        if isinstance(part, dict) and isinstance(found, dict):
            if "*" not in part:
                yield f"{path}: a key too many", _changed(value, path, {**found, "notOfThisShape": 1})
            for name in part:
                if not name.endswith("?") and name != "*":
                    less = {key: kept for key, kept in found.items() if key != name}
                    yield f"{path}.{name}: lost", _changed(value, path, less)
        elif not isinstance(part, dict | list) and part != "any":
            yield f"{path}: of another type", _changed(value, path, {"not": "this"})
            if "|" in part:
                yield f"{path}: another word", _changed(value, path, "NotOneOfTheWords")


def _places(shape: Any, value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    if isinstance(shape, str) and shape.startswith("@"):
        yield from _places(SHAPES[shape[1:]], value, path)
        return
    yield path, shape, value
    if isinstance(shape, dict) and isinstance(value, dict):
        known = {name.rstrip("?"): part for name, part in shape.items()}
        for name, part in value.items():
            if name in known:
                yield from _places(known[name], part, (*path, name))
    elif isinstance(shape, list) and shape and isinstance(value, list) and value:
        yield from _places(shape[0], value[0], (*path, 0))


def _changed(value: Any, path: tuple[Any, ...], part: Any) -> Any:
    if not path:
        return part
    whole = copy.deepcopy(value)
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = part
    return whole
