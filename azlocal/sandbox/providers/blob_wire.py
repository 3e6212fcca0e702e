"""What blob requests have in common: where they go, errors as XML, the headers of a blob.

Source: REST reference of the Blob service, Status and Error Codes, Common Response Headers.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from xml.sax.saxutils import escape

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import Response
from azlocal.sandbox.world import Azure, Call

VERSION = "2023-11-03"


class Blob(bytes):
    """A blob's content, with what a client said of it and when. Plain bytes are blobs too."""

    content_type: str = "application/octet-stream"
    modified: datetime | None = None


class BlobError(Exception):
    """An error as the Blob service answers it."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}

    def response(self, call: Call) -> Response:
        """Return the error as XML; an answer to HEAD carries the code in a header only."""
        headers = {"x-ms-error-code": self.code, **self.headers}
        if call.request.method == "HEAD" or self.status == 304:
            return Response(self.status, headers)
        text = f"{self.message}\nRequestId:{call.azure.random.getrandbits(64):016x}\nTime:{stamp(call.now)}"
        body = f"<Error><Code>{self.code}</Code><Message>{escape(text)}</Message></Error>"
        return xml(body, self.status, headers)


def xml(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return an XML response, which begins with a byte order mark as the service's do."""
    text = f'\ufeff<?xml version="1.0" encoding="utf-8"?>{body}'
    return Response(status, {"content-type": "application/xml", **(headers or {})}, text.encode())


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes. `document` is the container's, None when it is not there."""

    account: Document
    container: str
    document: Document | None

    def blob(self, azure: Azure, name: str) -> bytes:
        """Return a blob's content, or raise the service's 404."""
        self.required()
        content = azure.blobs.get((self.account["name"], self.container, name))
        if content is None:
            raise BlobError(404, "BlobNotFound", "The specified blob does not exist.")
        return content

    def required(self) -> Document:
        """Return the container's document, or raise the service's 404."""
        if self.document is None:
            raise BlobError(404, "ContainerNotFound", "The specified container does not exist.")
        return self.document

    def modified(self, content: bytes) -> datetime:
        """Return when a blob was written: for blobs the world began with, when their container was."""
        known = getattr(content, "modified", None)
        if isinstance(known, datetime):
            return known
        text = str(self.required()["properties"]["lastModifiedTime"])
        return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc)


def place_of(call: Call, account: str) -> Place:
    """Return where a request to *account* goes; raise the service's 403 when a firewall is in the way."""
    azure, container = call.azure, call.param("container")
    document = next(one for one in azure.store.of_type("Microsoft.Storage/storageAccounts") if one["name"] == account)
    reachable(document)
    found = azure.store.get(f"{document['id']}/blobServices/default/containers/{container}")
    return Place(document, container, found)


def reachable(account: Document) -> None:
    """Raise the service's 403 when a firewall stands before *account*."""
    acls = account["properties"].get("networkAcls") or {}
    closed = str(account["properties"].get("publicNetworkAccess", "Enabled")).lower() == "disabled"
    if closed or str(acls.get("defaultAction", "Allow")).lower() == "deny":
        raise BlobError(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")


def etag(content: bytes) -> str:
    """Return an entity tag that changes with the content."""
    return f'"0x{hashlib.sha256(content).hexdigest()[:15].upper()}"'


def blob_headers(content: bytes, modified: datetime) -> dict[str, str]:
    """Return the headers by which the service describes a blob."""
    moment = http_date(modified)
    return {
        "content-type": getattr(content, "content_type", "application/octet-stream"),
        "last-modified": moment,
        "etag": etag(content),
        "accept-ranges": "bytes",
        "content-md5": md5(content),
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": moment,
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "true",
    }


def md5(content: bytes) -> str:
    """Return the checksum the service gives: MD5 in base64, no matter of security."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def http_date(moment: datetime) -> str:
    """Format a moment for a header."""
    return format_datetime(moment.astimezone(timezone.utc).replace(microsecond=0), usegmt=True)


def authorized(call: Call, action: str, scope: str, *, data: bool) -> None:
    """Raise the service's 403 when the caller's roles do not give *action* at *scope*."""
    if not call.azure.may(call.principal, action, scope, data=data):
        text = "This request is not authorized to perform this operation using this permission."
        raise BlobError(403, "AuthorizationPermissionMismatch", text)
