"""The app's storage in memory, and events as Event Grid delivers them."""

from __future__ import annotations

import copy

SUB = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg-azlocal-oslo/providers"
CLUSTER = f"{GROUP}/Microsoft.AzureStackHCI/clusters/clu-oslo-01"
MACHINE = f"{GROUP}/Microsoft.HybridCompute/machines/oslo-01-n1"
SETTINGS = f"{CLUSTER}/deploymentSettings/default"
EXTENSION = f"{MACHINE}/extensions/AzureEdgeLifecycleManager"
OPERATIONS = {
    CLUSTER: "Microsoft.AzureStackHCI/clusters/write",
    SETTINGS: "Microsoft.AzureStackHCI/clusters/deploymentSettings/write",
    EXTENSION: "Microsoft.HybridCompute/machines/extensions/write",
}


def event(subject=CLUSTER, operation=None, end="Success", data=None, **more):
    """Return an event of Event Grid's own schema, with what *more* and *data* say otherwise."""
    told = {
        "authorization": {"scope": subject, "action": operation, "evidence": {"role": "Contributor"}},
        "claims": {"appid": "9B1D2C3E-4F50-4A61-8B72-9C83AD94BE05", "name": "Ada Secret"},
        "correlationId": "9d9f5f5e-45e1-4d4c-9bd5-2d6b7f2c7301", "httpRequest": "",
        "resourceUri": subject, "operationName": operation or OPERATIONS.get(subject, ""), "status": "Succeeded",
    }  # fmt: skip
    return {
        "id": "c2b1c7c0", "topic": f"/subscriptions/{SUB}", "subject": subject, "dataVersion": "2",
        "eventType": f"Microsoft.Resources.ResourceWrite{end}", "eventTime": "2026-11-23T08:14:41.2204071Z",
        "data": {**told, **(data or {})}, **more,
    }  # fmt: skip


def cloud_event(subject=CLUSTER):
    """Return the same as CloudEvents 1.0."""
    told = event(subject)
    return {
        "id": told["id"], "source": told["topic"], "subject": subject, "type": told["eventType"],
        "time": told["eventTime"], "specversion": "1.0", "data": told["data"],
    }  # fmt: skip


class Desk:
    """Documents and messages in memory; `done` tells what was asked of it, in order."""

    def __init__(self, **documents):
        self.documents = {name.replace("__", "/"): value for name, value in documents.items()}
        self.messages, self.done = [], []

    def read(self, name):
        return copy.deepcopy(self.documents.get(name))

    def write(self, name, document):
        self.done.append(("write", name))
        self.documents[name] = copy.deepcopy(dict(document))

    def post(self, text, delay):
        self.done.append(("post", text))
        self.messages.append((text, delay))
