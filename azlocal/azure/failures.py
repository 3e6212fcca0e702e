"""Everything that ARM shows of a cluster's failure, as documents: diagnosis reads them, nothing else does.

One cluster at a time, and only what may tell of a failure: settings and deployment always, the deployment's operations
when it failed, extensions and edge devices of machines whose extensions are not well, runs of updates that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azlocal.azure.clients import Connection
from azlocal.azure.errors import refused
from azlocal.core.facts import ClusterFacts, ExtensionFacts, MachineFacts
from azlocal.core.ids import deployment_name, parse_id
from azlocal.errors import AzlocalError
from azlocal.ports import Json

HCI_API = "2026-10-01"
DEPLOYMENTS_API = "2026-06-01"
COMPUTE_API = "2026-07-15"
_MOST_MACHINES = 16


class FailureReader:
    """Reads for one diagnosis. `problems` tells what could not be read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.problems: list[str] = []

    def documents(self, cluster: ClusterFacts) -> Iterator[Json]:
        """Yield what may tell of the cluster's failure, the settings first."""
        yield from self._got(f"{cluster.id}/deploymentSettings/default", HCI_API)
        yield from self._deployment(cluster)
        for machine in (cluster.machines or ())[:_MOST_MACHINES]:
            yield from self._machine(machine)
        if cluster.solved:
            yield from self._updates(cluster)

    def _deployment(self, cluster: ClusterFacts) -> Iterator[Json]:
        target = parse_id(cluster.id)
        group = f"/subscriptions/{target.subscription}/resourcegroups/{target.group}"
        name = deployment_name(cluster.id)
        for found in self._got(f"{group}/providers/Microsoft.Resources/deployments/{name}", DEPLOYMENTS_API):
            if _state(found) == "failed":
                # What its resources say comes first: the deployment only says that one of them failed.
                yield from self._got(f"{group}/deployments/{name}/operations", DEPLOYMENTS_API)
                yield found

    def _machine(self, machine: MachineFacts) -> Iterator[Json]:
        unwell = list(_unwell(machine))
        for extension in unwell:
            yield from self._got(extension.id, COMPUTE_API)
        if unwell:
            yield from self._got(f"{machine.id}/providers/Microsoft.AzureStackHCI/edgeDevices/default", HCI_API)

    def _updates(self, cluster: ClusterFacts) -> Iterator[Json]:
        for listed in self._got(f"{cluster.id}/updates", HCI_API):
            for update in _items(listed):
                if "failed" in _property(update, "state").lower():
                    yield update
                    yield from self._newest_run(str(update.get("id")))

    def _newest_run(self, update_id: str) -> Iterator[Json]:
        for listed in self._got(f"{update_id}/updateRuns", HCI_API):
            runs = sorted(_items(listed), key=lambda one: _property(one, "timeStarted"), reverse=True)
            yield from runs[:1]

    def _got(self, path: str, api_version: str) -> Iterator[Json]:
        """Yield the document at *path*, nothing when there is none; keep in mind what could not be read."""
        try:
            answer = self._connection.get(path, api_version)
        except AzlocalError as error:
            self.problems.append(str(error))
            return
        if answer.status < 300 and isinstance(answer.json, Mapping):
            yield dict(answer.json)
        elif answer.status != 404:
            self.problems.append(str(refused(answer, "read", path)))


def _unwell(machine: MachineFacts) -> Iterator[ExtensionFacts]:
    lcm = (machine.lcm,) if isinstance(machine.lcm, ExtensionFacts) else ()
    known = {one.id.lower(): one for one in (*lcm, *(machine.unready or ()))}
    yield from (one for one in known.values() if one.provisioning_state.lower() in {"failed", "canceled", "error"})


def _items(listed: Json) -> Iterator[Json]:
    found = listed.get("value")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping):
            yield dict(one)


def _property(document: Json, name: str) -> str:
    properties: Any = document.get("properties")
    return str(properties.get(name) or "") if isinstance(properties, Mapping) else ""


def _state(document: Json) -> str:
    return _property(document, "provisioningState").lower()
