"""A small world for the tests of Microsoft.AzureStackHCI: one cluster, its machines, and a front door."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.journey import Behaviour, Outcome
from azlocal.sandbox.providers import (
    arc_settings,
    clusters,
    deployment_settings,
    edge_devices,
    operation_status,
    updates,
)
from azlocal.sandbox.wire import Request, Response
from azlocal.sandbox.world import Azure

START = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-oslo"
CLUSTER = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/clu-oslo"
SETTINGS = f"{CLUSTER}/deploymentSettings/default"
BUILD = "26100.32814"


def machine_id(place: int) -> str:
    return f"{GROUP}/providers/Microsoft.HybridCompute/machines/oslo-n{place}"


def device_id(place: int) -> str:
    return f"{machine_id(place)}/providers/Microsoft.AzureStackHCI/edgeDevices/default"


def cluster(nodes: int = 2, build: str = BUILD) -> dict[str, Any]:
    return {
        "id": CLUSTER, "name": "clu-oslo", "type": "microsoft.azurestackhci/clusters", "location": "West Europe",
        "tags": {"site": "oslo", "ring": "pilot"},
        "properties": {
            "provisioningState": "Succeeded", "status": "ConnectedRecently", "connectivityStatus": "Connected",
            "lastSyncTimestamp": "2026-11-23T06:02:17.3300411Z", "aadClientId": "c1",
            "reportedProperties": {
                "clusterName": "OSLOHCI01", "clusterVersion": f"10.0.{build}",
                "lastUpdated": "2026-11-23T06:02:17.3300411Z",
                "nodes": [
                    {
                        "name": f"oslo-n{place}", "id": place, "osVersion": f"10.0.{build}", "osDisplayVersion": "24H2",
                        "ehcResourceId": machine_id(place).lower(), "manufacturer": "Contoso", "model": "AX-650",
                    }
                    for place in range(1, nodes + 1)
                ],
            },
        },
    }  # fmt: skip


def machine(place: int, build: str = BUILD) -> dict[str, Any]:
    return {
        "id": machine_id(place), "name": f"oslo-n{place}", "type": "Microsoft.HybridCompute/machines",
        "location": "westeurope", "identity": {"type": "SystemAssigned", "principalId": f"principal-{place}"},
        "properties": {
            "provisioningState": "Succeeded", "status": "Connected", "osVersion": f"10.0.{build}",
            "networkProfile": {"networkInterfaces": [{"ipAddresses": [
                {"address": f"10.20.0.2{place}", "ipAddressVersion": "IPv4", "subnet": {"addressPrefix": "10.20.0.0/24"}},
            ]}]},
        },
    }  # fmt: skip


def extension(place: int, version: str = "30.2604.0.2017", state: str = "Succeeded") -> dict[str, Any]:
    name = "AzureEdgeLifecycleManager"
    status = {"code": "0", "level": "Info", "displayStatus": state, "message": f"handler says {state}"}
    return {
        "id": f"{machine_id(place)}/extensions/{name}", "name": name, "location": "westeurope",
        "type": "Microsoft.HybridCompute/machines/extensions",
        "properties": {
            "publisher": "Microsoft.AzureStack.Orchestration", "type": "LcmController", "typeHandlerVersion": version,
            "autoUpgradeMinorVersion": False, "enableAutomaticUpgrade": True, "settings": {},
            "provisioningState": state, "instanceView": {"name": name, "status": status},
        },
    }  # fmt: skip


def request(mode: str = "Validate", nodes: int = 2) -> dict[str, Any]:
    data = {
        "observability": {"streamingDataClient": True, "euLocation": True, "episodicDataUpload": True},
        "cluster": {"name": "OSLOHCI01"}, "storage": {"configurationMode": "InfraOnly"}, "namingPrefix": "HCI001",
        "domainFqdn": "ad.northwind.example",
        "infrastructureNetwork": [{
            "subnetMask": "255.255.255.0", "gateway": "10.20.0.1", "dnsServers": ["10.20.0.10"],
            "ipPools": [{"startingAddress": "10.20.0.40", "endingAddress": "10.20.0.49"}],
        }],
        "physicalNodes": [{"name": f"oslo-n{one}", "ipv4Address": f"10.20.0.2{one}"} for one in range(1, nodes + 1)],
        "adouPath": "", "optionalServices": {"customLocation": "oslo-location"},
        "secrets": [{
            "secretName": "clu-oslo-AzureStackLCMUserCredential", "eceSecretName": "AzureStackLCMUserCredential",
            "secretLocation": "https://kv-oslo.vault.azure.net/secrets/clu-oslo-AzureStackLCMUserCredential/1",
        }],
    }  # fmt: skip
    return {"properties": {
        "arcNodeResourceIds": [machine_id(one) for one in range(1, nodes + 1)],
        "deploymentMode": mode, "operationType": "ClusterUpgrade",
        "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": data}]},
    }}  # fmt: skip


def data_of(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["properties"]["deploymentConfiguration"]["scaleUnits"][0]["deploymentData"]
    return found


def flat(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for step in status.get("steps", []):
        found[step["name"]] = step
        found |= flat(step)
    return found


class Sandbox:
    """One world and a client of it."""

    def __init__(self, *, nodes: int = 2, build: str = BUILD, devices: bool = True, seed: int = 0) -> None:
        self.azure = Azure(VirtualClock(START), seed=seed)
        for module in (clusters, deployment_settings, edge_devices, arc_settings, updates, operation_status):
            module.register(self.azure)
        self.front = Front(self.azure)
        self.token = identity.token(self.azure, identity.IDENTITY_CLIENT, "https://management.azure.com", 10**8)
        for scope in (f"/subscriptions/{SUBSCRIPTION}", GROUP):
            self.azure.store.put({"id": scope, "name": scope.rsplit("/", 1)[-1], "type": "Microsoft.Resources/scope"})
        self.azure.store.put(cluster(nodes, build))
        for place in range(1, nodes + 1):
            self.azure.store.put(machine(place, build))
            self.azure.store.put(extension(place))
            if devices:
                self.azure.store.put(
                    {"id": device_id(place), "name": "default", "type": "microsoft.azurestackhci/edgedevices",
                     "properties": {"provisioningState": "Succeeded"}}
                )  # fmt: skip

    def ask(self, method: str, path: str, body: Any = None, version: str = "2026-10-01") -> Response:
        parts = urlsplit(path)
        query = {"api-version": version, **dict(parse_qsl(parts.query))}
        headers = {"host": "arm.test", "authorization": f"Bearer {self.token}"}
        content = b"" if body is None else json.dumps(body).encode()
        return self.front.handle(Request(method, parts.path, query, headers, content))

    def get(self, path: str, version: str = "2026-10-01") -> Any:
        response = self.ask("GET", path, version=version)
        assert response.status == 200, response.json()
        return response.json()

    def put(self, mode: str, body: dict[str, Any] | None = None) -> Response:
        sent = copy.deepcopy(body or request(mode))
        sent["properties"]["deploymentMode"] = mode
        return self.ask("PUT", SETTINGS, sent)

    def settings(self, version: str = "2026-10-01") -> dict[str, Any]:
        found: dict[str, Any] = self.get(SETTINGS, version)["properties"]
        return found

    def reported(self) -> dict[str, Any]:
        found: dict[str, Any] = self.settings()["reportedProperties"]
        return found

    def status(self) -> str:
        return str(self.get(CLUSTER)["properties"]["status"])

    def operation(self, response: Response) -> dict[str, Any]:
        found: dict[str, Any] = self.get(urlsplit(response.headers["azure-asyncoperation"]).path)
        return found

    def advance(self, **span: float) -> None:
        self.azure.advance(timedelta(**span))

    def run(self, mode: str, body: dict[str, Any] | None = None) -> Response:
        """Send a request and let the sandbox live until nothing more is going to happen."""
        response = self.put(mode, body)
        self.advance(hours=5)
        return response

    def behave(self, *, validations: tuple[Outcome, ...] = (), upgrades: tuple[Outcome, ...] = ()) -> None:
        told = self.azure.behaviours.setdefault(CLUSTER.lower(), Behaviour())
        told.validations = validations or told.validations
        told.upgrades = upgrades or told.upgrades

    def switch(self, name: str, setting: str) -> None:
        assert name in self.azure.switches
        self.azure.switches[name] = setting

    def change(self, resource_id: str, **properties: Any) -> None:
        document = self.azure.store.get(resource_id)
        assert document is not None
        self.azure.store.put({**document, "properties": {**document["properties"], **properties}})

    def moments(self) -> list[datetime]:
        """Step through everything that happens and return when something did."""
        seen = []
        while (moment := self.azure.agenda.next_moment()) is not None:
            self.azure.advance(moment - self.azure.clock.now())
            seen.append(moment)
        return seen
