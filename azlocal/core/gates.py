"""What stands against a start: people, the plan, the ring, the rules, the inputs, consent and time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.data.thresholds import UPGRADE_EXPECTED
from azlocal.core.decisions import Decision, Hold, Wait
from azlocal.core.facts import FleetFacts
from azlocal.core.findings import Status
from azlocal.core.ids import group_id_of, subscription_id_of
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.rings import Member, RingState
from azlocal.core.tags import HOLD
from azlocal.core.times import format_duration
from azlocal.core.windows import Freeze, left

LOOK = "look at the cluster in the portal and at azlocal-upgrade explain; azlocal goes on once it can be read"


# No slots: what holds for every member is worked out once.
@dataclass(frozen=True, kw_only=True)
class Gate:
    """One ring's circumstances, the same for all its members."""

    plan: FleetPlan
    ring: Ring
    state: RingState
    facts: FleetFacts
    now: datetime

    @cached_property
    def frozen(self) -> Freeze | None:
        """Return the freeze that covers this moment, or None."""
        return next((freeze for freeze in self.plan.freezes if freeze.covers(self.now)), None)

    @cached_property
    def open_for(self) -> timedelta:
        """Return how long the ring's windows stay open from now; zero when they are closed."""
        return left(self.ring.windows, self.now)


def stopped(gate: Gate, member: Member) -> Decision | None:
    """Return what people, the plan or the ring's state hold against any start of this cluster."""
    held = _held(gate, member)
    if held is not None:
        return held
    state = gate.state
    if state.state == "halted":
        return Hold(reason=state.reason, message=state.message, remedy=_HALT[state.reason])
    if state.state == "closed":
        return Wait(reason=state.reason, message=state.message)
    if gate.plan.paused or gate.facts.control is None or gate.facts.control.paused:
        return _paused(gate)
    if gate.frozen is not None:
        why = gate.frozen.reason or "no reason given"
        return Wait(reason="Frozen", message=f"frozen until {gate.frozen.last}: {why}")
    return None


_HALT = {
    "ScopeShrunk": "find the missing clusters or read rights, or correct expect and select in the plan",
    "FailureBudgetSpent": "diagnose the failures; accept each with: azlocal-upgrade resume CLUSTER",
}


def _held(gate: Gate, member: Member) -> Hold | None:
    cluster, holds = member.cluster, gate.facts.holds
    found = [(cluster.id, cluster.hold)]
    if holds:
        found += [(scope, holds.get(scope)) for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id))]
    for scope, text in found:
        if text is not None:
            return Hold(
                reason="Held", message=f"{HOLD} on {scope}: {text or 'no reason given'}",
                remedy=f"run: azlocal-upgrade release {cluster.name if scope == cluster.id else scope}",
            )  # fmt: skip
    return None


def _paused(gate: Gate) -> Wait:
    if gate.plan.paused:
        return Wait(reason="Paused", message="the plan says paused: true")
    if gate.facts.control is None:
        message = (
            "the control group is not known, so a pause cannot be ruled out"
            if gate.plan.control
            else "the plan names no control group, so nothing starts"
        )
        return Wait(reason="NoControl", message=message)
    return Wait(reason="Paused", message=f"paused: {gate.facts.control.pause_reason or 'no reason given'}")


def rules_still_met(member: Member) -> Hold | None:
    """A cluster between its operations must still be ready: what it can lose is the connection, say."""
    names = {"B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B10", "B11"}
    # Once Validate has succeeded it settles what only it can test; what it cannot be shown stays open.
    unmet = next((
        one for one in member.candidate.findings
        if one.check in names and (
            one.status is Status.NOT_MET
            or (one.status is Status.UNKNOWN and one.check not in {"B10", "B11"})
        )
    ), None)  # fmt: skip
    if unmet is None:
        return None
    return Hold(reason="NoLongerReady", message=unmet.message, remedy=unmet.remedy or LOOK)


def inputs_problem(member: Member) -> Hold | None:
    """Return what is the matter with the cluster's inputs."""
    if member.inputs is None:
        return Hold(
            reason="InputsMissing", message="no upgrade inputs for this cluster",
            remedy=f"add {member.cluster.name}.yaml to the folder of inputs",
        )  # fmt: skip
    if member.inputs.problems:
        more = f" (and {len(member.inputs.problems) - 1} more)" if len(member.inputs.problems) > 1 else ""
        return Hold(
            reason="InputsInvalid", message=member.inputs.problems[0] + more,
            remedy=f"correct {member.inputs.source}",
        )  # fmt: skip
    return None


def upgrade_barred(gate: Gate, member: Member) -> Decision | None:
    """Return what an upgrade needs beyond a validation and is not there: statements, approval, time."""
    return _attestations(member) or _approval(gate) or _window(gate)


def _attestations(member: Member) -> Hold | None:
    needed = [member.candidate.finding(f"attest-{name}") for name in NEEDED_BEFORE_DEPLOY]
    missing = [one for one in needed if one is None or not one.passes]
    if not missing:
        return None
    one = missing[0]
    if one is not None and one.status is Status.NOT_MET:
        return Hold(reason="AttestedNo", message=f"{one.check}: {one.message}", remedy=one.remedy)
    return Hold(
        reason="AttestationMissing",
        message="; ".join(part.message for part in missing if part is not None),
        remedy=" ".join(part.question for part in missing if part is not None),
    )


def _approval(gate: Gate) -> Wait | None:
    if gate.state.approved:
        return None
    return Wait(
        reason="ApprovalNeeded", message=f"ring {gate.ring.name}: {gate.state.approval_problem}",
        remedy=f"run: azlocal-upgrade approve {gate.ring.name}",
    )  # fmt: skip


def _window(gate: Gate) -> Wait | None:
    if not gate.ring.windows:
        return Wait(
            reason="NoWindow", message=f"ring {gate.ring.name} has no window, so nothing is ever deployed in it",
            remedy="give the ring windows in the plan",
        )  # fmt: skip
    if gate.open_for >= UPGRADE_EXPECTED:
        return None
    if not gate.open_for:
        return Wait(reason="OutsideWindow", message="no window is open")
    open_for, needed = format_duration(gate.open_for), format_duration(UPGRADE_EXPECTED)
    return Wait(
        reason="WindowTooShort", message=f"the window is open for {open_for}; an upgrade needs {needed}"
    )  # fmt: skip


def failed_mode(member: Member) -> str:
    """Return the mode of the attempt that failed: validate or deploy, for a refused start that of its intent."""
    return member.reading.mode or "validate"
