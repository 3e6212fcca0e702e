"""Microsoft.Authorization/permissions: what the caller may do at a scope, as role assignments and definitions say it.

Where the scenario does not enforce roles, the answer is what the sandbox then allows: everything, but for the managed
identity in the control group, where it only reads. Source: REST reference, Permissions, List For Resource Group and List
For Resource (api-version 2022-04-01); at a subscription the portal asks the same, and no page documents it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azlocal.sandbox.api_versions import AUTHORIZATION
from azlocal.sandbox.providers.authorization import TYPE as ASSIGNMENTS
from azlocal.sandbox.providers.ids import covers
from azlocal.sandbox.providers.role_definitions import definition
from azlocal.sandbox.query.scope import Hierarchy
from azlocal.sandbox.store import subscription_of
from azlocal.sandbox.wire import Response, reply
from azlocal.sandbox.world import Azure, Call, Principal

TYPE = "Microsoft.Authorization/permissions"
_GROUPS = "/providers/microsoft.management/managementgroups/"


def register(azure: Azure) -> None:
    """Register the list, at any scope."""
    azure.router.add(
        "GET", f"/{{scope*}}/providers/{TYPE}", list_all, resource_type=TYPE, api_versions=AUTHORIZATION,
        action=f"{TYPE}/read",
    )  # fmt: skip


def list_all(call: Call) -> Response:
    """Answer the permissions of every role that the caller holds at a scope or above it."""
    return reply({"value": list(_held(call.azure, call.principal, "/" + call.param("scope")))})


def _held(azure: Azure, principal: Principal | None, scope: str) -> Iterator[dict[str, Any]]:
    if principal is None:
        return
    if not azure.rbac:
        reads = not azure.may_write(principal, scope)
        yield _permission(["*/read"] if reads else ["*"], [] if reads else ["*"])
        return
    for assignment in azure.store.of_type(ASSIGNMENTS):
        told = assignment["properties"]
        if str(told["principalId"]).lower() == principal.object_id.lower() and _reaches(
            azure, str(told["scope"]), scope
        ):
            role = definition(azure, str(told["roleDefinitionId"]))
            yield from (role["properties"]["permissions"] if role is not None else ())


def _reaches(azure: Azure, where: str, scope: str) -> bool:
    """Return whether an assignment at *where* holds at *scope*: on it, above it, or on a management group over it."""
    if not where.lower().startswith(_GROUPS):
        return covers(where, scope)
    chain = Hierarchy(azure.store, azure.tenant_id).chain(f"/subscriptions/{subscription_of(scope)}")
    return where.lower() in {f"{_GROUPS}{one['name'].lower()}" for one in chain}


def _permission(actions: list[str], data: list[str]) -> dict[str, Any]:
    return {"actions": actions, "notActions": [], "dataActions": data, "notDataActions": []}
