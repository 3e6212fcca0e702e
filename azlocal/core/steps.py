"""The nested steps of a validation or an upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from azlocal.core.evidence import cut_line, deepest
from azlocal.core.evidence_reading import from_steps
from azlocal.core.facts import SettingsFacts, Step

_FAILED = frozenset({"error", "failed"})


def walk(steps: Iterable[Step], path: str = "") -> Iterator[tuple[str, Step]]:
    """Yield (path, step) depth first; a path is the step indexes or positions joined by dots."""
    for place, step in enumerate(steps):
        here = step.index or f"{path}.{place}".strip(".")
        yield here, step
        yield from walk(step.steps, here)


def is_failed(step: Step) -> bool:
    """Return whether Azure says that the step failed."""
    return step.status.lower() in _FAILED


def failing_step(steps: Iterable[Step]) -> Step | None:
    """Return the deepest failing step, the first of equals."""
    for step in steps:
        if is_failed(step):
            return failing_step(step.steps) or step
    return None


def running_step(steps: Iterable[Step]) -> Step | None:
    """Return the innermost step that is in progress."""
    for step in steps:
        if step.status.lower() == "inprogress":
            return running_step(step.steps) or step
    return None


def moments(steps: Iterable[Step]) -> Iterator[datetime]:
    """Yield every moment that *steps* show."""
    for _, step in walk(steps):
        yield from (moment for moment in (step.started_at, step.ended_at) if moment is not None)


def latest(settings: SettingsFacts) -> datetime | None:
    """Return the newest moment that any step shows, or None.

    The checks before an upgrade report as a validation does, so both lists tell. A resumed upgrade keeps
    the times of its earlier steps, so the oldest would tell nothing.
    """
    return max(moments((*settings.validation_steps, *settings.deployment_steps)), default=None)


def ended(steps: Iterable[Step]) -> datetime | None:
    """Return when the last step ended, or None."""
    return max((step.ended_at for _, step in walk(steps) if step.ended_at), default=None)


def text_of(step: Step | None) -> str:
    """Return the line a person needs of a failing step: its name, and what the check or the engine says."""
    if step is None:
        return ""
    alone = Step(name=step.name, status="Error", exceptions=step.exceptions)
    told = deepest(from_steps([alone])) if step.exceptions else None
    if told is None or not told.line:
        return step.name
    by = f"{told.interface} ({told.role}): " if told.source == "check" and told.interface else ""
    return cut_line(f"{step.name}: {by}{told.line}")
