"""Parameters that name a secret of a key vault.

Source: documentation of key vault references: the vault must be enabled for template deployment, the target must be
secure. Vaults of the sandbox keep no values, so a reference gives the URI of the secret's version.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.types import SECURE
from azlocal.sandbox.templates.values import find_key, lookup
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

_SEE = "Please see https://aka.ms/arm-keyvault for usage details."


def resolved(azure: Azure, name: str, reference: Any, declarations: Mapping[str, Any]) -> str:
    """Return what the reference of parameter *name* stands for, or raise `ArmError` as ARM answers."""
    vault_id = str(lookup(lookup(reference, "keyVault") or {}, "id", "")) if isinstance(reference, dict) else ""
    secret = str(lookup(reference, "secretName", "")) if vault_id else ""
    if not secret:
        raise ArmError(
            400, "InvalidRequestContent",
            f"The request content was invalid: the reference of the parameter '{name}' must name a key vault by id and "
            "a secret.",
        )  # fmt: skip
    _check_declared(name, declarations)
    _check_vault(azure, name, vault_id)
    return _value(azure, name, f"{vault_id}/secrets/{secret}", lookup(reference, "secretVersion"))


def _check_declared(name: str, declarations: Mapping[str, Any]) -> None:
    key = find_key(declarations, name)
    kind = str(lookup(declarations[key], "type", "")).lower() if key is not None else ""
    if kind and kind not in SECURE:
        raise ArmError(
            400, "InvalidTemplate",
            f"Deployment template validation failed: 'The template parameter '{name}' references a key vault secret "
            f"and must be of type 'SecureString' or 'SecureObject'. {_SEE}'.",
        )  # fmt: skip


def _check_vault(azure: Azure, name: str, vault_id: str) -> None:
    vault = azure.store.get(vault_id)
    if vault is None:
        raise ArmError(
            400,
            "KeyVaultParameterReferenceNotFound",
            f"The specified KeyVault '{vault_id}' could not be found. {_SEE}",
        )
    if lookup(vault.get("properties") or {}, "enabledForTemplateDeployment") is not True:
        raise _not_retrieved(
            name, "Forbidden", "Access denied to first party service. The vault is not enabled for template deployment."
        )


def _value(azure: Azure, name: str, secret_id: str, version: Any) -> str:
    document = azure.store.get(secret_id)
    properties: Document = {} if document is None else document.get("properties") or {}
    uri = str(properties.get("secretUriWithVersion") or f"https://vault.invalid{secret_id}")
    if document is None or (version and uri.rsplit("/", 1)[-1].lower() != str(version).lower()):
        shown = "/".join(one for one in (secret_id.rsplit("/", 1)[-1], version) if one)
        raise _not_retrieved(
            name, "NotFound", f"A secret with (name/id) {shown} was not found in this key vault.",
        )  # fmt: skip
    value = properties.get("value")
    return value if isinstance(value, str) else uri


def _not_retrieved(name: str, status: str, why: str) -> ArmError:
    return ArmError(
        400, "KeyVaultParameterReferenceSecretRetrieveFailed",
        f"The secret of KeyVault parameter '{name}' cannot be retrieved. Http status code: '{status}'. Error message: "
        f"'{why}'. {_SEE}",
    )  # fmt: skip
