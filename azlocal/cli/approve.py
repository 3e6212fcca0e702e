"""`approve RING`: shows what it would let go, and signs it with the person's own rights."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.core.times import parse_duration, parse_time
from azlocal.errors import BadInput
from azlocal.report.approval import proposal as page
from azlocal.report.approval import proposal_document


@click.command()
@click.argument("ring")
@click.option("--until", metavar="DATE|DURATION", help="The end: 2026-12-31, a moment, or P7D.  [default: P7D]")
@click.option("--by", default="", metavar="NAME", help="Who approves; a claim.  [default: who is signed in]")
@click.option("--show", is_flag=True, help="Show what would be approved, and sign nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@door
def approve(here: Door, ring: str, until: str | None, by: str, *, show: bool, yes: bool) -> int:
    """Approve RING for the plan and members as they are now.

    A change of the plan or of the members voids the approval. Signed with your own credential (Azure
    CLI or environment), never with a managed identity. Without a terminal nothing is asked.
    """
    asked = here.app.propose(ring, None if until is None else read_until(until), by)
    document = proposal_document(asked)
    if show:
        here.show(document, lambda: page(asked, output.width()))
        return 0
    print(page(asked, output.width()), file=sys.stderr)
    if not yes and sys.stdin.isatty():
        click.confirm(f"Approve ring {asked.ring.name}?", abort=True, err=True)
    said = here.app.sign(asked)
    here.show({"message": said, "request": document}, lambda: said, lambda: [(said,)])
    return 0


def read_until(text: str) -> datetime | timedelta:
    """Read an end: a date (its last second in UTC), a moment, or a duration from Azure's now."""
    moment = parse_time(text) or parse_time(f"{text.strip()}T23:59:59Z")
    if moment is not None:
        return moment
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadInput(
            [f"until: '{text}' is neither a date, nor a moment, nor a duration"],
            remedy="write 2026-12-31, 2026-12-31T18:00Z or P7D",
        ) from error
