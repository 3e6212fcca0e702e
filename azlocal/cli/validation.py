"""`validation [CLUSTER]`: what the validator found, over the fleet or on the machines of one cluster."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.report import validation as report
from azlocal.service.choosing import check_word
from azlocal.service.look import pick


@click.command()
@click.argument("cluster", required=False)
@door
def validation(here: Door, cluster: str | None) -> int:
    """Show the validator's tests against the fleet, or against the machines of one CLUSTER: -o csv for a spreadsheet."""
    if cluster is None:
        with busy("reading the fleet"):
            look = here.app.census(here.scope)
        found = report.matrix(here.shown(look.clusters))
        sheet = report.matrix_sheet(found)
        here.show(
            report.matrix_document(look, found), lambda: report.matrix_page(look, found, output.width()),
            lambda: sheet.rows, lambda: sheet,
        )  # fmt: skip
        return whole(look.problems)
    word = here.word(cluster)
    check_word(word)
    with busy("reading the fleet"):
        look = here.app.census(here.scope, detail=word)
    one = report.examined(pick(look, word))
    rows = report.cluster_sheet(one)
    here.show(
        report.cluster_results(one), lambda: report.cluster_page(look, one, output.width()),
        lambda: rows.rows, lambda: rows,
    )  # fmt: skip
    return whole([*look.facts.gaps, *([one.one.cluster.error] if one.one.cluster.error else [])])
