"""`forecast`: when each ring starts and finishes, what never fits, and whether a tick meets each window."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.cli.snapshots import census_option, read_every, read_json
from azlocal.report.forecast import forecast as page
from azlocal.report.forecast import forecast_document, row


@click.command()
@census_option
@click.option("--every", metavar="DURATION", default="PT1H", show_default=True, help="How often ticks run.")
@door
def forecast(here: Door, snapshot: str | None, every: str) -> int:
    """Show when each ring would start and finish, and which windows and clusters never fit.

    Needs a plan. Nothing is started or written, and nothing is kept: run it whenever you like.
    """
    apart = read_every(every)
    here.app.needed_plan()
    with busy("reading the fleet"):
        look = here.app.census(here.scope) if snapshot is None else here.app.recall(read_json(snapshot))
    with busy("playing the plan through"):
        found = here.app.forecast(look, apart)
    document = forecast_document(found, look)
    here.show(document, lambda: page(found, look.plan_digest, output.width()), lambda: map(row, found.rings))
    return whole(look.problems)
