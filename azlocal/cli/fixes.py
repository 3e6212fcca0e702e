"""`fixes`: the worklist to hand out on Monday."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.report.fixes import fixes as found_of
from azlocal.report.fixes import fixes_document, fixes_page, fixes_sheet


@click.command()
@click.option("--all", "warnings", is_flag=True, help="Also what blocks nothing yet.")
@door
def fixes(here: Door, warnings: bool) -> int:
    """List what is to be done, by whom and for which clusters, grouped by remedy: -o csv for a spreadsheet.

    It is made of blocking findings, statements that nobody made, failed validations and upgrades, mistakes in
    inputs, and what the plan waits for. Days are the least for which Azure shows it.
    """
    with busy("reading the fleet"):
        look = here.app.census(here.scope)
    shown = here.shown(look.clusters)
    found = found_of(look, shown, warnings=warnings)
    sheet = fixes_sheet(found)
    here.show(fixes_document(look, found), lambda: fixes_page(found, output.width()), lambda: sheet.rows, lambda: sheet)
    return whole(look.problems)
