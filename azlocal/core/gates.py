"""What stands between a cluster and its next step, asked in a fixed order: the first answer is the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.checks import lcm_problem
from azlocal.core.data.thresholds import UPGRADE_EXPECTED
from azlocal.core.decisions import (
    Decision,
    Done,
    Hold,
    Resume,
    StartUpgrade,
    StartValidation,
    UpdateExtension,
    Verify,
    Wait,
)
from azlocal.core.facts import FleetFacts
from azlocal.core.findings import Status
from azlocal.core.ids import group_id_of, subscription_id_of
from azlocal.core.phases import Phase, intent_used
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.rings import Member, RingState, accepted, failed_attempt, failures
from azlocal.core.tags import HOLD, Intent
from azlocal.core.times import format_duration
from azlocal.core.windows import left


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One ring's circumstances, the same for all its members."""

    plan: FleetPlan
    ring: Ring
    state: RingState
    facts: FleetFacts
    now: datetime


def decide_member(gate: Gate, member: Member) -> Decision:
    """Decide one cluster as if every slot of its ring were free."""
    settled = _settled(member)
    if settled is not None:
        return settled
    if _only_extension_missing(gate, member):
        return _stopped(gate, member) or _extension(gate, member)
    blocked = _not_ready(member)
    if blocked is not None:
        return blocked
    if member.reading.phase.failed:
        return _failed(gate, member)
    return _stopped(gate, member) or _next(gate, member)


def _settled(member: Member) -> Decision | None:
    """Return the decision for a cluster on which an operation runs, or that needs nothing more."""
    reading = member.reading
    if reading.phase is Phase.SOLUTION:
        return Done(reason=reading.reason, message=reading.message)
    if reading.phase is Phase.VERIFYING:
        return Verify(reason=reading.reason, message=reading.message)
    if reading.phase.running and reading.stuck:
        return Hold(
            reason="Stuck", message=f"no step ended for too long; {reading.message}",
            remedy="look at the step's log on the first machine; nothing is started while it may still run",
        )  # fmt: skip
    if reading.phase.running:
        return Wait(reason=reading.reason, message=reading.message)
    return None


def _not_ready(member: Member) -> Decision | None:
    phase, reading = member.reading.phase, member.reading
    if phase is Phase.NOT_APPLICABLE:
        return Hold(
            reason="NotApplicable", message=reading.message,
            remedy="leave it out by the plan's scope.exclude; it cannot take the solution upgrade",
        )  # fmt: skip
    if phase in {Phase.OS_22H2, Phase.OS_UPGRADING}:
        return Hold(
            reason=reading.reason, message=reading.message,
            remedy="finish the OS upgrade on the machines; azlocal goes on by itself",
        )  # fmt: skip
    if phase in {Phase.UNKNOWN, Phase.BLOCKED}:
        return Hold(reason=reading.reason, message=reading.message, remedy=_remedy(member))
    if phase in {Phase.VALIDATED, Phase.VALIDATION_FAILED, Phase.APPLY_FAILED, Phase.START_REFUSED}:
        return _rules_still_met(member)
    return None


def _remedy(member: Member) -> str:
    open_findings = [one for one in member.candidate.findings if not one.passes and one.severity == "blocking"]
    named = [one for one in open_findings if one.message == member.reading.message] or [
        one for one in open_findings if one.status is Status.NOT_MET
    ]
    return next((one.remedy or one.question for one in named if one.remedy or one.question), _LOOK)


_LOOK = "look at the cluster in the portal and at azlocal-upgrade explain; azlocal goes on once it can be read"


def _rules_still_met(member: Member) -> Decision | None:
    """A cluster between its operations must still be ready: what it can lose is the connection, say."""
    names = ("B1", "B2", "B4", "B5", "B6", "B7", "B8", "B10", "B11")
    # Once Validate has succeeded it settles what only it can test; what it cannot be shown stays open.
    unmet = [
        one for one in member.candidate.findings
        if one.check in names and (
            one.status is Status.NOT_MET
            or (one.status is Status.UNKNOWN and one.check not in {"B10", "B11"})
        )
    ]  # fmt: skip
    if not unmet:
        return None
    return Hold(reason="NoLongerReady", message=unmet[0].message, remedy=unmet[0].remedy or _LOOK)


