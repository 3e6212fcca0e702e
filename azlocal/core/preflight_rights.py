"""What the identity may do, compared with what a tick does: the shipped roles are the measure.

The lists are those of `arm-templates/roles/*.json`; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from azlocal.core.ids import key
from azlocal.core.loose import Json, mapping, texts
from azlocal.core.preflight import Notice
from azlocal.core.preflight_clusters import covers

OBSERVER: tuple[str, ...] = (
    "Microsoft.Authorization/locks/read",
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.AzureStackHCI/clusters/deploymentSettings/read",
    "Microsoft.AzureStackHCI/clusters/read",
    "Microsoft.AzureStackHCI/clusters/securitySettings/read",
    "Microsoft.AzureStackHCI/clusters/updates/read",
    "Microsoft.AzureStackHCI/clusters/updates/updateRuns/read",
    "Microsoft.AzureStackHCI/clusters/updateSummaries/read",
    "Microsoft.AzureStackHCI/edgeDevices/read",
    "Microsoft.AzureStackHCI/storageContainers/read",
    "Microsoft.AzureStackHCI/virtualMachines/read",
    "Microsoft.ExtendedLocation/customLocations/read",
    "Microsoft.HybridCompute/machines/extensions/read",
    "Microsoft.HybridCompute/machines/read",
    "Microsoft.HybridContainerService/provisionedClusters/read",
    "Microsoft.KeyVault/vaults/read",
    "Microsoft.Kubernetes/connectedClusters/read",
    "Microsoft.ResourceConnector/appliances/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Resources/deployments/operations/read",
    "Microsoft.Resources/deployments/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
    "Microsoft.Resources/subscriptions/resources/read",
    "Microsoft.Resources/tags/read",
    "Microsoft.Storage/storageAccounts/read",
)
OPERATOR: tuple[str, ...] = (
    "Microsoft.Resources/tags/write",
    "Microsoft.Resources/deployments/write",
    "Microsoft.AzureStackHCI/clusters/deploymentSettings/write",
    "Microsoft.AzureStackHCI/edgeDevices/write",
    "Microsoft.HybridCompute/machines/extensions/write",
)
EXTENSION = "Microsoft.HybridCompute/machines/extensions/write"
"""Needed only where the plan lets azlocal update the LCM extension."""
LEASE: tuple[str, ...] = (
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/lease/action",
)
SEND: tuple[str, ...] = ("Microsoft.Insights/Telemetry/Write",)
"""A data action: what Monitoring Metrics Publisher allows on the rule."""
CONSENT: tuple[str, ...] = (
    "Microsoft.Resources/tags/write",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
)
"""Whoever may do one of these in the control group approves and resumes; the identity that starts must not."""


@cache
def _pattern(action: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in action.lower().split("*")))


def _fits(patterns: Iterable[str], action: str) -> bool:
    return any(_pattern(one).fullmatch(action.lower()) for one in patterns)


def allowed(permissions: Sequence[Json], action: str, *, data: bool = False) -> bool:
    """Return whether *permissions* allow an action: one role allows it that does not except it itself."""
    yes, no = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    return any(_fits(texts(one.get(yes)), action) and not _fits(texts(one.get(no)), action) for one in permissions)


def held_roles(assignments: Iterable[Json], principal: str, where: str) -> list[str]:
    """Return the ids of the role definitions that *principal* holds at *where* or above it, each once.

    *assignments* are those that ARM lists for the subscription of *where*. Groups are not looked into.
    """
    found: dict[str, None] = {}
    for one in assignments:
        told = mapping(one.get("properties"))
        mine = str(told.get("principalId", "")).lower() == principal.lower()
        if mine and covers(key(str(told.get("scope", ""))), key(where)):
            found[str(told.get("roleDefinitionId", ""))] = None
    return list(found)


def missing(permissions: Sequence[Json], wanted: Iterable[str], *, data: bool = False) -> list[str]:
    """Return the actions of *wanted* that are not allowed."""
    return [one for one in wanted if not allowed(permissions, one, data=data)]


def right_notices(
    where: str, permissions: Sequence[Json], wanted: Iterable[str], clusters: tuple[str, ...] = (), *,
    role: str, data: bool = False,
) -> Iterator[Notice]:  # fmt: skip
    """Yield what the identity lacks at a scope; *role* is the role that brings it."""
    lacking = missing(permissions, wanted, data=data)
    if lacking:
        yield Notice(
            name="right-missing", where=where, clusters=clusters,
            message=f"the identity may not {', '.join(lacking)}",
            evidence=f"Microsoft.Authorization/permissions at {where}",
            remedy=f"assign {role} to it at this scope or above, and wait five minutes",
        )  # fmt: skip


def consent_notices(where: str, permissions: Sequence[Json]) -> Iterator[Notice]:
    """Yield that the identity could let go what only people may let go."""
    able = [one for one in CONSENT if allowed(permissions, one)]
    if able:
        yield Notice(
            name="control-writable", where=where,
            message=f"the identity that starts may {', '.join(able)} here: it could approve itself",
            evidence=f"Microsoft.Authorization/permissions at {where}",
            remedy="take its writing roles off this group and off what stands above it; people keep theirs",
        )  # fmt: skip
