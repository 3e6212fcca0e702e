"""The state of each ring: who is in it, how far it is, and whether its gate is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from azlocal.core.candidate import Candidate
from azlocal.core.digest import members_digest, short
from azlocal.core.facts import ClusterFacts, ControlFacts, DeploymentFacts, FleetFacts, SettingsFacts
from azlocal.core.ids import h10, key
from azlocal.core.intents import intent_used
from azlocal.core.limits import budget_of, limit_of
from azlocal.core.plan import FleetPlan, Inputs, Ring
from azlocal.core.ramps import Stage, open_stage
from azlocal.core.readings import Phase, Reading
from azlocal.core.retries import repeated
from azlocal.core.steps import ended
from azlocal.core.tags import Acceptance, Intent
from azlocal.core.times import format_time
from azlocal.words import count, length


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One cluster as its ring sees it."""

    cluster: ClusterFacts
    candidate: Candidate
    reading: Reading
    inputs: Inputs | None = None

    @property
    def done(self) -> bool:
        """Return whether nothing is left to do for it."""
        return self.reading.phase is Phase.SOLUTION

    @property
    def occupies(self) -> bool:
        """Return whether it takes a slot: an operation runs, or nobody can say that none does."""
        return self.reading.in_flight

    @property
    def validates(self) -> bool:
        """Return whether what runs on it is surely no more than a validation."""
        cluster, deployment = self.cluster, self.cluster.deployment
        told = (cluster.status or "").lower()
        if not self.occupies or self.reading.mode != "validate" or self.reading.phase is Phase.UNKNOWN:
            return False
        ours = isinstance(deployment, DeploymentFacts) and deployment.active and deployment.mode != "validate"
        return not ours and not (cluster.says_running and not told.startswith("validation"))

    @property
    def upgraded(self) -> bool:
        """Return whether it is done and shown to have been upgraded, by azlocal or by others."""
        settings, intent = self.cluster.settings, self.cluster.intent
        by_settings = isinstance(settings, SettingsFacts) and _of_an_upgrade(settings)
        return self.done and (by_settings or (isinstance(intent, Intent) and intent.mode == "deploy"))

    @property
    def began(self) -> bool:
        """Return whether its upgrade has begun, or may have: it belongs to a stage of the ramp already."""
        # A retry that Azure refused reads as that, and the failure behind it still stands in the settings.
        settings = self.cluster.settings
        failed = isinstance(settings, SettingsFacts) and settings.deployment_status.lower() in {"error", "failed"}
        failed |= self.reading.phase is Phase.APPLY_FAILED
        return self.upgraded or failed or (self.occupies and not self.validates)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingState:
    """One ring now. `state` is open, closed, complete or halted; `soaked_at` ends its soak, if any.

    `max_concurrent` and `failure_budget` are numbers, whatever the plan says; `in_flight` counts what takes
    the ring's slots, and `validating` what runs in slots of its own; `stage` is that of the ramp, 0 without one.
    """

    name: str
    state: str
    reason: str
    message: str
    members: tuple[str, ...] = ()
    members_digest: str = ""
    expected: int = 0
    done: int = 0
    in_flight: int = 0
    failed: int = 0
    max_concurrent: int = 1
    failure_budget: int = 0
    validating: int = 0
    stage: int = 0
    gate: str = "approval"
    approved: bool = False
    approval_problem: str = ""
    soaked_at: datetime | None = None


def failures(member: Member) -> int:
    """Return how many upgrades of a cluster failed: those the intent counts, and the one that stands.

    An intent that was never used has counted the standing failure already.
    """
    intent = member.cluster.intent
    counted = intent.failures if isinstance(intent, Intent) else 0
    if member.reading.phase is not Phase.APPLY_FAILED:
        return counted
    unused = isinstance(intent, Intent) and intent.mode == "deploy" and not intent_used(member.cluster, intent)
    return max(counted, 1) if unused else counted + 1


def accepted(member: Member, control: ControlFacts | None) -> Acceptance | None:
    """Return the acceptance on the control group that names this cluster, or None."""
    return control.acceptances.get(h10(member.cluster.id)) if control else None


