"""What the routes of Microsoft.AzureStackHCI have in common: ids, absences, systemData, operations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey_world import PROVIDER_APP
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.guards import require_registered, require_unlocked
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.store import Document, subscription_of
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Call, Principal, require

NAMESPACE = "Microsoft.AzureStackHCI"
GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
CLUSTER = f"{GROUP}/providers/{NAMESPACE}/clusters/{{cluster}}"
_MACHINE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.HybridCompute/machines/[^/]+", re.IGNORECASE
)


def is_machine_id(text: object) -> bool:
    """Return whether *text* is the id of an Arc machine."""
    return isinstance(text, str) and _MACHINE.fullmatch(text) is not None


def cluster_id_of(call: Call) -> str:
    """Return the id of the cluster in the path, as the client spelled it."""
    return CLUSTER.format(**call.params)


def parent_cluster(azure: Azure, cluster_id: str, verb: str, kind: str) -> Document:
    """Return a cluster, or raise ARM's answer to a child whose parent is not there."""
    cluster = azure.store.get(cluster_id)
    if cluster is None:
        raise ArmError(
            404, "ParentResourceNotFound",
            f"Failed to perform '{verb}' on resource(s) of type '{kind}', because the parent resource "
            f"'{cluster_id}' could not be found.",
        )  # fmt: skip
    return cluster


def found(azure: Azure, resource_id: str) -> Document:
    """Return a resource, or raise ARM's answer to one that is not there."""
    document = azure.store.get(resource_id)
    if document is None:
        raise not_found(resource_id)
    return document


def system_data(previous: Document | None, principal: Principal | None, now: datetime) -> dict[str, str]:
    """Return `systemData` after a write by *principal*; None is the resource provider itself."""
    who = principal.client_id if principal is not None else PROVIDER_APP
    old = (previous or {}).get("systemData") or {
        "createdBy": who, "createdByType": "Application", "createdAt": stamp(now),
    }  # fmt: skip
    return {**old, "lastModifiedBy": who, "lastModifiedByType": "Application", "lastModifiedAt": stamp(now)}


def begin(azure: Azure, resource_id: str, location: str, now: datetime) -> Operation:
    """Start an operation below the provider's location, spelled as the service does: WESTEUROPE."""
    place = location.replace(" ", "").upper()
    prefix = f"/subscriptions/{subscription_of(resource_id)}/providers/{NAMESPACE}/locations/{place}"
    return azure.operations.begin(resource_id, prefix, now)


def body_of(call: Call) -> Document:
    """Return the request's body, a JSON object, or raise 400."""
    if not call.request.body:
        raise ArmError(400, "InvalidRequestContent", "The request content was invalid: a JSON object is required.")
    told = require(call.request.json(), dict, "The request content was invalid: a JSON object is required.")
    return dict(told)


def changed(document: Document, **properties: Any) -> Document:
    """Return a copy of *document* with some of its properties replaced; nothing else is copied."""
    return {**document, "properties": {**(document.get("properties") or {}), **properties}}


def allow_write(azure: Azure, resource_id: str) -> None:
    """Raise what ARM answers when the provider is not registered or a lock forbids writing."""
    require_registered(azure, resource_id)
    require_unlocked(azure, resource_id, "write")


def properties_of(document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return a document's properties, or none."""
    return (document or {}).get("properties") or {}
