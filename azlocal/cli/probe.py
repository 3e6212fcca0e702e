"""`probe`: how a real subscription's answers differ from what azlocal assumes. Reads only, and names nobody."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.errors import Incomplete
from azlocal.report import probe as report


@click.command()
@door
def probe(here: Door) -> int:
    """Compare Azure's answers with the shapes and behaviours that azlocal assumes, for a bug report.

    GETs and Resource Graph only, over --subscription or all that you see. No name, id, address, tag or message of
    yours is in the output. Exit 0 whatever deviates; 3 when something could not be read.
    """
    done = here.app.probe(here.subscriptions)
    here.show(
        report.probe_document(done), lambda: report.probe_page(done, output.width()), lambda: report.probe_rows(done)
    )
    return Incomplete.exit_code if done.refused or not done.read else 0
