"""`tick`: one step for the whole fleet. It never asks anything."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, incomplete
from azlocal.report.documents import tick_document
from azlocal.report.tick import tick as page
from azlocal.service.tick import TickRequest


@click.command()
@click.option("--dry-run", is_flag=True, help="Decide and show, start and write nothing.")
@click.option("--only", "clusters", multiple=True, metavar="CLUSTER", help="Act on this one alone; repeatable.")
@click.option(
    "--deadline-minutes", "deadline", type=click.FloatRange(min=0, min_open=True), metavar="N",
    help="Begin no further start when N minutes have passed.",
)  # fmt: skip
@door
def tick(here: Door, clusters: tuple[str, ...], deadline: float | None, *, dry_run: bool) -> int:
    """Move the fleet one step: observe, decide, start what is due, record.

    Needs a plan. Exit code 1 says that something failed, is halted or broke; 3 that the fleet could
    not be read whole, so that nothing was started.
    """
    request = TickRequest(clusters=tuple(map(here.word, clusters)), dry_run=dry_run)
    with busy("one tick"):
        report = here.app.tick(request, deadline_minutes=deadline)
    shown = here.shown(report.clusters)
    rows = [
        (one.cluster.name, one.ring, str(one.reading.phase), one.decision.kind, one.decision.reason) for one in shown
    ]
    here.show(
        lambda: tick_document(report, shown, output.Each), lambda: page(report, output.width(), shown), lambda: rows
    )
    if report.facts.gaps:
        raise incomplete(report.facts.gaps)
    return 1 if report.failed else 0
