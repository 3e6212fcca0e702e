"""`diagnose CLUSTER`, `diagnose --text FILE`, `diagnose`: why something failed, and who else has the same."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.core.diagnosis import diagnose_text
from azlocal.errors import BadInput
from azlocal.report import diagnosis as paper
from azlocal.service.choosing import check_word
from azlocal.service.diagnose import ClusterDiagnosis, FleetDiagnosis


@click.command()
@click.argument("cluster", required=False)
@click.option("--text", "place", metavar="FILE", help="Diagnose a pasted error instead; - is standard input.")
@door
def diagnose(here: Door, cluster: str | None, place: str | None) -> int:
    """Tell why CLUSTER failed: failing step, known issues, who else has it, whether it may be repeated.

    Without CLUSTER: what fails over the fleet, by what is alike. With --text nothing is asked of Azure.
    """
    if place is not None:
        return _text(here, cluster, place)
    if cluster is None:
        with busy("reading what failed"):
            every = here.app.diagnose_fleet(here.scope)
        return _fleet(here, every)
    check_word(cluster)
    with busy("reading what failed"):
        found = here.app.diagnose(cluster, here.scope)
    return _cluster(here, found)


def _text(here: Door, cluster: str | None, place: str) -> int:
    if cluster is not None:
        raise BadInput(["diagnose: give either CLUSTER or --text, not both"], remedy="leave one of them out")
    found = diagnose_text(_read(place))
    here.show(paper.matches_document(found), lambda: paper.text_page(found, output.width()), lambda: paper.rows(found))
    return 0


def _cluster(here: Door, found: ClusterDiagnosis) -> int:
    here.show(
        paper.cluster_matches(found), lambda: paper.cluster_page(found, output.width()),
        lambda: paper.rows(found.diagnosis),
    )  # fmt: skip
    error = found.one.cluster.error
    return whole([*found.look.facts.gaps, *([error] if error else []), *found.problems])


def _fleet(here: Door, found: FleetDiagnosis) -> int:
    here.show(
        paper.groups_document(found), lambda: paper.fleet_page(found, output.width()), lambda: paper.group_rows(found)
    )
    return whole([*found.look.problems, *found.problems])


def _read(place: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if place == "-" else Path(place).read_bytes()
    except OSError as error:
        raise BadInput([f"text: '{place}' could not be read: {error}"], remedy="check the path") from error
    # PowerShell writes what is redirected into a file as UTF-16.
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if wide else "utf-8-sig", errors="replace")
