"""The blobs themselves, as an emulator serves them: `https://host/{account}/{container}/{blob}`.

Every storage account in the store has its routes, under its own name, so that no other path is touched.
Source: REST reference of the Blob service: Get Blob, Put Blob, Delete Blob, Create Container.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from azlocal.sandbox.providers import accounts
from azlocal.sandbox.providers.blob_lists import listing
from azlocal.sandbox.providers.blob_wire import (
    VERSION,
    Blob,
    BlobError,
    Place,
    authorized,
    blob_headers,
    etag,
    http_date,
    md5,
    place_of,
)
from azlocal.sandbox.providers.storage_lease import described
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response
from azlocal.sandbox.world import Azure, Call

RESERVED = frozenset(
    {"subscriptions", "providers", "tenants", "metadata", "msi", "common", "v1", "datacollectionrules"}
)
_CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_CONTAINER_KEY = re.compile(r".*/storageaccounts/([^/]+)/blobservices/default/containers/([^/]+)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
Handler = Callable[[Call, Place], Response]


def follow(azure: Azure) -> None:
    """Give every storage account its routes, and let blobs and leases go with their container."""
    accounts.follow(azure, _serve, _dropped, RESERVED)


def _dropped(azure: Azure, key: str) -> None:
    gone = _CONTAINER_KEY.fullmatch(key)
    if gone is None:
        return
    azure.leases.pop(key, None)
    for one in [one for one in azure.blobs if one[:2] == (gone[1], gone[2])]:
        del azure.blobs[one]


def _serve(azure: Azure, account: str) -> None:
    container, blob = f"/{account}/{{container}}", f"/{account}/{{container}}/{{blob*}}"
    routes: tuple[tuple[str, str, Handler, str], ...] = (
        ("GET", container, container_read, "read"),
        ("HEAD", container, container_read, "read"),
        ("PUT", container, container_put, "write"),
        ("DELETE", container, container_delete, "delete"),
        ("GET", blob, get, "blobs/read"),
        ("HEAD", blob, get, "blobs/read"),
        ("PUT", blob, put, "blobs/write"),
        ("DELETE", blob, delete, "blobs/delete"),
    )
    for method, template, handler, verb in routes:
        azure.router.add(
            method, template, partial(_answer, account, handler, verb), resource_type="data-plane",
            action=f"{_CONTAINER}/{verb}", data=True,
        )  # fmt: skip


def _answer(account: str, handler: Handler, verb: str, call: Call) -> Response:
    try:
        place = place_of(call, account)
        # A list of blobs is a read of blobs, whatever its address.
        _require_right(call, place, "blobs/read" if _option(call, "comp") == "list" else verb)
        response = handler(call, place)
    except BlobError as error:
        response = error.response(call)
    asked = call.request.headers.get("x-ms-version", VERSION)
    response.headers = {"x-ms-version": asked, "server": "Windows-Azure-Blob/1.0", **response.headers}
    return response


def _require_right(call: Call, place: Place, verb: str) -> None:
    """Ask for the right to data, or to the container itself. Source: Blob service, permissions of each operation."""
    scope = f"{place.account['id']}/blobServices/default/containers/{place.container}"
    authorized(call, f"{_CONTAINER}/{verb}", scope, data=verb.startswith("blobs/"))


def _option(call: Call, name: str) -> str:
    return next((value for key, value in call.request.query.items() if key.lower() == name), "").lower()


def container_read(call: Call, place: Place) -> Response:
    """List a container's blobs, or answer its properties in headers."""
    if _option(call, "restype") != "container":
        raise BlobError(400, "InvalidUri", "The requested URI does not represent any resource on the server.")
    document = place.required()
    if _option(call, "comp") == "list":
        return listing(call, place)
    if _option(call, "comp"):
        raise _unsupported("comp")
    lease = described(call.azure.leases.get(document["id"].lower()), call.now)
    return Response(200, {**_container_headers(document, place), **_lease_headers(lease)})


def _container_headers(document: Document, place: Place) -> dict[str, str]:
    return {"etag": str(document.get("etag", '"0x8D0"')), "last-modified": http_date(place.modified(b""))}


def _lease_headers(lease: Mapping[str, str]) -> dict[str, str]:
    names = {
        "leaseStatus": "x-ms-lease-status",
        "leaseState": "x-ms-lease-state",
        "leaseDuration": "x-ms-lease-duration",
    }
    return {names[key]: value.lower() for key, value in lease.items()}