def _stopped(gate: Gate, member: Member) -> Decision | None:
    """Return what people, the plan or the ring's state hold against any start of this cluster."""
    cluster, facts = member.cluster, gate.facts
    for scope in (cluster.id, group_id_of(cluster.id), subscription_id_of(cluster.id)):
        text = cluster.tags.get(HOLD) if scope == cluster.id else facts.holds.get(scope)
        if text is not None:
            return Hold(
                reason="Held", message=f"{HOLD} on {scope}: {text or 'no reason given'}",
                remedy=f"run: azlocal-upgrade release {cluster.name}",
            )  # fmt: skip
    if gate.state.state == "halted":
        return Hold(reason=gate.state.reason, message=gate.state.message, remedy=_HALT[gate.state.reason])
    if gate.state.state == "closed":
        return Wait(reason=gate.state.reason, message=gate.state.message)
    if gate.plan.paused or facts.control is None or facts.control.paused:
        return _paused(gate)
    frozen = next((freeze for freeze in gate.plan.freezes if freeze.covers(gate.now)), None)
    if frozen is not None:
        return Wait(reason="Frozen", message=f"frozen until {frozen.last}: {frozen.reason or 'no reason given'}")
    return None


_HALT = {
    "ScopeShrunk": "find the missing clusters or read rights, or correct expect and select in the plan",
    "FailureBudgetSpent": "diagnose the failures; accept each with: azlocal-upgrade resume CLUSTER",
}


def _paused(gate: Gate) -> Wait:
    if gate.plan.paused:
        return Wait(reason="Paused", message="the plan says paused: true")
    if gate.facts.control is None:
        message = (
            "the control group is not known, so a pause cannot be ruled out"
            if gate.plan.control
            else ("the plan names no control group, so nothing starts")
        )
        return Wait(reason="NoControl", message=message)
    return Wait(reason="Paused", message=f"paused: {gate.facts.control.pause_reason or 'no reason given'}")


def _only_extension_missing(gate: Gate, member: Member) -> bool:
    if not gate.plan.update_extension or member.reading.phase is not Phase.BLOCKED:
        return False
    unmet = [one.check for one in member.candidate.failing() if not one.check.startswith("attest-")]
    unknown = [
        one.check for one in member.candidate.findings
        if one.status is Status.UNKNOWN and one.check in {"B1", "B2", "B3", "B4", "B5", "B6", "B7"}
    ]  # fmt: skip
    return unmet == ["B8"] and not unknown


def _extension(gate: Gate, member: Member) -> Decision:
    intent = member.cluster.intent
    tried = intent.attempt if isinstance(intent, Intent) and intent.mode == "extension" else 0
    consent = accepted(member, gate.facts.control)
    if tried and (consent is None or (consent.mode, consent.attempt) != ("extension", tried)):
        return Hold(
            reason="ExtensionNotUpdated", message=f"attempt {tried} to update the LCM extension had no effect",
            remedy=f"update it on the machine, or allow one retry: azlocal-upgrade resume {member.cluster.name}",
        )  # fmt: skip
    machines = tuple(one.id for one in member.cluster.machines or () if lcm_problem(one))
    return UpdateExtension(
        reason="ExtensionOutdated", message=f"the LCM extension of {len(machines)} machines needs an update",
        machines=machines, attempt=tried + 1,
    )  # fmt: skip


def _next(gate: Gate, member: Member) -> Decision:
    inputs = _inputs_problem(member)
    if inputs is not None:
        return inputs
    if member.reading.phase is Phase.CANDIDATE:
        return _validate(member, "Candidate", "every precondition is met that Azure can show")
    return _after_validation(gate, member)


def _inputs_problem(member: Member) -> Decision | None:
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


def _validate(member: Member, reason: str, message: str) -> StartValidation:
    return StartValidation(
        reason=reason, message=message,
        attempt=_next_attempt(member, "validate"), failures=failures(member),
    )  # fmt: skip


def _next_attempt(member: Member, mode: str) -> int:
    """Return the number of the next start: the same again when the last intent was never used."""
    intent = member.cluster.intent
    if not isinstance(intent, Intent) or intent.mode != mode:
        return 1
    return intent.attempt + 1 if intent_used(member.cluster, intent) else intent.attempt


