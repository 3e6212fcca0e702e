"""What Event Grid delivers: at least once, in no order, by whoever holds the key. It is a doorbell, never evidence.

An event names a resource that was written; everything else is read from ARM. Of the caller only ids are looked at, to
tell azlocal's own writes from others'; they are kept nowhere. Both schemas of Event Grid carry the same data.
Source: Event Grid documentation, Azure subscriptions and resource groups as sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.core.ids import key, parse_id

_CLUSTER = "microsoft.azurestackhci/clusters"
_SETTINGS = f"{_CLUSTER}/deploymentsettings"
_EXTENSION = "microsoft.hybridcompute/machines/extensions"
KINDS = (_CLUSTER, _SETTINGS, _EXTENSION)
"""What is looked at when it is written; templates subscribe to the same."""
_TYPES = frozenset(f"microsoft.resources.resourcewrite{end}" for end in ("success", "failure", "cancel"))
OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"
_CALLERS = ("appid", "azp", "oid", OBJECT_ID)
MOST_TEXT = 2048
"""Characters of an id or a name; Azure's are shorter."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One event: `resource` is the id key of the cluster or of the machine, `callers` who caused it."""

    id: str
    operation: str
    resource: str
    callers: frozenset[str]

    @property
    def goes_on(self) -> bool:
        """Return whether what was written may still be on its way: an extension is installed over minutes."""
        return self.operation.lower() == f"{_EXTENSION}/write"

    @property
    def look_id(self) -> str:
        """Return the id under which rows are recorded: the same for an event that comes again."""
        return hashlib.sha256(f"event {self.id}".encode("utf-8", "backslashreplace")).hexdigest()[:32]


class NotOurs(Exception):
    """An event that is nothing to azlocal, and why."""


def read_event(told: object) -> Notice:
    """Return what an event says; raise NotOurs for one that is of no kind that matters, or makes no sense."""
    event = _map(told, "the event")
    # The names of Event Grid's own schema first, then those of CloudEvents.
    kind = _text(event, "eventType", "type").lower()
    if kind not in _TYPES:
        raise NotOurs("its type is not that of a write")
    data = _map(event.get("data"), "its data")
    subject, operation = _text(event, "subject"), _text(data, "operationName")
    written = _text(data, "resourceUri") or subject
    if key(written) != key(subject):
        raise NotOurs("its subject and its data name different resources")
    return Notice(_text(event, "id"), operation, _target(subject, operation), _callers(data.get("claims")))


def _target(subject: str, operation: str) -> str:
    """Return the id key of the cluster or machine that a write of *subject* is about."""
    try:
        found = parse_id(subject)
    except ValueError as error:
        raise NotOurs("its subject is not the id of a resource") from error
    kind = found.kind.lower()
    if kind not in KINDS or operation.lower() != f"{kind}/write":
        raise NotOurs("nothing that matters here was written")
    # /subscriptions/S/resourceGroups/G/providers/N/T/NAME, and what hangs on it.
    return "/".join(key(subject).split("/")[:9])


def _callers(claims: object) -> frozenset[str]:
    if not isinstance(claims, Mapping):
        return frozenset()
    found = (claims.get(name) for name in _CALLERS)
    return frozenset(one.lower() for one in found if isinstance(one, str) and one and len(one) <= MOST_TEXT)


def _map(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise NotOurs(f"{what} is not an object")
    return value


def _text(told: Mapping[str, Any], *names: str) -> str:
    value = next((told[name] for name in names if told.get(name)), "")
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise NotOurs(f"its {names[0]} is not a text of at most {MOST_TEXT} characters")
    return value
