"""When starts are allowed: maintenance windows and freezes, in IANA time zones."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Dates, both included, on which nothing starts."""

    first: date
    last: date
    zone: str = "UTC"
    reason: str = ""

    def covers(self, now: datetime) -> bool:
        """Return whether *now* falls into the freeze, by the dates of its zone."""
        return self.first <= now.astimezone(ZoneInfo(self.zone)).date() <= self.last
