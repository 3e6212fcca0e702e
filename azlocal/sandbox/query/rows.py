"""ARM documents as rows of Resource Graph: which table they stand in, and what their columns hold.

Source: Azure Resource Graph documentation, supported tables and resource types; queries people publish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from azlocal.sandbox.query.values import compact, storable
from azlocal.sandbox.store import Document, group_of, subscription_of

DYNAMIC = frozenset({"sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation", "systemData"})
COLUMNS = (
    "id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy", "sku", "plan",
    "properties", "tags", "identity", "zones", "extendedLocation", "systemData", "apiVersion",
)  # fmt: skip
SUBSCRIPTIONS = "microsoft.resources/subscriptions"
GROUPS = "microsoft.resources/subscriptions/resourcegroups"
MANAGEMENT_GROUPS = "microsoft.management/managementgroups"
TABLES = (
    "resources", "resourcecontainers", "advisorresources", "aksresources", "alertsmanagementresources",
    "appserviceresources", "authorizationresources", "awsresources", "azurebusinesscontinuityresources",
    "azuredevopsplatformresources", "batchresources", "capabilityresources", "chaosresources",
    "communitygalleryresources", "computeresources", "deploymentresources", "desktopvirtualizationresources",
    "dnsresources", "edgeorderresources", "elasticsanresources", "extendedlocationresources",
    "extensibilityresourcechanges", "extensibilityresources", "featureresources", "guestconfigurationresources",
    "healthresourcechanges", "healthresources", "impactreportresources", "insightresources", "insightsresources",
    "iotsecurityresources", "kubernetesconfigurationresources", "kustoresources", "maintenanceresourcechanges",
    "maintenanceresources", "managedserviceresources", "migrateresources", "networkresourcechanges",
    "networkresources", "orbitalresources", "patchassessmentresources", "patchinstallationresources",
    "policyresources", "quotaresources", "recoveryservicesresources", "resourcechanges", "resourcecontainerchanges",
    "securityresources", "servicefabricresources", "servicehealthresources", "spotresources", "supportresources",
    "tagsresources",
)  # fmt: skip
_TABLE_OF_TYPE = {
    SUBSCRIPTIONS: "resourcecontainers",
    GROUPS: "resourcecontainers",
    MANAGEMENT_GROUPS: "resourcecontainers",
    "microsoft.azurestackhci/clusters/updatesummaries": "extensibilityresources",
    "microsoft.azurestackhci/clusters/updates": "extensibilityresources",
    "microsoft.azurestackhci/clusters/updates/updateruns": "extensibilityresources",
    "microsoft.azurestackhci/edgedevices": "extensibilityresources",
    "microsoft.azurestackhci/virtualmachineinstances": "extensibilityresources",
    "microsoft.connectedvmwarevsphere/virtualmachineinstances": "extensibilityresources",
    "microsoft.hybridcontainerservice/provisionedclusterinstances": "extensibilityresources",
    "microsoft.hybridcontainerservice/provisionedclusterinstances/agentpools": "extensibilityresources",
    "microsoft.scvmm/virtualmachineinstances": "extensibilityresources",
    "microsoft.authorization/classicadministrators": "authorizationresources",
    "microsoft.authorization/roleassignments": "authorizationresources",
    "microsoft.authorization/roledefinitions": "authorizationresources",
    "microsoft.authorization/policyassignments": "policyresources",
    "microsoft.authorization/policydefinitions": "policyresources",
    "microsoft.authorization/policyexemptions": "policyresources",
    "microsoft.authorization/policysetdefinitions": "policyresources",
    "microsoft.extendedlocation/customlocations/enabledresourcetypes": "extendedlocationresources",
    "microsoft.guestconfiguration/guestconfigurationassignments": "guestconfigurationresources",
    "microsoft.hybridcompute/machines/patchassessmentresults": "patchassessmentresources",
    "microsoft.hybridcompute/machines/patchinstallationresults": "patchinstallationresources",
    "microsoft.insights/datacollectionruleassociations": "insightsresources",
    "microsoft.resources/deploymentstacks": "deploymentresources",
}
_TABLE_OF_NAMESPACE = {
    "microsoft.advisor": "advisorresources",
    "microsoft.kubernetesconfiguration": "kubernetesconfigurationresources",
    "microsoft.maintenance": "maintenanceresources",
    "microsoft.policyinsights": "policyresources",
    "microsoft.resourcehealth": "healthresources",
    "microsoft.security": "securityresources",
}
_NOT_INDEXED = frozenset(
    {
        "microsoft.azurestackhci/clusters/deploymentsettings",
        "microsoft.keyvault/vaults/keys",
        "microsoft.keyvault/vaults/secrets",
        "microsoft.resources/deployments",
    }
)
Row = tuple[str | None, ...]


def type_of(resource_id: str) -> str:
    """Return the full type of a resource by its id, in lower case: providers spell theirs in many ways."""
    parts = resource_id.lower().strip("/").split("/")
    if "providers" not in parts:
        return SUBSCRIPTIONS if len(parts) == 2 else GROUPS
    tail = parts[len(parts) - parts[::-1].index("providers") :]
    return "/".join([tail[0], *tail[1::2]])


def table_of(document: Document) -> str | None:
    """Return the table in which a document stands, or None when Resource Graph does not have it."""
    kind = type_of(document["id"])
    if kind in _NOT_INDEXED:
        return None
    table = _TABLE_OF_TYPE.get(kind) or _TABLE_OF_NAMESPACE.get(kind.split("/")[0])
    # What has a location is a tracked resource, and those are all there.
    return table or ("resources" if document.get("location") else None)


def row_of(document: Document, tenant: str, chains: Callable[[str], list[Any]], fold: bool) -> Row:
    """Return a document's columns. *chains* gives the management groups above a container, *fold* ids in lower case."""
    kind = type_of(document["id"])
    held = {**document, **_container(document, kind, chains)}
    told: dict[str, Any] = {
        "id": document["id"].lower() if fold else document["id"],
        "name": held.get("name"),
        "type": kind,
        "tenantId": tenant,
        "resourceGroup": group_of(document["id"]),
        "subscriptionId": subscription_of(document["id"]),
    }
    return tuple(
        _json(held.get(name)) if name in DYNAMIC else storable(str(told.get(name, held.get(name)) or ""))
        for name in COLUMNS
    )


