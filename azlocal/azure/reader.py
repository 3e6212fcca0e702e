"""Reads of the fleet: the census by Resource Graph, and one cluster or one scope by ARM."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from azlocal.azure import after, queries, translate
from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for
from azlocal.azure.graph import kept
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
    UpdateFacts,
)
from azlocal.core.ids import deployment_name, group_id_of, key, name_of, parse_id
from azlocal.core.plan import Scope
from azlocal.core.tags import HOLD, value_of
from azlocal.core.versions import numbers
from azlocal.errors import AzlocalError, Incomplete

HCI_API = "2026-10-01"
DEPLOYMENTS_API = "2026-06-01"
TAGS_API = "2025-04-01"
LOCKS_API = "2020-05-01"
_NOT_THERE = frozenset({"ResourceNotFound", "NotFound", "DeploymentNotFound", "ParentResourceNotFound"})
_WORKLOADS = (queries.VIRTUAL_MACHINES, queries.AKS_CLUSTERS, queries.CONNECTED_CLUSTERS)
T = TypeVar("T")


class AzureReader:
    """The fleet as one identity can see it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # the census

    def census(self, scope: Scope) -> FleetFacts:
        """Return the fleet by three queries, whatever its size. Raises AzlocalError when one cannot be read whole."""
        self._connection.restart_watch()
        resources = list(self._kept(queries.RESOURCES, scope, self._resource))
        observed = self._connection.newest
        containers = list(self._kept(queries.CONTAINERS, scope, lambda row: row))
        solutions = self._kept(queries.SUMMARIES, scope, solution_or_update)
        return assembled(self._connection.cloud.name, scope, resources, containers, solutions, observed)

    def _kept(self, query: str, scope: Scope, keep: Callable[[dict[str, Any]], T]) -> Iterator[T]:
        return kept(self._connection, query, scope.subscriptions, scope.management_groups, keep)

    def _resource(self, row: Mapping[str, Any]) -> Resource:
        return resource(row, self._connection.newest)

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


class _Machine(NamedTuple):
    """A machine, and the cluster it says it belongs to."""

    facts: MachineFacts
    parent: str


class _Extension(NamedTuple):
    """An extension, the machine it is on, and whether it is the LCM's."""

    facts: ExtensionFacts
    machine: str
    lcm: bool


Resource = ClusterFacts | _Machine | _Extension | RelatedFacts


def assembled(
    cloud: str, scope: Scope, resources: Sequence[Resource], containers: Sequence[Mapping[str, Any]],
    solutions: Iterable[SolutionFacts | UpdateFacts], observed: datetime | None,
) -> FleetFacts:  # fmt: skip
    """Return the fleet that the census's rows tell of."""
    around = _Around(resources, _solutions(solutions))
    clusters = (one for one in resources if isinstance(one, ClusterFacts))
    return FleetFacts(
        cloud=cloud,
        clusters=tuple(around.complete(one) for one in clusters if not scope.excludes(one.id)),
        holds=dict(_holds(containers)),
        gaps=tuple(_invisible(scope, containers)),
        observed_at=observed,
    )


def resource(row: Mapping[str, Any], observed: datetime | None) -> Resource:
    """Return what a row of the census's first query tells."""
    kind = str(row.get("type")).lower()
    if kind == queries.CLUSTERS:
        return translate.cluster_row(row, observed)
    if kind == queries.MACHINES:
        return _Machine(translate.machine(row, observed), key(row.get("parent") or ""))
    if kind == queries.EXTENSIONS:
        machine = key(row["id"]).rsplit("/extensions/", 1)[0]
        return _Extension(translate.extension(row), machine, str(row.get("extension")).lower() == "lcmcontroller")
    return translate.related(row)


def solution_or_update(row: Mapping[str, Any]) -> SolutionFacts | UpdateFacts:
    """Return what a row of the census's last query tells."""
    return translate.update(row) if str(row.get("type")).lower() == queries.UPDATE else translate.solution(row)


def _solutions(found: Iterable[SolutionFacts | UpdateFacts]) -> dict[str, SolutionFacts]:
    """Return the solutions by the id key of their cluster, each with its updates in the order of their versions."""
    summaries: dict[str, SolutionFacts] = {}
    updates: dict[str, list[UpdateFacts]] = {}
    for one in found:
        if isinstance(one, UpdateFacts):
            updates.setdefault(key(one.id).split("/updates/")[0], []).append(one)
        else:
            summaries[key(one.id).split("/updatesummaries/")[0]] = one
    return {cluster: _offering(one, updates.get(cluster, ())) for cluster, one in summaries.items()}


def _offering(solution: SolutionFacts, updates: Iterable[UpdateFacts]) -> SolutionFacts:
    ordered = sorted(updates, key=lambda one: (numbers(one.version) or (), one.id))
    return dataclasses.replace(solution, updates=tuple(ordered))


class _Around:
    """What surrounds clusters, tied to them by id."""

    def __init__(self, resources: Iterable[Resource], solutions: Mapping[str, SolutionFacts]) -> None:
        self._machines: dict[str, MachineFacts] = {}
        self._by_parent: dict[str, list[str]] = {}
        self._extensions: dict[str, list[_Extension]] = {}
        self._related: dict[str, list[RelatedFacts]] = {}
        self._solutions = solutions
        for one in resources:
            self._take(one)

    def _take(self, one: Resource) -> None:
        if isinstance(one, _Machine):
            self._machines[key(one.facts.id)] = one.facts
            self._by_parent.setdefault(one.parent, []).append(key(one.facts.id))
        elif isinstance(one, _Extension):
            self._extensions.setdefault(one.machine, []).append(one)
        elif isinstance(one, RelatedFacts):
            self._related.setdefault(group_id_of(one.id), []).append(one)

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
        named = (key(node.machine_id) for node in cluster.nodes if node.machine_id)
        known = [one for one in named if one in self._machines]
        return tuple(map(self._machine, known or self._by_parent.get(key(cluster.id), [])))

    def _machine(self, machine: str) -> MachineFacts:
        on_it = self._extensions.get(machine, ())
        lcm = next((one.facts for one in reversed(on_it) if one.lcm), ABSENT)
        unready = tuple(one.facts for one in on_it if one.facts.provisioning_state.lower() != "succeeded")
        return dataclasses.replace(self._machines[machine], lcm=lcm, unready=unready)


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
