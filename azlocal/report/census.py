"""The census: one row for each cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from azlocal.core.ids import group_name_of
from azlocal.core.rollout import ClusterDecision
from azlocal.report.state import os_builds, why
from azlocal.report.tables import Column, Table, table

COLUMNS = (
    Column("Name", 15, middle=True), Column("Group", 12, 5, middle=True), Column("Phase", 13), Column("Verdict", 11, 4),
    Column("Confidence", 0, 7), Column("OsBuild", 16, 6), Column("Ring", 6, 1), Column("Decision", 11),
    Column("Reason", 18), Column("Why", 20, 8),
)  # fmt: skip
_WITHOUT_PLAN = {"Ring": 10, "Decision": 10, "Reason": 10, "Why": 0}
"""Column → its rank where nothing is decided: what says nothing gives way to why a cluster is no candidate."""


def census(clusters: Iterable[ClusterDecision], width: int | None = None, *, planned: bool = True) -> Table:
    """Return the table of the fleet; *planned* says whether there is a plan to decide by."""
    ranks = {} if planned else _WITHOUT_PLAN
    columns = [replace(one, rank=ranks.get(one.title, one.rank)) for one in COLUMNS]
    return table(columns, map(census_row, clusters), width)


def census_row(one: ClusterDecision) -> Sequence[str]:
    """Return a cluster's row: name, group, phase, verdict, confidence, OS build, ring, decision, reason, why."""
    decision = one.decision
    return (
        one.cluster.name, group_name_of(one.cluster.id), str(one.reading.phase), str(one.candidate.verdict),
        one.candidate.confidence, os_builds(one.cluster), one.ring, decision.kind, decision.reason, why(one),
    )  # fmt: skip
