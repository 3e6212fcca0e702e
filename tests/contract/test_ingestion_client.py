"""The real Logs Ingestion and Logs Query clients against the sandbox, over HTTPS: what goes in comes out."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta, timezone

import pytest
from azure.core.exceptions import HttpResponseError
from azure.monitor.ingestion import LogsIngestionClient
from azure.monitor.query import LogsBatchQuery, LogsQueryClient, LogsQueryStatus
from served import NOW, served

from azlocal.sandbox.providers import ingestion, log_analytics

WORKSPACE = "6a5d2f60-6f8e-4b71-8d1d-1f0a2b3c7701"
RULE, STREAM, TABLE = "dcr-00000000000000000000000000000001", "Custom-Steps_CL", "Steps_CL"
COLUMNS = {
    "TimeGenerated": "datetime", "EventId": "string", "Seconds": "real", "Attempt": "int", "Done": "boolean",
    "Details": "dynamic",
}  # fmt: skip
ROWS = [
    {"TimeGenerated": "2026-11-23T08:14:35.770000Z", "EventId": "e1", "Seconds": 293.5, "Attempt": 1, "Done": False, "Details": {"node": "n2"}},
    {"TimeGenerated": "2026-11-23T11:14:36.000000Z", "EventId": "e2", "Seconds": 1, "Attempt": 2, "Done": True, "Details": None},
]  # fmt: skip


@pytest.fixture
def world(tmp_path):
    with served(tmp_path, ingestion, log_analytics) as (azure, base, keywords):
        azure.rules[RULE] = {"streams": {STREAM: COLUMNS}, "workspace": WORKSPACE, "id": "/rule"}
        azure.workspaces[WORKSPACE] = {"tables": {TABLE: COLUMNS}}
        yield azure, base, keywords


@pytest.fixture
def ingest(world):
    _, base, keywords = world
    with LogsIngestionClient(endpoint=base, **keywords) as client:
        yield client


@pytest.fixture
def logs(world):
    pytest.importorskip("duckdb_kql")
    _, base, keywords = world
    scopes = ["https://api.loganalytics.io/.default"]
    with LogsQueryClient(endpoint=base, credential_scopes=scopes, **keywords) as client:
        yield client


def test_what_is_uploaded_can_be_queried_with_its_types(ingest, logs):
    ingest.upload(RULE, STREAM, ROWS)
    result = logs.query_workspace(
        WORKSPACE, f"{TABLE} | order by TimeGenerated asc | project-away TenantId, Type, _ResourceId", timespan=None
    )
    assert result.status == LogsQueryStatus.SUCCESS
    (table,) = result.tables
    assert (table.name, table.columns, table.columns_types) == (
        "PrimaryResult", list(COLUMNS), ["datetime", "string", "real", "int", "bool", "dynamic"],
    )  # fmt: skip
    assert [list(row) for row in table.rows] == [
        [datetime(2026, 11, 23, 8, 14, 35, 770000, tzinfo=timezone.utc), "e1", 293.5, 1, False, '{"node":"n2"}'],
        [datetime(2026, 11, 23, 11, 14, 36, tzinfo=timezone.utc), "e2", 1.0, 2, True, None],
    ]


def test_the_clients_timespans_narrow_what_is_seen(ingest, logs):
    ingest.upload(RULE, STREAM, ROWS)
    for timespan, count in (
        (timedelta(hours=1), 1),
        (timedelta(days=1), 2),
        ((NOW - timedelta(hours=4), timedelta(hours=1)), 1),
        ((NOW - timedelta(hours=4), NOW), 2),
    ):
        result = logs.query_workspace(WORKSPACE, f"{TABLE} | count", timespan=timespan)
        assert list(result.tables[0].rows[0]) == [count]


def test_a_batch_of_queries_has_results_and_errors(ingest, logs):
    ingest.upload(RULE, STREAM, ROWS)
    queries = [
        LogsBatchQuery(workspace_id=WORKSPACE, query=f"{TABLE} | count", timespan=timedelta(days=1)),
        LogsBatchQuery(workspace_id=WORKSPACE, query="Nope_CL", timespan=None),
    ]
    good, bad = logs.query_batch(queries)
    assert (good.status, list(good.tables[0].rows[0])) == (LogsQueryStatus.SUCCESS, [2])
    assert (bad.status, bad.code) == (LogsQueryStatus.FAILURE, "BadArgumentError")
    assert bad.message == "Failed to resolve table or column expression named 'Nope_CL'"


def test_statistics_and_visualization_are_there_when_asked_for(logs):
    result = logs.query_workspace(
        WORKSPACE, f"{TABLE} | count | render card", timespan=None, include_statistics=True, include_visualization=True
    )
    assert result.statistics["query"]["datasetStatistics"][0]["tableRowCount"] == 1
    assert result.visualization["visualization"] == "card"


def test_errors_of_queries_reach_the_caller(logs):
    with pytest.raises(HttpResponseError) as refused:
        logs.query_workspace(WORKSPACE, "Steps_CL | where", timespan=None)
    assert refused.value.status_code == 400
    for part in ("BadArgumentError", "SyntaxError", "Query could not be parsed at '|' on line [1,9]"):
        assert part in str(refused.value)
    with pytest.raises(HttpResponseError) as missing:
        logs.query_workspace("6a5d2f60-6f8e-4b71-8d1d-000000000000", "Steps_CL", timespan=None)
    assert missing.value.status_code == 404
    assert "PathNotFoundError" in str(missing.value)


def test_the_client_cuts_long_uploads_and_all_rows_land(world, ingest):
    rows = [{"TimeGenerated": "2026-11-23T11:00:00Z", "EventId": f"{n}", "Details": "x" * 62_000} for n in range(40)]
    ingest.upload(RULE, STREAM, rows)
    assert world[0].tables[TABLE] == rows
    assert world[0].effects == 3


def test_a_file_is_uploaded_as_it_is(world, ingest):
    ingest.upload(RULE, STREAM, io.BytesIO(json.dumps(ROWS).encode()))
    assert world[0].tables[TABLE] == ROWS


@pytest.mark.parametrize(
    "rule, stream, rows, status, code",
    [
        (RULE, STREAM, [{"Nope": 1}], 400, "InvalidPayload"),
        (RULE, STREAM, [{"Attempt": "1"}], 400, "InvalidPayload"),
        ("dcr-none", STREAM, ROWS, 404, "NotFound"),
        (RULE, "Custom-None_CL", ROWS, 404, "NotFound"),
        (RULE, STREAM, [{"EventId": "x" * 1_100_000}], 413, "ContentLengthLimitExceeded"),
    ],
)  # fmt: skip
def test_refusals_reach_the_caller_and_nothing_lands(world, ingest, rule, stream, rows, status, code):
    with pytest.raises(HttpResponseError) as refused:
        ingest.upload(rule, stream, rows)
    assert (refused.value.status_code, refused.value.error.code) == (status, code)
    assert world[0].tables == {}
    assert world[0].effects == 0


def test_a_callback_gets_the_refused_rows_and_the_rest_goes_on(world, ingest):
    failed = []
    rows = [{"Nope": "x" * 600_000}, {"EventId": "x" * 600_000}]
    ingest.upload(RULE, STREAM, rows, on_error=failed.append)
    assert [one.failed_logs for one in failed] == [rows[:1]]
    assert len(world[0].tables[TABLE]) == 1


def test_a_token_for_arm_is_forbidden(world):
    _, base, keywords = world
    scopes = ["https://management.azure.com/.default"]
    with LogsIngestionClient(endpoint=base, credential_scopes=scopes, **keywords) as client:
        with pytest.raises(HttpResponseError) as refused:
            client.upload(RULE, STREAM, ROWS)
    assert (refused.value.status_code, refused.value.error.code) == (403, "OperationFailed")
