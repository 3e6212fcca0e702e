"""Clusters and what hangs on them, as Microsoft.AzureStackHCI answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.documents import TENANT, guid, name_of, registered_at, system_data, system_identity
from azlocal.sandbox.documents_arc import (
    DEVICE_MANAGEMENT,
    LCM,
    REMOTE_SUPPORT,
    TELEMETRY,
    Extension,
    Hardware,
    serial_number,
)
from azlocal.sandbox.store import Document

CLUSTERS = "microsoft.azurestackhci/clusters"
SETTINGS = "microsoft.azurestackhci/clusters/deploymentsettings"
SECRET = "AzureStackLCMUserCredential"
_UNLICENSED = {"oemActivation": "Disabled", "windowsServerSubscription": "Disabled"}
_DISPLAY = {"20349": "22H2", "25398": "23H2", "26100": "24H2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node as the cluster's own census tells it."""

    name: str
    os_version: str
    machine_id: str


def cluster(
    resource: str,
    *,
    location: str,
    tags: Mapping[str, str],
    nodes: Sequence[Node],
    hardware: Hardware,
    failover_name: str,
    now: datetime,
    synced: datetime,
    status: str = "ConnectedRecently",
    connectivity: str = "Connected",
    identity: str = "SystemAssigned",
    licences: Mapping[str, str] | None = None,
) -> Document:
    """Return a cluster; *synced* is when it reported last, *now* what its older dates are counted from.

    *licences* says what of `oemActivation` and `windowsServerSubscription` is not Disabled.
    """
    born = registered_at(resource, now)
    licensed = {**_UNLICENSED, **(licences or {})}
    return {
        "id": resource,
        "name": name_of(resource),
        "type": CLUSTERS,
        "location": location,
        "tags": dict(tags),
        "systemData": system_data(born, synced),
        "identity": system_identity(resource, identity),
        "properties": {
            "provisioningState": "Succeeded",
            "status": status,
            "connectivityStatus": connectivity,
            **_registration(resource, born, synced),
            "softwareAssuranceProperties": {
                "softwareAssuranceStatus": "Disabled",
                "softwareAssuranceIntent": "Disable",
                "lastUpdated": stamp(born + timedelta(days=85)),
            },
            "desiredProperties": {
                "windowsServerSubscription": licensed["windowsServerSubscription"],
                "diagnosticLevel": "Basic",
            },
            "reportedProperties": _reported(resource, nodes, hardware, failover_name, synced, licensed),
        },
    }


def _registration(resource: str, born: datetime, synced: datetime) -> dict[str, Any]:
    return {
        "cloudId": guid(resource, "cloud"),
        "cloudManagementEndpoint": "",
        "trialDaysRemaining": 0,
        "billingModel": "Monthly",
        "aadClientId": guid(resource, "client"),
        "aadTenantId": TENANT,
        "aadApplicationObjectId": guid(resource, "application"),
        "aadServicePrincipalObjectId": guid(resource, "service-principal"),
        "resourceProviderObjectId": guid(TENANT, "resource-provider"),
        "registrationTimestamp": stamp(born + timedelta(minutes=7)),
        "lastSyncTimestamp": stamp(synced),
        "lastBillingTimestamp": stamp(synced - timedelta(hours=5)),
        "serviceEndpoint": "https://azurestackhci.azurefd.net",
    }


def _reported(
    resource: str, nodes: Sequence[Node], hardware: Hardware, failover_name: str, synced: datetime,
    licensed: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "clusterName": failover_name,
        "clusterId": guid(resource, "failover"),
        "clusterVersion": nodes[0].os_version if nodes else "",
        "nodes": [_node(node, place, hardware, licensed) for place, node in enumerate(nodes, 1)],
        "lastUpdated": stamp(synced),
        "imdsAttestation": "Disabled",
        "diagnosticLevel": "Basic",
        "supportedCapabilities": [],
        "clusterType": "ThirdParty",
        "manufacturer": hardware.manufacturer,
        "oemActivation": licensed["oemActivation"],
    }


