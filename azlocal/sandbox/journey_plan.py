"""An attempt from acceptance to end, known beforehand: which step runs when, and how it ends.

Pure: the same cluster, seed, outcome and world give the same plan. What a moment of it looks like in
Azure is `journey_report`'s business, and letting it happen `journey_run`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from azlocal.sandbox.journey_steps import Stage

SUCCESS, ERROR, SKIPPED, RUNNING = "Success", "Error", "Skipped", "InProgress"
_FAILS_AFTER = 0.6


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a step fails, and on which node."""

    step: str
    text: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of one attempt: `starts` None is never reached, `ends` None never ends."""

    name: str
    description: str
    index: str
    starts: datetime | None
    ends: datetime | None
    status: str = SUCCESS
    failures: tuple[Failure, ...] = ()
    parts: tuple[Planned, ...] = ()
    kept: Mapping[str, Any] | None = None
    """The report of an earlier attempt, when this one goes on behind it."""

    def over(self, now: datetime) -> bool:
        """Return whether nothing more is going to happen in this step."""
        return self.kept is not None or self.starts is None or (self.ends is not None and self.ends <= now)


def share(seed: int, *words: str) -> float:
    """Return a number from 0 to below 1 that depends on nothing but its arguments."""
    told = hashlib.blake2b(":".join((str(seed), *words)).lower().encode(), digest_size=7).digest()
    return int.from_bytes(told, "big") / (1 << 56)


@dataclass(slots=True)
class Planner:
    """Lays steps one behind the other.

    `stops` says whether the first failing step is the last one (an upgrade) or the others still run
    (a validation, which tests everything). `cursor` is None once nothing more is reached.
    """

    cursor: datetime | None
    seed: int
    words: tuple[str, ...]
    stops: bool
    hangs: str = ""
    failures: Mapping[str, tuple[Failure, ...]] = field(default_factory=dict)

    def steps(
        self, stages: Iterable[Stage], prefix: str = "", first: int = 0, earlier: Iterable[Mapping[str, Any]] = ()
    ) -> tuple[Planned, ...]:
        """Return *stages* planned; what *earlier* (reported steps) shows as done is kept."""
        known = {str(one.get("name", "")).lower(): one for one in earlier}
        return tuple(
            self._step(stage, f"{prefix}{place}", known.get(stage.name.lower()))
            for place, stage in enumerate(stages, start=first)
        )

    def _step(self, stage: Stage, index: str, earlier: Mapping[str, Any] | None) -> Planned:
        if earlier is not None and earlier.get("status") in {SUCCESS, SKIPPED}:
            return Planned(stage.name, stage.description, index, None, None, kept=earlier)
        if self.cursor is None:
            return self._unreached(stage, index)
        return self._composite(stage, index, earlier) if stage.parts else self._leaf(stage, index)

    def _unreached(self, stage: Stage, index: str) -> Planned:
        return Planned(stage.name, stage.description, index, None, None, parts=self.steps(stage.parts, f"{index}.", 1))

    def _composite(self, stage: Stage, index: str, earlier: Mapping[str, Any] | None) -> Planned:
        starts = (parsed(earlier.get("startTimeUtc")) if earlier else None) or self.cursor
        own = self.failures.get(stage.name.lower(), ())
        parts = self.steps(stage.parts, f"{index}.", 1, earlier.get("steps") or () if earlier else ())
        status = ERROR if own or any(part.status == ERROR for part in parts) else SUCCESS
        ends = self.cursor or end_of(parts)
        if own and self.stops:
            self.cursor = None
        return Planned(stage.name, stage.description, index, starts, ends, status, own, parts)

    def _leaf(self, stage: Stage, index: str) -> Planned:
        starts = self.cursor
        if stage.skipped or starts is None:
            return Planned(stage.name, stage.description, index, starts, starts, SKIPPED)
        if stage.name.lower() == self.hangs.lower():
            self.cursor = None
            return Planned(stage.name, stage.description, index, starts, None)
        failures = self.failures.get(stage.name.lower(), ())
        length = stage.seconds * self._pace(stage.name) * (_FAILS_AFTER if failures else 1.0)
        ends = starts + timedelta(seconds=max(1, round(length)))
        self.cursor = None if failures and self.stops else ends
        return Planned(stage.name, stage.description, index, starts, ends, ERROR if failures else SUCCESS, failures)

    def _pace(self, name: str) -> float:
        """Return how long this takes of what is usual: up to 4 % more or less for the cluster, 3 % for the step."""
        return 0.93 + 0.08 * share(self.seed, self.words[0]) + 0.06 * share(self.seed, *self.words, name)


def end_of(steps: Iterable[Planned]) -> datetime | None:
    """Return when the last step that is reached ends, or None when it never does."""
    reached = [step for step in steps if step.starts is not None]
    return reached[-1].ends if reached else None


def failed(steps: Iterable[Planned]) -> bool:
    """Return whether a step of *steps* fails."""
    return any(step.status == ERROR for step in steps)


def walk(steps: Iterable[Planned]) -> Iterator[Planned]:
    """Yield the steps that run in this attempt, depth first."""
    for step in steps:
        if step.kept is None and step.starts is not None:
            yield step
            yield from walk(step.parts)


def parsed(text: object) -> datetime | None:
    """Return the moment of a reported step time, which has no zone and is UTC."""
    try:
        return datetime.strptime(str(text or ""), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return None
