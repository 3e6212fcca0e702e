"""The fleet plan: what people want, as values. Files become plans in `azlocal.files`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase

from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key
from azlocal.core.windows import Freeze, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which clusters are meant: every part that is given must fit; no part given selects nothing."""

    tags: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    all: bool = False

    def selects(self, cluster: ClusterFacts) -> bool:
        """Return whether *cluster* is meant. Names and models are patterns with `*`; case never matters."""
        tags = {name.lower(): value.lower() for name, value in cluster.tags.items()}
        tests = (
            (self.tags, all(tags.get(name.lower()) == value.lower() for name, value in self.tags.items())),
            (self.names, _fits(cluster.name, self.names)),
            (self.regions, _fits(_region(cluster.location), tuple(map(_region, self.regions)))),
            (self.models, _fits(cluster.model, self.models)),
            (self.ids, key(cluster.id) in {key(one) for one in self.ids}),
        )
        given = [fits for part, fits in tests if part]
        return all(given) and (bool(given) or self.all)


def _fits(value: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)


def _region(text: str) -> str:
    return text.replace(" ", "").lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One ring: who is in it, and what holds for starts in it."""

    name: str
    select: Selector
    expect: int
    max_concurrent: int = 1
    failure_budget: int = 0
    soak: timedelta = timedelta(days=1)
    gate: str = "approval"
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What an operator states and ARM cannot show. `value` is yes or no; it ends with the day *until*."""

    key: str
    value: str
    by: str
    until: date | None
    select: Selector = field(default_factory=lambda: Selector(all=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where to look. `exclude` holds ids of clusters, resource groups or subscriptions."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def excludes(self, cluster_id: str) -> bool:
        """Return whether a cluster is left out, by its own id or that of its group or subscription."""
        target = key(cluster_id)
        return any(target == key(one) or target.startswith(key(one) + "/") for one in self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """The desired rollout. `digest` is SHA-256 over the plan's canonical form (64 hex digits)."""

    digest: str
    scope: Scope
    rings: tuple[Ring, ...] = ()
    control: str = ""
    lease: str = ""
    inputs: str = ""
    attestations: tuple[Attestation, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    paused: bool = False
    update_extension: bool = False
    validation_fresh_for: timedelta = timedelta(hours=72)
    facts_fresh_for: timedelta = timedelta(hours=24)

    def ring_of(self, cluster: ClusterFacts) -> Ring | None:
        """Return the first ring that selects *cluster*, or None."""
        return next((ring for ring in self.rings if ring.select.selects(cluster)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """One cluster's upgrade inputs as read: template parameters without the mode.

    `digest` (64 hex digits) is that of the configuration Azure will echo; `problems` are the
    reasons why the inputs cannot be sent, each with file and line.
    """

    cluster_id: str
    parameters: Mapping[str, object]
    digest: str
    source: str
    problems: tuple[str, ...] = ()
