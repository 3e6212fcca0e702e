"""`status`: rings, what is in flight, what is halted, and what waits for whom."""

from __future__ import annotations

from dataclasses import replace

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.report.documents import status_document
from azlocal.report.status import status as page


@click.command()
@door
def status(here: Door) -> int:
    """Show the rings, what is in flight, what is halted, and what waits for a person."""
    with busy("reading the fleet"):
        whole_fleet = here.app.census(here.scope)
    look = replace(whole_fleet, clusters=tuple(here.shown(whole_fleet.clusters)))
    document = status_document(look)
    rings = [(one["name"], one["state"], one["reason"], one["done"], one["inFlight"]) for one in document["rings"]]
    here.show(document, lambda: page(look, output.width()), lambda: rings)
    return whole(look.problems)
