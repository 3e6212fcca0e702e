"""The fleet's lease: ARM's own lease on a blob container, taken on the management plane.

Source: Microsoft.Storage `blobServices/default/containers/{c}/lease` (POST; Acquire, Renew, Release).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for
from azlocal.errors import AzlocalError, AzureUnreachable, Incomplete

API = "2023-05-01"
SECONDS = 60
RENEW_AFTER = timedelta(seconds=20)
LANDING = timedelta(seconds=60)
"""How long a request of a lost holder may still land: its 25 s time-out, and as much again to spare."""


class ContainerLease:
    """One runner's hold on the fleet. Its id is its own, so a repeated Acquire is the same Acquire."""

    def __init__(self, connection: Connection, container: str, new_id: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._connection = connection
        self._container = container
        self._id = str(new_id())
        self._renewed: datetime | None = None

    def acquire(self) -> str:
        """Take the lease: `clean`, `taken-over` from a holder that did not give it back, or `held`.

        Raises AzlocalError when Azure refuses the call for another reason.
        """
        state, seen = self._state()
        answer = self._acquire()
        if answer.code == "LeaseAlreadyPresent":
            return "held"
        raise_for(answer, "take the fleet's lease", self._container)
        self._renewed = answer.date
        if answer.date is None:
            self.release()
            raise Incomplete(
                f"could not take the fleet's lease ({self._container}): the answer carries no Date",
                remedy="check what stands between here and ARM",
            )
        # Within a minute of having been free it cannot have been taken and lost by another.
        clean = state == "available" and seen is not None and answer.date - seen < timedelta(seconds=SECONDS)
        return "clean" if clean else "taken-over"

    def _acquire(self) -> Answer:
        """Send Acquire; once more when no answer came, for it may stand already: the id makes it the same one."""
        try:
            return self._post("Acquire", leaseDuration=SECONDS, proposedLeaseId=self._id)
        except AzureUnreachable:
            return self._post("Acquire", leaseDuration=SECONDS, proposedLeaseId=self._id)

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
        """Renew; False when that failed. No answer leaves it open, and the next try tells."""
        try:
            answer = self._post("Renew", leaseId=self._id)
        except AzlocalError:
            return False
        # Azure renews also what has expired, but only while nobody else has taken it.
        self._renewed = answer.date if answer.status < 300 else None
        return self._renewed is not None

    def _state(self) -> tuple[str, datetime | None]:
        """Return the container's lease state, and when it was seen."""
        answer = self._connection.get(self._container, API)
        raise_for(answer, "read the container of the fleet's lease", self._container)
        properties = answer.json.get("properties") if isinstance(answer.json, Mapping) else None
        state = properties.get("leaseState") if isinstance(properties, Mapping) else None
        return str(state or "").lower(), answer.date

    def _post(self, action: str, **body: object) -> Answer:
        return self._connection.post(f"{self._container}/lease", API, {"action": action, **body})
