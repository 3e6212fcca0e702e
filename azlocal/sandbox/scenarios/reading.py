"""Reads mappings strictly: each value once, by name and kind; what nobody asked for is an error that names it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from azlocal.sandbox.scenarios.model import ScenarioError

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


class Part:
    """One mapping of a scenario file and where it stands. All scalars are text, as the file has them."""

    def __init__(self, value: Any, place: str, known: Iterable[str]) -> None:
        self.place = place
        self._known = tuple(known)
        if not isinstance(value, Mapping):
            raise ScenarioError(f"{place or 'the file'}: a mapping is wanted, not {value!r}")
        self._value = value
        for name in value:
            if name not in self._known:
                raise self.error(str(name), f"unknown key (known: {', '.join(sorted(self._known))})")

    def error(self, name: str, what: str) -> ScenarioError:
        """Return the error that says what is wrong with one key."""
        return ScenarioError(f"{self.at(name)}: {what}")

    def at(self, name: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Return whether the key is there."""
        return name in self._value

    def raw(self, name: str, default: Any = None) -> Any:
        """Return a value as the file has it."""
        return self._value.get(name, default)

    def text(self, name: str, default: str | None = None, words: Iterable[str] = ()) -> str:
        """Return a text, empty only where the default is; without a default it must be there.

        *words*, when given, are all that is taken.
        """
        value = self._value.get(name, default)
        if not isinstance(value, str) or (not value and default != ""):
            raise self.error(name, "a text is wanted" if name in self._value else "missing")
        taken = tuple(words)
        if taken and value not in taken:
            raise self.error(name, f"'{value}' is not one of {', '.join(taken)}")
        return value

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        value = self.text(name, str(default))
        if not value.isdecimal():
            raise self.error(name, f"a whole number is wanted, not '{value}'")
        return int(value)

    def truth(self, name: str, default: bool) -> bool:
        """Return true or false."""
        return self.text(name, str(default).lower(), ("true", "false")) == "true"

    def span(self, name: str, default: timedelta) -> timedelta:
        """Return an ISO 8601 duration."""
        return duration(self.text(name), self.at(name)) if name in self._value else default

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone counts as a list of one."""
        value = self._value.get(name, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.error(name, "a list of texts is wanted")
        return tuple(found)

    def items(self, name: str) -> list[tuple[Any, str]]:
        """Return the items of a list, each with its place."""
        value = self._value.get(name, [])
        if not isinstance(value, list):
            raise self.error(name, "a list is wanted")
        return [(one, f"{self.at(name)}[{place}]") for place, one in enumerate(value)]

    def map(self, name: str) -> dict[str, str]:
        """Return a mapping of texts."""
        value = self._value.get(name, {})
        if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
            raise self.error(name, "a mapping of texts is wanted")
        return {str(key): one for key, one in value.items()}


def duration(text: str, place: str) -> timedelta:
    """Return an ISO 8601 duration of weeks to seconds."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ScenarioError(f"{place}: '{text}' is not an ISO 8601 duration such as PT3H or P2D")
    return timedelta(**{unit: int(part) for unit, part in found.groupdict().items() if part})
