"""`explain CLUSTER`: the verdict, what to do next, and the evidence."""

from __future__ import annotations

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.cli.snapshots import read_json
from azlocal.core.ids import key
from azlocal.report.documents import explain_document
from azlocal.report.explain import explain as page
from azlocal.service.choosing import check_word
from azlocal.service.look import FleetLook, pick

_WIDTH = 100


@click.command()
@click.argument("cluster")
@click.option("--census", "snapshot", metavar="FILE", help="Explain from a file that census -o json wrote.")
@door
def explain(here: Door, cluster: str, snapshot: str | None) -> int:
    """Explain one CLUSTER: its verdict, what to do next, and the evidence for both."""
    word = here.word(cluster)
    check_word(word)
    with busy("reading the fleet"):
        look = here.app.census(here.scope, detail=word) if snapshot is None else here.app.recall(read_json(snapshot))
    one = pick(look, word)
    here.show(explain_document(look, one), lambda: page(look, one, output.width() or _WIDTH))
    return whole([*look.facts.gaps, *_own(look, one.cluster.id)])


def _own(look: FleetLook, cluster_id: str) -> list[str]:
    """Return why the cluster itself could not be read."""
    return [one.error for one in look.facts.clusters if one.error and key(one.id) == key(cluster_id)]
