"""Storage accounts as services on their data planes follow them: each new name is served once."""

from __future__ import annotations

from collections.abc import Callable

from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

ACCOUNT = "microsoft.storage/storageaccounts"


def follow(
    azure: Azure, serve: Callable[[Azure, str], None], gone: Callable[[Azure, str], None],
    reserved: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """Call *serve* with the name of every storage account there is and will be, but for *reserved* ones.

    *gone* is called with the id (in lower case) of whatever is deleted.
    """
    served = set(reserved)

    def changed(key: str, document: Document | None) -> None:
        if document is None:
            gone(azure, key)
        elif document["type"].lower() == ACCOUNT and document["name"] not in served:
            served.add(document["name"])
            serve(azure, document["name"])

    for document in azure.store.all():
        changed(document["id"].lower(), document)
    azure.store.listen(changed)
