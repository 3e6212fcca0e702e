"""`preflight`: what a first tick would stumble over. Reads only."""

from __future__ import annotations

import re

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.errors import BadInput, Incomplete
from azlocal.report import preflight as report

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@click.command()
@click.option("--identity", default="", metavar="OBJECT-ID", help="Whose rights are meant.  [default: who signs]")
@door
def preflight(here: Door, identity: str) -> int:
    """Look at everything a tick needs, before the first one: rights, providers, telemetry, plan, vaults, policies, locks.

    Nothing is written. Exit 0: all is well; 1: something is amiss; 3: something could not be seen.
    """
    if identity and not GUID.fullmatch(identity):
        raise BadInput(
            [f"identity: '{identity}' is not an object id (a GUID)"],
            remedy="give the principal id of the identity: main.json tells it as operatorPrincipalId",
        )
    done = here.app.preflight(identity, here.subscriptions, here.group)
    here.show(
        report.preflight_document(done), lambda: report.preflight_page(done, output.width()),
        lambda: report.preflight_rows(done),
    )  # fmt: skip
    if done.unread:
        return Incomplete.exit_code
    return 1 if done.found else 0