def _after_validation(gate: Gate, member: Member) -> Decision:
    reading = member.reading
    if reading.echo_equal is not True:
        return _other_echo(member)
    for ask in (_attestations, _approval, _window):
        answer = ask(gate, member)
        if answer is not None:
            return answer
    if reading.validated_at is None or gate.now - reading.validated_at > gate.plan.validation_fresh_for:
        return _validate(member, "ValidationStale", "the validation is older than the plan allows")
    attempt = _next_attempt(member, "deploy")
    return StartUpgrade(
        reason="Validated", message="validated with the same inputs, approved, in the window",
        attempt=attempt, failures=failures(member),
    )  # fmt: skip


def _other_echo(member: Member) -> Decision:
    if not member.reading.ours:
        return _validate(member, "ForeignValidation", "the settings were validated with other inputs, or by others")
    intent = member.cluster.intent
    same = isinstance(intent, Intent) and member.inputs is not None and member.inputs.digest.startswith(intent.inputs)
    if not same:
        return _validate(member, "InputsChanged", "the inputs changed since they were validated")
    return Hold(
        reason="EchoDiffers",
        message="Azure echoes another configuration than the one azlocal sent and validated",
        remedy="compare deploymentSettings/default with the inputs; nothing is deployed that cannot be compared",
    )


def _attestations(gate: Gate, member: Member) -> Decision | None:
    del gate
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


def _approval(gate: Gate, member: Member) -> Decision | None:
    del member
    if gate.state.approved:
        return None
    return Wait(
        reason="ApprovalNeeded", message=f"ring {gate.ring.name}: {gate.state.approval_problem}",
        remedy=f"run: azlocal-upgrade approve {gate.ring.name}",
    )  # fmt: skip


def _window(gate: Gate, member: Member) -> Decision | None:
    del member
    if not gate.ring.windows:
        return Wait(
            reason="NoWindow", message=f"ring {gate.ring.name} has no window, so nothing is ever deployed in it",
            remedy="give the ring windows in the plan",
        )  # fmt: skip
    open_for = left(gate.ring.windows, gate.now)
    if open_for >= UPGRADE_EXPECTED:
        return None
    if not open_for:
        return Wait(reason="OutsideWindow", message="no window is open")
    return Wait(
        reason="WindowTooShort",
        message=f"the window is open for {format_duration(open_for)}; an upgrade needs {format_duration(UPGRADE_EXPECTED)}",
    )


def _failed(gate: Gate, member: Member) -> Decision:
    mode = _failed_mode(member)
    attempt = failed_attempt(member, mode)
    consent = accepted(member, gate.facts.control)
    if consent is None or consent.mode != mode or consent.attempt != attempt:
        return Hold(
            reason=member.reading.reason, message=member.reading.message,
            remedy=f"fix the cause, then allow one retry: azlocal-upgrade resume {member.cluster.name}",
        )  # fmt: skip
    return _stopped(gate, member) or _inputs_problem(member) or _retry(gate, member, mode, attempt)


def _failed_mode(member: Member) -> str:
    if member.reading.phase is Phase.START_REFUSED:
        intent = member.cluster.intent
        return intent.mode if isinstance(intent, Intent) else "validate"
    return "deploy" if member.reading.phase is Phase.APPLY_FAILED else "validate"


def _retry(gate: Gate, member: Member, mode: str, attempt: int) -> Decision:
    reason, message = "RetryAccepted", f"a person accepted the failed attempt {attempt}"
    again = attempt + 1
    if mode != "deploy" or _too_old(gate, member):
        next_number = again if mode != "deploy" else _next_attempt(member, "validate")
        return StartValidation(reason=reason, message=message, attempt=next_number, failures=failures(member))
    if member.reading.echo_equal is not True:
        return Hold(
            reason="ResumeInputsDiffer",
            message="the failed upgrade was sent with other inputs than azlocal has",
            remedy="give azlocal the inputs that deploymentSettings/default echoes; they never change before a resume",
        )
    for ask in (_attestations, _approval, _window):
        answer = ask(gate, member)
        if answer is not None:
            return answer
    if member.reading.phase is Phase.START_REFUSED:
        return StartUpgrade(reason=reason, message=message, attempt=again, failures=failures(member))
    return Resume(reason=reason, message=message, attempt=again, failures=failures(member))


def _too_old(gate: Gate, member: Member) -> bool:
    """Return whether a refused upgrade needs a new validation first; a resume of a failed one never does."""
    if member.reading.phase is not Phase.START_REFUSED:
        return False
    at = member.reading.validated_at
    return at is None or gate.now - at > gate.plan.validation_fresh_for
