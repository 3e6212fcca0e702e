"""Resources by id, without regard to case, as plain ARM documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]
Listener = Callable[[str, "Document | None"], None]


def subscription_of(resource_id: str) -> str:
    """Return the subscription segment of an id in lower case, or an empty string."""
    parts = resource_id.lower().split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "subscriptions" else ""


def group_of(resource_id: str) -> str:
    """Return the resource group segment of an id in lower case, or an empty string."""
    parts = resource_id.lower().split("/")
    return parts[4] if len(parts) > 4 and parts[3] == "resourcegroups" else ""


class Store:
    """Every resource of the sandbox. Documents are shared: after changing one, `put` it again."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._by_type: dict[tuple[str, str], dict[str, Document]] = {}
        self._listeners: list[Listener] = []

    def __len__(self) -> int:
        return len(self._documents)

    def listen(self, listener: Listener) -> None:
        """Call *listener* with (lower-cased id, document or None) after every change."""
        self._listeners.append(listener)

    def get(self, resource_id: str) -> Document | None:
        """Return the document of *resource_id*, or None."""
        return self._documents.get(resource_id.lower())

    def put(self, document: Document) -> None:
        """Create or replace a document by its own `id` and `type`."""
        key = document["id"].lower()
        self._documents[key] = document
        self._by_type.setdefault(_bucket(document), {})[key] = document
        for listener in self._listeners:
            listener(key, document)

    def delete(self, resource_id: str) -> bool:
        """Remove a document; False when there was none."""
        document = self._documents.pop(resource_id.lower(), None)
        if document is None:
            return False
        self._by_type[_bucket(document)].pop(resource_id.lower(), None)
        for listener in self._listeners:
            listener(resource_id.lower(), None)
        return True

    def all(self) -> Iterator[Document]:
        """Yield every document."""
        yield from list(self._documents.values())

    def of_type(self, kind: str, *, under: str = "") -> Iterator[Document]:
        """Yield documents of type *kind* (any case) whose id begins with *under*, oldest first."""
        kind, prefix = kind.lower(), under.lower()
        subscription = subscription_of(prefix)
        for (found_kind, found_subscription), bucket in list(self._by_type.items()):
            if found_kind != kind or (subscription and found_subscription != subscription):
                continue
            for key, document in list(bucket.items()):
                if not prefix or key.startswith(prefix):
                    yield document


def _bucket(document: Document) -> tuple[str, str]:
    return document["type"].lower(), subscription_of(document["id"])
