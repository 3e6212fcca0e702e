"""Log Analytics: tables as declared and filled, spans of time, forms of values, and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logs_world import OTHER, RESOURCE, TABLE, WORKSPACE, World, record

pytest.importorskip("duckdb_kql")

ROWS = (
    record("a", "2026-11-23T08:00:00.5Z", Small=1, Big=10, Seconds=1.5, Done=True, Details={"node": "n1"}),
    record("b", "2026-11-23T10:00:00+01:00", Small=2, Big=20, Seconds=2, Done=False, Details=[1, 2]),
    record("b", "2026-11-23T11:30:00Z", Small=3, Details="text", Run="3f0f6c5e-0c9e-5b7e-9f58-0c2c6e1f7601"),
)
NAMES = f"{TABLE} | order by TimeGenerated asc | project Name"


@pytest.fixture(scope="module")
def world():
    return World(*ROWS)


def error(answer):
    return answer.json()["error"]


def inner(answer):
    return error(answer)["innererror"]


@pytest.mark.parametrize(
    "query, rows",
    [
        (f"{TABLE} | count", [[3]]),
        (f"{TABLE} | order by TimeGenerated asc | project TimeGenerated", [
            ["2026-11-23T08:00:00.5Z"], ["2026-11-23T09:00:00Z"], ["2026-11-23T11:30:00Z"],
        ]),
        (f"{TABLE} | where Name == 'a' | project Small, Big, Seconds, Done, Details, Run", [[1, 10, 1.5, True, '{"node":"n1"}', ""]]),
        (f"{TABLE} | where Small == 3 | project Details, Done, Run", [["text", None, "3f0f6c5e-0c9e-5b7e-9f58-0c2c6e1f7601"]]),
        (f"{TABLE} | where Small == 2 | project Details[1], Seconds", [["2", 2.0]]),
        (f"{TABLE} | where Details.node == 'n1' | project Name", [["a"]]),
        (f"{TABLE} | summarize arg_max(TimeGenerated, *) by Name | order by Name asc | project Name, Small", [["a", 1], ["b", 3]]),
        (f"{TABLE} | summarize n = count(), t = max(TimeGenerated) by bin(TimeGenerated, 2h) | order by n asc | project n", [[1], [2]]),
        (f"{TABLE} | where TimeGenerated > ago(1h) | project age = now() - TimeGenerated", [["00:30:00"]]),
        (f"let late = {TABLE} | where TimeGenerated > ago(3.5h); late | summarize make_list(Small)", [["[2,3]"]]),
        (f"union {TABLE}, Empty_CL | count", [[3]]),
        ("Empty_CL | summarize count() by N", []),
        ("print x = 1, y = 'a', z = dynamic([1])", [[1, "a", "[1]"]]),
        ("datatable(n: long, d: datetime)[1, datetime(2026-01-01)] | project d", [["2026-01-01T00:00:00Z"]]),
        (f"{TABLE} | where Name == 'a' | project TenantId, Type, _ResourceId", [[WORKSPACE, TABLE, ""]]),
    ],
)  # fmt: skip
def test_a_query_gives_what_log_analytics_gives(world, query, rows):
    assert world.rows(query) == rows


def test_an_answer_is_one_table_with_typed_columns(world):
    query = f"{TABLE} | project TimeGenerated, Name, Small, Big, Seconds, Done, Details, Age = 1h | take 0"
    assert world.query(query).json() == {
        "tables": [
            {
                "name": "PrimaryResult",
                "columns": [
                    {"name": name, "type": kind}
                    for name, kind in (
                        ("TimeGenerated", "datetime"), ("Name", "string"), ("Small", "int"), ("Big", "long"),
                        ("Seconds", "real"), ("Done", "bool"), ("Details", "dynamic"), ("Age", "timespan"),
                    )
                ],
                "rows": [],
            }
        ]
    }  # fmt: skip


@pytest.mark.parametrize(
    "timespan, names",
    [
        (None, "abb"), ("", "abb"), ("PT1H", "b"), ("P1D", "abb"), ("PT14400.0S", "abb"), ("pt3h", "bb"),
        ("2026-11-23T08:30:00Z/2026-11-23T10:00:00Z", "b"), ("2026-11-23T07:00:00Z/PT90M", "a"),
        ("PT3H/2026-11-23T11:00:00Z", "ab"), ("2026-11-23/2026-11-23T09:00", "ab"), ("P1W", "abb"),
    ],
)  # fmt: skip
def test_a_timespan_narrows_the_rows_by_when_they_were_generated(world, timespan, names):
    assert "".join(row[0] for row in world.rows(NAMES, timespan=timespan)) == names


def test_a_timespan_is_counted_from_the_sandbox_clock():
    world = World(*ROWS)
    assert len(world.rows(NAMES, timespan="PT1H")) == 1
    world.azure.advance(timedelta(minutes=31))
    assert world.rows(NAMES, timespan="PT1H") == []


@pytest.mark.parametrize("timespan", ["yesterday", "PT", "2026-11-23T00:00:00Z/", "P1X", "1/2"])
def test_a_timespan_that_is_none_is_refused(world, timespan):
    answer = world.query(NAMES, timespan=timespan)
    assert (answer.status, error(answer)["code"], inner(answer)["code"]) == (400, "BadArgumentError", "InvalidTimespan")


def test_rows_that_come_later_are_seen_later():
    world = World(*ROWS[:1])
    assert world.rows(f"{TABLE} | count") == [[1]]
    world.upload([record("c")])
    assert world.rows(f"{TABLE} | count") == [[2]]
    world.azure.tables[TABLE].clear()
    assert world.rows(f"{TABLE} | count") == [[0]]


def test_a_table_that_is_declared_later_is_there_later():
    world = World(*ROWS)
    assert world.query("Late_CL").status == 400
    world.azure.workspaces[WORKSPACE]["tables"]["Late_CL"] = {"TimeGenerated": "datetime"}
    assert world.rows("Late_CL") == []
    assert world.rows(f"{TABLE} | count") == [[3]]


def test_a_value_that_is_not_of_its_columns_type_is_null():
    world = World({"TimeGenerated": "soon", "Small": 2**31, "Big": "x", "Done": 1, "Seconds": [], "Name": 5})
    assert world.rows(f"{TABLE} | project TimeGenerated, Small, Big, Done, Seconds, Name") == [
        [None, None, None, None, None, "5"]
    ]


def test_half_a_character_spoils_no_query():
    world = World()
    assert world.upload(b'[{"Name": "\\ud800", "Details": {"x": "\\udfff\\u00fc"}}]').status == 204
    assert world.rows(f"{TABLE} | project Name, Details") == [["?", '{"x":"?\u00fc"}']]


def test_a_table_that_declares_a_standard_column_itself_has_it_once():
    world = World()
    world.azure.workspaces[WORKSPACE]["tables"]["Own_CL"] = {"TimeGenerated": "datetime", "type": "string"}
    assert [one["name"] for one in world.query("Own_CL").json()["tables"][0]["columns"]] == [
        "TenantId", "TimeGenerated", "type", "_ResourceId",
    ]  # fmt: skip


@pytest.mark.parametrize("workspace", ["nope", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_workspace_is_not_found(world, workspace):
    answer = world.query(NAMES, workspace=workspace)
    assert (answer.status, error(answer)["code"]) == (404, "PathNotFoundError")
    assert world.query(NAMES, workspaces=[workspace]).status == 404


def test_more_workspaces_bring_their_tables(world):
    assert world.query("Other_CL").status == 400
    assert world.rows("Other_CL", workspaces=[OTHER]) == []
    assert world.rows(f"{TABLE} | count", workspace=OTHER, workspaces=[RESOURCE]) == [[3]]


@pytest.mark.parametrize(
    "query, code, reason, text",
    [
        ("Steps_CL | where", "SyntaxError", "SYN0002", "Query could not be parsed at '|' on line [1,9]"),
        ("Steps_CL | where Nope == 1", "SemanticError", "SEM0100", "Failed to resolve column or scalar expression named 'Nope'"),
        ("Nope_CL", "SemanticError", "SEM0100", "Failed to resolve table or column expression named 'Nope_CL'"),
        ("steps_cl", "SemanticError", "SEM0100", "Failed to resolve table or column expression named 'steps_cl'"),
        ("duckdb_tables", "SemanticError", "SEM0100", "Failed to resolve table or column expression named 'duckdb_tables'"),
        ("span", "SemanticError", "SEM0100", "Failed to resolve table or column expression named 'span'"),
        ("Steps_CL | evaluate pivot(Name)", "SemanticError", "SEM0100", "'evaluate' is not supported by the query engine."),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_answered_says_why_at_depth(world, query, code, reason, text):
    answer = world.query(query)
    assert answer.status == 400
    assert (error(answer)["code"], error(answer)["message"]) == (
        "BadArgumentError",
        "The request had some invalid properties",
    )
    assert (inner(answer)["code"], inner(answer)["innererror"]["code"]) == (code, reason)
    assert inner(answer)["innererror"]["message"] == text
    assert len(error(answer)["correlationId"]) == 36


@pytest.mark.parametrize("body", [{}, {"query": ""}, {"query": 5}])
def test_a_request_without_a_query_is_refused(world, body):
    answer = world.send("POST", f"/v1/workspaces/{WORKSPACE}/query", body)
    assert (answer.status, inner(answer)["code"]) == (400, "QueryValidationError")


def test_a_query_may_stand_in_the_address(world):
    answer = world.send("GET", f"/v1/workspaces/{WORKSPACE}/query", query={"query": NAMES, "timespan": "PT1H"})
    assert answer.json()["tables"][0]["rows"] == [["b"]]


def test_a_workspace_is_found_by_its_resource_id(world):
    assert world.send("POST", f"/v1{RESOURCE}/query", {"query": f"{TABLE} | count"}).json()["tables"][0]["rows"] == [
        [3]
    ]
    assert world.send("POST", f"/v1{RESOURCE}x/query", {"query": f"{TABLE} | count"}).status == 404


@pytest.mark.parametrize("tail", ["api/query", "query"])
def test_arm_answers_queries_of_a_workspace_too(world, tail):
    arm = {"audience": "https://management.azure.com", "query": {"api-version": "2020-08-01"}}
    answer = world.send("POST", f"{RESOURCE}/{tail}", {"query": f"{TABLE} | count"}, **arm)
    assert answer.json()["tables"][0]["rows"] == [[3]]
    missing = world.send("POST", f"{RESOURCE}x/{tail}", {"query": f"{TABLE} | count"}, **arm)
    assert (missing.status, error(missing)["code"]) == (404, "ResourceNotFound")
    assert world.send("POST", f"{RESOURCE}/{tail}", {"query": "x"}, audience=arm["audience"]).status == 400


def test_a_client_may_ask_for_statistics_and_rendering(world):
    query = f"{TABLE} | summarize count() by Name | render piechart"
    body = world.query(query, prefer="wait=60,include-statistics=true,include-render=true").json()
    assert body["statistics"]["query"]["datasetStatistics"][0]["tableRowCount"] == 2
    assert body["render"]["visualization"] == "piechart"
    assert set(world.query(query).json()) == {"tables"}


def test_a_batch_answers_each_request_by_itself(world):
    requests = [
        {"id": "1", "workspace": WORKSPACE, "method": "POST", "path": "/query", "body": {"query": f"{TABLE} | count"}},
        {"id": "2", "workspace": WORKSPACE, "body": {"query": "Nope_CL"}},
        {
            "id": "3",
            "workspace": "nope",
            "body": {"query": "Nope_CL"},
            "headers": {"Prefer": "include-statistics=true"},
        },
    ]
    responses = world.send("POST", "/v1/$batch", {"requests": requests}).json()["responses"]
    assert [(one["id"], one["status"]) for one in responses] == [("1", 200), ("2", 400), ("3", 404)]
    assert responses[0]["body"]["tables"][0]["rows"] == [[3]]
    assert responses[1]["body"]["error"]["code"] == "BadArgumentError"


@pytest.mark.parametrize("body", [{}, {"requests": {}}, {"requests": [1]}, {"requests": [{}] * 101}])
def test_a_malformed_batch_is_refused(world, body):
    assert world.send("POST", "/v1/$batch", body).status == 400


def test_a_token_for_ingestion_opens_no_query(world):
    assert (
        world.send(
            "POST", f"/v1/workspaces/{WORKSPACE}/query", {"query": "x"}, audience="https://monitor.azure.com"
        ).status
        == 401
    )
