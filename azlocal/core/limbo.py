"""Between the two upgrades, and behind the times: what is easy to take for "fine" and is not.

A cluster between OS upgrade and solution upgrade can be updated neither from the portal nor from Windows Admin
Center (Azure/AzureLocal-Supportability, unable to manage updates after the OS upgrade).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from azlocal.core.data.builds import FAMILIES
from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.findings import Finding
from azlocal.core.overrides import InForce
from azlocal.core.steps import ended
from azlocal.core.subject import Subject, differing, families, on_new_os
from azlocal.core.tags import Intent
from azlocal.core.times import format_time
from azlocal.core.verification import is_upgraded

_SYNC = "run Sync-AzureStackHCI on a node; Azure shows the old build for hours after an OS upgrade"


@dataclass(frozen=True, slots=True)
class Limbo:
    """A stay between the upgrades: since when at least, by what that is known, and which resource shows it."""

    since: datetime
    shown_by: str
    resource_id: str

    def days(self, now: datetime) -> int:
        """Return for how many whole days it lasts, at least."""
        return max(0, (now - self.since).days)


def limbo(cluster: ClusterFacts) -> Limbo | None:
    """Return the stay of a cluster between OS upgrade and solution upgrade, or None when it is not shown to be there.

    Azure keeps no date of the OS upgrade, so the stay is as long as the oldest thing that proves the new OS: the
    cluster's own census, a start that azlocal announced, or a validation that succeeded.
    """
    if cluster.error or not on_new_os(cluster) or cluster.solution is None or is_upgraded(cluster):
        return None
    known = sorted(_proofs(cluster), key=lambda one: one.since)
    return known[0] if known else None


def _proofs(cluster: ClusterFacts) -> Iterator[Limbo]:
    if cluster.last_sync_at is not None:
        yield Limbo(cluster.last_sync_at, "its last census shows the new OS", cluster.id)
    intent = cluster.intent
    if isinstance(intent, Intent):
        yield Limbo(intent.at, f"azlocal announced a start ({intent.mode})", cluster.id)
    deployment, settings = cluster.deployment, cluster.settings
    if isinstance(deployment, DeploymentFacts) and deployment.intended_at is not None:
        yield Limbo(deployment.intended_at, f"azlocal's deployment ({deployment.mode}) was announced", deployment.id)
    if isinstance(settings, SettingsFacts) and settings.validation_status.lower() == "success":
        at = ended(settings.validation_steps)
        if at is not None and settings.operation_type.lower() == "clusterupgrade":
            yield Limbo(at, "its validation succeeded", settings.id)


def lag_findings(subject: Subject) -> tuple[Finding, ...]:
    """Return what must not pass for fine: the stay between the upgrades, old or missing censuses, the end of support."""
    return tuple(one for one in (_limbo(subject), _census(subject), _builds(subject), horizon(subject)) if one)


def _limbo(subject: Subject) -> Finding | None:
    stay = limbo(subject.cluster)
    if stay is None:
        return None
    days = stay.days(subject.now)
    return subject.found(
        "limbo", False,
        f"between OS upgrade and solution upgrade since {stay.since:%Y-%m-%d} at least, so for {days} "
        f"day{'' if days == 1 else 's'} or more ({stay.shown_by}): neither the portal nor Windows Admin Center can update it",
        value=format_time(stay.since), resource_id=stay.resource_id, path="the oldest proof of the new OS",
        severity="warning", confidence="medium",
        remedy="take it through the solution upgrade soon; until then update it with Cluster-Aware Updating only",
    )  # fmt: skip


def _census(subject: Subject) -> Finding | None:
    cluster, at = subject.cluster, subject.cluster.last_sync_at
    remedy = "check the connection of its nodes, then run Sync-AzureStackHCI on one of them"
    if at is None:
        return subject.found(
            "never-synced", None, "it has not synced, or Azure does not say when", path="lastSyncTimestamp",
            severity="warning", remedy=remedy,
        )  # fmt: skip
    if subject.now - at <= subject.fresh:
        return None
    hours = int((subject.now - at).total_seconds() // 3600)
    return subject.found(
        "census-stale", False, f"last synced {hours} h ago: what it reports of itself may long be otherwise",
        value=format_time(at), path="lastSyncTimestamp", severity="warning", remedy=remedy,
        resource_id=cluster.id,
    )  # fmt: skip


def _builds(subject: Subject) -> Finding | None:
    found = differing(subject.cluster)
    if found is None:
        return None
    node, machine = found
    return subject.found(
        "builds-differ", False,
        f"{node.name}: the cluster reports {node.os_version}, its Arc machine {machine.os_version}",
        value=machine.os_version, resource_id=machine.id, path="properties.osVersion", severity="warning",
        observed_at=machine.observed_at, remedy=_SYNC,
    )  # fmt: skip


def horizon(subject: Subject) -> Finding | None:
    """Return how long the oldest build of a cluster is supported; None where its builds are not known."""
    found = sorted(families(subject.cluster) & FAMILIES.keys())
    if not found:
        return None
    family, ends = FAMILIES[found[0]], subject.rules.ends[found[0]]
    overridden = subject.rules.touched(f"end-of-support-{family.build}")
    more = {"path": "reportedProperties.nodes[].osVersion", "value": str(family.build), "severity": "warning"}
    if ends is None or subject.now.date() <= ends:
        until = "current" if ends is None else f"supported until {ends}"
        return subject.found("horizon", True, f"{family.build} ({family.name}): {until}", overridden=overridden, **more)
    return subject.found(
        "horizon", False, f"{family.build} ({family.name}): out of support since {ends}", overridden=overridden,
        remedy=_way_on(subject.cluster, family.build), **more,
    )  # fmt: skip


def _way_on(cluster: ClusterFacts, build: int) -> str:
    if is_upgraded(cluster):
        return "install the updates that lead to 26100: the last of its train, then 12.2510 or later"
    if build == min(FAMILIES):
        return "upgrade the OS, then the solution"
    return "take the solution upgrade, then the updates that lead to 26100"


def support_of(cluster: ClusterFacts, rules: InForce, today: date) -> str:
    """Return in words how long the oldest build of a cluster is supported; empty where that is not known."""
    found = sorted(families(cluster) & FAMILIES.keys())
    if not found:
        return ""
    name, ends = FAMILIES[found[0]].name, rules.ends[found[0]]
    if ends is None:
        return f"{name}, current"
    return f"{name}, out of support since {ends}" if today > ends else f"{name}, supported until {ends}"
