"""How Resource Graph says no: status, code, details and quota headers of every refusal."""

from __future__ import annotations

import re

import pytest
from graph_world import BERGEN, NOWHERE, OSLO, World, cluster

from azlocal.sandbox import identity
from azlocal.sandbox.providers import resource_graph

pytest.importorskip("duckdb_kql")

SUPPORT = re.compile(
    r"Please provide below info when asking for support: timestamp = 2026-11-23T12:\d\d:\d\d\.\d{7}Z, "
    r"correlationId = [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\."
)


@pytest.fixture(scope="module")
def world():
    return World(cluster("c1"), cluster("c2", BERGEN))


@pytest.mark.parametrize(
    "query, code, more",
    [
        ("resources | where name ==", "ParserFailure", {"message": "ParserFailure"}),
        ("resources | | take 1", "ParserFailure", {"message": "ParserFailure"}),
        ("resources | where name == 'open", "ParserFailure", {}),
        ("resources | evaluate bag_unpack(tags)", "InvalidQueryLanguage", {"token": "evaluate", "line": -1}),
        ("resources | mv-apply n = properties.nodes on (take 1)", "InvalidQueryLanguage", {"token": "mv-apply"}),
        ("resources | extend x = frobnicate(name)", "InvalidQueryLanguage", {"token": "frobnicate"}),
        ("let x = 1; resources", "InvalidQueryLanguage", {"token": "let"}),
        (".show tables", "InvalidQueryLanguage", {"token": ".show"}),
        ("resources | join kind=leftanti (resources) on id", "UnsupportedJoinFlavor", {}),
        ("resources | where nosuch == 1", "SemanticError", {}),
        ("resources | project a = b.c", "SemanticError", {}),
        ("resources | take 1 | take 1 | mv-expand a | mv-expand b | mv-expand c | mv-expand d", "QueryLimitExceeded", {}),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_is_a_bad_request_that_says_why(world, query, code, more):
    status, details = world.details(query)
    assert status == 400
    assert [one["code"] for one in details] == ["InvalidQuery", code]
    assert more.items() <= details[1].items()


@pytest.mark.parametrize(
    "query, token",
    [
        ("resources | extend x = frobnicate(name)", "frobnicate"), ("resources | where nosuch == 1", "nosuch"),
        ("resources | serialize", "serialize"), ("resources | summarize frob(name)", "frob"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_it_refuses(world, query, token):
    assert token in world.details(query)[1][1]["message"]


@pytest.mark.parametrize(
    "table",
    ["nosuchresources", "duckdb_tables", "sqlite_master", "pg_tables", "scope", "pragma_database_list", "Nosuch"],
)
def test_only_resource_graphs_own_tables_can_be_read(world, table):
    details = [
        {"code": "DisallowedLogicalTableName", "message": f"Table {table} is invalid, unsupported or disallowed."}
    ]
    assert world.details(f"{table} | take 1") == (400, details)
    assert world.details(f"resources | join kind=inner ({table}) on id")[1] == details


@pytest.mark.parametrize("query", ["information_schema.tables", "database('memory').resources", "base.resources"])
def test_names_with_dots_reach_no_further(world, query):
    assert world.details(query)[0] == 400


def test_the_envelope_is_resource_graphs(world):
    answer = world.ask("resources | where")
    error = answer.json()["error"]
    assert (error["code"], set(error)) == ("BadRequest", {"code", "message", "details"})
    assert SUPPORT.fullmatch(error["message"])
    assert error["message"].rstrip(".").endswith(answer.headers["x-ms-correlation-request-id"])


def test_the_callers_correlation_id_is_in_the_message(world):
    world.azure.clock.sleep(5)
    answer = world.send({"query": "x"}, **{"x-ms-correlation-request-id": "mine"})
    assert answer.json()["error"]["message"].endswith("correlationId = mine.")


@pytest.mark.parametrize(
    "options", [{"top": 0}, {"top": 1001}, {"top": "5"}, {"top": True}, {"skip": -1}, {"skip": 1.5}]
)
def test_options_out_of_range_are_refused(world, options):
    status, details = world.details("resources", **options)
    assert (status, details[0]["code"]) == (400, "InvalidQueryOptions")
    assert f"${next(iter(options))}" in details[0]["message"]


@pytest.mark.parametrize("body", [{}, {"query": None}, {"query": " "}, {"query": 7}])
def test_a_request_without_a_query_is_refused(world, body):
    world.azure.clock.sleep(1)
    answer = world.send(body)
    assert (answer.status, answer.json()["error"]["details"][0]["code"]) == (400, "InvalidQuery")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"7", b'{"query": "resources", "options": 3}', b'{"query": "resources", "facets": 3}'],
)
def test_a_malformed_body_is_refused(world, body):
    world.azure.clock.sleep(1)
    answer = world.send(body)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


@pytest.mark.parametrize(
    "body", [{"query": "resources", "subscriptions": "x"}, {"query": "resources", "managementGroups": [1]}]
)
def test_a_scope_that_is_no_list_of_text_is_refused(world, body):
    world.azure.clock.sleep(1)
    answer = world.send(body)
    assert (answer.status, answer.json()["error"]["details"][0]["code"]) == (400, "InvalidRequestBody")


def test_an_answer_beyond_the_limit_is_refused(world, monkeypatch):
    monkeypatch.setattr(resource_graph, "LARGEST", 500)
    answer = world.ask("resources")
    detail = answer.json()["error"]["details"][0]
    assert (answer.status, detail["code"]) == (400, "ResponsePayloadTooLarge")
    assert re.match(r"Response payload size is \d+, and has exceeded the limit of 500\.", detail["message"])


@pytest.mark.parametrize(
    "version, status", [("2021-03-01", 200), ("2024-04-01", 200), ("2019-04-01", 200), ("2015-01-01", 400)]
)
def test_every_api_version_of_the_service_is_taken(world, version, status):
    world.azure.clock.sleep(5)
    assert world.send({"query": "resources"}, version=version).status == status


# scope


def names(world, **scope):
    return [row["name"] for row in world.rows("resources | project name | order by name asc", **scope)]


@pytest.mark.parametrize(
    "subscriptions, expected",
    [
        (None, ["c1", "c2"]), ([], ["c1", "c2"]), ([OSLO], ["c1"]), ([BERGEN.upper()], ["c2"]), ([OSLO, BERGEN], ["c1", "c2"]),
        ([OSLO, NOWHERE], ["c1"]),
    ],
)  # fmt: skip
def test_subscriptions_narrow_what_is_seen_and_strange_ones_are_left_out(world, subscriptions, expected):
    assert names(world, subscriptions=subscriptions) == expected
    assert len(
        world.rows(
            "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'", subscriptions=subscriptions
        )
    ) == len(expected)


def test_subscriptions_that_cannot_be_read_at_all_are_a_bad_request(world):
    text = f"There must be at least one subscription that is eligible to contain resources. Given: '{NOWHERE}'."
    assert world.details("resources", subscriptions=[NOWHERE]) == (
        400, [{"code": "NoValidSubscriptionsInQueryRequest", "message": text}],
    )  # fmt: skip


def test_a_subscription_that_is_no_guid_is_a_bad_request(world):
    status, details = world.details("resources", subscriptions=[OSLO, "oslo"])
    assert (status, details[0]["code"]) == (400, "SubscriptionsContainInvalidGuids")


def management_group(name, *children, parent=None):
    details = {"parent": {"id": f"/providers/Microsoft.Management/managementGroups/{parent}"}} if parent else {}
    return {
        "id": f"/providers/Microsoft.Management/managementGroups/{name}", "name": name,
        "type": "Microsoft.Management/managementGroups",
        "properties": {"displayName": name, "details": details, "children": [{"id": f"/subscriptions/{one}"} for one in children]},
    }  # fmt: skip


@pytest.fixture(scope="module")
def corporation():
    groups = (
        management_group("north"),
        management_group("mg-oslo", OSLO, parent="north"),
        management_group("mg-bergen", BERGEN, parent="north"),
        management_group("empty"),
    )
    return World(cluster("c1"), cluster("c2", BERGEN), *groups)


@pytest.mark.parametrize(
    "groups, expected",
    [
        (["mg-oslo"], ["c1"]), (["MG-Bergen"], ["c2"]), (["north"], ["c1", "c2"]), (["mg-oslo", "mg-bergen"], ["c1", "c2"]),
        (["mg-oslo", "nosuch"], ["c1"]),
    ],
)  # fmt: skip
def test_a_management_group_holds_its_subscriptions_and_those_of_the_groups_below(corporation, groups, expected):
    assert names(corporation, groups=groups) == expected


def test_the_root_group_is_the_tenant(corporation):
    assert names(corporation, groups=[corporation.azure.tenant_id]) == ["c1", "c2"]


@pytest.mark.parametrize("groups", [["nosuch"], ["empty"]])
def test_management_groups_of_which_nothing_can_be_read_are_forbidden(corporation, groups):
    status, details = corporation.details("resources", groups=groups)
    assert (status, details) == (
        403,
        [{"code": "AccessDenied", "message": "Access is denied to the requested resource."}],
    )


def test_management_groups_are_rows_themselves(corporation):
    rows = corporation.rows(
        "resourcecontainers | where type == 'microsoft.management/managementgroups' | project name | order by name asc"
    )
    assert [row["name"] for row in rows] == ["empty", "mg-bergen", "mg-oslo", "north"]
    assert (
        corporation.rows(
            "resourcecontainers | where type =~ 'Microsoft.Management/managementGroups'", subscriptions=[OSLO]
        )
        == []
    )


def test_a_tenant_without_subscriptions_is_forbidden():
    assert World(containers=False).details("resources")[0] == 403


# quota


def test_every_answer_tells_the_quota(world):
    world.azure.clock.sleep(10)
    told = []
    for body in ({"query": "resources"}, {"query": "nope"}, {"query": "resources | count"}):
        headers = world.send(body).headers
        told.append((headers["x-ms-user-quota-remaining"], headers["x-ms-user-quota-resets-after"]))
        assert headers["x-ms-ratelimit-remaining-tenant-resource-requests"] == told[-1][0]
    assert told == [("14", "00:00:05"), ("13", "00:00:05"), ("12", "00:00:05")]


def test_the_sixteenth_query_in_five_seconds_is_throttled_without_retry_after(world):
    world.azure.clock.sleep(10)
    assert {world.send({"query": "resources | count"}).status for _ in range(15)} == {200}
    world.azure.clock.sleep(2)
    answer = world.send({"query": "resources | count"})
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["details"][0]["code"]) == (429, "RateLimiting", "RateLimiting")
    assert SUPPORT.fullmatch(error["message"])
    assert "retry-after" not in answer.headers
    assert (answer.headers["x-ms-user-quota-remaining"], answer.headers["x-ms-user-quota-resets-after"]) == (
        "0",
        "00:00:03",
    )


def test_the_quota_is_each_principals_own_and_comes_back(world):
    world.azure.clock.sleep(10)
    for _ in range(16):
        last = world.send({"query": "resources | count"})
    assert last.status == 429
    assert world.send({"query": "resources | count"}, client=identity.PERSON_CLIENT).status == 200
    world.azure.clock.sleep(5)
    assert world.send({"query": "resources | count"}).headers["x-ms-user-quota-remaining"] == "14"
