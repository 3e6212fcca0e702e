"""A small world behind the front door, for tests of what Resource Graph says about it."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.providers import resource_graph
from azlocal.sandbox.wire import Request
from azlocal.sandbox.world import Azure

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
OSLO, BERGEN = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
NOWHERE = "99999999-9999-4999-8999-999999999999"
PATH = "/providers/Microsoft.ResourceGraph/resources"


def group_id(name, subscription=OSLO):
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def cluster_id(name, subscription=OSLO, group="rg-Oslo"):
    return f"{group_id(group, subscription)}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def subscription(guid, name):
    return {
        "id": f"/subscriptions/{guid}", "name": guid, "displayName": name, "state": "Enabled",
        "type": "Microsoft.Resources/subscriptions", "tags": {"owner": name},
    }  # fmt: skip


def group(name, guid=OSLO, **tags):
    return {
        "id": group_id(name, guid), "name": name, "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope", "tags": tags, "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip


def cluster(name, guid=OSLO, **more):
    reported = {"clusterName": name, "clusterVersion": "10.0.25398.1849", "nodes": more.pop("nodes", [])}
    properties = {
        "status": "ConnectedRecently", "connectivityStatus": "Connected", "reportedProperties": reported,
        "lastSyncTimestamp": "2026-11-23T11:30:00.1234567Z", **more.pop("properties", {}),
    }  # fmt: skip
    return {
        "id": cluster_id(name, guid), "name": name, "type": "Microsoft.AzureStackHCI/clusters",
        "location": "westeurope", "tags": {"ring": "pilot"}, "properties": properties, **more,
    }  # fmt: skip


def summary(name, guid=OSLO, **properties):
    return {
        "id": f"{cluster_id(name, guid)}/updateSummaries/default", "name": "default",
        "type": "Microsoft.AzureStackHCI/updateSummaries", "properties": properties,
    }  # fmt: skip


class World:
    """A world with two subscriptions, a clock that stands still, and one client of Resource Graph."""

    def __init__(self, *documents, containers=True, **settings):
        self.azure = Azure(VirtualClock(NOW), **settings)
        self.index = resource_graph.register(self.azure)
        self.front = Front(self.azure)
        for document in [*(CONTAINERS if containers else ()), *documents]:
            self.azure.store.put(document)

    def send(self, body, client=identity.IDENTITY_CLIENT, version="2021-03-01", **headers):
        """Return the answer to one request, without regard to the quota."""
        token = identity.token(self.azure, client, "https://management.azure.com")
        headers = {"authorization": f"Bearer {token}", "host": "arm.example", **headers}
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.front.handle(Request("POST", PATH, {"api-version": version}, headers, told))

    def ask(self, query, subscriptions=None, groups=None, facets=None, **options):
        """Return the answer to a query after a second, so that no quota is in the way."""
        self.azure.clock.sleep(1)
        told = {"subscriptions": subscriptions, "managementGroups": groups, "facets": facets}
        options = {f"${name}" if name in {"top", "skip", "skipToken"} else name: one for name, one in options.items()}
        return self.send(
            {"query": query, "options": options} | {key: one for key, one in told.items() if one is not None}
        )

    def page(self, query, **more):
        """Return a query's body, which must be one."""
        answer = self.ask(query, **more)
        assert answer.status == 200, answer.json()
        return answer.json()

    def rows(self, query, **more):
        """Return a query's rows."""
        return self.page(query, **more)["data"]

    def details(self, query, **more):
        """Return status and details of a refusal."""
        answer = self.ask(query, **more)
        return answer.status, answer.json()["error"].get("details")


CONTAINERS = (
    subscription(OSLO, "Oslo"), subscription(BERGEN, "Bergen"), group("rg-Oslo", hold="no"),
    group("rg-bergen", BERGEN),
)  # fmt: skip
