"""A small world with a workspace and a rule, for tests of ingestion and log queries."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timezone

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.providers import ingestion, log_analytics
from azlocal.sandbox.wire import Request
from azlocal.sandbox.world import Azure

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
WORKSPACE, OTHER = "6a5d2f60-6f8e-4b71-8d1d-1f0a2b3c7701", "6a5d2f60-6f8e-4b71-8d1d-1f0a2b3c7702"
SUB = "11111111-1111-4111-8111-111111111111"
RESOURCE = f"/subscriptions/{SUB}/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/law"
RULE, STREAM, TABLE = "dcr-00000000000000000000000000000001", "Custom-Steps_CL", "Steps_CL"
COLUMNS = {
    "TimeGenerated": "datetime", "Name": "string", "Small": "int", "Big": "long", "Seconds": "real", "Done": "boolean",
    "Details": "dynamic", "Run": "guid",
}  # fmt: skip


class World:
    """A world with a workspace of two tables, a rule for one of them, and a client of both services."""

    def __init__(self, *rows, **settings):
        self.azure = Azure(VirtualClock(NOW), **settings)
        self.azure.rules[RULE] = {"streams": {STREAM: COLUMNS}, "workspace": WORKSPACE, "id": "/rule"}
        self.azure.workspaces[WORKSPACE] = {
            "tables": {TABLE: COLUMNS, "Empty_CL": {"TimeGenerated": "datetime", "N": "long"}}
        }
        self.azure.workspaces[OTHER] = {"tables": {"Other_CL": {"TimeGenerated": "datetime"}}}
        self.azure.tables[TABLE] = list(rows)
        for document in (
            {"id": f"/subscriptions/{SUB}", "type": "Microsoft.Resources/subscriptions"},
            {"id": RESOURCE.split("/providers/", maxsplit=1)[0], "type": "Microsoft.Resources/resourceGroups"},
            {"id": RESOURCE, "type": "Microsoft.OperationalInsights/workspaces", "properties": {"customerId": WORKSPACE.upper()}},
        ):  # fmt: skip
            self.azure.store.put(document)
        ingestion.register(self.azure)
        log_analytics.register(self.azure)
        self.front = Front(self.azure)

    def send(self, method, path, body=None, query=None, audience="https://api.loganalytics.io", **headers):
        """Return the answer to one request; a body that is not bytes goes as JSON."""
        token = identity.token(self.azure, identity.IDENTITY_CLIENT, audience)
        headers = {"authorization": f"Bearer {token}", "host": "logs.example"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        told = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.front.handle(Request(method, path, query or {}, headers, told))

    def upload(self, records, rule=RULE, stream=STREAM, *, pack=True, audience="https://monitor.azure.com", **headers):
        """Return the answer to an upload."""
        told = records if isinstance(records, bytes) else json.dumps(records).encode()
        packed = {"content_encoding": "gzip"} if pack else {}
        path = f"/dataCollectionRules/{rule}/streams/{stream}"
        body = gzip.compress(told) if pack else told
        return self.send("POST", path, body, {"api-version": "2023-01-01"}, audience, **{**packed, **headers})

    def query(self, text, workspace=WORKSPACE, **more):
        """Return the answer to a query."""
        headers = {"prefer": more.pop("prefer")} if "prefer" in more else {}
        return self.send("POST", f"/v1/workspaces/{workspace}/query", {"query": text, **more}, **headers)

    def rows(self, text, **more):
        """Return a query's rows."""
        answer = self.query(text, **more)
        assert answer.status == 200, answer.json()
        return answer.json()["tables"][0]["rows"]


def record(name="a", at="2026-11-23T11:00:00Z", **more):
    return {"TimeGenerated": at, "Name": name, **more}
