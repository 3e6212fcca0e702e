"""A small world for the tests of deployments: two groups, and a provider whose resources do as they are told."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers import deployments, generic, key_vault, resources
from azlocal.sandbox.wire import ArmError, Request, Response, reply
from azlocal.sandbox.world import Azure, Written

START = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
ABOVE = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ABOVE}/resourceGroups/rg-oslo"
OTHER = f"{ABOVE}/resourceGroups/rg-machines"
CONTROL = f"{ABOVE}/resourceGroups/rg-control"
KIND = "Microsoft.Resources/deployments"
SITES = "Contoso.Works/sites"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def deployment_id(name: str, scope: str = GROUP) -> str:
    return f"{scope}/providers/{KIND}/{name}"


def site_id(name: str, scope: str = GROUP, kind: str = "sites") -> str:
    return f"{scope}/providers/Contoso.Works/{kind}/{name}"


def template(resources: Any = (), **sections: Any) -> dict[str, Any]:
    held = resources if isinstance(resources, dict) else list(resources)
    return copy.deepcopy({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": held, **sections})


def resource(name: str, kind: str = SITES, **members: Any) -> dict[str, Any]:
    return {"type": kind, "apiVersion": "2025-01-01", "name": name, **members}


def nested(name: str, inner: dict[str, Any], **members: Any) -> dict[str, Any]:
    properties = {"mode": "Incremental", "template": inner, **members.pop("properties", {})}
    return {"type": KIND, "apiVersion": "2025-04-01", "name": name, "properties": properties, **members}


def asked(raw: Any, given: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    parameters = {name: {"value": one} for name, one in (given or {}).items()}
    return {
        "properties": {"mode": "Incremental", "template": raw, "parameters": parameters, **members.pop("more", {})},
        **members,
    }


class Works:
    """A provider: `sites` are there at once, `slow` when told, `broken` are refused."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.sent: list[tuple[str, dict[str, Any], datetime]] = []
        self.going: dict[str, Operation] = {}

    def put(self, azure: Azure, resource_id: str, body: dict[str, Any], *, now: datetime, principal: Any) -> Written:
        self.sent.append((resource_id, body, now))
        name = resource_id.rsplit("/", 1)[-1]
        if self.kind == "broken":
            raise ArmError(409, "SiteTaken", f"The site '{name}' is taken.", target=name)
        before = azure.store.get(resource_id)
        document = {"id": resource_id, "name": name, "type": f"Contoso.Works/{self.kind}", **body}
        azure.changed(document)
        if self.kind != "slow":
            return Written(document, before is None)
        self.going[name] = azure.operations.begin(resource_id, f"{ABOVE}/providers/Contoso.Works/locations/x", now)
        return Written(document, before is None, self.going[name])


class World:
    """One world and its clients."""

    def __init__(self, *, control: bool = False, principal: str = identity.PERSON_CLIENT) -> None:
        self.azure = Azure(VirtualClock(START))
        for module in (resources, deployments, key_vault, generic):
            module.register(self.azure)
        self.front = Front(self.azure)
        self.works = {kind: Works(kind) for kind in ("sites", "sites/slots", "slow", "broken")}
        for kind, writer in self.works.items():
            self.azure.resource_type(f"Contoso.Works/{kind}", writer)
        self._routes()
        self.token = identity.token(self.azure, principal, "https://management.azure.com", 10**9)
        kind = "Microsoft.Resources/subscriptions"
        self.azure.store.put(
            {
                "id": ABOVE,
                "name": SUBSCRIPTION,
                "type": kind,
                "subscriptionId": SUBSCRIPTION,
                "displayName": "Northwind",
            }
        )
        for group in (GROUP, OTHER, CONTROL):
            self.azure.store.put(
                {
                    "id": group,
                    "name": group.rsplit("/", 1)[-1],
                    "type": "Microsoft.Resources/resourceGroups",
                    "location": "westeurope",
                    "tags": {},
                }
            )
        self.azure.control_group = CONTROL if control else ""

    def _routes(self) -> None:
        scope = "/subscriptions/{subscription}/resourceGroups/{group}"
        one = f"{scope}/providers/{SITES}/{{name}}"
        for method, path, handler in (
            ("GET", one, self._get), ("DELETE", one, self._delete), ("POST", f"{one}/listKeys", self._keys),
            ("GET", f"{one}/slots/{{slot}}", self._get),
        ):  # fmt: skip
            kind = f"{SITES}/slots" if "slots" in path else SITES
            self.azure.router.add(method, path, handler, resource_type=kind, api_versions=("2025-01-01", "2024-01-01"))

    def _get(self, call: Any) -> Response:
        return reply({"id": call.request.path, "properties": {"virtual": True}})

    def _delete(self, call: Any) -> Response:
        name = call.param("name")
        if name == "kept":
            raise ArmError(409, "ScopeLocked", "It is locked.")
        self.azure.store.delete(call.request.path)
        return Response(200)

    def _keys(self, call: Any) -> Response:
        body = call.request.json() if call.request.body else {}
        return reply({"keys": [f"key-of-{call.param('name')}", body.get("suffix", "")]})

    def ask(self, method: str, path: str, body: Any = None, *, version: str = "2025-04-01", **headers: str) -> Response:
        parts = urlsplit(path)
        query = {"api-version": version, **dict(parse_qsl(parts.query))}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        told = {
            "authorization": f"Bearer {self.token}",
            "host": "127.0.0.1",
            **{name.replace("_", "-"): one for name, one in headers.items()},
        }
        return self.front.handle(Request(method, parts.path, query, told, content))

    def put(
        self, name: str, raw: Any, given: dict[str, Any] | None = None, *, scope: str = GROUP, **members: Any
    ) -> Response:
        return self.ask("PUT", deployment_id(name, scope), asked(raw, given, **members))

    def get(self, name: str, scope: str = GROUP) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", deployment_id(name, scope)).json()
        return found

    def state(self, name: str, scope: str = GROUP) -> str:
        return str(self.get(name, scope)["properties"]["provisioningState"])

    def run(
        self, name: str, raw: Any, given: dict[str, Any] | None = None, *, scope: str = GROUP, **members: Any
    ) -> dict[str, Any]:
        """Deploy, let a minute pass, and return the deployment."""
        answer = self.put(name, raw, given, scope=scope, **members)
        assert answer.status in {200, 201}, answer.body
        self.azure.advance(timedelta(minutes=1))
        return self.get(name, scope)

    def operations(self, name: str, scope: str = GROUP) -> list[dict[str, Any]]:
        return [
            one["properties"] for one in self.ask("GET", f"{deployment_id(name, scope)}/operations").json()["value"]
        ]

    def pass_by(self, **time: float) -> None:
        self.azure.advance(timedelta(**time))


def error(response: Response) -> tuple[int, str, str]:
    body = response.json()["error"]
    return response.status, body["code"], body["message"]
