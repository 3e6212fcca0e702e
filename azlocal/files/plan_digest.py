"""What a plan is known by: the digest of its meaning.

Approvals are bound to this digest, so it answers one question: may a person's consent to the plan as
it was be taken as consent to the plan as it is? Hence:

- every key counts that says what may start, where, when, how many at a time, or on whose word;
- `paused` does not count: pausing must not cost the approvals, and lifting the pause only restores
  what was approved. `freezes` do count, although they only stop: dropping one allows starts on days
  that the approver saw closed;
- `acceptedRisks`, and the day on which something was attested, do not count: neither decides anything;
- comments, formatting, the order of keys, and the order of what is a set (all lists but `rings` and
  `ramp`) do not count, nor does the case of what Azure compares without case;
- a key left out counts as its default, and a default counts as nothing: a key that a later version
  adds leaves every digest as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, time, timedelta
from typing import Any

from azlocal.core.digest import canonical_digest
from azlocal.core.plan import FleetPlan
from azlocal.files.plan_values import VERSION

_LEFT_OUT = frozenset({"digest", "paused", "accepted_risks", "at"})
_CASELESS = frozenset({
    "subscriptions", "management_groups", "exclude", "control", "lease", "ids", "names", "regions", "models", "tags",
    "expression",
})  # fmt: skip


def plan_digest(plan: FleetPlan) -> str:
    """Return the digest (64 hex digits) of what *plan* means."""
    return canonical_digest({"version": VERSION, **_parts(plan)})


def _parts(value: Any) -> dict[str, Any]:
    return {
        field.name: _meaning(getattr(value, field.name), field.name)
        for field in fields(value)
        if field.name not in _LEFT_OUT and getattr(value, field.name) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _meaning(value: Any, name: str) -> Any:
    if is_dataclass(value):
        return _parts(value)
    if isinstance(value, Mapping):
        return {_meaning(key, name): _meaning(one, name) for key, one in value.items()}
    if isinstance(value, tuple | frozenset):
        parts = [_meaning(one, name) for one in value]
        return parts if name in {"rings", "ramp", "overrides"} else _as_set(parts)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, date | time):
        return value.isoformat()
    return value.lower() if name in _CASELESS and isinstance(value, str) else value


def _as_set(parts: list[Any]) -> list[Any]:
    texts = {json.dumps(part, sort_keys=True): part for part in parts}
    return [texts[text] for text in sorted(texts)]
