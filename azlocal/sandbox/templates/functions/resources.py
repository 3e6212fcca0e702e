"""Functions that make ids, and functions that ask deployed resources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import want_text
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.ids import below, group_id
from azlocal.sandbox.templates.scope import TENANT, Scope

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@function("resourceId", 2, None, takes="scope")
def resource_id(scope: Scope, *parts: Any) -> str:
    """Return an id in the deployment's scope, or in a given group, perhaps of a given subscription."""
    before, kind, names = _arranged("resourceId", parts)
    return below(_scope_of(scope, before), kind, names)


def _scope_of(scope: Scope, before: Sequence[str]) -> str:
    subscription = _subscription(scope)
    if not before:
        return scope.place.scope
    if len(before) == 1 and scope.place.resource_group is None:
        return f"/subscriptions/{_guid(before[0])}"
    if len(before) == 1:
        return group_id(subscription, before[0])
    if len(before) == 2:
        return group_id(_guid(before[0]), before[1])
    raise _refused("resourceId", "function accepts at most a subscription and a resource group before the type.")


@function("subscriptionResourceId", 2, None, takes="scope")
def subscription_resource_id(scope: Scope, *parts: Any) -> str:
    """Return an id right below a subscription."""
    before, kind, names = _arranged("subscriptionResourceId", parts)
    return below(f"/subscriptions/{_guid(before[0]) if before else _subscription(scope)}", kind, names)


@function("tenantResourceId", 2, None)
def tenant_resource_id(*parts: Any) -> str:
    """Return an id right below the tenant."""
    _, kind, names = _arranged("tenantResourceId", parts)
    return below(TENANT, kind, names)


@function("managementGroupResourceId", 2, None)
def management_group_resource_id(*parts: Any) -> str:
    """Return an id below a management group, which has to be named."""
    before, kind, names = _arranged("managementGroupResourceId", parts)
    if not before:
        raise _refused("managementGroupResourceId", "the deployment is not at the scope of a management group.")
    return below(f"/providers/Microsoft.Management/managementGroups/{before[0]}", kind, names)


@function("extensionResourceId", 3, None)
def extension_resource_id(base: Any, *parts: Any) -> str:
    """Return the id of a resource that extends *base*."""
    _, kind, names = _arranged("extensionResourceId", parts)
    return below(want_text("extensionResourceId", base), kind, names)


def _arranged(name: str, parts: Sequence[Any]) -> tuple[list[str], str, str]:
    """Return what stands before the type, the type, and the names joined."""
    texts = [want_text(name, part) for part in parts]
    types = [at for at, text in enumerate(texts) if "/" in text]
    if len(types) != 1:
        raise _refused(
            name,
            "function requires exactly one multi-segmented argument which must be resource type including resource "
            f"provider namespace. Current function arguments '{','.join(texts)}'.",
        )
    kind, names = texts[types[0]], texts[types[0] + 1 :]
    if kind.count("/") != len(names):
        raise _refused(name, f"the type '{kind}' requires '{kind.count('/')}' resource name argument(s).")
    return texts[: types[0]], kind, "/".join(names)


def _subscription(scope: Scope) -> str:
    return str((scope.place.subscription or {}).get("subscriptionId", ""))


def _guid(text: str) -> str:
    if _GUID.fullmatch(text) is None:
        raise TemplateError(
            f"The provided value '{text}' is not valid subscription identifier. {see('arm-functions#resourceid')}"
        )
    return text


def _refused(name: str, why: str) -> TemplateError:
    return TemplateError(
        f"Unable to evaluate template language function '{name}': {why} {see(f'arm-functions#{name.lower()}')}"
    )


@function("reference", 1, 3, takes="scope")
def reference(scope: Scope, resource: Any, api_version: Any = None, whole: Any = "") -> Any:
    """Return a resource's properties, or with `'Full'` all of it."""
    full = want_text("reference", whole or "").lower() == "full"
    version = None if api_version is None else want_text("reference", api_version)
    return scope.runtime.reference("reference", want_text("reference", resource), version, full=full)


@function("references", 1, 2, takes="scope")
def references(scope: Scope, loop: Any, whole: Any = "") -> Any:
    """Return what `reference` returns, for every resource of a loop."""
    full = want_text("references", whole or "").lower() == "full"
    return scope.runtime.references("references", want_text("references", loop), full=full)


@function("resourceInfo", 1, takes="scope")
def resource_info(scope: Scope, symbol: Any) -> Any:
    """Return id, name, type and api-version of a resource by its symbolic name."""
    return scope.runtime.info("resourceInfo", want_text("resourceInfo", symbol))


@function("list*", 1, 3, takes="name")
def act(scope: Scope, name: str, resource: Any, api_version: Any = None, body: Any = None) -> Any:
    """Return what a provider answers to an action whose name begins with `list`."""
    version = None if api_version is None else want_text(name, api_version)
    return scope.runtime.act(name, want_text(name, resource), version, body)
