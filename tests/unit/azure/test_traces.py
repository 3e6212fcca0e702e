"""What Azure remembers of a change: operations page by page, rows of the workspace, and what cannot be read."""

from __future__ import annotations

import json

import pytest
from paper import DROPPED, Paper, error

from azlocal.azure.clouds import PUBLIC, US_GOVERNMENT, cloud
from azlocal.azure.traces import MOST_ROWS, AzureTraces
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import deployment_name
from azlocal.sandbox.wire import reply
from azlocal.service.evidence import STATES, TABLES

ID = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/C1"
CLUSTER = ClusterFacts(id=ID, name="C1")


def traces(*answers, workspace="w"):
    paper = Paper(*answers)
    return AzureTraces(paper.connection(), workspace), paper


def rows(*moments):
    columns = [{"name": "TimeGenerated", "type": "datetime"}]
    return reply({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [[one] for one in moments]}]})


def test_operations_are_read_page_by_page():
    second = "https://management.azure.com/next?page=2"
    found, paper = traces(
        reply({"value": [{"operationId": "a"}, 7], "nextLink": second}), reply({"value": [{"operationId": "b"}]})
    )
    assert [one["operationId"] for one in found.operations(CLUSTER)] == ["a", "b"]
    assert paper.asked[0].path.endswith(f"/deployments/{deployment_name(ID)}/operations")
    assert found.problems == []


def test_a_deployment_that_is_not_there_has_no_operations_and_is_no_problem():
    found, _ = traces(error(404, "DeploymentNotFound"))
    assert (list(found.operations(CLUSTER)), found.problems) == ([], [])


@pytest.mark.parametrize("answer", [error(403, "AuthorizationFailed"), DROPPED], ids=["refused", "no answer"])
def test_what_cannot_be_read_is_a_problem_and_raises_nothing(answer):
    found, _ = traces(answer)
    assert list(found.operations(CLUSTER)) == []
    assert found.rows(CLUSTER) is None
    assert len(found.problems) == 2


def test_without_a_workspace_nobody_is_asked():
    found, paper = traces(DROPPED, workspace="")
    assert (found.rows(CLUSTER), found.problems, paper.asked) == (None, [], [])


def test_rows_come_by_table_the_oldest_first_for_this_cluster_alone():
    found, paper = traces(rows("2026-11-24T12:00:00Z", "2026-11-24T11:00:00Z"))
    told = found.rows(CLUSTER)
    assert list(told) == list(TABLES)
    assert [one["TimeGenerated"] for one in told[STATES]] == ["2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"]
    queries = [json.loads(one.body)["query"] for one in paper.asked]
    assert all(f'ClusterId == "{ID.lower()}"' in one for one in queries)


def test_too_many_rows_are_cut_to_the_newest_and_said():
    found, _ = traces(rows(*[f"2026-11-24T12:00:00.{place:07}Z" for place in reversed(range(MOST_ROWS + 1))]))
    told = found.rows(CLUSTER)
    assert len(told[STATES]) == MOST_ROWS
    assert told[STATES][-1]["TimeGenerated"].endswith(f"{MOST_ROWS:07}Z")
    assert found.problems[0].startswith(f"of {STATES} only the newest")


def test_each_cloud_knows_where_workspaces_are_queried():
    signing = {"loginEndpoint": "https://login", "audiences": ["https://aud"]}
    custom = cloud("https://arm.x", lambda _: {"authentication": signing, "logAnalyticsResourceId": "https://logs.x/"})
    silent = cloud("https://arm.x", lambda _: {"authentication": signing})
    assert (PUBLIC.query, US_GOVERNMENT.query) == ("https://api.loganalytics.io", "https://api.loganalytics.us")
    assert (custom.query, silent.query) == ("https://logs.x", PUBLIC.query)
