"""Decide for the whole fleet: facts, plan and now in, one decision for each cluster out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from azlocal.core.allotment import FleetRoom, RingRoom
from azlocal.core.candidate import Candidate, assess
from azlocal.core.choices import decide_member
from azlocal.core.data.thresholds import UPGRADE_EXPECTED
from azlocal.core.decisions import STARTS, Decision, Resume, StartUpgrade, StartValidation, Wait
from azlocal.core.durations import measure
from azlocal.core.facts import ClusterFacts, FleetFacts, SettingsFacts
from azlocal.core.failed_steps import failure_findings
from azlocal.core.findings import Finding, Status
from azlocal.core.garbage import uncollected
from azlocal.core.gates import Gate, closed
from azlocal.core.ids import key
from azlocal.core.phases import read_phase
from azlocal.core.plan import FleetPlan, Inputs, Ring, RingFinder
from azlocal.core.readings import Reading
from azlocal.core.rings import Member, RingState, ring_states
from azlocal.core.tags import Intent
from azlocal.core.times import format_time

ALL_STARTS = frozenset({"UpdateExtension", "StartValidation", "StartUpgrade", "Resume"})
_SURELY_SOAKED = timedelta(days=2)
_FRESH_FOR = timedelta(hours=24)
_MEASURED_FOR, _MEASURED = timedelta(days=28), 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDecision:
    """One cluster: what was read of it, what that means, and what happens next.

    `expected` is how long its upgrade may take, which must be left of a window; `turn` ranks it in its ring.
    """

    cluster: ClusterFacts
    ring: str
    reading: Reading
    candidate: Candidate
    decision: Decision
    inputs: Inputs | None = None
    expected: timedelta = UPGRADE_EXPECTED
    turn: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings behind the verdict, what failed or is stuck, what else to know, and what comes after."""
        stuck = (_stuck(self.cluster, self.reading),) if self.reading.stuck else ()
        judged = self.candidate
        return (*judged.findings, *failure_findings(self.cluster, self.reading), *stuck, *judged.advice, *judged.after)