def failed_attempt(member: Member, mode: str) -> int:
    """Return the number of the last attempt of *mode* that was sent, the one that failed if one did.

    0 when it was not azlocal's. An announced attempt that was never used does not count; of an extension
    nothing shows whether it was used, so it counts.
    """
    intent, deployment = member.cluster.intent, member.cluster.deployment
    announced = intent if isinstance(intent, Intent) and intent.mode == mode else None
    if announced is not None and (mode == "extension" or intent_used(member.cluster, announced)):
        return announced.attempt
    if isinstance(deployment, DeploymentFacts) and deployment.mode == mode and deployment.attempt:
        return deployment.attempt
    return announced.attempt - 1 if announced is not None else 0


def next_attempt(member: Member, mode: str, control: ControlFacts | None) -> int:
    """Return the number of the next start: the same again when the last intent was never used.

    Never a number that a person has accepted as failed: the acceptance stays, and allowed one retry.
    """
    intent = member.cluster.intent
    unused = isinstance(intent, Intent) and intent.mode == mode and not intent_used(member.cluster, intent)
    if isinstance(intent, Intent) and unused and mode != "extension":
        return intent.attempt
    consent = accepted(member, control)
    spent = consent.attempt if consent is not None and consent.mode == mode else 0
    return 1 + max(failed_attempt(member, mode), spent)


def consented(member: Member, control: ControlFacts | None, mode: str) -> bool:
    """Return whether a person accepted exactly the attempt of *mode* that failed, which allows one retry."""
    consent = accepted(member, control)
    return consent is not None and (consent.mode, consent.attempt) == (mode, failed_attempt(member, mode))


def repeats(plan: FleetPlan, member: Member, mode: str) -> bool:
    """Return whether the plan repeats the attempt of *mode* that failed, without asking."""
    return plan.retry.safe > 0 and repeated(member.cluster, failed_attempt(member, mode), plan.retry)


def unaccepted(plan: FleetPlan, member: Member, control: ControlFacts | None) -> bool:
    """Return whether a cluster counts against its ring's failure budget."""
    if member.reading.phase is not Phase.APPLY_FAILED:
        return False
    return not consented(member, control, "deploy") and not repeats(plan, member, "deploy")


def ring_states(
    plan: FleetPlan, members: Mapping[str, Sequence[Member]], facts: FleetFacts, now: datetime
) -> tuple[RingState, ...]:
    """Return the state of every ring, in order: a gate opens when all before it are known good."""
    states: list[RingState] = []
    shut = ""
    for ring in plan.rings:
        state = _alone(ring, members.get(ring.name, ()), plan, facts, now)
        if shut and state.state in {"open", "complete"}:
            state = replace(state, state="closed", reason="RingClosed", message=shut)
        shut = shut or _shuts(state, now)
        states.append(state)
    return tuple(states)


def _shuts(state: RingState, now: datetime) -> str:
    if state.state != "complete":
        return f"ring {state.name} is not complete ({state.done} of {max(state.expected, len(state.members))} upgraded)"
    if state.reason == "SoakUnknown":
        return f"when ring {state.name} was upgraded is not known, so its soak cannot be shown to be over"
    if state.soaked_at is not None and now < state.soaked_at:
        return f"ring {state.name} soaks until {format_time(state.soaked_at)}"
    return ""


def _alone(ring: Ring, members: Sequence[Member], plan: FleetPlan, facts: FleetFacts, now: datetime) -> RingState:
    state = _counted(ring, members, plan, facts, now)
    shrunk = _shrunk(state, facts)
    if shrunk:
        return replace(state, state="halted", reason="ScopeShrunk", message=shrunk)
    if state.failed > state.failure_budget:
        message = f"{count(state.failed, 'failed upgrade')}, {state.failure_budget} allowed"
        return replace(state, state="halted", reason="FailureBudgetSpent", message=message)
    if state.done == len(members):
        return _complete(state, ring, members)
    return replace(state, message=f"{state.done} of {len(members)} upgraded, {state.in_flight} in flight")


