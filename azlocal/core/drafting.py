"""A first plan for a fleet, by Microsoft's own advice for updates: small first, spread out, wait, then go on.

canary  one cluster of each hardware model and size that is ready, the smallest; few
early   about a fifth of the rest that is ready, small ones first, one site after the other
broad   everything else, a tenth at a time; what is not ready yet comes last

Source: Microsoft Learn, best practices for Azure Update Manager on Azure Local (2025-06): test clusters that mirror
production first, batches by tag, group, subscription, version, location or site, the smallest batch first, within a
maintenance window, the next batch only after the last one succeeded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from azlocal.core.facts import ClusterFacts
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.tags import value_of

SITE_TAGS = ("azlocal-site", "site", "location", "store", "plant", "branch", "city", "office")
MOST_CANARIES = 5
_READY = frozenset({Phase.CANDIDATE, Phase.VALIDATED})
_NEVER = frozenset({Phase.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Who is in which ring; `site` is the tag that tells sites apart, empty where no tag does."""

    canary: tuple[ClusterDecision, ...]
    early: tuple[ClusterDecision, ...]
    broad: tuple[ClusterDecision, ...]
    excluded: tuple[ClusterDecision, ...]
    site: str

    @property
    def clusters(self) -> tuple[ClusterDecision, ...]:
        """Return every cluster of a ring."""
        return (*self.canary, *self.early, *self.broad)


def draft(clusters: Iterable[ClusterDecision]) -> Draft:
    """Return who belongs into which ring; every cluster is in exactly one, or excluded because it can never go."""
    every = sorted(clusters, key=_smallest_first)
    wanted = [one for one in every if one.reading.phase not in _NEVER]
    site = site_tag([one.cluster for one in wanted])
    ready = [one for one in wanted if one.reading.phase in _READY]
    canary = _of_each_kind(ready or [one for one in wanted if one.reading.phase is not Phase.SOLUTION] or wanted)
    chosen = {one.cluster.id for one in canary}
    rest = [one for one in ready if one.cluster.id not in chosen]
    early = _spread(rest, site)[: -(-len(rest) // 5)]
    taken = chosen | {one.cluster.id for one in early}
    return Draft(
        canary=tuple(canary), early=tuple(early), broad=tuple(one for one in wanted if one.cluster.id not in taken),
        excluded=tuple(one for one in every if one.reading.phase in _NEVER), site=site,
    )  # fmt: skip


def _smallest_first(one: ClusterDecision) -> tuple[int, str, str]:
    return len(one.cluster.nodes), one.cluster.name.lower(), one.cluster.id.lower()


def _of_each_kind(ready: Sequence[ClusterDecision]) -> list[ClusterDecision]:
    """Return the first of each model and size: at most a tenth of all, at least one, and never more than a few."""
    kinds: dict[tuple[str, int], ClusterDecision] = {}
    for one in ready:
        kinds.setdefault((one.cluster.model.lower(), len(one.cluster.nodes)), one)
    return list(kinds.values())[: max(1, min(MOST_CANARIES, len(ready) // 10))]


def _spread(clusters: Sequence[ClusterDecision], site: str) -> list[ClusterDecision]:
    """Return *clusters* so that one of each site comes before the second of any."""
    sites: dict[str, list[ClusterDecision]] = {}
    for one in clusters:
        sites.setdefault(place_of(one.cluster, site), []).append(one)
    rounds = zip_longest(*sites.values())
    return [one for one in chain.from_iterable(rounds) if one is not None]


def place_of(cluster: ClusterFacts, site: str) -> str:
    """Return the site of a cluster by its tag, else its region."""
    return (value_of(cluster.tags, site) or "" if site else "") or cluster.location


def site_tag(clusters: Sequence[ClusterFacts]) -> str:
    """Return the tag by which at least half of *clusters* name their sites, two or more; else an empty text."""
    counts: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    for cluster in clusters:
        for name in SITE_TAGS:
            text = value_of(cluster.tags, name)
            if text and text.strip():
                counts[name] += 1
                values.setdefault(name, set()).add(text.strip().lower())
    told = (name for name in SITE_TAGS if counts[name] * 2 >= len(clusters) and len(values.get(name, ())) > 1)
    return next(told, "")
