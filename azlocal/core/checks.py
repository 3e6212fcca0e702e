"""The preconditions B1 to B11, one function each: a cluster in, one finding with evidence out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from azlocal.core.checks_machines import arc_connected, lcm_extension, lcm_state
from azlocal.core.checks_statements import attestation_findings, no_workloads, not_stretched
from azlocal.core.data.thresholds import MAXIMUM_NODES, MINIMUM_REVISION, OLD_FAMILY, OS_UPGRADE_START
from azlocal.core.facts import Absence, SettingsFacts
from azlocal.core.findings import Finding
from azlocal.core.subject import Subject, differing
from azlocal.core.times import format_time
from azlocal.core.versions import os_build
from azlocal.words import count

__all__ = ["CHECKS", "Subject", "attestation_findings", "lcm_state"]

BROKEN_CONNECTION = frozenset({"notyetregistered", "notconnectedrecently", "disconnected", "error"})
_NOT_SAID = frozenset({"", "notspecified"})
"""Words by which Azure says that it does not know."""
_SYNC = "run Sync-AzureStackHCI on a node"


def cloud(subject: Subject) -> Finding:
    """B1: Azure public or US Government; the upgrade is not offered in China."""
    known = {"public": True, "usgovernment": True, "china": False}.get(subject.cloud)
    # An endpoint of its own says nothing of the cloud; the machines' agent would, and Validate will.
    met = True if subject.cloud == "custom" else known
    return subject.found(
        "B1", met, f"the cloud is {subject.cloud}",
        value=subject.cloud, path="ARM endpoint",
        remedy="the solution upgrade is offered in Azure public and US Government only",
        **({"confidence": "medium"} if subject.cloud == "custom" else {}),
    )  # fmt: skip


def region(subject: Subject) -> Finding:
    """B2: the region of the Azure resource is one that Azure Local supports."""
    place = subject.cluster.location.replace(" ", "").lower()
    known = subject.rules.regions
    names = (subject.cloud,) if subject.cloud in known else tuple(known)
    listed = any(place in known[name] for name in names)
    return subject.found(
        "B2", listed if place else None, f"the region is {place or 'not known'}",
        value=place, path="location", overridden=subject.rules.touched(*(f"regions-{cloud}" for cloud in names)),
        remedy="register the cluster in a supported region; see the Azure Local system requirements",
    )  # fmt: skip


def not_yet_solution(subject: Subject) -> Finding:
    """B3: not already the solution. An arc bridge or custom location alone proves nothing."""
    solution, settings = subject.cluster.solution, subject.cluster.settings
    if solution is not None and not isinstance(solution, Absence) and solution.version:
        return subject.found(
            "B3", False, f"already the solution, version {solution.version}",
            value=solution.version, path="currentVersion", resource_id=solution.id,
            remedy="nothing to upgrade; use updates",
        )  # fmt: skip
    if isinstance(settings, SettingsFacts) and settings.deployment_status.lower() == "success":
        return subject.found(
            "B3", False, "deployment settings report a successful deployment",
            value=settings.deployment_status, path="reportedProperties.deploymentStatus.status",
            resource_id=settings.id, remedy="nothing to upgrade; use updates",
        )  # fmt: skip
    if solution is None:
        return subject.found(
            "B3", None, "whether it already is the solution is not known", path="updateSummaries/default",
            remedy="look again; if it lasts, let azlocal's identity read the subscription (Reader)",
        )  # fmt: skip
    sure = "high" if settings is not None else "medium"
    return subject.found("B3", True, "not yet the solution", path="updateSummaries/default", confidence=sure)


def one_build(subject: Subject) -> Finding:
    """B4: OS family 25398 or 26100 on all nodes, one identical build, agreed by the Arc machines."""
    cluster = subject.cluster
    builds = {node.os_version for node in cluster.nodes}
    more: dict[str, Any] = {
        "value": ", ".join(sorted(builds)), "path": "reportedProperties.nodes[].osVersion",
        "remedy": "upgrade the operating system of every machine to one build of 25398 or 26100",
    }  # fmt: skip
    parsed = {os_build(build) for build in builds}
    if not builds or None in parsed:
        return subject.found("B4", None, "the OS build of some nodes is not known", **(more | {"remedy": _SYNC}))
    if len(cluster.nodes) > subject.rules.maximum_nodes:
        return _too_many(subject)
    if len(cluster.nodes) > MAXIMUM_NODES:
        more["overridden"] = subject.rules.touched("maximum-nodes")
    conflict = _conflict(subject)
    if conflict is not None:
        return conflict
    if len(builds) > 1:
        return subject.found("B4", False, f"the nodes report {len(builds)} different builds", **more)
    build = next(iter(parsed))
    if build is not None and build[0] not in MINIMUM_REVISION:
        known = "22H2" if build[0] == OLD_FAMILY else "not one of the upgrade's"
        if build[0] == OLD_FAMILY and (build[1] or 0) < OS_UPGRADE_START[1]:
            more["remedy"] = f"update 22H2 to {_start()} or later first: from there the OS is upgraded to 26100"
        return subject.found("B4", False, f"the OS family is {build[0]} ({known})", **more)
    return _agreed(subject, next(iter(builds)), more)


def _conflict(subject: Subject) -> Finding | None:
    """Return that a node and its Arc machine tell different builds: Azure shows the old one for hours."""
    found = differing(subject.cluster)
    if found is None:
        return None
    node, machine = found
    message = f"{node.name}: the cluster reports {node.os_version}, its Arc machine {machine.os_version}"
    return subject.found(
        "B4", None, message, value=f"{node.os_version}, {machine.os_version}", resource_id=machine.id,
        path="properties.osVersion", remedy=_SYNC,
    )  # fmt: skip


def _start() -> str:
    return ".".join(map(str, OS_UPGRADE_START))


def _too_many(subject: Subject) -> Finding:
    nodes, most = subject.cluster.nodes, subject.rules.maximum_nodes
    return subject.found(
        "B4", False, f"{count(len(nodes), 'node')}; at most {most} are taken", value=str(len(nodes)),
        path="reportedProperties.nodes", overridden=subject.rules.touched("maximum-nodes"),
        remedy="ask Microsoft whether a cluster of this size can be upgraded; leave it out by the plan's scope.exclude",
    )  # fmt: skip


def _agreed(subject: Subject, build: str, more: dict[str, Any]) -> Finding:
    machines = subject.cluster.machines
    if not machines:
        return subject.found("B4", True, f"every node reports {build}", **more, confidence="medium")
    told = {one.os_version for one in machines}
    others = sorted(told - {build, ""})
    if others:
        message = f"the cluster reports {build}, its Arc machines {', '.join(others)}"
        return subject.found("B4", None, message, **(more | {"remedy": _SYNC}))
    if "" in told:
        message = f"every node reports {build}; some of its Arc machines report no build"
        return subject.found("B4", None, message, **(more | {"remedy": "look at the Arc agents of its machines"}))
    return subject.found("B4", True, f"every node and Arc machine reports {build}", **more)


def patch_level(subject: Subject) -> Finding:
    """B5: the patch level that the validator accepts."""
    builds = [os_build(node.os_version) for node in subject.cluster.nodes]
    more: dict[str, Any] = {
        "value": ", ".join(sorted({node.os_version for node in subject.cluster.nodes})),
        "path": "reportedProperties.nodes[].osVersion",
        "remedy": "install the latest cumulative update with Cluster-Aware Updating from PowerShell",
    }
    if not builds or any(build is None or build[1] is None for build in builds):
        return subject.found("B5", None, "the patch level is not known", **(more | {"remedy": _SYNC}))
    known = [build for build in builds if build is not None]
    least = subject.rules.minimum_revision
    if subject.rules.overridden:
        more["overridden"] = subject.rules.touched(*sorted({f"minimum-build-{family}" for family, _ in known}))
    wanted = " or ".join(f"{family}.{revision}" for family, revision in least.items())
    strange = [family for family, _ in known if family not in least]
    if strange:
        return subject.found(
            "B5", False, f"the validator takes no build of {strange[0]}, only {wanted} and later", **more
        )
    low = [(family, revision) for family, revision in known if (revision or 0) < least[family]]
    if low:
        message = f"{low[0][0]}.{low[0][1]} is below the validator's minimum {wanted}"
        return subject.found("B5", False, message, **more)
    return subject.found("B5", True, "the patch level is one the validator accepts", **more)


def registered(subject: Subject) -> Finding:
    """B6: registered with a system identity, connected, and synced recently."""
    cluster = subject.cluster
    status, connectivity = (cluster.status or "").lower(), (cluster.connectivity or "").lower()
    broken = {
        "status": cluster.status if status in BROKEN_CONNECTION else "",
        "connectivityStatus": cluster.connectivity if connectivity not in _NOT_SAID | {"connected"} else "",
    }
    for name, word in broken.items():
        if word:
            return subject.found(
                "B6", False, f"{name} is {word}", value=word, path=name,
                remedy="repair the connection: check the machines and run Sync-AzureStackHCI",
            )  # fmt: skip
    if cluster.identity_type is not None and "systemassigned" not in cluster.identity_type.lower():
        return subject.found(
            "B6", False, f"identity.type is {cluster.identity_type}, not SystemAssigned",
            value=cluster.identity_type, path="identity.type",
            remedy="run Register-AzStackHCI with -RepairRegistration",
        )  # fmt: skip
    return _synced(subject)


def _synced(subject: Subject) -> Finding:
    cluster, at = subject.cluster, subject.cluster.last_sync_at
    said = {
        "status": cluster.status, "connectivityStatus": cluster.connectivity, "identity.type": cluster.identity_type,
    }  # fmt: skip
    missing = [name for name, word in said.items() if (word or "").lower() in _NOT_SAID]
    missing += ["lastSyncTimestamp"] if at is None else []
    if missing or at is None:
        return subject.found("B6", None, f"not known: {', '.join(missing)}", path=missing[0], remedy=_SYNC)
    value = format_time(at)
    if subject.now - at > subject.fresh:
        hours = int((subject.now - at).total_seconds() // 3600)
        return subject.found(
            "B6", None, f"last synced {hours} h ago, more than {int(subject.fresh.total_seconds() // 3600)} h",
            value=value, path="lastSyncTimestamp", remedy=_SYNC,
        )  # fmt: skip
    return subject.found("B6", True, "registered, connected and synced", value=value, path="lastSyncTimestamp")


def no_operation(subject: Subject) -> Finding:
    """B9: no operation runs, and none failed half-way."""
    status, settings = subject.cluster.status, subject.cluster.settings
    word, running = (status or "").lower(), subject.cluster.says_running
    if running or _reports_running(settings):
        message = f"the cluster is {status}" if running else "deployment settings report a running operation"
        return subject.found("B9", False, message, path="status", remedy="wait until the operation has ended")
    if word == "deploymentfailed" or (
        isinstance(settings, SettingsFacts) and settings.deployment_status.lower() in {"error", "failed"}
    ):
        return subject.found(
            "B9", False, "an upgrade failed half-way", path="deploymentStatus",
            remedy="fix the cause, then resume the upgrade with the same inputs; never start it anew",
        )  # fmt: skip
    if settings is not None:
        return subject.found("B9", True, "no operation runs and none failed half-way", path="deploymentStatus")
    if word in _NOT_SAID:
        return subject.found(
            "B9", None, "whether an operation runs is not known", path="status",
            remedy="look again; name the cluster in a ring of the plan, or explain it, to have its settings read",
        )  # fmt: skip
    return subject.found("B9", True, "the cluster reports no operation", path="status", confidence="medium")


def _reports_running(settings: object) -> bool:
    if not isinstance(settings, SettingsFacts):
        return False
    words = {settings.validation_status.lower(), settings.deployment_status.lower()}
    return settings.ended is False or "inprogress" in words


CHECKS: tuple[Callable[[Subject], Finding], ...] = (
    cloud, region, not_yet_solution, one_build, patch_level, registered,
    arc_connected, lcm_extension, no_operation, not_stretched, no_workloads,
)  # fmt: skip
