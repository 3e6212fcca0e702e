"""Every client request, complete, with what Azure made of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from azlocal.sandbox.wire import ArmError, Request

_SECRET_KEY = re.compile(
    r"pass+word|client_?secret|access_?token|protectedsettings|accountkey|^secret$|^assertion$", re.IGNORECASE
)
# Where a property named only `value` is the secret itself.
_SECRET_PATH = re.compile(r"/(?:vaults/[^/]+/secrets|automationaccounts/[^/]+/variables)/", re.IGNORECASE)
MASK = "***"


# No slots: the body is read when somebody asks for it, and then kept.
@dataclass(frozen=True, kw_only=True)
class Entry:
    """One request. `status` is what Azure produced, also when the reply was dropped."""

    seq: int
    at: str
    method: str
    path: str
    query: Mapping[str, str]
    status: int
    effect: bool
    fault: str | None
    principal: str | None
    answered: int = 0
    """Bytes of the answer's body, also when the reply was dropped."""
    sent: Request = field(repr=False)
    """The request as it came, secrets and all: never shown."""

    @cached_property
    def body(self) -> Any:
        """Return the body as JSON without what is secret; None when there is none, or it is no JSON."""
        return _body(self.sent)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as the journal answers it."""
        return {name: getattr(self, name) for name in _SHOWN}


_SHOWN = ("seq", "at", "method", "path", "query", "status", "effect", "fault", "principal", "answered", "body")


def _body(request: Request) -> Any:
    packed = request.headers.get("content-encoding", "").lower() == "gzip"
    try:
        plain = gzip.decompress(request.body) if packed else request.body
        return masked(Request(request.method, request.path, body=plain).json(), request.path) if plain else None
    except (ArmError, OSError, EOFError):
        return None


class Journal:
    """All entries in order; sequence numbers begin at 1."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, **values: Any) -> Entry:
        """Append an entry with the next sequence number."""
        entry = Entry(seq=len(self._entries) + 1, **values)
        self._entries.append(entry)
        return entry

    def after(self, seq: int = 0) -> list[Entry]:
        """Return the entries after *seq*."""
        return self._entries[max(0, seq) :]


def masked(body: Any, path: str = "") -> Any:
    """Return *body* without secret values: secure template parameters, and what is named like a secret.

    *path* is where the body was sent to: some places take nothing but secrets.
    """
    named = frozenset({"value"}) if _SECRET_PATH.search(path) else frozenset()
    return _mask(body, _secure_parameters(body) | named)


def _secure_parameters(body: Any) -> frozenset[str]:
    properties = body.get("properties") if isinstance(body, dict) else None
    template = properties.get("template") if isinstance(properties, dict) else None
    declared = template.get("parameters") if isinstance(template, dict) else None
    if not isinstance(declared, dict):
        return frozenset()
    return frozenset(
        name.lower()
        for name, one in declared.items()
        if isinstance(one, dict) and str(one.get("type", "")).lower() in {"securestring", "secureobject"}
    )


def _mask(value: Any, secure: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _masked_value(name, part, secure) for name, part in value.items()}
    if isinstance(value, list):
        return [_mask(part, secure) for part in value]
    return value


def _masked_value(name: str, part: Any, secure: frozenset[str]) -> Any:
    hidden = name.lower() in secure or _SECRET_KEY.search(name) is not None
    if not hidden:
        return _mask(part, secure)
    if isinstance(part, dict) and "value" in part:
        return {**part, "value": MASK}
    return _mask(part, secure) if isinstance(part, dict) and ("type" in part or "reference" in part) else MASK
