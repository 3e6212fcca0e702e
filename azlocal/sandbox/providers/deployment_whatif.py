"""What a deployment would change: the template's resources beside those of the store.

Source: documentation of what-if. Properties that the template does not name are taken for defaults or read-only ones
and count as unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azlocal.sandbox.providers.deployment_asks import Ask
from azlocal.sandbox.providers.deployment_complete import unnamed
from azlocal.sandbox.providers.deployment_preflight import Foreseen
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.planned import Planned
from azlocal.sandbox.templates.values import equal, find_key, unresolved_in
from azlocal.sandbox.world import Azure

_SHOWN = ("location", "kind", "sku", "identity", "tags", "zones", "plan", "managedBy", "extendedLocation", "properties")
_ABSENT = object()


def changes(azure: Azure, foreseen: Foreseen, *, ids_only: bool) -> list[Document]:
    """Return one change for every resource of the template and of the group, by id."""
    told = list(foreseen.leaves())
    found = [_ids_only(one) if ids_only else _change(azure, one, body) for one, body in told]
    found += _others(azure, foreseen, {one.id.lower() for one, _ in told}, ids_only=ids_only)
    return sorted(found, key=lambda change: change["resourceId"].lower())


def _ids_only(planned: Planned) -> Document:
    return {"resourceId": planned.id, "changeType": "Deploy"}


def _change(azure: Azure, planned: Planned, body: Document) -> Document:
    after = _after(planned, body)
    standing = azure.store.get(planned.id)
    if standing is None:
        return {"resourceId": planned.id, "changeType": "Create", "after": after}
    before = _shown(standing)
    delta = list(_delta(before, after))
    if unresolved_in(body) and not delta:
        return {"resourceId": planned.id, "changeType": "Deploy", "before": before, "after": after}
    kind = "Modify" if delta else "NoChange"
    change: Document = {"resourceId": planned.id, "changeType": kind, "before": before, "after": {**before, **after}}
    return {**change, "delta": delta} if delta else change


def _after(planned: Planned, body: Document) -> Document:
    kept = {name: body[name] for name in _SHOWN if name in body}
    return {
        "apiVersion": planned.api_version, "id": planned.id, "type": planned.type,
        "name": planned.name.rsplit("/", 1)[-1], **kept,
    }  # fmt: skip


def _shown(document: Document) -> Document:
    return {name: document[name] for name in ("id", "type", "name", *_SHOWN) if name in document}


def _delta(before: Document, after: Document) -> Iterator[Document]:
    for name in ("location", "kind", "sku", "identity", "zones", "plan", "managedBy", "extendedLocation"):
        if name in after:
            yield from _differences(name, before.get(name, _ABSENT), after[name])
    if "tags" in after:
        yield from _tags(before.get("tags") or {}, after["tags"] or {})
    yield from _differences("properties", before.get("properties") or {}, after.get("properties") or {})


def _tags(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Document]:
    for name, value in before.items():
        if find_key(after, name) is None:
            yield {"path": f"tags.{name}", "propertyChangeType": "Delete", "before": value}
    yield from _differences("tags", before, after)


def _differences(path: str, before: Any, after: Any) -> Iterator[Document]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name, value in after.items():
            key = find_key(before, name)
            yield from _differences(f"{path}.{name}", _ABSENT if key is None else before[key], value)
    elif unresolved_in(after):
        return
    elif before is _ABSENT:
        yield {"path": path, "propertyChangeType": "Create", "after": after}
    elif isinstance(before, list) and isinstance(after, list):
        yield from _array(path, before, after)
    elif not _same(path, before, after):
        yield {"path": path, "propertyChangeType": "Modify", "before": before, "after": after}


def _array(path: str, before: list[Any], after: list[Any]) -> Iterator[Document]:
    children: list[Document] = []
    for at in range(max(len(before), len(after))):
        if at >= len(after):
            children.append({"path": str(at), "propertyChangeType": "Delete", "before": before[at]})
        else:
            children += _differences(str(at), before[at] if at < len(before) else _ABSENT, after[at])
    if children:
        yield {
            "path": path, "propertyChangeType": "Array", "before": before, "after": after, "children": children,
        }  # fmt: skip


def _same(path: str, before: Any, after: Any) -> bool:
    if path == "location" and isinstance(before, str) and isinstance(after, str):
        return before.replace(" ", "").lower() == after.replace(" ", "").lower()
    return equal(before, after)


def _others(azure: Azure, foreseen: Foreseen, told: set[str], *, ids_only: bool) -> Iterator[Document]:
    """Yield the group's other resources: ignored, or deleted in the mode Complete."""
    ask: Ask = foreseen.ask
    if not ask.group:
        return
    for document in unnamed(azure, ask.scope, foreseen.plan):
        if document["id"].lower() in told:
            continue
        kind = "Delete" if ask.mode == "Complete" else "Ignore"
        change = {"resourceId": document["id"], "changeType": kind}
        yield change if ids_only else {**change, "before": _shown(document)}
