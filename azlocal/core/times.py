"""Azure's times and durations to values, and back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.IGNORECASE | re.ASCII,
)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")


def parse_time(text: object) -> datetime | None:
    """Parse a moment as Azure writes it (0 to 9 fractional digits, Z, offset or no zone = UTC).

    Anything else, an empty string or a moment outside the calendar included, is None: not known.
    """
    found = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    micro = int((found[7] or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, int(found[6] or 0), micro, timezone.utc)
        return moment - _offset(found[8])
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone.upper() == "Z":
        return timedelta()
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return offset if zone[0] == "+" else -offset


def format_time(moment: datetime) -> str:
    """Format a moment for telemetry and output: UTC, whole seconds, Z."""
    # Not strftime: it does not pad the year everywhere, and Azure's zero moment is the year 1.
    return moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def format_stamp(moment: datetime) -> str:
    """Format a moment for tags, where a colon would be noise: 20261123T140512Z."""
    return format_time(moment).replace("-", "").replace(":", "")


def parse_stamp(text: str) -> datetime | None:
    """Parse the form `format_stamp` writes; None when it is not one."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None


def parse_duration(text: str) -> timedelta:
    """Parse an ISO 8601 duration of weeks to seconds (`P1D`, `PT6H30M`); raise ValueError otherwise."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None or not any(found.groups()):
        raise ValueError(f"'{text}' is not an ISO 8601 duration such as P1D, PT6H or PT30M")
    try:
        return timedelta(**{unit: float(part) for unit, part in zip(_UNITS, found.groups()) if part})
    except OverflowError as error:
        raise ValueError(f"'{text}' is a longer ISO 8601 duration than can be kept") from error


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
