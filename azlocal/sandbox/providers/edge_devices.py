"""Microsoft.AzureStackHCI/edgeDevices: the extension resource by which the service knows a server."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from azlocal.sandbox.api_versions import HCI_DEPLOYMENT
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey_checks import LCM_NAME, lcm_extension
from azlocal.sandbox.journey_plan import share
from azlocal.sandbox.journey_world import MANDATORY
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.hci_documents import (
    GROUP,
    NAMESPACE,
    allow_write,
    begin,
    body_of,
    changed,
    found,
    is_machine_id,
    properties_of,
    system_data,
)
from azlocal.sandbox.providers.hci_settings_body import checked_name
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import require_allowed
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

KIND = f"{NAMESPACE}/edgeDevices"
_TAIL = f"/providers/{KIND}"
_MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/{{machine}}"
_DEVICE_TIMEOUT = timedelta(seconds=600)


def register(azure: Azure) -> None:
    """Register the routes and the writer."""
    azure.resource_type(KIND, EdgeDevices())
    one = f"{_MACHINE}{_TAIL}/{{name}}"
    for method, template, handler, verb in (
        ("GET", f"{_MACHINE}{_TAIL}", list_all, "read"),
        ("GET", one, get, "read"),
        ("PUT", one, put, "write"),
        ("DELETE", one, delete, "delete"),
        ("POST", f"{one}/validate", validate, "validate/action"),
    ):
        azure.router.add(
            method, template, handler, resource_type=KIND, api_versions=HCI_DEPLOYMENT, action=f"{KIND}/{verb}"
        )


def _device_id(call: Call) -> str:
    return f"{_MACHINE.format(**call.params)}{_TAIL}/{call.param('name')}"


def list_all(call: Call) -> Response:
    """Answer the edge devices of a machine."""
    machine = found(call.azure, _MACHINE.format(**call.params))
    devices = call.azure.store.of_type(KIND, under=f"{machine['id']}{_TAIL}/")
    return page(call, [_present(call.azure, one) for one in devices])


def get(call: Call) -> Response:
    """Answer one edge device with what the server reports now."""
    return reply(_present(call.azure, found(call.azure, _device_id(call))))


def put(call: Call) -> Response:
    """Answer a PUT: 201 for a new device, 200 for an existing one, and where to follow the operation."""
    body = body_of(call)
    written = EdgeDevices().put(call.azure, _device_id(call), body, now=call.now, principal=call.principal)
    headers = async_headers(call, written.operation) if written.operation else {}
    return reply(written.document, 201 if written.created else 200, headers)


def delete(call: Call) -> Response:
    """Answer a DELETE: 204 when there is none, else 202 and some seconds until it is gone."""
    azure = call.azure
    device = azure.store.get(_device_id(call))
    if device is None:
        return reply(None, 204)
    require_unlocked(azure, device["id"], "delete")
    operation = begin(azure, device["id"], _location(azure, device["id"]), call.now)
    azure.changed(changed(device, provisioningState="Deleting"))
    azure.after(call.now, timedelta(seconds=15), partial(_gone, azure, device["id"], operation))
    return reply(None, 202, location_headers(call, operation))


def validate(call: Call) -> Response:
    """Answer the validate action: 202, and `{"status": "success"}` when every named device is connected."""
    azure, body = call.azure, body_of(call)
    device = found(azure, _device_id(call))
    named = body.get("edgeDeviceIds")
    if not isinstance(named, list) or not named or not all(isinstance(one, str) for one in named):
        raise ArmError(400, "InvalidRequestContent", "The value of 'edgeDeviceIds' must be a list of resource ids.")
    # The operation is about the action: its result is the answer of the action, not the device.
    operation = begin(azure, f"{device['id']}/validate", _location(azure, device["id"]), call.now)
    azure.after(call.now, timedelta(seconds=25), partial(_validated, azure, tuple(named), operation))
    return reply(None, 202, location_headers(call, operation))


def _validated(azure: Azure, named: Iterable[str], operation: Operation, at: datetime) -> None:
    for one in named:
        if azure.store.get(_full(one)) is None:
            error = {"code": "EdgeDeviceNotFound", "message": f"The edge device '{one}' was not found."}
            operation.end("Failed", at, error)
            return
    operation.properties = {"status": "success"}
    operation.end("Succeeded", at)


def _full(device_id: str) -> str:
    """Return a device's whole id: examples of 2024-04-01 leave the provider segment out."""
    if _TAIL.lower() in device_id.lower():
        return device_id
    head, _, name = device_id.rpartition("/")
    return f"{head.rpartition('/')[0]}{_TAIL}/{name}"


