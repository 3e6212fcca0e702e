"""Reads of a real subscription for the sake of comparing: GETs and Resource Graph, and nothing that changes anything.

A few clusters stand for the fleet: two of every status. What is refused is told by what was read, never by an address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from azlocal.azure import queries
from azlocal.azure.clients import Answer, Connection
from azlocal.azure.graph import API as GRAPH_API
from azlocal.azure.graph import PATH as GRAPH_PATH
from azlocal.azure.graph import throttled
from azlocal.azure.probe_types import USED, Type
from azlocal.azure.retrying import patiently
from azlocal.core.loose import mapping
from azlocal.core.probe import Comparer, Deviation, Probe, Refused, Used
from azlocal.core.probe_switches import Json, Sight, ids_of, seen
from azlocal.core.probe_words import CODES, HEADERS
from azlocal.errors import AzlocalError

OF_EACH = 2
"""Clusters of each status that are read whole."""
_MOST_CLUSTERS, _MOST_PAGES, _MOST_SUBSCRIPTIONS = 24, 50, 50


@cache
def shapes() -> Mapping[str, Any]:
    """Return the shapes of Azure's answers, the one copy: tests of the sandbox compare with it, too."""
    import yaml

    loaded: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "shapes.yaml").read_text("utf-8"))
    return loaded


@cache
def comparer() -> Comparer:
    """Return what compares, with the words of the published models."""
    from azure.mgmt.azurestackhci import models

    kinds = (one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Enum))
    return Comparer.of(shapes(), sorted({str(member.value) for kind in kinds for member in kind}))


