"""Microsoft.Resources/deployments at resource groups and subscriptions: the routes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from azlocal.sandbox.api_versions import DEPLOYMENTS, RESOURCES
from azlocal.sandbox.providers.deployment_asks import KIND, Ask, malformed, read_ask
from azlocal.sandbox.providers.deployment_documents import validated
from azlocal.sandbox.providers.deployment_preflight import spelled
from azlocal.sandbox.providers.deployment_runs import STEP
from azlocal.sandbox.providers.deployment_service import Deployments
from azlocal.sandbox.providers.deployment_whatif import changes
from azlocal.sandbox.providers.headers import async_headers, location_headers
from azlocal.sandbox.providers.odata import filter_of, matches, top_of
from azlocal.sandbox.providers.operation_status import operation_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.hashes import minified, template_hash
from azlocal.sandbox.templates.ids import below, group_id
from azlocal.sandbox.templates.template import LARGEST
from azlocal.sandbox.templates.values import lookup
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

# Nested deployments of old templates name versions that the clients of today do not.
VERSIONS = DEPLOYMENTS | RESOURCES | {"2014-04-01-preview", "2015-01-01", "2019-09-01"}
RETRY_AFTER = 5  # seconds between polls of a deployment; chosen, not measured
_CORRELATION = "x-ms-correlation-request-id"
_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = f"{_SUBSCRIPTION}/resourceGroups/{{group}}"


def register(azure: Azure) -> None:
    """Register all routes at both scopes, and how a template or another provider begins a deployment."""
    doors = Doors(Deployments(azure))
    azure.resource_type(KIND, doors.deployments)
    for scope in (_GROUP, _SUBSCRIPTION):
        _add_scope(azure, doors, f"{scope}/providers/{KIND}")
    # The operations of a group's deployment are also found without the provider; the SDK asks there.
    _add_operations(azure, doors, f"{_GROUP}/deployments/{{deployment}}")
    _add(azure, "POST", "/providers/Microsoft.Resources/calculateTemplateHash", calculate_hash, "")


def _add_scope(azure: Azure, doors: Doors, every: str) -> None:
    one = f"{every}/{{deployment}}"
    for method, template, handler, verb in (
        ("GET", every, doors.list_all, "read"),
        ("PUT", one, doors.put, "write"),
        ("GET", one, doors.get, "read"),
        ("HEAD", one, doors.head, "read"),
        ("DELETE", one, doors.delete, "delete"),
        ("POST", f"{one}/validate", doors.validate, "validate/action"),
        ("POST", f"{one}/whatIf", doors.what_if, "whatIf/action"),
        ("POST", f"{one}/cancel", doors.cancel, "cancel/action"),
        ("POST", f"{one}/exportTemplate", doors.export, "exportTemplate/action"),
        ("GET", f"{one}/operationStatuses/{{operation}}", doors.status, "operationstatuses/read"),
        ("GET", f"{one}/operationResults/{{operation}}", doors.result, "operationstatuses/read"),
    ):
        _add(azure, method, template, handler, verb)
    _add_operations(azure, doors, one)


def _add_operations(azure: Azure, doors: Doors, one: str) -> None:
    _add(azure, "GET", f"{one}/operations", doors.operations, "operations/read")
    _add(azure, "GET", f"{one}/operations/{{operation}}", doors.operation, "operations/read")


def _add(azure: Azure, method: str, template: str, handler: Callable[[Call], Response], verb: str) -> None:
    action = f"{KIND}/{verb}" if verb else ""
    azure.router.add(method, template, handler, resource_type=KIND, api_versions=VERSIONS, action=action)


class Doors:
    """Answers requests about deployments."""

    def __init__(self, deployments: Deployments) -> None:
        self.deployments = deployments

    def put(self, call: Call) -> Response:
        """Take a deployment: 201 for a new name, 200 for one used before."""
        written = self.deployments.submit(self._ask(call))
        headers = {} if written.operation is None else async_headers(call, written.operation, RETRY_AFTER)
        headers[_CORRELATION] = written.document["properties"]["correlationId"]
        return reply(written.document, 201 if written.created else 200, headers)

    def _ask(self, call: Call) -> Ask:
        if len(call.request.body) > LARGEST:
            raise ArmError(
                413, "RequestContentTooLarge",
                f"The request content size exceeds the maximum size of '{LARGEST // 1024 // 1024} MB'.",
            )  # fmt: skip
        return read_ask(
            call.azure, _scope(call), call.param("deployment"), call.request.json(),
            correlation=call.request.headers.get(_CORRELATION) or self.deployments.new_guid(),
            principal=call.principal, at=call.now,
        )  # fmt: skip

    def _found(self, call: Call) -> Document:
        document = self.deployments.find(below(_scope(call), KIND, call.param("deployment")), call.now)
        if document is None:
            text = f"Deployment '{call.param('deployment')}' could not be found."
            raise ArmError(404, "DeploymentNotFound", text)
        return document

    def get(self, call: Call) -> Response:
        """Answer one deployment."""
        return reply(self._found(call))

    def head(self, call: Call) -> Response:
        """Say whether a deployment is there."""
        known = self.deployments.find(below(_scope(call), KIND, call.param("deployment")), call.now)
        return Response(404 if known is None else 204)

    def list_all(self, call: Call) -> Response:
        """Answer the deployments of a scope, the latest first; `$filter` takes the provisioning state."""
        wanted = filter_of(call)
        known = (self.deployments.find(one["id"], call.now) for one in self.deployments.history.of_scope(_scope(call)))
        fitting = (one for one in known if one is not None and matches(wanted, partial(_value, one)))
        return page(call, fitting, top_of(call))

    def validate(self, call: Call) -> Response:
        """Check a deployment without taking it."""
        ask = self._ask(call)
        foreseen = self.deployments.checked(ask)
        return reply(validated(foreseen), 200, {_CORRELATION: ask.correlation})

    def what_if(self, call: Call) -> Response:
        """Begin to compute what a deployment would change; the result is found at `Location`."""
        ask, body = self._ask(call), call.request.json()
        settings = lookup(lookup(body, "properties"), "whatIfSettings") or {}
        ids_only = str(lookup(settings, "resultFormat", "")).lower() == "resourceidonly"
        operation = call.azure.operations.begin(ask.id, ask.id, call.now)
        operation.properties = self._changes(ask, ids_only=ids_only)
        call.azure.after(call.now, STEP, lambda at: operation.end("Succeeded", at))
        headers = location_headers(call, operation, RETRY_AFTER)
        return reply(None, 202, {**headers, _CORRELATION: ask.correlation})

    def _changes(self, ask: Ask, *, ids_only: bool) -> Document:
        try:
            found = changes(self.deployments.azure, self.deployments.checked(ask), ids_only=ids_only)
        except ArmError as error:
            return {"status": "Failed", "error": error.error()}
        return {"status": "Succeeded", "properties": {"changes": found}}

    def cancel(self, call: Call) -> Response:
        """End a running deployment; what the providers have begun goes on."""
        self.deployments.cancel(self._found(call), call.now)
        return Response(204)

    def delete(self, call: Call) -> Response:
        """Take a deployment out of the history; its resources stay."""
        document = self.deployments.find(below(_scope(call), KIND, call.param("deployment")), call.now)
        if document is None:
            return Response(204)
        self.deployments.forget(document)
        operation = call.azure.operations.begin(document["id"], document["id"], call.now)
        call.azure.after(call.now, STEP, lambda at: operation.end("Succeeded", at))
        return reply(None, 202, location_headers(call, operation, RETRY_AFTER))

    def export(self, call: Call) -> Response:
        """Answer the template of a deployment."""
        document = self._found(call)
        run = self.deployments.run(document["id"])
        if run is None:
            raise ArmError(
                404, "DeploymentTemplateNotFound", f"The template of the deployment '{document['name']}' is not kept."
            )
        return reply({"template": run.ask.template})

    def status(self, call: Call) -> Response:
        """Answer `Azure-AsyncOperation`: the deployment's state as long as this is its last run."""
        operation = operation_of(call)
        run = self.deployments.run(operation.resource_id)
        self.deployments.find(operation.resource_id, call.now)
        current = run is not None and run.operation is operation and run.state == "Accepted"
        body: Document = {"status": operation.status if operation.done else "Accepted" if current else "Running"}
        if operation.error is not None:
            body["error"] = operation.error
        return reply(body, 200, {} if operation.done else {"retry-after": str(RETRY_AFTER)})

    def result(self, call: Call) -> Response:
        """Answer `Location`: 202 while it goes on, then the result, or 204 when there is none to show."""
        operation = operation_of(call)
        if not operation.done:
            return reply(None, 202, location_headers(call, operation, RETRY_AFTER))
        return reply(operation.properties, 200 if operation.properties else 204)

    def operations(self, call: Call) -> Response:
        """Answer what a deployment has done, one entry for each resource."""
        return page(call, self._operations(call), top_of(call))

    def operation(self, call: Call) -> Response:
        """Answer one entry."""
        wanted = call.param("operation").lower()
        for entry in self._operations(call):
            if entry["operationId"].lower() == wanted:
                return reply(entry)
        text = f"Deployment operation '{call.param('operation')}' could not be found."
        raise ArmError(404, "DeploymentOperationNotFound", text)

    def _operations(self, call: Call) -> list[Document]:
        document = self._found(call)
        run = self.deployments.run(document["id"])
        return [] if run is None else [step.document(document["id"]) for step in run.steps]


def _scope(call: Call) -> str:
    group = call.params.get("group")
    subscription = call.param("subscription")
    return spelled(call.azure, group_id(subscription, group) if group else f"/subscriptions/{subscription}")


def _value(document: Document, name: str) -> Any:
    known = {"name": document["name"], "provisioningstate": document["properties"]["provisioningState"]}
    return known.get(name.rsplit("/", 1)[-1].rsplit(".", 1)[-1])


def calculate_hash(call: Call) -> Response:
    """Answer the hash of the template in the body."""
    template = call.request.json()
    if not isinstance(template, dict):
        raise malformed("The template must be a JSON object")
    return reply({"minifiedTemplate": minified(template), "templateHash": template_hash(template)})
