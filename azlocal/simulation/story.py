"""A fleet's story on a sandbox: tick, let people decide, let time pass, until nothing changes any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azlocal.app import App
from azlocal.core.decisions import Hold, Wait
from azlocal.core.phases import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.service.tick import TickReport, TickRequest

LONGEST = 120
"""Ticks after which a story that does not settle is given up."""
_STEPS = {
    Phase.STARTING: timedelta(minutes=12),
    Phase.VALIDATING: timedelta(minutes=16),
    Phase.VERIFYING: timedelta(minutes=15),
    Phase.APPLYING: timedelta(hours=1),
}
_IDLE = timedelta(hours=1)
_TIME_DECIDES = frozenset({"OutsideWindow", "WindowTooShort", "Frozen", "RingFull", "AnotherRunner", "IntentOpen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One tick of the story, what people did after it, and how long was waited then."""

    number: int
    report: TickReport
    people: tuple[str, ...] = ()
    waited: timedelta = timedelta(0)


@dataclass
class Story:
    """Tells a fleet's story. `acting` and `person` give a new App each time; `advance` lets time pass.

    `approves` names the rings that the person approves when asked, `resumes` the clusters (by name)
    whose first failure they accept; everything else stays as the fleet leaves it.
    """

    acting: Callable[[], App]
    person: Callable[[], App]
    advance: Callable[[timedelta], object]
    approves: frozenset[str] = frozenset()
    resumes: frozenset[str] = frozenset()
    accepted: set[str] = field(default_factory=set)

    def chapters(self) -> Iterator[Chapter]:
        """Yield tick after tick until two quiet ones are equal, or the story is given up."""
        before: Mapping[str, tuple[str, str, str]] = {}
        for number in range(1, LONGEST + 1):
            report = self.acting().tick(TickRequest())
            now = _standing(report)
            done = () if report.problems else tuple(self._people(report))
            settled = not done and now == before and not _time_decides(report)
            waited = timedelta(0) if settled else wait_for(report)
            yield Chapter(number=number, report=report, people=done, waited=waited)
            if settled:
                return
            self.advance(waited)
            before = now

    def _people(self, report: TickReport) -> Iterator[str]:
        """Do what the fleet waits for people to do: approve a ring, and accept each failure once."""
        for ring in report.rings:
            if ring.name in self.approves and not ring.approved and _asks_approval(report, ring.name):
                yield self.person().approve(ring.name, None, by="demo")
        for one in report.clusters:
            if one.cluster.name in self.resumes - self.accepted and _failed(one):
                self.accepted.add(one.cluster.name)
                yield self.person().resume(one.cluster.id, by="demo")


def _asks_approval(report: TickReport, ring: str) -> bool:
    return any(one.ring == ring and one.decision.reason == "ApprovalNeeded" for one in report.clusters)


def _failed(one: ClusterDecision) -> bool:
    return bool(one.ring) and one.reading.phase.failed and isinstance(one.decision, Hold) and one.reading.ours


def _standing(report: TickReport) -> Mapping[str, tuple[str, str, str]]:
    """Return where every cluster stands, free of what only time changes."""
    return {one.cluster.id: (str(one.reading.phase), one.decision.kind, one.decision.reason) for one in report.clusters}


def _time_decides(report: TickReport) -> bool:
    soaking = any(ring.soaked_at is not None and ring.soaked_at > report.now for ring in report.rings)
    running = any(one.reading.phase.running and one.reading.ours and not one.reading.stuck for one in report.clusters)
    waiting = any(isinstance(one.decision, Wait) and one.decision.reason in _TIME_DECIDES for one in report.clusters)
    return running or waiting or bool(report.actions) or (soaking and _shut_out(report))


def _shut_out(report: TickReport) -> bool:
    return any(one.decision.reason == "RingClosed" for one in report.clusters)


def wait_for(report: TickReport) -> timedelta:
    """Return how long to wait before the next tick: as long as the shortest thing under way takes."""
    if report.actions:
        return _STEPS[Phase.STARTING]
    spans = [_STEPS[one.reading.phase] for one in report.clusters if one.reading.phase.running and one.reading.ours]
    if spans:
        return min(spans)
    return max(_IDLE, _soak_left(report, report.now))


def _soak_left(report: TickReport, now: datetime) -> timedelta:
    left = [ring.soaked_at - now for ring in report.rings if ring.soaked_at is not None and ring.soaked_at > now]
    return min(left, default=timedelta(0))
