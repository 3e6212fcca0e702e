"""Will a tick fall into each window? Every opening of a year, with its clock changes and freezes, is looked at.

Where the schedule's minute is not known, an opening is sure to be met only when starts are allowed in it for as
long as ticks are apart; a shorter one is met by chance, and one in which no upgrade fits is never used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.recurrence import Span, frozen, meet, openings, outside
from azlocal.core.windows import Freeze

YEAR = timedelta(days=366)
MET, CHANCE, SHORT, FROZEN = "met", "chance", "too-short", "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One opening of a ring's windows, touching ones being one, and what becomes of it."""

    opens: datetime
    closes: datetime
    verdict: str
    """`met`, `chance`, `too-short` or `frozen`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A year of a ring's windows, for upgrades that take *needed* and ticks *every* so often."""

    needed: timedelta
    every: timedelta
    openings: tuple[Opening, ...] = ()

    def count(self, verdict: str) -> int:
        """Return how many openings have a verdict."""
        return sum(one.verdict == verdict for one in self.openings)

    def of(self, *verdicts: str) -> Iterator[Opening]:
        """Yield the openings that have one of *verdicts*, in order."""
        return (one for one in self.openings if one.verdict in verdicts)


def coverage_of(plan: FleetPlan, ring: Ring, needed: timedelta, now: datetime, every: timedelta) -> Coverage:
    """Return what becomes of the ring's windows within a year from *now*."""
    spans = openings(ring.windows, now, now + YEAR)
    thawed = _thawed(plan.freezes, now)
    found = (
        Opening(opens=start, closes=end, verdict=_verdict((start, end), thawed, needed, every)) for start, end in spans
    )
    return Coverage(needed=needed, every=every, openings=tuple(found))


def _thawed(freezes: Iterable[Freeze], now: datetime) -> list[Span]:
    until = now + YEAR
    return outside(frozen(freezes, now, until), now, until)


def _verdict(opening: Span, thawed: Sequence[Span], needed: timedelta, every: timedelta) -> str:
    start, end = opening
    if end - start < needed:
        return SHORT
    free = meet([(start, end - needed)], thawed)
    if not free:
        return FROZEN
    return MET if max(last - first for first, last in free) >= every else CHANCE
