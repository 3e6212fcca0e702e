"""What ARM checks before it takes a deployment: the whole template, nested ones included, types, rights, groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from azlocal.sandbox.providers.deployment_asks import Ask, read_ask
from azlocal.sandbox.providers.deployment_plans import plan_of, refusing
from azlocal.sandbox.rbac_actions import named
from azlocal.sandbox.store import Document, group_of
from azlocal.sandbox.templates.errors import KnownAtRunTimeError
from azlocal.sandbox.templates.expansion import Plan
from azlocal.sandbox.templates.planned import GROUPS, Planned, naming
from azlocal.sandbox.templates.scope import LATER
from azlocal.sandbox.templates.values import Unresolved, lookup
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Principal


@dataclass(slots=True)
class Foreseen:
    """A plan, the bodies it would send, and the plans of its nested deployments as far as they can be known."""

    ask: Ask
    plan: Plan
    bodies: list[tuple[Planned, Document]] = field(default_factory=list)
    nested: list[Foreseen] = field(default_factory=list)

    def all(self) -> Iterator[Planned]:
        """Yield everything that would be written, of all levels, nested deployments included."""
        for planned, _ in self.bodies:
            yield planned
        for child in self.nested:
            yield from child.all()

    def leaves(self) -> Iterator[tuple[Planned, Document]]:
        """Yield every resource that is no deployment, of all levels, with the body it would be sent."""
        for planned, body in self.bodies:
            if not planned.nested:
                yield planned, body
        for child in self.nested:
            yield from child.leaves()


def foresee(azure: Azure, ask: Ask, upcoming: dict[str, Document] | None = None) -> Foreseen:
    """Return what a deployment would do; raise `ArmError` when ARM would not take the template."""
    groups = {} if upcoming is None else upcoming
    foreseen = Foreseen(ask, plan_of(azure, ask, groups))
    with refusing():
        foreseen.bodies = list(_bodies(foreseen.plan))
        foreseen.plan.outputs(LATER)
    groups |= {planned.id.lower(): _group(planned, body) for planned, body in foreseen.bodies if _makes_group(planned)}
    for planned, body in foreseen.bodies:
        child = _nested(azure, ask, planned, body, groups) if planned.nested else None
        if child is not None:
            foreseen.nested.append(child)
    return foreseen


def _bodies(plan: Plan) -> Iterator[tuple[Planned, Document]]:
    for planned in plan.resources:
        if planned.deploys:
            with naming("resource", planned.name):
                yield planned, planned.body(LATER)


def _makes_group(planned: Planned) -> bool:
    return planned.type.lower() in GROUPS


def _group(planned: Planned, body: Document) -> Document:
    return {"id": planned.id, "name": planned.name, "location": body.get("location", ""), "tags": body.get("tags", {})}


def _nested(
    azure: Azure, parent: Ask, planned: Planned, body: Document, groups: dict[str, Document]
) -> Foreseen | None:
    properties = body.get("properties") or {}
    if any(isinstance(lookup(properties, name), Unresolved) for name in ("template", "parameters", "templateLink")):
        return None
    try:
        return foresee(azure, nested_ask(azure, parent, planned, body), groups)
    except KnownAtRunTimeError:
        return None
    except ArmError as error:
        # A vault may be made or opened by the same template before the nested deployment begins.
        if error.code.startswith("KeyVaultParameterReference"):
            return None
        raise


def nested_ask(azure: Azure, parent: Ask, planned: Planned, body: Document, at: Any = None) -> Ask:
    """Return what a parent template asks for in a nested deployment."""
    return read_ask(
        azure, spelled(azure, planned.hangs_on), planned.name, body, correlation=parent.correlation,
        principal=parent.principal, at=at or parent.at, nested=True,
    )  # fmt: skip


def spelled(azure: Azure, scope: str) -> str:
    """Return the id of a group or subscription as it is stored."""
    document = azure.store.get(scope)
    if document is None or not group_of(scope):
        return scope
    return f"/subscriptions/{document['id'].split('/')[2]}/resourceGroups/{document['name']}"


class Catalogue:
    """Which types and api-versions the sandbox's providers take."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._counted = (-1, -1)
        self._versions: dict[str, frozenset[str] | None] = {}
        self._writable: frozenset[str] = frozenset()
        self._namespaces: frozenset[str] = frozenset()

    def check(self, planned: Planned) -> None:
        """Raise `ArmError` when no provider takes the type or its api-version."""
        self._refresh()
        namespace, _, kind = planned.kind.partition("/")
        if namespace.lower() not in self._namespaces:
            raise ArmError(400, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
        if planned.kind.lower() not in self._writable:
            raise ArmError(
                400, "InvalidResourceType",
                f"The resource type '{kind}' could not be found in the namespace '{namespace}' for api version "
                f"'{planned.api_version}'.",
            )  # fmt: skip
        versions = self._versions.get(planned.kind.lower())
        if versions is not None and planned.api_version.lower() not in versions:
            raise ArmError(
                400, "NoRegisteredProviderFound",
                f"No registered resource provider found for location '{planned.location or 'global'}' and API version "
                f"'{planned.api_version}' for type '{kind}'. The supported api-versions are "
                f"'{', '.join(sorted(versions, reverse=True))}'.",
            )  # fmt: skip

    def _refresh(self) -> None:
        counted = (len(self._azure.router.routes), len(self._azure.types))
        if counted == self._counted:
            return
        self._counted = counted
        self._versions = {}
        for route in self._azure.router.routes:
            kind, before = route.resource_type.lower(), self._versions.get(route.resource_type.lower(), frozenset())
            free = route.api_versions is None or before is None
            self._versions[kind] = None if free else (before or frozenset()) | (route.api_versions or frozenset())
        puts = (route.resource_type.lower() for route in self._azure.router.routes if route.method == "PUT")
        self._writable = frozenset((*self._azure.types, *puts))
        kinds = (*self._azure.types, *self._versions)
        self._namespaces = frozenset(kind.split("/")[0] for kind in kinds if "/" in kind)


def check_resources(azure: Azure, catalogue: Catalogue, foreseen: Foreseen) -> None:
    """Raise `ArmError` for the first resource that no provider takes, or for all that the caller may not write."""
    for planned in foreseen.all():
        catalogue.check(planned)
    if foreseen.ask.level.lower() != "providernorbac":
        _check_rights(azure, foreseen)


def may_write(azure: Azure, principal: Principal, planned: Planned) -> bool:
    """Return whether *principal* may write what is planned: by its roles, or without RBAC by the law."""
    if azure.rbac:
        return azure.may(principal, named(planned.kind, "write"), planned.id)
    return azure.may_write(principal, planned.id)


def _check_rights(azure: Azure, foreseen: Foreseen) -> None:
    principal = foreseen.ask.principal
    if principal is None:
        return
    refused = [
        f"Authorization failed for template resource '{planned.name}' of type '{planned.type}'. The client "
        f"'{principal.client_id}' with object id '{principal.object_id}' does not have permission to perform action "
        f"'{planned.type}/write' at scope '{planned.id}'."
        for planned in foreseen.all()
        if not may_write(azure, principal, planned)
    ]
    if not refused:
        return
    said = (
        "The template deployment failed with error" if len(refused) == 1 else "Deployment failed with multiple errors"
    )
    raise ArmError(403, "InvalidTemplateDeployment", f"{said}: '{':'.join(refused)}'.")
