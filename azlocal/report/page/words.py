"""The words and marks of the page: no meaning rests on a colour alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.report.state import needs_a_person

GOOD, MOVE, BAD, WARN, IDLE = "good", "move", "bad", "warn", "idle"


@dataclass(frozen=True, slots=True)
class Word:
    """How a phase is shown: its name for people, its tone, its mark, and what it means."""

    label: str
    tone: str
    mark: str
    meaning: str


ROAD: dict[Phase, Word] = {
    Phase.OS_22H2: Word("On 22H2", IDLE, "○", "the operating system is to be upgraded first"),
    Phase.OS_UPGRADING: Word("OS upgrade", MOVE, "▶", "the operating system is being upgraded"),
    Phase.BLOCKED: Word("Blocked", WARN, "■", "a precondition is not met"),
    Phase.CANDIDATE: Word("Candidate", IDLE, "●", "meets the preconditions that Azure can show"),
    Phase.STARTING: Word("Starting", MOVE, "▶", "a start was sent and is not visible yet"),
    Phase.VALIDATING: Word("Validating", MOVE, "▶", "readiness validation runs"),
    Phase.VALIDATED: Word("Validated", IDLE, "◆", "readiness validation succeeded"),
    Phase.APPLYING: Word("Upgrading", MOVE, "▶", "the solution upgrade runs"),
    Phase.VERIFYING: Word("Verifying", MOVE, "▶", "upgraded; what must follow is being looked for"),
    Phase.SOLUTION: Word("Upgraded", GOOD, "✓", "the solution is there"),
}
"""The road, in order."""
OFF_THE_ROAD: dict[Phase, Word] = {
    Phase.VALIDATION_FAILED: Word("Validation failed", BAD, "✕", "readiness validation failed"),
    Phase.START_REFUSED: Word("Start refused", BAD, "✕", "Azure refused the start"),
    Phase.APPLY_FAILED: Word("Upgrade failed", BAD, "✕", "the upgrade failed and is to be resumed"),
    Phase.NOT_APPLICABLE: Word("Not applicable", IDLE, "–", "cannot take the solution upgrade"),
    Phase.UNKNOWN: Word("Not known", WARN, "?", "Azure does not show where it stands"),
}
"""What is beside it."""
PHASES = {**ROAD, **OFF_THE_ROAD}
ORDER = {phase: place for place, phase in enumerate(PHASES)}


@dataclass(frozen=True, slots=True)
class Show:
    """One selection of clusters that the page offers by a click."""

    key: str
    label: str
    tone: str
    mark: str
    holds: Callable[[ClusterDecision], bool]


def for_a_person(one: ClusterDecision) -> bool:
    """Return whether a cluster waits for a person: to do something about it, or to approve its ring."""
    return needs_a_person(one) or one.decision.reason == "ApprovalNeeded"


SHOWS = (
    Show("upgraded", "Upgraded", GOOD, "✓", lambda one: one.reading.phase is Phase.SOLUTION),
    Show("flight", "In flight", MOVE, "▶", lambda one: one.reading.phase.running or one.reading.in_flight),
    Show("failed", "Failed or stuck", BAD, "✕", lambda one: one.reading.phase.failed or one.reading.stuck),
    Show("blocked", "Blocked", WARN, "■", lambda one: one.reading.phase is Phase.BLOCKED),
    Show("person", "Waiting for a person", WARN, "!", for_a_person),
    Show("unknown", "Not known", IDLE, "?", lambda one: one.reading.phase is Phase.UNKNOWN),
)


def shows_of(one: ClusterDecision) -> int:
    """Return the selections that a cluster is in, as bits in the order of SHOWS."""
    return sum(1 << place for place, show in enumerate(SHOWS) if show.holds(one))
