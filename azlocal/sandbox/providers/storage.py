"""Microsoft.Storage: accounts, blob containers and their lease on the management plane. The blobs are in `blobs`.

Source: REST reference of the storage resource provider: Storage Accounts, Blob Services, Blob Containers.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from typing import Any

from azlocal.sandbox.api_versions import STORAGE
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers import blobs, kinds, queues
from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.providers.generic import Generic, Resources, found, id_of, remove, serve
from azlocal.sandbox.providers.guards import require_parent, require_unlocked
from azlocal.sandbox.providers.ids import not_found, parts_of
from azlocal.sandbox.providers.kinds import Kind
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.storage_lease import BREAKING, LEASED, Lease, asked, decide, described
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

ACCOUNTS = Kind("Microsoft.Storage/storageAccounts", STORAGE, created=200)
CONTAINERS = Kind("Microsoft.Storage/storageAccounts/blobServices/containers", STORAGE, located=False, stated=False)
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers/"
_ACCOUNT = f"{_GROUP}Microsoft.Storage/storageAccounts/{{account}}"
_CONTAINER = f"{_ACCOUNT}/blobServices/default/containers/{{container}}"
_NAME = re.compile(r"[a-z0-9]{3,24}")
_CONTAINER_NAME = re.compile(r"\$root|\$web|\$logs|(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")
_NAME_RULE = (
    "Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only."
)


def register(azure: Azure) -> None:
    """Register accounts, services, containers, the lease, and the blobs of every account."""
    serve(azure, Resources(ACCOUNTS, Generic(ACCOUNTS, _account)))
    serve(azure, Containers(CONTAINERS, Generic(CONTAINERS, _container)))
    for kind in kinds.STORAGE:
        serve(azure, Services(kind, Generic(kind)))
    checking = "/subscriptions/{subscription}/providers/Microsoft.Storage/checkNameAvailability"
    for template, handler, kind, action in (
        (f"{_ACCOUNT}/listKeys", list_keys, ACCOUNTS, None),
        (f"{_CONTAINER}/lease", lease, CONTAINERS, None),
        (checking, check_name, ACCOUNTS, "Microsoft.Storage/checknameavailability/read"),
    ):
        azure.router.add("POST", template, handler, resource_type=kind.type, api_versions=kind.versions, action=action)
    blobs.follow(azure)
    queues.follow(azure)


def _account(draft: Draft) -> None:
    name = draft.name
    sku = draft.document.get("sku")
    if _NAME.fullmatch(name) is None or name in blobs.RESERVED:
        raise ArmError(400, "AccountNameInvalid", f"{name} is not a valid storage account name. {_NAME_RULE}")
    if not isinstance(sku, dict) or not sku.get("name"):
        raise ArmError(400, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: sku.")
    if draft.before is None and _taken(draft.azure, name):
        raise ArmError(409, "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken.")
    sku["tier"] = str(sku["name"]).partition("_")[0]
    draft.document.setdefault("kind", "StorageV2")
    draft.keep("creationTime", lambda: stamp(draft.now))
    services = ("blob", "dfs", "file", "queue", "table", "web")
    draft.properties.update(
        primaryEndpoints={one: f"https://{name}.{one}.core.windows.net/" for one in services},
        primaryLocation=draft.document["location"], statusOfPrimary="available",
    )  # fmt: skip
    enabled = {"enabled": True, "keyType": "Account"}
    draft.default(
        accessTier="Hot", supportsHttpsTrafficOnly=True, minimumTlsVersion="TLS1_2", allowBlobPublicAccess=False,
        encryption={"keySource": "Microsoft.Storage", "services": {"blob": dict(enabled), "file": dict(enabled)}},
        networkAcls={"bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "defaultAction": "Allow"},
    )  # fmt: skip


def _taken(azure: Azure, name: str) -> bool:
    return any(one["name"].lower() == name.lower() for one in azure.store.of_type(ACCOUNTS.type))


def check_name(call: Call) -> Response:
    """Say whether an account of that name may be made."""
    body = call.request.json()
    name = str(body.get("name") or "") if isinstance(body, dict) else ""
    if _NAME.fullmatch(name) is None:
        return reply(_unavailable("AccountNameInvalid", f"{name} is not a valid storage account name. {_NAME_RULE}"))
    if _taken(call.azure, name):
        return reply(_unavailable("AlreadyExists", f"The storage account named {name} is already taken."))
    return reply({"nameAvailable": True})


def _unavailable(reason: str, message: str) -> dict[str, Any]:
    return {"nameAvailable": False, "reason": reason, "message": message}


def list_keys(call: Call) -> Response:
    """Answer the account's two keys, which open nothing."""
    account = call.azure.store.get(id_of(call).rsplit("/", 1)[0])
    if account is None:
        raise not_found(id_of(call).rsplit("/", 1)[0])
    require_unlocked(call.azure, account["id"], "write")
    return reply(keys_of(account))


