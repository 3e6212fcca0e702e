"""Results in pages: every row once, whatever the size of a page."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from graph_world import BERGEN, OSLO, World, cluster, cluster_id
from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.sandbox.query.pages import Token

pytest.importorskip("duckdb_kql")

ORDERED = "resources | project id, name | order by id asc"
COUNT = 137


@pytest.fixture(scope="module")
def world():
    return World(*(cluster(f"c{n:04}") for n in range(COUNT)))


def pages(world, query, **options):
    """Yield the pages of a query to the end."""
    token = None
    while True:
        body = world.page(query, **options, **({"skipToken": token} if token else {}))
        yield body
        token = body.get("$skipToken")
        if token is None:
            return


def test_a_page_has_a_hundred_rows_unless_told_otherwise(world):
    body = world.page(ORDERED)
    assert (body["count"], len(body["data"]), body["totalRecords"]) == (100, 100, COUNT)
    assert body["resultTruncated"] == "false"
    assert body["facets"] == []


def test_the_default_size_of_a_page_is_a_switch():
    world = World(*(cluster(f"c{n:04}") for n in range(150)))
    world.azure.switches["graph-default-top"] = "1000"
    body = world.page(ORDERED)
    assert (body["count"], "$skipToken" in body) == (150, False)


def test_the_last_page_has_no_token(world):
    last = list(pages(world, ORDERED, top=100))[-1]
    assert (last["count"], last["totalRecords"], last["resultTruncated"]) == (37, COUNT, "false")
    assert "$skipToken" not in last


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 200),
    order=st.sampled_from([" | order by id asc", " | order by name desc", "", " | where name > 'c0050'"]),
)
def test_paging_through_any_result_gives_each_row_once(world, size, order):
    query = f"resources | project id, name{order}"
    found = list(pages(world, query, top=size))
    ids = [row["id"] for body in found for row in body["data"]]
    assert len(ids) == len(set(ids)) == found[0]["totalRecords"]
    assert len(found) == -(-len(ids) // size)
    assert [body["count"] for body in found[:-1]] == [size] * (len(found) - 1)


def test_the_token_remembers_the_size_and_a_new_size_overrides_it(world):
    first = world.page(ORDERED, top=30)
    assert world.page(ORDERED, skipToken=first["$skipToken"])["count"] == 30
    assert world.page(ORDERED, skipToken=first["$skipToken"], top=7)["count"] == 7


def test_later_pages_see_the_world_of_the_first(world):
    world = World(*(cluster(f"c{n}") for n in range(4)))
    first = world.page(ORDERED, top=2)
    world.azure.store.delete(cluster_id("c0"))
    world.azure.changed(cluster("c9"))
    world.azure.advance(timedelta(minutes=1))
    second = world.page(ORDERED, top=2, skipToken=first["$skipToken"])
    assert [row["name"] for row in second["data"]] == ["c2", "c3"]
    assert second["totalRecords"] == 4
    assert world.page(ORDERED)["totalRecords"] == 4


def test_a_token_outlives_the_result_it_was_cut_from():
    world = World(*(cluster(f"c{n}") for n in range(4)))
    token = world.page(ORDERED, top=2)["$skipToken"]
    for n in range(40):
        world.page(f"resources | where name != 'x{n}' | project id", top=1)
    assert [row["name"] for row in world.page(ORDERED, skipToken=token)["data"]] == ["c2", "c3"]


def test_skip_passes_over_rows(world):
    assert [row["name"] for row in world.rows(ORDERED, top=2, skip=135)] == ["c0135", "c0136"]
    assert world.rows(ORDERED, skip=1000) == []


def test_a_skip_of_nothing_beside_a_token_leaves_the_token_its_place(world):
    token = world.page(ORDERED, top=2)["$skipToken"]
    assert world.rows(ORDERED, skipToken=token, skip=0)[0]["name"] == "c0002"


@pytest.mark.parametrize(
    "query", ["resources | project name | order by name asc", "resources | summarize count() by name"]
)
def test_without_an_id_there_is_no_token_and_the_result_is_truncated(world, query):
    body = world.page(query, top=10)
    assert (body["count"], body["totalRecords"], body["resultTruncated"]) == (10, COUNT, "true")
    assert "$skipToken" not in body


def test_a_query_that_cuts_its_own_result_gets_no_token_and_no_skip(world):
    body = world.page(f"{ORDERED} | take 20", top=10, skip=5)
    assert (body["count"], body["totalRecords"], body["resultTruncated"]) == (10, 20, "true")
    assert body["data"][0]["name"] == "c0000"
    assert "$skipToken" not in body


def test_tables_are_paged_like_objects(world):
    body = world.page(ORDERED, top=100, resultFormat="table")
    rest = world.page(ORDERED, skipToken=body["$skipToken"], resultFormat="table")
    assert len(body["data"]["rows"]) + len(rest["data"]["rows"]) == COUNT


NOT_TOKENS = [
    "nonsense", base64.b64encode(b"{}").decode(), base64.b64encode(b"[1]").decode(), "ü", 7,
    base64.b64encode(json.dumps({"RowsToSkip": -1, "MaxRows": 1}).encode()).decode(),
    base64.b64encode(b"\xff\xfe").decode(),
]  # fmt: skip


@pytest.mark.parametrize("token", NOT_TOKENS)
def test_what_is_no_token_is_refused(world, token):
    status, details = world.details(ORDERED, skipToken=token)
    assert (status, details[0]["code"]) == (400, "InvalidSkipToken")


@pytest.mark.parametrize("query, scope", [(f"{ORDERED} | where true", [OSLO, BERGEN]), (ORDERED, [OSLO])])
def test_a_token_of_another_query_or_scope_is_refused(world, query, scope):
    token = world.page(ORDERED, subscriptions=[OSLO, BERGEN], top=2)["$skipToken"]
    status, details = world.details(query, subscriptions=scope, skipToken=token)
    assert (status, details[0]["code"]) == (400, "InvalidSkipToken")


@given(st.builds(Token, st.text(), st.text(), st.integers(0, 10**9), st.integers(1, 1000)))
def test_a_token_is_read_as_it_was_written(token):
    assert Token.parse(token.text()) == token
