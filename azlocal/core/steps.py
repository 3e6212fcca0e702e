"""The nested steps of a validation or an upgrade."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from azlocal.core.facts import SettingsFacts, Step

_FAILED = frozenset({"error", "failed"})
_RAISED = re.compile(
    r"^(?:CloudEngine\S*Exception:\s*)?Type '(?P<type>[^']+)' of Role '(?P<role>[^']+)' raised an exception:\s*"
    r"(?P<body>.*)$",
    re.DOTALL,
)
_LONGEST = 400


def walk(steps: Iterable[Step], path: str = "") -> Iterator[tuple[str, Step]]:
    """Yield (path, step) depth first; a path is the step indexes or positions joined by dots."""
    for place, step in enumerate(steps):
        here = step.index or f"{path}.{place}".strip(".")
        yield here, step
        yield from walk(step.steps, here)


def failing_step(steps: Iterable[Step]) -> Step | None:
    """Return the deepest failing step, the first of equals."""
    for step in steps:
        if step.status.lower() in _FAILED:
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
    """Return the line a person needs of a failing step: its name and the innermost message."""
    if step is None:
        return ""
    said = _human(step.exceptions[0]) if step.exceptions else ""
    return f"{step.name}: {said}"[:_LONGEST] if said else step.name


def _human(text: str) -> str:
    found = _RAISED.match(text.strip())
    if found is None:
        return " ".join(text.split())
    detail = _from_json(found["body"])
    return f"{found['type']} ({found['role']}): {detail or ' '.join(found['body'].split())}"


def _from_json(body: str) -> str:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = content.get("ErrorMessage") if isinstance(content, dict) else None
    if isinstance(message, str):
        return message
    if not isinstance(message, dict):
        return ""
    results = message.get("Results") or []
    for result in results if isinstance(results, list) else [results]:
        data = result.get("AdditionalData") if isinstance(result, dict) else None
        if isinstance(data, dict) and data.get("Detail") and not _passed(result, data):
            return f"{result.get('Title') or result.get('Name')}: {data['Detail']}"
    return str(message.get("Message", ""))


def _passed(result: dict[str, Any], data: dict[str, Any]) -> bool:
    """Return whether a result says that its test passed, as a number or as a word; one that says nothing did not."""
    said = result.get("Status", data.get("Status"))
    return str(said).upper() in {"0", "SUCCESS"}
