"""Microsoft.AzureStackHCI/clusters/arcSettings and their extensions, read from the cluster's Arc machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.api_versions import HCI
from azlocal.sandbox.journey_checks import LCM_NAME, lcm_extension
from azlocal.sandbox.journey_world import MANDATORY
from azlocal.sandbox.providers.hci_documents import (
    CLUSTER,
    NAMESPACE,
    cluster_id_of,
    parent_cluster,
    properties_of,
)
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import Response, reply
from azlocal.sandbox.world import Azure, Call

KIND = f"{NAMESPACE}/clusters/arcSettings"
_NAMES = (LCM_NAME, *(one[0] for one in MANDATORY))


def register(azure: Azure) -> None:
    """Register the routes."""
    one = f"{CLUSTER}/arcSettings/{{setting}}"
    routes = (
        (f"{CLUSTER}/arcSettings", list_all, KIND),
        (one, get, KIND),
        (f"{one}/extensions", list_extensions, f"{KIND}/extensions"),
        (f"{one}/extensions/{{extension}}", get_extension, f"{KIND}/extensions"),
    )
    for template, handler, kind in routes:
        azure.router.add("GET", template, handler, resource_type=kind, api_versions=HCI, action=f"{kind}/read")


@dataclass(frozen=True, slots=True)
class _Nodes:
    """A cluster and its Arc machines, by node."""

    azure: Azure
    cluster: Document
    machines: Mapping[str, Document]


def _nodes(call: Call) -> _Nodes:
    cluster = parent_cluster(call.azure, cluster_id_of(call), "read", "clusters/arcSettings")
    return _Nodes(call.azure, cluster, machines_of(call.azure, cluster))


def machines_of(azure: Azure, cluster: Document) -> dict[str, Document]:
    """Return the Arc machines of a cluster by the name of their node, in the order of the nodes."""
    reported = properties_of(cluster).get("reportedProperties") or {}
    machines = {}
    for node in reported.get("nodes") or ():
        machine = azure.store.get(str(node.get("ehcResourceId", "")))
        if machine is not None:
            machines[str(node.get("name", machine["name"]))] = machine
    return machines


def list_all(call: Call) -> Response:
    """Answer the Arc settings of a cluster: one, or none when no node is an Arc machine."""
    settings = _settings(_nodes(call), "default")
    return page(call, [] if settings is None else [settings])


def get(call: Call) -> Response:
    """Answer one cluster's Arc settings."""
    return reply(_existing(_nodes(call), call.param("setting")))


def list_extensions(call: Call) -> Response:
    """Answer the extensions that Azure Local manages, each gathered over the nodes."""
    nodes = _nodes(call)
    settings = _existing(nodes, call.param("setting"))
    return page(call, [one for name in _NAMES if (one := _extension(nodes, settings, name)) is not None])


def get_extension(call: Call) -> Response:
    """Answer one extension, gathered over the nodes."""
    nodes, wanted = _nodes(call), call.param("extension")
    settings = _existing(nodes, call.param("setting"))
    name = next((one for one in _NAMES if one.lower() == wanted.lower()), "")
    extension = _extension(nodes, settings, name) if name else None
    if extension is None:
        raise not_found(f"{settings['id']}/extensions/{wanted}")
    return reply(extension)


def _existing(nodes: _Nodes, name: str) -> Document:
    settings = _settings(nodes, name)
    if settings is None:
        raise not_found(f"{nodes.cluster['id']}/arcSettings/{name}")
    return settings


def _settings(nodes: _Nodes, name: str) -> Document | None:
    """Return what a scenario stored, else what the machines tell; the only name in use is `default`."""
    stored = nodes.azure.store.get(f"{nodes.cluster['id']}/arcSettings/{name}")
    if stored is not None or name.lower() != "default" or not nodes.machines:
        return stored
    details = [_detail(node, machine) for node, machine in nodes.machines.items()]
    told = properties_of(nodes.cluster)
    return {
        "id": f"{nodes.cluster['id']}/arcSettings/default", "name": "default", "type": KIND.lower(),
        **({"systemData": nodes.cluster["systemData"]} if "systemData" in nodes.cluster else {}),
        "properties": {
            "provisioningState": "Succeeded",
            "arcInstanceResourceGroup": details[0]["arcInstance"].split("/")[4],
            "arcApplicationClientId": told.get("aadClientId"),
            "arcApplicationTenantId": told.get("aadTenantId") or nodes.azure.tenant_id,
            "arcServicePrincipalObjectId": told.get("aadServicePrincipalObjectId"),
            "arcApplicationObjectId": told.get("aadApplicationObjectId"),
            "aggregateState": _aggregate([one["state"] for one in details], "Connected", "Disconnected"),
            "perNodeDetails": details,
            "connectivityProperties": {"enabled": False, "serviceConfigurations": []},
            "defaultExtensions": [],
        },
    }  # fmt: skip


def _detail(node: str, machine: Document) -> Document:
    identity = machine.get("identity") or {}
    return {
        "name": node, "arcInstance": machine["id"], "arcNodeServicePrincipalObjectId": identity.get("principalId"),
        "state": properties_of(machine).get("status", "NotSpecified"),
    }  # fmt: skip


def _aggregate(states: Sequence[str], good: str, bad: str) -> str:
    """Return one state for many: all good, some good, else the one they share or *bad*."""
    if all(state == good for state in states):
        return good
    if any(state == good for state in states):
        return f"Partially{good}"
    return states[0] if len(set(states)) == 1 else bad


def _extension(nodes: _Nodes, settings: Document, name: str) -> Document | None:
    by_node = {
        node: extension
        for node, machine in nodes.machines.items()
        if (extension := _of_machine(nodes.azure, machine, name)) is not None
    }
    if not by_node:
        return None
    first = properties_of(next(iter(by_node.values())))
    states = [str(properties_of(one).get("provisioningState", "NotSpecified")) for one in by_node.values()]
    missing = ["NotSpecified"] * (len(nodes.machines) - len(by_node))
    parameters: dict[str, Any] = {
        field: first.get(field)
        for field in ("publisher", "type", "typeHandlerVersion", "autoUpgradeMinorVersion", "enableAutomaticUpgrade")
    }
    return {
        "id": f"{settings['id']}/extensions/{name}", "name": name, "type": f"{KIND}/extensions".lower(),
        **({"systemData": settings["systemData"]} if "systemData" in settings else {}),
        "properties": {
            "provisioningState": "Succeeded",
            "extensionParameters": {**parameters, "settings": first.get("settings") or {}},
            "aggregateState": _aggregate([*states, *missing], "Succeeded", "Failed"),
            "managedBy": "Azure",
            "perNodeExtensionDetails": [_node_detail(node, one) for node, one in by_node.items()],
        },
    }  # fmt: skip


def _of_machine(azure: Azure, machine: Document, name: str) -> Document | None:
    if name == LCM_NAME:
        return lcm_extension(azure.store, machine["id"])
    return azure.store.get(f"{machine['id']}/extensions/{name}")


def _node_detail(node: str, extension: Document) -> Document:
    told = properties_of(extension)
    detail = {
        "name": node, "extension": extension["id"], "typeHandlerVersion": told.get("typeHandlerVersion"),
        "state": told.get("provisioningState", "NotSpecified"),
    }  # fmt: skip
    return {**detail, "instanceView": told["instanceView"]} if told.get("instanceView") else detail
