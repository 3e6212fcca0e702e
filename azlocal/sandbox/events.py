"""What Event Grid has to tell of writes through Azure Resource Manager, in its own schema.

Raised for PUT, PATCH, DELETE and POST, by a client or by a template deployment, never for what a cluster reports by
itself. Whoever wants them reads them at `GET /_sandbox/events` and delivers them: at least once, in no order.
Source: Event Grid documentation, Azure subscriptions as a source.
"""

from __future__ import annotations

import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import stamp

_IDS = uuid.UUID("c2b1c7c0-3f1d-4c59-9f4e-5e9a0b1c7900")
_KEPT = 20_000
_WORDS = {"PUT": "Write", "PATCH": "Write", "DELETE": "Delete", "POST": "Action"}
_ENDS = {"Succeeded": "Success", "Canceled": "Cancel"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who wrote, as events tell it."""

    client_id: str
    object_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `kind` is the resource type, `status` Succeeded, Failed or Canceled."""

    seq: int
    resource_id: str
    kind: str
    method: str
    status: str
    at: datetime
    caller: Caller
    correlation_id: str

    def document(self) -> dict[str, Any]:
        """Return the event as Event Grid delivers it."""
        subscription = self.resource_id.split("/")[2]
        word = _WORDS[self.method]
        action = f"{self.kind}/{word.lower()}"
        return {
            "id": str(uuid.uuid5(_IDS, f"{self.seq} {self.resource_id} {stamp(self.at)}")),
            "topic": f"/subscriptions/{subscription}",
            "subject": self.resource_id,
            "eventType": f"Microsoft.Resources.Resource{word}{_ENDS.get(self.status, 'Failure')}",
            "eventTime": stamp(self.at),
            "dataVersion": "2",
            "metadataVersion": "1",
            "data": {**self._data(action), "subscriptionId": subscription, "tenantId": self.caller.tenant_id},
        }

    def _data(self, action: str) -> dict[str, Any]:
        return {
            "authorization": {
                "scope": self.resource_id,
                "action": action,
                "evidence": {"role": "Contributor", "principalId": self.caller.object_id.replace("-", "")},
            },
            "claims": {
                "aud": "https://management.azure.com/",
                "appid": self.caller.client_id,
                "appidacr": "2",
                "http://schemas.microsoft.com/identity/claims/objectidentifier": self.caller.object_id,
                "http://schemas.microsoft.com/identity/claims/tenantid": self.caller.tenant_id,
            },
            "correlationId": self.correlation_id,
            "httpRequest": "",
            "resourceProvider": self.kind.split("/", 1)[0],
            "resourceUri": self.resource_id,
            "operationName": action,
            "status": self.status,
        }


@dataclass(slots=True)
class Events:
    """The last events in order; sequence numbers begin at 1."""

    _kept: deque[Event] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _last: int = 0

    def add(
        self, resource_id: str, kind: str, *, method: str, status: str, at: datetime, caller: Caller, correlation: str
    ) -> None:
        """Raise one event; what is not in a subscription raises none."""
        if method not in _WORDS or not resource_id.lower().startswith("/subscriptions/"):
            return
        self._last += 1
        self._kept.append(Event(self._last, resource_id, kind, method, status, at, caller, correlation))

    def after(self, seq: int = 0) -> list[Event]:
        """Return the events after *seq* that are still kept."""
        return [one for one in self._kept if one.seq > seq] if seq < self._last else []
