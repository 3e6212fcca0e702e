"""One tick: observe, decide, act, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain

from azlocal.core.decisions import STARTS, Hold, Resume, Wait
from azlocal.core.digest import short
from azlocal.core.events import ActionOutcome, TickSummary, action_rows, cluster_rows, tick_rows
from azlocal.core.facts import ClusterFacts, FleetFacts
from azlocal.core.forecast import forecast
from azlocal.core.ids import key
from azlocal.core.plan import FleetPlan, RingFinder
from azlocal.core.rings import RingState
from azlocal.core.rollout import ALL_STARTS, ClusterDecision, decide_fleet, precedence
from azlocal.errors import AzlocalError, Incomplete
from azlocal.ports import Delivery, InputsSource, Lease, Reader, Sink, Starter, Watch
from azlocal.service.act import Hands, act
from azlocal.service.choosing import choose
from azlocal.service.observe import refresh

NO_LEASE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRequest:
    """What a door asks: which starts at most, for which clusters, how long, and whether to start at all.

    `ceiling` holds decision kinds; `only` holds id keys, or None for all; `clusters` says the same as
    people do (CLUSTER). They narrow what may be acted on, never what is observed.
    """

    ceiling: frozenset[str] = ALL_STARTS
    only: frozenset[str] | None = None
    clusters: tuple[str, ...] = ()
    dry_run: bool = False
    out_of_time: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class TickReport:
    """What one tick saw, decided and did."""

    tick_id: str
    now: datetime
    facts: FleetFacts
    plan_digest: str = ""
    dry_run: bool = False
    rings: tuple[RingState, ...] = ()
    clusters: tuple[ClusterDecision, ...] = ()
    actions: tuple[ActionOutcome, ...] = ()
    lease: str = NO_LEASE
    delivery: Delivery | None = None
    problems: tuple[str, ...] = ()
    calls: int = 0
    throttled: int = 0
    duration: timedelta = field(default_factory=timedelta)

    @property
    def failed(self) -> bool:
        """Return whether something failed, halted or broke (exit code 1)."""
        lost = self.delivery is not None and self.delivery.lost > 0
        refused = any(action.outcome == "refused" for action in self.actions)
        halted = any(ring.state == "halted" for ring in self.rings)
        return bool(self.problems) or lost or refused or halted or any(map(_failed, self.clusters))


def _failed(one: ClusterDecision) -> bool:
    return isinstance(one.decision, Hold) and one.reading.phase.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The outside, as one tick uses it. `lease` is None where the plan names none; `new_id` names the tick."""

    reader: Reader
    starter: Starter
    watch: Watch
    inputs: InputsSource
    lease: Lease | None = None
    sink: Sink | None = None
    new_id: Callable[[], uuid.UUID] = uuid.uuid4


def tick(ports: Ports, plan: FleetPlan, request: TickRequest) -> TickReport:
    """Move the fleet at most one step; every exception of Azure becomes a reason, or ends the tick whole.

    Raises `AzlocalError` when the fleet cannot be read at all; the lease is given back in any case.
    """
    census = ports.reader.census(plan.scope)
    request = _chosen(request, census)
    began = ports.watch.first
    if began is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    with _leased(ports, plan, request) as (lease, standing):
        report = _under_lease(ports, plan, request, census, lease, began)
    return _recorded(ports, plan, replace(report, lease=standing))


def _chosen(request: TickRequest, census: FleetFacts) -> TickRequest:
    """Return *request* with its CLUSTERs as id keys; raise BadInput for one that means none or several."""
    if not request.clusters:
        return request
    meant = frozenset(key(choose(census.clusters, word).id) for word in request.clusters)
    return replace(request, only=meant if request.only is None else meant & request.only)


@contextmanager
def _leased(ports: Ports, plan: FleetPlan, request: TickRequest) -> Iterator[tuple[Lease | None, str]]:
    """Hold the fleet's lease, where a start may follow; give it back at the end, however that comes."""
    lease = ports.lease
    if request.dry_run or not request.ceiling or lease is None or not plan.lease or not plan.control:
        yield None, NO_LEASE
        return
    try:
        standing = lease.acquire()
    except AzlocalError as error:
        yield None, f"refused: {error}"
        return
    if standing == "held":
        yield None, standing
        return
    ours = True
    try:
        ours = standing != "taken-over" or lease.wait_out()
        yield (lease, standing) if ours else (None, "lost")
    finally:
        if ours:
            lease.release()


