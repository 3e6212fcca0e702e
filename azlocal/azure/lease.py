"""The fleet's lease: ARM's own lease on a blob container, taken on the management plane.

Source: Microsoft.Storage `blobServices/default/containers/{c}/lease` (POST; Acquire, Renew, Release).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for
from azlocal.errors import AzlocalError

API = "2023-05-01"
SECONDS = 60
RENEW_AFTER = timedelta(seconds=20)
LANDING = timedelta(seconds=60)
"""How long a request of a lost holder may still land: its 25 s time-out, and as much again to spare."""


class ContainerLease:
    """One runner's hold on the fleet. Its id is its own, so a repeated Acquire is the same Acquire."""

    def __init__(self, connection: Connection, container: str) -> None:
        self._connection = connection
        self._container = container
        self._id = str(uuid.uuid4())
        self._renewed: datetime | None = None

    def acquire(self) -> str:
        """Take the lease: `clean`, `taken-over` from a holder that did not give it back, or `held`.

        Raises AzlocalError when Azure refuses the call for another reason.
        """
        state = self._state()
        answer = self._post("Acquire", leaseDuration=SECONDS, proposedLeaseId=self._id)
        if answer.code == "LeaseAlreadyPresent":
            return "held"
        raise_for(answer, "take the fleet's lease", self._container)
        self._renewed = answer.date
        return "clean" if state == "available" else "taken-over"

    def wait_out(self) -> bool:
        """Keep the lease until nothing a lost holder sent can land any more; False when it is lost."""
        began = self._renewed
        while began is not None and self._renewed is not None and self._renewed - began < LANDING:
            self._connection.sleep(1.0)
            if not self._renew():
                return False
        return self._renewed is not None

    def keep(self) -> bool:
        """Renew when the newest answer of ARM is more than 20 s after the last renewal."""
        newest = self._connection.newest
        if self._renewed is None or newest is None:
            return False
        return newest - self._renewed <= RENEW_AFTER or self._renew()

    def release(self) -> None:
        """Give the lease back, so that the next runner need not wait; a failure only costs it a minute."""
        self._renewed = None
        try:
            self._post("Release", leaseId=self._id)
        except AzlocalError:
            return

    def _renew(self) -> bool:
        try:
            answer = self._post("Renew", leaseId=self._id)
        except AzlocalError:
            return False
        if answer.status >= 300:
            self._renewed = None
            return False
        self._renewed = answer.date
        return True

    def _state(self) -> str:
        answer = self._connection.get(self._container, API)
        raise_for(answer, "read the container of the fleet's lease", self._container)
        properties = answer.json.get("properties", {}) if isinstance(answer.json, dict) else {}
        return str(properties.get("leaseState", "")).lower()

    def _post(self, action: str, **body: object) -> Answer:
        return self._connection.post(f"{self._container}/lease", API, {"action": action, **body})
