"""Whose resources a query sees: subscriptions, management groups, or everything the caller can read.

A management group is a document as `GET …/managementGroups/{name}?$expand=children` answers it:
`{"id": "/providers/Microsoft.Management/managementGroups/NAME", "type": "Microsoft.Management/managementGroups",
"properties": {"displayName": …, "details": {"parent": {"id": …}}, "children": [{"id": "/subscriptions/…"}, …]}}`.
The tenant's root group carries the tenant's id, needs no document and holds every subscription.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azlocal.sandbox.store import Document, Store

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PREFIX = "/providers/microsoft.management/managementgroups/"


class Hierarchy:
    """The management groups of a world and what lies below them."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._root = f"{_PREFIX}{tenant.lower()}"
        self._groups = {one["id"].lower(): one for one in store.of_type("Microsoft.Management/managementGroups")}
        self.subscriptions = [one["id"].lower() for one in store.of_type("Microsoft.Resources/subscriptions")]
        self._parents = {below: above for above, one in self._groups.items() for below in _children(one)}
        for key, one in self._groups.items():
            if parent := _parent(one):
                self._parents[key] = parent

    def known(self, name: str) -> bool:
        """Return whether there is a management group of that name."""
        key = _PREFIX + name.lower()
        return key == self._root or key in self._groups

    def under(self, name: str) -> set[str]:
        """Return the ids of a group, of the groups below it, and of their subscriptions, in lower case."""
        top = _PREFIX + name.lower()
        return {one for one in [*self._groups, *self.subscriptions] if one == top or top in self._above(one)}

    def everything(self) -> set[str]:
        """Return the ids of all groups and subscriptions."""
        return {*self._groups, *self.subscriptions}

    def chain(self, resource_id: str) -> list[dict[str, str]]:
        """Return the groups above a container, nearest first, as Resource Graph tells them."""
        return [self._told(key) for key in self._above(resource_id.lower())]

    def _told(self, key: str) -> dict[str, str]:
        document = self._groups.get(key)
        if document is None:
            return {"displayName": "Tenant Root Group", "name": key.removeprefix(_PREFIX)}
        return {"displayName": document.get("properties", {}).get("displayName", ""), "name": document["name"]}

    def _above(self, key: str) -> list[str]:
        found: list[str] = []
        while (parent := self._parents.get(key, self._root)) != key and parent not in found and key != self._root:
            found.append(parent)
            key = parent
        return found


def _children(document: Mapping[str, Any]) -> Iterator[str]:
    return (str(one.get("id", "")).lower() for one in document.get("properties", {}).get("children") or ())


def _parent(document: Document) -> str:
    details = document.get("properties", {}).get("details") or {}
    return str((details.get("parent") or {}).get("id", "")).lower()


class NothingReadable(Exception):
    """No subscription or management group of a request can be read. *asked* names them, *groups* tells which."""

    def __init__(self, asked: Iterable[str], *, groups: bool) -> None:
        super().__init__()
        self.asked = list(asked)
        self.groups = groups


def malformed(subscriptions: Iterable[str]) -> list[str]:
    """Return the subscriptions that are no GUIDs."""
    return [one for one in subscriptions if _GUID.fullmatch(one) is None]


def visible(hierarchy: Hierarchy, subscriptions: list[str], groups: list[str]) -> frozenset[str]:
    """Return what a request sees: subscriptions by their GUIDs, groups by their ids, all in lower case.

    What does not exist is left out without a word, as Resource Graph does; raises NothingReadable when nothing
    is left.
    """
    if groups:
        found = set().union(*(hierarchy.under(name) for name in groups if hierarchy.known(name)))
    elif subscriptions:
        found = {f"/subscriptions/{one.lower()}" for one in subscriptions} & set(hierarchy.subscriptions)
    else:
        found = hierarchy.everything()
    if not any(one.startswith("/subscriptions/") for one in found):
        raise NothingReadable(groups or subscriptions, groups=bool(groups) or not subscriptions)
    return frozenset(one.removeprefix("/subscriptions/") for one in found)
