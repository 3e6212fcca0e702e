"""The doorbell: whoever asks for a tick of the fleet gets one, together with everybody else who asks in that minute.

A ticket is the minute in which its tick is due. The message in the queue is sent before the ticket is written, so that
a caller who dies in between costs a second message and never the tick; a ticket that is done is not done again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from azlocal.core.times import format_time, parse_time

SETTLES = timedelta(seconds=45)
"""How long after a write a tick is due at the earliest: Resource Graph shows a change some 30 s later."""
_MINUTE = timedelta(minutes=1)
_TICKET = re.compile(r"\d{8}T\d{4}Z", re.ASCII)
VIEW = "fleet.json"
"""The fleet as the last tick of this app saw it."""


class Desk(Protocol):
    """Where documents and messages are left."""

    def read(self, name: str) -> dict[str, Any] | None:
        """Return a document, or None."""

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a document."""

    def post(self, text: str, delay: timedelta) -> None:
        """Put a message that becomes visible after *delay*."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was asked for; `fresh` where nobody had asked before for the same minute."""

    id: str
    due: datetime
    fresh: bool


def due_after(now: datetime) -> datetime:
    """Return the first whole minute at which a tick sees everything that was written before *now*."""
    ready = now + SETTLES
    whole = ready.replace(second=0, microsecond=0)
    return whole if whole == ready else whole + _MINUTE


def ticket_id(due: datetime) -> str:
    """Return the name of the tick that is due in a minute."""
    return due.astimezone(timezone.utc).strftime("%Y%m%dT%H%MZ")


def is_ticket(text: str) -> bool:
    """Return whether *text* has the form of a ticket's name."""
    return _TICKET.fullmatch(text) is not None


def place(ticket: str) -> str:
    """Return the document of a ticket."""
    return f"ticks/{ticket}.json"


def ring(desk: Desk, now: datetime, later: timedelta = timedelta(0)) -> Ticket:
    """Ask for a tick, at once or *later*; *now* is Azure's time."""
    due = due_after(now + later)
    name = ticket_id(due)
    if desk.read(place(name)) is not None:
        return Ticket(name, due, fresh=False)
    desk.post(json.dumps({"ticket": name}), due - now)
    desk.write(place(name), {"id": name, "state": "asked", "askedAt": format_time(now), "dueAt": format_time(due)})
    return Ticket(name, due, fresh=True)


def read_message(text: str) -> str:
    """Return the ticket a message names; raise ValueError for what was never put there."""
    told = json.loads(text)
    name = told.get("ticket") if isinstance(told, dict) else None
    if not isinstance(name, str) or not is_ticket(name):
        raise ValueError("the message names no ticket")
    return name


def answer(desk: Desk, ticket: str, tick: Callable[[], Mapping[str, Any]]) -> str:
    """Run the tick that *ticket* asks for, unless one has answered it; return `ran` or `answered`.

    *tick* returns what is to be told of the tick. What it raises is written down, and raised.
    """
    known = desk.read(place(ticket)) or {"id": ticket}
    if known.get("state") == "done":
        return "answered"
    began = _tick_of(desk.read(VIEW))
    if began is not None and (parse_time(str(began["now"])) or _NEVER) >= _due(ticket):
        desk.write(place(ticket), {**known, "state": "done", "tick": began})
        return "answered"
    desk.write(place(ticket), {**known, "state": "running"})
    try:
        told = tick()
    except Exception as error:
        desk.write(place(ticket), {**known, "state": "failed", "error": type(error).__name__})
        raise
    desk.write(place(ticket), {**known, "state": "done", "tick": dict(told)})
    return "ran"


_NEVER = datetime.min.replace(tzinfo=timezone.utc)


def _tick_of(view: Mapping[str, Any] | None) -> dict[str, Any] | None:
    told = view.get("tick") if view else None
    return told if isinstance(told, dict) and "now" in told else None


def _due(ticket: str) -> datetime:
    return datetime.strptime(ticket, "%Y%m%dT%H%MZ").replace(tzinfo=timezone.utc)
