"""A data collection rule's streams: whether records fit the columns they declare.

Source: Azure Monitor documentation, data collection rule structure and Logs Ingestion limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from azlocal.sandbox.query.moments import moment

LONGEST = 65_536
"""Bytes of a field; what is longer is cut."""
_SHORT = LONGEST // 4
"""Characters of a text that is within the length of a field whatever they are."""
_PLAIN: Mapping[str, type] = {"string": str, "real": float, "boolean": bool, "bool": bool}
"""Kinds of columns → the type whose every value fits: what most values of most records are."""
_GUID = re.compile(r"\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?", re.IGNORECASE)
Record = dict[str, Any]


class Misfit(Exception):
    """A record that a stream does not take; *column* is the one at fault, empty when it is no object."""

    def __init__(self, place: int, column: str, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.column = column
        self.message = message


def fitted(records: list[Any], columns: Mapping[str, str], *, drop_undeclared: bool) -> list[Record]:
    """Return the records as the stream takes them: undeclared columns dropped, long fields cut; raise Misfit."""
    fits = {name: _FITS.get(kind.lower(), _anything) for name, kind in columns.items()}
    plain = {name: _PLAIN[kind.lower()] for name, kind in columns.items() if kind.lower() in _PLAIN}
    return [_record(place, record, columns, fits, plain, drop_undeclared) for place, record in enumerate(records)]


def _record(
    place: int, record: Any, columns: Mapping[str, str], fits: Mapping[str, Callable[[Any], bool]],
    plain: Mapping[str, type], drop: bool,
) -> Record:  # fmt: skip
    if not isinstance(record, dict):
        raise Misfit(place, "", "is not an object")
    kept: Record = {}
    for name, value in record.items():
        if plain.get(name) is type(value) and not (isinstance(value, str) and len(value) > _SHORT):
            kept[name] = value
            continue
        if name in fits:
            if value is not None and not fits[name](value):
                raise Misfit(place, name, f"has in column '{name}' a value that is no {columns[name]}")
            kept[name] = cut(value) if isinstance(value, str) else value
        elif not drop:
            raise Misfit(place, name, f"has the column '{name}', which the stream does not declare")
    return kept


def _anything(value: Any) -> bool:
    del value
    return True


def cut(text: str) -> str:
    """Return *text* within the length of a field."""
    if len(text) * 4 <= LONGEST:
        return text
    return text.encode()[:LONGEST].decode(errors="ignore")


def _whole(bits: int) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and -(1 << bits - 1) <= value < 1 << bits - 1

    return fits


def _real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _moment(value: Any) -> bool:
    return isinstance(value, str) and _is_moment(value)


@lru_cache(4096)
def _is_moment(text: str) -> bool:
    """Return whether *text* is a moment; many records of a batch tell the same one."""
    try:
        moment(text)
    except ValueError:
        return False
    return True


_FITS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "int": _whole(32),
    "long": _whole(64),
    "real": _real,
    "boolean": lambda value: isinstance(value, bool),
    "bool": lambda value: isinstance(value, bool),
    "datetime": _moment,
    "guid": lambda value: isinstance(value, str) and _GUID.fullmatch(value) is not None,
}
