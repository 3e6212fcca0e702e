"""Does the sandbox's own record agree with what azlocal claims of it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azlocal.core.ids import key, name_of
from azlocal.core.phases import Phase
from azlocal.core.tables import TABLES
from azlocal.sandbox.world import Azure
from azlocal.service.tick import TickReport
from azlocal.simulation.invariants import History, breaks


def disagreements(history: History, reports: Sequence[TickReport], azure: Azure) -> list[str]:
    """Return every broken invariant, and every claim of the *reports* that the world does not bear out."""
    return [*breaks(history), *_starts(history, reports), *_states(history, reports[-1]), *_rows(reports, azure)]


def _starts(history: History, reports: Sequence[TickReport]) -> Iterator[str]:
    """Every start that azlocal calls accepted stands in the journal, and every one there was told."""
    modes = {"validate": "Validate", "deploy": "Deploy"}
    claimed = {
        (key(action.cluster_id), modes[action.mode], action.attempt)
        for report in reports
        for action in report.actions
        if action.outcome == "accepted" and action.mode in modes
    }
    told = {
        (key(action.cluster_id), modes[action.mode], action.attempt)
        for report in reports
        for action in report.actions
        if action.mode in modes
    }
    found = {
        (start.cluster, start.mode, start.attempt)
        for start in history.accepted
        if start.mode in modes.values()
    }  # fmt: skip
    for cluster, mode, attempt in sorted(claimed - found):
        yield f"{name_of(cluster)}: {mode} {attempt} was called accepted, and the journal has none"
    for cluster, mode, attempt in sorted(found - told):
        yield f"{name_of(cluster)}: {mode} {attempt} stands in the journal, and no tick told of it"


def _states(history: History, last: TickReport) -> Iterator[str]:
    """What azlocal calls upgraded or failed is so in the world."""
    for one in last.clusters:
        seen = history.timeline.settings.get(key(one.cluster.id), [])
        ended = seen[-1].deployment if seen and seen[-1].mode == "Deploy" else ""
        if one.reading.reason == "Upgraded" and ended != "Success":
            yield f"{one.cluster.name}: called upgraded, its deployment is '{ended}'"
        if one.reading.phase is Phase.APPLY_FAILED and ended != "Error":
            yield f"{one.cluster.name}: called failed, its deployment is '{ended}'"
        if ended == "Success" and one.reading.phase is not Phase.SOLUTION:
            yield f"{one.cluster.name}: its upgrade succeeded, and azlocal calls it {one.reading.phase}"


def _rows(reports: Sequence[TickReport], azure: Azure) -> Iterator[str]:
    """Every row that was sent arrived."""
    sent = sum(report.delivery.sent for report in reports if report.delivery is not None)
    arrived = sum(len(rows) for table, rows in azure.tables.items() if table in TABLES)
    if sent != arrived:
        yield f"{sent} telemetry rows were sent, {arrived} arrived"


def counted(rows: Sequence[Mapping[str, Any]], column: str) -> dict[str, int]:
    """Return the rows of a query that counts by *column*, as a mapping."""
    return {str(row[column]): int(row["count_"]) for row in rows}
