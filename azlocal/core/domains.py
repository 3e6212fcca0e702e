"""Domains: what clusters share, and how many of one domain may be upgraded at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import subscription_of
from azlocal.core.tags import value_of

SHARED = ("subscription", "model", "region")
TAG = "tag:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most *max* upgrades at the same time among clusters that share *by*: `tag:<name>`, or one of `SHARED`."""

    by: str
    max: int


def domain_of(cluster: ClusterFacts, by: str) -> str:
    """Return the domain of *cluster*, in lower case; clusters of which it is not known share the empty one."""
    if by.startswith(TAG):
        return (value_of(cluster.tags, by.removeprefix(TAG).lower()) or "").strip().lower()
    if by == "subscription":
        return subscription_of(cluster.id)
    return cluster.model.lower() if by == "model" else cluster.location.replace(" ", "").lower()


class Rooms:
    """How much room each cap leaves, counted as starts are handed out."""

    def __init__(self, caps: Iterable[Cap], upgrading: Iterable[ClusterFacts] = ()) -> None:
        self._caps = tuple(caps)
        self._taken: Counter[tuple[str, str]] = Counter()
        for cluster in upgrading if self._caps else ():
            self.take(cluster)

    def full(self, cluster: ClusterFacts) -> tuple[Cap, str] | None:
        """Return the cap and the domain that leave no room for *cluster*, or None."""
        return next((
            (cap, domain) for cap in self._caps
            if self._taken[cap.by, domain := domain_of(cluster, cap.by)] >= cap.max
        ), None)  # fmt: skip

    def take(self, cluster: ClusterFacts) -> None:
        """Count *cluster* in every domain it is in."""
        for by in {cap.by for cap in self._caps}:
            self._taken[by, domain_of(cluster, by)] += 1


def told(cap: Cap, domain: str) -> str:
    """Return a cap and a domain in words: `site oslo (at most 1 at once)`."""
    return f"{cap.by.removeprefix(TAG)} {domain or 'not known'} (at most {cap.max} at once)"