def _gone(azure: Azure, device_id: str, operation: Operation, at: datetime) -> None:
    azure.effects += azure.store.delete(device_id)
    operation.end("Succeeded", at)


class EdgeDevices:
    """How edge devices are written, by a client or by a template with `scope`."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create or refresh a device; the server's report is there some 20 to 40 seconds later."""
        machine = _machine(azure, resource_id)
        name = checked_name(resource_id.rstrip("/").rsplit("/", 1)[-1])
        kind = str(body.get("kind", ""))
        if kind.upper() != "HCI":
            raise ArmError(
                400, "InvalidRequestContent", f"The value '{kind}' of 'kind' is not known; it must be 'HCI'."
            )
        device_id = f"{machine['id']}{_TAIL}/{name}"
        allow_write(azure, device_id)
        require_allowed(azure, device_id, KIND, body)
        existing = azure.store.get(device_id)
        told = properties_of(body).get("deviceConfiguration") or properties_of(existing).get("deviceConfiguration")
        document: Document = {
            "id": device_id, "name": name, "type": KIND.lower(), "kind": "HCI",
            "systemData": system_data(existing, principal, now),
            "properties": {
                "provisioningState": "Accepted", "deviceConfiguration": told or {"nicDetails": [], "deviceMetadata": ""},
                "reportedProperties": properties_of(existing).get("reportedProperties") or {},
            },
        }  # fmt: skip
        azure.changed(document)
        operation = begin(azure, device_id, str(machine.get("location", "")), now)
        azure.after(now, _length(azure, machine, now), partial(_reported, azure, device_id, operation))
        return Written(document, existing is None, operation)


def _machine(azure: Azure, resource_id: str) -> Document:
    """Return the machine a device belongs to, or raise as ARM does when it is no machine or not there."""
    position = resource_id.lower().rfind(_TAIL.lower())
    machine_id = resource_id[:position]
    if position < 0 or not is_machine_id(machine_id):
        raise ArmError(
            400, "InvalidResourceType",
            f"The resource type '{KIND}' extends Microsoft.HybridCompute/machines only, not '{resource_id}'.",
        )  # fmt: skip
    machine = azure.store.get(machine_id)
    if machine is None:
        raise not_found(machine_id)
    return machine


def _length(azure: Azure, machine: Document, now: datetime) -> timedelta:
    if not _connected(machine):
        return _DEVICE_TIMEOUT
    return timedelta(seconds=20 + round(20 * share(azure.seed, machine["id"], stamp(now))))


def _connected(machine: Document) -> bool:
    return str(properties_of(machine).get("status", "")).lower() == "connected"


def _reported(azure: Azure, device_id: str, operation: Operation, at: datetime) -> None:
    """Let the server's report arrive, or fail to."""
    device, machine = azure.store.get(device_id), azure.store.get(device_id.partition(_TAIL)[0])
    if device is None or machine is None or properties_of(device).get("provisioningState") == "Deleting":
        operation.end("Canceled", at, {"code": "OperationCanceled", "message": "The operation was canceled."})
        return
    error = _problem(azure, machine)
    reported = {**_report(azure, machine), "lastSyncTimestamp": stamp(at)} if _connected(machine) else {}
    configuration = properties_of(device)["deviceConfiguration"]
    if not configuration.get("nicDetails"):
        configuration = {**configuration, "nicDetails": _configured_adapters(machine)}
    state = "Failed" if error else "Succeeded"
    azure.changed(
        changed(device, provisioningState=state, deviceConfiguration=configuration, reportedProperties=reported)
    )
    operation.end(state, at, error)


def _problem(azure: Azure, machine: Document) -> dict[str, Any] | None:
    if not _connected(machine):
        seconds = int(_DEVICE_TIMEOUT.total_seconds() * 1000)
        text = (
            f"OperationTimeout , No updates received from device for operation (PUT) beyond timeout of [{seconds}] ms"
        )
        return {"code": "OperationTimeout", "message": text}
    extension = lcm_extension(azure.store, machine["id"])
    if extension is not None and properties_of(extension).get("provisioningState") == "Failed":
        message = f"The extension {LCM_NAME} on {machine['name']} is in state Failed: {_message(extension)}"
        return {"code": "EdgeDeviceExtensionFailed", "target": extension["id"], "message": message}
    return None


