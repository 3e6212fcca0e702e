"""A fleet driven in this process, and the queries of the pack asked of its workspace."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from azlocal.azure.logs import query
from azlocal.core.tables import TABLES
from azlocal.sandbox.scenarios import load
from azlocal.simulation.story import Story
from azlocal.simulation.world import World

PACK = Path(__file__).parents[2] / "arm-templates" / "queries"
NAMES = sorted(path.stem for path in PACK.glob("*.kql"))
ALERTS = sorted(path.stem for path in (PACK / "alerts").glob("*.kql"))
HOST = "https://sandbox.invalid"
CLUSTERS, SETTINGS = "Microsoft.AzureStackHCI/clusters", "Microsoft.AzureStackHCI/clusters/deploymentSettings"


def text_of(name):
    """Return a query of the pack, or an alert's."""
    path = PACK / f"{name}.kql"
    return (path if path.exists() else PACK / "alerts" / f"{name}.kql").read_text("utf-8")


def ask(world, name, **lets):
    """Return the rows of a query, with some of its `let` lines set as a person sets them."""
    text = text_of(name)
    for parameter, value in lets.items():
        before, line, after = re.split(rf"(?m)^(let {parameter} = .*;)$", text)
        assert line
        text = f"{before}let {parameter} = {value};{after}"
    return query(world.app().connection, next(iter(world.azure.workspaces)), text, HOST)


@contextmanager
def rows_instead(world, changed):
    """Let some tables of a world hold other rows for a while."""
    before = world.azure.tables
    _forget(world)
    world.azure.tables = {**before, **changed}
    try:
        yield world
    finally:
        _forget(world)
        world.azure.tables = before


def _forget(world):
    """Let the sandbox load its tables anew: it takes them for lists that only grow."""
    world.azure.tables = {}
    query(world.app().connection, next(iter(world.azure.workspaces)), f"union {', '.join(TABLES)} | count", HOST)


def by(rows, column):
    """Return rows by what stands in one column, which is unique."""
    found = {row[column]: row for row in rows}
    assert len(found) == len(rows)
    return found


@cache
def story():
    """Return a fleet's world at rest, the story's chapters, and what was in flight when upgrades ran: told and so."""
    world = World("fleet-small")
    people = load("fleet-small", 0).people
    told = Story(
        acting=world.app, person=world.person, advance=world.advance,
        approves=frozenset(people.approve), resumes=frozenset(people.resume),
    )  # fmt: skip
    chapters, midway = [], None
    for chapter in told.chapters():
        chapters.append(chapter)
        if midway is None and sum(one.reading.phase == "Applying" for one in chapter.report.clusters) >= 3:
            midway = ask(world, "in-flight"), running(world)
    return world, chapters, midway


def running(world):
    """Return the names of clusters of which the sandbox says that their settings are not at an end, with the mode."""
    return {
        one["id"].split("/")[8]: one["properties"]["deploymentMode"]
        for one in world.azure.store.of_type(SETTINGS)
        if one["properties"]["provisioningState"] not in {"Succeeded", "Failed", "Canceled"}
    }


def parsed(node_packages, queries):
    """Return what Microsoft's parser says of queries: their problems, and the columns of their results."""
    tables = {table: [[one.name, one.type] for one in columns] for table, columns in TABLES.items()}
    done = subprocess.run(
        ["node", node_packages / "kusto.js"], input=json.dumps({"tables": tables, "queries": queries}),
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout)
