"""What is left to do once a cluster is the solution, and the hand-over to its updates. azlocal starts none of them.

Source: Microsoft Learn, install the solution upgrade (2026-04-28) and manage security after an upgrade (2026-06-29).
"""

from __future__ import annotations

from datetime import datetime

from azlocal.core.attestations import QUESTIONS
from azlocal.core.checks_statements import how_to_attest
from azlocal.core.data.thresholds import UPDATE_WITHIN_MONTHS
from azlocal.core.facts import ClusterFacts, SecurityFacts, SolutionFacts, UpdateFacts
from azlocal.core.findings import Finding
from azlocal.core.locks import on_bridge, scope_of
from azlocal.core.subject import Subject
from azlocal.core.verification import is_upgraded
from azlocal.core.versions import numbers

STORAGE_PATH = "microsoft.azurestackhci/storagecontainers"
TROUBLED = frozenset({"updatefailed", "preparationfailed", "needsattention"})
_LOOK = "explain the cluster, or let the next tick look: ARM is asked for it then"
_BASELINES = (
    "apply the security baselines (Start-AzSSecuritySettingsConfiguration, Start-AzSSecuredCoreConfiguration), reboot "
    "node by node, resume BitLocker, then application control"
)


def task_findings(subject: Subject) -> tuple[Finding, ...]:
    """Return the tasks after an upgrade and the state of the first update; nothing before the upgrade."""
    if not is_upgraded(subject.cluster):
        return ()
    known = (_locks(subject), _updates(subject), handover(subject))
    if subject.cluster.after is None and not _asked(subject):
        return known
    stated = tuple(_stated(subject, check, key) for check, key in _STATEMENTS.items())
    return (_security(subject), _storage_paths(subject), *stated, *known)


_STATEMENTS = {"task-cau": "cau-permitted", "task-drivers": "drivers-current", "task-rdp": "rdp-reviewed"}


def _asked(subject: Subject) -> bool:
    return any(key in subject.attested for key in _STATEMENTS.values())


def _security(subject: Subject) -> Finding:
    after = subject.cluster.after
    read = after.security if after else None
    more = {
        "path": "securitySettings/default: properties.securityComplianceStatus", "severity": "warning",
        "resource_id": f"{subject.cluster.id}/securitySettings/default",
    }  # fmt: skip
    if read is None:
        remedy = (
            _LOOK if after is None else "look at the cluster's security settings in the portal: ARM did not tell them"
        )
        return subject.found("task-security", None, "the security settings were not read", remedy=remedy, **more)
    if not isinstance(read, SecurityFacts):
        told = "no security settings are reported; upgrading does not change the security posture"
        return subject.found("task-security", None, told, remedy=_BASELINES, **more)
    words = {
        "secured core": read.secured_core, "application control": read.wdac,
        "data at rest": read.at_rest, "data in transit": read.in_transit,
    }  # fmt: skip
    value = ", ".join(f"{name} {word or 'not known'}" for name, word in words.items())
    said = {word.lower() for word in words.values()}
    met = False if "noncompliant" in said else True if said == {"compliant"} else None
    return subject.found("task-security", met, value, value=value, remedy=_BASELINES, **more)


def _locks(subject: Subject) -> Finding:
    if subject.cluster.locks is None:
        return subject.found(
            "task-locks", None, "the locks on the resource bridge and above it were not read", severity="warning",
            path="Microsoft.Authorization/locks",
            remedy="let azlocal's identity read locks (Microsoft.Authorization/locks/read, part of Reader)",
        )  # fmt: skip
    lock = on_bridge(subject.cluster)
    if lock is None:
        return subject.found(
            "task-locks",
            True,
            "no lock stands on the resource bridge or above it",
            path="Microsoft.Authorization/locks",
        )
    return subject.found(
        "task-locks", False, f"a {lock.status} lock on {lock.id[: len(scope_of(lock))]} will block the next update", value=lock.status,
        resource_id=lock.id, path="properties.level", severity="warning",
        remedy="protect other resources from deletion instead, or lift this lock before each update",
    )  # fmt: skip


