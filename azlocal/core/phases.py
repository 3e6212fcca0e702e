"""Where a cluster stands on the road, derived from facts alone: an operation tells most, then the preconditions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from azlocal.core.candidate import Candidate, Verdict
from azlocal.core.checks import lcm_state
from azlocal.core.data.thresholds import EXTENSION_EXPECTED, INTENT_OPEN
from azlocal.core.facts import ABSENT, Absence, ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.intents import behind, came_after, came_before, intent_used, is_ours
from azlocal.core.plan import Inputs
from azlocal.core.readings import Phase, Reading
from azlocal.core.reported import reported, verdict_word
from azlocal.core.tags import Intent

__all__ = ["Phase", "Reading", "read_phase"]


def read_phase(cluster: ClusterFacts, candidate: Candidate, inputs: Inputs | None, now: datetime) -> Reading:
    """Read the phase, and whether anything runs on the cluster by any source."""
    reading = _read(cluster, candidate, inputs, now)
    return replace(reading, in_flight=_in_flight(cluster, reading))


def _read(cluster: ClusterFacts, candidate: Candidate, inputs: Inputs | None, now: datetime) -> Reading:
    intent = cluster.intent
    if cluster.error:
        return Reading(phase=Phase.UNKNOWN, reason="Unreadable", message=cluster.error)
    if intent is None:
        return Reading(phase=Phase.UNKNOWN, reason="IntentUnreadable", message="the tag azlocal-op cannot be read")
    reading = _by_operation(cluster, None if isinstance(intent, Absence) else intent, inputs, now)
    if reading is None:
        return _by_verdict(candidate)
    if cluster.solved and reading.phase in {Phase.VALIDATED, Phase.VALIDATION_FAILED, Phase.START_REFUSED}:
        return Reading(phase=Phase.SOLUTION, reason="AlreadySolution", message="the solution is there already")
    return reading


def _in_flight(cluster: ClusterFacts, reading: Reading) -> bool:
    deployment, settings = cluster.deployment, cluster.settings
    return (
        reading.phase.running
        or (reading.phase is Phase.UNKNOWN and (settings is None or reading.reason != "EvidenceMissing"))
        or (isinstance(deployment, DeploymentFacts) and deployment.active)
        or (isinstance(settings, SettingsFacts) and settings.ended is not True)
        or cluster.says_running
    )


def _by_operation(cluster: ClusterFacts, intent: Intent | None, inputs: Inputs | None, now: datetime) -> Reading | None:
    deployment, settings = cluster.deployment, cluster.settings
    if isinstance(deployment, DeploymentFacts) and deployment.active:
        return _while_active(cluster, deployment, intent, inputs, now)
    if intent is not None and _open(cluster, intent, now):
        return Reading(
            phase=Phase.STARTING, reason="IntentOpen", ours=True, mode=intent.mode,
            message=f"a start ({intent.mode}, attempt {intent.attempt}) was announced and is not visible yet",
        )  # fmt: skip
    if not isinstance(settings, SettingsFacts):
        return _without_settings(cluster, intent) or _intent_lost(cluster, intent)
    reading = _by_settings(cluster, settings, intent, inputs, now)
    settled = reading.phase.running or reading.phase is Phase.SOLUTION
    return reading if settled else _intent_lost(cluster, intent) or reading


# what azlocal has begun and `deploymentSettings` may not show yet


def _open(cluster: ClusterFacts, intent: Intent, now: datetime) -> bool:
    """Return whether an announced start may still become visible."""
    if intent_used(cluster, intent):
        return False
    if intent.mode != "extension":
        return now - intent.at < INTENT_OPEN
    return now - intent.at < EXTENSION_EXPECTED and not _extension_current(cluster)


def _extension_current(cluster: ClusterFacts) -> bool:
    return bool(cluster.machines) and all(lcm_state(one)[0] for one in cluster.machines or ())


def _intent_lost(cluster: ClusterFacts, intent: Intent | None) -> Reading | None:
    """A deployment of ours is there and the tag that counts attempts is not: how often it was tried is unknown."""
    deployment = cluster.deployment
    if intent is not None or cluster.solved or not isinstance(deployment, DeploymentFacts) or not deployment.mode:
        return None
    return Reading(
        phase=Phase.UNKNOWN, reason="IntentLost",
        message=f"the tag azlocal-op is gone, and our deployment ({deployment.mode}, attempt {deployment.attempt}) is not",
    )  # fmt: skip


def _while_active(
    cluster: ClusterFacts, deployment: DeploymentFacts, intent: Intent | None, inputs: Inputs | None, now: datetime
) -> Reading:
    """Read a cluster whose deployment of ours ARM still works on: in flight, whatever else is shown."""
    starting = Reading(
        phase=Phase.STARTING, reason="DeploymentActive", ours=True, mode=deployment.mode,
        message=f"our deployment is {deployment.provisioning_state}",
    )  # fmt: skip
    settings = cluster.settings
    if not isinstance(settings, SettingsFacts) or not _readable(settings):
        return starting
    if settings.ended and (intent is None or not came_after(settings, intent)):
        return starting
    reading = reported(cluster, settings, now, intent.at if intent else None)
    if reading.phase in {Phase.VALIDATED, Phase.SOLUTION}:
        phase = Phase.VALIDATING if reading.phase is Phase.VALIDATED else Phase.VERIFYING
        reading = replace(reading, phase=phase, reason="Finishing", message=f"{reading.message}; ARM is finishing")
    if not (reading.phase.running or reading.phase.failed):
        return starting
    return replace(reading, ours=True, echo_equal=_echo_equal(settings, inputs))


# what `deploymentSettings` show


def _readable(settings: SettingsFacts) -> bool:
    """Return whether the settings are those of an upgrade, and there to stay."""
    return _of_an_upgrade(settings) and settings.provisioning_state.lower() != "deleting"


def _of_an_upgrade(settings: SettingsFacts) -> bool:
    return settings.name.lower() == "default" and settings.operation_type.lower() == "clusterupgrade"


def _by_settings(
    cluster: ClusterFacts, settings: SettingsFacts, intent: Intent | None, inputs: Inputs | None, now: datetime
) -> Reading:
    if not _of_an_upgrade(settings):
        return _foreign_kind(cluster, settings)
    if not _readable(settings):
        return Reading(phase=Phase.UNKNOWN, reason="SettingsDeleting", message="deploymentSettings are being deleted")
    ours = is_ours(settings, cluster)
    reading = reported(cluster, settings, now, intent.at if ours and intent else None)
    if not reading.phase.running or reading.phase is Phase.VERIFYING:
        refused = _refused_behind(cluster, intent)
        reading = replace(refused, validated_at=reading.validated_at) if refused else reading
        lost = _overwritten(cluster, settings, intent)
        reading, ours = lost or reading, ours or refused is not None or lost is not None
    return replace(reading, ours=ours, echo_equal=_echo_equal(settings, inputs))


def _foreign_kind(cluster: ClusterFacts, settings: SettingsFacts) -> Reading:
    if cluster.solved or settings.deployment_status.lower() == "success":
        return Reading(phase=Phase.SOLUTION, reason="AlreadySolution", message="deployed as a solution")
    message = f"deploymentSettings '{settings.name}' are of type {settings.operation_type or 'unknown'}: hands off"
    return Reading(phase=Phase.UNKNOWN, reason="ForeignSettings", message=message)


def _echo_equal(settings: SettingsFacts, inputs: Inputs | None) -> bool | None:
    if settings.echo is None or inputs is None or inputs.problems:
        return None
    return settings.echo == inputs.digest


def _refused_behind(cluster: ClusterFacts, intent: Intent | None) -> Reading | None:
    """A deployment of ours that ended and changed no settings is a refused start, or one without effect."""
    deployment, settings = cluster.deployment, cluster.settings
    if not isinstance(deployment, DeploymentFacts) or intent is None or not behind(deployment, intent):
        return None
    if isinstance(settings, SettingsFacts) and _changed(settings, intent):
        return None
    if deployment.provisioning_state.lower() == "succeeded":
        return Reading(
            phase=Phase.START_REFUSED, reason="NoEffect", mode=intent.mode,
            message="our deployment succeeded and deploymentSettings did not change",
        )  # fmt: skip
    code = deployment.error_code or f"Deployment{deployment.provisioning_state.title()}"
    return Reading(
        phase=Phase.START_REFUSED, reason="StartRefused", mode=intent.mode, code=code,
        message=f"our deployment ended before the cluster began: {code}: {deployment.error_message}".rstrip(": "),
    )  # fmt: skip


def _overwritten(cluster: ClusterFacts, settings: SettingsFacts, intent: Intent | None) -> Reading | None:
    """Return that an upgrade of ours was begun, and that a validation by others has taken the place of its end.

    However that ended: an upgrade is repeated only when a person has said so.
    """
    if intent is None or (intent.mode, settings.mode.lower()) != ("deploy", "validate") or cluster.solved:
        return None
    deployment = cluster.deployment
    sent = behind(deployment, intent) if isinstance(deployment, DeploymentFacts) else deployment is ABSENT
    if not sent or not came_after(settings, intent):
        return None
    return Reading(
        phase=Phase.START_REFUSED, reason="UpgradeOverwritten", mode="deploy",
        message=f"others validated after upgrade attempt {intent.attempt} was begun, and Azure no longer tells how it ended",
    )  # fmt: skip


def _changed(settings: SettingsFacts, intent: Intent) -> bool:
    """Return whether the settings tell of something later than an intent.

    Without step times only this is certain: a verdict on an upgrade was not there when a validation was
    announced, and one of the announced mode is taken for the answer.
    """
    if came_after(settings, intent) or came_before(settings, intent):
        return came_after(settings, intent)
    return bool(verdict_word(settings)) and settings.mode.lower() in {intent.mode, "deploy"}


# without settings


def _without_settings(cluster: ClusterFacts, intent: Intent | None) -> Reading | None:
    status = (cluster.status or "").lower()
    if cluster.settings is None:
        return _by_status(status)
    refused = _refused_behind(cluster, intent)
    if refused is not None:
        return replace(refused, ours=True)
    told = status.startswith(("deployment", "validation"))
    if told and not (status.endswith("success") and cluster.solved):
        return Reading(
            phase=Phase.UNKNOWN, reason="Conflicting",
            message=f"the cluster is {cluster.status} and has no deploymentSettings",
        )  # fmt: skip
    return None


def _by_status(status: str) -> Reading | None:
    """Read the cluster's own word while its settings are not read."""
    found = {
        "validationinprogress": (Phase.VALIDATING, "validate", "the cluster is validating"),
        "deploymentinprogress": (Phase.APPLYING, "deploy", "the cluster is upgrading"),
        "deploymentfailed": (Phase.APPLY_FAILED, "deploy", "an upgrade failed"),
        "validationfailed": (Phase.VALIDATION_FAILED, "validate", "readiness validation failed"),
    }.get(status)
    return Reading(phase=found[0], reason=str(found[0]), mode=found[1], message=found[2]) if found else None


# the preconditions


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
    """Return what decides: the finding that made the verdict, and for a candidate that none stands against it."""
    if candidate.decides is not None:
        return candidate.decides.message
    if candidate.verdict is not Verdict.CANDIDATE:
        return "the evidence is incomplete"
    own = tuple(dict.fromkeys(one.overridden for one in candidate.findings if one.overridden))
    return "; ".join(("every precondition that Azure can show is met", *own))
