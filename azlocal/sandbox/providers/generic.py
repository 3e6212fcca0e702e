"""Any common resource: written at once, read, listed, patched and deleted by its id.

`serve` gives a `Kind` its routes and registers how it is written, so that a client's PUT and a template
deployment do the same. Types with a life of their own have their own modules.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import unquote

from azlocal.sandbox.providers import automation_jobs, monitoring
from azlocal.sandbox.providers.completions import Draft, complete
from azlocal.sandbox.providers.guards import require_parent, require_registered, require_unlocked
from azlocal.sandbox.providers.ids import canonical, not_found, parts_of
from azlocal.sandbox.providers.kinds import COMMON, Kind
from azlocal.sandbox.providers.odata import filter_of, matches, top_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import require_tags_allowed
from azlocal.sandbox.providers.tag_rules import checked, within_limit
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, ResourceType, Written, require

Prepare = Callable[[Draft], None]
_PREPARE: dict[str, Prepare] = {**monitoring.PREPARE, automation_jobs.TYPE: automation_jobs.prepare}
_TOP = ("location", "tags", "kind", "sku", "plan", "zones", "managedBy", "extendedLocation", "identity", "scale")


def register(azure: Azure) -> None:
    """Register every common type."""
    for kind in COMMON:
        serve(azure, Resources(kind, Generic(kind, _PREPARE.get(kind.type.lower()))))
    monitoring.follow(azure)


@dataclass(frozen=True, slots=True)
class Generic:
    """How a common resource is written. *prepare* checks and fills what its type asks, before it is stored."""

    kind: Kind
    prepare: Prepare | None = None
    guarded: bool = True
    """Whether locks stop a write."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create or replace the resource, or raise `ArmError` as Azure would."""
        before = azure.store.get(resource_id)
        require_parent(azure, resource_id)
        require_registered(azure, resource_id)
        if self.guarded:
            require_unlocked(azure, resource_id, "write")
        draft = Draft(azure, _document(azure, self.kind, resource_id, body, before), before, now, principal)
        complete(draft)
        if self.prepare is not None:
            self.prepare(draft)
        azure.changed(draft.document)
        return Written(draft.document, before is None)


def _document(azure: Azure, kind: Kind, resource_id: str, body: Any, before: Document | None) -> Document:
    """Return what a PUT describes, checked as ARM checks it before the provider is asked."""
    properties = given_properties(body)
    _check_location(kind, body, before, resource_id)
    known = before["id"] if before is not None else canonical(azure, resource_id, kind.type)
    top = {name: copy.deepcopy(body[name]) for name in _TOP if body.get(name) is not None}
    if "tags" in top:
        top["tags"] = within_limit(checked(top["tags"]), known)
    if top.get("tags", {}) != ((before or {}).get("tags") or {}):
        require_tags_allowed(azure, known)
    document = {"id": known, "name": known.rsplit("/", 1)[-1], "type": kind.type, **top}
    document["properties"] = copy.deepcopy(properties)
    if kind.stated:
        document["properties"]["provisioningState"] = "Succeeded"
    return document


def given_properties(body: Any) -> dict[str, Any]:
    """Return a body's properties, empty without any; raise ArmError (400) when either is no object."""
    message = "The request content was invalid and could not be deserialized: an object was expected."
    found = require(body, dict, message).get("properties")
    properties: dict[str, Any] = {} if found is None else require(found, dict, message)
    return properties


def _check_location(kind: Kind, body: Document, before: Document | None, resource_id: str) -> None:
    given = str(body.get("location") or "")
    if kind.located and not given:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    standing = str((before or {}).get("location") or "")
    if standing and given and _place(given) != _place(standing):
        parts = parts_of(resource_id)
        raise ArmError(
            409, "InvalidResourceLocation",
            f"The resource '{parts.names[-1]}' already exists in location '{standing}' in resource group "
            f"'{resource_id.split('/')[4]}'. A resource with the same name cannot be created in location '{given}'. "
            "Please select a new resource name.",
        )  # fmt: skip


def _place(location: str) -> str:
    return location.replace(" ", "").lower()


def serve(azure: Azure, resources: Resources) -> None:
    """Register the routes of a type and how it is written."""
    kind = resources.kind
    azure.resource_type(kind.type, resources.handling)
    add = partial(azure.router.add, resource_type=kind.type, api_versions=kind.versions)
    collection, *wider = _collections(kind)
    for method in ("get", "head", "put", "patch", "delete"):
        add(method.upper(), f"{collection}/{{name}}", getattr(resources, method))
    for template in (collection, *wider):
        add("GET", template, resources.list)


