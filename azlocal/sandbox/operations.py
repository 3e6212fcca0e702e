"""Long-running operations: what the status URLs answer until the end and after it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azlocal.sandbox.clock import stamp

Ended = Callable[["Operation", datetime], None]
TERMINAL = frozenset({"Succeeded", "Failed", "Canceled"})


@dataclass(slots=True)
class Operation:
    """One accepted request that goes on: `status` is InProgress until Succeeded, Failed or Canceled."""

    id: str
    resource_id: str
    path: str
    started: datetime
    status: str = "InProgress"
    ended: datetime | None = None
    error: dict[str, Any] | None = None
    properties: Any = None
    percent: float | None = None
    listeners: list[Ended] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Return whether the operation has ended."""
        return self.status in TERMINAL

    def body(self) -> dict[str, Any]:
        """Return the body of the status URL."""
        body: dict[str, Any] = {
            "id": self.path,
            "name": self.id,
            "resourceId": self.resource_id,
            "status": self.status,
            "startTime": stamp(self.started),
        }
        if self.ended is not None:
            body["endTime"] = stamp(self.ended)
        if self.percent is not None:
            body["percentComplete"] = self.percent
        if self.error is not None:
            body["error"] = self.error
        if self.properties is not None:
            body["properties"] = self.properties
        return body

    def on_end(self, listener: Ended, now: datetime) -> None:
        """Call *listener* with the operation and the moment it ends; at once when it has."""
        if self.done:
            listener(self, self.ended or now)
        else:
            self.listeners.append(listener)

    def end(self, status: str, at: datetime, error: dict[str, Any] | None = None) -> None:
        """End the operation once; later ends are ignored."""
        if self.done:
            return
        self.status, self.ended, self.error = status, at, error
        for listener in self.listeners:
            listener(self, at)


class Operations:
    """All operations by id, which *chance* gives. They outlive what they were about, as Azure's do for a while."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._by_id: dict[str, Operation] = {}

    def begin(self, resource_id: str, path_prefix: str, at: datetime) -> Operation:
        """Start an operation whose status URL is `{path_prefix}/operationStatuses/{id}`."""
        key = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        operation = Operation(key, resource_id, f"{path_prefix}/operationStatuses/{key}", at)
        self._by_id[key] = operation
        return operation

    def get(self, key: str) -> Operation | None:
        """Return an operation by id, or None."""
        return self._by_id.get(key.lower())