def _stuck(cluster: ClusterFacts, reading: Reading) -> Finding:
    settings = cluster.settings if isinstance(cluster.settings, SettingsFacts) else None
    status = "deploymentStatus" if reading.mode == "deploy" else "validationStatus"
    return Finding(
        check="stuck", status=Status.NOT_MET, severity="warning", value=reading.step,
        message=f"no step ended for too long; {reading.message}",
        resource_id=settings.id if settings else cluster.id, path=f"reportedProperties.{status}.steps",
        observed_at=settings.observed_at if settings else cluster.observed_at,
        remedy="look at the step's log on the first machine; nothing is started while it may still run",
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDecisions:
    """The rings and the clusters, each with what holds for it now."""

    rings: tuple[RingState, ...]
    clusters: tuple[ClusterDecision, ...]


@uncollected()
def decide_fleet(
    facts: FleetFacts,
    plan: FleetPlan | None,
    inputs: Mapping[str, Inputs],
    now: datetime,
    *,
    ceiling: frozenset[str] = ALL_STARTS,
    only: frozenset[str] | None = None,
) -> FleetDecisions:
    """Decide. *ceiling* holds the kinds of start a door may make, *only* the id keys it may act on."""
    members = [_member(cluster, plan, inputs, facts, now) for cluster in facts.clusters]
    if plan is None:
        waiting = Wait(reason="NoPlan", message="no fleet plan was named")
        return FleetDecisions(rings=(), clusters=tuple(_decided(one, "", waiting) for one in members))
    by_ring = _by_ring(plan, members)
    states = ring_states(plan, by_ring, facts, now)
    decided: dict[str, ClusterDecision] = {}
    room, durations, ahead = FleetRoom(plan, members, by_ring), measure(facts.clusters), plan.validate.ahead
    for ring, state in zip(plan.rings, states):
        ahead = ahead and state.state != "halted"
        gate = Gate(plan=plan, ring=ring, state=state, facts=facts, now=now, durations=durations, ahead=ahead)
        decided |= _ring_decisions(gate, by_ring.get(ring.name, ()), room, ceiling, only)
    return FleetDecisions(
        rings=states,
        clusters=tuple(decided.get(key(one.cluster.id)) or _without_ring(one) for one in members),
    )


def _member(
    read: ClusterFacts, plan: FleetPlan | None, inputs: Mapping[str, Inputs], facts: FleetFacts, now: datetime
) -> Member:
    cluster = _aged(read, plan.facts_fresh_for if plan else _FRESH_FOR, now)
    candidate = assess(cluster, plan, cloud=facts.cloud, now=now)
    mine = inputs.get(key(cluster.id))
    reading = read_phase(cluster, candidate, mine, now)
    return Member(cluster=cluster, candidate=candidate, reading=reading, inputs=mine)


def _aged(cluster: ClusterFacts, fresh_for: timedelta, now: datetime) -> ClusterFacts:
    """Return *cluster* as unreadable when what was read of it is too old to tell anything, or of unknown age."""
    at = cluster.observed_at
    if cluster.error or (at is not None and now - at <= fresh_for):
        return cluster
    told = "it is not known when it was read" if at is None else f"it was last read at {format_time(at)}, too long ago"
    return replace(cluster, error=told)


def _by_ring(plan: FleetPlan, members: Iterable[Member]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    finder = RingFinder(plan)
    for member in members:
        ring = finder.ring_of(member.cluster)
        if ring is not None:
            found.setdefault(ring.name, []).append(member)
    return found


def _decided(
    member: Member, ring: str, decision: Decision, expected: timedelta = UPGRADE_EXPECTED, turn: int = 0
) -> ClusterDecision:
    return ClusterDecision(
        cluster=member.cluster, ring=ring, reading=member.reading, candidate=member.candidate,
        decision=decision, inputs=member.inputs, expected=expected, turn=turn,
    )  # fmt: skip


def _without_ring(member: Member) -> ClusterDecision:
    return _decided(member, "", Wait(reason="NoRing", message="no ring of the plan selects it"))


def _ring_decisions(
    gate: Gate, members: Sequence[Member], room: FleetRoom, ceiling: frozenset[str], only: frozenset[str] | None
) -> dict[str, ClusterDecision]:
    """Decide a ring's members and hand out what room there is by precedence."""
    known = {key(one.cluster.id): one for one in members}
    decided = {name: _in_ring(gate, one, ceiling, only) for name, one in known.items()}
    rooms = RingRoom(gate.ring, gate.state, members, room)
    for one in sorted((one for one in decided.values() if isinstance(one.decision, STARTS)), key=precedence):
        name = key(one.cluster.id)
        barred = rooms.give(one.decision, known[name]) if isinstance(one.decision, STARTS) else None
        if barred is not None:
            decided[name] = replace(one, decision=barred)
    return decided


def _in_ring(gate: Gate, member: Member, ceiling: frozenset[str], only: frozenset[str] | None) -> ClusterDecision:
    """Decide one member as if there were room for every start."""
    decision = _where_open(gate, _under_ceiling(member, decide_member(gate, member), ceiling, only))
    nodes = len(member.cluster.nodes)
    turn = nodes if gate.ring.order == "nodes" else 0
    return _decided(member, gate.ring.name, decision, gate.durations.expected(nodes), turn)


def _where_open(gate: Gate, decision: Decision) -> Decision:
    """A gate that has not opened lets nothing through, and where the plan validates ahead no more than validations."""
    shut = gate.state.state == "closed" and not (gate.ahead and isinstance(decision, StartValidation))
    return closed(gate) if shut and isinstance(decision, STARTS) else decision


def precedence(one: ClusterDecision) -> tuple[int, int, str, str]:
    """Return the order in which starts come: upgrades first, then as the ring orders, then by name and id."""
    rank = 0 if isinstance(one.decision, StartUpgrade | Resume) else 1
    return rank, one.turn, one.cluster.name.lower(), key(one.cluster.id)


def _under_ceiling(
    member: Member, decision: Decision, ceiling: frozenset[str], only: frozenset[str] | None
) -> Decision:
    if not isinstance(decision, STARTS):
        return decision
    if decision.kind not in ceiling:
        return Wait(reason="NotThisDoor", message=f"{decision.kind} is due, and this door does not start it")
    if only is not None and key(member.cluster.id) not in only:
        return Wait(reason="NotSelected", message=f"{decision.kind} is due, and this run acts on other clusters")
    return decision


def detail_needed(facts: FleetFacts, plan: FleetPlan, now: datetime) -> tuple[str, ...]:
    """Return the clusters whose deployment settings must be read before deciding.

    Those where something may run, and the members of the rings whose gate may open or soak now: up to the
    first ring that is not known to be complete. Where the plan validates ahead, also what is left to do in
    the rings behind it; and of late upgrades some, to measure how long they take. What was read counts, so
    ask again after reading.
    """
    needed = {cluster.id: None for cluster in facts.clusters if _may_run(cluster, now)}
    rings: dict[str, list[ClusterFacts]] = {}
    finder = RingFinder(plan)
    for cluster in facts.clusters:
        ring = finder.ring_of(cluster)
        if ring is not None:
            rings.setdefault(ring.name, []).append(cluster)
    needed |= dict.fromkeys(_of_rings(plan, rings, now))
    if not all(map(_is_solution, chain.from_iterable(rings.values()))):
        needed |= dict.fromkeys(_to_measure(facts.clusters, now))
    return tuple(needed)


def _of_rings(plan: FleetPlan, rings: Mapping[str, Sequence[ClusterFacts]], now: datetime) -> Iterator[str]:
    shut = False
    for ring in plan.rings:
        members = rings.get(ring.name, [])
        yield from (one.id for one in members if not (one.solved if shut else _soaked_long_ago(one, ring, now)))
        shut = shut or not all(map(_is_solution, members)) or len(members) < ring.expect
        if shut and not plan.validate.ahead:
            return


def _to_measure(clusters: Iterable[ClusterFacts], now: datetime) -> Iterator[str]:
    """Yield the latest upgrades by azlocal's own account, not too long ago."""
    found = [
        (one.intent.at, one.id) for one in clusters
        if one.solved and isinstance(one.intent, Intent) and one.intent.mode == "deploy"
        and now - one.intent.at <= _MEASURED_FOR
    ]  # fmt: skip
    yield from (cluster_id for _, cluster_id in sorted(found, reverse=True)[:_MEASURED])


def _may_run(cluster: ClusterFacts, now: datetime) -> bool:
    status, intent = (cluster.status or "").lower(), cluster.intent
    told = status.startswith(("validation", "deployment")) or cluster.says_running
    if told and not (status.endswith("success") and cluster.solved):
        return True
    if isinstance(intent, Intent):
        return not cluster.solved or now - intent.at <= _SURELY_SOAKED
    return intent is None


def _is_solution(cluster: ClusterFacts) -> bool:
    """Return whether it may be the solution: by its own settings, too, where the census does not show it."""
    settings = cluster.settings
    return cluster.solved or (isinstance(settings, SettingsFacts) and settings.deployment_status.lower() == "success")


def _soaked_long_ago(cluster: ClusterFacts, ring: Ring, now: datetime) -> bool:
    intent = cluster.intent
    if not cluster.solved or not isinstance(intent, Intent):
        return False
    return intent.mode == "deploy" and now - intent.at > ring.soak + _SURELY_SOAKED
