"""The part of OData's `$filter` that ARM's lists take: comparisons and functions, joined by `and` and `or`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Call

_TEXT = r"'((?:[^']|'')*)'"
_COMPARISON = re.compile(rf"([\w./]+)\s+(eq|ne|ge|le|gt|lt)\s+(?:{_TEXT}|([\w:.+-]+))", re.IGNORECASE)
_CONTAINS = re.compile(rf"substringof\(\s*{_TEXT}\s*,\s*([\w./]+)\s*\)", re.IGNORECASE)
_STARTS = re.compile(rf"startswith\(\s*([\w./]+)\s*,\s*{_TEXT}\s*\)", re.IGNORECASE)
_FUNCTION = re.compile(rf"(\w+)\(\s*(?:{_TEXT})?\s*\)", re.IGNORECASE)
_JOINT = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. *operator* is eq, ne, ge, le, gt, lt, contains, startswith, or call (a function's name)."""

    name: str
    operator: str
    value: str


Filter = list[list[Clause]]
"""Alternatives, each of them conditions that hold together."""


def filter_of(call: Call) -> Filter:
    """Return the request's `$filter`, empty without one; raise ArmError (400) when it cannot be read."""
    text = option(call, "$filter")
    return parse(text) if text.strip() else []


def option(call: Call, name: str) -> str:
    """Return a query option without regard to case, or an empty string."""
    return next((value for key, value in call.request.query.items() if key.lower() == name), "")


def top_of(call: Call) -> int | None:
    """Return the request's `$top`; raise ArmError (400) when it is no positive number."""
    text = option(call, "$top")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ArmError(400, "InvalidTopInQueryString", f"Invalid $top '{text}' specified in the query string.")
    return int(text)


def parse(text: str) -> Filter:
    """Parse a filter; `and` binds more tightly than `or`."""
    alternatives: Filter = [[]]
    place = 0
    while True:
        clause, place = _clause(text, place)
        alternatives[-1].append(clause)
        if not text[place:].strip():
            return alternatives
        joint = _JOINT.match(text, place)
        if joint is None:
            raise _invalid(text)
        if joint[1].lower() == "or":
            alternatives.append([])
        place = joint.end()


def _clause(text: str, place: int) -> tuple[Clause, int]:
    place += len(text[place:]) - len(text[place:].lstrip())
    if (found := _CONTAINS.match(text, place)) is not None:
        return Clause(found[2].lower(), "contains", _plain(found[1])), found.end()
    if (found := _STARTS.match(text, place)) is not None:
        return Clause(found[1].lower(), "startswith", _plain(found[2])), found.end()
    if (found := _FUNCTION.match(text, place)) is not None:
        return Clause(found[1].lower(), "call", _plain(found[2] or "")), found.end()
    if (found := _COMPARISON.match(text, place)) is not None:
        value = found[4] if found[3] is None else _plain(found[3])
        return Clause(found[1].lower(), found[2].lower(), value), found.end()
    raise _invalid(text)


def _plain(quoted: str) -> str:
    return quoted.replace("''", "'")


def _invalid(text: str) -> ArmError:
    return ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")


def matches(wanted: Filter, value_of: Callable[[str], Any]) -> bool:
    """Return whether a thing fits; *value_of* gives its value by lower-cased name, None when it has none."""
    return not wanted or any(all(_holds(clause, value_of(clause.name)) for clause in one) for one in wanted)


def _holds(clause: Clause, value: Any) -> bool:
    text, wanted = str("" if value is None else value).lower(), clause.value.lower()
    return {
        "eq": text == wanted,
        "ne": text != wanted,
        "ge": text >= wanted,
        "gt": text > wanted,
        "le": text <= wanted,
        "lt": text < wanted,
        "contains": wanted in text,
        "startswith": text.startswith(wanted),
    }.get(clause.operator, False)
