"""One tick: what was started, what was not and why, and what became of the telemetry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from azlocal.core.decisions import STARTS
from azlocal.core.events import ActionOutcome
from azlocal.core.ids import key, name_of
from azlocal.core.rollout import ClusterDecision
from azlocal.report.state import why
from azlocal.report.tables import Column, table
from azlocal.report.text import count, moment, some, span, tally, wrap
from azlocal.service.tick import TickReport

MOST_ROWS = 100
"""Beyond this, clusters are told by reason and not one by one: `-o json` has them all."""


def tick(report: TickReport, width: int | None = None, shown: Sequence[ClusterDecision] | None = None) -> str:
    """Return the page of a tick; *shown* narrows the clusters that are told one by one."""
    clusters = report.clusters if shown is None else shown
    parts = (
        _head(report, width),
        _problems(report, width),
        _actions(report, clusters, width),
        _others(report, clusters, width),
        _tail(report, width),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part)


def _head(report: TickReport, width: int | None) -> Iterator[str]:
    dry = "dry run, nothing was started; " if report.dry_run else ""
    told = f"tick of {moment(report.now)}, plan {report.plan_digest}: {dry}{headline(report)}"
    yield from wrap(told, width)
    for ring in report.rings:
        if ring.state == "halted":
            yield from wrap(f"ring {ring.name} ({ring.reason}): {ring.message}", width, first="HALTED: ")


def headline(report: TickReport) -> str:
    """Return a tick in one sentence."""
    outcomes = ", ".join(f"{number} {word}" for word, number in tally(one.outcome for one in report.actions))
    kinds = ", ".join(f"{number} {kind}" for kind, number in tally(one.decision.kind for one in report.clusters))
    sent = f"{count(len(report.actions), 'start')} ({outcomes})" if report.actions else "no start"
    return f"{sent}; {count(len(report.clusters), 'cluster')}" + (f": {kinds}" if kinds else "")


def _problems(report: TickReport, width: int | None) -> Iterator[str]:
    if report.problems:
        yield "Problems"
    for problem in report.problems:
        yield from wrap(problem, width, first="  ")


_SENT = (
    Column("Name", 15, middle=True),
    Column("Action"),
    Column("Attempt", 0, 1),
    Column("Outcome"),
    Column("Answer", 16),
)


def _actions(report: TickReport, clusters: Iterable[ClusterDecision], width: int | None) -> Iterator[str]:
    wanted = {key(one.cluster.id) for one in clusters}
    rows = [_action(one) for one in report.actions if key(one.cluster_id) in wanted]
    if rows:
        yield "Started"
        yield from _indented(_SENT, rows, width)


def _action(one: ActionOutcome) -> tuple[str, ...]:
    told = " ".join(part for part in (str(one.status or ""), one.code, one.message) if part)
    return name_of(one.cluster_id), one.kind, str(one.attempt), one.outcome, told


_CLUSTERS = (
    Column("Name", 15, middle=True), Column("Ring", 6, 2), Column("Phase", 0, 3), Column("Decision"),
    Column("Reason", 14), Column("Why", 20, 1),
)  # fmt: skip


def _others(report: TickReport, clusters: Iterable[ClusterDecision], width: int | None) -> Iterator[str]:
    acted = {key(one.cluster_id) for one in report.actions}
    rest = [one for one in clusters if key(one.cluster.id) not in acted]
    due = [one for one in rest if isinstance(one.decision, STARTS)]
    yield from _listed("Would start" if report.dry_run else "Due", due, width)
    waiting = [one for one in rest if not isinstance(one.decision, STARTS)]
    if due and waiting:
        yield ""
    yield from _listed("Not started", waiting, width)


def _listed(title: str, clusters: Sequence[ClusterDecision], width: int | None) -> Iterator[str]:
    if not clusters:
        return
    yield title
    if len(clusters) > MOST_ROWS:
        yield from _by_reason(clusters, width)
        return
    rows = [
        (
            one.cluster.name,
            one.ring,
            str(one.reading.phase),
            one.decision.kind,
            one.decision.reason,
            why(one),
        )
        for one in clusters
    ]
    yield from _indented(_CLUSTERS, rows, width)


def _by_reason(clusters: Sequence[ClusterDecision], width: int | None) -> Iterator[str]:
    for reason, number in tally(one.decision.reason for one in clusters):
        names = some((one.cluster.name for one in clusters if one.decision.reason == reason), 3)
        yield from wrap(f"{reason} ({number}): {names}", width, first="  ", then="    ")


def _indented(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    yield from (f"  {line}" for line in table(columns, rows, None if width is None else width - 2).lines)


def _tail(report: TickReport, width: int | None) -> Iterator[str]:
    yield from wrap(
        f"{count(report.calls, 'call')}, {report.throttled} throttled, {span(report.duration)}; lease {report.lease}; "
        f"telemetry: {telemetry(report)}",
        width,
    )


def telemetry(report: TickReport) -> str:
    """Return in words what became of the rows."""
    if report.dry_run:
        return "none in a dry run"
    if report.delivery is None:
        return "off (AZLOCAL_INGESTION_ENDPOINT and AZLOCAL_DCR_ID are not both set)"
    lost = f", {report.delivery.lost} LOST: {'; '.join(report.delivery.problems)}" if report.delivery.lost else ""
    return f"{count(report.delivery.sent, 'row')} sent{lost}"
