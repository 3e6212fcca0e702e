"""The orchestrator of the optional host Durable Functions: shards are observed side by side, then one activity ticks.

It has neither clock nor input or output, and carries numbers and names alone. Observing is tried again; acting never
is: the next run does what one did not. That one run goes on at a time is a convenience; the fleet's lease is what keeps
starts apart. Source: Durable Functions documentation, orchestrator code constraints.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Any

FLEET = "azlocal-fleet"
"""The instance that the timer starts; one that a ticket asks for is named after it."""
TRIES = 3
PATIENCE = timedelta(minutes=5)
"""How long a round of observing may take; what has not answered then has failed."""
PAUSE = timedelta(seconds=20)
RUNNING = frozenset({"Running", "Pending", "ContinuedAsNew", "Suspended"})
Steps = Generator[Any, Any, Any]


def instance_of(ticket: str) -> str:
    """Return the name of the instance that answers a ticket."""
    return f"azlocal-{ticket}"


def orchestrate(context: Any) -> Steps:
    """Observe the fleet in shards, then tick it. *context* is that of Durable Functions, the only thing it may ask."""
    asked = context.get_input(expected_type=dict) or {}
    run = {"run": str(context.new_guid()), "ticket": str(asked.get("ticket", ""))}
    count = int((yield context.call_activity("divide", run, expected_type=dict))["shards"])
    missing = list(range(count))
    for number in range(TRIES):
        if not missing:
            break
        if number:
            yield context.create_timer(context.current_utc_datetime + PAUSE)
        missing = yield from _round(context, run, missing)
    return (yield context.call_activity("act", {**run, "shards": count, "missing": missing}, expected_type=dict))


def _round(context: Any, run: dict[str, str], shards: list[int]) -> Steps:
    """Observe *shards* side by side; return those that failed or did not answer."""
    tasks = {
        number: context.call_activity("observe", {**run, "shard": number}, expected_type=dict) for number in shards
    }
    timer = context.create_timer(context.current_utc_datetime + PATIENCE)
    pending = dict(tasks)
    while pending:
        winner = yield context.task_any([*pending.values(), timer])
        if winner is timer:
            break
        pending = {number: task for number, task in pending.items() if task is not winner}
    else:
        timer.cancel()
    return [number for number, task in tasks.items() if number in pending or isinstance(task.result, BaseException)]
