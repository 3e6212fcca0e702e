"""Where events come from: requests of clients, and what template deployments write.

No source says whether a write that goes on is told of when it is accepted or when it has ended: that is a switch.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from azlocal.sandbox.events import Caller
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.wire import Request, Response
from azlocal.sandbox.world import Azure, Principal

_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
_SILENT = frozenset({401, 404, 405})
"""What never reached a resource."""


def by_request(azure: Azure, request: Request, response: Response, principal: Principal | None, now: datetime) -> None:
    """Raise what Azure raises for a client's request that was answered."""
    if request.method in {"GET", "HEAD"} or principal is None or response.status in _SILENT:
        return
    if not request.path.lower().startswith("/subscriptions/"):
        return
    status = "Succeeded" if response.status < 400 else "Failed"
    followed = response.headers.get("azure-asyncoperation") or response.headers.get("location") or ""
    operation = azure.operations.get(urlsplit(followed).path.rsplit("/", 1)[-1]) if followed else None
    path = request.path.rstrip("/")
    correlation = response.headers.get("x-ms-correlation-request-id", "")
    raised(azure, path, _kind(path), request.method, status, now, principal, correlation, operation)


def raised(
    azure: Azure, resource_id: str, kind: str, method: str, status: str, now: datetime,
    principal: Principal | None, correlation: str, operation: Operation | None,
) -> None:  # fmt: skip
    """Raise one event now, or when *operation* ends."""
    if principal is None:
        return
    caller = Caller(principal.client_id, principal.object_id, azure.tenant_id)

    def tell(how: str, at: datetime) -> None:
        azure.events.add(
            resource_id, kind, method=method, status=how, at=at, caller=caller, correlation=correlation
        )  # fmt: skip

    if operation is None or status != "Succeeded" or azure.switch("event-of-long-write") == "acceptance":
        tell(status, now)
    else:
        operation.on_end(lambda ended, at: tell(ended.status, at), now)


def _kind(path: str) -> str:
    """Return the type of the resource or the action at *path*."""
    parts = path.strip("/").split("/")
    own = max((place for place, part in enumerate(parts) if part.lower() == "providers"), default=-1)
    if own < 0 or len(parts) < own + 3:
        return _GROUP
    return "/".join([parts[own + 1], *parts[own + 2 :: 2]])