def _node(node: Node, place: int, hardware: Hardware, licensed: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": node.name,
        "id": place,
        "windowsServerSubscription": licensed["windowsServerSubscription"],
        "nodeType": "ThirdParty",
        "ehcResourceId": _as_reported(node.machine_id),
        "manufacturer": hardware.manufacturer,
        "model": hardware.model,
        "osName": "Azure Stack HCI",
        "osVersion": node.os_version,
        "osDisplayVersion": display_version(node.os_version),
        "serialNumber": serial_number(node.machine_id),
        "coreCount": hardware.cores,
        "memoryInGiB": hardware.memory,
        "oemActivation": licensed["oemActivation"],
    }


def display_version(os_version: str) -> str:
    """Return the marketing name of `10.0.25398.1904`, empty for a family nobody named."""
    return _DISPLAY.get(".".join(os_version.split(".")[2:3]), "")


def _as_reported(machine_id: str) -> str:
    """Return a machine's id with the casing that clusters use when they report it."""
    return machine_id.replace("/resourceGroups/", "/resourcegroups/").replace(
        "/Microsoft.HybridCompute/", "/microsoft.hybridcompute/"
    )


def arc_settings(cluster_id: str, machines: Sequence[Document], *, group: str, now: datetime) -> Document:
    """Return `arcSettings/default`; *group* is the resource group of the machines."""
    born = registered_at(cluster_id, now)
    details = [_arc_node(one) for one in machines]
    connected = all(one["state"] == "Connected" for one in details)
    return {
        "id": f"{cluster_id}/arcSettings/default",
        "name": "default",
        "type": "microsoft.azurestackhci/clusters/arcsettings",
        "systemData": system_data(born, born + timedelta(days=3)),
        "properties": {
            "provisioningState": "Succeeded",
            "arcInstanceResourceGroup": group,
            "arcApplicationClientId": guid(cluster_id, "arc-client"),
            "arcApplicationTenantId": TENANT,
            "arcServicePrincipalObjectId": guid(cluster_id, "arc-service-principal"),
            "arcApplicationObjectId": guid(cluster_id, "arc-application"),
            "aggregateState": "Connected" if connected else "PartiallyConnected",
            "perNodeDetails": details,
            "connectivityProperties": {
                "enabled": True,
                "serviceConfigurations": [{"serviceName": "WAC", "port": 6516}],
            },
            "defaultExtensions": [{"category": "Telemetry", "consentTime": stamp(born + timedelta(days=3))}],
        },
    }


