"""`demo`: the main job on the sandbox, from census to verified upgrade, with proof at the end."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from azlocal.app import App
from azlocal.cli.demo_text import EVERY_ROW, PHASES_NOW, Ending, show, summary

if TYPE_CHECKING:
    from azlocal.sandbox.run import Sandbox
    from azlocal.simulation.history import Timeline
    from azlocal.simulation.story import Chapter


@click.command()
@click.option("--scenario", default="fleet-small", show_default=True, metavar="NAME", help="Which fleet to tell of.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Decides what is drawn by chance.")
def demo(scenario: str, seed: int) -> int:
    """Watch a fleet go from census to verified upgrade on the sandbox; no Azure needed.

    Starts the sandbox on loopback, runs ticks through the real Azure SDKs, lets a person approve and
    accept, moves the sandbox's clock between ticks, and ends with a summary. Exit code 0 means that
    the sandbox's own journal agrees with everything that azlocal claims.
    """
    from azlocal.cli.sandbox import check_tools, running

    check_tools()
    settings = {"seed": seed, "port": 0}
    with running(scenario, settings) as sandbox, _exported(sandbox.ready["environment"]):
        ending = _told(sandbox)
    click.echo(summary(ending))
    return 1 if ending.disagreements else 0


@contextlib.contextmanager
def _exported(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables as a shell would that has taken over the sandbox's exports, and put them back."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _told(sandbox: Sandbox) -> Ending:
    from azlocal.simulation.history import Timeline
    from azlocal.simulation.story import Story

    timeline = Timeline.watch(sandbox.front.azure)
    people = sandbox.ready["people"]
    story = Story(
        acting=App.from_environment,
        person=App.from_environment,
        advance=lambda by: _advance(sandbox, by),
        approves=frozenset(people["approve"]),
        resumes=frozenset(people["resume"]),
    )
    chapters = []
    with show(sandbox.ready["scenario"], sys.stdout) as shown:
        for chapter in story.chapters():
            chapters.append(chapter)
            shown(chapter)
    return _ending(sandbox, timeline, chapters)


def _advance(sandbox: Sandbox, by: timedelta) -> None:
    from azlocal.sandbox.wire import Request

    body = f'{{"advance": "PT{int(by.total_seconds())}S"}}'
    sandbox.front.handle(Request("POST", "/_sandbox/clock", body=body.encode()))


def _ending(sandbox: Sandbox, timeline: Timeline, chapters: Sequence[Chapter]) -> Ending:
    from azlocal.azure.logs import query
    from azlocal.simulation.invariants import History
    from azlocal.simulation.verdict import counted, disagreements

    connection, ready, azure = App.from_environment().connection, sandbox.ready, sandbox.front.azure

    def read(kql: str) -> list[dict[str, Any]]:
        return query(connection, ready["workspace_id"], kql, ready["query_endpoint"])

    history = History.of(sandbox.front.journal.after(), timeline, azure.control_group)
    return Ending(
        chapters=chapters,
        rows_read=int(read(EVERY_ROW)[0]["Count"]),
        phases_read=counted(read(PHASES_NOW), "Phase"),
        requests=len(sandbox.front.journal.after()),
        disagreements=disagreements(history, [one.report for one in chapters], azure),
    )
