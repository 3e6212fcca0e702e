"""The engine's values as Azure writes them: Kusto's types, and JSON in the forms of both services."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from azlocal.sandbox.clock import stamp

_TYPES = {
    "BOOLEAN": "bool", "TINYINT": "int", "UTINYINT": "int", "SMALLINT": "int", "USMALLINT": "int", "INTEGER": "int",
    "UINTEGER": "long", "BIGINT": "long", "UBIGINT": "long", "HUGEINT": "long", "UHUGEINT": "long", "FLOAT": "real",
    "DOUBLE": "real", "VARCHAR": "string", "UUID": "guid", "DATE": "datetime", "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime", "INTERVAL": "timespan", "TIME": "timespan",
}  # fmt: skip
_GRAPH_TYPES = {
    "bool": "boolean", "int": "integer", "long": "long", "real": "number", "decimal": "number", "dynamic": "object",
    "datetime": "datetime",
}  # fmt: skip
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
Writer = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its name and the engine's name of its type."""

    name: str
    engine_type: str

    @property
    def type(self) -> str:
        """Return the Kusto type; what has parts is dynamic."""
        name = self.engine_type.upper()
        return "decimal" if name.startswith("DECIMAL") and not name.endswith("]") else _TYPES.get(name, "dynamic")

    @property
    def graph_type(self) -> str:
        """Return the type in Resource Graph's words."""
        return _GRAPH_TYPES.get(self.type, "string")

    def graph_writer(self) -> Writer:
        """Return how Resource Graph writes a value: dynamic as JSON, moments as ISO text with Z."""
        return {"dynamic": self._dynamic(), "datetime": _moment, "string": _text}.get(self.type, _plain)

    def logs_writer(self) -> Writer:
        """Return how Log Analytics writes a value: dynamic as JSON text, moments without idle zeros."""
        read = self._dynamic()
        return {
            "dynamic": lambda value: None if value is None else _dynamic_text(read(value)),
            "datetime": _short_moment,
            "string": _text,
        }.get(self.type, _plain)

    def _dynamic(self) -> Writer:
        return _json if "JSON" in self.engine_type.upper() else _parts


def _text(value: Any) -> str:
    # A Kusto string is never null.
    return "" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, timedelta):
        return timespan(value)
    if value is None or isinstance(value, bool | int):
        return value
    return float(value) if isinstance(value, Decimal) else str(value)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _moment(value: Any) -> str | None:
    return None if value is None else stamp(_utc(value))


def _short_moment(value: Any) -> str | None:
    if value is None:
        return None
    seconds, _, rest = stamp(_utc(value)).removesuffix("Z").partition(".")
    return f"{seconds}.{rest.rstrip('0')}Z" if rest.strip("0") else f"{seconds}Z"


def _utc(value: date) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)


def _json(value: Any) -> Any:
    """Return JSON that the engine gives as text, or as lists of texts."""
    if isinstance(value, str):
        return json.loads(value)
    return [_json(one) for one in value] if isinstance(value, list) else _parts(value)


def _parts(value: Any) -> Any:
    """Return JSON of a list or a structure of plain values."""
    if isinstance(value, list):
        return [_parts(one) for one in value]
    if isinstance(value, dict):
        return {str(name): _parts(one) for name, one in value.items()}
    return _moment(value) if isinstance(value, date) else _plain(value)


def _dynamic_text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def compact(value: Any) -> str:
    """Return JSON text that the engine can keep."""
    return storable(_ENCODE(value))


def storable(text: str) -> str:
    """Return *text* without halves of characters, which JSON may carry and the engine cannot keep."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def timespan(value: timedelta) -> str:
    """Return Kusto's text of a timespan: `[-][d.]hh:mm:ss[.fffffff]`."""
    sign, span = ("-", -value) if value < timedelta(0) else ("", value)
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{span.days}." if span.days else ""
    fraction = f".{span.microseconds:06}0" if span.microseconds else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
