"""Requests, responses and ARM's error envelope, free of any web framework."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON_TYPE = "application/json; charset=utf-8"
_COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BARE_TEMPLATE_KEY = re.compile(r"([{,]\s*)template\s*:\s*\{")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: header names in lower case, *query* decoded, *path* as the client sent it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def base(self) -> str:
        """Return the origin the client used, for next links and status URLs."""
        return f"https://{self.headers.get('host', '127.0.0.1')}"

    def json(self) -> Any:
        """Return the body as JSON, or raise ARM's answer to a malformed body."""
        try:
            return loads_lenient(self.body)
        except ValueError as error:
            raise ArmError(
                400,
                "InvalidRequestContent",
                f"The request content was invalid and could not be deserialized: '{type(error).__name__}: {error}'.",
            ) from error


@dataclass(slots=True)
class Response:
    """One HTTP response; *body* is ready for the wire."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


def reply(body: Any = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON response; a body of None means an empty one."""
    if body is None:
        return Response(status, dict(headers or {}))
    return Response(
        status,
        {"content-type": JSON_TYPE, **(headers or {})},
        json.dumps(body, separators=(",", ":")).encode(),
    )


class ArmError(Exception):
    """An error as Azure answers it: raised anywhere, turned into an envelope in one place."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        target: str | None = None,
        details: Iterable[Mapping[str, Any]] = (),
        additional_info: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.target = target
        self.details = [dict(detail) for detail in details]
        self.additional_info = [dict(info) for info in additional_info]
        self.headers = dict(headers or {})

    def error(self) -> dict[str, Any]:
        """Return the object that stands under `error` in the envelope."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            body["target"] = self.target
        if self.details:
            body["details"] = self.details
        if self.additional_info:
            body["additionalInfo"] = self.additional_info
        return body

    def response(self) -> Response:
        """Return the error as a response in ARM's envelope."""
        return reply({"error": self.error()}, self.status, self.headers)


def loads_lenient(body: bytes) -> Any:
    """Parse JSON as Azure does: the Azure CLI splices template text, comments included, into its bodies."""
    try:
        return json.loads(body)
    except ValueError:
        text = body.decode("utf-8-sig")
    text = _COMMENT_OR_STRING.sub(lambda found: found[0] if found[0][0] == '"' else " ", text)
    text = _BARE_TEMPLATE_KEY.sub(r'\1"template":{', text, count=1)
    return json.loads(_TRAILING_COMMA.sub(r"\1", text), strict=False)
