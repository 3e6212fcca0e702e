"""Microsoft.Authorization: role assignments and locks.

Role definitions are in `role_definitions`, what the caller may do in `permissions`; a lock's effect is in `guards`. Source: REST reference,
Role Assignments; Azure/azure-cli pull request 8599 (a repeated PUT is answered RoleAssignmentExists, while a
repeated template deployment passes); the message of RoleAssignmentUpdateNotPermitted from public reports.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from azlocal.sandbox.api_versions import AUTHORIZATION, LOCKS
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers import role_definitions
from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.providers.generic import Generic, Resources, given_properties, id_of, remove, serve
from azlocal.sandbox.providers.guards import LOCK_TYPE, require_parent, require_unlocked
from azlocal.sandbox.providers.ids import canonical, covers, parts_of
from azlocal.sandbox.providers.kinds import Kind
from azlocal.sandbox.providers.odata import Clause, Filter, filter_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

TYPE = "Microsoft.Authorization/roleAssignments"
_TOLD = ("description", "condition", "conditionVersion", "delegatedManagedIdentityResourceId")


def register(azure: Azure) -> None:
    """Register role assignments, role definitions and locks, at any scope."""
    base = f"/{{scope*}}/providers/{TYPE}"
    add = partial(azure.router.add, resource_type=TYPE, api_versions=AUTHORIZATION)
    for method, template, handler in (
        ("GET", base, list_all),
        ("GET", f"{base}/{{name}}", get),
        ("PUT", f"{base}/{{name}}", put),
        ("DELETE", f"{base}/{{name}}", delete),
    ):
        add(method, template, handler)
    azure.resource_type(TYPE, Assignments())
    role_definitions.register(azure)
    kind = Kind(LOCK_TYPE, LOCKS, located=False, extension=True, stated=False)
    serve(azure, Locks(kind, Generic(kind, _lock, guarded=False)))


def list_all(call: Call) -> Response:
    """Answer the assignments that hold at a scope, and below it unless `$filter` says atScope()."""
    path = id_of(call)
    scope, wanted = path[: path.lower().rindex("/providers/")], filter_of(call)
    return page(call, _fitting(call.azure, scope, wanted))


def _fitting(azure: Azure, scope: str, wanted: Filter) -> Iterator[Document]:
    for document in azure.store.of_type(TYPE):
        where = str(document["properties"]["scope"])
        fits = not wanted or any(all(_holds(one, document, scope) for one in clauses) for clauses in wanted)
        if fits and (covers(where, scope) or covers(scope, where)):
            yield document


def _holds(clause: Clause, document: Document, scope: str) -> bool:
    properties = document["properties"]
    if clause.name == "atscope":
        return covers(str(properties["scope"]), scope)
    if clause.name in {"assignedto", "principalid"}:
        return str(properties["principalId"]).lower() == clause.value.lower()
    if clause.name == "roledefinitionid":
        return str(properties["roleDefinitionId"]).lower() == clause.value.lower()
    raise ArmError(400, "UnsupportedFilter", f"The filter '{clause.name}' is not supported for role assignments.")


def get(call: Call) -> Response:
    """Answer one assignment."""
    return reply(_found(call))


def _found(call: Call) -> Document:
    document = call.azure.store.get(id_of(call))
    if document is None:
        name = call.param("name")
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return document


def put(call: Call) -> Response:
    """Assign a role; one that is assigned already, by whatever name, is a conflict."""
    before = call.azure.store.get(id_of(call))
    done = Assignments().put(call.azure, id_of(call), call.request.json(), now=call.now, principal=call.principal)
    if done.document is before:
        raise _exists(done.document)
    return reply(done.document, 201 if done.created else 200)


def delete(call: Call) -> Response:
    """Take a role away."""
    require_unlocked(call.azure, id_of(call), "delete")
    document = call.azure.store.get(id_of(call))
    if document is None:
        return Response(204)
    remove(call.azure, document["id"])
    return reply(document)


def _exists(document: Document) -> ArmError:
    text = f"The role assignment already exists. The ID of the existing role assignment is {document['name']}."
    return ArmError(409, "RoleAssignmentExists", text)


class Assignments:
    """How a role is assigned. The same assignment again changes nothing."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create the assignment, or raise `ArmError`."""
        given = given_properties(body)
        require_parent(azure, resource_id)
        require_unlocked(azure, resource_id, "write")
        scope, name = parts_of(canonical(azure, resource_id, TYPE)).scope, resource_id.rsplit("/", 1)[-1]
        _check(name, given)
        given = {**given, "roleDefinitionId": _with_dashes(str(given["roleDefinitionId"]))}
        _check_role(azure, str(given["roleDefinitionId"]), scope)
        standing = azure.store.get(resource_id)
        if standing is not None:
            return Written(_again(azure, standing, given, now, principal), created=False)
        for other in azure.store.of_type(TYPE):
            if str(other["properties"]["scope"]).lower() == scope.lower() and _same(other, given):
                raise _exists(other)
        document: Document = {
            "id": canonical(azure, resource_id, TYPE),
            "name": name,
            "type": TYPE,
            "properties": _properties(given, scope, now, principal),
        }
        azure.changed(document)
        return Written(document, created=True)


