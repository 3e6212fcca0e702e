"""What happened in each ring, and what is foreseen, as spans of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.core.facts import SettingsFacts
from azlocal.core.forecast import Outcome, RingForecast
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import ended, moments
from azlocal.core.tags import Intent

DONE, FAILED, RUNNING, USUAL, SLOW, SOAK = "done", "failed", "running", "usual", "slow", "soak"
MOST_SPANS = 240
"""Upgrades of one ring that are drawn one by one; of more, the earliest begin and the latest end are drawn."""
_LEAST, _MOST_PAST = timedelta(hours=12), timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Span:
    """One bar: when, and of what."""

    begins: datetime
    ends: datetime
    kind: str
    label: str


def past(members: Iterable[ClusterDecision], now: datetime) -> list[Span]:
    """Return the upgrades of a ring's clusters that ended or run, the earliest first, what failed on top."""
    spans = (span for one in members if (span := _upgrade(one, now)))
    found = sorted(spans, key=lambda span: (span.kind == FAILED, span.begins))
    if len(found) <= MOST_SPANS:
        return found
    return [_all(found, kind) for kind in (DONE, FAILED, RUNNING) if any(one.kind == kind for one in found)]


def _all(spans: Sequence[Span], kind: str) -> Span:
    ours = [one for one in spans if one.kind == kind]
    return Span(ours[0].begins, max(one.ends for one in ours), kind, f"{len(ours)} upgrades")


def _upgrade(one: ClusterDecision, now: datetime) -> Span | None:
    settings, phase = one.cluster.settings, one.reading.phase
    if not isinstance(settings, SettingsFacts) or not settings.deployment_steps:
        return None
    begins = min(moments(settings.deployment_steps), default=None)
    ends = now if phase is Phase.APPLYING else ended(settings.deployment_steps)
    if begins is None or ends is None or settings.mode.lower() != "deploy":
        return None
    kind = RUNNING if phase is Phase.APPLYING else FAILED if phase is Phase.APPLY_FAILED else DONE
    return Span(_begun(one, begins, ends), ends, kind, one.cluster.name)


def _begun(one: ClusterDecision, begins: datetime, ends: datetime) -> datetime:
    """Return when the attempt began: a resumed upgrade keeps the times of the steps before it."""
    intent = one.cluster.intent
    ours = isinstance(intent, Intent) and intent.mode == "deploy" and begins < intent.at < ends
    return intent.at if ours and isinstance(intent, Intent) else begins


def foreseen(ring: RingForecast | None) -> Iterator[Span]:
    """Yield what is foreseen of a ring: its starts and ends by both durations, and its soak."""
    if ring is None or not ring.left:
        return
    slow, usual = ring.p90, ring.p50
    if slow.last_finish and usual.last_finish and slow.last_finish > usual.last_finish:
        yield Span(usual.last_finish, slow.last_finish, SLOW, "until p90")
    begins = usual.first_start or usual.opens
    if begins and usual.last_finish:
        yield Span(begins, usual.last_finish, USUAL, "until p50")
    yield from _soak(slow if slow.soaked else usual)


def _soak(outcome: Outcome) -> Iterator[Span]:
    if outcome.last_finish and outcome.soaked and outcome.soaked > outcome.last_finish:
        yield Span(outcome.last_finish, outcome.soaked, SOAK, "soaks")


def extent(spans: Sequence[Span], now: datetime) -> tuple[datetime, datetime]:
    """Return from when to when an image goes: all that is foreseen, and as much of the past as fits beside it."""
    last = max([now + _LEAST, *(one.ends for one in spans)])
    reach = max(_MOST_PAST, 2 * (last - now))
    first = min([now - _LEAST / 4, *(one.begins for one in spans if now - one.begins <= reach)])
    margin = (last - first) / 40
    return first - margin, last + margin
