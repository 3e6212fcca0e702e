"""The look that decisions rest on: the census, then what only ARM knows freshly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from azlocal.core.facts import ClusterFacts, FleetFacts, RelatedFacts
from azlocal.core.ids import key, subscription_of
from azlocal.core.locks import Locks
from azlocal.core.plan import FleetPlan
from azlocal.core.rollout import detail_needed
from azlocal.core.verification import upgraded_lately
from azlocal.errors import AzlocalError
from azlocal.ports import Reader

Breath = Callable[[], None]


def refresh(reader: Reader, plan: FleetPlan, census: FleetFacts, now: datetime, breathe: Breath) -> FleetFacts:
    """Bring a census up to date by ARM: tags and statuses of all, details of what may move.

    *breathe* is called between requests, so that a lease can be kept. One cluster that cannot be
    read keeps its place with an `error`; a subscription that cannot be listed is a gap.
    """
    facts = with_locks(reader, _listed(reader, plan, census, breathe), breathe)
    if plan.control:
        breathe()
        facts = dataclasses.replace(facts, control=reader.control(plan.control))
    read: set[str] = set()
    # What is read of one ring may open the next one to the look.
    while wanted := {key(cluster_id) for cluster_id in detail_needed(facts, plan, now)} - read:
        facts = dataclasses.replace(facts, clusters=tuple(_detailed(reader, facts.clusters, wanted, now, breathe)))
        read |= wanted
    return facts


def _listed(reader: Reader, plan: FleetPlan, census: FleetFacts, breathe: Breath) -> FleetFacts:
    known = {key(cluster.id): cluster for cluster in census.clusters}
    subscriptions = {one.lower() for one in plan.scope.subscriptions}
    subscriptions |= {subscription_of(cluster_id) for cluster_id in known}
    fresh: list[ClusterFacts] = []
    gaps = list(census.gaps)
    for subscription in sorted(subscriptions):
        breathe()
        try:
            fresh += list(reader.clusters_now(subscription))
        except AzlocalError as error:
            # It tells the cause of what the census may have said already: that nothing is visible there.
            gaps = [gap for gap in gaps if subscription not in gap.lower()]
            gaps.append(f"the clusters of subscription {subscription} could not be listed: {error}")
            fresh += [one for one in census.clusters if subscription_of(one.id) == subscription]
    merged = [merge(known.get(key(one.id)), one) for one in fresh if not plan.scope.excludes(one.id)]
    return dataclasses.replace(census, clusters=tuple(merged), gaps=tuple(gaps))


def with_locks(reader: Reader, facts: FleetFacts, breathe: Breath) -> FleetFacts:
    """Return *facts* with the locks over every cluster: one list for each subscription; unknown where it is refused."""
    found: dict[str, Locks | None] = {}
    for subscription in sorted({one for cluster in facts.clusters for one in _subscriptions(cluster)}):
        breathe()
        try:
            found[subscription] = Locks(reader.locks(subscription))
        except AzlocalError:
            found[subscription] = None
    return dataclasses.replace(facts, clusters=tuple(_locked(one, found) for one in facts.clusters))


def _subscriptions(cluster: ClusterFacts) -> set[str]:
    return {subscription_of(one) for one in (cluster.id, *(machine.id for machine in cluster.machines or ()))} - {""}


def _locked(cluster: ClusterFacts, found: Mapping[str, Locks | None]) -> ClusterFacts:
    over: list[RelatedFacts] = []
    for subscription in sorted(_subscriptions(cluster)):
        known = found[subscription]
        if known is None:
            return dataclasses.replace(cluster, locks=None)
        over += known.over(cluster)
    return dataclasses.replace(cluster, locks=tuple(over))


def merge(census: ClusterFacts | None, fresh: ClusterFacts) -> ClusterFacts:
    """Return ARM's reading of a cluster with what only the census knows of what surrounds it."""
    if census is None or census is fresh:
        return fresh
    return dataclasses.replace(
        fresh,
        machines=census.machines,
        workloads=census.workloads,
        appliances=census.appliances,
        custom_locations=census.custom_locations,
        locks=census.locks,
        solution=census.solution,
        error=census.error,
    )


def _detailed(
    reader: Reader, clusters: Iterable[ClusterFacts], wanted: set[str], now: datetime, breathe: Breath
) -> Iterator[ClusterFacts]:
    for cluster in clusters:
        if key(cluster.id) not in wanted:
            yield cluster
            continue
        breathe()
        read = detail(reader, cluster)
        yield look_after(reader, read) if upgraded_lately(read, now) else read


def look_after(reader: Reader, upgraded: ClusterFacts) -> ClusterFacts:
    """Return an upgraded cluster with what only ARM shows of what the upgrade left behind."""
    return dataclasses.replace(upgraded, after=reader.after(upgraded))


def detail(reader: Reader, cluster: ClusterFacts) -> ClusterFacts:
    """Return *cluster* with its deployment settings and our deployment; an error stays its own."""
    try:
        return dataclasses.replace(
            cluster,
            settings=reader.settings(cluster.id),
            deployment=reader.deployment(cluster.id),
        )
    except Exception as error:
        return dataclasses.replace(cluster, settings=None, deployment=None, error=told(error))


def told(error: Exception) -> str:
    """Return what an error says of one cluster; an unforeseen one says its kind, too."""
    return str(error) if isinstance(error, AzlocalError) else f"{type(error).__name__}: {error}"[:300]


def reread(reader: Reader, cluster: ClusterFacts) -> ClusterFacts:
    """Return *cluster* as ARM has it this moment; raise what Azure answers instead."""
    return dataclasses.replace(
        merge(cluster, reader.cluster(cluster.id)),
        settings=reader.settings(cluster.id),
        deployment=reader.deployment(cluster.id),
    )
