"""Azure's front door: ids, token, api-version, scope, route, faults, quotas, rights, journal."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from azlocal.sandbox import event_source, identity
from azlocal.sandbox.clock import stamp
from azlocal.sandbox.faults import Fault, Faults, ReplyDropped
from azlocal.sandbox.journal import Journal
from azlocal.sandbox.quotas import Buckets
from azlocal.sandbox.rbac import forbidden
from azlocal.sandbox.rbac_actions import filled, scope_of
from azlocal.sandbox.router import Match
from azlocal.sandbox.store import group_of, subscription_of
from azlocal.sandbox.wire import ArmError, Request, Response
from azlocal.sandbox.world import Azure, Call, Principal

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview|-alpha|-beta|-privatepreview)?", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PROVIDER = re.compile(r"/providers/(?P<namespace>[^/]+)(?:/(?P<type>[^/]+))?", re.IGNORECASE)
Handle = Callable[[Request], Response]
Sees = Callable[[str], bool]


@dataclass
class Front:
    """Serves requests one at a time over one world. `control` answers what is below `/_sandbox`."""

    azure: Azure
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    buckets: Buckets = field(default_factory=Buckets)
    control: Callable[[Front, Request], Response] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()

    def handle(self, request: Request) -> Response:
        """Answer one request; raise ReplyDropped when the connection is to be cut instead."""
        if request.path.startswith("/_sandbox") and self.control is not None:
            with self._lock:
                self.azure.settle()
                return _guarded(lambda: self.control(self, request) if self.control else Response(404))
        with self._lock:
            fault = self.faults.take(request)
        if fault is not None and fault.seconds and fault.kind != "late":
            self.azure.clock.sleep(fault.seconds)
        with self._lock:
            if fault is not None and fault.kind == "late":
                self._serve_later(request, fault)
                raise ReplyDropped
            response = self._serve(request, fault, self.azure.settle())
        if fault is not None and fault.kind.startswith("drop"):
            raise ReplyDropped
        return response

    def _serve_later(self, request: Request, fault: Fault) -> None:
        def land(at: datetime) -> None:
            self._serve(request, fault, at)

        self.azure.after(self.azure.settle(), timedelta(seconds=fault.seconds), land)

    def _serve(self, request: Request, fault: Fault | None, now: datetime) -> Response:
        before = self.azure.effects
        visit = _Visit(self, request, now)
        if fault is not None and fault.kind == "drop-before":
            response = Response(503)
        elif fault is not None and fault.kind == "status":
            response = fault.answer()
        else:
            response = _guarded(visit.answer)
        self._finish(request, response, now, visit.principal)
        event_source.by_request(self.azure, request, response, visit.principal, now)
        self.journal.add(
            at=stamp(now), method=request.method, path=request.path, query=dict(request.query),
            status=response.status, effect=self.azure.effects > before, fault=fault.kind if fault else None,
            principal=visit.principal.name if visit.principal else None, answered=len(response.body), sent=request,
        )  # fmt: skip
        return response

    def _finish(self, request: Request, response: Response, now: datetime, principal: Principal | None) -> None:
        ask = request.headers
        correlation = ask.get("x-ms-correlation-request-id") or str(uuid.UUID(int=self.azure.random.getrandbits(128)))
        hop = str(uuid.UUID(int=self.azure.random.getrandbits(128)))
        headers = {
            "date": format_datetime(now.replace(microsecond=0), usegmt=True),
            "cache-control": "no-cache",
            "pragma": "no-cache",
            "strict-transport-security": "max-age=31536000; includeSubDomains",
            "x-content-type-options": "nosniff",
            "x-ms-request-id": hop,
            "x-ms-correlation-request-id": response.headers.get("x-ms-correlation-request-id", correlation),
            "x-ms-routing-request-id": f"SANDBOX:{now.strftime('%Y%m%dT%H%M%SZ')}:{hop}",
            **self._remaining(request, principal),
        }
        if ask.get("x-ms-return-client-request-id", "").lower() == "true" and "x-ms-client-request-id" in ask:
            headers["x-ms-client-request-id"] = ask["x-ms-client-request-id"]
        response.headers = {**headers, **response.headers}

    def _remaining(self, request: Request, principal: Principal | None) -> dict[str, str]:
        subscription = subscription_of(request.path)
        if not subscription or principal is None:
            return {}
        kind, bucket = self.buckets.of(subscription, principal.object_id, request.method, self.azure.clock.wall())
        return {
            f"x-ms-ratelimit-remaining-subscription-{kind}": str(int(bucket.tokens)),
            f"x-ms-ratelimit-remaining-subscription-global-{kind}": str(int(bucket.tokens * 15)),
        }


def _guarded(answer: Callable[[], Response]) -> Response:
    try:
        return answer()
    except ArmError as error:
        return error.response()


class _Visit:
    """One request on its way through the door."""

    def __init__(self, front: Front, request: Request, now: datetime) -> None:
        self._front = front
        self._azure = front.azure
        self._request = request
        self._now = now
        self.principal: Principal | None = None

    def answer(self) -> Response:
        """Ask the door's questions in Azure's order, then let the handler answer."""
        request = self._request
        matches = self._azure.router.match(request.path)
        open_door = next(
            (one for one in matches if not one.route.needs_token and one.route.method == request.method), None
        )
        if open_door is not None:
            return open_door.route.handler(self._call(open_door, ""))
        self.principal = identity.authenticate(self._azure, request, identity.audiences_for(request))
        version = self._version(matches)
        self._scope()
        match = self._route(matches, version)
        self._throttle()
        sees = self._law(match)
        return match.route.handler(self._call(match, version, sees))

    def _call(self, match: Match, version: str, sees: Sees | None = None) -> Call:
        return Call(self._azure, self._request, match.params, version, self.principal, self._now, sees)

    def _version(self, matches: list[Match]) -> str:
        version = next((value for name, value in self._request.query.items() if name.lower() == "api-version"), "")
        if any(match.route.api_versions is None and match.route.resource_type == "data-plane" for match in matches):
            return version
        if not version:
            raise ArmError(
                400, "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )  # fmt: skip
        if _API_VERSION.fullmatch(version) is None:
            raise ArmError(
                400,
                "InvalidApiVersionParameter",
                f"The api-version '{version}' is invalid. The supported versions are in the form YYYY-MM-DD.",
            )
        return version

    def _scope(self) -> None:
        path = self._request.path
        if not path.lower().startswith("/subscriptions/"):
            return
        subscription, group = subscription_of(path), group_of(path)
        if _GUID.fullmatch(subscription) is None:
            raise ArmError(
                400,
                "InvalidSubscriptionId",
                f"The provided subscription identifier '{subscription}' is malformed or invalid.",
            )
        if self._azure.store.get(f"/subscriptions/{subscription}") is None:
            raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        parts = path.strip("/").split("/")
        exact = len(parts) == 4
        if group and not exact and self._azure.store.get("/" + "/".join(parts[:4])) is None:
            raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{parts[3]}' could not be found.")

    def _route(self, matches: list[Match], version: str) -> Match:
        if not matches:
            raise self._unknown()
        fitting = [match for match in matches if _takes(match, version)]
        if not fitting:
            raise _unsupported(matches, version)
        for match in fitting:
            if match.route.method == self._request.method:
                return match
        raise ArmError(
            405, "MethodNotAllowed", f"The HTTP method '{self._request.method}' is not supported at this scope.",
            headers={"allow": ", ".join(sorted({match.route.method for match in fitting}))},
        )  # fmt: skip

    def _unknown(self) -> ArmError:
        found = _last_provider(self._request.path)
        if found is None:
            return ArmError(404, "NotFound", "The resource could not be found.")
        namespace, kind = found["namespace"], found["type"] or ""
        known = {route.resource_type.split("/")[0].lower() for route in self._azure.router.routes}
        if namespace.lower() not in known:
            return ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
        return ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{kind}' could not be found in the namespace '{namespace}' for this api version.",
        )

    def _throttle(self) -> None:
        subscription = subscription_of(self._request.path)
        if not self._azure.quotas_on or not subscription or self.principal is None:
            return
        wall = self._azure.clock.wall()
        kind, bucket = self._front.buckets.of(subscription, self.principal.object_id, self._request.method, wall)
        wait = bucket.take(wall)
        if wait is not None:
            seconds = max(1, round(wait + 0.5))
            raise ArmError(
                429, "SubscriptionRequestsThrottled",
                f"Number of requests for subscription '{subscription}' and operation '{self._request.method}' exceeded "
                f"the backend storage limit. Please try again after '{seconds}' seconds.",
                headers={"retry-after": str(seconds), f"x-ms-ratelimit-remaining-subscription-{kind}": "0"},
            )  # fmt: skip

    def _law(self, match: Match) -> Sees | None:
        """Ask whether the caller may: by its roles, or without RBAC by the one law that always holds.

        Return which items of a list it sees, None when there is no need to choose.
        """
        path = self._request.path.lower()
        if self.principal is not None and self._azure.is_hidden(self.principal, path):
            raise forbidden(self.principal, _action(match), path)
        if self._azure.rbac:
            return self._rights(match)
        reading = self._request.method in {"GET", "HEAD"}
        if not reading and self.principal is not None and not self._azure.may_write(self.principal, path):
            raise forbidden(self.principal, _action(match), self._azure.control_group)
        return None

    def _rights(self, match: Match) -> Sees | None:
        azure, principal, action = self._azure, self.principal, _action(match)
        if principal is None or not action or match.route.data:
            return None
        scope = scope_of(self._request.path)
        if azure.may(principal, action, scope):
            return None
        listing = self._request.method == "GET" and scope != self._request.path.rstrip("/")
        filtered = listing and azure.switch("lists-without-right") == "filtered"
        if filtered and azure.rights.reaches_into(principal.object_id, action, scope):
            return lambda resource_id: azure.may(principal, action, resource_id)
        raise forbidden(principal, action, scope)


def _last_provider(path: str) -> re.Match[str] | None:
    """Return the innermost `/providers/Namespace/type` of a path: an extension resource has two."""
    return next(iter(reversed(list(_PROVIDER.finditer(path)))), None)


def _action(match: Match) -> str:
    return filled(match.route.action, match.params)


def _takes(match: Match, version: str) -> bool:
    versions = match.route.api_versions
    return versions is None or version.lower() in versions


def _unsupported(matches: list[Match], version: str) -> ArmError:
    route = matches[0].route
    kind = route.resource_type.split("/", 1)[-1]
    known = sorted(frozenset().union(*(match.route.api_versions or frozenset() for match in matches)), reverse=True)
    return ArmError(
        400, "NoRegisteredProviderFound",
        f"No registered resource provider found for location 'global' and API version '{version}' for type '{kind}'. "
        f"The supported api-versions are '{', '.join(known)}'.",
    )  # fmt: skip
