"""Functions on dates and durations."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta, timezone
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import want_integer, want_text
from azlocal.sandbox.templates.functions.date_forms import written
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.scope import Scope, not_expected

COMPACT = "yyyyMMddTHHmmssZ"  # the form of utcNow(); source: documentation of the template functions for dates
_ISO = "yyyy-MM-ddTHH:mm:ssZ"
_GENERAL = "M/d/yyyy h:mm:ss tt"
_READ = (
    ("%Y%m%dT%H%M%SZ", COMPACT),
    ("%Y-%m-%dT%H:%M:%SZ", _ISO),
    ("%Y-%m-%dT%H:%M:%S.%fZ", _ISO),
    ("%Y-%m-%dT%H:%M:%S%z", _ISO),
    ("%Y-%m-%dT%H:%M:%S.%f%z", _ISO),
    ("%Y-%m-%dT%H:%M:%S", _ISO),
    ("%Y-%m-%d %H:%M:%SZ", _GENERAL),
    ("%Y-%m-%d %H:%M:%S", _GENERAL),
    ("%Y-%m-%d", _GENERAL),
    ("%m/%d/%Y %I:%M:%S %p", _GENERAL),
    ("%m/%d/%Y", _GENERAL),
)
_SEVENTH_DIGIT = re.compile(r"(\.\d{6})\d+")
_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


@function("utcNow", 0, 1, takes="scope")
def utc_now(scope: Scope, form: Any = COMPACT) -> str:
    """Return the moment of the deployment; only the default value of a parameter may ask."""
    if not scope.in_defaults:
        raise not_expected("utcNow", "The function can only be used in the default value of a parameter. ")
    return written(scope.place.now, want_text("utcNow", form))


@function("newGuid", 0, takes="scope")
def new_guid(scope: Scope) -> str:
    """Return a new GUID; only the default value of a parameter may ask."""
    if not scope.in_defaults:
        raise not_expected("newGuid", "The function can only be used in the default value of a parameter. ")
    return scope.place.new_guid()


@function("dateTimeAdd", 2, 3)
def date_time_add(base: Any, duration: Any, form: Any = None) -> str:
    """Return the moment *duration* after *base*, in the given form or one like that of *base*."""
    moment, like = _read("dateTimeAdd", base)
    return written(_moved(moment, want_text("dateTimeAdd", duration)), want_text("dateTimeAdd", form or like))


@function("dateTimeFromEpoch", 1)
def date_time_from_epoch(seconds: Any) -> str:
    """Return the moment so many seconds after 1970."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=want_integer("dateTimeFromEpoch", seconds))
    return written(moment, _ISO)


@function("dateTimeToEpoch", 1)
def date_time_to_epoch(text: Any) -> int:
    """Return the seconds from 1970 to a moment."""
    return int(_read("dateTimeToEpoch", text)[0].timestamp())


def _read(name: str, text: Any) -> tuple[datetime, str]:
    trimmed = _SEVENTH_DIGIT.sub(r"\1", want_text(name, text))
    for pattern, form in _READ:
        try:
            moment = datetime.strptime(trimmed, pattern)
        except ValueError:
            continue
        aware = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
        return aware, form
    raise TemplateError(
        f"Unable to evaluate template language function '{name}': the value '{text}' is not a valid date and time. "
        f"{see(f'arm-functions#{name.lower()}')}"
    )


def _moved(moment: datetime, duration: str) -> datetime:
    found = _DURATION.fullmatch(duration)
    parts = {
        name: int(value) for name, value in (found.groupdict() if found else {}).items() if name != "sign" and value
    }
    if found is None or not parts:
        raise TemplateError(
            f"Unable to evaluate template language function 'dateTimeAdd': the value '{duration}' is not a valid "
            f"ISO 8601 duration. {see('arm-functions#datetimeadd')}"
        )
    sign = -1 if found["sign"] else 1
    months = moment.year * 12 + moment.month - 1 + sign * (12 * parts.pop("years", 0) + parts.pop("months", 0))
    year, month = divmod(months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day) + sign * timedelta(**parts)