def keys_of(account: Document) -> dict[str, Any]:
    """Return what `listKeys` gives for an account, to clients and to templates."""
    made = account["properties"].get("creationTime")
    return {"keys": [_key(account, name, made) for name in ("key1", "key2")]}


def _key(account: Document, name: str, made: Any) -> dict[str, Any]:
    digest = hashlib.sha512(f"{account['id'].lower()}/{name}".encode()).digest()
    return {"creationTime": made, "keyName": name, "value": base64.b64encode(digest).decode(), "permissions": "FULL"}


class Services(Resources):
    """What stands below an account. Its services are there, as `default`, without ever being written."""

    def get(self, call: Call) -> Response:
        """Answer a service, or whatever was written below it."""
        document = call.azure.store.get(id_of(call)) or self._implied(call, id_of(call))
        if document is None:
            raise not_found(id_of(call))
        return reply(document)

    def list(self, call: Call) -> Response:
        """Answer an account's services, or whatever was written below them."""
        stored = list(self._below(call))
        implied = None if stored else self._implied(call, f"{id_of(call)}/default")
        return page(call, stored if implied is None else [implied])

    def _implied(self, call: Call, identifier: str) -> Document | None:
        parts = parts_of(identifier)
        if parts.names[-1].lower() != "default" or not parts.types[-1].lower().endswith("services"):
            return None
        require_parent(call.azure, identifier)
        return {"id": identifier, "name": "default", "type": self.kind.type, "properties": {}}


def _container(draft: Draft) -> None:
    if _CONTAINER_NAME.fullmatch(draft.name) is None:
        raise ArmError(400, "InvalidResourceName", "The specified resource name contains invalid characters.")
    draft.document["etag"] = f'"0x8D{draft.azure.random.getrandbits(52):013X}"'
    draft.document.pop("systemData", None)
    draft.properties.update(lastModifiedTime=stamp(draft.now), deleted=False, remainingRetentionDays=0)
    draft.default(
        publicAccess="None", hasImmutabilityPolicy=False, hasLegalHold=False,
        defaultEncryptionScope="$account-encryption-key", denyEncryptionScopeOverride=False,
    )  # fmt: skip


class Containers(Resources):
    """The handlers of containers, which show their lease."""

    def get(self, call: Call) -> Response:
        """Answer a container with its lease."""
        return reply(self._shown(call, found(call)))

    def list(self, call: Call) -> Response:
        """Answer an account's containers with their leases."""
        return page(call, (self._shown(call, one) for one in self._below(call)))

    def delete(self, call: Call) -> Response:
        """Delete a container and its blobs; a lease forbids that."""
        azure, identifier = call.azure, id_of(call)
        require_unlocked(azure, identifier, "delete")
        if _lease(azure, identifier, call) in {LEASED, BREAKING}:
            raise ArmError(
                409, "LeaseIdMissing",
                "There is currently a lease on the container and no lease ID was specified in the request.",
            )  # fmt: skip
        return Response(200 if remove(azure, identifier) else 204)

    def _shown(self, call: Call, document: Document) -> Document:
        held: Lease | None = call.azure.leases.get(document["id"].lower())
        kept = {name: value for name, value in document["properties"].items() if name != "leaseDuration"}
        return {**document, "properties": {**kept, **described(held, call.now)}}


def _lease(azure: Azure, identifier: str, call: Call) -> str:
    held: Lease | None = azure.leases.get(identifier.lower())
    return described(held, call.now)["leaseState"]


def lease(call: Call) -> Response:
    """Acquire, renew, change, release or break the lease of a container."""
    azure, identifier = call.azure, id_of(call).rsplit("/", 1)[0]
    request = asked(call.request.json())
    require_parent(azure, identifier)
    container = azure.store.get(identifier)
    if container is None:
        raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")
    require_unlocked(azure, identifier, "write")
    if azure.switch("storage-firewall-lease") == "refused":
        raise ArmError(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")
    new_id = str(uuid.UUID(int=azure.random.getrandbits(128), version=4))
    outcome = decide(azure.leases.get(identifier.lower()), request, call.now, new_id)
    if outcome.lease is None:
        azure.leases.pop(identifier.lower(), None)
    else:
        azure.leases[identifier.lower()] = outcome.lease
    azure.effects += 1
    return reply(outcome.answer)
