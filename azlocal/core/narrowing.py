"""What a cluster's own tags say about when it may be started. They only ever narrow what the plan allows.

`azlocal-window` is azlocal's own: spans `<days>_<HH:MM>-<HH:MM>[@<zone>]` joined by `;`, in UTC where no zone
is named. An upgrade must fit into it as into the windows of its ring.

The others are those of AzLocal.UpdateManagement, read and never written, as that module means them
(its ConvertFrom-AzLocalUpdateWindow, -UpdateExclusion and -UpdateExcluded, 0.7.90 and later):
`UpdateStartWindow` says when a start is allowed, in UTC, and not that the work must end in it;
`UpdateExclusionsWindow` holds ranges of dates on which nothing starts, `20**` for every year;
`UpdateExcluded` True or 1 takes the cluster out. Until 0.7.90 the second and the third were named
`UpdateWindow` and `UpdateExclusions`, and are read under these names, too.

What cannot be read stops the cluster: it is never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from azlocal.core.tags import WINDOW, parse_day
from azlocal.core.windows import Freeze, Window, left

Windows = tuple[Window, ...]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = {name: name[:3] for name in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")}
_SPAN = re.compile(r"([^_]+)_([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)(?:@(\S+))?", re.ASCII)
_EVERY_YEAR = re.compile(r"(?:20|\*\*)\*\*-(\d\d-\d\d)", re.ASCII)
_YES_NO = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """A cluster's tags about time, read. Every set in `windows` and `gates` must be open for an upgrade to start.

    In `windows` it must fit, too. `excluded` names the tag that takes the cluster out; `problems` says which tags
    could not be read, and why.
    """

    windows: tuple[tuple[str, Windows], ...] = ()
    gates: tuple[tuple[str, Windows], ...] = ()
    freezes: tuple[Freeze, ...] = ()
    excluded: str = ""
    problems: tuple[str, ...] = ()

    def bar(self, now: datetime, needed: timedelta) -> tuple[str, timedelta] | None:
        """Return the tag that keeps an upgrade from starting at *now*, and for how long its windows are open."""
        shut = next((name for name, windows in self.gates if not left(windows, now)), None)
        if shut is not None:
            return shut, timedelta(0)
        spans = ((name, left(windows, now)) for name, windows in self.windows)
        return next(((name, span) for name, span in spans if span < needed), None)


NOT_NARROWED = Narrowing()


def narrowing(tags: Mapping[str, str]) -> Narrowing:
    """Return what *tags* say about time."""
    found = sorted((name.lower(), text) for name, text in tags.items() if name.lower() in _READERS)
    return _read(tuple(found)) if found else NOT_NARROWED


@lru_cache(maxsize=4096)
def _read(found: tuple[tuple[str, str], ...]) -> Narrowing:
    """Read the tags of one cluster; many clusters of a fleet bear the same."""
    parts = [_part(name, text) for name, text in found]
    return Narrowing(
        windows=tuple(pair for part in parts for pair in part.windows),
        gates=tuple(pair for part in parts for pair in part.gates),
        freezes=tuple(freeze for part in parts for freeze in part.freezes),
        excluded=next((part.excluded for part in parts if part.excluded), ""),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def _part(name: str, text: str) -> Narrowing:
    try:
        return _READERS[name](_SPELLED[name], text)
    except ValueError as error:
        return Narrowing(problems=(f"tag {_SPELLED[name]}: {error}",))


def _own_window(name: str, text: str) -> Narrowing:
    return Narrowing(windows=((name, _windows(text, zones=True)),))


def _start_window(name: str, text: str) -> Narrowing:
    return Narrowing(gates=((name, _windows(text, zones=False)),)) if text.strip() else NOT_NARROWED


def _exclusions(name: str, text: str) -> Narrowing:
    ranges = [part.strip() for part in re.split("[,;]", text)]
    return Narrowing(freezes=tuple(_freeze(one, name) for one in ranges if one))


def _excluded(name: str, text: str) -> Narrowing:
    said = _YES_NO.get(text.strip().lower())
    if said is None:
        raise ValueError(f"'{text}' is none of True, False, 1 and 0")
    return Narrowing(excluded=name) if said else NOT_NARROWED


_SPELLED = {
    spelled.lower(): spelled
    for spelled in (
        WINDOW, "UpdateStartWindow", "UpdateWindow", "UpdateExclusionsWindow", "UpdateExclusions", "UpdateExcluded",
    )
}  # fmt: skip
_READERS: Mapping[str, Callable[[str, str], Narrowing]] = {
    WINDOW: _own_window, "updatestartwindow": _start_window, "updatewindow": _start_window,
    "updateexclusionswindow": _exclusions, "updateexclusions": _exclusions, "updateexcluded": _excluded,
}  # fmt: skip
LEGACY = {"updatewindow": "UpdateStartWindow", "updateexclusions": "UpdateExclusionsWindow"}
"""Names that AzLocal.UpdateManagement gave up with 0.7.90 → those it reads now."""


def _windows(text: str, *, zones: bool) -> Windows:
    spans = [part.strip() for part in text.split(";") if part.strip()]
    if not spans:
        raise ValueError("names no window")
    return tuple(_window(span, zones=zones) for span in spans)


def _window(span: str, *, zones: bool) -> Window:
    found = _SPAN.fullmatch(span)
    if found is None or (found[6] and not zones):
        shape = "<days>_<HH:MM>-<HH:MM>" + ("[@<zone>]" if zones else "")
        raise ValueError(f"'{span}' is not {shape}")
    closes = time(int(found[4]), int(found[5])) if found[4] else time(0)
    return Window(
        days=_days(found[1]), opens=time(int(found[2]), int(found[3])), closes=closes, zone=_zone(found[6] or "UTC")
    )


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"'{name}' is no IANA time zone") from None
    return name


def _days(text: str) -> frozenset[int]:
    if text.strip().lower() in {"*", "daily", "all"}:
        return frozenset(range(7))
    return frozenset(day for part in text.split(",") for day in _range(part))


def _range(text: str) -> Iterable[int]:
    first, dash, last = (part.strip().lower() for part in text.partition("-"))
    begin, end = _day(first), _day(last if dash else first)
    return ((begin + passed) % 7 for passed in range((end - begin) % 7 + 1))


def _day(word: str) -> int:
    short = _FULL.get(word, word)
    if short not in _DAYS:
        raise ValueError(f"'{word}' is no day of the week (Mon to Sun)")
    return _DAYS.index(short)


def _freeze(text: str, name: str) -> Freeze:
    first, slash, last = text.partition("/")
    begin, yearly = _date(first)
    end, as_well = _date(last) if slash else (begin, yearly)
    if yearly is not as_well or (end < begin and not yearly):
        raise ValueError(f"'{text}' is not a range of dates")
    return Freeze(first=begin, last=end, reason=f"tag {name}", yearly=yearly)


def _date(text: str) -> tuple[date, bool]:
    """Return a date, and whether it means every year; those are told by days of the leap year 2000."""
    wild = _EVERY_YEAR.fullmatch(text.strip())
    found = parse_day(f"2000-{wild[1]}" if wild else text)
    if found is None:
        raise ValueError(f"'{text}' is not a date YYYY-MM-DD (20** for every year)")
    return found, wild is not None