def _check(name: str, given: Document) -> None:
    try:
        uuid.UUID(name)
    except ValueError as error:
        text = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        raise ArmError(400, "InvalidRoleAssignmentId", text) from error
    role, whom = str(given.get("roleDefinitionId") or ""), str(given.get("principalId") or "")
    if "/roledefinitions/" not in role.lower():
        raise ArmError(400, "BadRequestFormat", f"The request was incorrectly formatted: roleDefinitionId '{role}'.")
    try:
        uuid.UUID(whom)
        uuid.UUID(role.rsplit("/", 1)[-1])
    except ValueError as error:
        text = f"A valid principal ID and role definition ID must be provided, not '{whom}' and '{role}'."
        raise ArmError(400, "InvalidPrincipalId", text) from error


def _with_dashes(identifier: str) -> str:
    """Return a role's id with its GUID as usual: the published upgrade template has one without dashes."""
    above, name = identifier.rsplit("/", 1)
    return f"{above}/{uuid.UUID(name)}"


def _check_role(azure: Azure, identifier: str, scope: str) -> None:
    """Raise RoleDefinitionDoesNotExist (400) for a role that is not there, or cannot be assigned at *scope*."""
    role, above = role_definitions.definition(azure, identifier), set(azure.rights.above(scope))
    told = role["properties"]["assignableScopes"] if role is not None else ()
    if not any(str(one).lower().rstrip("/") in above for one in told):
        name = identifier.rsplit("/", 1)[-1]
        raise ArmError(
            400, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{name}' does not exist."
        )


def _key(properties: Document) -> tuple[str, str]:
    role = str(properties.get("roleDefinitionId") or "").rsplit("/", 1)[-1].lower()
    return role, str(properties.get("principalId") or "").lower()


def _same(document: Document, given: Document) -> bool:
    return _key(document["properties"]) == _key(given)


def _again(azure: Azure, standing: Document, given: Document, now: datetime, principal: Principal | None) -> Document:
    """Return the assignment after a second PUT: description and condition may change, role and principal not."""
    if not _same(standing, given):
        text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
        raise ArmError(409, "RoleAssignmentUpdateNotPermitted", text)
    told = {name: given.get(name) for name in _TOLD}
    if all(standing["properties"].get(name) == value for name, value in told.items()):
        return standing
    by = principal.object_id if principal is not None else ""
    properties = {**standing["properties"], **told, "updatedOn": stamp(now), "updatedBy": by}
    azure.changed({**standing, "properties": properties})
    return {**standing, "properties": properties}


def _properties(given: Document, scope: str, now: datetime, principal: Principal | None) -> dict[str, Any]:
    by = principal.object_id if principal is not None else ""
    return {
        "roleDefinitionId": given["roleDefinitionId"],
        "principalId": given["principalId"],
        "principalType": given.get("principalType") or "User",
        "scope": scope or "/",
        "createdOn": stamp(now),
        "updatedOn": stamp(now),
        "createdBy": by,
        "updatedBy": by,
        **{name: given.get(name) for name in _TOLD},
    }


class Locks(Resources):
    """The handlers of locks, which no lock protects."""

    def delete(self, call: Call) -> Response:
        """Remove a lock."""
        return Response(200 if remove(call.azure, id_of(call)) else 204)

    def _below(self, call: Call) -> Iterator[Document]:
        path = id_of(call)
        scope = path[: path.lower().rindex("/providers/")]
        for document in call.azure.store.of_type(self.kind.type):
            where = parts_of(document["id"]).scope
            if covers(where, scope) or covers(scope, where):
                yield document


def _lock(draft: Draft) -> None:
    if str(draft.properties.get("level", "")).lower() not in {"cannotdelete", "readonly"}:
        raise ArmError(400, "LockLevelInvalid", f"The lock level '{draft.properties.get('level')}' is not valid.")