def container_put(call: Call, place: Place) -> Response:
    """Make a container, as the management plane would."""
    if _option(call, "restype") != "container" or _option(call, "comp"):
        raise _unsupported("comp")
    if place.document is not None:
        raise BlobError(409, "ContainerAlreadyExists", "The specified container already exists.")
    handling = call.azure.types[_CONTAINER.lower()]
    identifier = f"{place.account['id']}/blobServices/default/containers/{place.container}"
    try:
        made = handling.put(call.azure, identifier, {}, now=call.now, principal=call.principal).document
    except ArmError as error:
        raise BlobError(error.status, error.code, error.message) from error
    return Response(201, {"etag": made["etag"], "last-modified": http_date(call.now)})


def container_delete(call: Call, place: Place) -> Response:
    """Delete a container and its blobs; the lease of the container must be given when there is one."""
    document = place.required()
    held = call.azure.leases.get(document["id"].lower())
    given = call.request.headers.get("x-ms-lease-id", "").lower()
    locked = described(held, call.now)["leaseStatus"] == "Locked"
    if locked and not given:
        text = "There is currently a lease on the container and no lease ID was specified in the request."
        raise BlobError(412, "LeaseIdMissing", text)
    if held is not None and locked and given != held.id:
        text = "The lease ID specified did not match the lease ID for the container."
        raise BlobError(412, "LeaseIdMismatchWithContainerOperation", text)
    call.azure.store.delete(document["id"])
    call.azure.effects += 1
    return Response(202)


def get(call: Call, place: Place) -> Response:
    """Answer a blob, or the part of it that a range names."""
    if _option(call, "comp"):
        raise _unsupported("comp")
    content = place.blob(call.azure, call.param("blob"))
    _conditions(call, content)
    headers = blob_headers(content, place.modified(content))
    wanted = call.request.headers.get("x-ms-range") or call.request.headers.get("range") or ""
    found = _RANGE.fullmatch(wanted)
    if found is None:
        return Response(200, headers, bytes(content))
    first, last = int(found[1]), min(int(found[2] or len(content)), len(content) - 1)
    if first > last:
        text = "The range specified is invalid for the current size of the resource."
        raise BlobError(416, "InvalidRange", text, {"content-range": f"bytes */{len(content)}"})
    part = bytes(content)[first : last + 1]
    headers["x-ms-blob-content-md5"] = headers.pop("content-md5")
    return Response(206, {**headers, "content-range": f"bytes {first}-{last}/{len(content)}"}, part)


def _conditions(call: Call, content: bytes) -> None:
    """Hold a read to its conditions; raise 304 or 412."""
    headers, mark = call.request.headers, etag(content)
    if headers.get("if-match", "*") not in {"*", mark}:
        raise BlobError(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
    if headers.get("if-none-match") in {"*", mark}:
        raise BlobError(304, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")


def put(call: Call, place: Place) -> Response:
    """Write a block blob whole."""
    if _option(call, "comp"):
        raise _unsupported("comp")
    if call.request.headers.get("x-ms-blob-type", "").lower() != "blockblob":
        text = "An HTTP header that's mandatory for this request is not specified: x-ms-blob-type."
        raise BlobError(400, "MissingRequiredHeader", text)
    place.required()
    key = (place.account["name"], place.container, call.param("blob"))
    _may_replace(call, call.azure.blobs.get(key))
    headers = call.request.headers
    content = Blob(call.request.body)
    content.content_type = headers.get("x-ms-blob-content-type") or headers.get("content-type") or Blob.content_type
    content.modified = call.now
    call.azure.blobs[key] = content
    call.azure.effects += 1
    made = {"etag": etag(content), "last-modified": http_date(call.now), "content-md5": md5(content)}
    return Response(201, {**made, "x-ms-request-server-encrypted": "true"})


def _may_replace(call: Call, standing: bytes | None) -> None:
    headers = call.request.headers
    if standing is not None and headers.get("if-none-match") == "*":
        raise BlobError(409, "BlobAlreadyExists", "The specified blob already exists.")
    wanted = headers.get("if-match")
    if wanted is not None and (standing is None or wanted not in {"*", etag(standing)}):
        raise BlobError(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")


def delete(call: Call, place: Place) -> Response:
    """Delete a blob."""
    content = place.blob(call.azure, call.param("blob"))
    if call.request.headers.get("if-match", "*") not in {"*", etag(content)}:
        raise BlobError(412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
    del call.azure.blobs[(place.account["name"], place.container, call.param("blob"))]
    call.azure.effects += 1
    return Response(202, {"x-ms-delete-type-permanent": "true"})


def _unsupported(name: str) -> BlobError:
    return BlobError(
        400,
        "UnsupportedQueryParameter",
        f"One of the query parameters specified in the request URI is not supported: {name}.",
    )
