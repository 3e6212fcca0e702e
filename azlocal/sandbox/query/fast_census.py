"""Known answers for a census of Azure Local clusters and what surrounds them; see `fast`."""

from __future__ import annotations

from azlocal.sandbox.query.fast import Answer, Seen, Told, texts
from azlocal.sandbox.query.rows import GROUPS, SUBSCRIPTIONS

_CLUSTERS = "microsoft.azurestackhci/clusters"
_MACHINES = "microsoft.hybridcompute/machines"
_EXTENSIONS = "microsoft.hybridcompute/machines/extensions"
_ALWAYS = frozenset(
    {
        _CLUSTERS, "microsoft.resourceconnector/appliances", "microsoft.extendedlocation/customlocations",
        "microsoft.azurestackhci/virtualmachines", "microsoft.hybridcontainerservice/provisionedclusters",
    }
)  # fmt: skip
_CONNECTED = "microsoft.kubernetes/connectedclusters"
_SUMMARIES = "microsoft.azurestackhci/clusters/updatesummaries"
_UPDATES = "microsoft.azurestackhci/clusters/updates"
_SETTLED = frozenset({"installed", "obsolete", "recalled", "invalid"})
_HOLD = "azlocal-hold"


def resources() -> Answer:
    """Return the answer that lists clusters, their machines and lifecycle manager, and what lies beside them."""
    return Answer(
        table="resources",
        kinds=_ALWAYS | {_MACHINES, _EXTENSIONS, _CONNECTED},
        columns=texts(
            "id", "name", "type", "location", "tags", "identityType", "status", "state", "connectivity", "lastSync",
            "failoverName", "version", "nodes", "osVersion", "parent", "principal", "extension",
            dynamic=("tags", "nodes"),
        ),
        wanted=_is_wanted,
        told=_resource,
    )  # fmt: skip


def _is_wanted(seen: Seen) -> bool:
    if seen.kind == _MACHINES:
        local = seen.text("properties", "cloudMetadata", "provider").lower() == "azshci"
        return local and seen.text("properties", "detectedProperties", "model") != "Virtual Machine"
    if seen.kind == _EXTENSIONS:
        publisher, kind = seen.text("properties", "publisher").lower(), seen.text("properties", "type").lower()
        unready = seen.text("properties", "provisioningState").lower() != "succeeded"
        ours = str(seen.at("name") or "").lower().startswith("azureedge")
        return (publisher, kind) == ("microsoft.azurestack.orchestration", "lcmcontroller") or (ours and unready)
    if seen.kind == _CONNECTED:
        return seen.text("properties", "infrastructure").lower() == "azure_stack_hci"
    return True


def _resource(seen: Seen) -> Told:
    cluster = seen.kind == _CLUSTERS
    reported = ("properties", "reportedProperties")
    return (
        seen.id,
        str(seen.at("name") or ""),
        seen.kind,
        str(seen.at("location") or ""),
        seen.at("tags") if cluster else None,
        seen.text("identity", "type") if cluster else "",
        seen.text("properties", "status"),
        seen.text("properties", "provisioningState"),
        seen.text("properties", "connectivityStatus"),
        seen.text("properties", "lastSyncTimestamp"),
        seen.text(*reported, "clusterName"),
        seen.text(*reported, "clusterVersion") + seen.text("properties", "typeHandlerVersion"),
        seen.at(*reported, "nodes"),
        seen.text("properties", "osVersion"),
        seen.text("properties", "parentClusterResourceId") + seen.text("properties", "hostResourceId"),
        seen.text("identity", "principalId") if seen.kind == _MACHINES else "",
        seen.text("properties", "type") if seen.kind == _EXTENSIONS else "",
    )


def summaries() -> Answer:
    """Return the answer that tells the solution versions, and the updates that wait."""
    return Answer(
        table="extensibilityresources",
        kinds=frozenset({_SUMMARIES, _UPDATES}),
        columns=texts("id", "type", "version", "state", "health"),
        wanted=lambda seen: seen.kind == _SUMMARIES or seen.text("properties", "state").lower() not in _SETTLED,
        told=lambda seen: (
            seen.id,
            seen.kind,
            seen.text("properties", "currentVersion") + seen.text("properties", "version"),
            seen.text("properties", "state"),
            seen.text("properties", "healthState"),
        ),
    )


def containers() -> Answer:
    """Return the answer that lists subscriptions, and the groups that are held."""
    return Answer(
        table="resourcecontainers",
        kinds=frozenset({SUBSCRIPTIONS, GROUPS}),
        columns=texts("id", "type", "tags", dynamic=("tags",)),
        wanted=lambda seen: seen.kind == SUBSCRIPTIONS or _HOLD in str(seen.at("tags") or "").lower(),
        told=lambda seen: (seen.id, seen.kind, seen.at("tags")),
    )
