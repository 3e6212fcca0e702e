"""The history of deployments of each group: found by scope, cut before it is full.

Source: documentation of automatic deletions from deployment history: 800 are kept per group; at 775 Azure deletes
the oldest down to 750, unless a lock forbids deleting.
"""

from __future__ import annotations

from collections.abc import Iterator

from azlocal.sandbox.providers.deployment_asks import KIND, Ask
from azlocal.sandbox.providers.deployment_documents import ACTIVE
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.store import Document
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure

MOST, CUT_AT, CUT_TO = 800, 775, 750
_TAIL = f"/providers/{KIND}/".lower()


class History:
    """All deployments of the store by the scope they were deployed to, oldest first."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._ids: dict[str, dict[str, None]] = {}
        for document in azure.store.of_type(KIND):
            self._note(document["id"].lower(), document)
        azure.store.listen(self._note)

    def _note(self, key: str, document: Document | None) -> None:
        scope, mark, _ = key.rpartition(_TAIL)
        if not mark:
            return
        if document is None:
            self._ids.get(scope, {}).pop(key, None)
        else:
            self._ids.setdefault(scope, {}).setdefault(key)

    def of_scope(self, scope: str) -> Iterator[Document]:
        """Yield the deployments of a group or subscription, the one that changed last first."""
        found = [self._azure.store.get(key) for key in self._ids.get(scope.lower(), ())]
        yield from sorted((one for one in found if one is not None), key=_moment, reverse=True)

    def make_room(self, ask: Ask) -> None:
        """Cut the history of a group before a new deployment joins it; raise `ArmError` (409) when it is full."""
        count = len(self._ids.get(ask.scope.lower(), ()))
        if not ask.group or count < CUT_AT or self._azure.store.get(ask.id) is not None:
            return
        try:
            require_unlocked(self._azure, ask.scope, "delete")
        except ArmError:
            self._refuse_when_full(ask, count)
            return
        ended = [one for one in self.of_scope(ask.scope) if one["properties"]["provisioningState"] not in ACTIVE]
        for document in reversed(ended[len(ended) - min(len(ended), count - CUT_TO) :]):
            self._azure.store.delete(document["id"])
        self._refuse_when_full(ask, len(self._ids[ask.scope.lower()]))

    def _refuse_when_full(self, ask: Ask, count: int) -> None:
        if count >= MOST:
            raise ArmError(
                409, "DeploymentQuotaExceeded",
                f"Creating the deployment '{ask.name}' would exceed the quota of '{MOST}'. The current deployment "
                f"count is '{count}', please delete some deployments before creating a new one. Please see "
                "https://aka.ms/arm-deploy for usage details.",
            )  # fmt: skip


def _moment(document: Document) -> str:
    return str(document["properties"].get("timestamp", ""))
