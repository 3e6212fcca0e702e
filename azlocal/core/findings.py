"""One check's result, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from azlocal.core.data.thresholds import RULES


class Status(str, Enum):
    """How a check came out. `UNKNOWN` is never a pass."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"
    ATTESTED = "attested"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check and what it found: the value, where Azure shows it, and when it was read.

    `severity` is blocking, warning or info; `confidence` high, medium or low; `question` is what to
    ask the operator when Azure cannot show it. `settled_by` says what may settle what is not known:
    `validation` (its success shows it), `attestation` (needed before an upgrade), or nothing but Azure.
    """

    check: str
    status: Status
    message: str
    severity: str = "blocking"
    value: str = ""
    resource_id: str = ""
    path: str = ""
    """The property that shows it, from the resource."""
    observed_at: datetime | None = None
    confidence: str = "high"
    remedy: str = ""
    question: str = ""
    settled_by: str = ""
    overridden: str = ""
    """What the plan says instead of the rule's own values, where that touched this finding."""
    accepted: str = ""
    """Who takes this risk on, until when and why; it changes neither status nor decision."""
    rule_version: str = RULES
    since: datetime | None = None
    """Since when it holds, at least, where Azure shows a moment."""

    @property
    def passes(self) -> bool:
        """Return whether the check is met by evidence or by attestation."""
        return self.status in {Status.MET, Status.ATTESTED}

    @property
    def rules(self) -> str:
        """Return the version of the rules behind it, with `+plan` where the plan overrides one of them."""
        return f"{self.rule_version}+plan" if self.overridden else self.rule_version
