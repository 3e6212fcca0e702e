"""Decide for the whole fleet: facts, plan and now in, one decision for each cluster out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.core.candidate import Candidate, assess
from azlocal.core.decisions import STARTS, Decision, Resume, StartUpgrade, Wait
from azlocal.core.facts import ClusterFacts, FleetFacts, SolutionFacts
from azlocal.core.findings import Finding
from azlocal.core.gates import Gate, decide_member
from azlocal.core.ids import key
from azlocal.core.phases import Reading, read_phase
from azlocal.core.plan import FleetPlan, Inputs, Ring
from azlocal.core.rings import Member, RingState, ring_states
from azlocal.core.tags import Intent

ALL_STARTS = frozenset({"UpdateExtension", "StartValidation", "StartUpgrade", "Resume"})
_SURELY_SOAKED = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDecision:
    """One cluster: what was read of it, what that means, and what happens next."""

    cluster: ClusterFacts
    ring: str
    reading: Reading
    candidate: Candidate
    decision: Decision
    inputs: Inputs | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings behind the verdict."""
        return self.candidate.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDecisions:
    """The rings and the clusters, each with what holds for it now."""

    rings: tuple[RingState, ...]
    clusters: tuple[ClusterDecision, ...]


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
    for ring, state in zip(plan.rings, states):
        gate = Gate(plan=plan, ring=ring, state=state, facts=facts, now=now)
        decided |= _ring_decisions(gate, by_ring.get(ring.name, ()), ceiling, only)
    return FleetDecisions(
        rings=states,
        clusters=tuple(decided.get(key(one.cluster.id)) or _without_ring(one) for one in members),
    )


def _member(
    cluster: ClusterFacts, plan: FleetPlan | None, inputs: Mapping[str, Inputs], facts: FleetFacts, now: datetime
) -> Member:
    candidate = assess(cluster, plan, cloud=facts.cloud, now=now)
    mine = inputs.get(key(cluster.id))
    reading = read_phase(cluster, candidate, mine, now)
    return Member(cluster=cluster, candidate=candidate, reading=reading, inputs=mine)


def _by_ring(plan: FleetPlan, members: Iterable[Member]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    for member in members:
        ring = plan.ring_of(member.cluster)
        if ring is not None:
            found.setdefault(ring.name, []).append(member)
    return found


def _decided(member: Member, ring: str, decision: Decision) -> ClusterDecision:
    return ClusterDecision(
        cluster=member.cluster, ring=ring, reading=member.reading, candidate=member.candidate,
        decision=decision, inputs=member.inputs,
    )  # fmt: skip


def _without_ring(member: Member) -> ClusterDecision:
    return _decided(member, "", Wait(reason="NoRing", message="no ring of the plan selects it"))


def _ring_decisions(
    gate: Gate, members: Iterable[Member], ceiling: frozenset[str], only: frozenset[str] | None
) -> dict[str, ClusterDecision]:
    """Decide a ring's members and hand out its free slots: upgrades first, then by name and id."""
    wanted = [(member, decide_member(gate, member)) for member in members]
    allowed = [(one, _under_ceiling(one, decision, ceiling, only)) for one, decision in wanted]
    free = gate.ring.max_concurrent - gate.state.in_flight
    decided: dict[str, ClusterDecision] = {}
    for member, decision in sorted(allowed, key=_precedence):
        if isinstance(decision, STARTS):
            free -= 1
            decision = decision if free >= 0 else _full(gate.ring, gate.state)
        decided[key(member.cluster.id)] = _decided(member, gate.ring.name, decision)
    return decided


def _precedence(pair: tuple[Member, Decision]) -> tuple[int, str, str]:
    member, decision = pair
    rank = 0 if isinstance(decision, StartUpgrade | Resume) else 1
    return rank, member.cluster.name.lower(), key(member.cluster.id)


def _full(ring: Ring, state: RingState) -> Wait:
    message = f"ring {ring.name} has {ring.max_concurrent} slots, {state.in_flight} in flight and the rest promised"
    return Wait(reason="RingFull", message=message)


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

    Those where something may run, and the members of the rings whose gate may open or soak now:
    up to the first ring that the census does not show as complete.
    """
    needed: dict[str, None] = {}
    rings: dict[str, list[ClusterFacts]] = {}
    for cluster in facts.clusters:
        if _may_run(cluster, now):
            needed[cluster.id] = None
        ring = plan.ring_of(cluster)
        if ring is not None:
            rings.setdefault(ring.name, []).append(cluster)
    for ring in plan.rings:
        members = rings.get(ring.name, [])
        if not all(_soaked_long_ago(one, ring, now) for one in members):
            needed |= dict.fromkeys(one.id for one in members)
        if not all(_has_solution(one) for one in members) or len(members) < ring.expect:
            break
    return tuple(needed)


def _may_run(cluster: ClusterFacts, now: datetime) -> bool:
    status = (cluster.status or "").lower()
    intent = cluster.intent
    recent = intent is None or (isinstance(intent, Intent) and not (_has_solution(cluster) and _old(intent, now)))
    return status.startswith(("validation", "deployment")) or recent


def _old(intent: Intent, now: datetime) -> bool:
    return now - intent.at > _SURELY_SOAKED


def _has_solution(cluster: ClusterFacts) -> bool:
    solution = cluster.solution
    return isinstance(solution, SolutionFacts) and bool(solution.version)


def _soaked_long_ago(cluster: ClusterFacts, ring: Ring, now: datetime) -> bool:
    intent = cluster.intent
    if not _has_solution(cluster) or not isinstance(intent, Intent):
        return False
    return intent.mode == "deploy" and now - intent.at > ring.soak + _SURELY_SOAKED