def _arc_node(machine: Document) -> dict[str, Any]:
    return {
        "name": machine["name"],
        "arcInstance": machine["id"],
        "arcNodeServicePrincipalObjectId": machine["identity"]["principalId"],
        "state": machine["properties"]["status"],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The subnet of a cluster: a /24 named by its first three octets."""

    prefix: str

    def host(self, place: int) -> str:
        """Return the address of the *place*-th node, counted from 0."""
        return f"{self.prefix}.{21 + place}"

    @property
    def gateway(self) -> str:
        """Return the default gateway."""
        return f"{self.prefix}.1"

    @property
    def dns(self) -> tuple[str, str]:
        """Return the DNS servers."""
        return f"{self.prefix}.10", f"{self.prefix}.11"

    def pool(self, first: int = 40) -> tuple[str, str]:
        """Return the ends of a pool of ten addresses."""
        return f"{self.prefix}.{first}", f"{self.prefix}.{first + 9}"


def edge_device(machine_id: str, address: str, *, synced: datetime) -> Document:
    """Return `edgeDevices/default` of a machine, as it stands once its extensions have reported."""
    network = Network(prefix=address.rsplit(".", 1)[0])
    extensions = (TELEMETRY, DEVICE_MANAGEMENT, LCM, REMOTE_SUPPORT)
    return {
        "id": f"{machine_id}/providers/Microsoft.AzureStackHCI/edgeDevices/default",
        "name": "default",
        "type": "microsoft.azurestackhci/edgedevices",
        "systemData": system_data(synced - timedelta(days=4), synced),
        "kind": "HCI",
        "properties": {
            "provisioningState": "Succeeded",
            "deviceConfiguration": {"nicDetails": [_wanted_nic(network, address)], "deviceMetadata": ""},
            "reportedProperties": {
                "deviceState": "Connected",
                "extensionProfile": {"extensions": [_on_device(machine_id, one) for one in extensions]},
                "lastSyncTimestamp": stamp(synced),
                "networkProfile": {"nicDetails": [_found_nic(network, address, machine_id)], "switchDetails": []},
                "osProfile": {"bootType": "UEFI", "assemblyVersion": "10.2604.0.123"},
                "sbeDeploymentPackageInfo": {"code": "Success", "message": "", "sbeManifest": ""},
                "storageProfile": {"poolableDisksCount": 0},
                "hardwareProfile": {"processorType": "Intel"},
            },
        },
    }


def _nic(network: Network, address: str) -> dict[str, Any]:
    return {
        "adapterName": "ethernet",
        "interfaceDescription": "NIC 25G port 1",
        "driverVersion": "10.0.25398.1",
        "ip4Address": address,
        "subnetMask": "255.255.255.0",
        "defaultGateway": network.gateway,
        "dnsServers": list(network.dns),
    }


def _wanted_nic(network: Network, address: str) -> dict[str, Any]:
    return {
        **_nic(network, address),
        "componentId": "VMBUS{f8615163-df3e-46c5-913f-f2d2f965ed0e}",
        "defaultIsolationId": "0",
    }


def _found_nic(network: Network, address: str, machine_id: str) -> dict[str, Any]:
    digits = guid(machine_id, "mac").replace("-", "").upper()
    return {
        **_nic(network, address),
        "macAddress": f"00-15-5D-{digits[0:2]}-{digits[2:4]}-{digits[4:6]}",
        "nicType": "Physical",
        "nicStatus": "Up",
        "vlanId": "0",
        "rdmaCapability": "Enabled",
    }


def _on_device(machine_id: str, what: Extension) -> dict[str, Any]:
    return {
        "extensionName": what.name,
        "state": "Succeeded",
        "errorDetails": [],
        "extensionResourceId": f"{machine_id}/extensions/{what.name}",
        "typeHandlerVersion": what.version,
        "managedBy": "Azure",
    }


def settings_request(mode: str, parameters: Mapping[str, Any], cluster_name: str) -> Document:
    """Return the body of a PUT of `deploymentSettings/default` for a solution upgrade.

    *parameters* bear the names of the published template's parameters.
    """
    told = parameters.get
    data = {
        "observability": {
            name: told(name, True) for name in ("streamingDataClient", "euLocation", "episodicDataUpload")
        },
        "cluster": {"name": parameters["failoverClusterName"]},
        "storage": {"configurationMode": "InfraOnly"},
        "namingPrefix": told("namingPrefix", "HCI001"),
        "domainFqdn": parameters["domainFqdn"],
        "infrastructureNetwork": [_infrastructure(parameters)],
        "physicalNodes": parameters["physicalNodesSettings"],
        "adouPath": told("adouPath", ""),
        "optionalServices": {"customLocation": parameters["customLocation"]},
        "secrets": [
            {
                "secretName": f"{cluster_name}-{SECRET}",
                "eceSecretName": SECRET,
                "secretLocation": parameters["lcmSecretUri"],
            }
        ],
    }
    return {
        "properties": {
            "arcNodeResourceIds": parameters["arcNodeResourceIds"],
            "deploymentMode": mode,
            "operationType": "ClusterUpgrade",
            "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": data}]},
        }
    }


def _infrastructure(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "subnetMask": parameters["subnetMask"],
        "gateway": parameters["defaultGateway"],
        "ipPools": [
            {
                "startingAddress": parameters["startingIPAddress"],
                "endingAddress": parameters["endingIPAddress"],
            }
        ],
        "dnsServers": parameters["dnsServers"],
    }
