"""Words for people: numbers and durations in sentences (`1 cluster`, `2 hours 30 minutes`), and what they write."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 cluster`, `2 clusters`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def length(span: timedelta) -> str:
    """Return a duration in full, whole seconds: `4 hours`, `1 day 30 minutes`; nothing or less is `0 minutes`."""
    left = int(span.total_seconds())
    parts = []
    for noun, seconds in _UNITS:
        number, left = divmod(max(0, left), seconds)
        parts += [count(number, noun)] if number else []
    return " ".join(parts) or "0 minutes"


def one_line(text: str) -> str:
    """Return what a person wrote as a tag may keep it: on one line, without control and format characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
