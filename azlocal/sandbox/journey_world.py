"""How the world changes while an upgrade succeeds: resource bridge, custom location, extensions, updates."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey import behaviour_of
from azlocal.sandbox.journey_steps import APPLIANCE, EXTENSIONS, LOCATION, REGISTER
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

PROVIDER_APP = "1412d89f-b8a8-4111-b4fd-e82905cbd85d"
"""The application of the Azure Stack HCI resource provider, the same in every tenant."""
SOLUTION_BY_FAMILY = {"25398": "10.2510.1002.93", "26100": "12.2510.1002.531"}
# version, OS build; each the next of the one before. Source: Azure Local release information, 2026-02.
RELEASES = (
    ("12.2510.1002.531", "26100.6899"),
    ("12.2511.1002.502", "26100.7171"),
    ("12.2512.1002.16", "26100.7462"),
    ("12.2601.1002.503", "26100.32230"),
    ("12.2602.1007.7", "26100.32370"),
    ("12.2606.1003.205", "26100.32814"),
)
# name, publisher, type, version of what every server of a solution carries beside the lifecycle manager
MANDATORY = (
    ("AzureEdgeTelemetryAndDiagnostics", "Microsoft.AzureStack.Observability", "TelemetryAndDiagnostics", "2.0.18.0"),
    ("AzureEdgeDeviceManagement", "Microsoft.Edge", "DeviceManagementExtension", "1.2604.0.3037"),
    ("AzureEdgeRemoteSupport", "Microsoft.AzureStack.Observability", "EdgeRemoteSupport", "1.1.7.0"),
)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The cluster an upgrade changes, and the `properties` of the request that does."""

    cluster_id: str
    properties: Mapping[str, Any]

    @property
    def machines(self) -> tuple[str, ...]:
        """Return the ids of the cluster's Arc machines."""
        return tuple(self.properties.get("arcNodeResourceIds") or ())

    @property
    def location_name(self) -> str:
        """Return the name the custom location is to have."""
        units = (self.properties.get("deploymentConfiguration") or {}).get("scaleUnits") or [{}]
        optional = (units[0].get("deploymentData") or {}).get("optionalServices") or {}
        return str(optional.get("customLocation") or f"{self.cluster_id.rsplit('/', 1)[-1]}-cl")


Change = Callable[[Azure, Upgraded, datetime], None]


def system_data(now: datetime) -> dict[str, str]:
    """Return `systemData` of a document that the resource provider itself writes."""
    who = {"By": PROVIDER_APP, "ByType": "Application", "At": stamp(now)}
    return {f"{word}{part}": value for word in ("created", "lastModified") for part, value in who.items()}


def _cluster(azure: Azure, upgraded: Upgraded) -> tuple[Document, str, str] | None:
    """Return the cluster, the id of its resource group and its name; None when it is gone."""
    cluster = azure.store.get(upgraded.cluster_id)
    if cluster is None:
        return None
    return cluster, "/".join(str(cluster["id"]).split("/")[:5]), str(cluster["name"])


def appliance_id(group: str, cluster_name: str) -> str:
    """Return the id of the resource bridge that the upgrade of a cluster makes."""
    return f"{group}/providers/Microsoft.ResourceConnector/appliances/{cluster_name}-arcbridge"


