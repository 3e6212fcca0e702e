"""What the demo shows: a live table on a terminal, plain lines elsewhere, and the summary."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from azlocal.core.decisions import Hold
from azlocal.core.phases import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.tables import TABLES
from azlocal.report.text import clean, count, span, tally, wrap

if TYPE_CHECKING:
    from rich.table import Table

    from azlocal.simulation.story import Chapter

Shown = Callable[["Chapter"], None]
PHASES_NOW = "AzLocalCluster_CL | summarize arg_max(TimeGenerated, *) by ClusterId | summarize count() by Phase"
EVERY_ROW = f"union {', '.join(TABLES)} | count"
_WIDTH = 110
_STYLES = {
    "Solution": "green", "Applying": "cyan", "Validating": "cyan", "Starting": "cyan", "Verifying": "cyan",
    "Validated": "blue", "Candidate": "blue", "ApplyFailed": "red", "ValidationFailed": "red", "StartRefused": "red",
    "Unknown": "yellow", "Blocked": "yellow",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a demo ended: its chapters, what the tables say, the requests sent, and what does not agree."""

    chapters: Sequence[Chapter]
    rows_read: int
    phases_read: Mapping[str, int]
    requests: int
    disagreements: Sequence[str]


@contextlib.contextmanager
def show(title: str, out: TextIO) -> Iterator[Shown]:
    """Give a function that shows one chapter after another."""
    if not out.isatty():
        yield lambda chapter: print("\n".join(lines(chapter)), file=out, flush=True)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=out)
    with Live(console=console, auto_refresh=False) as live:

        def shown(chapter: Chapter) -> None:
            for line in people(chapter):
                live.console.print(line, highlight=False, markup=False)
            live.update(_table(title, chapter), refresh=True)

        yield shown


def lines(chapter: Chapter) -> Iterator[str]:
    """Yield a chapter in plain lines: the moment, where the fleet stands, what was started, what people did."""
    report = chapter.report
    phases = ", ".join(
        f"{number} {phase}" for phase, number in tally(str(one.reading.phase) for one in report.clusters)
    )
    yield f"tick {chapter.number:2}  {report.now:%a %d %b %H:%M}  {phases}"
    for action in report.actions:
        name = action.cluster_id.rsplit("/", 1)[-1]
        told = f"{action.outcome} {action.code}".strip()
        yield f"         {action.kind} of {name}, attempt {action.attempt}: {told}"
    for problem in report.problems:
        yield f"         problem: {clean(problem)}"
    yield from people(chapter)


def people(chapter: Chapter) -> Iterator[str]:
    """Yield what people did after a tick."""
    yield from (f"         person: {clean(told)}" for told in chapter.people)


def _table(title: str, chapter: Chapter) -> Table:
    from rich.table import Table
    from rich.text import Text

    report = chapter.report
    table = Table(
        title=f"{title}, tick {chapter.number}, {report.now:%a %d %b %H:%M} UTC (sandbox time)", title_justify="left"
    )
    for name in ("Cluster", "Ring", "Phase", "Decision", "Why"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for one in report.clusters:
        phase = str(one.reading.phase)
        decision = f"{one.decision.kind} ({one.decision.reason})"
        why = clean(one.decision.message)
        table.add_row(
            Text(one.cluster.name), Text(one.ring), Text(phase, style=_STYLES.get(phase, "")), Text(decision), Text(why)
        )
    return table


def summary(ending: Ending) -> str:
    """Return the summary: upgraded, held and why, failed and where, the calls, the rows, and the verdict."""
    last = ending.chapters[-1].report
    upgraded = [one for one in last.clusters if one.reading.reason == "Upgraded"]
    failed = [one for one in last.clusters if one.reading.phase.failed]
    held = [one for one in last.clusters if isinstance(one.decision, Hold) and one not in failed]
    before = [one for one in last.clusters if one.reading.phase is Phase.SOLUTION and one not in upgraded]
    parts = [
        "",
        f"Settled after {count(len(ending.chapters), 'tick')} and {_sandbox_time(ending)} of sandbox time.",
        *_named(
            "Upgraded and verified", upgraded, lambda one: one.reading.message.removeprefix("upgraded and verified: ")
        ),
        *_named("Already the solution", before, lambda one: one.reading.message),
        *_named("Failed", failed, _failure),
        *_named("Held", held, lambda one: f"{one.decision.reason}: {one.decision.message}"),
        *_named("Waiting", _waiting(last.clusters), lambda one: f"{one.decision.reason}: {one.decision.message}"),
        *_figures(ending),
    ]
    return "\n".join(parts)


def _failure(one: ClusterDecision) -> str:
    told, step = one.reading.message, one.reading.step
    return f"at step '{step}': {told.removeprefix(f'{step}: ')}" if step else told


def _waiting(clusters: Sequence[ClusterDecision]) -> list[ClusterDecision]:
    return [one for one in clusters if one.decision.kind == "Wait" and not one.reading.phase.failed]


def _named(title: str, clusters: Sequence[ClusterDecision], why: Callable[[ClusterDecision], str]) -> Iterator[str]:
    if not clusters:
        return
    yield f"\n{title}: {len(clusters)}"
    for one in clusters:
        yield from wrap(why(one), _WIDTH, first=f"  {one.cluster.name:16} ", then=" " * 19, most=2)


def _sandbox_time(ending: Ending) -> str:
    first, last = ending.chapters[0].report.now, ending.chapters[-1].report.now
    return span(last - first)


def _figures(ending: Ending) -> Iterator[str]:
    reports = [one.report for one in ending.chapters]
    starts = [action for report in reports for action in report.actions]
    sent = sum(report.delivery.sent for report in reports if report.delivery is not None)
    throttled = sum(report.throttled for report in reports)
    phases = ", ".join(f"{number} {phase}" for phase, number in sorted(ending.phases_read.items()))
    outcomes = ", ".join(f"{number} {word}" for word, number in tally(one.outcome for one in starts))
    yield f"\nStarts sent: {len(starts)} ({outcomes or 'none'}); requests: {ending.requests}, throttled: {throttled}"
    yield f"Telemetry: {sent} rows ingested, {ending.rows_read} read back by KQL; by the tables: {phases}"
    if ending.disagreements:
        yield f"The sandbox's journal DISAGREES in {count(len(ending.disagreements), 'point')}:"
        yield from (f"  {clean(text)}" for text in ending.disagreements)
    else:
        yield "The sandbox's journal agrees with every claim above."
