"""What is left to do with each cluster, and when its calendar lets an upgrade start: what a forecast works on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azlocal.core.decisions import STARTS, Hold
from azlocal.core.facts import ClusterFacts, SettingsFacts
from azlocal.core.narrowing import narrowing
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.readings import Phase
from azlocal.core.recurrence import Span, frozen, meet, openings, outside, starts
from azlocal.core.rings import Member
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import moments
from azlocal.core.tags import Intent
from azlocal.core.windows import Freeze, Window

AHEAD = timedelta(days=366)
"""How far a forecast looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One cluster that is not done. `running_since` is given where its upgrade runs, or may run.

    `validated` says that no validation has to come first; `needs` is the reason and the sentence for which it
    waits for a person, empty when it waits for none.
    """

    one: ClusterDecision
    validated: bool = False
    running_since: datetime | None = None
    needs: tuple[str, str] | None = None

    @property
    def cluster(self) -> ClusterFacts:
        """Return the cluster."""
        return self.one.cluster

    @property
    def turn(self) -> tuple[int, str, str]:
        """Return its rank within its ring."""
        return self.one.turn, self.cluster.name.lower(), self.cluster.id.lower()


def is_good(one: ClusterDecision) -> bool:
    """Return whether a cluster is known to have been upgraded, which counts for the ramp."""
    return _member(one).upgraded


def _member(one: ClusterDecision) -> Member:
    return Member(cluster=one.cluster, candidate=one.candidate, reading=one.reading, inputs=one.inputs)


def work_of(one: ClusterDecision, plan: FleetPlan, now: datetime) -> Work | None:
    """Return what is left to do with a cluster, or None when nothing is."""
    member = _member(one)
    if member.done:
        return None
    decision, reading = one.decision, one.reading
    holds = isinstance(decision, Hold) and decision.reason not in {"ScopeShrunk", "FailureBudgetSpent"}
    held = (decision.reason, decision.message) if holds else None
    if held is None and not isinstance(decision, STARTS) and reading.phase in _STANDING:
        held = (reading.reason, reading.message)
    if held is not None and plan.update_extension and _only_extension_missing(one):
        held = None
    running = member.occupies and not member.validates
    return Work(
        one=one, needs=held, running_since=_since(one, now) if running else None,
        validated=reading.phase is Phase.VALIDATED and reading.ours,
    )  # fmt: skip


def _only_extension_missing(one: ClusterDecision) -> bool:
    unmet = {finding.check for finding in one.candidate.failing() if not finding.check.startswith("attest-")}
    return one.reading.phase is Phase.BLOCKED and unmet == {"B8"} and one.decision.reason != "ExtensionNotUpdated"


# What a closed or halted ring says first hides these: the phase tells them.
_STANDING = frozenset({
    Phase.OS_22H2, Phase.OS_UPGRADING, Phase.BLOCKED, Phase.VALIDATION_FAILED, Phase.APPLY_FAILED, Phase.START_REFUSED,
    Phase.NOT_APPLICABLE, Phase.UNKNOWN,
})  # fmt: skip


def _since(one: ClusterDecision, now: datetime) -> datetime:
    settings, intent = one.cluster.settings, one.cluster.intent
    if isinstance(intent, Intent) and intent.mode == "deploy":
        return intent.at
    steps = settings.deployment_steps if isinstance(settings, SettingsFacts) else ()
    return min(moments(steps), default=now)


@dataclass
class Calendars:
    """When upgrades of one ring may start, from *now* on for a year; clusters with the same tags share an answer."""

    plan: FleetPlan
    ring: Ring
    now: datetime
    _known: dict[tuple[object, timedelta], list[Span]] = field(default_factory=dict)

    @property
    def until(self) -> datetime:
        """Return how far the calendars reach."""
        return self.now + AHEAD

    def starts(self, cluster: ClusterFacts, needed: timedelta) -> list[Span]:
        """Return when an upgrade of *cluster* that takes *needed* may start."""
        tags = narrowing(cluster.tags)
        cached = self._known.get((tags, needed))
        if cached is None:
            cached = self._known[tags, needed] = self._found(cluster, needed)
        return cached

    def _found(self, cluster: ClusterFacts, needed: timedelta) -> list[Span]:
        tags = narrowing(cluster.tags)
        spans = self.of_ring(needed)
        for _, windows in tags.windows:
            spans = meet(spans, starts(windows, needed, self.now, self.until))
        for _, windows in tags.gates:
            spans = meet(spans, starts(windows, timedelta(microseconds=1), self.now, self.until))
        return meet(spans, self._thawed(tags.freezes)) if tags.freezes else spans

    def of_ring(self, needed: timedelta) -> list[Span]:
        """Return when an upgrade that takes *needed* may start by the ring's windows and the plan's freezes."""
        key = (None, needed)
        if key not in self._known:
            spans = starts(self.ring.windows, needed, self.now, self.until)
            self._known[key] = meet(spans, self._thawed(self.plan.freezes))
        return self._known[key]

    def _thawed(self, freezes: Iterable[Freeze]) -> list[Span]:
        taken = frozen(freezes, self.now, self.until)
        return outside(taken, self.now, self.until)

    def why_never(self, cluster: ClusterFacts, needed: timedelta) -> str:
        """Return why *cluster* can never start: what in its ring, or in its own tags, leaves no time."""
        return _why_never(self, cluster, needed)


def _why_never(calendars: Calendars, cluster: ClusterFacts, needed: timedelta) -> str:
    ring, tags = calendars.ring, narrowing(cluster.tags)
    if not ring.windows:
        return f"ring {ring.name} has no window"
    if not starts(ring.windows, needed, calendars.now, calendars.until):
        return f"the windows of ring {ring.name} are too short"
    if not calendars.of_ring(needed):
        return f"the windows of ring {ring.name} open in freezes only"
    for name, windows in tags.windows:
        if not starts(windows, needed, calendars.now, calendars.until):
            return f"the windows of its tag {name} are too short"
    names = dict.fromkeys([*(name for name, _ in (*tags.windows, *tags.gates)), *(one.reason for one in tags.freezes)])
    return f"its own tags ({', '.join(names)}) and the windows of ring {ring.name} leave no time"


def longest(windows: Iterable[Window], now: datetime) -> timedelta:
    """Return the longest time for which *windows* are open without a break within a year."""
    spans = openings(windows, now, now + AHEAD)
    return max((end - start for start, end in spans), default=timedelta(0))
