"""How long an upgrade takes: as measured on this fleet, else as documented.

Measured are finished upgrades that went through at the first attempt: from azlocal's announcement, or from the
first step where others started it, to the end of the last step. Clusters with as many nodes tell best; five of
them suffice. Where there are fewer, the whole fleet counts, and then never for less than documented.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from azlocal.core.data.thresholds import UPGRADE_EXPECTED
from azlocal.core.facts import ClusterFacts, SettingsFacts
from azlocal.core.steps import ended, walk
from azlocal.core.tags import Intent

ENOUGH = 5
UPGRADE_USUAL = timedelta(hours=2, minutes=45)
"""The middle of the documented 2.5 to 3 hours."""
_LONGEST = timedelta(hours=24)
"""Beyond this it was a resumed upgrade, whose steps tell of two attempts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Measured durations by number of nodes, each sorted."""

    by_nodes: Mapping[int, Sequence[timedelta]] = field(default_factory=dict)

    @property
    def measured(self) -> int:
        """Return how many upgrades were measured."""
        return sum(map(len, self.by_nodes.values()))

    def expected(self, nodes: int) -> timedelta:
        """Return what must be left of a window: nine of ten upgrades take no longer."""
        return self._at(nodes, 90, UPGRADE_EXPECTED)

    def usual(self, nodes: int) -> timedelta:
        """Return what half of the upgrades take at most."""
        return self._at(nodes, 50, UPGRADE_USUAL)

    def _at(self, nodes: int, percent: int, documented: timedelta) -> timedelta:
        same = self.by_nodes.get(nodes, ())
        if len(same) >= ENOUGH:
            return percentile(same, percent)
        every = sorted(span for spans in self.by_nodes.values() for span in spans)
        return max(documented, percentile(every, percent)) if len(every) >= ENOUGH else documented


DOCUMENTED = Durations()


def measure(clusters: Iterable[ClusterFacts]) -> Durations:
    """Return how long the finished upgrades among *clusters* took."""
    found: dict[int, list[timedelta]] = {}
    for nodes, span in _spans(clusters):
        found.setdefault(nodes, []).append(span)
    return Durations(by_nodes={nodes: tuple(sorted(spans)) for nodes, spans in found.items()}) if found else DOCUMENTED


def percentile(spans: Sequence[timedelta], percent: int) -> timedelta:
    """Return the nearest-rank percentile of *spans*, which are sorted and at least one."""
    rank = -(-len(spans) * percent // 100)
    return spans[max(0, rank - 1)]


def _spans(clusters: Iterable[ClusterFacts]) -> Iterator[tuple[int, timedelta]]:
    for cluster in clusters:
        settings = cluster.settings
        if isinstance(settings, SettingsFacts) and _succeeded(settings):
            span = _span(settings, cluster.intent if isinstance(cluster.intent, Intent) else None)
            if span is not None:
                yield len(cluster.nodes), span


def _succeeded(settings: SettingsFacts) -> bool:
    same = settings.operation_type.lower() == "clusterupgrade" and settings.mode.lower() == "deploy"
    return same and settings.deployment_status.lower() == "success"


def _span(settings: SettingsFacts, intent: Intent | None) -> timedelta | None:
    first = min((step.started_at for _, step in walk(settings.deployment_steps) if step.started_at), default=None)
    last = ended(settings.deployment_steps)
    if first is None or last is None:
        return None
    if intent is not None and intent.mode == "deploy":
        if intent.attempt > 1 or intent.failures:
            return None
        first = min(first, intent.at)
    return last - first if timedelta(0) < last - first <= _LONGEST else None
