"""What templates ask of deployed resources while they run: `reference`, `references`, `list*`, `resourceInfo`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from azlocal.sandbox import event_source
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.deployment_asks import Ask
from azlocal.sandbox.providers.ids import not_found
from azlocal.sandbox.rbac import forbidden
from azlocal.sandbox.rbac_actions import filled, named, scope_of
from azlocal.sandbox.router import Match
from azlocal.sandbox.store import Document, group_of, subscription_of
from azlocal.sandbox.templates.dependencies import Directory
from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.ids import taken_apart
from azlocal.sandbox.templates.planned import Planned
from azlocal.sandbox.wire import ArmError, Request, Response
from azlocal.sandbox.world import Azure, Call, Written

Asked = Callable[[str, str], None]


def send(
    azure: Azure, ask: Ask, method: str, resource_id: str, version: str, now: datetime, body: Any = None
) -> Response:
    """Return what the provider of a resource answers to a request ARM makes on the caller's behalf; raise `ArmError`."""
    content = b"" if body is None else json.dumps(body).encode()
    request = Request(method, resource_id, {"api-version": version}, {"host": "management.azure.com"}, content)
    match = _route(azure, method, resource_id)
    if match is None:
        raise not_found(resource_id)
    _require_right(azure, ask, match, resource_id)
    return match.route.handler(Call(azure, request, match.params, version, ask.principal, now))


def _require_right(azure: Azure, ask: Ask, match: Match, path: str) -> None:
    action = filled(match.route.action, match.params)
    if ask.principal is not None and action and not azure.may(ask.principal, action, scope_of(path)):
        raise forbidden(ask.principal, action, scope_of(path))


def write(azure: Azure, ask: Ask, planned: Planned, body: Document, now: datetime) -> Written:
    """Write a resource as its provider does: by its writer, or else by its PUT; raise `ArmError` when it refuses.

    Event Grid tells of it as of any other write of the deployment's caller.
    """

    def tell(status: str, operation: Operation | None = None) -> None:
        kind, caller, correlation = planned.type, ask.principal, ask.correlation
        event_source.raised(azure, planned.id, kind, "PUT", status, now, caller, correlation, operation)

    try:
        written = _write(azure, ask, planned, body, now)
    except ArmError:
        tell("Failed")
        raise
    tell("Succeeded", written.operation)
    return written


def _write(azure: Azure, ask: Ask, planned: Planned, body: Document, now: datetime) -> Written:
    writer = azure.types.get(planned.kind.lower())
    if writer is not None:
        return writer.put(azure, planned.id, body, now=now, principal=ask.principal)
    answer = send(azure, ask, "PUT", planned.id, planned.api_version, now, body)
    followed = urlsplit(answer.headers.get("azure-asyncoperation", "")).path.rsplit("/", 1)[-1]
    return Written(answer.json(), answer.status == 201, azure.operations.get(followed))


def _route(azure: Azure, method: str, path: str) -> Match | None:
    return next((one for one in azure.router.match(path) if one.route.method == method), None)


@dataclass(frozen=True, slots=True)
class Lookups:
    """Answers a running deployment's questions at one moment. *asked* is told of every operation that this makes."""

    azure: Azure
    ask: Ask
    directory: Directory
    now: datetime
    asked: Asked

    def reference(self, function: str, resource: str, api_version: str | None, *, full: bool) -> Any:
        """Return a resource's properties, or all of it."""
        planned = self._planned(resource)
        if planned is not None:
            return self._state(planned.id, planned.api_version, full=full)
        if not resource.startswith("/") or api_version is None:
            raise _unknown(resource)
        self._require_read(resource)
        state = self._state(resource, api_version, full=full)
        self.asked("Read", resource)
        return state

    def references(self, function: str, loop: str, *, full: bool) -> Any:
        """Return what `reference` returns, for every resource of a loop."""
        found = self.directory.find(loop)
        if not found:
            raise _unknown(loop)
        return [self._state(one.id, one.api_version, full=full) for one in found]

    def act(self, function: str, resource: str, api_version: str | None, body: Any) -> Any:
        """Return what a resource's provider answers to an action."""
        planned = self._planned(resource)
        if planned is None and (not resource.startswith("/") or api_version is None):
            raise _unknown(resource)
        resource_id = planned.id if planned is not None else resource
        version = api_version or (planned.api_version if planned is not None else "")
        if _route(self.azure, "POST", f"{resource_id}/{function}") is None:
            raise ArmError(404, "NotFound", f"The resource '{resource_id}' has no action '{function}'.")
        answer = send(self.azure, self.ask, "POST", f"{resource_id}/{function}", version, self.now, body).json()
        self.asked("Action", resource_id)
        return answer

    def info(self, function: str, symbol: str) -> Any:
        """Return what a template knows of a resource by itself."""
        planned = self._planned(symbol)
        if planned is None:
            raise _unknown(symbol)
        return {"id": planned.id, "name": planned.name, "type": planned.type, "apiVersion": planned.api_version}

    def _planned(self, name: str) -> Planned | None:
        found = self.directory.find(name)
        if len(found) > 1 and all(one.symbol for one in found):
            raise TemplateError(
                f"The template reference '{name}' is not valid: it is a loop, whose resources the function "
                f"'references' returns. {see('arm-function-reference')}"
            )
        return next((one for one in found if one.deploys), found[0] if found else None)

    def _state(self, resource_id: str, api_version: str, *, full: bool) -> Any:
        document = self._document(resource_id, api_version)
        if not full:
            return document.get("properties") or {}
        parts = taken_apart(document["id"]) or taken_apart(resource_id)
        relative = f"{parts.type}/{parts.name}" if parts is not None else document["id"]
        group = document["id"].split("/")[4] if group_of(document["id"]) else ""
        return {
            **document, "apiVersion": api_version, "resourceId": relative, "resourceGroupName": group,
            "subscriptionId": subscription_of(document["id"]),
        }  # fmt: skip

    def _require_read(self, resource_id: str) -> None:
        """ARM reads with the rights of who deploys. Source: documentation of `reference`; for what the template itself
        deploys, no read is asked for, which is inferred.
        """
        document, principal = self.azure.store.get(resource_id), self.ask.principal
        action = named(document["type"], "read") if document is not None else ""
        if principal is not None and action and not self.azure.may(principal, action, resource_id):
            raise forbidden(principal, action, resource_id)

    def _document(self, resource_id: str, api_version: str) -> Document:
        document = self.azure.store.get(resource_id)
        if document is not None:
            return document
        if _route(self.azure, "GET", resource_id) is None:
            raise not_found(resource_id)
        answer = send(self.azure, self.ask, "GET", resource_id, api_version, self.now)
        if answer.status >= 400:
            raise not_found(resource_id)
        found: Document = answer.json()
        return found


def _unknown(name: str) -> TemplateError:
    return TemplateError(
        f"The template reference '{name}' is not valid: could not find template resource or resource copy with this "
        f"name. {see('arm-function-reference')}"
    )


def as_arm_error(error: TemplateError, resource_id: str) -> ArmError:
    """Return the answer to an expression that fails while the deployment runs."""
    return ArmError(
        400,
        "InvalidTemplate",
        f"Unable to process template language expressions for resource '{resource_id}'. '{error.message}'",
    )
