"""A small world with every provider of this folder, and a client that signs its requests."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlsplit

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.providers import (
    authorization,
    generic,
    key_vault,
    machines,
    operation_status,
    permissions,
    policy_insights,
    resources,
    storage,
)
from azlocal.sandbox.wire import Request
from azlocal.sandbox.world import Azure

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
SUB = "11111111-1111-4111-8111-111111111111"
S = f"/subscriptions/{SUB}"
G = f"{S}/resourceGroups/rg-one"
CONTROL = f"{S}/resourceGroups/rg-control"
CLUSTER = f"{G}/providers/Microsoft.AzureStackHCI/clusters/clu-1"
MACHINE = f"{G}/providers/Microsoft.HybridCompute/machines/node-1"
ACCOUNT = f"{G}/providers/Microsoft.Storage/storageAccounts/stone"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/lease"
VERSIONS = {
    "microsoft.hybridcompute": "2026-07-15",
    "microsoft.storage": "2023-05-01",
    "microsoft.keyvault": "2023-07-01",
    "microsoft.resources": "2025-04-01",
    "microsoft.insights": "2024-03-11",
    "microsoft.operationalinsights": "2025-07-01",
    "microsoft.managedidentity": "2024-11-30",
    "microsoft.extendedlocation": "2021-08-15",
    "microsoft.resourceconnector": "2022-10-27",
}
KINDS = {
    "roleassignments": "2022-04-01",
    "roledefinitions": "2022-04-01",
    "permissions": "2022-04-01",
    "locks": "2020-05-01",
    "policyassignments": "2024-05-01",
    "checkpolicyrestrictions": "2024-10-01",
    "diagnosticsettings": "2021-05-01-preview",
    "components": "2020-02-02",
    "workbooks": "2023-06-01",
    "actiongroups": "2023-01-01",
}


def version_of(path: str) -> str:
    tail = path.lower().rpartition("/providers/")[2].split("/")
    if len(tail) < 2 or tail[1] in {"register", "unregister"}:
        return "2025-04-01"
    return KINDS.get(tail[1], VERSIONS.get(tail[0], "2025-04-01"))


class World:
    """An empty Azure with one group, the control group, a machine and a storage account; `ask` sends a request."""

    def __init__(self, seed=0):
        self.clock = VirtualClock(START)
        self.azure = Azure(clock=self.clock, seed=seed)
        for module in (
            identity, operation_status, resources, machines, storage, authorization, permissions, policy_insights,
            key_vault, generic,
        ):  # fmt: skip
            module.register(self.azure)
        self.front = Front(self.azure)
        self.azure.control_group = CONTROL
        for document in _beginning():
            self.azure.store.put(document)

    def ask(self, method, path, body=None, *, api=None, who="person", headers=None, content=None, audience=None):
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        data = content is not None or not parts.path.lower().startswith(("/subscriptions", "/providers", "/tenants"))
        if api != "" and not data:
            query.setdefault("api-version", api or version_of(parts.path))
        client = identity.PERSON_CLIENT if who == "person" else identity.IDENTITY_CLIENT
        wanted = audience or ("https://storage.azure.com" if data else "https://management.azure.com")
        signed = {
            "authorization": f"Bearer {identity.token(self.azure, client, wanted)}",
            "host": "sandbox.invalid",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        raw = content if content is not None else b"" if body is None else json.dumps(body).encode()
        return self.front.handle(Request(method, quote(parts.path, safe="/$%"), query, signed, raw))

    def get(self, path, **more):
        return self.ask("GET", path, **more).json()

    def pass_(self, **span):
        return self.azure.advance(timedelta(**span))

    @property
    def last(self):
        return self.front.journal.after()[-1]


def code(response):
    return response.json()["error"]["code"]


def _beginning():
    yield {
        "id": S, "name": "Fleet", "type": "Microsoft.Resources/subscriptions", "displayName": "Fleet",
        "state": "Enabled", "tags": {}, "authorizationSource": "RoleBased", "properties": {},
    }  # fmt: skip
    for group in (G, CONTROL):
        yield {
            "id": group, "name": group.rsplit("/", 1)[-1], "type": "Microsoft.Resources/resourceGroups",
            "location": "westeurope", "tags": {}, "properties": {"provisioningState": "Succeeded"},
        }  # fmt: skip
    yield {
        "id": CLUSTER, "name": "clu-1", "type": "microsoft.azurestackhci/clusters", "location": "westeurope",
        "tags": {"ring": "pilot"},
        "properties": {"reportedProperties": {"nodes": [{"name": "node-2", "ehcResourceId": MACHINE[:-1] + "2"}]}},
    }  # fmt: skip
    yield machine("node-1", parent=CLUSTER)
    yield machine("node-2")
    yield {
        "id": ACCOUNT, "name": "stone", "type": "Microsoft.Storage/storageAccounts", "location": "westeurope",
        "tags": {}, "kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "properties": {"provisioningState": "Succeeded", "creationTime": "2026-01-01T00:00:00.0000000Z"},
    }  # fmt: skip
    for name in ("lease", "files"):
        yield {
            "id": f"{ACCOUNT}/blobServices/default/containers/{name}", "name": name, "etag": '"0x8D1"',
            "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
            "properties": {"publicAccess": "None", "lastModifiedTime": "2026-01-01T00:00:00.0000000Z"},
        }  # fmt: skip


def machine(name, *, status="Connected", parent=None):
    properties = {"provisioningState": "Succeeded", "status": status, "vmId": "8d5f1f70-7d3e-4b8f-9f3e-2d4a5b6c7601"}
    if parent:
        properties["parentClusterResourceId"] = parent
    return {
        "id": f"{G}/providers/Microsoft.HybridCompute/machines/{name}", "name": name, "tags": {"site": "oslo"},
        "type": "Microsoft.HybridCompute/machines", "location": "westeurope", "properties": properties,
    }  # fmt: skip
