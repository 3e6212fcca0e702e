"""From what is asked to a plan: where the deployment stands, what its parameters are, what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from azlocal.sandbox.providers.deployment_asks import Ask
from azlocal.sandbox.providers.deployment_vault import resolved
from azlocal.sandbox.store import Document, group_of, subscription_of
from azlocal.sandbox.templates.errors import MalformedTemplateError, TemplateError
from azlocal.sandbox.templates.expansion import Plan, expand
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import Place, Scope
from azlocal.sandbox.templates.template import Template, read
from azlocal.sandbox.templates.values import find_key, lookup
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

# Source: documentation of the template function `environment`.
ENVIRONMENT: Mapping[str, Any] = {
    "name": "AzureCloud",
    "gallery": "https://gallery.azure.com/",
    "graph": "https://graph.windows.net/",
    "portal": "https://portal.azure.com",
    "graphAudience": "https://graph.windows.net/",
    "activeDirectoryDataLake": "https://datalake.azure.net/",
    "batch": "https://batch.core.windows.net/",
    "media": "https://rest.media.azure.net",
    "sqlManagement": "https://management.core.windows.net:8443/",
    "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
    "resourceManager": "https://management.azure.com/",
    "authentication": {
        "loginEndpoint": "https://login.microsoftonline.com/",
        "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
        "tenant": "common",
        "identityProvider": "AAD",
    },
    "suffixes": {
        "acrLoginServer": ".azurecr.io",
        "azureDatalakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
        "azureDatalakeStoreFileSystem": "azuredatalakestore.net",
        "azureFrontDoorEndpointSuffix": "azurefd.net",
        "keyvaultDns": ".vault.azure.net",
        "sqlServerHostname": ".database.windows.net",
        "storage": "core.windows.net",
    },
}
_ACCEPTED = "Accepted"


def plan_of(azure: Azure, ask: Ask, upcoming: Mapping[str, Document] | None = None) -> Plan:
    """Return the plan; raise `ArmError`: InvalidTemplate, or what ARM answers to a vault reference.

    Raises `KnownAtRunTimeError` when a parent template gives values that only exist later and the plan needs them.

    *upcoming* holds resource groups that the same template is about to create, by id in lower case.
    """
    with refusing():
        template = read(ask.template)
        place = _place(azure, ask, template, upcoming or {})
        return expand(template, _values(azure, ask, template, place), place)


@contextmanager
def refusing() -> Iterator[None]:
    """Answer a template that is not valid, or too deep to be computed, as ARM does."""
    try:
        yield
    except TemplateError as error:
        raise refused(error) from error
    except RecursionError as error:
        raise refused(TemplateError("The template is nested too deeply, or a function calls itself.")) from error


def refused(error: TemplateError) -> ArmError:
    """Return ARM's answer to a template that is not valid."""
    if isinstance(error, MalformedTemplateError):
        return ArmError(
            400,
            "InvalidRequestContent",
            f"The request content was invalid and could not be deserialized: '{error.message}'.",
        )
    info = {"lineNumber": 0, "linePosition": 0, "path": error.path}
    return ArmError(
        400, "InvalidTemplate", f"Deployment template validation failed: '{error.message}'.",
        additional_info=[{"type": "TemplateViolation", "info": info}],
    )  # fmt: skip


def _values(azure: Azure, ask: Ask, template: Template, place: Place) -> dict[str, Any]:
    values = {}
    for name, told in ask.given.items():
        if find_key(told, "reference") is not None:
            _require_vault(azure, ask, lookup(told, "reference"))
            values[name] = resolved(azure, name, lookup(told, "reference"), template.parameters)
        elif find_key(told, "expression") is not None:
            values[name] = resolve(lookup(told, "expression"), Scope(place))
        else:
            values[name] = lookup(told, "value")
    return values


def _require_vault(azure: Azure, ask: Ask, reference: Any) -> None:
    """Ask for the right to deploy from a vault. Source: documentation of key vault references in templates."""
    vault = lookup(lookup(reference, "keyVault") or {}, "id") if isinstance(reference, dict) else None
    if isinstance(vault, str) and vault:
        deploy = ("Microsoft.KeyVault/vaults/deploy/action", vault)
        azure.require_linked(ask.principal, ("Microsoft.Resources/deployments/write", ask.id), deploy)


def _place(azure: Azure, ask: Ask, template: Template, upcoming: Mapping[str, Document]) -> Place:
    subscription = azure.store.get(f"/subscriptions/{subscription_of(ask.scope)}")
    if subscription is None:
        text = f"The subscription '{subscription_of(ask.scope)}' could not be found."
        raise ArmError(404, "SubscriptionNotFound", text)
    return Place(
        ask.scope, _tenant(azure), _subscription(azure, subscription), _group(azure, ask, upcoming),
        _deployment(ask, template), _deployer(azure, ask), ENVIRONMENT, ask.at,
        lambda: str(uuid.UUID(int=azure.random.getrandbits(128), version=4)),
    )  # fmt: skip


def _tenant(azure: Azure) -> dict[str, Any]:
    return {
        "id": f"/tenants/{azure.tenant_id}",
        "tenantId": azure.tenant_id,
        "countryCode": "US",
        "displayName": "Sandbox",
    }


def _subscription(azure: Azure, document: Document) -> dict[str, Any]:
    return {
        "id": document["id"],
        "subscriptionId": document["id"].rsplit("/", 1)[-1],
        "tenantId": document.get("tenantId", azure.tenant_id),
        "displayName": document.get("displayName", ""),
    }


def group_document(azure: Azure, scope: str, upcoming: Mapping[str, Document]) -> Document:
    """Return a resource group that is there or about to be, or raise `ArmError` (404)."""
    document = azure.store.get(scope) or upcoming.get(scope.lower())
    if document is None:
        name = scope.rsplit("/", 1)[-1]
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
    return document


def _group(azure: Azure, ask: Ask, upcoming: Mapping[str, Document]) -> dict[str, Any] | None:
    if not group_of(ask.scope):
        return None
    document = group_document(azure, ask.scope, upcoming)
    shown: dict[str, Any] = {
        name: document[name] for name in ("id", "name", "location", "managedBy", "tags") if name in document
    }
    return {
        **shown,
        "type": "Microsoft.Resources/resourceGroups",
        "properties": {"provisioningState": "Succeeded"},
    }


def _deployment(ask: Ask, template: Template) -> dict[str, Any]:
    raw = template.raw
    sections: dict[str, Any] = {name: lookup(raw, name) for name in ("$schema", "contentVersion")}
    sections |= {"parameters": {}, "variables": {}, "resources": [], "outputs": {}}
    properties: dict[str, Any] = {
        "template": sections, "parameters": ask.given, "mode": ask.mode, "provisioningState": _ACCEPTED,
    }  # fmt: skip
    if "templateLink" in ask.echo:
        properties["templateLink"] = ask.echo["templateLink"]
    shown: dict[str, Any] = {"name": ask.name, "properties": properties}
    return {**shown, "location": ask.location} if ask.location else shown


def _deployer(azure: Azure, ask: Ask) -> dict[str, Any]:
    return {
        "objectId": ask.principal.object_id if ask.principal is not None else "",
        "tenantId": azure.tenant_id,
        "userPrincipalName": "",
    }
