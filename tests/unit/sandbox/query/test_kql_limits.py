"""What Resource Graph refuses though it is KQL."""

from __future__ import annotations

import pytest

from azlocal.sandbox.query.limits import check, stops_paging
from azlocal.sandbox.query.refusals import Refused

JOIN = " | join kind=inner (resources) on id"


@pytest.mark.parametrize(
    "query",
    [
        "resources" + JOIN * 3,
        "resources" + " | mv-expand a = properties.a" * 3,
        "resources | union resourcecontainers, extensibilityresources, advisorresources",
        "resources | join kind=fullouter (resourcecontainers) on id",
        "resources | join resourcecontainers on id",
        "resources | where name == '| join | join | join | join' // | join | evaluate x",
        "where name == 'x' | order by name asc | limit 3",
        "resources | project-away tags | parse id with * '/' x | distinct x | top 3 by x | sample 1",
    ],
)
def test_what_is_documented_is_taken(query):
    check(query)


@pytest.mark.parametrize(
    "query, kind, token",
    [
        ("resources" + JOIN * 4, "limit", "join"),
        ("resources" + JOIN * 2 + " | lookup (resources) on id" * 2, "limit", "join"),
        ("resources | join (resources" + JOIN * 3 + ") on id", "limit", "join"),
        ("resources" + " | mv-expand a = properties.a" * 2 + " | mvexpand b" * 2, "limit", "mv-expand"),
        ("union resources, resourcecontainers, advisorresources, healthresources", "limit", "union"),
        ("resources | union a, b | union c, d", "limit", "union"),
        ("resources | join kind=leftanti (resources) on id", "flavor", "LeftAnti"),
        ("resources | join kind = LeftSemi (resources) on id", "flavor", "LeftSemi"),
        ("resources | lookup kind=rightouter (resources) on id", "flavor", "RightOuter"),
        ("let x = 1; resources | where a == x", "operator", "let"),
        ("print 1", "operator", "print"),
        ("search 'x'", "operator", "search"),
        ("resources | evaluate bag_unpack(tags)", "operator", "evaluate"),
        ("resources | make-series count() on now() step 1d", "operator", "make-series"),
        ("resources | render piechart", "operator", "render"),
        ("resources | join (resources | getschema) on id", "operator", "getschema"),
        ("union isfuzzy=true resources, nothere", "operator", "isfuzzy"),
        ("resources | union isfuzzy=true nothere", "operator", "isfuzzy"),
    ],
)
def test_what_is_not_taken_is_named(query, kind, token):
    with pytest.raises(Refused) as refused:
        check(query)
    assert (refused.value.kind, refused.value.token) == (kind, token)
    assert token in refused.value.message


@pytest.mark.parametrize(
    "query, stops",
    [
        ("resources | take 5", True), ("resources | project id | limit 5", True), ("resources | sample 3", True),
        ("resources | top 5 by id", False), ("resources | where a == '| take 5'", False),
    ],
)  # fmt: skip
def test_a_query_that_cuts_its_own_result_is_not_paged(query, stops):
    assert stops_paging(query) is stops
