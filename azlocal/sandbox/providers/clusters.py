"""Microsoft.AzureStackHCI/clusters: list, get, put, patch, delete."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from azlocal.sandbox.api_versions import HCI
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.hci_documents import (
    CLUSTER,
    GROUP,
    NAMESPACE,
    allow_write,
    begin,
    body_of,
    cluster_id_of,
    found,
    properties_of,
    system_data,
)
from azlocal.sandbox.providers.headers import location_headers
from azlocal.sandbox.providers.ids import canonical
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import require_tags_allowed
from azlocal.sandbox.providers.tag_rules import checked, merged, within_limit
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written, require

KIND = f"{NAMESPACE}/clusters"
_WRITABLE = (
    "cloudManagementEndpoint", "aadClientId", "aadTenantId", "aadApplicationObjectId",
    "aadServicePrincipalObjectId", "softwareAssuranceProperties", "desiredProperties", "logCollectionProperties",
    "remoteSupportProperties", "secretsLocations",
)  # fmt: skip
_PATCHABLE = ("cloudManagementEndpoint", "aadClientId", "aadTenantId", "desiredProperties")
_CHILDREN = ("deploymentSettings", "arcSettings", "updates", "updates/updateRuns", "updateSummaries")


def register(azure: Azure) -> None:
    """Register the routes and the writer."""
    azure.resource_type(KIND, Clusters())
    tail = f"/providers/{NAMESPACE}/clusters"
    for method, template, handler, verb in (
        ("GET", f"/subscriptions/{{subscription}}{tail}", list_by_subscription, "read"),
        ("GET", f"{GROUP}{tail}", list_by_group, "read"),
        ("GET", CLUSTER, get, "read"),
        ("PUT", CLUSTER, put, "write"),
        ("PATCH", CLUSTER, patch, "write"),
        ("DELETE", CLUSTER, delete, "delete"),
    ):
        azure.router.add(method, template, handler, resource_type=KIND, api_versions=HCI, action=f"{KIND}/{verb}")


def list_by_subscription(call: Call) -> Response:
    """Answer the clusters of a subscription, in pages."""
    return page(call, call.azure.store.of_type(KIND, under=f"/subscriptions/{call.param('subscription')}/"))


def list_by_group(call: Call) -> Response:
    """Answer the clusters of a resource group, in pages."""
    return page(call, call.azure.store.of_type(KIND, under=f"{GROUP.format(**call.params)}/"))


def get(call: Call) -> Response:
    """Answer one cluster."""
    return reply(found(call.azure, cluster_id_of(call)))


def put(call: Call) -> Response:
    """Answer a PUT: 200, at once, whether the cluster is new or not."""
    body = body_of(call)
    written = Clusters().put(call.azure, cluster_id_of(call), body, now=call.now, principal=call.principal)
    return reply(written.document)


def patch(call: Call) -> Response:
    """Answer a PATCH of tags, identity and the few properties a client may change."""
    azure, body = call.azure, body_of(call)
    cluster = found(azure, cluster_id_of(call))
    allow_write(azure, cluster["id"])
    told = {**cluster, "systemData": system_data(cluster, call.principal, call.now)}
    if body.get("tags") is not None:
        told["tags"] = _patched_tags(azure, cluster, body["tags"])
    if body.get("identity") is not None:
        told["identity"] = _identity(azure, cluster, body["identity"])
    told["properties"] = {**properties_of(cluster), **_named(body, _PATCHABLE)}
    azure.changed(told)
    return reply(told)


def delete(call: Call) -> Response:
    """Answer a DELETE: 204 when there is none, else 202 and some seconds until it is gone."""
    azure = call.azure
    cluster = azure.store.get(cluster_id_of(call))
    if cluster is None:
        return reply(None, 204)
    require_unlocked(azure, cluster["id"], "delete")
    operation = begin(azure, cluster["id"], str(cluster.get("location", "")), call.now)
    azure.changed({**cluster, "properties": {**properties_of(cluster), "provisioningState": "Deleting"}})
    azure.after(call.now, timedelta(seconds=20), partial(_gone, azure, cluster["id"], operation))
    return reply(None, 202, location_headers(call, operation))


def _gone(azure: Azure, cluster_id: str, operation: Operation, at: datetime) -> None:
    for kind in _CHILDREN:
        for child in list(azure.store.of_type(f"{KIND}/{kind}", under=f"{cluster_id}/")):
            azure.store.delete(child["id"])
    azure.effects += azure.store.delete(cluster_id)
    operation.end("Succeeded", at)


class Clusters:
    """How clusters are written. Registration on premises fills in what a PUT cannot know."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create a cluster that is not yet registered, or replace what a client may say of an existing one."""
        existing = azure.store.get(resource_id)
        cluster_id = existing["id"] if existing else canonical(azure, resource_id, KIND)
        allow_write(azure, cluster_id)
        standing = dict((existing or {}).get("tags") or {})
        document: Document = {
            "id": cluster_id, "name": cluster_id.rsplit("/", 1)[-1], "type": KIND.lower(),
            "location": _location(body, existing, cluster_id),
            "tags": _allowed_tags(azure, cluster_id, standing, checked(body.get("tags"))),
            "systemData": system_data(existing, principal, now),
            "properties": {**(properties_of(existing) or _unregistered(azure, now)), **_named(body, _WRITABLE)},
        }  # fmt: skip
        identity = _identity(azure, existing, body["identity"]) if body.get("identity") else None
        if identity or (existing or {}).get("identity"):
            document["identity"] = identity or (existing or {})["identity"]
        azure.changed(document)
        return Written(document, existing is None)


