"""The same handler without a socket: a transport for azure-core clients, sleeping on the sandbox's clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from azure.core.exceptions import HttpResponseError, ServiceResponseError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpResponse
from azure.core.utils import case_insensitive_dict

from azlocal.sandbox.faults import ReplyDropped
from azlocal.sandbox.wire import Request, Response


class InProcessResponse(HttpResponse):
    """A response of the handler as azure-core wants it, whole from the start."""

    def __init__(self, request: Any, response: Response) -> None:
        self._request = request
        self._response = response
        self._headers = case_insensitive_dict(response.headers)
        self._encoding: str | None = "utf-8"

    request = property(lambda self: self._request)
    status_code = property(lambda self: self._response.status)
    headers = property(lambda self: self._headers)
    content_type = property(lambda self: self._headers.get("content-type"))
    url = property(lambda self: self._request.url)
    content = property(lambda self: self._response.body)
    is_closed = property(lambda self: True)
    is_stream_consumed = property(lambda self: True)

    @property
    def reason(self) -> str:
        """Return the status's phrase."""
        return HTTPStatus(self._response.status).phrase

    @property
    def encoding(self) -> str | None:
        """Return the body's encoding."""
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    def text(self, encoding: str | None = None) -> str:
        """Return the body as text."""
        return self._response.body.decode(encoding or "utf-8")

    def body(self) -> bytes:
        """Return the body, as older pipelines ask for it."""
        return self._response.body

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self._response.body)

    def read(self) -> bytes:
        """Return the body."""
        return self._response.body

    def iter_bytes(self, **_: Any) -> Iterator[bytes]:
        """Yield the body."""
        yield self._response.body

    def iter_raw(self, **_: Any) -> Iterator[bytes]:
        """Yield the body."""
        yield self._response.body

    def stream_download(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Yield the body, as older pipelines ask for it."""
        yield self._response.body

    def close(self) -> None:
        """Nothing is open."""

    def raise_for_status(self) -> None:
        """Raise HttpResponseError for 400 and above."""
        if self.status_code >= 400:
            raise HttpResponseError(response=self)

    def __enter__(self) -> InProcessResponse:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class InProcessTransport(HttpTransport[Any, Any]):
    """Sends requests to a handler; *host* is what the handler sees as the client's host."""

    def __init__(
        self, handle: Callable[[Request], Response], sleep: Callable[[float], None], host: str = "sandbox.invalid"
    ) -> None:
        self._handle = handle
        self._sleep = sleep
        self._host = host

    def open(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def __exit__(self, *_: object) -> None:
        return None

    def sleep(self, duration: float) -> None:
        """Sleep on the sandbox's clock."""
        self._sleep(duration)

    def send(self, request: Any, **_: Any) -> InProcessResponse:
        """Hand one request over; a dropped reply is a ServiceResponseError."""
        parts = urlsplit(request.url)
        headers = {str(name).lower(): str(value) for name, value in request.headers.items()}
        headers.setdefault("host", parts.netloc or self._host)
        body = _body(getattr(request, "content", None) or getattr(request, "data", None) or b"")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            response = self._handle(Request(request.method, parts.path, query, headers, body))
        except ReplyDropped as dropped:
            raise ServiceResponseError("the connection was cut before an answer came") from dropped
        return InProcessResponse(request, response)


def _body(content: Any) -> bytes:
    """Return what a pipeline sends as bytes: text, bytes, form fields, or something to read from."""
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, dict):
        return urlencode(content).encode()
    read = getattr(content, "read", None)
    return bytes(read() if read is not None else content)
