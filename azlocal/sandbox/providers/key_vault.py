"""Microsoft.KeyVault on the management plane: vaults, soft-deleted vaults, and secrets without their values.

A secret's value is taken and forgotten: nothing in the sandbox keeps one. Source: REST reference, Vaults and
Secrets of the Key Vault resource provider.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from azlocal.sandbox.api_versions import KEY_VAULT
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers.completions import Draft
from azlocal.sandbox.providers.generic import Generic, Resources, id_of, remove, serve
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.headers import location_headers
from azlocal.sandbox.providers.kinds import Kind
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

VAULTS = Kind("Microsoft.KeyVault/vaults", KEY_VAULT)
SECRETS = Kind("Microsoft.KeyVault/vaults/secrets", KEY_VAULT, located=False, stated=False)
DELETED = "Microsoft.KeyVault/deletedVaults"
_NAME = re.compile(r"(?=.{3,24}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
_SECRET_NAME = re.compile(r"[A-Za-z0-9-]{1,127}")
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
_PURGING = timedelta(seconds=20)


def register(azure: Azure) -> None:
    """Register vaults, deleted vaults, secrets and the name check."""
    serve(azure, Vaults(VAULTS, Generic(VAULTS, _vault)))
    serve(azure, Secrets(SECRETS, Generic(SECRETS, _secret)))
    gone = f"{_PROVIDER}/locations/{{location}}/deletedVaults/{{name}}"
    for method, template, handler, kind, action in (
        ("POST", f"{_PROVIDER}/checkNameAvailability", check_name, VAULTS.type, "checkNameAvailability/read"),
        ("GET", f"{_PROVIDER}/deletedVaults", list_deleted, DELETED, "deletedVaults/read"),
        ("GET", gone, get_deleted, DELETED, "locations/deletedVaults/read"),
        ("POST", f"{gone}/purge", purge, DELETED, "locations/deletedVaults/purge/action"),
    ):
        azure.router.add(
            method, template, handler, resource_type=kind, api_versions=KEY_VAULT, action=f"Microsoft.KeyVault/{action}"
        )


def _vault(draft: Draft) -> None:
    if _NAME.fullmatch(draft.name) is None:
        raise _bad_name(draft.name)
    properties = draft.properties
    recovering = str(properties.get("createMode", "default")).lower() == "recover"
    deleted = _deleted(draft.azure, draft.name)
    if draft.before is None:
        _require_free(draft.azure, draft.name, deleted if not recovering else None)
    if recovering and deleted is not None:
        properties.update({name: value for name, value in deleted["kept"].items() if name not in properties})
        draft.azure.store.delete(deleted["id"])
    properties.pop("createMode", None)
    if not properties.get("tenantId") or not isinstance(properties.get("sku"), dict):
        raise ArmError(400, "BadRequest", "The properties 'sku' and 'tenantId' of a vault are required.")
    rbac = bool(properties.get("enableRbacAuthorization"))
    if not rbac and not isinstance(properties.get("accessPolicies"), list):
        text = "The parameter accessPolicies is not specified."
        raise ArmError(400, "BadRequest", text)
    properties["vaultUri"] = f"https://{draft.name.lower()}.vault.azure.net/"
    draft.default(
        accessPolicies=[], enabledForDeployment=False, enabledForDiskEncryption=False,
        enabledForTemplateDeployment=False, enableRbacAuthorization=False, enableSoftDelete=True,
        softDeleteRetentionInDays=90, publicNetworkAccess="Enabled",
    )  # fmt: skip
    properties["sku"].setdefault("family", "A")


def _bad_name(name: str) -> ArmError:
    return ArmError(
        400, "VaultNameNotValid",
        f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must "
        "begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
    )  # fmt: skip


def _require_free(azure: Azure, name: str, deleted: Document | None) -> None:
    if _taken(azure, name):
        raise ArmError(
            409, "VaultAlreadyExists",
            f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the name "
            "is already taken.",
        )  # fmt: skip
    if deleted is not None:
        raise ArmError(
            409, "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing "
            "key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft "
            "delete.",
        )  # fmt: skip


def _taken(azure: Azure, name: str) -> bool:
    return any(one["name"].lower() == name.lower() for one in azure.store.of_type(VAULTS.type))


def _deleted(azure: Azure, name: str) -> Document | None:
    return next((one for one in azure.store.of_type(DELETED) if one["name"].lower() == name.lower()), None)


def check_name(call: Call) -> Response:
    """Say whether a vault of that name may be made."""
    body = call.request.json()
    name = str(body.get("name") or "") if isinstance(body, dict) else ""
    if _NAME.fullmatch(name) is None:
        told = {"nameAvailable": False, "reason": "AccountNameInvalid", "message": _bad_name(name).message}
    elif _taken(call.azure, name) or _deleted(call.azure, name) is not None:
        text = f"The vault name '{name}' is already in use."
        told = {"nameAvailable": False, "reason": "AlreadyExists", "message": text}
    else:
        told = {"nameAvailable": True}
    return reply(told)


class Vaults(Resources):
    """The handlers of vaults: deleting one leaves it recoverable."""

    def delete(self, call: Call) -> Response:
        """Delete a vault softly."""
        azure, identifier = call.azure, id_of(call)
        require_unlocked(azure, identifier, "delete")
        vault = azure.store.get(identifier)
        if vault is None:
            return Response(204)
        remove(azure, identifier)
        if vault["properties"].get("enableSoftDelete", True):
            azure.store.put(_ghost(vault, call))
        return Response(200)


def _ghost(vault: Document, call: Call) -> Document:
    properties = vault["properties"]
    days = int(properties.get("softDeleteRetentionInDays", 90))
    base = f"/subscriptions/{call.param('subscription')}/providers/Microsoft.KeyVault"
    return {
        "id": f"{base}/locations/{vault['location']}/deletedVaults/{vault['name']}",
        "name": vault["name"],
        "type": DELETED,
        "properties": {
            "vaultId": vault["id"],
            "location": vault["location"],
            "tags": vault.get("tags", {}),
            "deletionDate": stamp(call.now),
            "scheduledPurgeDate": stamp(call.now + timedelta(days=days)),
            "purgeProtectionEnabled": bool(properties.get("enablePurgeProtection")),
        },
        "kept": properties,
    }


def _shown(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "kept"}


def list_deleted(call: Call) -> Response:
    """Answer the vaults that can be recovered."""
    return page(call, (_shown(one) for one in call.azure.store.of_type(DELETED, under=id_of(call).rsplit("/", 1)[0])))


def _found(call: Call, identifier: str) -> Document:
    document = call.azure.store.get(identifier)
    if document is None:
        name = call.param("name")
        raise ArmError(404, "DeletedVaultNotFound", f"The specified deleted vault '{name}' does not exist.")
    return document


def get_deleted(call: Call) -> Response:
    """Answer one vault that can be recovered."""
    return reply(_shown(_found(call, id_of(call))))


def purge(call: Call) -> Response:
    """Begin to delete a vault for good, unless it is protected."""
    azure, document = call.azure, _found(call, id_of(call).rsplit("/", 1)[0])
    if document["properties"]["purgeProtectionEnabled"]:
        raise ArmError(400, "BadRequest", f"The vault '{document['name']}' has purge protection enabled.")
    base = document["id"].rsplit("/", 2)[0]
    operation = azure.operations.begin(document["id"], base, call.now)
    azure.after(call.now, _PURGING, lambda now: operation.end("Succeeded", now))
    azure.store.delete(document["id"])
    azure.effects += 1
    return reply(None, 202, location_headers(call, operation))


def _secret(draft: Draft) -> None:
    """Keep what is not secret: where the value would be, its version, its dates."""
    if _SECRET_NAME.fullmatch(draft.name) is None:
        raise ArmError(400, "BadRequest", f"The secret name '{draft.name}' is invalid.")
    if not isinstance(draft.properties.pop("value", None), str) and draft.before is None:
        raise ArmError(400, "BadRequest", "The property 'value' of a secret is required.")
    vault = draft.azure.store.get(draft.document["id"].rsplit("/", 2)[0])
    uri = f"{vault['properties']['vaultUri'] if vault is not None else ''}secrets/{draft.name}"
    moment = int(draft.now.timestamp())
    given = draft.properties.get("attributes") or {}
    made = ((draft.before or {}).get("properties") or {}).get("attributes", {}).get("created", moment)
    draft.properties["attributes"] = {"enabled": True, **given, "created": made, "updated": moment}
    draft.properties["secretUri"] = uri
    draft.properties["secretUriWithVersion"] = f"{uri}/{draft.guid().replace('-', '')}"
    if vault is not None:
        draft.document["location"] = vault["location"]
    draft.document.pop("systemData", None)


class Secrets(Resources):
    """The handlers of secrets, which Azure does not delete on the management plane."""

    def delete(self, call: Call) -> Response:
        """Refuse: a secret is deleted in the vault, not through ARM."""
        del call
        raise ArmError(405, "MethodNotAllowed", "The HTTP method 'DELETE' is not supported at this scope.")
