"""The preconditions B1 to B11, one function each: a cluster in, one finding with evidence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY, QUESTIONS, Attested
from azlocal.core.data.regions import SUPPORTED
from azlocal.core.data.thresholds import MAXIMUM_NODES, MINIMUM_LCM, MINIMUM_REVISION, OLD_FAMILY
from azlocal.core.facts import Absence, ClusterFacts, ExtensionFacts, MachineFacts, SettingsFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.times import format_time
from azlocal.core.versions import numbers, os_build

BROKEN_CONNECTION = frozenset({"notyetregistered", "notconnectedrecently", "disconnected", "error"})
_NOT_SAID = frozenset({"", "notspecified"})
"""Words by which Azure says that it does not know."""
_FRESH_FOR = timedelta(hours=24)
_STATUS = {None: Status.UNKNOWN, True: Status.MET, False: Status.NOT_MET}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the checks look at. `fresh_for` of None means the default of 24 h."""

    cluster: ClusterFacts
    cloud: str
    now: datetime
    fresh_for: timedelta | None = None
    attested: Mapping[str, Attested] = field(default_factory=dict)

    def found(self, check: str, met: bool | None, message: str, **more: Any) -> Finding:
        """Return the finding of *check* with the cluster as evidence; None means not known."""
        if met:
            more.pop("remedy", None)
        more.setdefault("resource_id", self.cluster.id)
        more.setdefault("observed_at", self.cluster.observed_at)
        more.setdefault("confidence", "high" if met is not None else "low")
        return Finding(check=check, status=_STATUS[met], message=message, **more)

    @property
    def fresh(self) -> timedelta:
        """Return how old a census may be."""
        return self.fresh_for or _FRESH_FOR


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
    lists = SUPPORTED.get(subject.cloud) or frozenset().union(*SUPPORTED.values())
    return subject.found(
        "B2", place in lists if place else None, f"the region is {place or 'not known'}",
        value=place, path="location",
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
            "B3", None, "whether it already is the solution is not known", path="updateSummaries/default"
        )
    sure = "high" if settings is not None else "medium"
    return subject.found("B3", True, "not yet the solution", path="updateSummaries/default", confidence=sure)


def one_build(subject: Subject) -> Finding:
    """B4: OS family 25398 or 26100 on all nodes, one identical build, agreed by the Arc machines."""
    cluster = subject.cluster
    builds = {node.os_version for node in cluster.nodes}
    remedy = "upgrade the operating system of every machine to one build of 25398 or 26100"
    more: dict[str, Any] = {
        "value": ", ".join(sorted(builds)), "path": "reportedProperties.nodes[].osVersion",
        "remedy": remedy,
    }  # fmt: skip
    parsed = {os_build(build) for build in builds}
    if not builds or None in parsed:
        return subject.found("B4", None, "the OS build of some nodes is not known", **more)
    if len(cluster.nodes) > MAXIMUM_NODES:
        return subject.found("B4", False, f"{len(cluster.nodes)} nodes; at most {MAXIMUM_NODES} are taken", **more)
    if len(builds) > 1:
        return subject.found("B4", False, f"the nodes report {len(builds)} different builds", **more)
    family = next(iter(parsed))
    if family is not None and family[0] not in MINIMUM_REVISION:
        known = "22H2" if family[0] == OLD_FAMILY else "not one of the upgrade's"
        return subject.found("B4", False, f"the OS family is {family[0]} ({known})", **more)
    return _agreed(subject, next(iter(builds)), more)


