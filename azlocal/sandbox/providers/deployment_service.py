"""The deployments of one world: taken, kept while they run, found again."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime
from typing import Any

from azlocal.sandbox.providers import deployment_documents as documents
from azlocal.sandbox.providers.deployment_asks import Ask, read_ask
from azlocal.sandbox.providers.deployment_complete import delete_unnamed
from azlocal.sandbox.providers.deployment_documents import ACTIVE
from azlocal.sandbox.providers.deployment_history import History
from azlocal.sandbox.providers.deployment_preflight import Catalogue, Foreseen, check_resources, foresee, spelled
from azlocal.sandbox.providers.deployment_runs import Run
from azlocal.sandbox.providers.guards import require_unlocked
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.expansion import Plan
from azlocal.sandbox.templates.ids import taken_apart
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Principal, Written


class Deployments:
    """All deployments, by id without regard to case. The last run of a name is kept, as Azure keeps its operations."""

    def __init__(self, azure: Azure) -> None:
        self.azure = azure
        self.history = History(azure)
        self._catalogue = Catalogue(azure)
        self._runs: dict[str, Run] = {}
        self._templates: dict[str, Any] = {}

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Take a deployment by its id; raise `ArmError` when ARM would not."""
        parts = taken_apart(resource_id)
        if parts is None:
            raise ArmError(400, "InvalidResourceId", f"The resource id '{resource_id}' is malformed or invalid.")
        scope = spelled(azure, parts.scope)
        correlation = self.new_guid()
        return self.submit(
            read_ask(azure, scope, parts.name, body, correlation=correlation, principal=principal, at=now)
        )

    def new_guid(self) -> str:
        """Return a GUID drawn from the world's chance."""
        return str(uuid.UUID(int=self.azure.random.getrandbits(128), version=4))

    def submit(self, ask: Ask) -> Written:
        """Take what is asked for and let it run; raise `ArmError` when ARM would not take it."""
        foreseen = self.checked(ask)
        before = self.find(ask.id, ask.at)
        if before is not None and before["properties"]["provisioningState"] in ACTIVE:
            raise _active(ask.name)
        require_unlocked(self.azure, ask.id, "write")
        _check_location(ask, before)
        self.history.make_room(ask)
        run = self._run(ask, foreseen.plan)
        self.azure.changed(run.document)
        run.schedule()
        return Written(run.document, before is None, run.operation)

    def checked(self, ask: Ask) -> Foreseen:
        """Return what is asked for as far as it can be foreseen; raise `ArmError` when ARM would not take it."""
        foreseen = foresee(self.azure, ask)
        if ask.level.lower() != "template":
            check_resources(self.azure, self._catalogue, foreseen)
        return foreseen

    def _run(self, ask: Ask, plan: Plan) -> Run:
        document = documents.deployment(ask, plan, "Accepted")
        # Thousands of deployments bring the same template: it is kept once.
        template = self._templates.setdefault(document["properties"]["templateHash"], ask.template)
        operation = self.azure.operations.begin(ask.id, ask.id, ask.at)
        run = Run(
            self.azure, replace(ask, template=template), plan, document, operation, self.submit,
            self._catalogue, lambda one, done, at: delete_unnamed(self.azure, one.ask, done, at),
        )  # fmt: skip
        before = self._runs.get(ask.id.lower())
        if before is not None:
            before.replaced = True
        self._runs[ask.id.lower()] = run
        return run

    def find(self, deployment_id: str, now: datetime) -> Document | None:
        """Return a deployment as it is *now*, or None; one that has been active for seven days has expired."""
        run = self.run(deployment_id)
        if run is not None:
            run.expire_if_due(now)
        return self.azure.store.get(deployment_id)

    def run(self, deployment_id: str) -> Run | None:
        """Return the last run of a deployment, or None for one that was there from the start."""
        return self._runs.get(deployment_id.lower())

    def cancel(self, document: Document, now: datetime) -> None:
        """End an active deployment; raise `ArmError` (409) for one that has ended."""
        if document["properties"]["provisioningState"] not in ACTIVE:
            raise ArmError(
                409, "DeploymentCannotBeCancelled",
                f"The deployment '{document['name']}' cannot be cancelled because it has already completed. Please "
                "see https://aka.ms/arm-deploy for usage details.",
            )  # fmt: skip
        run = self.run(document["id"])
        if run is not None:
            run.cancel(now)
        else:
            self.azure.changed(documents.changed(document, began=now, at=now, provisioningState="Canceled"))

    def forget(self, document: Document) -> None:
        """Delete a deployment from the history; raise `ArmError` (409) while it is active."""
        if document["properties"]["provisioningState"] in ACTIVE:
            raise ArmError(
                409, "DeploymentActive",
                f"The deployment '{document['name']}' cannot be deleted because it is still active. Please see "
                "https://aka.ms/arm-deploy for usage details.",
            )  # fmt: skip
        require_unlocked(self.azure, document["id"], "delete")
        self.azure.store.delete(document["id"])
        self.azure.effects += 1
        self._runs.pop(document["id"].lower(), None)


def _active(name: str) -> ArmError:
    return ArmError(
        409, "DeploymentActive",
        f"The deployment '{name}' cannot be saved, because this would overwrite an existing deployment which is still "
        "active. Please see https://aka.ms/arm-deploy for usage details.",
    )  # fmt: skip


def _check_location(ask: Ask, before: Document | None) -> None:
    standing = str((before or {}).get("location", ""))
    if ask.location and standing and standing != ask.location:
        raise ArmError(
            409, "InvalidDeploymentLocation",
            f"Invalid deployment location '{ask.location}'. The deployment '{ask.name}' already exists in location "
            f"'{standing}'.",
        )  # fmt: skip
