"""The typed clients of Azure in a loop: what the documentation of each of them shows.

Lists of clusters and machines by subscription; update summaries by cluster; extensions by machine. Like azlocal's
census it ends with the whole fleet in memory; with `--forget` it keeps nothing but the verdicts.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timezone
from enum import Enum
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ManagedIdentityCredential
from azure.mgmt.azurestackhci import AzureStackHCIClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from bench.reporting import Verdicts, endpoint, subscriptions, take_part
from bench.verdict import Facts, Machine, verdict

FORGET = "--forget" in sys.argv
AKS = "Microsoft.HybridContainerService/provisionedClusters"


class Subscription:
    """One subscription, by the typed clients."""

    def __init__(self, credential: Any, subscription: str) -> None:
        arm = endpoint()
        more: dict[str, Any] = {"base_url": arm, "credential_scopes": [f"{arm}/.default"]}
        self.hci = AzureStackHCIClient(credential, subscription, **more)
        self.arc = HybridComputeManagementClient(credential, subscription, **more)
        self.resources = ResourceManagementClient(credential, subscription, **more)

    def clusters(self) -> Iterator[tuple[Any, ...]]:
        """Yield each cluster with its machines, their lifecycle managers, its update summaries, and AKS beside it."""
        aks = {_group(str(one.id)) for one in self.resources.resources.list(filter=f"resourceType eq '{AKS}'")}
        machines = defaultdict(list)
        for machine in map(_any, self.arc.machines.list_by_subscription()):
            if (machine.properties.cloud_metadata or _NOTHING).provider == "AzSHCI":
                machines[(machine.properties.parent_cluster_resource_id or "").lower()].append(machine)
        for cluster in map(_any, self.hci.clusters.list_by_subscription()):
            summaries = self._summaries(cluster)
            own = [(one, self._manager(one)) for one in machines[cluster.id.lower()]]
            yield cluster, own, summaries, _group(cluster.id) in aks

    def _summaries(self, cluster: Any) -> list[Any]:
        try:
            return list(self.hci.update_summaries.list(_group(cluster.id), cluster.name))
        except ResourceNotFoundError:  # not the solution yet
            return []

    def _manager(self, machine: Any) -> Any:
        found = list(self.arc.machine_extensions.list(_group(machine.id), machine.name))
        return next((one for one in found if one.name == "AzureEdgeLifecycleManager"), None)


def _any(model: Any) -> Any:
    """Return a typed model as one that is known to be whole, as scripts take it."""
    return model


class _Nothing:
    provider = ""


_NOTHING = _Nothing()


def _group(resource_id: str) -> str:
    return resource_id.split("/")[4].lower()


def _word(value: Any) -> str:
    """Return Azure's word of a typed value, which is an enumeration where the client knows the word."""
    return str(value.value if isinstance(value, Enum) else value or "")


def _facts(cluster: Any, machines: list[tuple[Any, Any]], summaries: list[Any], aks: bool) -> Facts:
    told = cluster.properties
    nodes = told.reported_properties.nodes or []
    return Facts(
        region=cluster.location, identity=_word(cluster.identity.type if cluster.identity else "None"),
        status=_word(told.status), connectivity=_word(told.connectivity_status), synced=told.last_sync_timestamp,
        builds=[node.os_version for node in nodes], machines=[_machine(*one) for one in machines],
        solution=next((one.properties.current_version or "" for one in summaries), ""), aks=aks,
    )  # fmt: skip


def _machine(machine: Any, manager: Any) -> Machine:
    told = manager.properties if manager else None
    return Machine(
        build=machine.properties.os_version or "", status=_word(machine.properties.status),
        lcm=told.type_handler_version or "" if told else "", lcm_state=told.provisioning_state or "" if told else "",
    )  # fmt: skip


def census() -> Verdicts:
    """Return the verdict of every cluster that the identity sees."""
    credential = ManagedIdentityCredential()
    found: dict[str, str] = {}
    kept: list[Any] = []
    for one in subscriptions():
        for read in Subscription(credential, one).clusters():
            found[read[0].id] = verdict(_facts(*read), datetime.now(timezone.utc))
            if not FORGET:
                kept.append(read)
    return found


if __name__ == "__main__":
    take_part(census)
