"""One rule of the domain as data: what it says, where that is written, and what a plan may put in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from azlocal.core.tags import parse_day
from azlocal.core.times import format_duration, parse_duration
from azlocal.core.versions import numbers

Value: TypeAlias = "int | tuple[int, ...] | timedelta | date | frozenset[str]"
"""A number, a dotted version, a duration, a day, or a list of names."""

KINDS = {
    "check": "Preconditions",
    "support": "Support matrix",
    "finding": "Limbo and lag",
    "statement": "Statements before an upgrade",
    "verification": "Verification after success",
    "task": "Tasks after the upgrade",
    "validation": "Tests of the readiness validation",
    "threshold": "Thresholds",
    "build": "Builds and their support",
    "regions": "Regions",
    "reason": "Reasons",
}
"""Kind → the heading under which its rules stand."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_NAME = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `source` and `date` say where it was read and how old that is (when it was read, if it has no date).

    `value` is its number where it has one, and `open` whether a plan may override that. `details` are
    labelled sentences for people. Raises ValueError naming the field that is wrong.
    """

    id: str
    kind: str
    title: str
    text: str
    source: str
    date: str
    value: Value | None = None
    open: bool = False
    details: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would be no rule."""
        for field in ("title", "text", "source", "date"):
            if not getattr(self, field).strip():
                raise ValueError(f"rule '{self.id}': {field}: missing")
        if not _ID.fullmatch(self.id):
            raise ValueError(f"rule '{self.id}': id: letters, digits and single hyphens are wanted")
        if self.kind not in KINDS:
            raise ValueError(f"rule '{self.id}': kind: '{self.kind}' is none of {', '.join(KINDS)}")
        if not _DATE.fullmatch(self.date):
            raise ValueError(f"rule '{self.id}': date: '{self.date}' is neither YYYY-MM nor YYYY-MM-DD")
        if self.open and self.value is None:
            raise ValueError(f"rule '{self.id}': value: missing, and an override would replace it")

    @property
    def shown(self) -> str:
        """Return its value as people write it, empty when it has none."""
        return "" if self.value is None else written(self.value)

    def read(self, text: str) -> Value:
        """Return the value that *text* writes for this rule; raise ValueError for anything else."""
        return _read(self.value, text.strip())


def written(value: Value) -> str:
    """Return a value as it is written in a plan."""
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return ".".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(like: Value | None, text: str) -> Value:
    """Return *text* as a value of the same shape as *like*."""
    if isinstance(like, timedelta):
        return parse_duration(text)
    if isinstance(like, frozenset):
        return _names(text)
    if isinstance(like, tuple):
        return _version(text)
    return _day(text) if isinstance(like, date) else _number(text)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(f"'{text}' is not a whole number from 0 to 999999999")
    return int(text)


def _version(text: str) -> tuple[int, ...]:
    found = numbers(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9}){1,5}", text) else None
    if found is None:
        raise ValueError(f"'{text}' is not a version such as 30.2408")
    return found


def _day(text: str) -> date:
    found = parse_day(text)
    if found is None:
        raise ValueError(f"'{text}' is not a date YYYY-MM-DD")
    return found


def _names(text: str) -> frozenset[str]:
    found = [name.replace(" ", "").lower() for name in text.split(",")]
    if not all(map(_NAME.fullmatch, found)):
        raise ValueError(f"'{text}' is not a list of names such as eastus, westeurope")
    return frozenset(found)
