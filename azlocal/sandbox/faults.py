"""Faults on order: which request they hit, how often, and what then happens.

`status` answers instead of Azure; `drop-before` cuts the connection before Azure has seen the request, `drop-after` once
it has done it; `slow` only takes its time. `late` cuts it before, and Azure does the request later all the same. Each of
them takes `seconds` first; a late request is done that long after its connection was cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.wire import ArmError, Request, Response, reply

KINDS = ("status", "drop-before", "drop-after", "slow", "late")
_CODES = {
    408: "RequestTimeout", 409: "Conflict", 429: "TooManyRequests", 500: "InternalServerError",
    502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout",
}  # fmt: skip


class ReplyDropped(Exception):
    """The connection is to be cut without an answer."""


@dataclass(slots=True)
class Fault:
    """One fault; `times` counts down, and None means for ever."""

    kind: str
    method: str = ""
    path: str = ""
    mode: str = ""
    times: int | None = 1
    status: int = 503
    code: str = ""
    retry_after: float | None = None
    seconds: float = 0.0
    body: str | None = None

    def hits(self, request: Request) -> bool:
        """Return whether *request* is meant."""
        if self.times == 0 or (self.method and self.method.upper() != request.method):
            return False
        if self.path and re.search(self.path, request.path, re.IGNORECASE) is None:
            return False
        return not self.mode or _mode(request).lower() == self.mode.lower()

    def answer(self) -> Response:
        """Return the answer of a `status` fault."""
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        if self.body is not None:
            return Response(self.status, {"content-type": "text/html", **headers}, self.body.encode())
        code = self.code or _CODES.get(self.status, "Error")
        return reply({"error": {"code": code, "message": "A fault was ordered."}}, self.status, headers)

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as it can be ordered."""
        return {name: getattr(self, name) for name in self.__slots__}


def _mode(request: Request) -> str:
    try:
        return str(request.json()["properties"]["parameters"]["deploymentMode"]["value"])
    except (ArmError, KeyError, TypeError):
        return ""


class Faults:
    """The faults on order, first come first served."""

    def __init__(self) -> None:
        self.ordered: list[Fault] = []

    def order(self, told: Mapping[str, Any]) -> Fault:
        """Take an order; raise ArmError (400) naming what is wrong with it."""
        names = {"retryAfter": "retry_after"}
        known = {names.get(name, name): value for name, value in told.items()}
        strange = set(known) - set(Fault.__slots__)
        if strange or known.get("kind") not in KINDS:
            raise ArmError(400, "InvalidFault", f"kind must be one of {', '.join(KINDS)}; not known: {sorted(strange)}")
        fault = Fault(**known)
        self.ordered.append(fault)
        return fault

    def take(self, request: Request) -> Fault | None:
        """Return the fault that hits *request*, counted down, or None."""
        for fault in self.ordered:
            if fault.hits(request):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
