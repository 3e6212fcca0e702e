"""A large world fills its tables before anybody asks, and nobody can tell but by the time it takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from graph_world import World, cluster

from azlocal.sandbox.query import index as indexing

pytest.importorskip("duckdb_kql")

NAMES = "resources | project name | order by name asc"


def names(world):
    return [row["name"] for row in world.rows(NAMES)]


@pytest.mark.parametrize("many", [1, 1_000])
def test_a_prepared_world_answers_as_one_that_is_not(monkeypatch, many):
    monkeypatch.setattr(indexing, "MANY", many)
    world = World(cluster("c1"), cluster("c2"))
    world.azure.prepare()
    assert names(world) == ["c1", "c2"]
    world.azure.changed(cluster("c3"))
    world.azure.advance(timedelta(seconds=31))
    assert names(world) == ["c1", "c2", "c3"]


def test_only_a_large_world_is_prepared(monkeypatch):
    loaded = []
    monkeypatch.setattr(indexing.Index, "_load", lambda self, engine, table: loaded.append(table))
    world = World(cluster("c1"))
    world.azure.prepare()
    assert loaded == []
    monkeypatch.setattr(indexing, "MANY", len(world.azure.store))
    world.azure.prepare()
    assert set(loaded) == {"resources", "resourcecontainers"}


def test_the_journal_counts_the_bytes_of_every_answer():
    world = World(cluster("c1"))
    answer = world.ask(NAMES)
    refused = world.send({"query": "resources"}, version="1999-01-01")
    first, second = world.front.journal.after()
    assert (first.answered, second.answered) == (len(answer.body), len(refused.body))
    assert first.as_dict()["answered"] == first.answered > 0
