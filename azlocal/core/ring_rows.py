"""A ring as the tick's row tells it: its state and numbers, what an approval would be bound to, and its forecast."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from azlocal.core.digest import short
from azlocal.core.progress import told
from azlocal.core.times import format_stamp

if TYPE_CHECKING:
    from azlocal.core.forecast import RingForecast
    from azlocal.core.rings import RingState
    from azlocal.core.rollout import ClusterDecision

APPROVAL_LASTS = timedelta(days=7)
"""How long an approval lasts that names no end."""


def ring_row(
    place: int,
    ring: RingState,
    foreseen: RingForecast | None,
    clusters: Iterable[ClusterDecision],
    plan: str,
    now: datetime,
) -> dict[str, Any]:
    """Return one ring, *place* of the plan's, from 1; *plan* is the plan's digest, 12 hex digits."""
    return {
        "place": place, "name": ring.name, "state": ring.state, "reason": ring.reason, "message": ring.message,
        "members": len(ring.members), "membersDigest": short(ring.members_digest), "planDigest": plan,
        "expected": ring.expected, "done": ring.done, "inFlight": ring.in_flight, "validating": ring.validating,
        "failed": ring.failed, "failureBudget": ring.failure_budget, "maxConcurrent": ring.max_concurrent,
        "stage": ring.stage, "gate": ring.gate, "approved": ring.approved, "approvalProblem": ring.approval_problem,
        "waiting": _waits(ring, clusters), "approveUntil": format_stamp(now + APPROVAL_LASTS),
        "soakedAt": told(ring.soaked_at), "forecast": None if foreseen is None else _forecast(foreseen),
    }  # fmt: skip


def _waits(ring: RingState, clusters: Iterable[ClusterDecision]) -> bool:
    """Return whether members are ready and wait for nothing but the approval."""
    return any(one.ring == ring.name and one.decision.reason == "ApprovalNeeded" for one in clusters)


def _forecast(found: RingForecast) -> dict[str, Any]:
    usual, slow = found.p50, found.p90
    return {
        "left": found.left,
        "firstStart50": told(usual.first_start), "firstStart90": told(slow.first_start),
        "lastFinish50": told(usual.last_finish), "lastFinish90": told(slow.last_finish),
        "soaked50": told(usual.soaked), "soaked90": told(slow.soaked),
        "needs": len(found.needs), "never": len(found.never), "blocked": found.blocked,
    }  # fmt: skip
