"""Forms of dates as .NET has them, in the invariant culture."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import datetime

# Source: documentation of .NET's standard and custom date and time format strings.
_STANDARD = {
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd",
    "M": "MMMM dd",
    "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "s": "yyyy-MM-ddTHH:mm:ss",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "u": "yyyy-MM-dd HH:mm:ssZ",
    "U": "dddd, dd MMMM yyyy HH:mm:ss",
    "y": "yyyy MMMM",
    "Y": "yyyy MMMM",
}
_PART = re.compile(r"'[^']*'|\"[^\"]*\"|\\.|%|y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K|.", re.DOTALL)
_PARTS: dict[str, Callable[[datetime], str]] = {
    "yyyy": lambda moment: f"{moment.year:04d}",
    "yy": lambda moment: f"{moment.year % 100:02d}",
    "y": lambda moment: str(moment.year % 100),
    "MMMM": lambda moment: calendar.month_name[moment.month],
    "MMM": lambda moment: calendar.month_abbr[moment.month],
    "MM": lambda moment: f"{moment.month:02d}",
    "M": lambda moment: str(moment.month),
    "dddd": lambda moment: calendar.day_name[moment.weekday()],
    "ddd": lambda moment: calendar.day_abbr[moment.weekday()],
    "dd": lambda moment: f"{moment.day:02d}",
    "d": lambda moment: str(moment.day),
    "HH": lambda moment: f"{moment.hour:02d}",
    "H": lambda moment: str(moment.hour),
    "hh": lambda moment: f"{(moment.hour + 11) % 12 + 1:02d}",
    "h": lambda moment: str((moment.hour + 11) % 12 + 1),
    "mm": lambda moment: f"{moment.minute:02d}",
    "m": lambda moment: str(moment.minute),
    "ss": lambda moment: f"{moment.second:02d}",
    "s": lambda moment: str(moment.second),
    "tt": lambda moment: "AM" if moment.hour < 12 else "PM",
    "t": lambda moment: "A" if moment.hour < 12 else "P",
    "zzz": lambda moment: "+00:00",
    "zz": lambda moment: "+00",
    "z": lambda moment: "+0",
    "K": lambda moment: "Z",
    "%": lambda moment: "",
}


def written(moment: datetime, form: str) -> str:
    """Return *moment* (UTC) in a standard form of one letter, or in a custom one."""
    return "".join(_part(moment, found[0]) for found in _PART.finditer(_STANDARD.get(form, form)))


def _part(moment: datetime, part: str) -> str:
    if part in _PARTS:
        return _PARTS[part](moment)
    if part[0] in "'\"\\":
        return part.strip("'\"") if part[0] != "\\" else part[1:]
    if part[0] in "fF":
        digits = f"{moment.microsecond:06d}0"[: len(part)]
        return digits if part[0] == "f" else digits.rstrip("0")
    longest = part[0] * 4
    return _PARTS[longest](moment) if longest in _PARTS else part
