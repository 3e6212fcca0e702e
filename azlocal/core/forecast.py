"""When each ring will start and finish, which windows that takes, and which clusters never fit.

The forecast plays the plan through, as ticks would, with two durations for every upgrade: the one that half of
them keep and the one that nine of ten keep. It assumes that nothing fails, that approvals are given as soon as
they can be, and that what waits for a person is settled when its ring opens; `needs` names those. What the
calendar can never let start is not assumed away: its ring is never complete, and the next ones never open.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from azlocal.core.coverage import Coverage, coverage_of
from azlocal.core.durations import Durations, measure
from azlocal.core.facts import ClusterFacts
from azlocal.core.limits import limit_of
from azlocal.core.outlook import Calendars, Work, is_good, work_of
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.ramps import Stage, open_stage
from azlocal.core.readings import Phase
from azlocal.core.recurrence import Ticks, openings
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.core.schedule import Played, Rules, play
from azlocal.words import length

VALIDATION_EXPECTED = timedelta(minutes=30)
"""About 10 minutes as documented, up to 18 more to wait for Network ATC."""
TICKS_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A cluster by id and name, and what is told of it."""

    id: str
    name: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One play of a ring; None is what never comes, and what has nothing left to start.

    `soaked` is when the next ring may open; `windows` counts the openings in which something starts.
    """

    opens: datetime | None = None
    first_start: datetime | None = None
    last_finish: datetime | None = None
    soaked: datetime | None = None
    windows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RingForecast:
    """One ring: what is left of it, when it is likely done, and what stands in its way.

    `never` are the clusters that can never start, `needs` those that wait for a person; `blocked` says why the
    ring is never complete, and is empty where it will be.
    """

    name: str
    members: int
    left: int
    p50: Outcome
    p90: Outcome
    audit: Callable[[], Coverage] = field(repr=False, compare=False)
    gate: str = "approval"
    approved: bool = False
    never: tuple[Told, ...] = ()
    needs: tuple[Told, ...] = ()
    halted: str = ""
    blocked: str = ""

    @property
    def coverage(self) -> Coverage:
        """Return the audit of its windows, a year of them: only pages for people ask for it."""
        return self.audit()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetForecast:
    """The forecast of a fleet at one moment. `outside` are clusters in no ring."""

    now: datetime
    every: timedelta
    durations: Durations
    rings: tuple[RingForecast, ...]
    outside: tuple[Told, ...] = ()


def forecast(
    plan: FleetPlan, clusters: Sequence[ClusterDecision], states: Sequence[RingState], now: datetime,
    every: timedelta = TICKS_EVERY,
) -> FleetForecast:  # fmt: skip
    """Return the forecast of what was decided at *now*, with a tick now and then *every* so often."""
    fleet = _Fleet(plan, measure(one.cluster for one in clusters), Ticks(now, every), _in_rings(clusters))
    before, rings = _Before(now, now, "", 0), []
    for ring, state in zip(plan.rings, states):
        members = [one for one in clusters if one.ring == ring.name]
        found, before = _Play(fleet, ring, state, members).forecast(before)
        rings.append(found)
    outside = tuple(_told(one.cluster, "NoRing", one.decision.message) for one in clusters if not one.ring)
    return FleetForecast(now=now, every=every, durations=fleet.durations, rings=tuple(rings), outside=outside)


def _in_rings(clusters: Sequence[ClusterDecision]) -> int:
    return sum(bool(one.ring) for one in clusters)


def _told(cluster: ClusterFacts, reason: str, message: str) -> Told:
    return Told(id=cluster.id, name=cluster.name, reason=reason, message=message)


@dataclass(frozen=True, slots=True)
class _Fleet:
    """What is the same for every ring."""

    plan: FleetPlan
    durations: Durations
    ticks: Ticks
    in_rings: int


@dataclass(frozen=True, slots=True)
class _Before:
    """What the rings before leave: when the next one may open, by both durations, or why never; what they validate."""

    p50: datetime
    p90: datetime
    blocked: str
    validated: int


class _Play:
    """One ring, played twice."""

    def __init__(self, fleet: _Fleet, ring: Ring, state: RingState, members: Sequence[ClusterDecision]) -> None:
        self._fleet, self._ring, self._state, self._members = fleet, ring, state, members
        self._calendars = Calendars(fleet.plan, ring, fleet.ticks.first)
        works = (work_of(one, fleet.plan, fleet.ticks.first) for one in members)
        self._works = sorted((work for work in works if work is not None), key=lambda work: work.turn)
        self._can = [work for work in self._works if work.one.reading.phase is not Phase.NOT_APPLICABLE]
        unvalidated = (work for work in self._can if not work.validated and work.running_since is None)
        self._places = {work.cluster.id: place for place, work in enumerate(unvalidated)}

    def forecast(self, before: _Before) -> tuple[RingForecast, _Before]:
        """Return the ring's forecast, and what it leaves to the rings behind it."""
        usual = self._played(before.p50, before, self._usual)
        slow = self._played(before.p90, before, self._expected)
        never = tuple(self._never(usual))
        blocked = before.blocked or self._blocked(never)
        p50, p90 = self._outcome(usual, before.p50, before, blocked), self._outcome(slow, before.p90, before, blocked)
        found = RingForecast(
            name=self._ring.name, members=len(self._members), left=len(self._works), p50=p50, p90=p90,
            audit=cache(self._coverage), gate=self._ring.gate, approved=self._state.approved, never=never,
            needs=tuple(_told(work.cluster, *work.needs) for work in self._can if work.needs),
            halted=self._state.message if self._state.state == "halted" else "", blocked=blocked,
        )  # fmt: skip
        told = before.blocked or (f"ring {self._ring.name} is never complete" if blocked else "")
        validated = before.validated + len(self._places)
        return found, _Before(
            max(before.p50, p50.soaked or before.p50), max(before.p90, p90.soaked or before.p90), told, validated
        )

    # how long things take, and when they may begin

    def _usual(self, cluster: ClusterFacts) -> timedelta:
        return self._fleet.durations.usual(len(cluster.nodes))

    def _expected(self, cluster: ClusterFacts) -> timedelta:
        return self._fleet.durations.expected(len(cluster.nodes))

    def _coverage(self) -> Coverage:
        clusters = [work.cluster for work in self._can] or [one.cluster for one in self._members]
        needed = max(map(self._expected, clusters), default=self._fleet.durations.expected(0))
        ticks = self._fleet.ticks
        return coverage_of(self._fleet.plan, self._ring, needed, ticks.first, ticks.every)

    def _ready(self, work: Work, opens: datetime, before: _Before) -> datetime:
        """Return when a cluster is validated, those before it in the same slots counted."""
        place, validate = self._places.get(work.cluster.id), self._fleet.plan.validate
        if place is None:
            return opens
        ticks, wide = self._fleet.ticks, validate.max_concurrent
        slots = max(1, self._state.max_concurrent if wide is None else limit_of(wide, self._fleet.in_rings))
        place += before.validated if validate.ahead and wide is not None else 0
        round_ = ticks.from_(ticks.first + VALIDATION_EXPECTED) - ticks.first
        return (ticks.first if validate.ahead else opens) + round_ * (place // slots + 1)

    def _stage(self) -> Callable[[int], Stage] | None:
        ramp, total = self._ring.ramp, self._good + len(self._can)
        return (lambda good: open_stage(ramp, total, good)) if ramp else None

    @property
    def _good(self) -> int:
        return sum(map(is_good, self._members))

    # playing, and what comes of it

    def _played(self, opens: datetime, before: _Before, takes: Callable[[ClusterFacts], timedelta]) -> Played:
        rules = Rules(
            calendars=self._calendars, ticks=self._fleet.ticks, slots=self._state.max_concurrent,
            caps=(*self._ring.caps, *self._fleet.plan.caps), stage=self._stage(), good=self._good, takes=takes,
            needed=self._expected, ready=lambda work: self._ready(work, opens, before),
        )  # fmt: skip
        return play(rules, self._can, opens)

    def _never(self, played: Played) -> Iterator[Told]:
        for work in self._works:
            if work.one.reading.phase is Phase.NOT_APPLICABLE:
                yield _told(work.cluster, "NotApplicable", f"{work.one.reading.message}; leave it out by scope.exclude")
        for work in sorted(played.never, key=lambda work: work.turn):
            needed = self._expected(work.cluster)
            why = f"{self._calendars.why_never(work.cluster, needed)}; an upgrade needs {length(needed)}"
            yield _told(work.cluster, "NeverFits", why)

    def _blocked(self, never: Sequence[Told]) -> str:
        if not self._members:
            return "it selects no visible cluster"
        if self._state.reason == "SoakUnknown":
            return "when its clusters were upgraded is not known, so that its soak never ends"
        if not never:
            return ""
        more = f" (and {len(never) - 1} more)" if len(never) > 1 else ""
        return f"{never[0].name} can never start: {never[0].message}{more}"

    def _outcome(self, played: Played, opens: datetime, before: _Before, blocked: str) -> Outcome:
        if before.blocked or not self._members:
            return Outcome()
        if not self._works:
            return Outcome(soaked=None if blocked else self._state.soaked_at)
        last = None if blocked else max(played.ends.values(), default=None)
        return Outcome(
            opens=opens, first_start=min(played.starts.values(), default=None), last_finish=last,
            soaked=None if last is None else last + self._ring.soak, windows=self._windows(played),
        )  # fmt: skip

    def _windows(self, played: Played) -> int:
        last = max(played.starts.values(), default=None)
        if last is None:
            return 0
        # No further than the last start: a year of windows is long to look through at every tick.
        found = openings(self._ring.windows, self._fleet.ticks.first, last + timedelta(seconds=1))
        begins = [start for start, _ in found]
        return len({bisect_right(begins, start) for start in played.starts.values()})
