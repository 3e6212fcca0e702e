"""How a cluster takes what is asked of it: what scenarios say, one attempt at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENDS = ("success", "failure", "stuck", "refused", "silent")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ends.

    `ends` is success, failure, stuck (never), refused (Deploy only: the checker that runs first says
    no) or silent (no report from the device: OperationTimeout after 600 s). `step` names the failing
    or hanging step, empty for the usual one; `text` is the exception, or a key of the known texts.
    """

    ends: str = "success"
    step: str = ""
    text: str = ""


@dataclass(slots=True)
class Behaviour:
    """How one cluster takes attempts: the n-th gets the n-th outcome, and the last one repeats."""

    validations: tuple[Outcome, ...] = (Outcome(),)
    upgrades: tuple[Outcome, ...] = (Outcome(),)
    solution_version: str = ""
    """Version after success; empty means the one usual for the OS family."""
    syncs: bool = True
    """Whether the cluster goes on reporting (`lastSyncTimestamp` moves)."""
    extension: str = "success"
    """How a write of the LCM extension ends: success or failure."""


USUAL = Behaviour()


def behaviour_of(behaviours: Mapping[str, Any], cluster_id: str) -> Behaviour:
    """Return how a cluster behaves; one that nobody spoke of behaves well."""
    found = behaviours.get(cluster_id.lower(), USUAL)
    return found if isinstance(found, Behaviour) else USUAL


def outcome_of(behaviour: Behaviour, mode: str, attempt: int) -> Outcome:
    """Return how the *attempt*-th operation of *mode* (Validate or Deploy) ends; attempts begin at 1.

    Raises ValueError for an end that does not exist, or that the mode cannot have.
    """
    outcomes = behaviour.validations if mode == "Validate" else behaviour.upgrades
    outcome = outcomes[min(attempt, len(outcomes)) - 1] if outcomes else Outcome()
    if outcome.ends not in ENDS or (outcome.ends == "refused" and mode == "Validate"):
        raise ValueError(f"a {mode} cannot end as '{outcome.ends}'")
    return outcome
