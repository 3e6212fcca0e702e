"""Requests and answers over HTTP, free of any framework. Every refusal is a problem document (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from azlocal.report.text import clean

_PRIVATE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: header names in lower case; `params` come from the path."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; `body` is ready for the wire."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Problem(Exception):
    """A request that is answered with a problem document."""

    def __init__(self, status: int, title: str, detail: str = "", remedy: str = "") -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.remedy = status, title, detail, remedy

    def answer(self) -> Answer:
        """Return the document; of texts from outside, what is safe to show."""
        told = {"title": self.title, "status": self.status, "detail": clean(self.detail), "remedy": clean(self.remedy)}
        known = {name: value for name, value in told.items() if value}
        return reply(known, self.status, {"content-type": "application/problem+json"})


def reply(document: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer, which nobody keeps."""
    body = json.dumps(document, separators=(",", ":")).encode()
    return Answer(status, body, {"content-type": "application/json", **_PRIVATE, **(headers or {})})


def page(body: bytes) -> Answer:
    """Return a page that may do nothing but show itself."""
    return Answer(200, body, {"content-type": "text/html; charset=utf-8", **_PRIVATE})
