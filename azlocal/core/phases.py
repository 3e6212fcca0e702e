"""Where a cluster stands on the road, derived from facts alone.

    Os22H2 - OsUpgrading - PostOs/Candidate - Validating - Validated - Applying - Verifying - Solution
                              |                  |                        |
                           Blocked        ValidationFailed            ApplyFailed   (resumed, never restarted)

Decided from `reportedProperties`, never from `provisioningState` alone: Azure shows `Succeeded`
beside a failed deployment (spec example GetDeploymentSettings, 2026-10-01).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from azlocal.core.candidate import Candidate, Verdict
from azlocal.core.checks import lcm_problem
from azlocal.core.data.thresholds import EXTENSION_EXPECTED, INTENT_OPEN, UPGRADE_STUCK, VALIDATION_STUCK
from azlocal.core.facts import Absence, ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.plan import Inputs
from azlocal.core.steps import failing_step, latest, running_step, text_of
from azlocal.core.tags import Intent
from azlocal.core.verify import verified

TERMINAL = frozenset({"succeeded", "failed", "canceled"})
_FAILED_WORDS = frozenset({"error", "failed"})


class Phase(str, Enum):
    """A cluster's place on the road. The values are part of the telemetry schema."""

    OS_22H2 = "Os22H2"
    OS_UPGRADING = "OsUpgrading"
    BLOCKED = "Blocked"
    CANDIDATE = "Candidate"
    STARTING = "Starting"
    START_REFUSED = "StartRefused"
    VALIDATING = "Validating"
    VALIDATED = "Validated"
    VALIDATION_FAILED = "ValidationFailed"
    APPLYING = "Applying"
    APPLY_FAILED = "ApplyFailed"
    VERIFYING = "Verifying"
    SOLUTION = "Solution"
    NOT_APPLICABLE = "NotApplicable"
    UNKNOWN = "Unknown"

    def __str__(self) -> str:
        return self.value

    @property
    def running(self) -> bool:
        """Return whether an operation is, or may be, under way."""
        return self in {Phase.STARTING, Phase.VALIDATING, Phase.APPLYING, Phase.VERIFYING}

    @property
    def failed(self) -> bool:
        """Return whether an operation failed and waits for a person."""
        return self in {Phase.VALIDATION_FAILED, Phase.APPLY_FAILED, Phase.START_REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A phase and why. `ours` says whether the operation it speaks of was started by azlocal."""

    phase: Phase
    reason: str
    message: str
    ours: bool = False
    step: str = ""
    """The innermost running or failing step."""
    stuck: bool = False
    validated_at: datetime | None = None
    echo_equal: bool | None = None
    """Whether Azure echoes the configuration azlocal would send; None when it cannot be said."""


def read_phase(cluster: ClusterFacts, candidate: Candidate, inputs: Inputs | None, now: datetime) -> Reading:
    """Read the phase: an operation under way or ended tells most, then the preconditions."""
    if cluster.error:
        return Reading(phase=Phase.UNKNOWN, reason="Unreadable", message=cluster.error)
    if cluster.intent is None:
        return Reading(phase=Phase.UNKNOWN, reason="IntentUnreadable", message="the tag azlocal-op cannot be read")
    reading = _by_operation(cluster, inputs, now)
    if reading is not None:
        return reading
    return _by_verdict(candidate)


def _by_operation(cluster: ClusterFacts, inputs: Inputs | None, now: datetime) -> Reading | None:
    started = _just_started(cluster, now)
    if started is not None:
        return started
    settings = cluster.settings
    if isinstance(settings, SettingsFacts):
        return _by_settings(cluster, settings, inputs, now)
    return _without_settings(cluster)


def _just_started(cluster: ClusterFacts, now: datetime) -> Reading | None:
    """Read what azlocal itself has begun and `deploymentSettings` may not show yet."""
    deployment = cluster.deployment
    intent = cluster.intent if isinstance(cluster.intent, Intent) else None
    if isinstance(deployment, DeploymentFacts) and deployment.active:
        shown = _shown_running(cluster)
        return shown or Reading(
            phase=Phase.STARTING, reason="DeploymentActive", ours=True,
            message=f"our deployment is {deployment.provisioning_state}",
        )  # fmt: skip
    if intent is None or intent_used(cluster, intent):
        return None
    open_for = EXTENSION_EXPECTED if intent.mode == "extension" else INTENT_OPEN
    if intent.mode == "extension" and _extension_current(cluster):
        return None
    if now - intent.at < open_for:
        message = f"a start ({intent.mode}, attempt {intent.attempt}) was announced and is not visible yet"
        return Reading(phase=Phase.STARTING, reason="IntentOpen", message=message, ours=True)
    return None


def _extension_current(cluster: ClusterFacts) -> bool:
    return bool(cluster.machines) and not any(map(lcm_problem, cluster.machines or ()))


def intent_used(cluster: ClusterFacts, intent: Intent) -> bool:
    """Return whether something stands behind an intent: a deployment, or settings that came after it."""
    deployment, settings = cluster.deployment, cluster.settings
    if intent.mode == "extension":
        return False
    if isinstance(deployment, DeploymentFacts) and behind(deployment, intent):
        return True
    if not isinstance(settings, SettingsFacts) or settings.mode.lower() != intent.mode:
        return False
    newest = latest(settings, intent.mode)
    return newest is not None and newest >= intent.at


def behind(deployment: DeploymentFacts, intent: Intent) -> bool:
    """Return whether *deployment* is the one an intent announced."""
    return (
        deployment.mode == intent.mode and deployment.attempt == intent.attempt and (deployment.inputs == intent.inputs)
    )


def _shown_running(cluster: ClusterFacts) -> Reading | None:
    settings = cluster.settings
    if not isinstance(settings, SettingsFacts) or settings.provisioning_state.lower() in TERMINAL:
        return None
    return _running(settings, _mode(settings), None)


def _mode(settings: SettingsFacts) -> str:
    return settings.mode.lower()


def _by_settings(
    cluster: ClusterFacts, settings: SettingsFacts, inputs: Inputs | None, now: datetime
) -> Reading | None:
    if settings.name.lower() != "default" or settings.operation_type.lower() != "clusterupgrade":
        return _foreign_kind(cluster, settings)
    if settings.provisioning_state.lower() == "deleting":
        return Reading(phase=Phase.UNKNOWN, reason="SettingsDeleting", message="deploymentSettings are being deleted")
    ours = _ours(cluster, settings)
    if _mode(settings) == "validate":
        reading = _validation(settings, now)
    elif _mode(settings) == "deploy":
        reading = _deployment(cluster, settings, now)
    else:
        reading = Reading(phase=Phase.UNKNOWN, reason="ModeUnknown", message=f"deploymentMode is '{settings.mode}'")
    refused = _start_refused(cluster, settings, reading)
    if refused is not None:
        reading = replace(refused, validated_at=reading.validated_at)
    return _with(reading, ours=ours or refused is not None, echo=_echo_equal(settings, inputs))


def _with(reading: Reading, *, ours: bool, echo: bool | None) -> Reading:
    return replace(reading, ours=ours, echo_equal=echo)


def _foreign_kind(cluster: ClusterFacts, settings: SettingsFacts) -> Reading | None:
    solution = cluster.solution
    if solution is not None and not isinstance(solution, Absence) and solution.version:
        return Reading(phase=Phase.SOLUTION, reason="AlreadySolution", message=f"the solution {solution.version}")
    if settings.deployment_status.lower() == "success":
        return Reading(phase=Phase.SOLUTION, reason="AlreadySolution", message="deployed as a solution")
    message = f"deploymentSettings '{settings.name}' are of type {settings.operation_type or 'unknown'}: hands off"
    return Reading(phase=Phase.UNKNOWN, reason="ForeignSettings", message=message)


def _echo_equal(settings: SettingsFacts, inputs: Inputs | None) -> bool | None:
    if settings.echo is None or inputs is None or inputs.problems:
        return None
    return settings.echo == inputs.digest


def _ours(cluster: ClusterFacts, settings: SettingsFacts) -> bool:
    intent = cluster.intent
    return isinstance(intent, Intent) and intent.mode == _mode(settings) and intent_used(cluster, intent)


def _start_refused(cluster: ClusterFacts, settings: SettingsFacts, reading: Reading) -> Reading | None:
    """A deployment of ours that failed before it changed the settings is a refused start."""
    if reading.phase.running and reading.phase is not Phase.VERIFYING:
        return None
    return _refused_behind(cluster, settings)


def _refused_behind(cluster: ClusterFacts, settings: SettingsFacts | None) -> Reading | None:
    deployment, intent = cluster.deployment, cluster.intent
    if not isinstance(deployment, DeploymentFacts) or not isinstance(intent, Intent) or deployment.active:
        return None
    if not behind(deployment, intent):
        return None
    if settings is not None and _mode(settings) == intent.mode:
        newest = latest(settings, intent.mode)
        if newest is None and _verdict_word(settings):
            return None  # A verdict without step times: whose it is cannot be told by time.
        if newest is not None and newest >= intent.at:
            return None
    if deployment.provisioning_state.lower() == "succeeded":
        return Reading(
            phase=Phase.START_REFUSED, reason="NoEffect",
            message="our deployment succeeded and deploymentSettings did not change",
        )  # fmt: skip
    code = deployment.error_code or "DeploymentFailed"
    return Reading(
        phase=Phase.START_REFUSED, reason="StartRefused",
        message=f"our deployment failed before the cluster began: {code}: {deployment.error_message}".rstrip(": "),
    )  # fmt: skip


def _verdict_word(settings: SettingsFacts) -> str:
    return settings.deployment_status if _mode(settings) == "deploy" else settings.validation_status


def _validation(settings: SettingsFacts, now: datetime) -> Reading:
    status, state = settings.validation_status.lower(), settings.provisioning_state.lower()
    ended = state in TERMINAL
    if status in _FAILED_WORDS and ended:
        step = failing_step(settings.validation_steps)
        return Reading(
            phase=Phase.VALIDATION_FAILED, reason="ValidationFailed", step=step.name if step else "",
            message=text_of(step) or "readiness validation failed",
        )  # fmt: skip
    if status == "success" and state == "succeeded":
        return _validated(settings)
    if status == "success" and ended:
        return Reading(
            phase=Phase.UNKNOWN, reason="Conflicting",
            message=f"validation reports Success and the settings are {settings.provisioning_state}",
        )  # fmt: skip
    if ended and not status:
        return Reading(
            phase=Phase.START_REFUSED, reason="StartRefused",
            message=f"the request ended as {settings.provisioning_state} before the cluster reported anything",
        )  # fmt: skip
    return _running(settings, "validate", now)


def _validated(settings: SettingsFacts) -> Reading:
    ends = [step.ended_at for step in settings.validation_steps if step.ended_at is not None]
    return Reading(
        phase=Phase.VALIDATED, reason="Validated", message="readiness validation succeeded",
        validated_at=max(ends, default=None),
    )  # fmt: skip


def _deployment(cluster: ClusterFacts, settings: SettingsFacts, now: datetime) -> Reading:
    status, state = settings.deployment_status.lower(), settings.provisioning_state.lower()
    checker = settings.validation_status.lower()
    if status in _FAILED_WORDS:
        step = failing_step(settings.deployment_steps)
        return Reading(
            phase=Phase.APPLY_FAILED, reason="ApplyFailed", step=step.name if step else "",
            message=text_of(step) or "the upgrade failed",
        )  # fmt: skip
    if status == "success":
        if state not in TERMINAL:
            return Reading(phase=Phase.APPLYING, reason="Finishing", message="all steps succeeded; Azure is finishing")
        return _after_success(cluster)
    if not status and checker in _FAILED_WORDS:
        step = failing_step(settings.validation_steps)
        return Reading(
            phase=Phase.START_REFUSED, reason="CheckerRefused", step=step.name if step else "",
            message=text_of(step) or "the checker that runs before the upgrade refused it",
        )  # fmt: skip
    if state in TERMINAL and not status:
        return Reading(
            phase=Phase.START_REFUSED, reason="StartRefused",
            message=f"the upgrade request ended as {settings.provisioning_state} before the cluster reported anything",
        )  # fmt: skip
    return _running(settings, "deploy", now)


def _after_success(cluster: ClusterFacts) -> Reading:
    check = verified(cluster)
    if check.ok:
        return Reading(phase=Phase.SOLUTION, reason="Upgraded", message=check.message)
    return Reading(phase=Phase.VERIFYING, reason="Verifying", message=check.message)


def _running(settings: SettingsFacts, mode: str, now: datetime | None) -> Reading:
    steps = settings.deployment_steps if mode == "deploy" else settings.validation_steps
    step = running_step(steps)
    limit = UPGRADE_STUCK if mode == "deploy" else VALIDATION_STUCK
    since = step.started_at if step else None
    stuck = now is not None and since is not None and now - since > limit
    phase = Phase.APPLYING if mode == "deploy" else Phase.VALIDATING
    word = "upgrading" if mode == "deploy" else "validating"
    return Reading(
        phase=phase, reason="Stuck" if stuck else str(phase), step=step.name if step else "", stuck=stuck,
        message=f"{word}: {step.name}" if step else f"{word}; no step reported yet",
    )  # fmt: skip


def _without_settings(cluster: ClusterFacts) -> Reading | None:
    refused = _refused_behind(cluster, None) if isinstance(cluster.settings, Absence) else None
    if refused is not None:
        return _with(refused, ours=True, echo=None)
    status = (cluster.status or "").lower()
    if isinstance(cluster.settings, Absence) and status.startswith(("deployment", "validation")):
        return Reading(
            phase=Phase.UNKNOWN, reason="Conflicting",
            message=f"the cluster is {cluster.status} and has no deploymentSettings",
        )  # fmt: skip
    by_status = {
        "validationinprogress": (Phase.VALIDATING, "Validating", "the cluster is validating"),
        "deploymentinprogress": (Phase.APPLYING, "Applying", "the cluster is upgrading"),
        "deploymentfailed": (Phase.APPLY_FAILED, "ApplyFailed", "an upgrade failed"),
        "validationfailed": (Phase.VALIDATION_FAILED, "ValidationFailed", "readiness validation failed"),
    }.get(status)
    if by_status is None:
        return None
    return Reading(phase=by_status[0], reason=by_status[1], message=by_status[2])


def _by_verdict(candidate: Candidate) -> Reading:
    if candidate.verdict is Verdict.NOT_APPLICABLE:
        finding = candidate.failing("B1", "B2", "B3", "B10")[0]
        phase = Phase.SOLUTION if finding.check == "B3" else Phase.NOT_APPLICABLE
        reason = "AlreadySolution" if finding.check == "B3" else "NotApplicable"
        return Reading(phase=phase, reason=reason, message=finding.message)
    phase, reason = _PHASES[candidate.verdict]
    return Reading(phase=phase, reason=reason, message=_why(candidate))


_PHASES = {
    Verdict.OS_UPGRADE_REQUIRED: (Phase.OS_22H2, "OsUpgradeRequired"),
    Verdict.OS_UPGRADE_RUNNING: (Phase.OS_UPGRADING, "OsUpgradeRunning"),
    Verdict.BLOCKED: (Phase.BLOCKED, "Blocked"),
    Verdict.UNKNOWN: (Phase.UNKNOWN, "EvidenceMissing"),
    Verdict.CANDIDATE: (Phase.CANDIDATE, "Candidate"),
}


def _why(candidate: Candidate) -> str:
    if candidate.verdict is Verdict.CANDIDATE:
        return "every precondition that Azure can show is met"
    order = ("B6", "B4", "B5", "B7", "B8", "B11", "B2", "B1", "B3")
    ranked = [one for name in order for one in candidate.findings if one.check == name and not one.passes]
    failing = [one for one in ranked if one.severity == "blocking"]
    first = sorted(failing, key=lambda one: one.status.value)[:1] or ranked[:1]
    return first[0].message if first else "the evidence is incomplete"
