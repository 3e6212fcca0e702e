"""Reads of the fleet: the census by Resource Graph, and one cluster or one scope by ARM."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from azlocal.azure import after, queries, translate
from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for
from azlocal.azure.graph import rows
from azlocal.core.facts import (
    ABSENT,
    Absent,
    AfterFacts,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
)
from azlocal.core.ids import deployment_name, group_id_of, key, name_of, parse_id
from azlocal.core.plan import Scope
from azlocal.core.tags import HOLD, value_of
from azlocal.errors import AzlocalError, Incomplete

HCI_API = "2026-10-01"
DEPLOYMENTS_API = "2026-06-01"
TAGS_API = "2025-04-01"
LOCKS_API = "2020-05-01"
_NOT_THERE = frozenset({"ResourceNotFound", "NotFound", "DeploymentNotFound", "ParentResourceNotFound"})
_WORKLOADS = (queries.VIRTUAL_MACHINES, queries.AKS_CLUSTERS, queries.CONNECTED_CLUSTERS)
_RELATED = (queries.APPLIANCES, queries.CUSTOM_LOCATIONS, *_WORKLOADS)


class AzureReader:
    """The fleet as one identity can see it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # the census

    def census(self, scope: Scope) -> FleetFacts:
        """Return the fleet by three queries, whatever its size. Raises AzlocalError when one cannot be read whole."""
        self._connection.restart_watch()
        found = _by_type(self._rows(queries.RESOURCES, scope))
        observed = self._connection.newest
        containers = list(self._rows(queries.CONTAINERS, scope))
        around = _Around(
            machines=_machines(found, observed),
            solutions=_solutions(self._rows(queries.SUMMARIES, scope)),
            related=[row for kind in _RELATED for row in found.get(kind, ())],
        )
        clusters = (translate.cluster_row(row, observed) for row in found.get(queries.CLUSTERS, ()))
        return FleetFacts(
            cloud=self._connection.cloud.name,
            clusters=tuple(around.complete(one) for one in clusters if not scope.excludes(one.id)),
            holds=dict(_holds(containers)),
            gaps=tuple(_invisible(scope, containers)),
            observed_at=observed,
        )

    def _rows(self, query: str, scope: Scope) -> Iterator[dict[str, Any]]:
        return rows(self._connection, query, scope.subscriptions, scope.management_groups)

    # by ARM

    def clusters_now(self, subscription: str) -> Iterable[ClusterFacts]:
        """Yield a subscription's clusters as ARM lists them now."""
        scope = f"/subscriptions/{subscription}"
        for listed in self._pages(f"{scope}/providers/Microsoft.AzureStackHCI/clusters", HCI_API, "clusters", scope):
            yield from (translate.cluster(one, listed.date) for one in listed.json["value"])

    def locks(self, subscription: str) -> tuple[RelatedFacts, ...]:
        """Return every lock in a subscription: on itself, on its groups, and on what is in them."""
        scope = f"/subscriptions/{subscription}"
        path = f"{scope}/providers/Microsoft.Authorization/locks"
        pages = self._pages(path, LOCKS_API, "locks", scope)
        return tuple(translate.lock(one) for listed in pages for one in listed.json["value"])

    def after(self, cluster: ClusterFacts) -> AfterFacts:
        """Return what ARM shows of an upgraded cluster beyond the census; what cannot be read of it is None."""
        return after.read(self._connection, cluster)

    def _pages(self, path: str, api_version: str, what: str, scope: str) -> Iterator[Answer]:
        """Yield the pages of a list; raise Incomplete when they cannot be the whole one."""
        seen = set[str]()
        while path:
            answer = self._get(path, api_version, f"list the {what}", scope)
            listed = answer.json.get("value")
            if path in seen or not isinstance(listed, list) or not all(map(_is_resource, listed)):
                raise Incomplete(
                    f"could not list the {what} ({scope}): ARM's list cannot be the whole one",
                    remedy="run again; if it lasts, check what stands between here and ARM",
                )
            seen.add(path)
            yield answer
            path = str(answer.json.get("nextLink") or "")

    def cluster(self, cluster_id: str) -> ClusterFacts:
        """Return one cluster's own facts as ARM has them now."""
        answer = self._get(cluster_id, HCI_API, "read the cluster", cluster_id)
        return translate.cluster(answer.json, answer.date)

    def settings(self, cluster_id: str) -> SettingsFacts | Absent:
        """Return `deploymentSettings/default`, or ABSENT."""
        answer = self._connection.get(f"{cluster_id}/deploymentSettings/default", HCI_API)
        if answer.status == 404 and answer.code in _NOT_THERE:
            return ABSENT
        _object(answer, "read the deployment settings", cluster_id)
        return translate.settings(answer.json, answer.date)

    def deployment(self, cluster_id: str) -> DeploymentFacts | Absent:
        """Return our deployment of the cluster, or ABSENT."""
        target = parse_id(cluster_id)
        path = (
            f"/subscriptions/{target.subscription}/resourcegroups/{target.group}"
            f"/providers/Microsoft.Resources/deployments/{deployment_name(cluster_id)}"
        )
        answer = self._connection.get(path, DEPLOYMENTS_API)
        if answer.status == 404 and answer.code in _NOT_THERE:
            return ABSENT
        _object(answer, "read our deployment", cluster_id)
        found = translate.deployment(answer.json, answer.date)
        if found.provisioning_state.lower() != "failed":
            return found
        return self._explained(found, path.replace("/providers/Microsoft.Resources", ""))

    def _explained(self, failed: DeploymentFacts, path: str) -> DeploymentFacts:
        """Return a failed deployment with the error that its operations tell: they know more than it does."""
        try:
            answer = self._connection.get(f"{path}/operations", DEPLOYMENTS_API)
        except AzlocalError:
            return failed
        code, message = translate.failed_operation(answer.json) if answer.status < 300 else ("", "")
        return dataclasses.replace(failed, error_code=code, error_message=message) if code else failed

    def control(self, group_id: str) -> ControlFacts:
        """Return what people decided on the control group."""
        return translate.control(group_id, self.tags(group_id), self._connection.newest)

    def tags(self, scope_id: str) -> Mapping[str, str]:
        """Return the tags of a resource group, a subscription or a resource."""
        path = f"{scope_id}/providers/Microsoft.Resources/tags/default"
        answer = self._get(path, TAGS_API, "read the tags", scope_id)
        properties = answer.json.get("properties")
        told = (properties.get("tags") or {}) if isinstance(properties, Mapping) else None
        if not isinstance(told, Mapping):
            # Stop flags are among them: what cannot be read is not the same as nothing.
            raise Incomplete(f"could not read the tags ({scope_id}): ARM answered none", remedy="run again")
        return translate.tags(told)

    def subscriptions(self) -> tuple[str, ...]:
        """Return the subscriptions this identity can see."""
        answer = self._get("/subscriptions", "2022-12-01", "list the subscriptions", self._connection.cloud.arm)
        return tuple(str(one.get("subscriptionId")) for one in answer.json.get("value", []))

    def _get(self, path: str, api_version: str, action: str, scope: str) -> Answer:
        answer = self._connection.get(path, api_version)
        _object(answer, action, scope)
        return answer