def _collections(kind: Kind) -> Iterator[str]:
    """Yield the templates of the collections of *kind*: first the one its resources are written in."""
    namespace, *types = kind.type.split("/")
    outer = "".join(f"/{one}/{{parent{place}}}" for place, one in enumerate(types[:-1]))
    tail = f"/providers/{namespace}{outer}/{types[-1]}"
    if kind.extension:
        yield f"/{{scope*}}{tail}"
        return
    yield f"/subscriptions/{{subscription}}/resourceGroups/{{group}}{tail}"
    if not outer:
        yield f"/subscriptions/{{subscription}}{tail}"


def id_of(call: Call) -> str:
    """Return the id that a request's path is."""
    return "/" + unquote(call.request.path).strip("/")


def found(call: Call) -> Document:
    """Return the resource a request is about, or raise ResourceNotFound."""
    document = call.azure.store.get(id_of(call))
    if document is None:
        raise not_found(id_of(call))
    return document


class Resources:
    """The handlers of one type; a type with ways of its own overrides them."""

    def __init__(self, kind: Kind, handling: ResourceType) -> None:
        self.kind = kind
        self.handling = handling

    def get(self, call: Call) -> Response:
        """Answer the resource."""
        return reply(found(call))

    def head(self, call: Call) -> Response:
        """Say whether the resource is there."""
        return Response(204 if call.azure.store.get(id_of(call)) is not None else 404)

    def put(self, call: Call) -> Response:
        """Create or replace the resource."""
        return self._write(call, call.request.json())

    def patch(self, call: Call) -> Response:
        """Change what the body names; the rest stands."""
        return self._write(call, patched(found(call), call.request.json()))

    def _write(self, call: Call, body: Any) -> Response:
        done = self.handling.put(call.azure, id_of(call), body, now=call.now, principal=call.principal)
        return reply(done.document, self.kind.created if done.created else 200)

    def delete(self, call: Call) -> Response:
        """Delete the resource and what hangs on it."""
        require_unlocked(call.azure, id_of(call), "delete")
        return Response(200 if remove(call.azure, id_of(call)) else 204)

    def list(self, call: Call) -> Response:
        """Answer the resources of the type in a group, a subscription, a parent, or on a scope."""
        wanted = filter_of(call)
        items = (one for one in self._below(call) if matches(wanted, partial(field, one)))
        return page(call, items, top_of(call))

    def _below(self, call: Call) -> Iterator[Document]:
        path = id_of(call)
        scope = path[: path.lower().rindex("/providers/")]
        if self.kind.type.count("/") > 1:
            require_parent(call.azure, f"{path}/_")
            return call.azure.store.of_type(self.kind.type, under=f"{path}/")
        if self.kind.extension:
            return call.azure.store.of_type(self.kind.type, under=f"{scope}/providers/{self.kind.type}/")
        return call.azure.store.of_type(self.kind.type, under=f"{scope}/")


def field(document: Document, name: str) -> Any:
    """Return a value of a document by a path of lower-cased names joined by `/` or `.`, None without one."""
    value: Any = document
    for part in name.replace("/", ".").split("."):
        if not isinstance(value, dict):
            return None
        value = next((one for key, one in value.items() if key.lower() == part), None)
    return value


def patched(standing: Document, body: Document) -> Document:
    """Return *standing* with *body* laid over it: tags, sku and identity whole, properties key by key."""
    over = given_properties(body)
    top = {name: body[name] for name in body if name in _TOP}
    return {**standing, **top, "properties": _laid(standing.get("properties") or {}, over)}


def _laid(under: Any, over: Any) -> Any:
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    merged = {**under, **{name: _laid(under.get(name), value) for name, value in over.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def remove(azure: Azure, resource_id: str) -> bool:
    """Delete a resource with its children and extensions; return whether it was there."""
    if azure.store.get(resource_id) is None:
        return False
    below = resource_id.lower() + "/"
    for key in [one["id"] for one in azure.store.all() if one["id"].lower().startswith(below)]:
        azure.store.delete(key)
    azure.store.delete(resource_id)
    azure.effects += 1
    return True
