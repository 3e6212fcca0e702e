"""Facets: statistics over the result beside it."""

from __future__ import annotations

import pytest
from graph_world import World, cluster

pytest.importorskip("duckdb_kql")

QUERY = "resources | project id, name, location, properties.status | limit 5"


@pytest.fixture(scope="module")
def world():
    return World(cluster("c1"), cluster("c2", location="northeurope"), cluster("c3"))


def facet(world, expression, **options):
    return world.page(QUERY, facets=[{"expression": expression, "options": options}])["facets"][0]


def test_a_facet_counts_the_results_rows_by_its_expression(world):
    assert facet(world, "location") == {
        "expression": "location", "resultType": "FacetResult", "totalRecords": 2, "count": 2,
        "data": [{"location": "westeurope", "count": 2}, {"location": "northeurope", "count": 1}],
    }  # fmt: skip


def test_a_facet_is_sorted_filtered_and_cut_as_asked(world):
    told = facet(world, "name", sortBy="name", sortOrder="asc", filter="location =~ 'WestEurope'", **{"$top": 1})
    assert (told["totalRecords"], told["count"], told["data"]) == (2, 1, [{"name": "c1", "count": 1}])


def test_a_facet_that_cannot_be_computed_does_not_spoil_the_answer(world):
    body = world.page(QUERY, facets=[{"expression": "nosuch"}])
    assert body["count"] == 3
    assert body["facets"][0]["resultType"] == "FacetError"
    assert body["facets"][0]["errors"][1] == {
        "code": "InvalidColumnNames",
        "message": "Invalid column names: [nosuch].",
    }


@pytest.mark.parametrize("facets", [["x"], [{}], [{"expression": "name", "options": {"$top": 0}}]])
def test_a_malformed_facet_is_refused(world, facets):
    assert world.ask(QUERY, facets=facets).status == 400
