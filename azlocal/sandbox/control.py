"""The sandbox's own routes below `/_sandbox`: journal, events, clock, faults, switches."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.front import Front
from azlocal.sandbox.wire import ArmError, Request, Response, reply
from azlocal.sandbox.world import SWITCHES

_DURATION = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


class Control:
    """Answers the control routes. `ready` gives the ready file's content."""

    def __init__(self, ready: Callable[[], dict[str, Any]]) -> None:
        self._ready = ready

    def __call__(self, front: Front, request: Request) -> Response:
        """Answer one control request."""
        handlers: dict[tuple[str, str], Callable[[Front, Request], Response]] = {
            ("GET", "journal"): _journal,
            ("GET", "events"): _events,
            ("GET", "clock"): _clock,
            ("POST", "clock"): _advance,
            ("GET", "faults"): _faults,
            ("POST", "faults"): _order,
            ("DELETE", "faults"): _clear,
            ("GET", "switches"): _switches,
            ("POST", "switches"): _set,
            ("GET", "world"): _world,
            ("GET", "ready"): lambda front, request: reply(self._ready()),
        }
        name = request.path.strip("/").split("/", 1)[-1].lower()
        handler = handlers.get((request.method, name))
        if handler is None:
            raise ArmError(404, "NotFound", f"The sandbox has no {request.method} /_sandbox/{name}.")
        return handler(front, request)


def _journal(front: Front, request: Request) -> Response:
    return reply({"value": [entry.as_dict() for entry in front.journal.after(_after(request))]})


def _events(front: Front, request: Request) -> Response:
    """Answer the events of writes as Event Grid would deliver them, and the number to ask after next time."""
    after = _after(request)
    found = front.azure.events.after(after)
    return reply({"value": [one.document() for one in found], "last": found[-1].seq if found else after})


def _after(request: Request) -> int:
    text = request.query.get("after", "0")
    if not text.isdecimal():
        raise ArmError(400, "InvalidAfter", f"after must be a sequence number, not '{text}'.")
    return int(text)


def _clock(front: Front, request: Request) -> Response:
    del request
    return reply({"now": stamp(front.azure.clock.now())})


def _advance(front: Front, request: Request) -> Response:
    told = request.json()
    text = told.get("advance") if isinstance(told, dict) else None
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or not any(found.groups()):
        raise ArmError(400, "InvalidDuration", f"advance must be an ISO 8601 duration such as PT3H, not '{text}'.")
    span = timedelta(**{unit: float(value) for unit, value in found.groupdict().items() if value})
    return reply({"now": stamp(front.azure.advance(span))})


def _faults(front: Front, request: Request) -> Response:
    del request
    return reply({"value": [fault.as_dict() for fault in front.faults.ordered]})


def _order(front: Front, request: Request) -> Response:
    told = request.json()
    if not isinstance(told, dict):
        raise ArmError(400, "InvalidFault", "a fault is a JSON object")
    return reply(front.faults.order(told).as_dict(), 201)


def _clear(front: Front, request: Request) -> Response:
    del request
    front.faults.ordered.clear()
    return reply(None, 204)


def _switches(front: Front, request: Request) -> Response:
    del request
    settings = {
        name: {"setting": front.azure.switches[name], "settings": list(known)} for name, known in SWITCHES.items()
    }
    return reply({"value": settings})


def _set(front: Front, request: Request) -> Response:
    told = request.json()
    for name, setting in told.items() if isinstance(told, dict) else ():
        if setting not in SWITCHES.get(name, ()):
            raise ArmError(
                400, "InvalidSwitch", f"'{name}' takes one of {list(SWITCHES.get(name, ()))}, not '{setting}'."
            )
        front.azure.switches[name] = setting
    return _switches(front, request)


def _world(front: Front, request: Request) -> Response:
    del request
    counts = Counter(document["type"] for document in front.azure.store.all())
    return reply(
        {
            "resources": dict(sorted(counts.items())),
            "rows": {name: len(rows) for name, rows in front.azure.tables.items()},
        }
    )
