"""Azure CLI as people script it: `az rest`, one process for each page, each cluster and each machine.

AZ names the program; the cloud is registered and signed into first, and that counts, as it does for people.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from bench.reporting import Verdicts, endpoint, take_part
from bench.verdict import Facts, Machine, verdict

HCI, ARC, RESOURCES = "2026-10-01", "2026-07-15", "2021-04-01"
AKS = "Microsoft.HybridContainerService/provisionedClusters"


def az(*arguments: str) -> Any:
    """Run one command and return what it answers as JSON; None where that is nothing."""
    done = subprocess.run([os.environ["AZ"], *arguments], capture_output=True, text=True, check=False)
    if "ResourceNotFound" in done.stderr:
        return {"value": []}
    if done.returncode:
        raise RuntimeError(f"az {' '.join(arguments[:4])}: {done.stderr[-400:]}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def listed(path: str) -> Iterator[dict[str, Any]]:
    """Yield what a list has, page by page."""
    url = endpoint() + path
    while url:
        page = az("rest", "--method", "get", "--url", url)
        yield from page["value"]
        url = page.get("nextLink") or ""


def sign_in() -> None:
    """Make the sandbox a cloud of the CLI's, and sign in with the managed identity."""
    az("cloud", "register", "-n", "bench", "--endpoint-resource-manager", endpoint())
    az("cloud", "set", "-n", "bench")
    az("login", "--identity")


def _machines(scope: str) -> dict[str, list[Machine]]:
    found = defaultdict(list)
    for one in listed(f"{scope}/providers/Microsoft.HybridCompute/machines?api-version={ARC}"):
        told = one["properties"]
        if told.get("cloudMetadata", {}).get("provider") == "AzSHCI":
            found[told.get("parentClusterResourceId", "").lower()].append(_machine(one["id"], told))
    return found


def _machine(machine_id: str, told: dict[str, Any]) -> Machine:
    extensions = listed(f"{machine_id}/extensions?api-version={ARC}")
    manager: dict[str, Any] = next(
        (one["properties"] for one in extensions if one["name"] == "AzureEdgeLifecycleManager"), {}
    )
    return Machine(
        build=told.get("osVersion", ""), status=told.get("status", ""),
        lcm=manager.get("typeHandlerVersion", ""), lcm_state=manager.get("provisioningState", ""),
    )  # fmt: skip


def _facts(cluster: dict[str, Any], machines: list[Machine], aks: set[str]) -> Facts:
    told = cluster["properties"]
    summaries = listed(f"{cluster['id']}/updateSummaries?api-version={HCI}")
    synced = told.get("lastSyncTimestamp")
    return Facts(
        region=cluster["location"], identity=cluster.get("identity", {}).get("type", "None"),
        status=told.get("status", ""), connectivity=told.get("connectivityStatus", ""),
        synced=datetime.fromisoformat(synced[:19] + "+00:00") if synced else None,
        builds=[node["osVersion"] for node in told["reportedProperties"].get("nodes", [])], machines=machines,
        solution=next((one["properties"].get("currentVersion", "") for one in summaries), ""),
        aks=cluster["id"].split("/")[4].lower() in aks,
    )  # fmt: skip


def census() -> Verdicts:
    """Return the verdict of every cluster that the identity sees."""
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="azlocal-bench-az-") as folder:
        os.environ |= {"AZURE_CONFIG_DIR": folder, "AZURE_CORE_COLLECT_TELEMETRY": "0"}
        sign_in()
        for one in az("account", "list"):
            scope = f"/subscriptions/{one['id']}"
            kinds = f"{scope}/resources?api-version={RESOURCES}&$filter=resourceType eq '{AKS}'"
            aks = {found["id"].split("/")[4].lower() for found in listed(kinds)}
            machines = _machines(scope)
            for cluster in listed(f"{scope}/providers/Microsoft.AzureStackHCI/clusters?api-version={HCI}"):
                facts = _facts(cluster, machines[cluster["id"].lower()], aks)
                found[cluster["id"]] = verdict(facts, datetime.now(timezone.utc))
    return found


if __name__ == "__main__":
    take_part(census)
