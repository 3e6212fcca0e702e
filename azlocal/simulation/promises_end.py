"""What azlocal promises once trouble is over: the fleet comes to rest, and whatever can be done has been done."""

from __future__ import annotations

from collections.abc import Iterator

from azlocal.core.ids import name_of
from azlocal.simulation.history import History


def the_fleet_comes_to_rest(history: History) -> Iterator[str]:
    """Without trouble, and with people who answer, a fleet does not go on for ever."""
    record = history.record
    if record.ended is not None and record.rested:
        yield ""
    elif record.ended is not None and not record.cut:
        waiting = [run for run in record.ticks if run.report is not None]
        last = waiting[-1].report if waiting else None
        reasons = {one.decision.reason for one in last.clusters} if last else set()
        yield f"after {len(record.ticks)} ticks it has not come to rest; decided last: {', '.join(sorted(reasons))}"


def what_can_be_done_is_done(history: History) -> Iterator[str]:
    """Every cluster that nothing keeps from it is upgraded in the end."""
    record, ended = history.record, history.record.ended
    if ended is None or not record.rested:
        return
    for cluster, obstacle in record.hopes.items():
        if not obstacle:
            seen = history.timeline.settings_at(cluster, ended)
            text = f"{name_of(cluster)} is not upgraded, and nothing was in its way; it stands at {seen}"
            yield "" if history.timeline.solved_at(cluster, ended) else text
