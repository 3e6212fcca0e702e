"""How far a cluster is and since when: the columns of its state row that are derived from its steps and moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timezone
from typing import TYPE_CHECKING, Any

from azlocal.core.data.builds import FAMILIES
from azlocal.core.facts import ClusterFacts, SettingsFacts, Step
from azlocal.core.limbo import limbo
from azlocal.core.overrides import in_force
from azlocal.core.readings import Phase, Reading
from azlocal.core.rings import Member, upgraded_at
from azlocal.core.steps import ended, moments, running_step
from azlocal.core.subject import families
from azlocal.core.tags import Intent
from azlocal.core.times import format_time

if TYPE_CHECKING:
    from azlocal.core.plan import FleetPlan
    from azlocal.core.rollout import ClusterDecision

_PASSED = frozenset({"success", "succeeded", "skipped"})


def progress_columns(one: ClusterDecision, plan: FleetPlan, now: datetime) -> dict[str, Any]:
    """Return the columns that say how far a cluster is, and since when it is where it is."""
    cluster, reading = one.cluster, one.reading
    steps = steps_of(cluster, reading)
    parts = list(leaves(steps))
    began = _began(cluster, reading, steps)
    stay = limbo(cluster)
    return {
        "Model": cluster.model,
        "Mode": reading.mode,
        "Ours": reading.ours,
        "InFlight": reading.in_flight,
        "OperationStartedAt": told(began),
        "StepStartedAt": told(_step_since(reading, steps)),
        "StepsDone": sum(part.status.lower() in _PASSED for part in parts),
        "StepsTotal": len(parts),
        "ExpectedEnd": told(
            began + one.expected if began and reading.ours and reading.phase is Phase.APPLYING else None
        ),
        "ValidatedAt": told(_validated_at(cluster)),
        **_upgrade(one),
        "LimboSince": told(stay.since if stay else None),
        "SupportEnds": told(_support_ends(cluster, plan, now)),
    }


def told(moment: datetime | None) -> str | None:
    """Return a moment as a row tells it."""
    return None if moment is None else format_time(moment)


def leaves(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps that have no steps of their own."""
    for step in steps:
        if step.steps:
            yield from leaves(step.steps)
        else:
            yield step


def steps_of(cluster: ClusterFacts, reading: Reading) -> tuple[Step, ...]:
    """Return the steps of the operation that a reading speaks of; none when it speaks of none."""
    settings = cluster.settings
    if not isinstance(settings, SettingsFacts) or not reading.mode:
        return ()
    return settings.deployment_steps if reading.mode == "deploy" else settings.validation_steps


def _began(cluster: ClusterFacts, reading: Reading, steps: tuple[Step, ...]) -> datetime | None:
    if not (reading.phase.running or reading.phase.failed):
        return None
    intent = cluster.intent
    if reading.ours and isinstance(intent, Intent) and intent.mode == reading.mode:
        return intent.at
    return min(moments(steps), default=None)


def _step_since(reading: Reading, steps: tuple[Step, ...]) -> datetime | None:
    if not reading.phase.running:
        return None
    step = running_step(steps)
    return step.started_at if step and step.started_at else max(moments(steps), default=None)


def _validated_at(cluster: ClusterFacts) -> datetime | None:
    settings = cluster.settings
    if not isinstance(settings, SettingsFacts) or settings.validation_status.lower() != "success":
        return None
    return ended(settings.validation_steps)


def _upgrade(one: ClusterDecision) -> dict[str, Any]:
    """Return when an upgraded cluster's upgrade began and ended."""
    cluster, intent, settings = one.cluster, one.cluster.intent, one.cluster.settings
    member = Member(cluster=cluster, candidate=one.candidate, reading=one.reading, inputs=one.inputs)
    if not member.upgraded:
        return {"UpgradeStartedAt": None, "UpgradedAt": None}
    steps = settings.deployment_steps if isinstance(settings, SettingsFacts) else ()
    announced = intent.at if isinstance(intent, Intent) and intent.mode == "deploy" else None
    return {
        "UpgradeStartedAt": told(announced or min(moments(steps), default=None)),
        "UpgradedAt": told(upgraded_at(member)),
    }


def _support_ends(cluster: ClusterFacts, plan: FleetPlan, now: datetime) -> datetime | None:
    """Return the end of the last day on which the oldest build of a cluster is supported."""
    found = sorted(families(cluster) & FAMILIES.keys())
    ends = in_force(plan, cluster, now).ends[found[0]] if found else None
    return None if ends is None else datetime.combine(ends, time(23, 59, 59), timezone.utc)
