"""What a tick of ten thousand clusters may ask and send. Counted, never timed: design §7."""

from __future__ import annotations

import gzip
from collections import Counter
from math import ceil

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.core.facts import SolutionFacts
from azlocal.simulation.world import World

CLUSTERS = 10_000
GRAPH = "/providers/microsoft.resourcegraph/resources"
RULES = "/datacollectionrules/"


class Told:
    """One whole tick of a large fleet, and everything that was asked for it."""

    def __init__(self):
        self.world = World(f"fleet-{CLUSTERS}")
        self.world.azure.quotas_on = True
        self.report = self.world.tick()
        self.asked = [one for one in self.world.front.journal.after() if not one.path.startswith("/metadata")]
        self.pages = [one for one in self.asked if one.path.lower() == GRAPH]
        self.uploads = [one for one in self.asked if one.path.lower().startswith(RULES)]
        self.others = [one for one in self.asked if one not in (*self.pages, *self.uploads)]


@pytest.fixture(scope="module")
def told():
    return Told()


def floor_of_pages(told):
    """A page for each thousand rows of each query: what the census made of them says how many rows there were."""
    clusters = told.report.facts.clusters
    machines = sum(len(cluster.machines or ()) for cluster in clusters)
    solutions = [cluster.solution for cluster in clusters if isinstance(cluster.solution, SolutionFacts)]
    summaries = len(solutions) + sum(len(one.updates or ()) for one in solutions)
    beside = {
        one.id for cluster in clusters
        for one in (*cluster.appliances, *cluster.custom_locations, *cluster.workloads)
    }  # fmt: skip
    managers = sum(bool(getattr(one.lcm, "id", "")) for cluster in clusters for one in cluster.machines or ())
    return ceil((len(clusters) + machines + managers + len(beside)) / 1000) + ceil(summaries / 1000) + 1


def test_the_tick_saw_the_whole_fleet_and_started_something(told):
    assert len(told.report.clusters) == CLUSTERS
    assert not told.report.problems
    assert told.report.actions


def test_a_census_asks_at_most_a_fifth_more_pages_than_its_rows_fill(told):
    assert len(told.pages) <= 1.2 * floor_of_pages(told), (len(told.pages), floor_of_pages(told))


def test_pages_hold_no_more_than_a_census_needs(told):
    assert sum(one.answered for one in told.pages) / CLUSTERS <= 5_500


def test_azure_never_has_to_say_no(told):
    assert Counter(one.status for one in told.asked)[429] == 0
    assert told.report.throttled == 0


def test_beside_the_census_a_tick_asks_by_subscription_by_start_and_by_cluster_in_motion(told):
    subscriptions = len(told.world.scenario.subscriptions)
    lists = sum(ceil(count / told.world.azure.page_size) for count in Counter(
        one.subscription for one in told.world.scenario.clusters
    ).values())  # fmt: skip
    looked = sum(one.cluster.settings is not None for one in told.report.clusters)
    starts = len(told.report.actions)
    lease, control, shared = 3, 3, 2
    # Locks by subscription, lists of clusters; two reads of each cluster that is looked at; eight requests a start.
    allowed = lists + subscriptions + lease + control + shared + 2 * looked + 10 * starts
    assert len(told.others) <= allowed, (len(told.others), allowed)
    assert looked <= 100


def test_telemetry_is_so_many_rows_and_bytes_a_cluster_in_batches_that_are_nearly_full(told):
    assert told.report.delivery.lost == 0
    assert told.report.delivery.sent / CLUSTERS <= 6.5
    packed = sum(len(one.sent.body) for one in told.uploads)
    plain = sum(len(gzip.decompress(one.sent.body)) for one in told.uploads)
    assert packed / CLUSTERS <= 600
    assert plain / CLUSTERS <= 7_000
    assert len(told.uploads) <= 1.1 * plain / 900_000 + 5


def test_reads_of_many_clusters_in_motion_are_paced_before_the_quota_is_spent(told):
    world = told.world
    subscription = world.scenario.subscriptions[0].id
    reader = world.app().ports().reader
    seen, began = len(world.front.journal.after()), world.clock.now()
    for one in [one for one in world.scenario.clusters if one.subscription == subscription][:600]:
        reader.settings(one.id)
    statuses = Counter(one.status for one in world.front.journal.after(seen))
    assert statuses[429] == 0
    assert sum(statuses.values()) == 600
    # 250 at once, 25 a second more: what is waited is the quota's own time, and a little.
    waited = (world.clock.now() - began).total_seconds()
    assert (600 - 250) / 25 <= waited + 1 <= 1.3 * (600 - 250) / 25
