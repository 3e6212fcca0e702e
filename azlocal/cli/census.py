"""`census`: one row for each cluster; as JSON the snapshot that later commands take."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.report.census import census as page
from azlocal.report.census import census_row
from azlocal.report.documents import census_document
from azlocal.report.status import headline


@click.command()
@door
def census(here: Door) -> int:
    """List every cluster: where it stands, what blocks it, and what is decided.

    Without a plan, every subscription that the identity sees is looked at and nothing is decided.
    """
    with busy("reading the fleet"):
        look = here.app.census(here.scope)
    clusters = here.shown(look.clusters)
    table = page(clusters, output.width(), planned=bool(look.plan_digest))
    here.show(
        lambda: census_document(look, clusters, output.Each), lambda: table.text, lambda: map(census_row, clusters)
    )
    if here.form == "table" and here.query is None:
        output.tell(headline(look))
        if table.hidden:
            output.tell(f"(no room for {', '.join(table.hidden)}: widen the terminal, or -o json)")
        if not look.plan_digest:
            output.tell("no fleet plan was named (--plan or AZLOCAL_PLAN), so nothing is decided")
    return whole(look.problems)
