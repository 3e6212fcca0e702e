"""Locks that concern a cluster: on it, on what belongs to it, or on a scope above."""

from __future__ import annotations

from collections.abc import Iterable

from azlocal.core.facts import ClusterFacts, RelatedFacts
from azlocal.core.ids import group_id_of, key, subscription_id_of

_PROVIDER = "/providers/microsoft.authorization/locks/"


def scope_of(lock: RelatedFacts) -> str:
    """Return the id key of what a lock stands on."""
    return key(lock.id).rpartition(_PROVIDER)[0]


class Locks:
    """Many locks, found by what they stand on."""

    def __init__(self, locks: Iterable[RelatedFacts]) -> None:
        self._by_scope: dict[str, list[tuple[int, RelatedFacts]]] = {}
        for place, lock in enumerate(locks):
            self._by_scope.setdefault(scope_of(lock), []).append((place, lock))

    def over(self, cluster: ClusterFacts) -> tuple[RelatedFacts, ...]:
        """Return those that hold for *cluster*, its machines, its bridge or its custom location, as they were listed."""
        if not self._by_scope:
            return ()
        own = [cluster.id, *(one.id for one in cluster.machines or ())]
        own += [one.id for one in (*(cluster.appliances or ()), *(cluster.custom_locations or ()))]
        found = {place: lock for scope in _above(own) for place, lock in self._by_scope.get(scope, ())}
        return tuple(found[place] for place in sorted(found))


def _above(ids: Iterable[str]) -> set[str]:
    """Return resources, their groups and their subscriptions, as keys."""
    return {scope for one in ids for scope in (key(one), group_id_of(one), subscription_id_of(one))}


def read_only(locks: Iterable[RelatedFacts]) -> RelatedFacts | None:
    """Return a lock that refuses every write, or None."""
    return next((one for one in locks if one.status.lower() == "readonly"), None)


def on_bridge(cluster: ClusterFacts) -> RelatedFacts | None:
    """Return a lock that stands on the resource bridge or above it, or None."""
    above = _above(one.id for one in cluster.appliances or ())
    return next((lock for lock in cluster.locks or () if scope_of(lock) in above), None)
