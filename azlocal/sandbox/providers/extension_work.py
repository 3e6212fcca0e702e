"""What becomes of an extension's write on the machine: the agent reports in minutes, or not for hours.

How the LCM extension's write ends, the machine's cluster decides (`azure.behaviours`). Sources:
learn.microsoft.com/azure/azure-arc/servers/troubleshoot-connectivity (writes for a disconnected machine are
queued for up to six hours); microsoft/azure_arc issue 2705 (HCRP400 and its text).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.ids import parts_of
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

CLUSTERS = "Microsoft.AzureStackHCI/clusters"
LCM = ("microsoft.azurestack.orchestration", "lcmcontroller")
QUEUED = timedelta(hours=6)
_LOOK = timedelta(minutes=5)
_VIEWS = {
    "Succeeded": ("0", "Info", "Provisioning succeeded", "Extension ready"),
    "Failed": ("52", "Error", "Provisioning failed", "Extension handler exited with code 52"),
    "Creating": ("", "Info", "Creating", "Installing the extension"),
    "Updating": ("", "Info", "Updating", "Updating the extension"),
    "Deleting": ("", "Info", "Deleting", "Removing the extension"),
}


def stated(document: Document, state: str, now: datetime, message: str = "") -> Document:
    """Return *document* in another state, with the instance view that goes with it."""
    properties = document["properties"]
    code, level, display, text = _VIEWS[state]
    status = {"code": code, "level": level, "displayStatus": display, "message": message or text, "time": stamp(now)}
    view = {
        "name": document["name"],
        "type": properties.get("type", ""),
        "typeHandlerVersion": properties.get("typeHandlerVersion", ""),
        "status": status,
    }
    return {**document, "properties": {**properties, "provisioningState": state, "instanceView": view}}


@dataclass(frozen=True, slots=True)
class Work:
    """Something that a machine's agent has to do: it is done once the machine is connected, or times out."""

    azure: Azure
    operation: Operation
    extension_id: str
    queued_at: datetime
    done: Callable[[datetime], None]

    def begin(self) -> None:
        """Let the agent report in four to twelve minutes."""
        self.azure.after(self.queued_at, timedelta(minutes=self.azure.random.uniform(4, 12)), self._report)

    def _report(self, now: datetime) -> None:
        machine = self.azure.store.get(parts_of(self.extension_id).parent)
        if machine is None:
            self.operation.end("Canceled", now, {"code": "HCRP404", "message": "The machine is not there any more."})
        elif str(machine["properties"].get("status", "")).lower() == "connected":
            self.done(now)
        elif now >= self.queued_at + QUEUED:
            text = "The operation timed out: the machine has not been connected for 6 hours."
            fail(self.azure, self.operation, self.extension_id, now, "HCRP408", text)
        else:
            self.azure.after(now, min(_LOOK, self.queued_at + QUEUED - now), self._report)


def fail(azure: Azure, operation: Operation, extension_id: str, now: datetime, code: str, text: str) -> None:
    """End a write of an extension in failure."""
    document = azure.store.get(extension_id)
    if document is not None:
        azure.changed(stated(document, "Failed", now, text))
    operation.end("Failed", now, {"code": code, "message": text})


@dataclass(frozen=True, slots=True)
class Install:
    """One write of an extension on its way to *version*."""

    azure: Azure
    operation: Operation
    extension_id: str
    version: str

    def begin(self, now: datetime) -> None:
        """Let the agent set to work."""
        Work(self.azure, self.operation, self.extension_id, now, self._ended).begin()

    def _ended(self, now: datetime) -> None:
        document = self.azure.store.get(self.extension_id)
        if document is None:
            self.operation.end("Canceled", now, {"code": "HCRP404", "message": "The extension is not there any more."})
        elif _fails(self.azure, document):
            text = (
                "Extension returned non-zero exit code for Install: 1. Extension error output: std error: . "
                f"Extension Message: Failed to install {document['properties']['type']} {self.version}."
            )
            fail(self.azure, self.operation, self.extension_id, now, "HCRP400", text)
        else:
            properties = {**document["properties"], "typeHandlerVersion": self.version}
            self.azure.changed(stated({**document, "properties": properties}, "Succeeded", now))
            self.operation.end("Succeeded", now)


def _fails(azure: Azure, document: Document) -> bool:
    properties = document["properties"]
    if (str(properties["publisher"]).lower(), str(properties["type"]).lower()) != LCM or not azure.behaviours:
        return False
    behaviour = azure.behaviours.get(cluster_of(azure, parts_of(document["id"]).parent))
    return behaviour is not None and behaviour.extension == "failure"


def cluster_of(azure: Azure, machine_id: str) -> str:
    """Return the lower-cased id of the cluster a machine belongs to, by either side's word; empty for none."""
    machine = azure.store.get(machine_id) or {"properties": {}}
    parent = str(machine["properties"].get("parentClusterResourceId") or "")
    if parent:
        return parent.lower()
    for cluster in azure.store.of_type(CLUSTERS):
        nodes = (cluster["properties"].get("reportedProperties") or {}).get("nodes") or []
        if any(str(node.get("ehcResourceId", "")).lower() == machine_id.lower() for node in nodes):
            return str(cluster["id"]).lower()
    return ""
