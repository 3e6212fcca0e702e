"""Role definitions: the built-in ones that the published templates and this field's people use, and custom ones.

Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles.
"""

from __future__ import annotations

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
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written

TYPE = "Microsoft.Authorization/roleDefinitions"
_READ, _ALL = ("*/read",), ("*",)
# guid: name, actions, data actions.
BUILT_IN: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": ("Owner", _ALL, ()),
    "b24988ac-6180-42a0-ab88-20f7382dd24c": ("Contributor", _ALL, ()),
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": ("Reader", _READ, ()),
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": (
        "User Access Administrator", ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"), (),
    ),
    "4a9ae827-6dc8-4573-8ac7-8239d42aa03f": ("Tag Contributor", ("Microsoft.Resources/tags/*", "*/read"), ()),
    "865ae368-6a45-4bd1-8fbf-0d5151f56fc1": (
        "Azure Stack HCI Device Management Role",
        ("Microsoft.AzureStackHCI/Clusters/*", "Microsoft.AzureStackHCI/EdgeDevices/*"), (),
    ),
    "c99c945f-8bd1-4fb1-a903-01460aae6068": (
        "Azure Stack HCI Connected InfraVMs",
        ("Microsoft.HybridCompute/*/read", "Microsoft.AzureStackHCI/*/read"), (),
    ),
    "bda0d508-adf1-4af0-9c28-88919fc3ae06": (
        "Azure Stack HCI Administrator", ("Microsoft.AzureStackHCI/*", "Microsoft.Resources/deployments/*"), (),
    ),
    "874d1c73-6003-4e60-a13a-cb31ea190a85": (
        "Azure Stack HCI VM Contributor", ("Microsoft.AzureStackHCI/VirtualMachines/*",), (),
    ),
    "4b3fe76c-f777-4d24-a2d7-b027b0f7b273": (
        "Azure Stack HCI VM Reader", ("Microsoft.AzureStackHCI/VirtualMachines/*/read",), (),
    ),
    "7b1f81f9-4196-4058-8aae-762e593270df": (
        "Azure Resource Bridge Deployment Role", ("Microsoft.ResourceConnector/appliances/*",), (),
    ),
    "f5819b54-e033-4d82-ac66-4fec3cbf3f4c": (
        "Azure Connected Machine Resource Manager", ("Microsoft.HybridCompute/machines/*",), (),
    ),
    "cd570a14-e51a-42ad-bac8-bafd67325302": (
        "Azure Connected Machine Resource Administrator", ("Microsoft.HybridCompute/*",), (),
    ),
    "b64e21ea-ac4e-4cdf-9dc9-5b892992bee7": (
        "Azure Connected Machine Onboarding",
        ("Microsoft.HybridCompute/machines/read", "Microsoft.HybridCompute/machines/write"), (),
    ),
    "4633458b-17de-408a-b874-0445c86b69e6": (
        "Key Vault Secrets User", (),
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"),
    ),
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": (
        "Key Vault Secrets Officer", ("Microsoft.KeyVault/vaults/*/read",), ("Microsoft.KeyVault/vaults/secrets/*",),
    ),
    "3913510d-42f4-4e42-8a64-420c390055eb": (
        "Monitoring Metrics Publisher", ("Microsoft.Insights/Register/Action",), ("Microsoft.Insights/Telemetry/Write",),
    ),
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": ("Monitoring Reader", ("*/read",), ()),
    "73c42c96-874c-492b-b04d-ab87d138a893": ("Log Analytics Reader", ("*/read",), ()),
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": (
        "Storage Blob Data Reader", ("Microsoft.Storage/storageAccounts/blobServices/containers/read",),
        ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",),
    ),
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": (
        "Storage Blob Data Contributor", ("Microsoft.Storage/storageAccounts/blobServices/containers/*",),
        ("Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*",),
    ),
    "17d1049b-9a84-46fb-8f53-869881c3d3ab": (
        "Storage Account Contributor", ("Microsoft.Storage/storageAccounts/*",), (),
    ),
}  # fmt: skip


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
    role, actions, data = BUILT_IN[name]
    return {
        "id": f"{_subscription(scope)}/providers/{TYPE}/{name}",
        "name": name,
        "type": TYPE,
        "properties": {
            "roleName": role,
            "type": "BuiltInRole",
            "description": f"The built-in role {role}.",
            "assignableScopes": ["/"],
            "permissions": [_permission(actions, data)],
            "createdOn": "2019-06-01T00:00:00.0000000Z",
            "updatedOn": "2025-05-25T00:00:00.0000000Z",
            "createdBy": None,
            "updatedBy": None,
        },
    }


def _permission(actions: tuple[str, ...], data: tuple[str, ...]) -> dict[str, Any]:
    return {"actions": list(actions), "notActions": [], "dataActions": list(data), "notDataActions": []}


def definition(azure: Azure, identifier: str) -> Document | None:
    """Return the role a full id names, built in or custom, from whatever scope it is named."""
    name = identifier.rsplit("/", 1)[-1].lower()
    if name in BUILT_IN:
        return _built_in(name, _scope(identifier))
    return next((one for one in azure.store.of_type(TYPE) if one["name"].lower() == name), None)


def list_all(call: Call) -> Response:
    """Answer the roles that can be assigned at a scope; `$filter` takes roleName and type."""
    scope, wanted = _scope(id_of(call)), filter_of(call)
    return page(call, (one for one in _at(call.azure, scope) if matches(wanted, partial(_value, one))))


def _at(azure: Azure, scope: str) -> Iterator[Document]:
    for name in BUILT_IN:
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
        one[0].lower() for one in BUILT_IN.values()
    }
    if role.lower() in taken:
        raise ArmError(
            409, "RoleDefinitionWithSameNameExists", f"A custom role with the same name '{role}' already exists."
        )
