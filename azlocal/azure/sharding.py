"""The census in shards: some subscriptions are read here, others elsewhere, and one reader puts the rows together.

What a shard keeps are rows as Resource Graph gave them, since a machine and its cluster may lie in different shards.
Everything that a start rests on is read again from ARM by whoever starts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from azlocal.azure import queries
from azlocal.azure.clients import Connection
from azlocal.azure.graph import rows
from azlocal.azure.reader import AzureReader, Resource, assembled, resource, solution_or_update
from azlocal.core.facts import ClusterFacts, FleetFacts, SolutionFacts, UpdateFacts
from azlocal.core.ids import subscription_of
from azlocal.core.plan import Scope
from azlocal.core.times import format_time, parse_time
from azlocal.errors import AzlocalError, Incomplete

VERSION = "azlocal.shard/1"
CLUSTERS_IN_A_SHARD = 500
MOST_SHARDS = 64
TOO_OLD = timedelta(minutes=30)
"""How old a shard may be, by ARM's dates, when a tick uses it."""
MOST_BYTES = 64 * 2**20
"""Of one shard's document: some hundred thousand rows."""
_SUBSCRIPTION = "microsoft.resources/subscriptions"
_QUERIES = {"resources": queries.RESOURCES, "containers": queries.CONTAINERS, "summaries": queries.SUMMARIES}
_CLUSTERS = f"resources\n| where type =~ '{queries.CLUSTERS}'\n| project id\n| order by id asc\n"
Document = dict[str, Any]


def divided(connection: Connection, scope: Scope) -> list[list[str]]:
    """Return the visible subscriptions of *scope* in shards of about as many clusters. Raises AzlocalError."""
    places = scope.subscriptions, scope.management_groups
    seen = [row["id"] for row in rows(connection, queries.CONTAINERS, *places) if _is_subscription(row)]
    clusters = Counter(subscription_of(row["id"]) for row in rows(connection, _CLUSTERS, *places))
    return packed({subscription_of(one): clusters[subscription_of(one)] for one in seen})


def _is_subscription(row: Mapping[str, Any]) -> bool:
    return str(row.get("type")).lower() == _SUBSCRIPTION


def packed(clusters: Mapping[str, int]) -> list[list[str]]:
    """Return subscriptions, given with how many clusters each has, in at most MOST_SHARDS shards."""
    # A subscription weighs something even when it is empty: Resource Graph has to be asked about it.
    weights = {name: max(1, clusters[name]) for name in sorted(clusters)}
    full = max(CLUSTERS_IN_A_SHARD, -(-2 * sum(weights.values()) // MOST_SHARDS))
    shards: list[list[str]] = []
    weight = full
    for name, one in weights.items():
        if weight + one > full:
            shards.append([])
            weight = 0
        shards[-1].append(name)
        weight += one
    return shards


def observed(connection: Connection, scope: Scope, subscriptions: Sequence[str], most: int = MOST_BYTES) -> Document:
    """Return the rows of some subscriptions, as a document. Raises AzlocalError when they cannot be read whole."""
    connection.restart_watch()
    part = replace(scope, subscriptions=tuple(subscriptions), management_groups=())
    found = {name: list(rows(connection, query, part.subscriptions, ())) for name, query in _QUERIES.items()}
    if connection.first is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    document = {"version": VERSION, "now": format_time(connection.first), "rows": found}
    size = len(json.dumps(document, separators=(",", ":")))
    if size > most:
        raise Incomplete(
            f"the rows of {len(subscriptions)} subscriptions are {size} bytes, more than {most}",
            remedy="spread the clusters over more subscriptions, or run the tick in one process",
        )
    return document


@dataclass(frozen=True, slots=True)
class Part:
    """One shard as a tick finds it: `read` returns what was left of it, or None."""

    name: str
    subscriptions: tuple[str, ...]
    read: Callable[[], Document | None]


def _are_rows(told: object) -> bool:
    return isinstance(told, list) and all(isinstance(one, Mapping) and one.get("id") for one in told)


class _Unfit(Exception):
    """A shard that tells nothing, and why."""


class ShardReader(AzureReader):
    """A reader whose census is put together from shards; a shard that failed leaves a gap and unknown clusters."""

    def __init__(self, connection: Connection, parts: Iterable[Part]) -> None:
        super().__init__(connection)
        self._parts = tuple(parts)
        self._missing: dict[str, str] = {}

    def census(self, scope: Scope) -> FleetFacts:
        """Return the fleet as the shards have it. Its moment is that of an answer that ARM gives now."""
        self._connection.restart_watch()
        self.subscriptions()
        resources: list[Resource] = []
        containers: list[Document] = []
        solutions: list[SolutionFacts | UpdateFacts] = []
        moments: list[datetime] = []
        gaps: list[str] = []
        for part in self._parts:
            try:
                document, moment = self._usable(part)
            except (_Unfit, AzlocalError) as error:
                gaps.append(f"shard {part.name} of the fleet was not observed: {error}")
                self._missing |= dict.fromkeys(part.subscriptions, gaps[-1])
                continue
            told = document["rows"]
            resources += (resource(row, moment) for row in told["resources"])
            containers += told["containers"]
            solutions += map(solution_or_update, told["summaries"])
            moments.append(moment)
        oldest = min(moments, default=self._connection.first)
        facts = assembled(self._connection.cloud.name, scope, resources, containers, solutions, oldest)
        unknown = tuple(one for one in self._unknown(gaps) if not scope.excludes(one.id))
        # The gap of a shard says more than that its subscriptions are not visible.
        own = (gap for gap in facts.gaps if not any(name in gap.lower() for name in self._missing))
        return replace(facts, clusters=(*facts.clusters, *unknown), gaps=(*gaps, *own))

    def _usable(self, part: Part) -> tuple[Document, datetime]:
        document = part.read()
        if document is None or document.get("version") != VERSION:
            raise _Unfit("nothing was left of it")
        told, moment, now = document.get("rows"), parse_time(document.get("now")), self._connection.newest
        whole = isinstance(told, Mapping) and all(_are_rows(told.get(name)) for name in _QUERIES)
        if not whole or moment is None or now is None:
            raise _Unfit("what was left of it makes no sense")
        if now - moment > TOO_OLD:
            raise _Unfit(f"it was observed at {format_time(moment)}, too long ago")
        return document, moment

    def _unknown(self, gaps: list[str]) -> Iterator[ClusterFacts]:
        """Yield the clusters of the shards that failed, by ARM's lists; what cannot be listed is a gap of its own."""
        for subscription in self._missing:
            try:
                yield from self.clusters_now(subscription)
            except AzlocalError as error:
                gaps.append(f"the clusters of subscription {subscription} could not be listed: {error}")

    def clusters_now(self, subscription: str) -> Iterator[ClusterFacts]:
        """Yield a subscription's clusters as ARM lists them now; unreadable where its shard failed."""
        why = self._missing.get(subscription.lower())
        for one in super().clusters_now(subscription):
            yield one if why is None else replace(one, error=why)