def _is_resource(document: object) -> bool:
    return isinstance(document, Mapping) and bool(document.get("id"))


def _object(answer: Answer, action: str, scope: str) -> None:
    raise_for(answer, action, scope)
    if not isinstance(answer.json, Mapping):
        raise_for(dataclasses.replace(answer, status=502), action, scope)


def _by_type(found: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        kinds.setdefault(str(row.get("type")).lower(), []).append(row)
    return kinds


def _machines(
    found: Mapping[str, Iterable[Mapping[str, Any]]], observed: datetime | None
) -> dict[str, tuple[MachineFacts, str]]:
    """Return machines by id key, each with the cluster it says it belongs to."""
    lcm: dict[str, ExtensionFacts] = {}
    unready: dict[str, list[ExtensionFacts]] = {}
    for row in found.get(queries.EXTENSIONS, ()):
        machine, extension = key(row["id"]).rsplit("/extensions/", 1)[0], translate.extension(row)
        if str(row.get("extension")).lower() == "lcmcontroller":
            lcm[machine] = extension
        if extension.provisioning_state.lower() != "succeeded":
            unready.setdefault(machine, []).append(extension)
    return {
        key(row["id"]): (
            MachineFacts(
                id=row["id"], name=row.get("name") or name_of(row["id"]), status=row.get("status") or "",
                os_version=row.get("osVersion") or "", location=row.get("location") or "",
                principal=row.get("principal") or "", lcm=lcm.get(key(row["id"]), ABSENT),
                unready=tuple(unready.get(key(row["id"]), ())), observed_at=observed,
            ),
            key(row.get("parent") or ""),
        )
        for row in found.get(queries.MACHINES, ())
    }  # fmt: skip


def _solutions(found: Iterable[Mapping[str, Any]]) -> dict[str, SolutionFacts]:
    """Return the solutions by the id key of their cluster, each with its updates in the order of their versions."""
    summaries: dict[str, Mapping[str, Any]] = {}
    updates: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        if str(row.get("type")).lower() == queries.UPDATE:
            updates.setdefault(key(row["id"]).split("/updates/")[0], []).append(row)
        else:
            summaries[key(row["id"]).split("/updatesummaries/")[0]] = row
    return {cluster: translate.solution(row, updates.get(cluster, ())) for cluster, row in summaries.items()}


class _Around:
    """What surrounds clusters, tied to them by id."""

    def __init__(
        self,
        machines: Mapping[str, tuple[MachineFacts, str]],
        solutions: Mapping[str, SolutionFacts],
        related: Iterable[Mapping[str, Any]],
    ) -> None:
        self._machines = {machine_id: machine for machine_id, (machine, _) in machines.items()}
        self._by_parent: dict[str, list[MachineFacts]] = {}
        for machine, parent in machines.values():
            self._by_parent.setdefault(parent, []).append(machine)
        self._solutions = solutions
        self._related: dict[str, list[RelatedFacts]] = {}
        for row in related:
            self._related.setdefault(group_id_of(row["id"]), []).append(translate.related(row))

    def complete(self, cluster: ClusterFacts) -> ClusterFacts:
        """Return *cluster* with its machines, its solution, and what lies in its group."""
        solution = self._solutions.get(key(cluster.id))
        beside = self._related.get(group_id_of(cluster.id), [])
        solved = solution is not None and bool(solution.version)
        workloads = () if solved else tuple(one for one in beside if one.kind in _WORKLOADS)
        return dataclasses.replace(
            cluster,
            machines=self._machines_of(cluster),
            solution=solution or ABSENT,
            workloads=workloads,
            appliances=_named(beside, queries.APPLIANCES, cluster.name),
            custom_locations=_named(beside, queries.CUSTOM_LOCATIONS, ""),
        )

    def _machines_of(self, cluster: ClusterFacts) -> tuple[MachineFacts, ...]:
        """Tie machines by the cluster's own list of nodes, else by what the machines say."""
        named = [key(node.machine_id) for node in cluster.nodes if node.machine_id]
        known = [self._machines[one] for one in named if one in self._machines]
        return tuple(known or self._by_parent.get(key(cluster.id), ()))


def _named(beside: Iterable[RelatedFacts], kind: str, prefix: str) -> tuple[RelatedFacts, ...]:
    """Two clusters may share a group: a resource that carries a cluster's name belongs to that one."""
    return tuple(one for one in beside if one.kind == kind and name_of(one.id).lower().startswith(prefix.lower()))


def _holds(containers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the held groups and subscriptions: the tag alone holds, however it is spelt and whatever it says."""
    for row in containers:
        text = value_of(translate.tags(row.get("tags")), HOLD)
        if text is not None:
            yield key(row["id"]), text


def _invisible(scope: Scope, containers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    seen = {key(row["id"]) for row in containers}
    for subscription in scope.subscriptions:
        if f"/subscriptions/{subscription.lower()}" not in seen:
            yield f"subscription {subscription} is in the plan's scope and not visible to this identity"
