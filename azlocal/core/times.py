"""Azure's times and durations to values, and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


def parse_time(text: object) -> datetime | None:
    """Parse a moment as Azure writes it (0 to 9 fractional digits, Z, offset or no zone = UTC).

    Anything else, an empty string included, is None: not known.
    """
    found = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    micro = int((found[7] or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, int(found[6] or 0), micro, timezone.utc)
    except ValueError:
        return None
    zone = found[8]
    if zone is None or zone.upper() == "Z":
        return moment
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment - offset if zone[0] == "+" else moment + offset


def format_time(moment: datetime) -> str:
    """Format a moment for telemetry and output: UTC, whole seconds, Z."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_stamp(moment: datetime) -> str:
    """Format a moment for tags, where a colon would be noise: 20261123T140512Z."""
    return moment.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def parse_stamp(text: str) -> datetime | None:
    """Parse the form `format_stamp` writes; None when it is not one."""
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return None


def parse_duration(text: str) -> timedelta:
    """Parse an ISO 8601 duration of weeks to seconds (`P1D`, `PT6H30M`); raise ValueError otherwise."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        raise ValueError(f"'{text}' is not an ISO 8601 duration such as P1D, PT6H or PT30M")
    return timedelta(**{unit: float(part) for unit, part in zip(_UNITS, found.groups()) if part})


def format_duration(span: timedelta) -> str:
    """Format a duration in ISO 8601, whole seconds: P1DT2H, PT0S."""
    left = int(span.total_seconds())
    days, left = divmod(left, 86400)
    hours, left = divmod(left, 3600)
    minutes, seconds = divmod(left, 60)
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    if not days and not clock:
        return "PT0S"
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
