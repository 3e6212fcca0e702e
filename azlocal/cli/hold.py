"""`hold` and `release`: keep one cluster from being started, and let it go."""

from __future__ import annotations

import click

from azlocal.cli.door import Door, door


@click.command()
@click.argument("cluster")
@click.option("--reason", default="", help="Why; shown wherever the cluster waits.")
@click.option("--by", default="", metavar="NAME", help="Who holds; a claim.  [default: who is signed in]")
@door
def hold(here: Door, cluster: str, reason: str, by: str) -> int:
    """Keep CLUSTER from being started; what runs on it goes on.

    The id of a resource group or a subscription holds every cluster in it. Signed with your own credential.
    """
    here.say(here.app.hold(here.word(cluster), reason, by, here.scope))
    return 0


@click.command()
@click.argument("cluster")
@door
def release(here: Door, cluster: str) -> int:
    """Take the hold off CLUSTER, or off the resource group or subscription of that id."""
    here.say(here.app.release(here.word(cluster), here.scope))
    return 0
