"""Resource groups: list, read, make, patch, and delete with all that is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from azlocal.sandbox.api_versions import RESOURCES
from azlocal.sandbox.providers.generic import field, id_of, remove
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.providers.headers import location_headers
from azlocal.sandbox.providers.odata import Filter, filter_of, matches, top_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.providers.policies import require_tags_allowed
from azlocal.sandbox.providers.tag_rules import checked, within_limit
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call, Principal, Written, require

TYPE = "Microsoft.Resources/resourceGroups"
_TYPES = (TYPE, "Microsoft.Resources/subscriptions/resourceGroups")
_NAME = re.compile(r"[-\w._()]{0,89}[-\w_()]")
_TAKES = timedelta(seconds=90)


def register(azure: Azure) -> None:
    """Register the routes of groups, and how a template makes one."""
    one = "/subscriptions/{subscription}/resourceGroups/{group}"
    for method, template, handler in (
        ("GET", "/subscriptions/{subscription}/resourceGroups", list_all),
        ("GET", one, get),
        ("HEAD", one, head),
        ("PUT", one, put),
        ("PATCH", one, patch),
        ("DELETE", one, delete),
    ):
        azure.router.add(method, template, handler, resource_type=TYPE, api_versions=RESOURCES)
    for kind in _TYPES:
        azure.resource_type(kind, Groups())


def groups_of(azure: Azure, subscription: str) -> Iterator[Document]:
    """Yield a subscription's groups."""
    for kind in _TYPES:
        yield from azure.store.of_type(kind, under=f"/subscriptions/{subscription}/")


def list_all(call: Call) -> Response:
    """Answer the groups; `$filter` takes `tagName eq 'x' and tagValue eq 'y'` and the name."""
    wanted = filter_of(call)
    fitting = (one for one in groups_of(call.azure, call.param("subscription")) if fits(wanted, one))
    return page(call, fitting, top_of(call))


def fits(wanted: Filter, document: Document) -> bool:
    """Return whether a document fits a filter in which `tagName` and `tagValue` speak of one tag."""
    tags = {str(name).lower(): str(value).lower() for name, value in (document.get("tags") or {}).items()}
    return not wanted or any(_alternative(one, document, tags) for one in wanted)


def _alternative(clauses: list[Any], document: Document, tags: dict[str, str]) -> bool:
    told = {one.name: one.value.lower() for one in clauses if one.name in {"tagname", "tagvalue"}}
    name = told.get("tagname")
    if name is not None and (name not in tags or tags[name] != told.get("tagvalue", tags[name])):
        return False
    rest = [one for one in clauses if one.name not in {"tagname", "tagvalue"}]
    return not rest or matches([rest], partial(_value, document))


def _value(document: Document, name: str) -> Any:
    group = document["id"].split("/")[4] if document["id"].count("/") > 3 else ""
    known = {"resourcetype": document["type"], "resourcegroup": group}
    return known.get(name, field(document, name))


def _found(call: Call) -> Document:
    document = call.azure.store.get(id_of(call))
    if document is None:
        raise ArmError(404, "ResourceGroupNotFound", f"Resource group '{call.param('group')}' could not be found.")
    return document


def _shown(document: Document) -> Document:
    return {**document, "type": TYPE}


def get(call: Call) -> Response:
    """Answer one group."""
    return reply(_shown(_found(call)))


def head(call: Call) -> Response:
    """Say whether a group is there."""
    return Response(204 if call.azure.store.get(id_of(call)) is not None else 404)


def put(call: Call) -> Response:
    """Make a group or replace its tags."""
    written = Groups().put(call.azure, id_of(call), call.request.json(), now=call.now, principal=call.principal)
    return reply(_shown(written.document), 201 if written.created else 200)


def patch(call: Call) -> Response:
    """Replace a group's tags, leaving the rest."""
    standing, body = _found(call), require(call.request.json(), dict, "The request content was invalid.")
    return put_over(call, {**standing, **{name: body[name] for name in ("tags", "managedBy") if name in body}})


def put_over(call: Call, body: Document) -> Response:
    """Write *body* over the group of the request."""
    written = Groups().put(call.azure, id_of(call), body, now=call.now, principal=call.principal)
    return reply(_shown(written.document))


class Groups:
    """How a group is written."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create or replace the group, or raise `ArmError`."""
        del now, principal
        require(body, dict, "The request content was invalid and could not be deserialized.")
        before = azure.store.get(resource_id)
        name = resource_id.rsplit("/", 1)[-1]
        _check(name, body, before)
        require_unlocked(azure, resource_id, "write")
        tags = within_limit(checked(body.get("tags")), resource_id)
        if tags != ((before or {}).get("tags") or {}):
            require_tags_allowed(azure, resource_id)
        document: Document = {
            "id": before["id"] if before else resource_id,
            "name": before["name"] if before else name,
            "type": before["type"] if before else TYPE,
            "location": before["location"] if before else str(body["location"]).replace(" ", "").lower(),
            "tags": tags,
            "properties": {"provisioningState": "Succeeded"},
        }
        if body.get("managedBy"):
            document["managedBy"] = body["managedBy"]
        azure.changed(document)
        return Written(document, before is None)


def _check(name: str, body: Document, before: Document | None) -> None:
    if _NAME.fullmatch(name) is None:
        raise ArmError(400, "InvalidResourceGroup", f"The provided resource group name '{name}' is invalid.")
    location = str(body.get("location") or "").replace(" ", "").lower()
    if before is None and not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if before is not None and location and location != str(before["location"]).replace(" ", "").lower():
        raise ArmError(
            409, "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{before['location']}'.",
        )  # fmt: skip


def delete(call: Call) -> Response:
    """Begin to delete a group with all that is in it; a lock anywhere in it forbids that."""
    azure, group = call.azure, _found(call)
    require_unlocked(azure, group["id"], "delete")
    subscription = call.param("subscription")
    operation = azure.operations.begin(
        group["id"],
        f"/subscriptions/{subscription}/providers/Microsoft.Resources/locations/{group['location']}",
        call.now,
    )
    azure.changed({**group, "properties": {**group["properties"], "provisioningState": "Deleting"}})

    def end(now: datetime) -> None:
        remove(azure, group["id"])
        operation.end("Succeeded", now)

    azure.after(call.now, _TAKES, end)
    return reply(None, 202, location_headers(call, operation))
