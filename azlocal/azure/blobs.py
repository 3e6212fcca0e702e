"""Plan and inputs in blobs: read with the identity, written with a person's own rights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, HeadersPolicy
from azure.core.rest import HttpRequest

from azlocal.azure.clients import Answer, Connection, PatientRetry, Shared
from azlocal.azure.errors import refused, translated
from azlocal.errors import BadInput, Incomplete

SERVICE_VERSION = "2023-11-03"


def read_text(connection: Connection, url: str) -> str:
    """Return a blob's text (UTF-8); raise AzlocalError when it cannot be read."""
    content = _get(connection, url, "read the blob")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput([f"{_bare(url)}: {error}"], remedy="save the file as UTF-8") from error


def read_folder(connection: Connection, url: str) -> dict[str, str]:
    """Return the YAML and CSV blobs below a prefix, by name relative to it."""
    container, prefix = _split(url)
    if url.lower().endswith(".csv"):
        return {prefix.rsplit("/", 1)[-1]: read_text(connection, url)}
    wanted = [
        name for name in _names(connection, container, prefix) if name.lower().endswith((".yaml", ".yml", ".csv"))
    ]
    return {name.removeprefix(prefix): read_text(connection, f"{container}/{quote(name)}") for name in wanted}


def write_text(connection: Connection, url: str, text: str) -> None:
    """Write a blob, in place of what is there; raise AzlocalError when it cannot be written."""
    headers = {"x-ms-blob-type": "BlockBlob", "content-type": "application/yaml; charset=utf-8"}
    _send(connection, HttpRequest("PUT", url, headers=headers, content=text.encode()), "write the blob")


def names_in(connection: Connection, url: str) -> tuple[str, ...]:
    """Return the names of the blobs below a prefix (which ends in a slash), relative to it."""
    container, prefix = _split(url)
    return tuple(name.removeprefix(prefix) for name in _names(connection, container, prefix))


def _names(connection: Connection, container: str, prefix: str) -> Iterator[str]:
    """Yield the names of all blobs that begin with a prefix, page by page."""
    asked, seen = f"{container}?restype=container&comp=list&prefix={quote(prefix, safe='')}", set[str]()
    marker = ""
    while marker not in seen:
        seen.add(marker)
        page = _get(connection, f"{asked}&marker={quote(marker, safe='')}" if marker else asked, "list the blobs")
        try:
            listing = ET.fromstring(page)  # noqa: S314
        except ET.ParseError as error:
            raise Incomplete(f"could not list the blobs ({container}): {error}", remedy="run again") from error
        yield from (node.text or "" for node in listing.iter("Name"))
        marker = listing.findtext("NextMarker") or ""
        if not marker:
            return
    raise Incomplete(f"could not list the blobs ({container}): the list does not end", remedy="run again")


def _bare(url: str) -> str:
    """Return a URL without its query, which may hold a signature."""
    return url.split("?", maxsplit=1)[0]


def _split(url: str) -> tuple[str, str]:
    """Return (container URL, blob prefix): account.blob hosts, or host/account paths as emulators have."""
    parts = urlsplit(url)
    segments = parts.path.strip("/").split("/")
    depth = 1 if ".blob." in parts.netloc else 2
    return f"{parts.scheme}://{parts.netloc}/{'/'.join(segments[:depth])}", "/".join(segments[depth:]) + (
        "/" if url.endswith("/") else ""
    )


def _get(connection: Connection, url: str, action: str) -> bytes:
    return _send(connection, HttpRequest("GET", url), action)


def _send(connection: Connection, request: HttpRequest, action: str) -> bytes:
    url = request.url
    client: Any = PipelineClient(
        url,
        policies=[
            HeadersPolicy({"x-ms-version": SERVICE_VERSION}),
            PatientRetry(retry_total=3),
            BearerTokenCredentialPolicy(connection.credential, connection.cloud.storage_scope),
        ],
        transport=Shared(connection.transport),
    )
    with translated(action, _bare(url)):
        response = client.send_request(request)
        content: bytes = response.read()
    if response.status_code >= 300:
        code = response.headers.get("x-ms-error-code", "")
        body = {"error": {"code": code, "message": "the storage service refused"}}
        raise refused(Answer(status=response.status_code, json=body), action, _bare(url))
    return content
