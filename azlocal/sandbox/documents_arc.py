"""Arc machines and their extensions, as Microsoft.HybridCompute answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.documents import guid, name_of, system_identity
from azlocal.sandbox.store import Document

MACHINES = "Microsoft.HybridCompute/machines"
EXTENSIONS = "Microsoft.HybridCompute/machines/extensions"
DOMAIN = "ad.northwind.example"


@dataclass(frozen=True, slots=True)
class Extension:
    """What an extension is, whatever machine it is on. *version* is the current one."""

    name: str
    publisher: str
    type: str
    version: str


LCM = Extension("AzureEdgeLifecycleManager", "Microsoft.AzureStack.Orchestration", "LcmController", "30.2604.0.2017")
TELEMETRY = Extension(
    "AzureEdgeTelemetryAndDiagnostics", "Microsoft.AzureStack.Observability", "TelemetryAndDiagnostics", "2.0.18.0"
)
DEVICE_MANAGEMENT = Extension(
    "AzureEdgeDeviceManagement", "Microsoft.Edge", "DeviceManagementExtension", "1.2604.0.3037"
)
REMOTE_SUPPORT = Extension(
    "AzureEdgeRemoteSupport", "Microsoft.AzureStack.Observability", "EdgeRemoteSupport", "1.1.7.0"
)
MONITOR = Extension("AzureMonitorWindowsAgent", "Microsoft.Azure.Monitor", "AzureMonitorWindowsAgent", "1.33.0.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What a machine is made of."""

    manufacturer: str = "Contoso Hardware"
    model: str = "AX-650"
    cores: int = 32
    memory: int = 512
    """Memory in GiB."""


def machine(
    resource: str,
    *,
    cluster: str,
    location: str,
    os_version: str,
    status: str,
    changed: datetime,
    address: str,
    hardware: Hardware,
    tags: Mapping[str, str],
) -> Document:
    """Return a physical host of a cluster; *cluster* is its id, *changed* when its status changed last."""
    name = name_of(resource)
    return {
        "id": resource,
        "name": name,
        "type": MACHINES,
        "location": location,
        "tags": dict(tags),
        "identity": system_identity(resource),
        "properties": {
            "provisioningState": "Succeeded",
            "status": status,
            "lastStatusChange": stamp(changed),
            "agentVersion": "1.57.03243.2641",
            "vmId": guid(resource, "vm"),
            "vmUuid": guid(resource, "uuid"),
            **_names(name),
            **_system(os_version),
            "parentClusterResourceId": cluster,
            "detectedProperties": _detected(resource, hardware),
            **_agent(status),
            "licenseProfile": {"licenseStatus": "Licensed", "licenseChannel": "Volume:GVLK"},
            "networkProfile": {"networkInterfaces": [_interface(address)]},
        },
    }


def _names(name: str) -> dict[str, Any]:
    full = f"{name}.{DOMAIN}"
    return {
        "displayName": name,
        "machineFqdn": full,
        "domainName": DOMAIN,
        "adFqdn": full,
        "dnsFqdn": full,
        "osProfile": {"computerName": name},
    }


def _system(os_version: str) -> dict[str, Any]:
    return {
        "osName": "windows",
        "osVersion": os_version,
        "osType": "windows",
        "osSku": "Azure Stack HCI",
        "osEdition": "ServerAzureStackHCICor",
        "cloudMetadata": {"provider": "AzSHCI"},
    }


def serial_number(resource: str) -> str:
    """Return a host's serial number, the same wherever it is told."""
    return "SN" + guid(resource, "serial")[:8].upper()


def _detected(resource: str, hardware: Hardware) -> dict[str, str]:
    return {
        "cloudprovider": "AzSHCI",
        "manufacturer": hardware.manufacturer,
        "model": hardware.model,
        "coreCount": str(hardware.cores),
        "logicalCoreCount": str(hardware.cores * 2),
        "processorCount": "2",
        "totalPhysicalMemoryInGigabytes": str(hardware.memory),
        "serialNumber": serial_number(resource),
    }


def _agent(status: str) -> dict[str, Any]:
    running = {"status": "running" if status == "Connected" else "unknown", "startupType": "automatic"}
    return {
        "agentConfiguration": {
            "proxyUrl": "",
            "incomingConnectionsPorts": [],
            "extensionsAllowList": [],
            "extensionsBlockList": [],
            "proxyBypass": [],
            "extensionsEnabled": "true",
            "guestConfigurationEnabled": "true",
            "configMode": "full",
        },
        "serviceStatuses": {"extensionService": running, "guestConfigurationService": dict(running)},
    }


def _interface(address: str) -> dict[str, Any]:
    prefix = address.rsplit(".", 1)[0]
    return {
        "ipAddresses": [
            {"address": address, "ipAddressVersion": "IPv4", "subnet": {"addressPrefix": f"{prefix}.0/24"}},
        ]
    }


_VIEWS = {
    "Succeeded": ("0", "Info", "Provisioning succeeded", "Extension ready"),
    "Failed": ("52", "Error", "Provisioning failed", "Extension handler exited with code 52"),
    "Creating": ("", "Info", "Creating", "Enabling the extension"),
    "Updating": ("", "Info", "Updating", "Enabling the extension"),
}


def machine_extension(
    machine_id: str, what: Extension, *, location: str, at: datetime, version: str = "", state: str = "Succeeded"
) -> Document:
    """Return an extension on a machine; *version* empty means the current one."""
    number = version or what.version
    code, level, display, message = _VIEWS.get(state, _VIEWS["Failed"])
    return {
        "id": f"{machine_id}/extensions/{what.name}",
        "name": what.name,
        "type": EXTENSIONS,
        "location": location,
        "properties": {
            "publisher": what.publisher,
            "type": what.type,
            "typeHandlerVersion": number,
            "autoUpgradeMinorVersion": False,
            "enableAutomaticUpgrade": True,
            "settings": {},
            "provisioningState": state,
            "instanceView": {
                "name": what.name,
                "type": what.type,
                "typeHandlerVersion": number,
                "status": {
                    "code": code,
                    "level": level,
                    "displayStatus": display,
                    "message": message,
                    "time": stamp(at - timedelta(hours=6)),
                },
            },
        },
    }
