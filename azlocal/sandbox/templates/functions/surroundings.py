"""Functions that tell of the deployment itself: its values, its place, its caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azlocal.sandbox.templates.functions.checks import want_integer, want_text
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.scope import Scope, not_expected


@function("parameters", 1, takes="scope")
def parameter(scope: Scope, name: Any) -> Any:
    """Return the value of a parameter."""
    return scope.parameters.get(want_text("parameters", name))


@function("variables", 1, takes="scope")
def variable(scope: Scope, name: Any) -> Any:
    """Return the value of a variable."""
    if scope.in_function:
        raise not_expected("variables")
    return scope.variables.get(want_text("variables", name))


@function("copyIndex", 0, 2, takes="scope")
def copy_index(scope: Scope, *given: Any) -> int:
    """Return the round of a loop, the innermost one unless named, plus an offset."""
    named = given[:1] if given and isinstance(given[0], str) else ()
    offset = given[len(named) :]
    return scope.index(named[0] if named else None) + sum(want_integer("copyIndex", one) for one in offset)


@function("subscription", 0, takes="scope")
def subscription(scope: Scope) -> Mapping[str, Any]:
    """Return the subscription of the deployment."""
    return _known("subscription", scope.place.subscription)


@function("resourceGroup", 0, takes="scope")
def resource_group(scope: Scope) -> Mapping[str, Any]:
    """Return the resource group of the deployment."""
    return _known("resourceGroup", scope.place.resource_group)


@function("managementGroup", 0)
def management_group() -> Mapping[str, Any]:
    """Refuse: no deployment here is at the scope of a management group."""
    raise not_expected("managementGroup")


@function("tenant", 0, takes="scope")
def tenant(scope: Scope) -> Mapping[str, Any]:
    """Return the tenant of the deployment."""
    return scope.place.tenant


@function("deployment", 0, takes="scope")
def deployment(scope: Scope) -> Mapping[str, Any]:
    """Return the deployment."""
    return scope.place.deployment


@function("deployer", 0, takes="scope")
def deployer(scope: Scope) -> Mapping[str, Any]:
    """Return who deploys."""
    return scope.place.deployer


@function("environment", 0, takes="scope")
def environment(scope: Scope) -> Mapping[str, Any]:
    """Return the cloud of the deployment."""
    return scope.place.environment


def _known(name: str, value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is None:
        raise not_expected(name)
    return value
