"""Locks that concern a cluster: on it, on what belongs to it, or on a scope above."""

from __future__ import annotations

from collections.abc import Iterable

from azlocal.core.facts import ClusterFacts, RelatedFacts
from azlocal.core.ids import group_id_of, key, subscription_id_of

_PROVIDER = "/providers/microsoft.authorization/locks/"


def scope_of(lock: RelatedFacts) -> str:
    """Return the id key of what a lock stands on."""
    return key(lock.id).rpartition(_PROVIDER)[0]


def locks_over(cluster: ClusterFacts, locks: Iterable[RelatedFacts]) -> tuple[RelatedFacts, ...]:
    """Return those of *locks* that hold for *cluster*, its machines, its bridge or its custom location."""
    own = [cluster.id, *(one.id for one in cluster.machines or ())]
    own += [one.id for one in (*(cluster.appliances or ()), *(cluster.custom_locations or ()))]
    scopes = {scope for one in own for scope in (key(one), group_id_of(one), subscription_id_of(one))}
    return tuple(lock for lock in locks if scope_of(lock) in scopes)


def read_only(locks: Iterable[RelatedFacts]) -> RelatedFacts | None:
    """Return a lock that refuses every write, or None."""
    return next((one for one in locks if one.status.lower() == "readonly"), None)


def on_bridge(cluster: ClusterFacts) -> RelatedFacts | None:
    """Return a lock that stands on the resource bridge or above it, or None."""
    bridges = [one.id for one in cluster.appliances or ()]
    above = {scope for one in bridges for scope in (key(one), group_id_of(one), subscription_id_of(one))}
    return next((lock for lock in cluster.locks or () if scope_of(lock) in above), None)
