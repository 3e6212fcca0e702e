"""The retries that azure-core leaves: Resource Graph's 429 without Retry-After, and lost telemetry posts.

The only user of tenacity. Never used around a start.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import tenacity

T = TypeVar("T")
ATTEMPTS = 6
LONGEST = 30.0


def patiently(call: Callable[[], T], again: Callable[[T], float | None], sleep: Callable[[float], None]) -> T:
    """Repeat *call* while *again* returns seconds to wait; give back the last result in any case."""

    def wait(state: tenacity.RetryCallState) -> float:
        outcome = state.outcome
        seconds = again(outcome.result()) if outcome is not None else None
        return min(LONGEST, (seconds or 0.0) + 0.5 * state.attempt_number)

    runner = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=wait,
        retry=tenacity.retry_if_result(lambda result: again(result) is not None),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        sleep=sleep,
    )
    return runner(call)


def resets_after(text: str) -> float:
    """Return the seconds of `hh:mm:ss`, as Resource Graph writes them; 5 when they cannot be read."""
    try:
        hours, minutes, seconds = (float(part) for part in text.split(":"))
        return max(0.0, timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds())
    except (ValueError, OverflowError):
        return 5.0
