"""JSON values as the template language sees them: type names, equality, order, text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from azlocal.sandbox.templates.errors import KnownAtRunTimeError

_NAMES: dict[type, str] = {
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "Float",
    list: "Array",
    dict: "Object",
    type(None): "Null",
}


class Unresolved(str):
    """An expression left as it stands, because its value is known at run time only."""

    __slots__ = ()


def type_name(value: Any) -> str:
    """Return the name ARM's messages give to the type of *value*."""
    name = _NAMES.get(type(value))
    return name or ("String" if isinstance(value, str) else "Object")


def is_integer(value: Any) -> bool:
    """Return whether *value* is a whole number; a boolean is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Compare as `equals` does: types must agree, texts with regard to case, containers deeply."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(one, other) for one, other in zip(left, right))
    return bool(left == right)


def as_text(value: Any) -> str:
    """Return *value* as `string` does: texts stay, containers become compact JSON.

    Raises KnownAtRunTimeError when some part of a container is not known yet: its text is not known either.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if unresolved_in(value):
        raise KnownAtRunTimeError("string")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def find_key(mapping: Mapping[str, Any], name: str) -> str | None:
    """Return the key of *mapping* that equals *name* without regard to case, an exact one first."""
    if name in mapping:
        return name
    lowered = name.lower()
    return next((key for key in mapping if key.lower() == lowered), None)


def lookup(mapping: Any, name: str, default: Any = None) -> Any:
    """Return the value of a key without regard to case, or *default*, also of what is no object at all."""
    key = find_key(mapping, name) if isinstance(mapping, dict) else None
    return default if key is None else mapping[key]


def texts_in(value: Any) -> list[str]:
    """Return every text in a JSON value, keys included."""
    texts: list[str] = []
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            texts.extend(part)
            left.extend(part.values())
        elif isinstance(part, list):
            left.extend(part)
    return texts


def unresolved_in(value: Any) -> bool:
    """Return whether some part of *value* is known at run time only."""
    if isinstance(value, dict):
        return any(unresolved_in(part) for part in value.values())
    if isinstance(value, list):
        return any(unresolved_in(part) for part in value)
    return isinstance(value, Unresolved)
