"""The headers by which a client follows a long-running operation."""

from __future__ import annotations

from azlocal.sandbox.operations import Operation
from azlocal.sandbox.world import Call


def async_headers(call: Call, operation: Operation, retry_after: int = 15) -> dict[str, str]:
    """Return `Azure-AsyncOperation` and `Retry-After` (whole seconds)."""
    return {"azure-asyncoperation": _url(call, operation.path), "retry-after": str(retry_after)}


def location_headers(call: Call, operation: Operation, retry_after: int = 15) -> dict[str, str]:
    """Return `Location` (the operation's result) and `Retry-After`."""
    path = operation.path.replace("/operationStatuses/", "/operationResults/")
    return {"location": _url(call, path), "retry-after": str(retry_after)}


def _url(call: Call, path: str) -> str:
    return f"{call.request.base}{path}?api-version={call.api_version}"
