"""Deployments while they run: resources in the order of their dependencies, each by its provider's own writer.

Nothing here waits. A deployment moves when a moment comes or a provider's operation ends.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers import deployment_documents as documents
from azlocal.sandbox.providers.deployment_asks import Ask
from azlocal.sandbox.providers.deployment_documents import ACTIVE, Failure, Step
from azlocal.sandbox.providers.deployment_lookups import Lookups, as_arm_error, write
from azlocal.sandbox.providers.deployment_preflight import Catalogue, may_write, nested_ask
from azlocal.sandbox.rbac import forbidden
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.expansion import Plan
from azlocal.sandbox.templates.ids import taken_apart
from azlocal.sandbox.templates.planned import Planned
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure, Written

# How long ARM takes of itself: from Accepted to Running, and to see that a resource is there. Chosen, not measured.
STEP = timedelta(seconds=1)
AT_ONCE = timedelta(0)
EXPIRES = timedelta(days=7)  # source: DeploymentActive's older message names start + 7 days as expiration
_CANCELED = {"code": "OperationCanceled", "message": "The operation was canceled."}


class Launcher(Protocol):
    """Starts a nested deployment."""

    def __call__(self, ask: Ask) -> Written:
        """Return the deployment as taken, or raise `ArmError`."""


@dataclass(slots=True, eq=False)
class Run:
    """One deployment from its acceptance to its end. `document` is what clients read of it."""

    azure: Azure
    ask: Ask
    plan: Plan | None
    document: Document
    operation: Operation
    launch: Launcher
    catalogue: Catalogue
    clean_up: Callable[[Run, Plan, datetime], Document | None]
    steps: list[Step] = field(default_factory=list)
    running: int = 0
    waits: dict[int, int] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    replaced: bool = False

    @property
    def state(self) -> str:
        """Return the provisioning state."""
        return str(self.document["properties"]["provisioningState"])

    @property
    def active(self) -> bool:
        """Return whether the deployment goes on: not ended, not replaced, not deleted with its group."""
        return self.state in ACTIVE and not self.replaced and self.azure.store.get(self.ask.id) is not None

    def schedule(self) -> None:
        """Let the deployment begin a moment after it was taken."""
        self.azure.after(self.ask.at, STEP, self._begin)

    def fail(self, at: datetime, error: Document) -> None:
        """End the deployment badly; what providers have begun goes on, and nothing further is begun."""
        self._finish("Failed", at, {"error": error}, error)

    def expire_if_due(self, at: datetime) -> None:
        """End a deployment that has been active for seven days."""
        if self.active and at - self.ask.at >= EXPIRES:
            message = f"The deployment '{self.ask.name}' was still active when it expired after {EXPIRES.days} days."
            self.fail(self.ask.at + EXPIRES, {"code": "DeploymentTimedOut", "message": message})

    def cancel(self, at: datetime) -> None:
        """End the deployment as its caller wants; what providers have begun goes on."""
        self._finish("Canceled", at, {}, dict(_CANCELED))

    def _finish(self, state: str, at: datetime, more: Document, error: Document | None = None) -> None:
        deployed = {"outputResources": [{"id": one} for one in dict.fromkeys(self.written)]} if self.written else {}
        self._change(at, provisioningState=state, **deployed, **more)
        self.plan = None
        self.waits.clear()
        self.operation.end(state, at, error)

    def _change(self, at: datetime, **properties: Any) -> None:
        standing = self.azure.store.get(self.ask.id) or self.document
        self.document = documents.changed(standing, began=self.ask.at, at=at, **properties)
        self.azure.changed(self.document)

    def _begin(self, at: datetime) -> None:
        if not self.active or self.plan is None:
            return
        self._change(at, provisioningState="Running")
        wanted = [one for one in self.plan.resources if one.deploys]
        self.waits = {id(one): sum(other.deploys for other in one.depends) for one in wanted}
        for one in wanted:
            if self.waits[id(one)] == 0:
                self._write(one, at)
        self._end_if_done(at)

    def _write(self, planned: Planned, at: datetime) -> None:
        step = self._step("Create", documents.target_of(planned), at)
        self.running += 1
        try:
            written = self._written(planned, at)
        except ArmError as error:
            self.azure.after(at, STEP, partial(self._ended, planned, step, Failure.of(error)))
            return
        step.target = (written.document["id"], planned.type, planned.name)
        if written.operation is None:
            self.azure.after(at, STEP, partial(self._ended, planned, step, None))
            return
        written.operation.on_end(partial(self._follow, planned, step), at)

    def _follow(self, planned: Planned, step: Step, operation: Operation, at: datetime) -> None:
        bad = None
        if operation.status != "Succeeded":
            bad = Failure("Conflict", documents.ended_badly(operation.status, operation.error))
        # Not from within the provider's call: a chain of resources that end at once would nest too deeply.
        self.azure.after(at, AT_ONCE, partial(self._ended, planned, step, bad))

    def _written(self, planned: Planned, at: datetime) -> Written:
        principal = self.ask.principal
        if principal is not None and not may_write(self.azure, principal, planned):
            raise forbidden(principal, f"{planned.type}/write", planned.id)
        try:
            body = planned.body(self._lookups(at))
        except TemplateError as error:
            raise as_arm_error(error, planned.id) from error
        if planned.nested:
            return self.launch(nested_ask(self.azure, self.ask, planned, body, at))
        self.catalogue.check(planned)
        return write(self.azure, self.ask, planned, body, at)

    def _lookups(self, at: datetime) -> Lookups:
        assert self.plan is not None
        return Lookups(self.azure, self.ask, self.plan.directory, at, partial(self._asked, at))

    def _asked(self, at: datetime, verb: str, resource_id: str) -> None:
        known = {(step.verb, step.target[0].lower()) for step in self.steps if step.target is not None}
        if (verb, resource_id.lower()) not in known:
            self._step(verb, _target(resource_id), at).end(at, None)

    def _step(self, verb: str, target: tuple[str, str, str] | None, at: datetime) -> Step:
        chance = self.azure.random
        request_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        step = Step(f"{chance.getrandbits(64):016X}", verb, target, at, at, request_id)
        self.steps.append(step)
        return step

    def _ended(self, planned: Planned, step: Step, bad: Failure | None, at: datetime) -> None:
        self.running -= 1
        step.end(at, bad)
        if bad is None:
            self._note(planned, step)
        self.expire_if_due(at)
        if not self.active:
            return
        if bad is None:
            self._release(planned, at)
        self._end_if_done(at)

    def _note(self, planned: Planned, step: Step) -> None:
        """Remember what has been deployed: of a nested deployment, the resources it deployed."""
        resource_id = planned.id if step.target is None else step.target[0]
        if not planned.nested:
            self.written.append(resource_id)
            return
        child = self.azure.store.get(resource_id) or {"properties": {}}
        self.written += [one["id"] for one in child["properties"].get("outputResources", ())]

    def _release(self, planned: Planned, at: datetime) -> None:
        assert self.plan is not None
        for one in self.plan.resources:
            if id(one) in self.waits and any(other is planned for other in one.depends):
                self.waits[id(one)] -= 1
                if self.waits[id(one)] == 0:
                    self._write(one, at)

    def _end_if_done(self, at: datetime) -> None:
        if self.running or self.plan is None:
            return
        if any(step.state == "Failed" for step in self.steps):
            self.fail(at, documents.failure(self.steps))
            return
        plan = self.plan
        outputs, error = self._outputs(plan, at)
        error = error or self.clean_up(self, plan, at)
        if error is None:
            self._finish("Succeeded", at, {"outputs": outputs} if outputs else {})
        else:
            self.fail(at, error)

    def _outputs(self, plan: Plan, at: datetime) -> tuple[Document, Document | None]:
        outputs: Document = {}
        if not plan.template.outputs:
            return outputs, None
        step = self._step("EvaluateDeploymentOutput", None, at)
        for name in plan.template.outputs:
            try:
                outputs.update(plan.output(name, self._lookups(at)))
            except (ArmError, TemplateError) as error:
                failed = documents.output_failure(name, error)
                step.end(at, Failure("BadRequest", {"error": failed}))
                return {}, failed
        step.end(at, None)
        return outputs, None


def _target(resource_id: str) -> tuple[str, str, str]:
    parts = taken_apart(resource_id)
    return (resource_id, parts.type, parts.name) if parts is not None else (resource_id, "", resource_id)
