"""The words for where a cluster stands on the road, and what a reading of it tells.

Os22H2 - OsUpgrading - Candidate - Validating - Validated - Applying - Verifying - Solution
                           |           |                        |
                        Blocked  ValidationFailed          ApplyFailed   (resumed, never validated anew)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Phase(str, Enum):
    """A cluster's place on the road. The values are part of the telemetry schema."""

    OS_22H2 = "Os22H2"
    OS_UPGRADING = "OsUpgrading"
    BLOCKED = "Blocked"
    CANDIDATE = "Candidate"
    STARTING = "Starting"
    START_REFUSED = "StartRefused"
    VALIDATING = "Validating"
    VALIDATED = "Validated"
    VALIDATION_FAILED = "ValidationFailed"
    APPLYING = "Applying"
    APPLY_FAILED = "ApplyFailed"
    VERIFYING = "Verifying"
    SOLUTION = "Solution"
    NOT_APPLICABLE = "NotApplicable"
    UNKNOWN = "Unknown"

    def __str__(self) -> str:
        return self.value

    @property
    def running(self) -> bool:
        """Return whether an operation is, or may be, under way."""
        return self in {Phase.STARTING, Phase.VALIDATING, Phase.APPLYING, Phase.VERIFYING}

    @property
    def failed(self) -> bool:
        """Return whether an operation failed and waits for a person."""
        return self in {Phase.VALIDATION_FAILED, Phase.APPLY_FAILED, Phase.START_REFUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A phase and why. `ours` says whether the operation it speaks of was started by azlocal."""

    phase: Phase
    reason: str
    message: str
    ours: bool = False
    mode: str = ""
    """The mode of the operation it speaks of, validate or deploy; empty when it speaks of none."""
    code: str = ""
    """ARM's error code, where ARM refused our start."""
    step: str = ""
    """The innermost running or failing step."""
    stuck: bool = False
    validated_at: datetime | None = None
    echo_equal: bool | None = None
    """Whether Azure echoes the configuration azlocal would send; None when it cannot be said."""
    in_flight: bool = False
    """Whether an operation runs, or may run, by any source: it takes a slot, and nothing starts beside it."""
