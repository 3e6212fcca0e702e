"""The typed client of Azure Resource Graph with plain queries: whole documents, a thousand rows a page."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.identity import ManagedIdentityCredential
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from bench.reporting import Verdicts, endpoint, subscriptions, take_part
from bench.verdict import Facts, Machine, verdict

CLUSTERS = "resources | where type =~ 'microsoft.azurestackhci/clusters' | order by id asc"
MACHINES = (
    "resources | where type =~ 'microsoft.hybridcompute/machines' and properties.cloudMetadata.provider == 'AzSHCI' "
    "| order by id asc"
)
EXTENSIONS = (
    "resources | where type =~ 'microsoft.hybridcompute/machines/extensions' "
    "and name == 'AzureEdgeLifecycleManager' | order by id asc"
)
SUMMARIES = (
    "extensibilityresources | where type =~ 'microsoft.azurestackhci/clusters/updatesummaries' | order by id asc"
)
AKS = "resources | where type =~ 'microsoft.hybridcontainerservice/provisionedclusters' | order by id asc"


class Graph:
    """Queries over all subscriptions, page by page."""

    def __init__(self, credential: Any) -> None:
        arm = endpoint()
        more: dict[str, Any] = {"base_url": arm, "credential_scopes": [f"{arm}/.default"]}
        self._client = ResourceGraphClient(credential, **more)
        self._subscriptions = subscriptions()

    def rows(self, query: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a query to the last page."""
        options = QueryRequestOptions(top=1000)
        while True:
            request = QueryRequest(subscriptions=self._subscriptions, query=query, options=options)
            answer = self._patiently(request)
            yield from answer.data
            if not answer.skip_token:
                return
            options = QueryRequestOptions(top=1000, skip_token=answer.skip_token)

    def _patiently(self, request: QueryRequest) -> Any:
        while True:
            try:
                return self._client.resources(request)
            except HttpResponseError as error:
                if error.status_code != 429:
                    raise
                time.sleep(5)


def _group(resource_id: str) -> tuple[str, str]:
    parts = resource_id.lower().split("/")
    return parts[2], parts[4]


def _facts(row: dict[str, Any], machines: list[Machine], solution: str, aks: bool) -> Facts:
    told = row["properties"]
    synced = told.get("lastSyncTimestamp")
    return Facts(
        region=row["location"], identity=(row.get("identity") or {}).get("type", "None"),
        status=told.get("status", ""), connectivity=told.get("connectivityStatus", ""),
        synced=_moment(synced) if synced else None,
        builds=[node["osVersion"] for node in told["reportedProperties"].get("nodes", [])],
        machines=machines, solution=solution, aks=aks,
    )  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text[:19] + "+00:00")


def census() -> Verdicts:
    """Return the verdict of every cluster; the whole fleet stays in memory, as azlocal's does."""
    graph = Graph(ManagedIdentityCredential())
    managers = {row["id"].lower().split("/extensions/")[0]: row["properties"] for row in graph.rows(EXTENSIONS)}
    machines = defaultdict(list)
    for row in graph.rows(MACHINES):
        told, manager = row["properties"], managers.get(row["id"].lower(), {})
        machines[told.get("parentClusterResourceId", "").lower()].append(Machine(
            build=told.get("osVersion", ""), status=told.get("status", ""),
            lcm=manager.get("typeHandlerVersion", ""), lcm_state=manager.get("provisioningState", ""),
        ))  # fmt: skip
    solved = {
        row["id"].lower().split("/updatesummaries/")[0]: row["properties"].get("currentVersion", "")
        for row in graph.rows(SUMMARIES)
    }
    aks = {_group(row["id"]) for row in graph.rows(AKS)}
    clusters = list(graph.rows(CLUSTERS))
    now = datetime.now().astimezone()
    return {
        row["id"]: verdict(
            _facts(row, machines[row["id"].lower()], solved.get(row["id"].lower(), ""), _group(row["id"]) in aks), now
        )
        for row in clusters
    }


if __name__ == "__main__":
    take_part(census)
