"""What ARM asks before a write reaches a provider: locks, parents, registration.

Source: Microsoft.Authorization/locks; a lock holds for its scope and everything below it. CanNotDelete stops
DELETE; ReadOnly stops PUT, PATCH, POST and DELETE. A group cannot be deleted over the lock of a resource in it.
"""

from __future__ import annotations

from azlocal.sandbox.providers.ids import covers, not_found, parts_of
from azlocal.sandbox.store import group_of, subscription_of
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

LOCK_TYPE = "Microsoft.Authorization/locks"
_ALWAYS_THERE = ("/blobservices/default", "/queueservices/default", "/tableservices/default", "/fileservices/default")


def require_unlocked(azure: Azure, resource_id: str, operation: str) -> None:
    """Raise ScopeLocked (409) when a lock forbids *operation*: write (also any POST) or delete."""
    levels = {"readonly", "cannotdelete"} if operation == "delete" else {"readonly"}
    locked = [
        scope
        for lock in azure.store.of_type(LOCK_TYPE)
        if str(lock["properties"].get("level", "")).lower() in levels
        and _reaches(scope := parts_of(lock["id"]).scope, resource_id, operation)
    ]
    if locked:
        raise ArmError(
            409,
            "ScopeLocked",
            f"The scope '{resource_id}' cannot perform {operation} operation because following scope(s) are locked: "
            f"'{','.join(dict.fromkeys(locked))}'. Please remove the lock and try again.",
        )


def _reaches(scope: str, resource_id: str, operation: str) -> bool:
    return covers(scope, resource_id) or (operation == "delete" and covers(resource_id, scope))


def require_parent(azure: Azure, resource_id: str) -> None:
    """Raise ARM's 404 when the group, the parent or the extended resource is not there."""
    parts = parts_of(resource_id)
    _require_scope(azure, parts.scope)
    parent = parts.parent
    if parent and azure.store.get(parent) is None and not _implied(azure, parent):
        raise ArmError(
            404, "ParentResourceNotFound",
            f"Can not perform requested operation on nested resource. Parent resource '{parent.rsplit('/', 1)[-1]}' "
            "not found.",
        )  # fmt: skip


def _implied(azure: Azure, parent: str) -> bool:
    """Return whether *parent* is a part that its own parent always has."""
    owner, _, last = parent.rpartition("/")
    kind = owner.rpartition("/")[2]
    return f"/{kind}/{last}".lower() in _ALWAYS_THERE and azure.store.get(parts_of(parent).parent) is not None


def _require_scope(azure: Azure, scope: str) -> None:
    if "/providers/" in scope.lower():
        if azure.store.get(scope) is None and not scope.lower().startswith("/providers/"):
            raise not_found(scope)
        return
    subscription, group = subscription_of(scope), group_of(scope)
    if subscription and azure.store.get(f"/subscriptions/{subscription}") is None:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
    if group and azure.store.get(scope) is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{scope.rsplit('/', 1)[-1]}' could not be found.")


def require_registered(azure: Azure, resource_id: str) -> None:
    """Raise MissingSubscriptionRegistration (409) when the subscription does not use the resource's provider.

    A provider counts as registered unless the world says otherwise (`/subscriptions/{s}/providers/{namespace}`).
    """
    subscription, namespace = subscription_of(resource_id), parts_of(resource_id).namespace
    told = azure.store.get(f"/subscriptions/{subscription}/providers/{namespace}") if subscription else None
    if told is None or str(told.get("registrationState", "Registered")) in {"Registered", "Registering"}:
        return
    text = (
        f"The subscription is not registered to use namespace '{namespace}'. "
        "See https://aka.ms/rps-not-found for how to register subscriptions."
    )
    detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": text}
    raise ArmError(409, "MissingSubscriptionRegistration", text, details=[detail])
