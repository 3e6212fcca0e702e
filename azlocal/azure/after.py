"""What ARM shows of an upgraded cluster beyond the census: read by a few GETs, each part for itself.

Resource Graph would need whole tables of vaults, accounts and assignments for it; this is one cluster at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azlocal.azure.clients import Connection
from azlocal.core.facts import ABSENT, Absent, AfterFacts, ClusterFacts, RelatedFacts, SecurityFacts, SettingsFacts
from azlocal.core.ids import group_id_of, name_of, subscription_id_of
from azlocal.errors import AzlocalError

HCI_API = "2026-10-01"
RESOURCES_API = "2021-04-01"
ROLES_API = "2022-04-01"
VAULT = "microsoft.keyvault/vaults"
_MOST_PAGES = 20
Documents = list[Mapping[str, Any]]


def read(connection: Connection, cluster: ClusterFacts) -> AfterFacts:
    """Return what could be read; each part is None when ARM did not tell it whole."""
    group = group_id_of(cluster.id)
    resources = _listed(connection, f"{group}/resources", RESOURCES_API)
    roles = _listed(connection, f"{group}/providers/Microsoft.Authorization/roleAssignments", ROLES_API)
    return AfterFacts(
        resources=None if resources is None else tuple(map(_resource, resources)),
        vault=_vault(connection, cluster, resources),
        roles=None if roles is None else tuple(map(_role, roles)),
        edge_devices=_edge_devices(connection, cluster),
        security=_security(connection, cluster),
        observed_at=connection.newest,
    )


def _listed(connection: Connection, path: str, api_version: str, wanted: str = "") -> Documents | None:
    found: Documents = []
    query = {"$filter": wanted} if wanted else {}
    for _ in range(_MOST_PAGES):
        body = _got(connection, path, api_version, **query)
        value = body.get("value") if isinstance(body, Mapping) else None
        if not isinstance(body, Mapping) or not isinstance(value, list):
            return None
        found += [one for one in value if isinstance(one, Mapping) and one.get("id")]
        path = str(body.get("nextLink") or "")
        if not path:
            return found
    return None


def _got(connection: Connection, path: str, api_version: str, **query: str) -> Mapping[str, Any] | Absent | None:
    """Return a document; ABSENT when ARM says that it is not there, None when it says nothing of use."""
    try:
        answer = connection.get(path, api_version, **query)
    except AzlocalError:
        return None
    if answer.status == 404 and answer.code in {"ResourceNotFound", "NotFound"}:
        return ABSENT
    return answer.json if answer.status < 300 and isinstance(answer.json, Mapping) else None


def _resource(document: Mapping[str, Any]) -> RelatedFacts:
    return RelatedFacts(id=str(document["id"]), kind=str(document.get("type") or "").lower())


def _role(document: Mapping[str, Any]) -> RelatedFacts:
    told = document.get("properties")
    properties = told if isinstance(told, Mapping) else {}
    return RelatedFacts(
        id=str(document["id"]), kind=name_of(str(properties.get("roleDefinitionId") or "")).lower(),
        status=str(properties.get("principalId") or "").lower(),
    )  # fmt: skip


def _vault(connection: Connection, cluster: ClusterFacts, beside: Documents | None) -> RelatedFacts | Absent | None:
    """Return the vault that the configuration names: in the cluster's group, else wherever the subscription has it."""
    name = cluster.settings.vault if isinstance(cluster.settings, SettingsFacts) else ""
    if not name:
        return None
    wanted = f"resourceType eq 'Microsoft.KeyVault/vaults' and name eq '{name}'"
    here = _named(name, beside)
    if here is not ABSENT:
        return here
    return _named(name, _listed(connection, f"{subscription_id_of(cluster.id)}/resources", RESOURCES_API, wanted))


def _named(name: str, found: Documents | None) -> RelatedFacts | Absent | None:
    if found is None:
        return None
    vaults = [one for one in map(_resource, found) if one.kind == VAULT and name_of(one.id).lower() == name]
    return vaults[0] if vaults else ABSENT


def _edge_devices(connection: Connection, cluster: ClusterFacts) -> tuple[RelatedFacts, ...] | None:
    found = []
    for machine in cluster.machines or ():
        device = _got(connection, f"{machine.id}/providers/Microsoft.AzureStackHCI/edgeDevices/default", HCI_API)
        if device is None:
            return None
        if isinstance(device, Mapping):
            found.append(
                RelatedFacts(id=str(device.get("id") or machine.id), kind="microsoft.azurestackhci/edgedevices")
            )
    return None if cluster.machines is None else tuple(found)


def _security(connection: Connection, cluster: ClusterFacts) -> SecurityFacts | Absent | None:
    document = _got(connection, f"{cluster.id}/securitySettings/default", HCI_API)
    if not isinstance(document, Mapping):
        return document
    properties = document.get("properties")
    status = properties.get("securityComplianceStatus") if isinstance(properties, Mapping) else None
    told = status if isinstance(status, Mapping) else {}
    return SecurityFacts(
        id=str(document.get("id") or cluster.id), secured_core=str(told.get("securedCoreCompliance") or ""),
        wdac=str(told.get("wdacCompliance") or ""), at_rest=str(told.get("dataAtRestEncrypted") or ""),
        in_transit=str(told.get("dataInTransitProtected") or ""),
    )  # fmt: skip
