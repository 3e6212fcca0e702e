"""Queries of a Log Analytics workspace, for reports; azlocal never reads telemetry back to decide."""

from __future__ import annotations

from typing import Any

from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest

from azlocal.azure.clients import Answer, Connection, PatientRetry, Shared
from azlocal.azure.errors import raise_for, translated

PUBLIC = "https://api.loganalytics.io"


def query(connection: Connection, workspace: str, kql: str, endpoint: str = PUBLIC) -> list[dict[str, Any]]:
    """Return the rows of the first table that *kql* gives; raise AzlocalError when it cannot be asked.

    Source: Log Analytics query API, `POST /v1/workspaces/{id}/query`.
    """
    url = f"{endpoint.rstrip('/')}/v1/workspaces/{workspace}/query"
    client: Any = PipelineClient(
        endpoint,
        policies=[
            PatientRetry(retry_total=3),
            BearerTokenCredentialPolicy(connection.credential, connection.cloud.query_scope),
        ],
        transport=Shared(connection.transport),
    )
    with translated("query the workspace", workspace):
        response = client.send_request(HttpRequest("POST", url, json={"query": kql}))
        body = response.json()
    raise_for(Answer(status=response.status_code, json=body), "query the workspace", workspace)
    table = body["tables"][0]
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row)) for row in table["rows"]]
