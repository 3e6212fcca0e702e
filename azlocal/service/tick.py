"""One tick: observe, decide, act, record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from azlocal.core.decisions import STARTS, Hold, Resume, Wait
from azlocal.core.digest import short
from azlocal.core.events import ActionOutcome, TickSummary, action_rows, cluster_rows, tick_rows
from azlocal.core.facts import ClusterFacts, FleetFacts
from azlocal.core.plan import FleetPlan, Inputs
from azlocal.core.rings import RingState
from azlocal.core.rollout import ALL_STARTS, ClusterDecision, FleetDecisions, decide_fleet
from azlocal.errors import AzlocalError, Incomplete
from azlocal.ports import Delivery, InputsSource, Lease, Reader, Sink, Starter, Watch
from azlocal.service.act import Hands, act
from azlocal.service.observe import refresh

NO_LEASE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRequest:
    """What a door asks: which starts at most, for which clusters, how long, and whether to start at all.

    `ceiling` holds decision kinds; `only` holds id keys, or None for all; both narrow what may be
    acted on, never what is observed.
    """

    ceiling: frozenset[str] = ALL_STARTS
    only: frozenset[str] | None = None
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
    """The outside, as one tick uses it. `lease` is None where the plan names none."""

    reader: Reader
    starter: Starter
    watch: Watch
    inputs: InputsSource
    lease: Lease | None = None
    sink: Sink | None = None


def tick(ports: Ports, plan: FleetPlan, request: TickRequest) -> TickReport:
    """Move the fleet at most one step; every exception of Azure becomes a reason, or ends the tick whole.

    Raises `AzlocalError` when the fleet cannot be read at all; the lease is given back in any case.
    """
    census = ports.reader.census(plan.scope)
    began = ports.watch.first
    if began is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    lease, standing = _take_lease(ports, plan, request)
    try:
        report = _under_lease(ports, plan, request, census, lease if standing in _HELD else None, began)
    finally:
        if lease is not None and standing in _HELD:
            lease.release()
    return _recorded(ports, plan, replace(report, lease=standing))


_HELD = frozenset({"clean", "taken-over"})


def _take_lease(ports: Ports, plan: FleetPlan, request: TickRequest) -> tuple[Lease | None, str]:
    if request.dry_run or not request.ceiling or ports.lease is None or not plan.lease or not plan.control:
        return None, NO_LEASE
    try:
        standing = ports.lease.acquire()
        if standing == "taken-over" and not ports.lease.wait_out():
            standing = "lost"
    except AzlocalError as error:
        return None, f"refused: {error}"
    return ports.lease, standing


def _under_lease(
    ports: Ports, plan: FleetPlan, request: TickRequest, census: FleetFacts, lease: Lease | None, began: datetime
) -> TickReport:
    def breathe() -> None:
        if lease is not None:
            lease.keep()

    facts = refresh(ports.reader, plan, census, began, breathe)
    inputs = ports.inputs.read(_readable(facts.clusters, plan))
    decisions = decide_fleet(facts, plan, inputs, began, ceiling=request.ceiling, only=request.only)
    tick_id = uuid.uuid4().hex
    before = _before_resumes(ports, decisions, plan, tick_id, began)
    clusters, actions = _act(ports, plan, request, facts, decisions, lease)
    return TickReport(
        tick_id=tick_id, now=began, facts=facts, plan_digest=short(plan.digest), dry_run=request.dry_run,
        rings=decisions.rings, clusters=clusters, actions=actions,
        problems=(*facts.gaps, *before),
    )  # fmt: skip


def _readable(clusters: Iterable[ClusterFacts], plan: FleetPlan) -> Sequence[ClusterFacts]:
    return [cluster for cluster in clusters if plan.ring_of(cluster) is not None]


def _before_resumes(
    ports: Ports, decisions: FleetDecisions, plan: FleetPlan, tick_id: str, now: datetime
) -> tuple[str, ...]:
    """Send the rows of failures that a resume is about to overwrite; return what was lost."""
    failed = [one for one in decisions.clusters if isinstance(one.decision, Resume)]
    if not failed or ports.sink is None:
        return ()
    return ports.sink.send(list(cluster_rows(failed, plan, tick_id, now))).problems


def _act(
    ports: Ports,
    plan: FleetPlan,
    request: TickRequest,
    facts: FleetFacts,
    decisions: FleetDecisions,
    lease: Lease | None,
) -> tuple[tuple[ClusterDecision, ...], tuple[ActionOutcome, ...]]:
    starts = [one for one in decisions.clusters if isinstance(one.decision, STARTS)]
    if request.dry_run or not starts:
        return decisions.clusters, ()
    if lease is None or facts.control is None:
        return _standing_down(decisions.clusters, plan), ()
    hands = Hands(
        reader=ports.reader, lease=lease, starter=ports.starter, watch=ports.watch,
        plan=plan, control=facts.control, out_of_time=request.out_of_time,
    )  # fmt: skip
    acts = list(act(hands, starts))
    became = {id(before): after for before, after in zip(starts, acts)}
    clusters = tuple(became[id(one)].decided if id(one) in became else one for one in decisions.clusters)
    return clusters, tuple(done.outcome for done in acts if done.outcome is not None)


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
    rows = [
        *cluster_rows(report.clusters, plan, report.tick_id, report.now),
        *action_rows(report.actions, report.clusters, plan, report.tick_id),
        *tick_rows(summary(report)),
    ]
    return replace(report, delivery=ports.sink.send(rows))


def summary(report: TickReport) -> TickSummary:
    """Return the one row that tells of the tick itself."""
    return TickSummary(
        tick_id=report.tick_id, now=report.now, plan=report.plan_digest, cloud=report.facts.cloud,
        lease=report.lease, dry_run=report.dry_run, clusters=report.clusters, rings=report.rings,
        actions=report.actions, problems=report.problems, calls=report.calls,
        throttled=report.throttled, duration=report.duration,
    )  # fmt: skip


def census(ports: Ports, plan: FleetPlan | None, scope_plan: FleetPlan) -> tuple[FleetFacts, FleetDecisions]:
    """Look without starting or recording anything; *plan* of None decides `Wait(NoPlan)` for all."""
    facts = ports.reader.census(scope_plan.scope)
    now = ports.watch.first
    if now is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    inputs: Mapping[str, Inputs] = {}
    if plan is not None:
        facts = refresh(ports.reader, plan, facts, now, lambda: None)
        inputs = ports.inputs.read(_readable(facts.clusters, plan))
    return facts, decide_fleet(facts, plan, inputs, now)


__all__ = ["AzlocalError", "Ports", "TickReport", "TickRequest", "census", "summary", "tick"]
