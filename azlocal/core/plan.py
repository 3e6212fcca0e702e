"""The fleet plan: what people want, as values. Files become plans in `azlocal.files`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from azlocal.core.digest import request_digest
from azlocal.core.domains import Cap
from azlocal.core.expressions import Expression, parse, wildcard
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key
from azlocal.core.limits import Amount
from azlocal.core.windows import Freeze, Window


@dataclass(frozen=True, slots=True)
class Traits:
    """What selectors look at in one cluster, in the form in which they compare it."""

    tags: Mapping[str, str]
    name: str
    region: str
    model: str
    id: str
    nodes: int = 0

    @classmethod
    def of(cls, cluster: ClusterFacts) -> Traits:
        """Return the traits of *cluster*."""
        return cls(
            {name.lower(): value.lower() for name, value in cluster.tags.items()},
            cluster.name.lower(), _region(cluster.location), cluster.model.lower(), key(cluster.id), len(cluster.nodes),
        )  # fmt: skip


class Patterns:
    """Words with `*` as the only wildcard. Many plain words cost no more than one."""

    def __init__(self, texts: Iterable[str]) -> None:
        lowered = [text.lower() for text in texts]
        self._words = frozenset(text for text in lowered if "*" not in text)
        self._wild = [wildcard(text) for text in lowered if "*" in text]

    def fit(self, value: str) -> bool:
        """Return whether *value*, in lower case, is one of the words or fits one of the patterns."""
        return value in self._words or any(one.fullmatch(value) for one in self._wild)


def _region(text: str) -> str:
    return text.replace(" ", "").lower()


# No slots: what a plan selects by is compared with every cluster of a fleet, so its form is made once.
@dataclass(frozen=True, kw_only=True)
class Selector:
    """Which clusters are meant: every part that is given must fit; no part given selects nothing."""

    tags: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    expression: str = ""
    """In its canonical writing, see `azlocal.core.expressions`."""
    all: bool = False

    def selects(self, cluster: ClusterFacts) -> bool:
        """Return whether *cluster* is meant. Names and models are patterns with `*`; case never matters."""
        return self.fits(Traits.of(cluster))

    def fits(self, cluster: Traits) -> bool:
        """Return whether the cluster of these traits is meant."""
        if not (self.tags or self.names or self.regions or self.models or self.ids or self.expression):
            return self.all
        return (
            all(cluster.tags.get(name) == value for name, value in self.tag_pairs)
            and (not self.ids or cluster.id in self._ids)
            and (not self.regions or self._regions.fit(cluster.region))
            and (not self.names or self._names.fit(cluster.name))
            and (not self.models or self._models.fit(cluster.model))
            and (not self.expression or self._expression.holds(cluster) is True)
        )

    @cached_property
    def tag_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the tags that must fit, in lower case."""
        return tuple((name.lower(), value.lower()) for name, value in self.tags.items())

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(map(key, self.ids))

    @cached_property
    def _regions(self) -> Patterns:
        return Patterns(map(_region, self.regions))

    @cached_property
    def _names(self) -> Patterns:
        return Patterns(self.names)

    @cached_property
    def _models(self) -> Patterns:
        return Patterns(self.models)

    @cached_property
    def _expression(self) -> Expression:
        return parse(self.expression)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One ring: who is in it, and what holds for starts in it."""

    name: str
    select: Selector
    expect: int
    max_concurrent: Amount = 1
    failure_budget: Amount = 0
    soak: timedelta = timedelta(days=1)
    gate: str = "approval"
    windows: tuple[Window, ...] = ()
    ramp: tuple[Amount, ...] = ()
    """How many may begin their upgrade, stage by stage; empty: as many as the limit allows."""
    caps: tuple[Cap, ...] = ()
    order: str = "name"
    """What comes first among clusters that may start: `name`, or `nodes` for the smallest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validating:
    """How validations run. By default as upgrades do: in the slots of a ring that is open.

    `max_concurrent` gives validations slots of their own, for the whole fleet; a share is one of all ring
    members. `ahead` lets them run in rings whose gate has not opened yet.
    """

    max_concurrent: Amount | None = None
    ahead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How many times a failed attempt is repeated without asking, by the retry class of its diagnosis."""

    safe: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What an operator states and ARM cannot show. `value` is yes or no; it ends with the day *until*."""

    key: str
    value: str
    by: str
    until: date | None
    select: Selector = field(default_factory=lambda: Selector(all=True))
    at: date | None = None
    """The day on which it was stated, where the plan says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRisk:
    """A risk that a person takes on for some clusters, by its name; it ends with the day *until*."""

    risk: str
    by: str
    until: date
    reason: str
    select: Selector = field(default_factory=lambda: Selector(all=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A rule's value as the plan wants it, in canonical writing; it ends with the day *until*."""

    rule: str
    value: str
    by: str
    until: date
    reason: str
    select: Selector = field(default_factory=lambda: Selector(all=True))


# No slots, for the same reason as `Selector`.
@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where to look. `exclude` holds ids of clusters, resource groups or subscriptions."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def excludes(self, cluster_id: str) -> bool:
        """Return whether a cluster is left out, by its own id or that of its group or subscription."""
        parts = key(cluster_id).split("/")
        return bool(self._excluded) and any("/".join(parts[:end]) in self._excluded for end in range(3, len(parts) + 1))

    @cached_property
    def _excluded(self) -> frozenset[str]:
        return frozenset(map(key, self.exclude)) - {""}


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
    accepted_risks: tuple[AcceptedRisk, ...] = ()
    overrides: tuple[Override, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    caps: tuple[Cap, ...] = ()
    validate: Validating = Validating()
    retry: Retry = Retry()
    paused: bool = False
    update_extension: bool = False
    validation_fresh_for: timedelta = timedelta(hours=72)
    facts_fresh_for: timedelta = timedelta(hours=24)

    def ring_of(self, cluster: ClusterFacts) -> Ring | None:
        """Return the first ring that selects *cluster*, or None."""
        traits = Traits.of(cluster)
        return next((ring for ring in self.rings if ring.select.fits(traits)), None)


class RingFinder:
    """`FleetPlan.ring_of` for a whole fleet: rings are looked up by the first tag that they want."""

    def __init__(self, plan: FleetPlan) -> None:
        self._rings = plan.rings
        self._by_tag: dict[tuple[str, str] | None, list[int]] = {}
        for place, ring in enumerate(plan.rings):
            self._by_tag.setdefault(next(iter(ring.select.tag_pairs), None), []).append(place)

    def ring_of(self, cluster: ClusterFacts) -> Ring | None:
        """Return the first ring that selects *cluster*, or None."""
        traits = Traits.of(cluster)
        places = {place for pair in traits.tags.items() for place in self._by_tag.get(pair, ())}
        places.update(self._by_tag.get(None, ()))
        return next((self._rings[place] for place in sorted(places) if self._rings[place].select.fits(traits)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """One cluster's upgrade inputs as read: template parameters without the mode.

    `digest` (64 hex digits) is that of the configuration Azure will echo, `template` that of the template
    that is sent with it; `problems` are the reasons why the inputs cannot be sent, each with file and line.
    """

    cluster_id: str
    parameters: Mapping[str, object]
    digest: str
    source: str
    problems: tuple[str, ...] = ()
    template: str = ""

    @property
    def request_digest(self) -> str:
        """Return the digest (64 hex digits) of all that is sent but the mode: intents and tags carry it."""
        return request_digest(self.digest, self.template)
