"""Role definitions: the built-in ones that the published templates and this field's people use, and custom ones.

The built-in ones are in `rbac_roles`.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from azlocal.sandbox.api_versions import AUTHORIZATION
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers.generic import field, given_properties, id_of, remove
from azlocal.sandbox.providers.guards import require_parent, require_unlocked
from azlocal.sandbox.providers.ids import canonical, covers, parts_of
from azlocal.sandbox.providers.odata import filter_of, matches
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.rbac_roles import built_in
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

TYPE = "Microsoft.Authorization/roleDefinitions"


def register(azure: Azure) -> None:
    """Register the routes, at any scope and at the tenant."""
    for base in (f"/{{scope*}}/providers/{TYPE}", f"/providers/{TYPE}"):
        add = partial(azure.router.add, resource_type=TYPE, api_versions=AUTHORIZATION)
        add("GET", base, list_all)
        add("GET", f"{base}/{{name}}", get)
        add("PUT", f"{base}/{{name}}", put)
        add("DELETE", f"{base}/{{name}}", delete)
    azure.resource_type(TYPE, Definitions())


def _scope(identifier: str) -> str:
    return identifier[: identifier.lower().rindex("/providers/microsoft.authorization")]


def _subscription(scope: str) -> str:
    return "/".join(scope.split("/")[:3]) if scope.lower().startswith("/subscriptions/") else ""


def _built_in(name: str, scope: str) -> Document:
    role = built_in()[name]
    return {
        "id": f"{_subscription(scope)}/providers/{TYPE}/{name}",
        "name": name,
        "type": TYPE,
        "properties": {
            "roleName": role["roleName"],
            "type": "BuiltInRole",
            "description": f"The built-in role {role['roleName']}.",
            "assignableScopes": ["/"],
            "permissions": copy.deepcopy(role["permissions"]),
            "createdOn": "2019-06-01T00:00:00.0000000Z",
            "updatedOn": "2025-05-25T00:00:00.0000000Z",
            "createdBy": None,
            "updatedBy": None,
        },
    }


def definition(azure: Azure, identifier: str) -> Document | None:
    """Return the role a full id names, built in or custom, from whatever scope it is named."""
    name = identifier.rsplit("/", 1)[-1].lower()
    if name in built_in():
        return _built_in(name, _scope(identifier))
    return next((one for one in azure.store.of_type(TYPE) if one["name"].lower() == name), None)


def list_all(call: Call) -> Response:
    """Answer the roles that can be assigned at a scope; `$filter` takes roleName and type."""
    scope, wanted = _scope(id_of(call)), filter_of(call)
    return page(call, (one for one in _at(call.azure, scope) if matches(wanted, partial(_value, one))))


def _at(azure: Azure, scope: str) -> Iterator[Document]:
    for name in built_in():
        yield _built_in(name, scope)
    for document in azure.store.of_type(TYPE):
        if any(covers(str(one), scope) for one in document["properties"].get("assignableScopes") or ()):
            yield document


def _value(document: Document, name: str) -> Any:
    return field(document["properties"], name)


def get(call: Call) -> Response:
    """Answer one role."""
    found = definition(call.azure, id_of(call))
    if found is None:
        name = call.param("name")
        raise ArmError(
            404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{name}' does not exist."
        )
    return reply(found)


def put(call: Call) -> Response:
    """Make or change a custom role."""
    done = Definitions().put(call.azure, id_of(call), call.request.json(), now=call.now, principal=call.principal)
    return reply(done.document, 201)


def delete(call: Call) -> Response:
    """Delete a custom role that nobody is assigned."""
    azure, name = call.azure, call.param("name").lower()
    document = next((one for one in azure.store.of_type(TYPE) if one["name"].lower() == name), None)
    if document is None:
        return Response(204)
    for one in azure.store.of_type("Microsoft.Authorization/roleAssignments"):
        if str(one["properties"]["roleDefinitionId"]).lower().endswith("/" + name):
            raise ArmError(
                400, "RoleDefinitionHasAssignments", "There are existing role assignments referencing role definition."
            )
    remove(azure, document["id"])
    return reply(document)


class Definitions:
    """How a custom role is written."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create or replace the role, or raise `ArmError`."""
        given = given_properties(body)
        name, before = parts_of(resource_id).names[-1], azure.store.get(resource_id)
        _check(azure, name, given)
        require_parent(azure, resource_id)
        require_unlocked(azure, resource_id, "write")
        for scope in given.get("assignableScopes") or ():
            write = f"{TYPE}/write"
            azure.require_linked(principal, (write, parts_of(resource_id).scope), (write, str(scope)))
        by = principal.object_id if principal is not None else None
        standing = before["properties"] if before is not None else {"createdOn": stamp(now), "createdBy": by}
        document: Document = {
            "id": canonical(azure, resource_id, TYPE),
            "name": name,
            "type": TYPE,
            "properties": {
                "roleName": given["roleName"],
                "type": "CustomRole",
                "description": given.get("description") or "",
                "assignableScopes": list(given.get("assignableScopes") or [parts_of(resource_id).scope or "/"]),
                "permissions": given.get("permissions") or [],
                "createdOn": standing["createdOn"],
                "createdBy": standing["createdBy"],
                "updatedOn": stamp(now),
                "updatedBy": by,
            },
        }
        azure.changed(document)
        return Written(document, before is None)


def _check(azure: Azure, name: str, given: Document) -> None:
    try:
        uuid.UUID(name)
    except ValueError as error:
        text = f"The role definition ID '{name}' is not valid. The role definition ID must be a GUID."
        raise ArmError(400, "InvalidRoleDefinitionId", text) from error
    role = str(given.get("roleName") or "")
    if not role:
        raise ArmError(400, "InvalidRoleDefinitionName", "The role definition must have a roleName.")
    others = [one for one in azure.store.of_type(TYPE) if one["name"].lower() != name.lower()]
    taken = {str(one["properties"]["roleName"]).lower() for one in others} | {
        str(one["roleName"]).lower() for one in built_in().values()
    }
    if role.lower() in taken:
        raise ArmError(
            409, "RoleDefinitionWithSameNameExists", f"A custom role with the same name '{role}' already exists."
        )