class Prober:
    """One probe under way."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read: Counter[str] = Counter()
        self._deviations: Counter[Deviation] = Counter()
        self._refused: Counter[Refused] = Counter()
        self._sight = Sight()

    def probe(self, subscriptions: Sequence[str]) -> Probe:
        """Read and compare; without *subscriptions*, those that the identity sees."""
        found = list(subscriptions) or self._subscriptions()
        clusters = [one for subscription in found for one in self._clusters(subscription)]
        solved = self._graph(found) if found else frozenset()
        for cluster in _few(clusters, solved):
            self._cluster(cluster)
        return Probe(
            cloud=self._connection.cloud.name, read=dict(sorted(self._read.items())),
            deviations=tuple(sorted(self._deviations.items())),
            versions=tuple(self._versions(found[0])) if found else (),
            switches=seen(self._sight),
            refused=tuple(sorted(self._refused.items(), key=lambda pair: (pair[0].read, pair[0].status, pair[0].code))),
        )  # fmt: skip

    def _subscriptions(self) -> list[str]:
        listed = self._list("subscriptions", "/subscriptions", "2022-12-01")
        return [str(one["subscriptionId"]) for one in listed if one.get("subscriptionId")][:_MOST_SUBSCRIPTIONS]

    # what is read

    def _clusters(self, subscription: str) -> list[Json]:
        path = f"/subscriptions/{subscription}/providers/Microsoft.AzureStackHCI/clusters"
        found = self._list("clusters", path, USED["clusters"].version, "cluster")
        self._sight.arm_ids.update(ids_of(found))
        return found

    def _cluster(self, cluster: Json) -> None:
        where, hci = str(cluster.get("id")), USED["clusters"].version
        self._sight.clusters[where] = cluster
        settings = self._list("deployment settings", f"{where}/deploymentSettings", hci, "deploymentSettings")
        self._sight.settings += settings
        self._one("arc settings", f"{where}/arcSettings/default", hci, "arcSettings", may_lack=True)
        lacking: list[bool] = []
        summary = self._one(
            "update summary", f"{where}/updateSummaries/default", hci, "updateSummary", may_lack=True, lacking=lacking
        )
        if summary is not None or lacking:
            self._sight.summaries[where] = summary
        for update in self._list("updates", f"{where}/updates", hci, "update", may_lack=True)[:1]:
            self._list("update runs", f"{update.get('id')}/updateRuns", hci, "updateRun", may_lack=True)
        self._one("tags", f"{where}/providers/Microsoft.Resources/tags/default", USED["tags"].version, "tags")
        self._deployment(where)
        for machine in _machines(cluster)[:1]:
            self._machine(machine)

    def _deployment(self, cluster: str) -> None:
        group, version = "/".join(cluster.split("/")[:5]), USED["deployments"].version
        path = f"{group}/providers/Microsoft.Resources/deployments"
        for one in self._list("deployments", path, version, "deployment", most=1)[:1]:
            operations = f"{group}/deployments/{one.get('name')}/operations"
            self._list("deployment operations", operations, version, "deploymentOperation", may_lack=True)

    def _machine(self, machine: str) -> None:
        version = USED["machines"].version
        self._one("machine", machine, version, "machine", may_lack=True)
        self._list("machine extensions", f"{machine}/extensions", version, "machineExtension", may_lack=True)
        device = f"{machine}/providers/Microsoft.AzureStackHCI/edgeDevices/default"
        self._one("edge device", device, USED["clusters"].version, "edgeDevice", may_lack=True)

    def _graph(self, subscriptions: Sequence[str]) -> frozenset[str]:
        """Compare what Resource Graph answers; return the keys of the clusters that have an update summary there."""
        answer = self._ask_graph(_asked(queries.RESOURCES), subscriptions)
        if answer is not None:
            self._compare("graphAnswer", answer.json)
            self._quota(answer)
            self._sight.graph_ids.update(ids_of(_items(answer.json, "data")))
        answer = self._ask_graph({"query": "resources | project id | order by id asc"}, subscriptions)
        told = mapping(answer.json) if answer is not None else {}
        if told.get("$skipToken"):
            self._sight.default_rows = len(_items(told, "data"))
        answer = self._ask_graph(_asked(queries.SUMMARIES), subscriptions)
        rows = _items(answer.json, "data") if answer is not None else []
        return frozenset(str(one.get("id")).lower().split("/updatesummaries/")[0] for one in rows)

    def _ask_graph(self, body: Mapping[str, Any], subscriptions: Sequence[str]) -> Answer | None:
        asked, here = {**body, "subscriptions": list(subscriptions)}, self._connection
        try:
            answer = patiently(lambda: here.post(GRAPH_PATH, GRAPH_API, asked), throttled, here.sleep)
        except AzlocalError as error:
            self._no_answer("Resource Graph", error)
            return None
        return self._taken("Resource Graph", answer, "graphError")

    def _quota(self, answer: Answer) -> None:
        for name, pattern in HEADERS.items():
            value = answer.headers.get(name)
            if value is None:
                self._deviations[Deviation("graphAnswer", name, "missing-property", "header", "nothing")] += 1
            elif pattern.fullmatch(value) is None:
                self._deviations[Deviation("graphAnswer", name, "other-type", "header", "another format")] += 1

    def _versions(self, subscription: str) -> Iterator[Used]:
        told: dict[str, Json | None] = {}
        for one in USED.values():
            path = f"/subscriptions/{subscription}/providers/{one.namespace}"
            if one.namespace not in told:
                told[one.namespace] = self._one("resource provider", path, "2022-12-01", "")
            yield Used(type=one.full, version=one.version, offered=_offers(told[one.namespace], one))

    # one answer

    def _one(
        self,
        read: str,
        path: str,
        version: str,
        shape: str,
        *,
        may_lack: bool = False,
        lacking: list[bool] | None = None,
    ) -> Json | None:
        """Return a document, compared; None when it is not there or was refused. *lacking* notes the first."""
        answer = self._get(read, path, version, may_lack=may_lack)
        if answer is not None and answer.status == 404 and lacking is not None:
            lacking.append(True)
        if answer is None or answer.status == 404 or not isinstance(answer.json, Mapping):
            return None
        if shape:
            self._compare(shape, answer.json)
        return answer.json

    def _list(
        self, read: str, path: str, version: str, shape: str = "", *, may_lack: bool = False, most: int = _MOST_PAGES
    ) -> list[Json]:
        """Return the items of a list, each compared."""
        found: list[Json] = []
        for _ in range(most):
            answer = self._get(read, path, version, may_lack=may_lack)
            found += _items(answer.json, "value") if answer is not None else []
            path = str(mapping(answer.json).get("nextLink") or "") if answer is not None else ""
            if not path:
                break
        for one in found if shape else ():
            self._compare(shape, one)
        return found

    def _get(self, read: str, path: str, version: str, *, may_lack: bool) -> Answer | None:
        try:
            answer = self._connection.get(path, version)
        except AzlocalError as error:
            self._no_answer(read, error)
            return None
        if answer.status == 404 and may_lack:
            self._compare("armError", answer.json)
            return answer
        return self._taken(read, answer, "armError")

    def _taken(self, read: str, answer: Answer, shape: str) -> Answer | None:
        if answer.date is None:
            self._deviations[Deviation("any answer", "date", "missing-property", "header", "nothing")] += 1
        if answer.status < 300:
            return answer
        self._compare(shape, answer.json)
        code = CODES.get(answer.code.lower(), "a code that is not known" if answer.code else "no code")
        self._refused[Refused(read=read, status=answer.status, code=code)] += 1
        return None

    def _no_answer(self, read: str, error: AzlocalError) -> None:
        self._refused[Refused(read=read, status=0, code=type(error).__name__)] += 1

    def _compare(self, shape: str, value: Any) -> None:
        self._read[shape] += 1
        self._deviations.update(set(comparer().deviations(shape, value)))


def _asked(query: str) -> dict[str, Any]:
    return {"query": query, "options": {"resultFormat": "objectArray", "$top": 1000}}


def _few(clusters: Sequence[Json], solved: frozenset[str]) -> list[Json]:
    """Return a few clusters of each status, with and without the solution: they stand for the others."""
    found: list[Json] = []
    known: Counter[tuple[str, bool]] = Counter()
    for one in clusters:
        status = str(mapping(one.get("properties")).get("status")), str(one.get("id")).lower() in solved
        known[status] += 1
        if known[status] <= OF_EACH and one.get("id"):
            found.append(one)
    return found[:_MOST_CLUSTERS]


def _machines(cluster: Json) -> list[str]:
    nodes = _items(mapping(mapping(cluster.get("properties")).get("reportedProperties")), "nodes")
    return [str(one["ehcResourceId"]) for one in nodes if one.get("ehcResourceId")]


def _offers(provider: Json | None, one: Type) -> bool | None:
    kinds = {str(kind.get("resourceType", "")).lower(): kind for kind in _items(provider, "resourceTypes")}
    kind = kinds.get(one.type.lower())
    versions = kind.get("apiVersions") if kind is not None else None
    return one.version.lower() in {str(each).lower() for each in versions} if isinstance(versions, list) else None


def _items(value: Any, name: str) -> list[Json]:
    listed = mapping(value).get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
