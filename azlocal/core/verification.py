"""Findings after a successful upgrade: each resource that must be there, by itself.

Source: Microsoft Learn, install the solution upgrade (2026-04-28), and the published template for what it adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from azlocal.core.data.thresholds import FIRST_TRAIN, LOOK_AFTER
from azlocal.core.facts import ABSENT, ClusterFacts, RelatedFacts, SettingsFacts
from azlocal.core.findings import Finding
from azlocal.core.ids import group_id_of, name_of
from azlocal.core.steps import ended, failing_step
from azlocal.core.subject import Subject, families
from azlocal.core.verify import bridged, connected, located, versioned
from azlocal.core.versions import numbers

STORAGE_ACCOUNT = "microsoft.storage/storageaccounts"
DEVICE_MANAGEMENT = "865ae368-6a45-4bd1-8fbf-0d5151f56fc1"
INFRA_VMS = "c99c945f-8bd1-4fb1-a903-01460aae6068"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
_ROLES = {
    DEVICE_MANAGEMENT: "Azure Stack HCI Device Management Role", INFRA_VMS: "Azure Stack HCI Connected InfraVMs",
    SECRETS_USER: "Key Vault Secrets User",
}  # fmt: skip
_SETTLED = frozenset({"connectedrecently", "deploymentsuccess"})
_WAIT = "wait: Azure shows it some minutes later; if it does not come, open the failing step in the portal"
_LOOK = "explain the cluster, or let the next tick look: ARM is asked for it then"


def is_upgraded(cluster: ClusterFacts) -> bool:
    """Return whether a cluster is shown to be the solution, or to have been upgraded to it."""
    return cluster.solved or _succeeded(cluster)


def upgraded_lately(cluster: ClusterFacts, now: datetime) -> bool:
    """Return whether its upgrade succeeded so lately that what it left behind is read again."""
    if not _succeeded(cluster) or not isinstance(cluster.settings, SettingsFacts):
        return False
    end = ended(cluster.settings.deployment_steps)
    return end is None or now - end <= LOOK_AFTER


def _succeeded(cluster: ClusterFacts) -> bool:
    settings = cluster.settings
    return isinstance(settings, SettingsFacts) and settings.deployment_status.lower() == "success"


def verification_findings(subject: Subject) -> tuple[Finding, ...]:
    """Return one finding for each thing that a successful upgrade leaves; nothing for a cluster that had none."""
    if not is_upgraded(subject.cluster):
        return ()
    found = [
        _solution(subject), _stamp(subject), _bridge(subject), _location(subject), _machines(subject),
        _extensions(subject), _cluster(subject),
    ]  # fmt: skip
    if _succeeded(subject.cluster):
        found += _left_behind(subject)
    return tuple(found)


# what a census shows


def _solution(subject: Subject) -> Finding:
    version = subject.cluster.solution_version
    return subject.found(
        "verify-solution", versioned(subject.cluster),
        f"the solution version is {version}" if version else "no solution version is reported yet",
        value=version, resource_id=f"{subject.cluster.id}/updateSummaries/default", path="currentVersion",
        remedy=f"{_WAIT}; a Cloud Management cluster group that failed keeps updates from appearing",
    )  # fmt: skip


def _stamp(subject: Subject) -> Finding:
    """A version of the wrong train or for another OS is a known fault of upgrades around 2508."""
    version = subject.cluster.solution_version
    parts, known = numbers(version), families(subject.cluster)
    more = {
        "value": version, "path": "currentVersion", "severity": "warning",
        "resource_id": f"{subject.cluster.id}/updateSummaries/default",
        "remedy": "look up the known issue of a wrong stamp version after the solution upgrade before updating",
    }  # fmt: skip
    if parts is None or len(parts) < 2:
        return subject.found("verify-stamp", None, "the solution version is not known", **more)
    if parts[1] < FIRST_TRAIN:
        return subject.found(
            "verify-stamp", False, f"the train {parts[1]} is older than the first, {FIRST_TRAIN}", **more
        )
    wrong = {11: 26100, 12: 25398}.get(parts[0])
    if wrong is not None and known == {wrong}:
        return subject.found("verify-stamp", False, f"{version} does not go with OS build {wrong}", **more)
    return subject.found("verify-stamp", True, f"{version} goes with the OS", **more)


def _bridge(subject: Subject) -> Finding:
    found = subject.cluster.appliances
    met = bridged(subject.cluster)
    one = _first(found)
    told = f"{name_of(one.id)} is {one.status or 'in an unknown state'}" if one else "no resource bridge is there yet"
    if found is None:
        told = "the resource bridge was not read"
    return subject.found(
        "verify-bridge", met, told, value=one.status if one else "", path="appliances: properties.status",
        remedy=_WAIT, **({"resource_id": one.id} if one else {}),
    )  # fmt: skip


def _location(subject: Subject) -> Finding:
    found = subject.cluster.custom_locations
    one = _first(found)
    told = f"{name_of(one.id)} is {one.provisioning_state or 'in an unknown state'}" if one else (
        "the custom location was not read" if found is None else "no custom location is there yet"
    )  # fmt: skip
    met = located(subject.cluster)
    if one and met is False and one.provisioning_state.lower() == "succeeded":
        told = f"{name_of(one.id)} does not rest on the cluster's resource bridge"
    return subject.found(
        "verify-location", met, told, value=one.provisioning_state if one else "",
        path="customLocations: properties.provisioningState", remedy=_WAIT, **({"resource_id": one.id} if one else {}),
    )  # fmt: skip


def _first(found: tuple[RelatedFacts, ...] | None) -> RelatedFacts | None:
    return found[0] if found else None


def _machines(subject: Subject) -> Finding:
    machines, nodes = subject.cluster.machines, subject.cluster.nodes
    away = next((one for one in machines or () if one.status.lower() != "connected"), None)
    if away is not None:
        return subject.found(
            "verify-machines", False, f"{away.name} is {away.status or 'in an unknown state'}", value=away.status,
            resource_id=away.id, path="properties.status", observed_at=away.observed_at,
            remedy=f"reconnect the Arc agent of {away.name}",
        )  # fmt: skip
    told = (
        "the machines were not read" if machines is None else f"{len(machines)} of {len(nodes)} machines are connected"
    )
    return subject.found(
        "verify-machines", connected(subject.cluster), told, path="machines: properties.status",
        remedy="connect every node to Azure Arc",
    )  # fmt: skip


def _extensions(subject: Subject) -> Finding:
    machines = subject.cluster.machines
    bad = next((one for machine in machines or () for one in machine.unready or ()), None)
    if bad is not None:
        return subject.found(
            "verify-extensions", False, f"the extension {name_of(bad.id)} is {bad.provisioning_state or 'unknown'}",
            value=bad.provisioning_state, resource_id=bad.id, path="properties.provisioningState", severity="warning",
            remedy="look at the extension's message on the machine; update or reinstall it",
        )  # fmt: skip
    known = bool(machines) and all(one.unready is not None for one in machines or ())
    return subject.found(
        "verify-extensions", True if known else None,
        "every AzureEdge extension succeeded" if known else "the machines' extensions were not read",
        path="machines/extensions: properties.provisioningState", severity="warning", remedy=_LOOK,
    )  # fmt: skip


def _cluster(subject: Subject) -> Finding:
    cluster = subject.cluster
    settings = cluster.settings if isinstance(cluster.settings, SettingsFacts) else None
    step = failing_step(settings.deployment_steps) if settings else None
    if settings is not None and step is not None:
        return subject.found(
            "verify-cluster", False, f"the step '{step.name}' reports {step.status} although the upgrade succeeded",
            value=step.status, resource_id=settings.id, path="reportedProperties.deploymentStatus.steps",
            severity="warning", remedy="look at this step in the portal before anything is updated",
        )  # fmt: skip
    status = (cluster.status or "").lower()
    return subject.found(
        "verify-cluster", status in _SETTLED if status else None, f"the cluster is {cluster.status or 'in an unknown state'}",
        value=cluster.status or "", path="status", severity="warning",
        remedy="check the connection of its nodes and run Sync-AzureStackHCI",
    )  # fmt: skip


# what ARM shows beyond it


def _left_behind(subject: Subject) -> Iterator[Finding]:
    yield _vault(subject)
    yield _account(subject)
    yield _roles(subject)
    yield _devices(subject)


def _vault(subject: Subject) -> Finding:
    after, settings = subject.cluster.after, subject.cluster.settings
    vault = after.vault if after else None
    name = settings.vault if isinstance(settings, SettingsFacts) else ""
    known = isinstance(vault, RelatedFacts)
    told = f"the vault {name} is there" if known else (
        f"no vault {name} in this subscription" if vault is ABSENT else "the vault of the secret was not read"
    )  # fmt: skip
    return _extra(
        subject, "verify-vault", True if known else False if vault is ABSENT else None, told,
        path="Microsoft.KeyVault/vaults", value=name, remedy="keep the vault: the solution's updates need its secret",
        **({"resource_id": vault.id} if isinstance(vault, RelatedFacts) else {}),
    )  # fmt: skip


def _account(subject: Subject) -> Finding:
    listed = subject.cluster.after.resources if subject.cluster.after else None
    one = next((one for one in listed or () if one.kind == STORAGE_ACCOUNT), None)
    return _extra(
        subject, "verify-storage-account", None if listed is None else one is not None,
        f"the storage account {name_of(one.id)} is there" if one else "no storage account lies in the cluster's group",
        path="Microsoft.Storage/storageAccounts", severity="info",
        remedy="make one for diagnostics, or keep in mind where it is", **({"resource_id": one.id} if one else {}),
    )  # fmt: skip


def _roles(subject: Subject) -> Finding:
    after, machines = subject.cluster.after, subject.cluster.machines or ()
    roles = after.roles if after else None
    wanted = [DEVICE_MANAGEMENT, INFRA_VMS, *((SECRETS_USER,) if _vault_beside(subject.cluster) else ())]
    held = {(one.kind, one.status) for one in roles or ()}
    missing = [
        (machine, role) for machine in machines for role in wanted if (role, machine.principal.lower()) not in held
    ]
    known = roles is not None and bool(machines) and all(one.principal for one in machines)
    more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
    told = f"{missing[0][0].name} lacks the role {_ROLES[missing[0][1]]}{more}" if known and missing else (
        "the machines hold their roles" if known else "the machines' roles were not read"
    )  # fmt: skip
    return _extra(
        subject, "verify-roles", not missing if known else None, told, path="Microsoft.Authorization/roleAssignments",
        resource_id=group_id_of(subject.cluster.id), remedy="assign the role to the machine's identity on the group",
    )  # fmt: skip


def _vault_beside(cluster: ClusterFacts) -> bool:
    vault = cluster.after.vault if cluster.after else None
    return isinstance(vault, RelatedFacts) and group_id_of(vault.id) == group_id_of(cluster.id)


def _devices(subject: Subject) -> Finding:
    devices = subject.cluster.after.edge_devices if subject.cluster.after else None
    machines = subject.cluster.machines or ()
    met = None if devices is None else len(devices) >= len(machines) > 0
    told = (
        "the edge devices were not read"
        if devices is None
        else f"{len(devices)} of {len(machines)} edge devices are there"
    )
    return _extra(
        subject, "verify-edge-devices", met, told, path="Microsoft.AzureStackHCI/edgeDevices/default",
        remedy="look at the machine's edge device in the portal; updates need it",
    )  # fmt: skip


def _extra(subject: Subject, check: str, met: bool | None, message: str, *, remedy: str, **more: str) -> Finding:
    after = subject.cluster.after
    at = after.observed_at if after else None
    return subject.found(
        check, met, message, remedy=remedy if met is not None else _LOOK, observed_at=at or subject.cluster.observed_at,
        **{"severity": "warning", **more},
    )  # fmt: skip
