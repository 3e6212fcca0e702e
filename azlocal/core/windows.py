"""When starts are allowed: maintenance windows and freezes, in IANA time zones."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

_LONGEST_WALK = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A weekly window: it opens on *days* (Monday is 0) at *opens* and closes at the next *closes*.

    Equal times mean a whole day; a window that closes before it opens runs past midnight.
    """

    days: frozenset[int]
    opens: time
    closes: time
    zone: str

    def closes_after(self, now: datetime) -> datetime | None:
        """Return when the window that is open at *now* closes, in UTC, or None when it is closed."""
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        ends = [
            end
            for day in (today, today - timedelta(days=1))
            if day.weekday() in self.days
            for start, end in (self._span(day, zone),)
            if start <= now < end
        ]
        return max(ends, default=None)

    def span_of(self, day: date) -> tuple[datetime, datetime]:
        """Return when the window of *day* opens and closes, in UTC; equal or reversed when it stays shut."""
        return self._span(day, ZoneInfo(self.zone))

    def _span(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        last = day + timedelta(days=1) if self.closes <= self.opens else day
        return _utc(day, self.opens, zone), _utc(last, self.closes, zone)


def _utc(day: date, at: time, zone: ZoneInfo) -> datetime:
    # Differences are taken in UTC: within one zone Python compares wall clocks, not moments.
    return datetime.combine(day, at, zone).astimezone(timezone.utc)


def left(windows: Iterable[Window], now: datetime) -> timedelta:
    """Return how long starts stay allowed from *now*; touching windows are one. Zero when closed."""
    known = tuple(windows)
    moment, limit = now, now + _LONGEST_WALK
    while moment < limit:
        ends = [end for window in known if (end := window.closes_after(moment)) is not None]
        if not ends:
            break
        moment = max(ends)
    return moment - now


def next_opening(windows: Iterable[Window], now: datetime) -> tuple[datetime, str] | None:
    """Return when the first of *windows* opens after *now*, in UTC, and its zone; None when none opens in 8 days."""
    found = ((start, window.zone) for window in windows for start in _openings(window, now))
    return min(found, default=None)


def _openings(window: Window, now: datetime) -> Iterator[datetime]:
    today = now.astimezone(ZoneInfo(window.zone)).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_LONGEST_WALK.days + 1)):
        start, end = window.span_of(day)
        if day.weekday() in window.days and now < start < end:
            yield start


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Dates, both included, on which nothing starts: once, or *yearly*, when only month and day count.

    A yearly freeze may run past the end of the year, and one that ends on 29 February ends on the 28th of
    a year that has no 29th.
    """

    first: date
    last: date
    zone: str = "UTC"
    reason: str = ""
    yearly: bool = False

    def covers(self, now: datetime) -> bool:
        """Return whether *now* falls into the freeze, by the dates of its zone."""
        return self.ends(now) is not None

    def ends(self, now: datetime) -> date | None:
        """Return the last day of the freeze that covers *now*, or None when none does."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        return next((last for first, last in self.runs(today.year - 1, today.year) if first <= today <= last), None)

    def runs(self, first_year: int, last_year: int) -> Iterator[tuple[date, date]]:
        """Yield the first and last day of every run of the freeze that begins in one of these years, or before."""
        if not self.yearly:
            yield self.first, self.last
            return
        wraps = (self.last.month, self.last.day) < (self.first.month, self.first.day)
        for year in range(first_year, last_year + 1):
            first, last = _in_year(self.first, year, 1), _in_year(self.last, year + wraps, 0)
            if first <= last:
                yield first, last


def _in_year(day: date, year: int, after: int) -> date:
    """Return the same day of another year; for a 29 February that year lacks, the day *after* (1) or before (0)."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28) + timedelta(days=after)
    return day.replace(year=year)