def add_appliance(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    """Let the resource bridge appear, running."""
    found = _cluster(azure, upgraded)
    if found is None:
        return
    cluster, group, name = found
    azure.changed({
        "id": appliance_id(group, name), "name": f"{name}-arcbridge", "type": "Microsoft.ResourceConnector/appliances",
        "location": cluster["location"], "tags": {}, "identity": _identity(azure), "systemData": system_data(now),
        "properties": {
            "provisioningState": "Succeeded", "status": "Running", "distro": "AKSEdge", "version": "1.4.1",
            "infrastructureConfig": {"provider": "HCI"},
        },
    })  # fmt: skip


def _identity(azure: Azure) -> dict[str, str]:
    principal = str(uuid.UUID(int=azure.random.getrandbits(128), version=4))
    return {"type": "SystemAssigned", "principalId": principal, "tenantId": azure.tenant_id}


def add_location(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    """Let the custom location appear, on the resource bridge."""
    found = _cluster(azure, upgraded)
    if found is None:
        return
    cluster, group, name = found
    location = upgraded.location_name
    azure.changed({
        "id": f"{group}/providers/Microsoft.ExtendedLocation/customLocations/{location}", "name": location,
        "type": "Microsoft.ExtendedLocation/customLocations", "location": cluster["location"], "tags": {},
        "systemData": system_data(now),
        "properties": {
            "provisioningState": "Succeeded", "displayName": location, "hostType": "Kubernetes", "namespace": "default",
            "hostResourceId": appliance_id(group, name),
            "clusterExtensionIds": [
                f"{appliance_id(group, name)}/providers/Microsoft.KubernetesConfiguration/extensions/vmss-hci",
            ],
        },
    })  # fmt: skip


def add_extensions(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    """Let every server carry the mandatory extensions; those it has stay as they are."""
    for machine_id in upgraded.machines:
        machine = azure.store.get(machine_id)
        for name, publisher, kind, version in MANDATORY if machine is not None else ():
            known = azure.store.get(f"{machine_id}/extensions/{name}")
            if machine is not None and known is None:
                azure.changed(_extension(machine, name, publisher, kind, version, now))


def _extension(machine: Document, name: str, publisher: str, kind: str, version: str, now: datetime) -> Document:
    view = {
        "name": name, "type": kind, "typeHandlerVersion": version,
        "status": {
            "code": "0", "level": "Info", "displayStatus": "Provisioning succeeded", "message": "Extension ready",
            "time": stamp(now),
        },
    }  # fmt: skip
    return {
        "id": f"{machine['id']}/extensions/{name}", "name": name, "type": "Microsoft.HybridCompute/machines/extensions",
        "location": machine["location"], "tags": {},
        "properties": {
            "publisher": publisher, "type": kind, "typeHandlerVersion": version, "autoUpgradeMinorVersion": False,
            "enableAutomaticUpgrade": True, "settings": {}, "provisioningState": "Succeeded", "instanceView": view,
        },
    }  # fmt: skip


def add_updates(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    """Let the update summary appear, and the first update that waits."""
    found = _cluster(azure, upgraded)
    if found is None:
        return
    cluster = found[0]
    version = behaviour_of(azure.behaviours, upgraded.cluster_id).solution_version or _usual_version(cluster)
    azure.changed(summary_document(cluster, version, now))
    following = next_release(version)
    if following:
        azure.changed(_update(cluster, following, now))


def _usual_version(cluster: Document) -> str:
    family = _os_version(cluster).split(".")[2:3]
    return SOLUTION_BY_FAMILY.get(family[0] if family else "", SOLUTION_BY_FAMILY["26100"])


def _os_version(cluster: Document) -> str:
    nodes = _reported(cluster).get("nodes") or [{}]
    return str(nodes[0].get("osVersion", ""))


def _reported(cluster: Document) -> Mapping[str, Any]:
    return (cluster.get("properties") or {}).get("reportedProperties") or {}


def next_release(version: str) -> str:
    """Return the solution version that follows *version*, or an empty string.

    A 10.x or 11.x solution goes to 12.x of its own train first: that is its step to OS 26100.
    """
    own, old = _train(version), not version.startswith("12.")
    return next((name for name, _ in RELEASES if _train(name) > own or (old and _train(name) == own)), "")


def _train(version: str) -> int:
    part = version.split(".")[1:2]
    return int(part[0]) if part and part[0].isdecimal() else 0


def summary_document(cluster: Document, version: str, now: datetime) -> Document:
    """Return `updateSummaries/default` of a cluster that runs *version*; empty is the stub of one that runs none."""
    node: Mapping[str, Any] = next(iter(_reported(cluster).get("nodes") or ()), {})
    when = stamp(now)
    kinds = (("Services", version), ("Solution", version), ("SBE", "2.1.0.0"))
    packages = [{"packageType": kind, "version": one, "lastUpdated": when} for kind, one in kinds]
    return {
        "id": f"{cluster['id']}/updateSummaries/default", "name": "default",
        "type": "Microsoft.AzureStackHCI/clusters/updateSummaries", "systemData": system_data(now),
        "properties": {
            "provisioningState": "Succeeded", "oemFamily": str(node.get("manufacturer", "")),
            "currentOemVersion": "1.0.0" if version else "", "hardwareModel": str(node.get("model", "")),
            "packageVersions": packages if version else [], "currentVersion": version,
            "currentSbeVersion": "2.1.0.0" if version else "", "lastUpdated": when, "lastChecked": when,
            "healthState": "Success" if version else "Unknown", "healthCheckResult": [], "healthCheckDate": when,
            "state": _state(version),
        },
    }  # fmt: skip


def _state(version: str) -> str:
    if not version:
        return "Unknown"
    return "UpdateAvailable" if next_release(version) else "AppliedSuccessfully"


def _update(cluster: Document, version: str, now: datetime) -> Document:
    train = str(_train(version))
    packages = [
        {"packageType": kind, "version": one, "lastUpdated": stamp(now)}
        for kind, one in (("Services", version), ("SBE", "4.1.2509.1900"))
    ]
    return {
        "id": f"{cluster['id']}/updates/Solution{version}", "name": f"Solution{version}",
        "type": "microsoft.azurestackhci/clusters/updates", "systemData": system_data(now),
        "properties": {
            "provisioningState": "Succeeded", "description": "Azure Local solution update", "state": "Ready",
            "prerequisites": [], "componentVersions": packages, "rebootRequired": "True", "healthState": "Success",
            "healthCheckDate": stamp(now), "healthCheckResult": [], "packageSizeInMb": 18500.0,
            "displayName": f"{train} Cumulative Update", "version": version, "publisher": "Microsoft",
            "releaseLink": "https://learn.microsoft.com/azure/azure-local/", "availabilityType": "Online",
            "packageType": "Solution", "minSbeVersionRequired": "2.1.0.0",
            "updateStateProperties": {"progressPercentage": 0.0, "notifyMessage": ""},
        },
    }  # fmt: skip


def add_security(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    """Let the security settings appear as an upgrade leaves them: no baseline applied, encryption not looked at yet.

    Source: Microsoft Learn, manage security after an upgrade (an upgrade does not change the security posture);
    whether Azure shows the resource before somebody applies a baseline is not confirmed.
    """
    found = _cluster(azure, upgraded)
    if found is not None and azure.switch("security-settings-after-upgrade") == "reported":
        azure.changed(security_document(found[0], "NonCompliant", "Pending", now))


def security_document(cluster: Document, baselines: str, encryption: str, now: datetime) -> Document:
    """Return `securitySettings/default`: each compliance is Compliant, NonCompliant or Pending."""
    assigned = ("securedCoreComplianceAssignment", "wdacComplianceAssignment")
    return {
        "id": f"{cluster['id']}/securitySettings/default", "name": "default",
        "type": "Microsoft.AzureStackHCI/clusters/securitySettings", "systemData": system_data(now),
        "properties": {
            **dict.fromkeys((*assigned, "smbEncryptionForIntraClusterTrafficComplianceAssignment"), "Audit"),
            "securityComplianceStatus": {
                "securedCoreCompliance": baselines, "wdacCompliance": baselines,
                "dataAtRestEncrypted": encryption, "dataInTransitProtected": encryption, "lastUpdated": stamp(now),
            },
            "provisioningState": "Succeeded",
        },
    }  # fmt: skip


def _registered(azure: Azure, upgraded: Upgraded, now: datetime) -> None:
    add_updates(azure, upgraded, now)
    add_security(azure, upgraded, now)


CHANGES: Mapping[str, Change] = {
    APPLIANCE.lower(): add_appliance,
    LOCATION.lower(): add_location,
    EXTENSIONS.lower(): add_extensions,
    REGISTER.lower(): _registered,
}
"""What a step changes when it has succeeded."""
