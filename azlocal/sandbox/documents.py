"""What a world starts with, as ARM documents: identifiers, audit data, subscriptions, groups, locks.

The other builders stand in `documents_arc` (machines and extensions), `documents_hci` (clusters and what
hangs on them) and `documents_shared` (storage, vaults, telemetry, roles, resource bridge). Every builder
takes what differs from one resource to the next and returns a document with all the keys Azure answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.store import Document

TENANT = "22222222-2222-4222-8222-222222222222"
OPERATOR = "ops@northwind.example"
# The application by which the Azure Local resource provider signs its own changes.
# Source: Azure/bicep-registry-modules, avm/res/azure-stack-hci/cluster.
RESOURCE_PROVIDER = "1412d89f-b8a8-4111-b4fd-e82905cbd85d"


def guid(*parts: str) -> str:
    """Return a GUID that depends on *parts* alone, so that the same world has the same ids every time."""
    digits = hashlib.sha256("\n".join(parts).lower().encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def number(limit: int, *parts: str) -> int:
    """Return a whole number below *limit* that depends on *parts* alone."""
    return int(hashlib.sha256("\n".join(parts).lower().encode()).hexdigest()[:12], 16) % limit


def resource_id(subscription: str, group: str, kind: str, *names: str) -> str:
    """Return the id of a resource in a group; *kind* is its full type, *names* are outermost first."""
    namespace, *types = kind.split("/")
    tail = "".join(f"/{part}/{name}" for part, name in zip(types, names, strict=True))
    return f"{group_id(subscription, group)}/providers/{namespace}{tail}"


def group_id(subscription: str, group: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def name_of(resource: str) -> str:
    """Return the last segment of an id."""
    return resource.rsplit("/", 1)[-1]


def system_data(created: datetime, changed: datetime) -> dict[str, Any]:
    """Return who made a resource and who changed it last: an operator, then the resource provider."""
    return {
        "createdBy": OPERATOR,
        "createdByType": "User",
        "createdAt": stamp(created),
        "lastModifiedBy": RESOURCE_PROVIDER,
        "lastModifiedByType": "Application",
        "lastModifiedAt": stamp(changed),
    }


def registered_at(resource: str, now: datetime) -> datetime:
    """Return when a cluster born as 22H2 was registered: two to three and a half years before *now*."""
    return now - timedelta(days=730 + number(550, resource), seconds=number(86400, resource, "second"))


def system_identity(resource: str, kind: str = "SystemAssigned") -> dict[str, Any]:
    """Return a resource's identity; *kind* None means that it has none."""
    if kind == "None":
        return {"type": "None"}
    return {"type": kind, "principalId": guid(resource, "principal"), "tenantId": TENANT}


def tracked(resource: str, kind: str, location: str, properties: Mapping[str, Any], /, **more: Any) -> Document:
    """Return any tracked resource; *more* holds tags, sku, kind, identity and the like."""
    document = {"id": resource, "name": name_of(resource), "type": kind, "location": location}
    return {**document, "tags": {}, **more, "properties": dict(properties)}


def subscription(subscription_id: str, name: str, tags: Mapping[str, str]) -> Document:
    """Return a subscription in the form of `GET /subscriptions/{id}` (api-version 2022-12-01)."""
    return {
        "id": f"/subscriptions/{subscription_id}",
        "name": name,
        "type": "Microsoft.Resources/subscriptions",
        "subscriptionId": subscription_id,
        "tenantId": TENANT,
        "displayName": name,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
        "tags": dict(tags),
        "properties": {"state": "Enabled"},
    }


def resource_group(subscription_id: str, name: str, location: str, tags: Mapping[str, str]) -> Document:
    """Return a resource group."""
    resource = group_id(subscription_id, name)
    return tracked(
        resource, "Microsoft.Resources/resourceGroups", location, {"provisioningState": "Succeeded"}, tags=dict(tags)
    )


def lock(scope: str, name: str, level: str, now: datetime) -> Document:
    """Return a management lock on *scope*; *level* is CanNotDelete or ReadOnly."""
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/locks/{name}",
        "name": name,
        "type": "Microsoft.Authorization/locks",
        "systemData": system_data(now - timedelta(days=200), now - timedelta(days=200)),
        "properties": {"level": level, "notes": "Kept by the platform team."},
    }