def _container(document: Document, kind: str, chains: Callable[[str], list[Any]]) -> Document:
    if kind == SUBSCRIPTIONS:
        properties = {
            "managedByTenants": document.get("managedByTenants", []),
            "managementGroupAncestorsChain": chains(document["id"]),
            "state": document.get("state", "Enabled"),
            "subscriptionPolicies": document.get("subscriptionPolicies"),
        }
        name = document.get("displayName") or document.get("name")
        return {"name": name, "properties": {**properties, **document.get("properties", {})}}
    if kind == MANAGEMENT_GROUPS:
        told = document.get("properties", {})
        details = {**told.get("details", {}), "managementGroupAncestorsChain": chains(document["id"])}
        return {
            "properties": {"displayName": told.get("displayName"), "tenantId": told.get("tenantId"), "details": details}
        }
    return {}


def _json(value: Any) -> str | None:
    return None if value is None else compact(value)


def scope_of(document: Document) -> str:
    """Return what a reader must have in scope to see a row: a subscription, or a management group by its id."""
    return subscription_of(document["id"]) or document["id"].lower()


def columns(rows: Iterable[Row]) -> Iterator[list[str | None]]:
    """Return rows as lists of values, one a column, as the engine loads them fastest."""
    held = list(rows)
    return (list(values) for values in zip(*held)) if held else iter([[] for _ in COLUMNS])
