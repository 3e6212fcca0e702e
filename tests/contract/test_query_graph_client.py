"""The real Resource Graph client against the sandbox, over HTTPS."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import (
    FacetRequest,
    QueryRequest,
    QueryRequestOptions,
    ResultFormat,
)
from served import ARM, served

from azlocal.sandbox.providers import resource_graph

pytest.importorskip("duckdb_kql")

SUB = "11111111-1111-4111-8111-111111111111"
QUERY = "Resources | where type =~ 'microsoft.azurestackhci/clusters' | project id, name, properties | order by id asc"


def documents(count):
    yield {"id": f"/subscriptions/{SUB}", "displayName": "Oslo", "type": "Microsoft.Resources/subscriptions"}
    for n in range(count):
        yield {
            "id": f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c{n:03}",
            "name": f"c{n:03}", "type": "Microsoft.AzureStackHCI/clusters", "location": "westeurope",
            "properties": {"status": "ConnectedRecently", "number": n},
        }  # fmt: skip


@pytest.fixture
def world(tmp_path):
    with served(tmp_path, resource_graph, documents=documents(25)) as (azure, base, keywords):
        with ResourceGraphClient(base_url=base, credential_scopes=[ARM], **keywords) as client:
            yield azure, client


def ask(client, query=QUERY, **options):
    return client.resources(
        QueryRequest(subscriptions=[SUB], query=query, options=QueryRequestOptions(**options) if options else None)
    )


def test_the_client_pages_to_the_end(world):
    _, client = world
    names, token, counts = [], None, []
    while True:
        response = ask(client, top=10, skip_token=token)
        names += [row["name"] for row in response.data]
        counts.append((response.count, response.total_records, response.result_truncated))
        token = response.skip_token
        if token is None:
            break
    assert names == [f"c{n:03}" for n in range(25)]
    assert counts == [(10, 25, "false"), (10, 25, "false"), (5, 25, "false")]


def test_without_options_rows_come_as_objects(world):
    response = ask(world[1], QUERY + " | limit 1")
    assert response.data == [
        {
            "id": f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c000", "name": "c000",
            "properties": {"status": "ConnectedRecently", "number": 0},
        }
    ]  # fmt: skip
    assert response.facets == []


def test_the_client_reads_tables(world):
    response = ask(world[1], "resources | summarize n = count() by location", result_format=ResultFormat.TABLE)
    assert [(one["name"], one["type"]) for one in response.data["columns"]] == [("location", "string"), ("n", "long")]
    assert response.data["rows"] == [["westeurope", 25]]


def test_the_client_reads_facets(world):
    request = QueryRequest(
        subscriptions=[SUB], query="resources | project location",
        facets=[FacetRequest(expression="location"), FacetRequest(expression="nope")],
    )  # fmt: skip
    good, bad = world[1].resources(request).facets
    assert (good.result_type, good.data) == ("FacetResult", [{"location": "westeurope", "count": 25}])
    assert (bad.result_type, bad.errors[0].code) == ("FacetError", "NoValidColumns")


def test_the_client_sees_the_quota_in_the_headers(world):
    request = QueryRequest(subscriptions=[SUB], query=QUERY)
    headers = world[1].resources(request, cls=lambda response, data, _: response.http_response.headers)
    assert (headers["x-ms-user-quota-remaining"], headers["x-ms-user-quota-resets-after"]) == ("14", "00:00:05")


@pytest.mark.parametrize(
    "query, reason", [("resources | where", "ParserFailure"), ("resources | evaluate x()", "InvalidQueryLanguage")]
)
def test_the_client_raises_what_resource_graph_refuses(world, query, reason):
    with pytest.raises(HttpResponseError) as refused:
        ask(world[1], query)
    assert (refused.value.status_code, refused.value.error.code) == (400, "BadRequest")
    assert [detail.code for detail in refused.value.error.details] == ["InvalidQuery", reason]


def test_the_client_does_not_repeat_a_throttled_query(world):
    azure, client = world
    for _ in range(15):
        ask(client)
    with pytest.raises(HttpResponseError) as refused:
        ask(client)
    assert (refused.value.status_code, refused.value.error.code) == (429, "RateLimiting")
    azure.clock.sleep(5)
    assert ask(client).count == 25
