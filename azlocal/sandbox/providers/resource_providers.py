"""Resource providers: which types and api-versions the sandbox knows, and whether a subscription uses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.api_versions import RESOURCES
from azlocal.sandbox.providers.odata import top_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.subscriptions import REGIONS
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

TYPE = "Microsoft.Resources/providers"
REGISTERING = timedelta(seconds=20)


def register(azure: Azure) -> None:
    """Register the routes of providers."""
    base = "/subscriptions/{subscription}/providers"
    for method, template, handler, action in (
        ("GET", base, list_all, None),
        ("GET", "/providers", list_all, ""),
        ("GET", f"{base}/{{namespace}}", get, None),
        ("GET", "/providers/{namespace}", get, ""),
        ("POST", f"{base}/{{namespace}}/register", enrol, "{namespace}/register/action"),
        ("POST", f"{base}/{{namespace}}/unregister", leave, "{namespace}/unregister/action"),
    ):
        azure.router.add(method, template, handler, resource_type=TYPE, api_versions=RESOURCES, action=action)


def _known(azure: Azure) -> dict[str, dict[str, frozenset[str]]]:
    """Return the api-versions by namespace and type, both as the routes spell them."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for route in azure.router.routes:
        namespace, _, kind = route.resource_type.partition("/")
        if kind:
            types = found.setdefault(namespace.lower(), {})
            types[kind] = types.get(kind, frozenset()) | (route.api_versions or frozenset())
    return found


def _spelled(azure: Azure, namespace: str) -> str:
    wanted = namespace.lower()
    names = (route.resource_type.partition("/")[0] for route in azure.router.routes)
    return next((one for one in names if one.lower() == wanted), namespace)


def _shown(azure: Azure, subscription: str, namespace: str, types: dict[str, frozenset[str]]) -> dict[str, Any]:
    name = _spelled(azure, namespace)
    where = f"/subscriptions/{subscription}" if subscription else ""
    body: dict[str, Any] = {
        "id": f"{where}/providers/{name}",
        "namespace": name,
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [_type(kind, versions) for kind, versions in sorted(types.items())],
    }
    if subscription:
        told = azure.store.get(f"/subscriptions/{subscription}/providers/{name}") or {}
        body["registrationState"] = told.get("registrationState", "Registered")
    return body


def _type(kind: str, versions: frozenset[str]) -> dict[str, Any]:
    newest = sorted(versions, reverse=True)
    body: dict[str, Any] = {
        "resourceType": kind,
        "locations": [place[1] for place in REGIONS],
        "apiVersions": newest,
        "capabilities": "SupportsTags, SupportsLocation",
    }
    stable = next((one for one in newest if "preview" not in one), None)
    return {**body, "defaultApiVersion": stable} if stable else body


def list_all(call: Call) -> Response:
    """Answer every provider."""
    return page(call, _all(call), top_of(call))


def _all(call: Call) -> Iterator[dict[str, Any]]:
    for namespace, types in sorted(_known(call.azure).items()):
        yield _shown(call.azure, call.params.get("subscription", ""), namespace, types)


def get(call: Call) -> Response:
    """Answer one provider, or InvalidResourceNamespace."""
    return reply(_one(call))


def _one(call: Call) -> dict[str, Any]:
    namespace = call.param("namespace")
    types = _known(call.azure).get(namespace.lower())
    if types is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    return _shown(call.azure, call.params.get("subscription", ""), namespace, types)


def enrol(call: Call) -> Response:
    """Register a provider: Registering at once, Registered a little later."""
    azure, shown = call.azure, _one(call)
    if shown["registrationState"] in {"Registered", "Registering"}:
        return reply(shown)
    _set(azure, shown["id"], "Registering")

    def done(now: datetime) -> None:
        del now
        _set(azure, shown["id"], "Registered")

    azure.after(call.now, REGISTERING, done)
    return reply({**shown, "registrationState": "Registering"})


def leave(call: Call) -> Response:
    """Unregister a provider."""
    shown = _one(call)
    _set(call.azure, shown["id"], "NotRegistered")
    return reply({**shown, "registrationState": "NotRegistered"})


def _set(azure: Azure, identifier: str, state: str) -> None:
    azure.changed(provider(identifier, state))


def provider(identifier: str, state: str) -> Document:
    """Return a provider as a subscription uses it; *state* is Registered, Registering or NotRegistered."""
    return {"id": identifier, "name": identifier.rsplit("/", 1)[-1], "type": TYPE, "registrationState": state}
