"""`inputs`: first drafts of upgrade inputs, their check, and their forms."""

from __future__ import annotations

import json
from pathlib import Path

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door, whole
from azlocal.errors import BadInput
from azlocal.report.inputs import check_document, check_page, check_rows, drafts_document, drafts_page, drafts_rows


@click.group()
def inputs() -> None:
    """Upgrade inputs: one YAML file for each cluster, or a CSV file with one row for each."""


@inputs.command("init")
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@click.option("--ring", default="", metavar="R", help="For every cluster of this ring.")
@click.option("--all", "every", is_flag=True, help="For every cluster in scope.")
@click.option("--folder", default="", metavar="F", help="Where to write.  [default: the plan's inputs]")
@door
def init(here: Door, clusters: tuple[str, ...], ring: str, folder: str, *, every: bool) -> int:
    """Write a first file of inputs for each CLUSTER: what Azure knows is filled in and marked so.

    What only people know is left open and asked for. A file that is there already is never overwritten.
    """
    from azlocal.service.inputs import Wish

    wish = Wish(words=clusters, ring=ring.strip().lower(), every=every)
    drafts = here.app.draft_inputs(wish, folder, here.scope)
    here.show(drafts_document(drafts), lambda: drafts_page(drafts, output.width()), lambda: drafts_rows(drafts))
    return 0


@inputs.command("check")
@click.argument("clusters", nargs=-1, metavar="[CLUSTER]...")
@click.option("--offline", is_flag=True, help="Ask nothing of Azure: the files alone.")
@door
def check(here: Door, clusters: tuple[str, ...], *, offline: bool) -> int:
    """Check the upgrade inputs that the plan names, or those of each CLUSTER.

    Every mistake is told at once, with file and line. Without --offline they are compared with what Azure
    knows, too; a CLUSTER that is named is looked at more closely. Exit 2 when anything is wrong, 3 when Azure
    did not tell all.
    """
    from azlocal.files.inputs_codes import QUESTIONS

    found = here.app.check_inputs(clusters, offline=offline, scope=here.scope)
    here.show(
        check_document(found, QUESTIONS),
        lambda: check_page(found, QUESTIONS, output.width()),
        lambda: check_rows(found),
    )
    if not found.problems:
        return whole(found.unread)
    output.complain(BadInput(found.problems, remedy="correct the inputs; docs/inputs.md explains the codes"))
    return BadInput.exit_code


@inputs.command("convert")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def convert(source: str, target: str) -> int:
    """Write the inputs of FROM, a folder or a CSV file, as TO: a `.csv` file, else a folder of YAML files.

    The values stay the same; remarks are lost. Nothing is overwritten.
    """
    from azlocal.files.inputs_convert import convert as write

    for path in write(Path(source), Path(target)):
        output.write([str(path)])
    return 0


@inputs.command("schema")
def schema() -> int:
    """Print the JSON Schema of an inputs file, for editors that check and complete YAML."""
    from azlocal.files.schema import inputs_schema

    output.write([json.dumps(inputs_schema(), indent=2)])
    return 0