def _agreed(subject: Subject, build: str, more: dict[str, Any]) -> Finding:
    machines = subject.cluster.machines
    if not machines:
        return subject.found("B4", True, f"every node reports {build}", **more, confidence="medium")
    told = {one.os_version for one in machines}
    others = sorted(told - {build, ""})
    if others:
        message = f"the cluster reports {build}, its Arc machines {', '.join(others)}"
        return subject.found("B4", None, message, **(more | {"remedy": "run Sync-AzureStackHCI on a node"}))
    if "" in told:
        message = f"every node reports {build}; some of its Arc machines report no build"
        return subject.found("B4", True, message, **more, confidence="medium")
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
        return subject.found("B5", None, "the patch level is not known", **more)
    known = [build for build in builds if build is not None]
    wanted = " or ".join(f"{family}.{revision}" for family, revision in MINIMUM_REVISION.items())
    strange = [family for family, _ in known if family not in MINIMUM_REVISION]
    if strange:
        return subject.found(
            "B5", False, f"the validator takes no build of {strange[0]}, only {wanted} and later", **more
        )
    low = [(family, revision) for family, revision in known if (revision or 0) < MINIMUM_REVISION[family]]
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
        return subject.found("B6", None, f"not known: {', '.join(missing)}", path=missing[0])
    value = format_time(at)
    if subject.now - at > subject.fresh:
        hours = int((subject.now - at).total_seconds() // 3600)
        return subject.found(
            "B6", None, f"last synced {hours} h ago, more than {int(subject.fresh.total_seconds() // 3600)} h",
            value=value, path="lastSyncTimestamp", remedy="run Sync-AzureStackHCI on a node",
        )  # fmt: skip
    return subject.found("B6", True, "registered, connected and synced", value=value, path="lastSyncTimestamp")


def arc_connected(subject: Subject) -> Finding:
    """B7: every node is an Arc machine that is connected."""
    machines = subject.cluster.machines
    if machines is None or not subject.cluster.nodes:
        return subject.found("B7", None, "the Arc machines are not known")
    missing = len(subject.cluster.nodes) - len(machines)
    if missing > 0:
        return subject.found(
            "B7", False, f"{missing} of {len(subject.cluster.nodes)} nodes have no Arc machine",
            path="reportedProperties.nodes[].ehcResourceId", remedy="connect every node to Azure Arc",
        )  # fmt: skip
    for one in machines:
        if one.status and one.status.lower() != "connected":
            return subject.found(
                "B7", False, f"{one.name} is {one.status}", value=one.status, path="properties.status",
                resource_id=one.id, observed_at=one.observed_at, remedy=f"reconnect the Arc agent of {one.name}",
            )  # fmt: skip
    if any(not one.status for one in machines):
        return subject.found("B7", None, "the connection of some machines is not known")
    return subject.found("B7", True, f"{len(machines)} Arc machines are connected", path="properties.status")


def lcm_extension(subject: Subject) -> Finding:
    """B8: the LCM extension on every machine, Succeeded, and recent enough."""
    machines = subject.cluster.machines
    if not machines:
        return subject.found("B8", None, "the machines' extensions are not known")
    states = [(one, *lcm_state(one)) for one in machines]
    bad = [(one, text) for one, current, text in states if current is False]
    open_ = [(one, text) for one, current, text in states if current is None]
    if bad:
        machine, text = bad[0]
        more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
        return subject.found(
            "B8", False, f"{machine.name}: {text}{more}", value=_lcm_value(machine), resource_id=machine.id,
            path="extensions/AzureEdgeLifecycleManager", observed_at=machine.observed_at,
            remedy="install or update the extension AzureEdgeLifecycleManager (updateExtension: true lets azlocal)",
        )  # fmt: skip
    if open_:
        return subject.found("B8", None, f"{open_[0][0].name}: {open_[0][1]}", value=_lcm_value(open_[0][0]))
    return subject.found(
        "B8", True, "the LCM extension is current on every machine", value=_lcm_value(machines[0]),
        path="properties.typeHandlerVersion",
    )  # fmt: skip


def lcm_state(machine: MachineFacts) -> tuple[bool | None, str]:
    """Return whether a machine's LCM extension is current, None when that is not known, and in words why not."""
    lcm = machine.lcm
    if lcm is None:
        return None, "the LCM extension is not known"
    if isinstance(lcm, Absence):
        return False, "the LCM extension is missing"
    state, version = lcm.provisioning_state.lower(), numbers(lcm.version)
    if state in {"failed", "canceled"}:
        return False, f"the LCM extension is {lcm.provisioning_state}"
    if state != "succeeded":
        return None, f"the LCM extension is {lcm.provisioning_state or 'in an unknown state'}"
    if version is None:
        return None, "the LCM extension is of unknown version"
    return (True, "") if version >= MINIMUM_LCM else (False, f"the LCM extension is {lcm.version}, older than 30.2408")


def _lcm_value(machine: MachineFacts) -> str:
    return machine.lcm.version if isinstance(machine.lcm, ExtensionFacts) else ""


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
        return subject.found("B9", None, "whether an operation runs is not known", path="status")
    return subject.found("B9", True, "the cluster reports no operation", path="status", confidence="medium")


def _reports_running(settings: object) -> bool:
    if not isinstance(settings, SettingsFacts):
        return False
    words = {settings.validation_status.lower(), settings.deployment_status.lower()}
    return settings.ended is False or "inprogress" in words


def not_stretched(subject: Subject) -> Finding:
    """B10: neither stretched nor on the 22H2 Supplemental Package: only an operator can say."""
    statements = [subject.attested.get(key) for key in ("not-stretched", "not-22h2sp")]
    denied = [one for one in statements if one is not None and not one.value]
    if denied:
        return subject.found(
            "B10", False, f"attested: {denied[0].key} is no (by {denied[0].by})", value="no",
            path=denied[0].source, remedy="such a cluster cannot take the solution upgrade",
        )  # fmt: skip
    if all(statements):
        by = ", ".join(sorted({one.by for one in statements if one is not None}))
        return Finding(
            check="B10", status=Status.ATTESTED, message=f"attested by {by}: one site, never 22H2SP",
            resource_id=subject.cluster.id, path="attestation", observed_at=subject.cluster.observed_at,
        )  # fmt: skip
    missing = next(key for key, one in zip(("not-stretched", "not-22h2sp"), statements) if one is None)
    return subject.found(
        "B10", None, f"{missing} is not attested", path="attestation", question=QUESTIONS[missing],
        remedy=f"attest {missing} in the plan or by the tag azlocal-attest-{missing}",
    )  # fmt: skip


def no_workloads(subject: Subject) -> Finding:
    """B11: no AKS hybrid and no preview Arc VMs. Their absence from ARM proves nothing: Validate tests it."""
    workloads = subject.cluster.workloads
    if workloads:
        one = workloads[0]
        return subject.found(
            "B11", False, f"{len(workloads)} preview workload resources, such as {one.kind}",
            value=one.kind, resource_id=one.id, remedy="remove AKS hybrid and preview Arc VMs (Uninstall-Moc)",
        )  # fmt: skip
    stated = subject.attested.get("no-workloads")
    if stated is not None:
        return _attested(subject, "B11", stated, remedy="remove AKS hybrid and preview Arc VMs (Uninstall-Moc)")
    seen = "no preview workload is visible, which proves nothing" if workloads is not None else "not known"
    return subject.found(
        "B11", None, f"{seen}; readiness validation tests it",
        severity="warning", question=QUESTIONS["no-workloads"],
    )  # fmt: skip


CHECKS: tuple[Callable[[Subject], Finding], ...] = (
    cloud, region, not_yet_solution, one_build, patch_level, registered,
    arc_connected, lcm_extension, no_operation, not_stretched, no_workloads,
)  # fmt: skip


def attestation_findings(subject: Subject) -> tuple[Finding, ...]:
    """Return one finding for each statement that a Deploy needs and no check above covers."""
    return tuple(_statement(subject, key) for key in NEEDED_BEFORE_DEPLOY)


def _statement(subject: Subject, key: str) -> Finding:
    stated = subject.attested.get(key)
    check = f"attest-{key}"
    if stated is None:
        return subject.found(
            check, None, f"{key} is not attested", path="attestation", question=QUESTIONS[key],
            remedy=f"attest {key} in the plan or by the tag azlocal-attest-{key}",
        )  # fmt: skip
    return _attested(subject, check, stated, remedy="settle this with the vendor or owner before the upgrade")


def _attested(subject: Subject, check: str, stated: Attested, *, remedy: str) -> Finding:
    word = "yes" if stated.value else "no"
    return Finding(
        check=check, status=Status.ATTESTED if stated.value else Status.NOT_MET,
        message=f"attested {word} by {stated.by or 'nobody named'}", value=word,
        resource_id=subject.cluster.id, path=stated.source, observed_at=subject.cluster.observed_at,
        question=QUESTIONS[stated.key], remedy="" if stated.value else remedy,
    )  # fmt: skip
