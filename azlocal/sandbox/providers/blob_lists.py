"""List Blobs: names under a prefix, in order, a page at a time, folded at a delimiter.

Source: REST reference of the Blob service, List Blobs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from azlocal.sandbox.providers.blob_wire import BlobError, Place, blob_headers, xml
from azlocal.sandbox.wire import Response
from azlocal.sandbox.world import Azure, Call

MOST = 5000


@dataclass(frozen=True, slots=True)
class _Asked:
    prefix: str
    delimiter: str
    marker: str
    limit: int


def listing(call: Call, place: Place) -> Response:
    """Answer one page of a container's blobs."""
    asked = _asked(call)
    entries = list(_after(asked, _entries(call.azure, place, asked)))
    shown, rest = entries[: asked.limit], entries[asked.limit :]
    following = base64.urlsafe_b64encode(rest[0].encode()).decode() if rest else ""
    blobs = "".join(_entry(call.azure, place, asked, name) for name in shown)
    endpoint = quoteattr(f"{call.request.base}/{place.account['name']}/")
    body = (
        f"<EnumerationResults ServiceEndpoint={endpoint} ContainerName={quoteattr(place.container)}>"
        f"{_echo(call)}<Blobs>{blobs}</Blobs>{_element('NextMarker', following)}</EnumerationResults>"
    )
    return xml(body)


def _asked(call: Call) -> _Asked:
    told = {name.lower(): value for name, value in call.request.query.items()}
    text = told.get("maxresults", str(MOST))
    if not text.isdecimal() or int(text) < 1:
        text = "Value for one of the query parameters specified in the request URI is outside the permissible range."
        raise BlobError(400, "OutOfRangeQueryParameterValue", text)
    try:
        marker = base64.b64decode(told.get("marker", "").encode(), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        text = "Value for one of the query parameters specified in the request URI is invalid."
        raise BlobError(400, "InvalidQueryParameterValue", text) from error
    return _Asked(told.get("prefix", ""), told.get("delimiter", ""), marker, min(int(text), MOST))


def _entries(azure: Azure, place: Place, asked: _Asked) -> Iterator[str]:
    """Yield blob names and, once each, the folders that a delimiter makes, in order."""
    seen: set[str] = set()
    account = place.account["name"]
    for name in sorted(key[2] for key in azure.blobs if key[:2] == (account, place.container)):
        if not name.startswith(asked.prefix):
            continue
        folder = _folder(name, asked)
        if folder not in seen:
            seen.add(folder)
            yield folder


def _folder(name: str, asked: _Asked) -> str:
    head, found, _ = name[len(asked.prefix) :].partition(asked.delimiter) if asked.delimiter else (name, "", "")
    return f"{asked.prefix}{head}{found}" if found else name


def _after(asked: _Asked, names: Iterator[str]) -> Iterator[str]:
    return (name for name in names if name >= asked.marker)


def _entry(azure: Azure, place: Place, asked: _Asked, name: str) -> str:
    content = azure.blobs.get((place.account["name"], place.container, name))
    if content is None or (asked.delimiter and name.endswith(asked.delimiter)):
        return f"<BlobPrefix>{_element('Name', name)}</BlobPrefix>"
    headers = blob_headers(content, place.modified(content))
    properties = "".join(
        _element(label, headers[header])
        for label, header in (
            ("Creation-Time", "x-ms-creation-time"), ("Last-Modified", "last-modified"),
            ("Content-Type", "content-type"), ("Content-MD5", "content-md5"), ("BlobType", "x-ms-blob-type"),
            ("LeaseStatus", "x-ms-lease-status"), ("LeaseState", "x-ms-lease-state"),
            ("ServerEncrypted", "x-ms-server-encrypted"),
        )
    )  # fmt: skip
    tag = headers["etag"].strip('"')
    sizes = f"{_element('Etag', tag)}{_element('Content-Length', str(len(content)))}{_element('AccessTier', 'Hot')}"
    return f"<Blob>{_element('Name', name)}<Properties>{properties}{sizes}</Properties></Blob>"


def _echo(call: Call) -> str:
    names = {"prefix": "Prefix", "marker": "Marker", "maxresults": "MaxResults", "delimiter": "Delimiter"}
    told = {name.lower(): value for name, value in call.request.query.items() if value}
    return "".join(_element(label, told[name]) for name, label in names.items() if name in told)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else f"<{name} />"
