"""What `deploymentSettings` report of the operation they carry.

Decided from `reportedProperties`, never from `provisioningState` alone: Azure shows `Succeeded`
beside a failed deployment (spec example GetDeploymentSettings, 2026-10-01).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from azlocal.core.data.thresholds import UPGRADE_STUCK, VALIDATION_STUCK
from azlocal.core.facts import ClusterFacts, SettingsFacts, Step
from azlocal.core.readings import Phase, Reading
from azlocal.core.steps import ended, failing_step, moments, running_step, text_of
from azlocal.core.verify import verified

FAILED_WORDS = frozenset({"error", "failed"})


def reported(cluster: ClusterFacts, settings: SettingsFacts, now: datetime, began: datetime | None) -> Reading:
    """Return what *settings* report; *began* is the moment of our start when the operation is ours."""
    mode = settings.mode.lower()
    if mode == "validate":
        reading = _validation(settings, now, began)
    elif mode == "deploy":
        reading = _upgrade(cluster, settings, now, began)
    else:
        return Reading(phase=Phase.UNKNOWN, reason="ModeUnknown", message=f"deploymentMode is '{settings.mode}'")
    return replace(reading, mode=mode)


def verdict_word(settings: SettingsFacts) -> str:
    """Return the status of the operation that the settings carry."""
    return settings.deployment_status if settings.mode.lower() == "deploy" else settings.validation_status


def _validation(settings: SettingsFacts, now: datetime, began: datetime | None) -> Reading:
    status, state = settings.validation_status.lower(), settings.provisioning_state.lower()
    if status in FAILED_WORDS and settings.ended:
        return _failed(Phase.VALIDATION_FAILED, settings.validation_steps, "readiness validation failed")
    if status == "success" and state == "succeeded":
        return Reading(
            phase=Phase.VALIDATED, reason="Validated", message="readiness validation succeeded",
            validated_at=ended(settings.validation_steps),
        )  # fmt: skip
    if status == "success" and settings.ended:
        return _conflicting(f"validation reports Success and the settings are {settings.provisioning_state}")
    if settings.ended and not status:
        return _nothing_reported(settings)
    return _running(settings, Phase.VALIDATING, now, began)


def _upgrade(cluster: ClusterFacts, settings: SettingsFacts, now: datetime, began: datetime | None) -> Reading:
    status = settings.deployment_status.lower()
    if status in FAILED_WORDS:
        return _failed(Phase.APPLY_FAILED, settings.deployment_steps, "the upgrade failed")
    if status == "success":
        return _after_success(cluster, settings)
    if not status and settings.validation_status.lower() in FAILED_WORDS:
        text = "the checker that runs before the upgrade refused it"
        return _failed(Phase.START_REFUSED, settings.validation_steps, text, reason="CheckerRefused")
    if settings.ended and not status:
        return _nothing_reported(settings)
    return _running(settings, Phase.APPLYING, now, began)


def _failed(phase: Phase, steps: tuple[Step, ...], otherwise: str, reason: str = "") -> Reading:
    step = failing_step(steps)
    return Reading(
        phase=phase, reason=reason or str(phase), step=step.name if step else "", message=text_of(step) or otherwise
    )


def _conflicting(message: str) -> Reading:
    return Reading(phase=Phase.UNKNOWN, reason="Conflicting", message=message)


def _nothing_reported(settings: SettingsFacts) -> Reading:
    if settings.provisioning_state.lower() == "succeeded":
        message = "the request succeeded and the cluster reported nothing"
        return Reading(phase=Phase.UNKNOWN, reason="NothingReported", message=message)
    return Reading(
        phase=Phase.START_REFUSED, reason="StartRefused",
        message=f"the request ended as {settings.provisioning_state} before the cluster reported anything",
    )  # fmt: skip


def _after_success(cluster: ClusterFacts, settings: SettingsFacts) -> Reading:
    if not settings.ended:
        return Reading(phase=Phase.APPLYING, reason="Finishing", message="all steps succeeded; Azure is finishing")
    check = verified(cluster)
    if check.ok:
        return Reading(phase=Phase.SOLUTION, reason="Upgraded", message=check.message)
    if settings.provisioning_state.lower() != "succeeded":
        return _conflicting(f"the upgrade reports Success and the settings are {settings.provisioning_state}")
    return Reading(phase=Phase.VERIFYING, reason="Verifying", message=check.message)


def _running(settings: SettingsFacts, phase: Phase, now: datetime, began: datetime | None) -> Reading:
    upgrading = phase is Phase.APPLYING
    steps = settings.deployment_steps if upgrading else settings.validation_steps
    step = running_step(steps)
    since = step.started_at if step else _silent_since(steps, began)
    stuck = since is not None and now - since > (UPGRADE_STUCK if upgrading else VALIDATION_STUCK)
    word = "upgrading" if upgrading else "validating"
    return Reading(
        phase=phase, reason="Stuck" if stuck else str(phase), step=step.name if step else "", stuck=stuck,
        message=f"{word}: {step.name}" if step else f"{word}; no running step is reported",
    )  # fmt: skip


def _silent_since(steps: tuple[Step, ...], began: datetime | None) -> datetime | None:
    """Return since when no step runs. The steps of a resumed upgrade tell of the attempt before."""
    return None if began is None else max([began, *moments(steps)])
