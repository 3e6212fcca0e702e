"""Microsoft.Resources: subscriptions, groups, providers, tags, and the lists of whatever is in a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azlocal.sandbox.api_versions import RESOURCES
from azlocal.sandbox.providers import resource_groups, resource_providers, subscriptions, tags
from azlocal.sandbox.providers.ids import parts_of
from azlocal.sandbox.providers.odata import filter_of, option, top_of
from azlocal.sandbox.providers.paging import page
from azlocal.sandbox.rbac_actions import named
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import Response
from azlocal.sandbox.world import Azure, Call

TYPE = "Microsoft.Resources/resources"
_CONTAINERS = frozenset(
    f"microsoft.resources/{one}"
    for one in ("subscriptions", "resourcegroups", "subscriptions/resourcegroups", "deployments", "providers")
)
_SHOWN = ("kind", "managedBy", "sku", "plan", "zones", "identity", "extendedLocation", "tags")


def register(azure: Azure) -> None:
    """Register all routes of Microsoft.Resources that are no deployments."""
    for module in (subscriptions, resource_groups, resource_providers, tags):
        module.register(azure)
    subscription, group = "/subscriptions/{subscription}", "/subscriptions/{subscription}/resourceGroups/{group}"
    for base, action in ((subscription, ""), (group, "resourceGroups/")):
        azure.router.add(
            "GET", f"{base}/resources", list_all, resource_type=TYPE, api_versions=RESOURCES,
            action=f"Microsoft.Resources/subscriptions/{action}resources/read",
        )  # fmt: skip


def list_all(call: Call) -> Response:
    """Answer the tracked resources of a subscription or a group; `$filter` by type, name, location, group, tag."""
    wanted, expanded = filter_of(call), {one.strip() for one in option(call, "$expand").lower().split(",")}
    base = call.request.path.rsplit("/", 1)[0]
    readable = (one for one in _tracked(call.azure, base) if _may_read(call, one))
    fitting = (one for one in readable if resource_groups.fits(wanted, _named(one)))
    return page(call, (_shown(one, expanded) for one in fitting), top_of(call))


def _may_read(call: Call, document: Document) -> bool:
    """A list shows what the caller may read by the resource's own type. Inferred from how Azure's lists behave."""
    return call.azure.may(call.principal, named(document["type"], "read"), document["id"])


def _tracked(azure: Azure, base: str) -> Iterator[Document]:
    below = base.rstrip("/").lower() + "/"
    for document in azure.store.all():
        tracked = document.get("location") and document["type"].lower() not in _CONTAINERS
        if tracked and document["id"].lower().startswith(below):
            yield document


def _named(document: Document) -> Document:
    return {**document, "name": "/".join(parts_of(document["id"]).names)}


def _shown(document: Document, expanded: set[str]) -> dict[str, Any]:
    body = {name: document[name] for name in ("id", "name", "type", "location")}
    body["name"] = "/".join(parts_of(document["id"]).names)
    body.update({name: document[name] for name in _SHOWN if document.get(name)})
    made = document.get("systemData") or {}
    told = {
        "createdtime": ("createdTime", made.get("createdAt")),
        "changedtime": ("changedTime", made.get("lastModifiedAt")),
        "provisioningstate": ("provisioningState", (document.get("properties") or {}).get("provisioningState")),
    }
    body.update({told[one][0]: told[one][1] for one in expanded if one in told and told[one][1] is not None})
    return body
