"""A world with RBAC on: a management group over one of two subscriptions, groups, clusters, and two who call."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from urllib.parse import parse_qsl, urlsplit

from azlocal.sandbox import identity
from azlocal.sandbox.assemble import assemble
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.documents import subscription, tracked
from azlocal.sandbox.documents_shared import role_assignment
from azlocal.sandbox.front import Front
from azlocal.sandbox.wire import Request

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
S = "/subscriptions/11111111-1111-4111-8111-111111111111"
T = "/subscriptions/22222222-1111-4111-8111-111111111111"
A, B, C = f"{S}/resourceGroups/rg-a", f"{S}/resourceGroups/rg-b", f"{T}/resourceGroups/rg-c"
EDGE = "/providers/Microsoft.Management/managementGroups/edge"
OWNER, CONTRIBUTOR, READER = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c", "acdd72a7-3385-48ef-bd42-f606fba81ae7",
)  # fmt: skip
IDENTITY = identity.OBJECTS[identity.IDENTITY_CLIENT][1]
PERSON = identity.OBJECTS[identity.PERSON_CLIENT][1]
CUSTOM = "aaaaaaaa-0000-4000-8000-00000000000{}"
_VERSIONS = {
    "microsoft.azurestackhci": "2026-10-01", "microsoft.authorization": "2022-04-01", "microsoft.storage": "2023-05-01",
    "microsoft.resourcegraph": "2021-03-01", "microsoft.extendedlocation": "2021-08-15",
    "microsoft.managedidentity": "2024-11-30", "microsoft.automation": "2024-10-23", "microsoft.hybridcompute": "2026-07-15",
}  # fmt: skip


def cluster(group, name):
    return f"{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"


class World:
    """An Azure in which nobody has a right until `give` gives one."""

    def __init__(self):
        self.azure = assemble(VirtualClock(NOW))
        self.front = Front(self.azure)
        self.azure.rbac = True
        put = self.azure.store.put
        for name in (S, T):
            put(subscription(name.rsplit("/", 1)[-1], name[15:23], {}))
        put({
            "id": EDGE, "name": "edge", "type": "Microsoft.Management/managementGroups",
            "properties": {"displayName": "Edge", "children": [{"id": S, "type": "/subscriptions"}]},
        })  # fmt: skip
        for group in (A, B, C):
            put({**tracked(group, "Microsoft.Resources/resourceGroups", "westeurope", {}), "tags": {}})
            name = f"clu-{group[-1]}"
            put(tracked(cluster(group, name), "Microsoft.AzureStackHCI/clusters", "westeurope", {"status": "x"}))
        self._roles = 0

    def give(self, role, scope, who=IDENTITY):
        """Assign a role, by its GUID or as a permission."""
        if isinstance(role, dict):
            role = self.role(**role)
        document = role_assignment(scope, role, who, NOW)
        self.azure.store.put(document)
        return document["id"]

    def role(self, **permission):
        """Make a custom role of one permission; return its GUID."""
        self._roles += 1
        name = CUSTOM.format(self._roles)
        kind = "Microsoft.Authorization/roleDefinitions"
        self.azure.store.put({
            "id": f"{S}/providers/{kind}/{name}", "name": name, "type": kind,
            "properties": {"roleName": name, "assignableScopes": [S, T], "permissions": [permission]},
        })  # fmt: skip
        return name

    def ask(
        self, method, path, body=None, who="identity", audience="https://management.azure.com", api=None, **headers
    ):
        """Send a request as the identity, the person, or any client id."""
        known = {"identity": identity.IDENTITY_CLIENT, "person": identity.PERSON_CLIENT}
        token = identity.token(self.azure, known.get(who, who), audience)
        parts = urlsplit(path)
        tail = parts.path.lower().rpartition("/providers/")[2].split("/")[0]
        version = api or _VERSIONS.get(tail, "2025-04-01" if "/providers/" in path else "2022-12-01")
        query = {"api-version": version, **dict(parse_qsl(parts.query))}
        sent = {"authorization": f"Bearer {token}", "host": "management.azure.com", **headers}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.front.handle(Request(method, parts.path, query, sent, content))

    def graph(self, query, who="identity", **told):
        body = {"query": query, **told}
        return self.ask("POST", "/providers/Microsoft.ResourceGraph/resources", body, who)


def code(answer):
    return answer.json()["error"]["code"]


def names(answer):
    return [one["name"] for one in answer.json()["value"]]
