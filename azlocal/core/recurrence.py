"""Windows and freezes over a stretch of time, as spans in UTC: what a year of them looks like."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from azlocal.core.windows import Freeze, Window

Span = tuple[datetime, datetime]
_DAY, _MOMENT = timedelta(days=1), timedelta(microseconds=1)


def openings(windows: Iterable[Window], since: datetime, until: datetime) -> list[Span]:
    """Return when any of *windows* is open from *since* to *until*; touching spans are one, ends are cut there."""
    years = _of_years(tuple(windows), (since - 2 * _DAY).year, (until + 2 * _DAY).year)
    first = max(0, bisect_right(years, since, key=lambda span: span[0]) - 1)
    last = bisect_right(years, until, key=lambda span: span[0])
    return list(_cut(years[first:last], since, until))


def frozen(freezes: Iterable[Freeze], since: datetime, until: datetime) -> list[Span]:
    """Return when any of *freezes* covers the time from *since* to *until*."""
    found = (span for freeze in freezes for span in _of_freeze(freeze, since, until))
    return _merged(_cut(found, since, until))


def starts(windows: Iterable[Window], needed: timedelta, since: datetime, until: datetime) -> list[Span]:
    """Return when something that takes *needed* may start in *windows*: spans with their last moment included.

    What is open at *until* counts for as long as it stays open afterwards, so nothing is cut off there.
    """
    beyond = max(needed, timedelta(0)) + 8 * _DAY
    spans = ((start, min(end - needed, until)) for start, end in openings(windows, since, until + beyond))
    return [(first, last) for first, last in spans if first <= last]


def meet(ones: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Return the moments that are in *ones* and in *others*, each sorted, apart, with their ends included."""
    found: list[Span] = []
    place = 0
    for first, last in ones:
        while place < len(others) and others[place][1] < first:
            place += 1
        at = place
        while at < len(others) and others[at][0] <= last:
            found.append((max(first, others[at][0]), min(last, others[at][1])))
            at += 1
    return found


def outside(taken: Sequence[Span], since: datetime, until: datetime) -> list[Span]:
    """Return the moments from *since* to *until* that are in none of *taken*, whose ends are not included."""
    edges = [since, *(edge for start, end in taken for edge in (start - _MOMENT, end)), until]
    return [(first, last) for first, last in zip(edges[::2], edges[1::2]) if first <= last]


@dataclass(frozen=True, slots=True)
class Ticks:
    """When ticks come: at *first*, and from then on *every* so often."""

    first: datetime
    every: timedelta

    def from_(self, moment: datetime) -> datetime:
        """Return the first tick that does not come before *moment*."""
        behind = max(moment - self.first, timedelta(0))
        return self.first + self.every * -(-behind // self.every)

    def next_in(self, spans: Sequence[Span], after: datetime) -> datetime | None:
        """Return the first tick from *after* on that falls into *spans* (ends included), or None."""
        place = max(0, bisect_right(spans, after, key=lambda span: span[0]) - 1)
        for first, last in islice(spans, place, None):
            moment = self.from_(max(first, after))
            if moment <= last:
                return moment
        return None


@lru_cache(maxsize=256)
def _of_years(windows: tuple[Window, ...], first: int, last: int) -> tuple[Span, ...]:
    """Return when *windows* are open in these years; a plan's windows are asked for at every tick."""
    days = list(_days(date(first, 1, 1) - _DAY, date(last, 12, 31) + _DAY))
    return tuple(_merged(window.span_of(day) for window in windows for day in days if day.weekday() in window.days))


def _of_freeze(freeze: Freeze, since: datetime, until: datetime) -> Iterator[Span]:
    zone = ZoneInfo(freeze.zone)
    least, most = since.date() - 2 * _DAY, until.date() + 2 * _DAY
    for first, last in freeze.runs(since.year - 2, until.year + 1):
        if first <= last:
            yield _midnight(max(first, least), zone), _midnight(min(last, most) + _DAY, zone)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + _DAY * passed for passed in range((last - first).days + 1))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(timezone.utc)


def _cut(spans: Iterable[Span], since: datetime, until: datetime) -> Iterator[Span]:
    cut = ((max(start, since), min(end, until)) for start, end in spans)
    return ((start, end) for start, end in cut if start < end)


def _merged(spans: Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
