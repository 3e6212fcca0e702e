"""`attest CLUSTER KEY`: state what Azure cannot show, with the person's own rights."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door
from azlocal.core.attestations import QUESTIONS
from azlocal.report.attestations import questions_document, questions_page


@click.command()
@click.argument("cluster", required=False)
@click.argument("key", required=False)
@click.option("--no", "denied", is_flag=True, help="The answer is no.")
@click.option(
    "--expires", default="", metavar="DATE", help="Last day on which it holds, YYYY-MM-DD.  [default: no end]"
)
@click.option("--by", default="", metavar="NAME", help="Who states it; a claim.  [default: who is signed in]")
@click.option("--list", "listed", is_flag=True, help="Show the keys and the questions they answer.")
@door
def attest(
    here: Door, cluster: str | None, key: str | None, expires: str, by: str, *, denied: bool, listed: bool
) -> int:  # fmt: skip
    """State for CLUSTER what Azure cannot show: yes to the question of KEY, or with --no the contrary.

    Written as the tag azlocal-attest-KEY with your own credential (Azure CLI or environment), never with a managed
    identity. For many clusters at once: the plan's attestations.
    """
    if listed:
        here.show(
            questions_document(QUESTIONS),
            lambda: questions_page(QUESTIONS, output.width()),
            lambda: [[name, text] for name, text in QUESTIONS.items()],
        )
        return 0
    if not cluster or not key:
        raise click.UsageError("name a CLUSTER and a KEY; --list shows the keys")
    from azlocal.service.attesting import Statement

    here.say(here.app.attest(cluster, key, Statement(yes=not denied, expires=expires, by=by), here.scope))
    return 0
