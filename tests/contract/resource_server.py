"""A sandbox on loopback with a few resources, and the credential and transport that the real clients take.

The clock is virtual and the transport's sleep moves it, so that a poller's waiting costs no time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from azure.core.pipeline.transport import RequestsTransport
from azure.identity import ClientSecretCredential

from azlocal.sandbox import identity
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.providers import authorization, generic, key_vault, machines, operation_status, resources, storage
from azlocal.sandbox.world import Azure

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
SUB = "11111111-1111-4111-8111-111111111111"
GROUP = "rg-one"
G = f"/subscriptions/{SUB}/resourceGroups/{GROUP}"
CLUSTER = f"{G}/providers/Microsoft.AzureStackHCI/clusters/clu-1"
ACCOUNT = f"{G}/providers/Microsoft.Storage/storageAccounts/stone"


class Transport(RequestsTransport):
    """The usual transport, on the sandbox's time."""

    def __init__(self, azure: Azure, ca: str) -> None:
        super().__init__(connection_verify=ca)
        self._azure = azure

    def sleep(self, duration: float) -> None:
        self._azure.clock.sleep(duration)


@dataclass
class Served:
    """A running sandbox."""

    azure: Azure
    front: Front
    base: str
    ca: str

    def credential(self) -> ClientSecretCredential:
        """Return the person's credential."""
        return ClientSecretCredential(
            self.azure.tenant_id, identity.PERSON_CLIENT, identity.PERSON_SECRET, authority=self.base,
            disable_instance_discovery=True, connection_verify=self.ca,
        )  # fmt: skip

    def arguments(self) -> dict:
        """Return what every management client of the sandbox is made with."""
        return {
            "credential": self.credential(),
            "subscription_id": SUB,
            "base_url": self.base,
            "credential_scopes": ["https://management.azure.com/.default"],
            "transport": Transport(self.azure, self.ca),
        }


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve a small world until the block ends."""
    azure = Azure(clock=VirtualClock(START))
    for module in (identity, operation_status, resources, machines, storage, authorization, key_vault, generic):
        module.register(azure)
    for document in _beginning():
        azure.store.put(document)
    front = Front(azure)
    server = Server(front.handle)
    server.start(folder / "ca.pem")
    try:
        yield Served(azure, front, server.base, str(folder / "ca.pem"))
    finally:
        server.stop()


def _beginning():
    yield {"id": f"/subscriptions/{SUB}", "name": "Fleet", "type": "Microsoft.Resources/subscriptions", "tags": {}}
    yield {
        "id": G, "name": GROUP, "type": "Microsoft.Resources/resourceGroups", "location": "westeurope", "tags": {},
        "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip
    yield {
        "id": CLUSTER, "name": "clu-1", "type": "microsoft.azurestackhci/clusters", "location": "westeurope",
        "tags": {"ring": "pilot"}, "properties": {},
    }  # fmt: skip
    for name in ("node-1", "node-2"):
        yield {
            "id": f"{G}/providers/Microsoft.HybridCompute/machines/{name}", "name": name, "location": "westeurope",
            "type": "Microsoft.HybridCompute/machines", "tags": {"site": "oslo"},
            "properties": {"provisioningState": "Succeeded", "status": "Connected", "parentClusterResourceId": CLUSTER},
        }  # fmt: skip
    yield {
        "id": ACCOUNT, "name": "stone", "type": "Microsoft.Storage/storageAccounts", "location": "westeurope",
        "tags": {}, "kind": "StorageV2", "sku": {"name": "Standard_LRS"},
        "properties": {"provisioningState": "Succeeded"},
    }  # fmt: skip
    for name in ("lease", "files"):
        yield {
            "id": f"{ACCOUNT}/blobServices/default/containers/{name}", "name": name, "etag": '"0x8D1"',
            "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
            "properties": {"publicAccess": "None", "lastModifiedTime": "2026-01-01T00:00:00.0000000Z"},
        }  # fmt: skip