def _counted(ring: Ring, members: Sequence[Member], plan: FleetPlan, facts: FleetFacts, now: datetime) -> RingState:
    ids = tuple(one.cluster.id for one in members)
    stage = stage_of(ring, members)
    problem = approval_problem(ring, ids, plan, facts.control, now)
    apart = plan.validate.max_concurrent is not None
    validating = sum(one.validates for one in members) if apart else 0
    return RingState(
        name=ring.name, state="open", reason="Open", message="", members=ids, members_digest=members_digest(ids),
        expected=ring.expect, done=sum(one.done for one in members),
        in_flight=sum(one.occupies for one in members) - validating,
        failed=sum(unaccepted(plan, one, facts.control) for one in members),
        max_concurrent=limit_of(ring.max_concurrent, len(ids)), failure_budget=budget_of(ring.failure_budget, len(ids)),
        validating=validating, stage=stage.number if stage else 0,
        gate=ring.gate, approved=not problem, approval_problem=problem,
    )  # fmt: skip


def stage_of(ring: Ring, members: Sequence[Member]) -> Stage | None:
    """Return the open stage of a ring's ramp; None when it has none. Shares are those of what is to be upgraded."""
    if not ring.ramp:
        return None
    good, rest = sum(one.upgraded for one in members), sum(not one.done for one in members)
    return open_stage(ring.ramp, good + rest, good)


def _shrunk(state: RingState, facts: FleetFacts) -> str:
    if facts.gaps:
        return f"the fleet could not be read whole: {facts.gaps[0]}"
    if not state.members:
        return "the ring selects no visible cluster"
    if len(state.members) < state.expected:
        return f"{count(len(state.members), 'visible cluster')}, {state.expected} expected"
    return ""


def _complete(state: RingState, ring: Ring, members: Sequence[Member]) -> RingState:
    ends = [upgraded_at(one) for one in members if _was_upgraded(one)]
    if None in ends:
        return replace(state, state="complete", reason="SoakUnknown", message="the end of an upgrade is not known")
    last = max((end for end in ends if end is not None), default=None)
    until = None if last is None else last + ring.soak
    message = "every member is upgraded" + (f"; soak {length(ring.soak)}" if last and ring.soak else "")
    return replace(state, state="complete", reason="Complete", message=message, soaked_at=until)


def _was_upgraded(member: Member) -> bool:
    """Return whether it was upgraded, or may have been: settings that were not read rule nothing out."""
    settings, intent = member.cluster.settings, member.cluster.intent
    by_settings = isinstance(settings, SettingsFacts) and _of_an_upgrade(settings)
    return by_settings or settings is None or (isinstance(intent, Intent) and intent.mode == "deploy")


def _of_an_upgrade(settings: SettingsFacts) -> bool:
    """Return whether settings tell of an upgrade: what was begun on the solution and did not succeed tells of none."""
    upgrade = settings.operation_type.lower() == "clusterupgrade" and settings.mode.lower() != "validate"
    return upgrade and settings.deployment_status.lower() == "success"


def upgraded_at(member: Member) -> datetime | None:
    """Return when the upgrade ended by its last step; else when its start was announced."""
    settings, intent = member.cluster.settings, member.cluster.intent
    by_steps = ended(settings.deployment_steps) if isinstance(settings, SettingsFacts) else None
    if by_steps is not None:
        return by_steps
    if isinstance(intent, Intent) and intent.mode == "deploy":
        return intent.at
    return None


def approval_problem(
    ring: Ring, members: Iterable[str], plan: FleetPlan, control: ControlFacts | None, now: datetime
) -> str:
    """Return why a ring is not approved, or an empty string when it is (or needs no approval)."""
    if ring.gate == "none":
        return ""
    approval = control.approvals.get(ring.name) if control else None
    if approval is None:
        return "nobody has approved it"
    if approval.plan != short(plan.digest):
        return f"the plan changed since it was approved ({approval.plan} → {short(plan.digest)})"
    current = short(members_digest(key(one) for one in members))
    if approval.members != current:
        return f"the members changed since it was approved ({approval.members} → {current})"
    if approval.until is None:
        return "the approval names no end"
    if approval.until <= now:
        return f"the approval ended at {format_time(approval.until)}"
    return ""
