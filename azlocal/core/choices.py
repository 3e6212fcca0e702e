"""What happens next with one cluster, as if every slot of its ring were free."""

from __future__ import annotations

from azlocal.core.checks import lcm_state
from azlocal.core.decisions import (
    STARTS,
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
from azlocal.core.diagnosis import remedy_after
from azlocal.core.digest import short
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.findings import Status
from azlocal.core.gates import LOOK, Gate, failed_mode, inputs_problem, rules_still_met, stopped, upgrade_barred
from azlocal.core.ids import deployment_name
from azlocal.core.known_issues import CONTACT_SUPPORT
from azlocal.core.readings import Phase
from azlocal.core.rings import Member, consented, failed_attempt, failures, next_attempt, repeats
from azlocal.core.tags import Intent
from azlocal.words import count


def decide_member(gate: Gate, member: Member) -> Decision:
    """Decide one cluster as if every slot of its ring were free."""
    decision = _decide(gate, member)
    cluster = member.cluster
    if isinstance(decision, STARTS) and (cluster.settings is None or cluster.deployment is None):
        return Wait(reason="NotRead", message="its deployment settings were not read, so nothing starts on it")
    return decision


def _decide(gate: Gate, member: Member) -> Decision:
    settled = _settled(member)
    if settled is not None:
        return settled
    if _only_extension_missing(gate, member):
        return stopped(gate, member) or _extension(gate, member)
    blocked = _not_ready(member)
    if blocked is not None:
        return blocked
    if member.reading.phase.failed:
        return _failed(gate, member)
    return stopped(gate, member) or _next(gate, member)


def _settled(member: Member) -> Decision | None:
    """Return the decision for a cluster on which an operation runs, or that needs nothing more."""
    reading, phase = member.reading, member.reading.phase
    if phase is Phase.SOLUTION:
        return Done(reason=reading.reason, message=reading.message)
    if phase is Phase.VERIFYING:
        return Verify(reason=reading.reason, message=reading.message)
    if phase.running and reading.stuck:
        return Hold(
            reason="Stuck", message=f"no step ended for too long; {reading.message}",
            remedy="look at the step's log on the first machine; nothing is started while it may still run",
        )  # fmt: skip
    if phase.running:
        return Wait(reason=reading.reason, message=reading.message)
    if reading.in_flight and phase is not Phase.UNKNOWN and not phase.failed:
        return Wait(reason="StillReporting", message=f"{reading.message}, and Azure still reports an operation on it")
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
        return rules_still_met(member)
    return None


def _remedy(member: Member) -> str:
    if member.reading.reason in {"IntentLost", "IntentUnreadable"}:
        name = deployment_name(member.cluster.id)
        return f"write the tag azlocal-op back as the Activity Log shows it, or remove it and the deployment {name}"
    open_findings = [one for one in member.candidate.findings if not one.passes and one.severity == "blocking"]
    named = [one for one in open_findings if one.message == member.reading.message] or [
        one for one in open_findings if one.status is Status.NOT_MET
    ]
    return next((one.remedy or one.question for one in named if one.remedy or one.question), LOOK)


# the extension


def _only_extension_missing(gate: Gate, member: Member) -> bool:
    if not gate.plan.update_extension or member.reading.phase is not Phase.BLOCKED:
        return False
    barring = [
        one for one in member.candidate.findings
        if not one.passes and one.severity == "blocking" and not one.settled_by and not one.check.startswith("attest-")
    ]  # fmt: skip
    return [(one.check, one.status) for one in barring] == [("B8", Status.NOT_MET)]


def _extension(gate: Gate, member: Member) -> Decision:
    control = gate.facts.control
    tried = failed_attempt(member, "extension")
    if tried and not consented(member, control, "extension"):
        return Hold(
            reason="ExtensionNotUpdated", message=f"attempt {tried} to update the LCM extension had no effect",
            remedy=f"update it on the machine, or allow one retry: azlocal-upgrade resume {member.cluster.name}",
        )  # fmt: skip
    machines = tuple(one.id for one in member.cluster.machines or () if lcm_state(one)[0] is False)
    return UpdateExtension(
        reason="ExtensionOutdated", message=f"the LCM extension of {count(len(machines), 'machine')} needs an update",
        machines=machines, attempt=next_attempt(member, "extension", control),
    )  # fmt: skip


# validation, then upgrade


def _next(gate: Gate, member: Member) -> Decision:
    inputs = inputs_problem(member)
    if inputs is not None:
        return inputs
    if member.reading.phase is Phase.CANDIDATE:
        return _validate(gate, member, "Candidate", "every precondition is met that Azure can show")
    return _after_validation(gate, member)


def _validate(gate: Gate, member: Member, reason: str, message: str) -> StartValidation:
    return StartValidation(
        reason=reason, message=message, failures=failures(member),
        attempt=next_attempt(member, "validate", gate.facts.control),
    )  # fmt: skip


_OTHER_TEMPLATE = "azlocal's template is not the one that was validated"


def _after_validation(gate: Gate, member: Member) -> Decision:
    """An upgrade needs a validation that azlocal started, and an echo that equals what it would send."""
    reading = member.reading
    if not reading.ours and reading.echo_equal is not None:
        return _validate(gate, member, "ForeignValidation", "the settings were validated by others")
    if reading.ours and reading.echo_equal is not True:
        return _other_echo(gate, member)
    if reading.ours and not _as_announced(member):
        return _validate(gate, member, "TemplateChanged", _OTHER_TEMPLATE)
    barred = upgrade_barred(gate, member)
    if barred is not None:
        return barred
    if not reading.ours:
        return _validate(gate, member, "ForeignValidation", "others validated settings that Azure does not echo")
    if _too_old(gate, member):
        return _stale(gate, member)
    return StartUpgrade(
        reason="Validated", message="validated with the same inputs, approved, in the window",
        attempt=next_attempt(member, "deploy", gate.facts.control), failures=failures(member),
    )  # fmt: skip


def _stale(gate: Gate, member: Member) -> Decision:
    """A validation that is too old, or of unknown age, is made again; one that is made again tells its age no better."""
    intent, fresh_for = member.cluster.intent, gate.plan.validation_fresh_for
    announced = intent.at if isinstance(intent, Intent) and intent.mode == "validate" else None
    if member.reading.validated_at is None and announced is not None and gate.now - announced <= fresh_for:
        return Hold(
            reason="ValidationAgeUnknown", message="Azure shows no step times, so the validation's age is not known",
            remedy="look at deploymentSettings/default; azlocal validates again once the validation is surely too old",
        )  # fmt: skip
    return _validate(gate, member, "ValidationStale", "the validation is older than the plan allows")


def _as_announced(member: Member) -> bool:
    """Return whether what would be sent now, template included, is what was announced last."""
    intent, inputs = member.cluster.intent, member.inputs
    return isinstance(intent, Intent) and inputs is not None and intent.inputs == short(inputs.request_digest)


def _other_echo(gate: Gate, member: Member) -> Decision:
    if not _as_announced(member):
        return _validate(gate, member, "InputsChanged", "the inputs changed since they were validated")
    told = "another configuration than" if member.reading.echo_equal is False else "nothing to compare with"
    return Hold(
        reason="EchoDiffers" if member.reading.echo_equal is False else "EchoMissing",
        message=f"Azure echoes {told} the one azlocal sent and validated",
        remedy="compare deploymentSettings/default with the inputs; nothing is deployed that cannot be compared",
    )


# after a failure


def _failed(gate: Gate, member: Member) -> Decision:
    reading, mode = member.reading, failed_mode(member)
    if reading.reason == "NoEffect":
        return Hold(
            reason="NoEffect", message=reading.message,
            remedy=f"find out in the portal why nothing came of {deployment_name(member.cluster.id)}; it is not repeated",
        )  # fmt: skip
    diagnosis = diagnosis_of(member.cluster, member.reading)
    allowed = consented(member, gate.facts.control, mode) or repeats(gate.plan, member, mode)
    if not allowed or diagnosis.retry == CONTACT_SUPPORT:
        return Hold(
            reason=reading.code or reading.reason, message=reading.message,
            remedy=remedy_after(diagnosis, member.cluster.name, mode),
        )  # fmt: skip
    if reading.in_flight:
        return Wait(
            reason="StillReporting", message="the failed operation has not ended yet; it is retried once it has"
        )
    return stopped(gate, member) or inputs_problem(member) or _retry(gate, member, mode)


def _retry(gate: Gate, member: Member, mode: str) -> Decision:
    reading = member.reading
    attempt = failed_attempt(member, mode)
    reason, message = "RetryAccepted", f"a person accepted the failed attempt {attempt}"
    if not consented(member, gate.facts.control, mode):
        reason, message = "RetrySafe", f"the failed attempt {attempt} may be repeated as it is, and the plan lets it"
    begun = _upgrade_begun(member)
    if mode != "deploy" or (not begun and _too_old(gate, member)):
        return _validate(gate, member, reason, message)
    if reading.echo_equal is not True:
        return Hold(
            reason="ResumeInputsDiffer",
            message="the failed upgrade was sent with other inputs than azlocal has",
            remedy="give azlocal the inputs that deploymentSettings/default echoes; they never change before a resume",
        )
    if reading.ours and not _as_announced(member):
        return _not_the_same(gate, member, begun=begun)
    barred = upgrade_barred(gate, member)
    if barred is not None:
        return barred
    kind = Resume if begun else StartUpgrade
    return kind(
        reason=reason, message=message, failures=failures(member),
        attempt=next_attempt(member, mode, gate.facts.control),
    )  # fmt: skip


def _not_the_same(gate: Gate, member: Member, *, begun: bool) -> Decision:
    """Another template makes another request: no resume, but a validation where no upgrade has begun."""
    if not begun:
        return _validate(gate, member, "TemplateChanged", _OTHER_TEMPLATE)
    return Hold(
        reason="ResumeTemplateDiffers", message="the failed upgrade was sent with another template than azlocal has",
        remedy="resume it with the azlocal that started it, or in the portal by Resume deployments; azlocal watches it",
    )  # fmt: skip


def _upgrade_begun(member: Member) -> bool:
    """Return whether an upgrade has begun on the cluster: from then on it is resumed, never validated anew."""
    if member.reading.phase is Phase.APPLY_FAILED:
        return True
    return failures(member) > 0 and member.reading.validated_at is None


def _too_old(gate: Gate, member: Member) -> bool:
    at = member.reading.validated_at
    return at is None or gate.now - at > gate.plan.validation_fresh_for
