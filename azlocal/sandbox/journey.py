"""How a cluster takes what is asked of it: what scenarios say, one attempt at a time."""

from __future__ import annotations

from dataclasses import dataclass


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
