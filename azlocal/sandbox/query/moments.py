"""Moments and spans of time as clients write them in ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,9}))?"
    r"\s?(?P<zone>Z|z|[+-]\d{2}:?\d{2})?)?"
)
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?"
    r"(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def moment(text: str) -> datetime:
    """Read a moment in UTC (which it is when it names no zone); raise ValueError. Digits beyond a microsecond go."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is no moment")
    zone = (found["zone"] or "Z").upper()
    offset = "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    time = found["time"] or "00:00"
    full = time if time.count(":") == 2 else f"{time}:00"
    fraction = (found["fraction"] or "").ljust(6, "0")[:6]
    return datetime.fromisoformat(f"{found['date']}T{full}.{fraction}{offset}").astimezone(timezone.utc)


def duration(text: str) -> timedelta:
    """Read a duration such as `P1DT12H`; raise ValueError."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        raise ValueError(f"'{text}' is no duration")
    return timedelta(**{unit: float(value) for unit, value in found.groupdict().items() if value})


def span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Read a span: a duration before *now*, or two ends of which one may be a duration; raise ValueError."""
    first, slash, second = text.partition("/")
    if not slash:
        return now - duration(first), now
    if first.strip().upper().startswith("P"):
        end = moment(second)
        return end - duration(first), end
    start = moment(first)
    return start, start + duration(second) if second.strip().upper().startswith("P") else moment(second)
