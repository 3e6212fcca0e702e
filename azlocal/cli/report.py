"""`report`: the fleet as files that stand on their own: a page, JUnit, a sheet, and the evidence of one change."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.cli.snapshots import census_option, read_json
from azlocal.errors import BadInput
from azlocal.report.text import clean
from azlocal.service.evidence import Change
from azlocal.service.look import FleetLook

_UNFIT = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class _Wish:
    """Where each kind of file is wanted; an empty place means not at all."""

    html: str
    junit: str
    csv: str
    evidence: str
    out: str

    def check(self) -> None:
        """Raise BadInput for a wish that makes no sense, before anything is read."""
        places = [place for place in (self.html, self.junit, self.csv, self.out) if place]
        if self.out and not self.evidence:
            raise BadInput(["out: it names the file of --evidence"], remedy="say --evidence CLUSTER too")
        if not (places or self.evidence):
            raise BadInput(["report: no file was asked for"], remedy="say --html F, --junit F, --csv F or --evidence C")
        if len({os.path.realpath(place) for place in places}) < len(places):
            raise BadInput(["report: two files have the same name"], remedy="name a file of its own for each")
        for place in places:
            _check_place(place)


def _check_place(place: str) -> None:
    """Raise BadInput where no file can be put: a file is replaced, but no folder, pipe or device."""
    path = Path(place)
    if not path.absolute().parent.is_dir():
        raise BadInput([f"report: '{place}': there is no such folder"], remedy="make the folder, or name another")
    if path.exists() and not path.is_file():
        raise BadInput([f"report: '{place}' is there and is not a file"], remedy="name another file")


@click.command()
@click.option("--html", metavar="F", default="", help="Write one self-contained page for people.")
@click.option("--junit", metavar="F", default="", help="Write a JUnit file for pipelines: one test case per cluster.")
@click.option("--csv", metavar="F", default="", help="Write a sheet: one row per cluster.")
@click.option("--evidence", metavar="CLUSTER", default="", help="Write the evidence of one cluster's change (zip).")
@click.option("--out", metavar="F", default="", help="File of --evidence (default: azlocal-evidence-NAME.zip).")
@census_option
@door
def report(here: Door, snapshot: str | None, **places: str) -> int:
    """Write the fleet as files that stand on their own.

    Nothing is started and nothing is written to Azure. With a plan the page shows rings and forecast.
    """
    wish = _Wish(**places)
    wish.check()
    with busy("reading the fleet"):
        look, change = _seen(here, wish.evidence, snapshot)
    with busy("writing"):
        written = [_put(kind, place, pieces) for kind, place, pieces in _files(here, wish, look, change)]
    here.show(
        {"files": written}, lambda: "\n".join(map(_line, written)), lambda: [list(one.values()) for one in written]
    )
    return whole(look.problems)


def _seen(here: Door, cluster: str, snapshot: str | None) -> tuple[FleetLook, Change | None]:
    """Return one look at the fleet for all files, and the change of the cluster whose evidence is wanted."""
    word = here.word(cluster) if cluster else ""
    look = None if snapshot is None else here.app.recall(read_json(snapshot))
    if word:
        change = here.app.evidence(word, here.scope, look)
        return change.look, change
    return look or here.app.census(here.scope), None


def _files(
    here: Door, wish: _Wish, look: FleetLook, change: Change | None
) -> Iterator[tuple[str, str, Iterable[str | bytes]]]:
    """Yield kind, place and content of each file that was asked for."""
    shown = here.shown(look.clusters)
    if wish.html:
        from azlocal.report.page import page

        yield "html", wish.html, page(look, here.app.forecast(look) if here.app.plan else None, shown)
    if wish.junit:
        from azlocal.report.junit import junit

        yield "junit", wish.junit, junit(look, shown)
    if wish.csv:
        from azlocal.report.csv_rows import fleet_sheet

        yield "csv", wish.csv, [fleet_sheet(look, shown).file]
    if change is not None:
        from azlocal.report.evidence_zip import evidence_zip

        yield "evidence", wish.out or _evidence_name(change.one.cluster.name), [evidence_zip(change)]


def _evidence_name(cluster: str) -> str:
    return f"azlocal-evidence-{_UNFIT.sub('-', cluster.lower()).strip('-.') or 'cluster'}.zip"


def _put(kind: str, place: str, pieces: Iterable[str | bytes]) -> Mapping[str, Any]:
    """Write a file whole or not at all, and return what was written."""
    digest, size = hashlib.sha256(), 0
    try:
        handle, beside = tempfile.mkstemp(prefix=".azlocal-", dir=Path(place).absolute().parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:
                    body = piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
                    digest.update(body)
                    size += file.write(body)
            os.chmod(beside, 0o666 & ~_mask())
            os.replace(beside, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)
            raise
    except OSError as error:
        raise BadInput([f"{kind}: '{place}' cannot be written: {error}"], remedy="name another file") from error
    return {"kind": kind, "file": place, "bytes": size, "sha256": digest.hexdigest()}


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _line(one: Mapping[str, Any]) -> str:
    return f"{one['kind']}: {clean(str(one['file']))} ({one['bytes']:,} bytes, SHA-256 {one['sha256']})"
