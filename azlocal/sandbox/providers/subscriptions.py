"""Subscriptions, their locations, and the tenant: what a client looks at first."""

from __future__ import annotations

from typing import Any

from azlocal.sandbox.api_versions import SUBSCRIPTIONS
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import Response, reply
from azlocal.sandbox.world import Azure, Call

TYPE = "Microsoft.Resources/subscriptions"
_SHOWN = ("authorizationSource", "managedByTenants", "subscriptionPolicies", "promotions")
# name, what the portal calls it, its pair, where it lies. Source: `az account list-locations`.
REGIONS = (
    ("westeurope", "West Europe", "northeurope", "Europe"),
    ("northeurope", "North Europe", "westeurope", "Europe"),
    ("eastus", "East US", "westus", "US"),
    ("eastus2", "East US 2", "centralus", "US"),
    ("southcentralus", "South Central US", "northcentralus", "US"),
    ("canadacentral", "Canada Central", "canadaeast", "Canada"),
    ("japaneast", "Japan East", "japanwest", "Asia Pacific"),
    ("southeastasia", "Southeast Asia", "eastasia", "Asia Pacific"),
    ("centralindia", "Central India", "southindia", "Asia Pacific"),
    ("australiaeast", "Australia East", "australiasoutheast", "Asia Pacific"),
)


def register(azure: Azure) -> None:
    """Register the routes of subscriptions and tenants."""
    for template, handler, action in (
        ("/subscriptions", list_all, ""),
        ("/subscriptions/{subscription}", get, f"{TYPE}/read"),
        ("/subscriptions/{subscription}/locations", locations, f"{TYPE}/locations/read"),
        ("/tenants", tenants, ""),
    ):
        azure.router.add("GET", template, handler, resource_type=TYPE, api_versions=SUBSCRIPTIONS, action=action)


def list_all(call: Call) -> Response:
    """Answer every subscription, under RBAC those in which the caller holds a role."""
    return page(call, (_shown(call.azure, one) for one in call.azure.store.of_type(TYPE) if _visible(call, one["id"])))


def _visible(call: Call, subscription: str) -> bool:
    principal = call.principal
    return not call.azure.rbac or principal is None or call.azure.rights.holds_any(principal.object_id, subscription)


def get(call: Call) -> Response:
    """Answer one subscription; the front door has seen that it is there."""
    return reply(_shown(call.azure, call.azure.store.get(f"/subscriptions/{call.param('subscription')}") or {}))


def _shown(azure: Azure, document: Document) -> dict[str, Any]:
    name = document["id"].rsplit("/", 1)[-1]
    body: dict[str, Any] = {
        "id": document["id"],
        "subscriptionId": name,
        "tenantId": azure.tenant_id,
        "displayName": document.get("displayName") or document.get("name") or name,
        "state": document.get("state", "Enabled"),
    }
    body.update({key: document[key] for key in _SHOWN if key in document})
    return {**body, "tags": document["tags"]} if document.get("tags") else body


def locations(call: Call) -> Response:
    """Answer the regions a subscription may use."""
    base = f"/subscriptions/{call.param('subscription')}/locations"
    return reply({"value": [_location(base, *place) for place in REGIONS]})


def _location(base: str, name: str, display: str, pair: str, continent: str) -> dict[str, Any]:
    return {
        "id": f"{base}/{name}",
        "name": name,
        "type": "Region",
        "displayName": display,
        "regionalDisplayName": f"({continent}) {display}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended",
            "geographyGroup": continent,
            "pairedRegion": [{"name": pair, "id": f"{base}/{pair}"}],
        },
    }


def tenants(call: Call) -> Response:
    """Answer the one tenant."""
    tenant = call.azure.tenant_id
    body = {
        "id": f"/tenants/{tenant}",
        "tenantId": tenant,
        "displayName": "Northwind",
        "defaultDomain": "northwind.example",
        "tenantType": "AAD",
        "tenantCategory": "Home",
        "domains": ["northwind.example"],
        "countryCode": "NO",
    }
    return reply({"value": [body]})
