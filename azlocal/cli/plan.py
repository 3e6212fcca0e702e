"""`plan`: a first plan out of a census, the check of one, and its JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path

import click

from azlocal.cli import output
from azlocal.cli.busy import busy
from azlocal.cli.door import Door, door, whole
from azlocal.cli.push import push
from azlocal.cli.snapshots import census_option, read_json
from azlocal.errors import BadInput


@click.group()
def plan() -> None:
    """The fleet plan: who is upgraded in which order, when, how many at a time, and on whose word."""


@plan.command("init")
@census_option
@click.option("--control", default="", metavar="ID", help="Resource group for approvals and the pause.")
@click.option("--lease", default="", metavar="ID", help="Blob container whose lease makes one starter.")
@click.option("--zone", default="UTC", show_default=True, metavar="ZONE", help="IANA time zone of the windows.")
@click.option("--out", "target", metavar="FILE", help="Write it here.  [default: standard output]")
@door
def init(here: Door, snapshot: str | None, control: str, lease: str, zone: str, target: str | None) -> int:
    """Write a first plan for the clusters of a census: canary, early, broad, each behind an approval.

    Small clusters come first, as Microsoft advises; windows are weekends. It is yours to change: every key has
    its reason beside it. A file that is there already is never overwritten.
    """
    from azlocal.files.plan_draft import Wish
    from azlocal.report.snapshot import read_moment, read_snapshot
    from azlocal.service.planning import first_plan

    if target is not None:
        _check_free(Path(target))
    if snapshot is None:
        with busy("reading the fleet"):
            look = here.app.census(here.scope)
        facts, now, problems = look.facts, look.now, look.problems
    else:
        document = read_json(snapshot)
        facts, now, problems = read_snapshot(document), read_moment(document), ()
    text = first_plan(facts, now, Wish(control=control, lease=lease, zone=zone))
    _write(text, target)
    return whole(problems)


def _check_free(target: Path) -> None:
    if target.exists():
        raise BadInput([f"out: '{target}' is there already"], remedy="name another file; a plan is never overwritten")
    if not target.parent.is_dir():
        raise BadInput([f"out: the folder '{target.parent}' does not exist"], remedy="create it, or name another file")


def _write(text: str, target: str | None) -> None:
    if target is None:
        output.write([text.rstrip("\n")])
        return
    try:
        Path(target).write_text(text, "utf-8")
    except OSError as error:
        raise BadInput([f"out: '{target}' could not be written: {error}"], remedy="check the path") from error
    output.tell(f"written to {target}; next: azlocal-upgrade plan check {target}")


@plan.command("check")
@click.argument("file", required=False)
@census_option
@door
def check(here: Door, file: str | None, snapshot: str | None) -> int:
    """Check a plan (FILE, else --plan or AZLOCAL_PLAN): every mistake with its line, and what was hardly meant.

    Azure is not asked. With --census the rings are filled with the clusters of that file, too. Exit 2 when the
    plan has mistakes; warnings alone exit 0.
    """
    from azlocal.report.planning import check_document, check_page, check_rows

    app = here.app.with_plan(file) if file else here.app
    found = app.check_plan(None if snapshot is None else read_json(snapshot))
    here.show(check_document(found), lambda: check_page(found, output.width()), lambda: check_rows(found))
    return 0


@plan.command("schema")
def schema() -> int:
    """Print the JSON Schema of a plan, for editors that check and complete YAML."""
    from azlocal.files.plan_file import plan_schema

    output.write([json.dumps(plan_schema(), indent=2)])
    return 0


plan.add_command(push)
