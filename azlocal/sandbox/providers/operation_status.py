"""The status and result URLs of long-running operations."""

from __future__ import annotations

from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.headers import location_headers
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

_SCOPE = "/subscriptions/{subscription}/providers/{namespace}/locations/{location}"


def register(azure: Azure) -> None:
    """Register both URLs, for every provider."""
    for name, handler in (("operationStatuses", status), ("operationResults", result)):
        action = f"{{namespace}}/locations/{name}/read"
        azure.router.add("GET", f"{_SCOPE}/{name}/{{operation}}", handler, action=action)


def status(call: Call) -> Response:
    """Answer `Azure-AsyncOperation`: always 200 with the operation's status."""
    return reply(operation_of(call).body(), 200, {} if operation_of(call).done else {"retry-after": "15"})


def result(call: Call) -> Response:
    """Answer `Location`: 202 while running, then the result or the error."""
    operation = operation_of(call)
    if not operation.done:
        return reply(None, 202, location_headers(call, operation))
    if operation.error is not None:
        return reply({"error": operation.error}, 409)
    document = call.azure.store.get(operation.resource_id)
    return (
        reply(document) if document is not None else reply(operation.properties, 200 if operation.properties else 204)
    )


def operation_of(call: Call) -> Operation:
    """Return the operation that a status address names; raise OperationNotFound (404)."""
    operation = call.azure.operations.get(call.param("operation"))
    if operation is None:
        raise ArmError(404, "OperationNotFound", f"The operation '{call.param('operation')}' could not be found.")
    return operation
