"""The index lags behind the world, and follows it change by change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from graph_world import NOW, OSLO, World, cluster, cluster_id, group, subscription

from azlocal.sandbox.query import index as indexing

pytest.importorskip("duckdb_kql")

NAMES = "resources | project name | order by name asc"
LAG = timedelta(seconds=30)


def names(world):
    return [row["name"] for row in world.rows(NAMES)]


def began(*documents, **settings):
    """Return a world that has been asked once, and so has begun."""
    world = World(*documents, **settings)
    names(world)
    return world


def test_what_was_there_at_the_beginning_is_visible_at_once():
    assert names(World(cluster("c1"))) == ["c1"]


def test_a_change_shows_when_the_lag_has_passed_and_not_before():
    world = began(cluster("c1"))
    world.azure.changed(cluster("c2"))
    moment = world.azure.clock.now()
    world.azure.advance(LAG - timedelta(seconds=2))
    assert names(world) == ["c1"]
    assert world.azure.clock.now() - moment < LAG
    assert names(world) == ["c1", "c2"]


def test_a_change_before_the_first_query_lags_once_any_request_was_answered():
    world = World(cluster("c1"))
    world.send({"query": "resources"}, version="1999-01-01")
    world.azure.changed(cluster("c2"))
    assert names(world) == ["c1"]


def test_each_change_shows_in_its_turn():
    world = began(cluster("c1"))
    versions = []
    for ring in ("a", "b", "c"):
        world.azure.changed(cluster("c1", tags={"ring": ring}))
        world.azure.advance(timedelta(seconds=20))
    for _ in range(4):
        versions.append(world.rows("resources | project ring = tostring(tags.ring)")[0]["ring"])
        world.azure.advance(timedelta(seconds=5))
    assert versions == ["b", "b", "c", "c"]


def test_what_is_deleted_goes_after_the_lag_too():
    world = began(cluster("c1"), cluster("c2"))
    world.azure.store.delete(cluster_id("c1"))
    assert names(world) == ["c1", "c2"]
    world.azure.advance(LAG)
    assert names(world) == ["c2"]


def test_what_came_and_went_within_the_lag_was_never_there():
    world = began()
    world.azure.changed(cluster("c1"))
    world.azure.store.delete(cluster_id("c1"))
    world.azure.advance(LAG)
    assert names(world) == []


def test_the_index_keeps_what_it_was_given_though_the_store_has_something_newer():
    world = began(cluster("c1"))
    world.azure.changed(cluster("c1", location="northeurope"))
    assert world.rows("resources | project location") == [{"location": "westeurope"}]


def test_no_lag_shows_changes_at_once():
    world = began(index_lag=timedelta(0))
    world.azure.changed(cluster("c1"))
    assert names(world) == ["c1"]


def test_resource_groups_and_subscriptions_lag_as_well():
    world = began()
    world.azure.changed(group("rg-new"))
    query = "resourcecontainers | where name == 'rg-new' | count"
    assert world.rows(query) == [{"Count": 0}]
    world.azure.advance(LAG)
    assert world.rows(query) == [{"Count": 1}]


def test_beginning_again_shows_the_world_as_it_is():
    world = began(cluster("c1"))
    world.azure.store.delete(cluster_id("c1"))
    world.azure.changed(cluster("c2"))
    world.index.begin()
    assert names(world) == ["c2"]


@pytest.mark.parametrize("few", [0, 5, 10_000])
def test_replacing_rows_and_loading_anew_give_the_same(monkeypatch, few):
    monkeypatch.setattr(indexing, "FEW", few)
    world = began(*(cluster(f"c{n:02}") for n in range(30)))
    for n in range(0, 20, 2):
        world.azure.changed(cluster(f"c{n:02}", location="northeurope"))
    world.azure.store.delete(cluster_id("c01"))
    world.azure.changed(cluster("c30"))
    world.azure.advance(LAG)
    assert names(world) == [f"c{n:02}" for n in range(31) if n != 1]
    assert world.rows("resources | where location == 'northeurope' | count") == [{"Count": 10}]


def test_more_rows_than_one_insert_takes_are_all_there(monkeypatch):
    monkeypatch.setattr(indexing, "CHUNK", 7)
    world = World(*(cluster(f"c{n:02}") for n in range(30)))
    assert world.rows("resources | count") == [{"Count": 30}]


def test_what_happened_long_ago_in_a_leap_of_the_clock_shows_though_the_clock_leapt_just_now():
    world = began()
    world.azure.after(NOW, timedelta(minutes=10), lambda _: world.azure.changed(cluster("c1")))
    world.azure.advance(timedelta(hours=1))
    assert names(world) == ["c1"]


def test_a_subscription_tells_the_management_groups_above_it():
    top = {
        "id": "/providers/Microsoft.Management/managementGroups/top", "name": "top",
        "type": "Microsoft.Management/managementGroups",
        "properties": {"displayName": "Top", "children": [{"id": f"/subscriptions/{OSLO}"}]},
    }  # fmt: skip
    world = World(top, subscription(OSLO, "Oslo"))
    query = "resourcecontainers | where name == 'Oslo' | project c = properties.managementGroupAncestorsChain"
    root = {"displayName": "Tenant Root Group", "name": world.azure.tenant_id}
    assert world.rows(query) == [{"c": [{"displayName": "Top", "name": "top"}, root]}]
    world.azure.changed(
        {**top, "properties": {"displayName": "Renamed", "children": [{"id": f"/subscriptions/{OSLO}"}]}}
    )
    world.azure.advance(LAG)
    assert world.rows(query)[0]["c"][0]["displayName"] == "Renamed"


def test_half_a_character_in_a_tag_spoils_no_query():
    assert World(cluster("c1", tags={"\ud800": "\udfff"}, kind="\ud800")).rows("resources | project tags, kind") == [
        {"tags": {"?": "?"}, "kind": "?"}
    ]