def _under_lease(
    ports: Ports, plan: FleetPlan, request: TickRequest, census: FleetFacts, lease: Lease | None, began: datetime
) -> TickReport:
    def breathe() -> None:
        if lease is not None:
            lease.keep()

    facts = refresh(ports.reader, plan, census, began, breathe)
    inputs = ports.inputs.read(_readable(facts.clusters, plan))
    decisions = decide_fleet(facts, plan, inputs, began, ceiling=request.ceiling, only=request.only)
    report = TickReport(
        tick_id=ports.new_id().hex, now=began, facts=facts, plan_digest=short(plan.digest), dry_run=request.dry_run,
        rings=decisions.rings, clusters=decisions.clusters, problems=(*facts.gaps, *_unread(facts)),
    )  # fmt: skip
    if request.dry_run:
        return (
            report if plan.lease and plan.control else replace(report, clusters=_standing_down(report.clusters, plan))
        )
    if lease is None or facts.control is None:
        return replace(report, clusters=_standing_down(report.clusters, plan))
    hands = Hands(
        reader=ports.reader, lease=lease, starter=ports.starter, watch=ports.watch,
        plan=plan, control=facts.control, out_of_time=request.out_of_time,
    )  # fmt: skip
    return _acted(hands, _saved(ports, plan, report))


def _unread(facts: FleetFacts) -> Iterator[str]:
    return (f"{one.name} could not be read whole: {one.error}" for one in facts.clusters if one.error)


def _readable(clusters: Iterable[ClusterFacts], plan: FleetPlan) -> Sequence[ClusterFacts]:
    finder = RingFinder(plan)
    return [cluster for cluster in clusters if finder.ring_of(cluster) is not None]


def _saved(ports: Ports, plan: FleetPlan, report: TickReport) -> TickReport:
    """Send the rows of failures that a resume is about to overwrite; while they are not taken, it waits."""
    resumed = [one for one in report.clusters if isinstance(one.decision, Resume)]
    if not resumed or ports.sink is None:
        return report
    rows = cluster_rows(resumed, plan, report.tick_id, report.now)
    delivery = ports.sink.send(row for row in rows if row.table in _EVIDENCE)
    report = replace(report, delivery=delivery)
    if not delivery.lost:
        return report
    message = f"a resume would overwrite the failure, which is not recorded: {'; '.join(delivery.problems[:1])}"
    waiting = Wait(reason="FailureNotRecorded", message=message)
    clusters = tuple(
        replace(one, decision=waiting) if isinstance(one.decision, Resume) else one for one in report.clusters
    )
    return replace(report, clusters=clusters)


_EVIDENCE = ("AzLocalFinding_CL", "AzLocalStep_CL")


def _acted(hands: Hands, report: TickReport) -> TickReport:
    starts = sorted((one for one in report.clusters if isinstance(one.decision, STARTS)), key=precedence)
    acts = list(act(hands, starts))
    became = {id(before): after.decided for before, after in zip(starts, acts)}
    return replace(
        report,
        clusters=tuple(became.get(id(one), one) for one in report.clusters),
        actions=tuple(done.outcome for done in acts if done.outcome is not None),
    )


def _standing_down(clusters: Iterable[ClusterDecision], plan: FleetPlan) -> tuple[ClusterDecision, ...]:
    missing = [name for name, value in (("lease", plan.lease), ("control", plan.control)) if not value]
    waiting = (
        Wait(reason="NoLease", message=f"the plan names no {' and no '.join(missing)}, so nothing starts")
        if missing
        else Wait(reason="AnotherRunner", message="the fleet's lease is not ours in this tick")
    )
    return tuple(replace(one, decision=waiting) if isinstance(one.decision, STARTS) else one for one in clusters)


def _recorded(ports: Ports, plan: FleetPlan, report: TickReport) -> TickReport:
    ended = ports.watch.newest or report.now
    problems = report.problems
    if report.lease.startswith("refused"):
        problems = (*problems, f"the lease could not be taken: {report.lease}")
    report = replace(
        report,
        problems=problems, calls=ports.watch.calls, throttled=ports.watch.throttled,
        duration=ended - report.now,
    )  # fmt: skip
    if ports.sink is None or report.dry_run:
        return report
    rows = chain(
        cluster_rows(report.clusters, plan, report.tick_id, report.now),
        action_rows(report.actions, report.clusters, plan, report.tick_id),
    )
    report = replace(report, delivery=(report.delivery or Delivery()) + ports.sink.send(rows))
    foreseen = forecast(plan, report.clusters, report.rings, report.now).rings
    own = ports.sink.send(tick_rows(replace(summary(report), forecasts=foreseen)))
    return replace(report, delivery=(report.delivery or Delivery()) + own)


def summary(report: TickReport) -> TickSummary:
    """Return the one row that tells of the tick itself."""
    return TickSummary(
        tick_id=report.tick_id, now=report.now, plan=report.plan_digest, cloud=report.facts.cloud,
        lease=report.lease, dry_run=report.dry_run, clusters=report.clusters, rings=report.rings,
        actions=report.actions, problems=report.problems, calls=report.calls,
        throttled=report.throttled, duration=report.duration, failed=report.failed,
        sent=report.delivery.sent if report.delivery else 0, lost=report.delivery.lost if report.delivery else 0,
    )  # fmt: skip


__all__ = ["AzlocalError", "Ports", "TickReport", "TickRequest", "summary", "tick"]