def _storage_paths(subject: Subject) -> Finding:
    after = subject.cluster.after
    listed = after.resources if after else None
    paths = [one for one in listed or () if one.kind == STORAGE_PATH]
    return subject.found(
        "task-storage-paths", None if listed is None else bool(paths),
        f"{len(paths)} storage paths for workloads" if paths else "no storage path for workloads lies in the group",
        value=str(len(paths)), path="Microsoft.AzureStackHCI/storageContainers", severity="info",
        remedy="make volumes and storage paths before workloads come" if listed is not None else _LOOK,
        **({"resource_id": paths[0].id} if paths else {}),
    )  # fmt: skip


def _stated(subject: Subject, check: str, key: str) -> Finding:
    said = subject.stated(check, key, severity="info", remedy="do it, then attest it again", question=QUESTIONS[key])
    return said or subject.found(
        check, None, f"{key} is not attested", path="attestation", severity="info", question=QUESTIONS[key],
        remedy=how_to_attest(key),
    )  # fmt: skip


def _updates(subject: Subject) -> Finding:
    version = subject.cluster.solution_version
    months = _months_behind(version, subject.now)
    more = {
        "value": version, "path": "currentVersion", "severity": "warning",
        "resource_id": f"{subject.cluster.id}/updateSummaries/default",
    }  # fmt: skip
    if months is None:
        told = "how old the solution's release is, is not known"
        return subject.found("task-updates", None, told, remedy="look at its updates in the portal", **more)
    told = f"its release is {months} months old; every {UPDATE_WITHIN_MONTHS} months an update is due"
    if months > 12:
        told += ", and the bridge's certificates expire after a year without one"
    return subject.found(
        "task-updates", months <= UPDATE_WITHIN_MONTHS, told,
        remedy="install the updates that are offered, by Azure Update Manager or in the portal", **more,
    )  # fmt: skip


def _months_behind(version: str, now: datetime) -> int | None:
    """Return how many months ago the release train of a version was (its second number is YYMM)."""
    parts = numbers(version)
    train = parts[1] if parts and len(parts) > 1 else 0
    year, month = divmod(train, 100)
    if not 1 <= month <= 12 or not 20 <= year <= 99:
        return None
    return max(0, (now.year - 2000 - year) * 12 + now.month - month)


# the hand-over


def first_update(cluster: ClusterFacts) -> UpdateFacts | None:
    """Return the next update that a solution offers, the oldest version first; None when none is known."""
    solution = cluster.solution
    return solution.updates[0] if isinstance(solution, SolutionFacts) and solution.updates else None


def handover(subject: Subject) -> Finding:
    """Return the state of the updates: from here on they are Update Manager's business, and azlocal starts none."""
    solution, update = subject.cluster.solution, first_update(subject.cluster)
    summary = f"{subject.cluster.id}/updateSummaries/default"
    if not isinstance(solution, SolutionFacts) or not solution.state:
        return subject.found(
            "handover", None, "the state of its updates is not known", resource_id=summary, path="state", severity="info",
            remedy="wait: Azure lists updates some minutes after the upgrade",
        )  # fmt: skip
    offered = f"; the next is {update.version}, {update.state or 'in an unknown state'}" if update else ""
    troubled = solution.state.lower() in TROUBLED
    waiting = update is not None or solution.state.lower() != "appliedsuccessfully"
    return subject.found(
        "handover", not (troubled or waiting), f"its updates: {solution.state}, health {solution.health or 'not known'}{offered}",
        value=update.state if update else solution.state, resource_id=update.id if update else summary, path="state",
        severity="warning" if troubled else "info",
        remedy="try the failed update again in the portal; azlocal starts no update" if troubled else
        "install it by Azure Update Manager or in the portal; azlocal starts no update",
    )  # fmt: skip
