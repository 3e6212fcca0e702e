"""HTTPS on loopback, with a certificate authority of its own."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from azlocal.sandbox.faults import ReplyDropped
from azlocal.sandbox.wire import Request, Response

Handle = Callable[[Request], Response]


class Server:
    """One TLS listener on 127.0.0.1; `port` 0 takes a free one. Every connection has its thread."""

    def __init__(self, handle: Handle, *, port: int = 0, log: Callable[[str], None] | None = None) -> None:
        import trustme

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        self.ca_pem = authority.cert_pem.bytes()
        self._server = _Listener(handle, context, port, log)
        self.port = int(self._server.server_address[1])
        self.base = f"https://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="sandbox"
        )

    def start(self, ca_bundle: Path) -> None:
        """Write the authority's certificate and begin to answer."""
        ca_bundle.write_bytes(self.ca_pem)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and close the listener."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, hands them over, writes what comes back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: _Listener

    def answer(self) -> None:
        """Read one request, hand it over, and write the answer, or cut the connection."""
        try:
            response = self.server.handle(self._request())
        except ReplyDropped:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)
            return
        if self.server.log is not None:
            self.server.log(f"{self.command} {self.path} {response.status}")
        self._write(response)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, self._body())

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and response.status != 204:
            self.wfile.write(response.body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the journal has it."""


class _Listener(ThreadingHTTPServer):
    """Accepts connections on loopback, each in a thread of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handle: Handle, context: ssl.SSLContext, port: int, log: Callable[[str], None] | None) -> None:
        self.handle = handle
        self.log = log
        self._context = context
        super().__init__(("127.0.0.1", port), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        # The handshake runs in the worker thread: a slow client must not stop others from connecting.
        super().finish_request(self._context.wrap_socket(request, server_side=True), client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that hang up or reject the certificate."""