def _location(body: Document, existing: Document | None, resource_id: str) -> str:
    location = body.get("location")
    if not isinstance(location, str) or not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if existing is not None and _plain(location) != _plain(str(existing.get("location", ""))):
        raise ArmError(
            409, "InvalidResourceLocation",
            f"The resource '{resource_id.rsplit('/', 1)[-1]}' already exists in location '{existing.get('location')}'. "
            f"A resource with the same name cannot be created in location '{location}'.",
        )  # fmt: skip
    return location


def _plain(location: str) -> str:
    return location.replace(" ", "").lower()


def _unregistered(azure: Azure, now: datetime) -> Document:
    return {
        "provisioningState": "Succeeded", "status": "NotYetRegistered", "connectivityStatus": "NotYetRegistered",
        "cloudId": str(uuid.UUID(int=azure.random.getrandbits(128), version=4)), "trialDaysRemaining": 60,
        "billingModel": "Trial", "registrationTimestamp": stamp(now),
    }  # fmt: skip


def _named(body: Document, names: Iterable[str]) -> Document:
    told = require(body.get("properties") or {}, dict, "The value of 'properties' must be an object.")
    return {name: told[name] for name in names if name in told}


def _patched_tags(azure: Azure, cluster: Document, sent: object) -> dict[str, str]:
    """Merge or replace, as the service's setting has it."""
    standing, given = dict(cluster.get("tags") or {}), checked(sent)
    tags = given if azure.switch("cluster-patch-tags") == "replace" else merged(standing, given)
    return _allowed_tags(azure, cluster["id"], standing, tags)


def _allowed_tags(azure: Azure, cluster_id: str, standing: dict[str, str], tags: dict[str, str]) -> dict[str, str]:
    if tags != standing:
        require_tags_allowed(azure, cluster_id)
    return within_limit(tags, cluster_id)


def _identity(azure: Azure, existing: Document | None, sent: object) -> Document:
    told = require(sent, dict, "The value of 'identity' must be an object.")
    kind = told.get("type")
    if kind not in {"None", "SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"}:
        raise ArmError(400, "InvalidRequestContent", f"The value '{kind}' of 'identity.type' is not known.")
    if "SystemAssigned" not in kind:
        return {"type": kind}
    old = (existing or {}).get("identity") or {}
    principal = old.get("principalId") or str(uuid.UUID(int=azure.random.getrandbits(128), version=4))
    return {"type": kind, "principalId": principal, "tenantId": azure.tenant_id}
