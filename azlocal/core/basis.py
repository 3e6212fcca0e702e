"""The basis of a decision: what must still be so when the start is sent (design, law 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.core import tags
from azlocal.core.decisions import Resume as ResumeUpgrade
from azlocal.core.decisions import Start, StartUpgrade, StartValidation, UpdateExtension, Wait
from azlocal.core.facts import Absence, Absent, ClusterFacts, ControlFacts, DeploymentFacts, SettingsFacts, Step
from azlocal.core.gates import frozen_by_tags, narrowed, taken_out
from azlocal.core.ids import group_id_of, key, subscription_id_of
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.steps import ended
from azlocal.core.windows import left

Value = object


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a start rests on, by name, in comparable form."""

    values: tuple[tuple[str, Value], ...]

    def difference(self, later: Basis) -> str:
        """Return the name of the first value that changed, or an empty string."""
        before = dict(self.values)
        return next((name for name, value in later.values if before.get(name) != value), "")


def basis_of(cluster: ClusterFacts) -> Basis:
    """Return the basis as one reading of *cluster* gives it."""
    ours = {name: value for name, value in cluster.tags.items() if name.lower().startswith("azlocal-")}
    return Basis(
        (
            ("cluster id", key(cluster.id)),
            ("cluster status", cluster.status),
            ("cluster identity", cluster.identity_type),
            ("azlocal tags", tuple(sorted(ours.items()))),
            *_deployment(cluster.deployment),
            *_settings(cluster.settings),
        )
    )


def _deployment(read: DeploymentFacts | Absent | None) -> tuple[tuple[str, Value], ...]:
    if read is None or isinstance(read, Absence):
        return (("our deployment", read), ("correlation id", ""))
    return (("our deployment", read.provisioning_state), ("correlation id", read.correlation_id))


def _settings(read: SettingsFacts | Absent | None) -> tuple[tuple[str, Value], ...]:
    if read is None or isinstance(read, Absence):
        return (("deployment settings", read), ("steps", ()))
    words = (
        read.mode, read.operation_type, read.provisioning_state,
        read.validation_status, read.deployment_status, read.echo,
    )  # fmt: skip
    return (
        ("deployment settings", words),
        ("steps", (_times(read.validation_steps), _times(read.deployment_steps))),
    )


def _times(steps: tuple[Step, ...]) -> tuple[Value, ...]:
    return tuple((step.index, step.status, step.started_at, step.ended_at, _times(step.steps)) for step in steps)


def stopped(cluster: ClusterFacts, control: ControlFacts, holds: Mapping[str, str], plan: FleetPlan) -> Wait | None:
    """Return why nothing may start on *cluster* now by the stop flags just read, or None."""
    if plan.paused or control.paused:
        return Wait(reason="Paused", message="the fleet is paused", remedy="run: azlocal-upgrade resume")
    held = [
        (scope, holds[scope]) for scope in (group_id_of(cluster.id), subscription_id_of(cluster.id)) if scope in holds
    ]
    if cluster.hold is not None:
        held.append((cluster.id, cluster.hold))
    if held:
        scope, text = held[0]
        return Wait(reason="Held", message=f"tag {tags.HOLD} on {scope}: {text or 'no reason given'}")
    return None


def recheck(
    start: Start,
    before: tuple[ClusterFacts, ControlFacts],
    after: tuple[ClusterFacts, ControlFacts],
    holds: Mapping[str, str],
    plan: FleetPlan,
    ring: Ring,
    now: datetime,
    needed_s: float,
) -> Wait | None:
    """Compare what a start was decided on with what was just read; None lets it go.

    *now* is the newest ARM `Date`; *needed_s* is how long an upgrade is expected to take, in seconds.
    """
    stop = stopped(after[0], after[1], holds, plan)
    if stop is not None:
        return stop
    changed = basis_of(before[0]).difference(basis_of(after[0]))
    if not changed and _consent(before[1], ring.name) != _consent(after[1], ring.name):
        changed = "approvals or accepted failures"
    if changed:
        return Wait(
            reason="ChangedSinceObserved",
            message=f"{changed} changed between the decision and the start; the next tick looks again",
        )
    if any(freeze.covers(now) for freeze in plan.freezes):
        return Wait(reason="Frozen", message="a freeze began before the start could be sent")
    barred = _too_old(start, after[0], plan, now) or _taken_out(after[0]) or frozen_by_tags(after[0], now)
    if barred is None and isinstance(start, (StartUpgrade, ResumeUpgrade)):
        needed = timedelta(seconds=needed_s)
        barred = _upgrade_barred(after[1], ring, now, needed) or narrowed(after[0], now, needed)
    return barred


def _too_old(start: Start, cluster: ClusterFacts, plan: FleetPlan, now: datetime) -> Wait | None:
    """Return what was fresh when it was decided on, and is so no more: a tick may take minutes to get here."""
    settings, synced = cluster.settings, cluster.last_sync_at
    if synced is not None and now - synced > plan.facts_fresh_for:
        return Wait(reason="ChangedSinceObserved", message="what the cluster last reported has grown too old by now")
    if not isinstance(start, StartUpgrade) or not isinstance(settings, SettingsFacts):
        return None
    at = ended(settings.validation_steps) if settings.mode.lower() == "validate" else None
    if at is not None and now - at > plan.validation_fresh_for:
        return Wait(reason="ChangedSinceObserved", message="its validation grew too old before the start could be sent")
    return None


def _taken_out(cluster: ClusterFacts) -> Wait | None:
    out = taken_out(cluster)
    return Wait(reason=out.reason, message=out.message, remedy=out.remedy) if out else None


def _upgrade_barred(control: ControlFacts, ring: Ring, now: datetime, needed: timedelta) -> Wait | None:
    approval = control.approvals.get(ring.name)
    if ring.gate != "none" and (approval is None or approval.until is None or approval.until <= now):
        return Wait(reason="ApprovalNeeded", message="the approval ended before the start could be sent")
    if left(ring.windows, now) < needed:
        return Wait(reason="WindowTooShort", message="the window closed too far before the start could be sent")
    return None


def _consent(control: ControlFacts, ring: str) -> tuple[Value, Value]:
    return control.approvals.get(ring), tuple(sorted(control.acceptances.items()))


def intent_mode(start: Start) -> str:
    """Return the word an intent uses for a start: validate, deploy or extension."""
    if isinstance(start, StartValidation):
        return "validate"
    return "extension" if isinstance(start, UpdateExtension) else "deploy"
