"""Whose inputs are whose: clusters by name, group/name or resource id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from azlocal.core.ids import group_name_of, key, name_of


class Owners:
    """The clusters that inputs may belong to. Case never matters."""

    def __init__(self, clusters: Sequence[tuple[str, str]]) -> None:
        self.ids = {key(cluster_id): cluster_id for cluster_id, _ in clusters}
        self._by: dict[str, set[str]] = defaultdict(set)
        for cluster_id, name in clusters:
            for called in (cluster_id, f"{group_name_of(cluster_id)}/{name}", name, name_of(cluster_id)):
                self._by[_plain(called)].add(key(cluster_id))

    def of(self, reference: str) -> list[str]:
        """Return the keys of the clusters that *reference* may mean: none, one or several."""
        return sorted(self._by.get(_plain(reference), ()))


def _plain(called: str) -> str:
    return called.strip().strip("/").lower()
