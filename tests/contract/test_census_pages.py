"""The census of ten thousand clusters costs Resource Graph hardly more than its rows do."""

from __future__ import annotations

from math import ceil

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.core.facts import SolutionFacts
from azlocal.simulation.world import World

SUMMARIES = "microsoft.azurestackhci/clusters/updatesummaries"


def test_a_census_of_ten_thousand_clusters_reads_at_most_a_fifth_more_pages_than_its_rows_fill():
    world = World("fleet-10000")
    found = world.app().ports().reader.census(world.app().needed_plan().scope)
    assert len(found.clusters) == 10_000
    assert all(cluster.machines for cluster in found.clusters)

    pages = [entry for entry in world.front.journal.after() if entry.path.endswith("Microsoft.ResourceGraph/resources")]
    machines = sum(len(cluster.machines or ()) for cluster in found.clusters)
    solutions = [cluster.solution for cluster in found.clusters if isinstance(cluster.solution, SolutionFacts)]
    summaries = len(list(world.azure.store.of_type(SUMMARIES))) + sum(len(one.updates or ()) for one in solutions)
    others = len({one.id for cluster in found.clusters for one in (*cluster.appliances, *cluster.custom_locations)})
    floor = ceil((10_000 + 2 * machines + others) / 1000) + ceil(summaries / 1000) + 1
    assert len(pages) <= 1.2 * floor, (len(pages), floor)
    assert {entry.status for entry in pages} == {200}