def _present(azure: Azure, device: Document) -> Document:
    """Return a device with what the server reports now, once it has reported at all."""
    machine = azure.store.get(device["id"].partition(_TAIL)[0])
    last = (properties_of(device).get("reportedProperties") or {}).get("lastSyncTimestamp")
    if machine is None or last is None:
        return device
    return changed(device, reportedProperties={**_report(azure, machine), "lastSyncTimestamp": last})


def _report(azure: Azure, machine: Document) -> Document:
    told = properties_of(machine)
    return {
        "deviceState": "Connected" if _connected(machine) else "Disconnected",
        "extensionProfile": {"extensions": list(_extensions(azure, machine))},
        "networkProfile": {"nicDetails": _adapters(machine), "switchDetails": []},
        "osProfile": {"bootType": "UEFI", "assemblyVersion": _package(azure, machine)},
        "sbeDeploymentPackageInfo": {"code": "Success", "message": "", "sbeManifest": ""},
        "storageProfile": {"poolableDisksCount": 0},
        "hardwareProfile": {"processorType": str((told.get("detectedProperties") or {}).get("processorType", "Intel"))},
    }


def _package(azure: Azure, machine: Document) -> str:
    """Return the version of the package on the server: the extension 30.x brings the package 10.x."""
    version = str(properties_of(lcm_extension(azure.store, machine["id"])).get("typeHandlerVersion") or "")
    return f"10.{version.removeprefix('30.')}" if version else ""


def _extensions(azure: Azure, machine: Document) -> Iterable[Document]:
    found_ones = [azure.store.get(f"{machine['id']}/extensions/{name}") for name, *_ in MANDATORY]
    for extension in (lcm_extension(azure.store, machine["id"]), *found_ones):
        if extension is not None:
            told = properties_of(extension)
            failed = told.get("provisioningState") == "Failed"
            yield {
                "extensionName": extension["name"], "state": told.get("provisioningState", "NotSpecified"),
                "errorDetails": [{"exception": _message(extension)}] if failed else [],
                "extensionResourceId": extension["id"], "typeHandlerVersion": told.get("typeHandlerVersion"),
                "managedBy": "Azure",
            }  # fmt: skip


def _message(extension: Document) -> str:
    status = (properties_of(extension).get("instanceView") or {}).get("status") or {}
    return str(status.get("message") or "Extension handler failed.")


def _addresses(machine: Document) -> Iterable[tuple[int, Mapping[str, Any]]]:
    profile = properties_of(machine).get("networkProfile") or {}
    for place, adapter in enumerate(profile.get("networkInterfaces") or ()):
        for address in adapter.get("ipAddresses") or ():
            if address.get("ipAddressVersion", "IPv4") == "IPv4":
                yield place, address


def _adapters(machine: Document) -> list[Document]:
    return [
        {
            **_adapter(place, address), "macAddress": _mac(machine["id"], place), "nicType": "Physical",
            "nicStatus": "Up", "vlanId": "0", "rdmaCapability": "Enabled",
        }
        for place, address in _addresses(machine)
    ]  # fmt: skip


def _configured_adapters(machine: Document) -> list[Document]:
    return [
        {**_adapter(place, address), "componentId": "PCI\\VEN_8086&DEV_159B", "defaultIsolationId": "0"}
        for place, address in _addresses(machine)
    ]


def _adapter(place: int, address: Mapping[str, Any]) -> Document:
    prefix = str((address.get("subnet") or {}).get("addressPrefix") or f"{address['address']}/24")
    subnet = ipaddress.IPv4Network(prefix, strict=False)
    return {
        "adapterName": f"ethernet{place or ''}", "interfaceDescription": f"NIC 25G port {place + 1}",
        "driverVersion": "1.17.73.0", "ip4Address": address["address"], "subnetMask": str(subnet.netmask),
        "defaultGateway": str(subnet[1]) if subnet.num_addresses > 1 else str(subnet[0]), "dnsServers": [],
    }  # fmt: skip


def _mac(machine_id: str, place: int) -> str:
    octets = (int(share(place, machine_id, str(one)) * 256) for one in range(3))
    return "-".join(("00", "15", "5D", *(f"{octet:02X}" for octet in octets)))


def _location(azure: Azure, device_id: str) -> str:
    return str((azure.store.get(device_id.partition(_TAIL)[0]) or {}).get("location", ""))
