"""`pause` and `resume`: stop every start of the fleet, and let go again."""

from __future__ import annotations

import click

from azlocal.cli.door import Door, door


@click.command()
@click.option("--reason", default="", help="Why; shown wherever a cluster waits.")
@click.option("--by", default="", metavar="NAME", help="Who pauses; a claim.  [default: who is signed in]")
@door
def pause(here: Door, reason: str, by: str) -> int:
    """Stop every start of the fleet; what runs goes on. Signed with your own credential."""
    here.say(here.app.pause(reason, by))
    return 0


@click.command()
@click.argument("cluster", required=False)
@click.option("--by", default="", metavar="NAME", help="Who resumes; a claim.  [default: who is signed in]")
@door
def resume(here: Door, cluster: str | None, by: str) -> int:
    """Lift the pause; with CLUSTER, accept its failed attempt, which allows one retry.

    Signed with your own credential.
    """
    here.say(here.app.resume(None if cluster is None else here.word(cluster), by))
    return 0
