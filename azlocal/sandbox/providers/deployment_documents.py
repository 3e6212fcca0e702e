"""How deployments and their operations look to clients."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers.deployment_asks import KIND, Ask
from azlocal.sandbox.providers.deployment_preflight import Foreseen
from azlocal.sandbox.store import Document
from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.expansion import Plan
from azlocal.sandbox.templates.hashes import template_hash
from azlocal.sandbox.templates.parameters import shown
from azlocal.sandbox.templates.planned import Planned
from azlocal.sandbox.wire import ArmError

_FAILED = (
    "At least one resource deployment operation failed. Please list deployment operations for details. "
    "Please see https://aka.ms/arm-deployment-operations for usage details."
)
ACTIVE = frozenset({"Accepted", "Running"})


@dataclass(frozen=True, slots=True)
class Failure:
    """How an operation failed: an HTTP status as .NET names it, and what the provider said."""

    status_code: str
    message: Mapping[str, Any]

    @classmethod
    def of(cls, error: ArmError) -> Failure:
        """Return the failure of a write that a provider refused."""
        return cls(HTTPStatus(error.status).phrase.replace(" ", ""), {"error": error.error()})


@dataclass(slots=True)
class Step:
    """One operation of a deployment. `verb` is Create, Read, Action or EvaluateDeploymentOutput."""

    id: str
    verb: str
    target: tuple[str, str, str] | None
    began: datetime
    changed: datetime
    request_id: str
    state: str = "Running"
    status_code: str = ""
    message: Mapping[str, Any] | None = None

    def end(self, at: datetime, bad: Failure | None) -> None:
        """End the operation, well or badly."""
        self.changed = at
        self.state, self.status_code = ("Succeeded", "OK") if bad is None else ("Failed", bad.status_code)
        self.message = None if bad is None else bad.message

    def document(self, deployment_id: str) -> Document:
        """Return the operation as clients see it."""
        properties: Document = {
            "provisioningOperation": self.verb,
            "provisioningState": self.state,
            "timestamp": stamp(self.changed),
            "duration": iso_duration(self.changed - self.began),
            "serviceRequestId": self.request_id,
        }
        if self.status_code:
            properties["statusCode"] = self.status_code
        if self.target is not None:
            resource_id, kind, name = self.target
            properties["targetResource"] = {"id": resource_id, "resourceType": kind, "resourceName": name}
        if self.message is not None:
            properties["statusMessage"] = self.message
        return {"id": f"{deployment_id}/operations/{self.id}", "operationId": self.id, "properties": properties}


def target_of(planned: Planned) -> tuple[str, str, str]:
    """Return id, type and name of a resource as operations name it."""
    return planned.id, planned.type, planned.name


def iso_duration(span: timedelta) -> str:
    """Return a duration in ISO 8601, with fractions of a second only where there are any."""
    minutes, seconds = divmod(max(0, int(span.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f"{span.microseconds:06d}".rstrip("0") if span.total_seconds() > 0 else ""
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if seconds or fraction or not any(parts):
        parts.append(f"{seconds}{'.' if fraction else ''}{fraction}S")
    return "PT" + "".join(parts)


def deployment(ask: Ask, plan: Plan, state: str) -> Document:
    """Return a deployment as it looks when it has just been taken."""
    document: Document = {"id": ask.id, "name": ask.name, "type": KIND}
    if ask.location:
        document["location"] = ask.location
    if ask.tags:
        document["tags"] = dict(ask.tags)
    document["properties"] = {
        "provisioningState": state,
        "correlationId": ask.correlation,
        "timestamp": stamp(ask.at),
        "duration": "PT0S",
        "mode": ask.mode,
        "templateHash": template_hash(plan.template.raw),
        "parameters": shown(plan.parameters),
        "providers": _providers(plan.resources),
        "dependencies": _dependencies(plan.resources),
        **ask.echo,
    }
    return document


def changed(document: Document, *, began: datetime, at: datetime, **properties: Any) -> Document:
    """Return a deployment some time later."""
    now = {"timestamp": stamp(at), "duration": iso_duration(at - began)}
    return {**document, "properties": {**document["properties"], **now, **properties}}


def validated(foreseen: Foreseen) -> Document:
    """Return what a validation answers: the deployment as if it had succeeded, and the resources looked at."""
    document = deployment(foreseen.ask, foreseen.plan, "Succeeded")
    resources = [{"id": planned.id} for planned, _ in foreseen.leaves()]
    return {**document, "properties": {**document["properties"], "validatedResources": resources}}


def _providers(resources: Iterable[Planned]) -> list[Document]:
    found: dict[str, tuple[str, dict[str, Document]]] = {}
    for planned in resources:
        if not planned.deploys:
            continue
        namespace, _, kind = planned.type.partition("/")
        _, kinds = found.setdefault(namespace.lower(), (namespace, {}))
        shown_kind = kinds.setdefault(kind.lower(), {"resourceType": kind, "locations": []})
        if planned.location not in shown_kind["locations"]:
            shown_kind["locations"].append(planned.location)
    return [{"namespace": name, "resourceTypes": list(kinds.values())} for name, kinds in found.values()]


def _dependencies(resources: Iterable[Planned]) -> list[Document]:
    return [
        {"dependsOn": [_named(other) for other in planned.depends if other.deploys], **_named(planned)}
        for planned in resources
        if planned.deploys and any(other.deploys for other in planned.depends)
    ]


def _named(planned: Planned) -> Document:
    return {"id": planned.id, "resourceType": planned.type, "resourceName": planned.name}


def failure(steps: Iterable[Step]) -> Document:
    """Return the error of a deployment: what each failed operation said, as JSON in the detail's message."""
    details = [
        {"code": step.status_code, "message": json.dumps(step.message, separators=(",", ":"), ensure_ascii=False)}
        for step in steps
        if step.state == "Failed"
    ]
    return {"code": "DeploymentFailed", "message": _FAILED, "details": details}


def ended_badly(state: str, error: Mapping[str, Any] | None) -> Document:
    """Return the status message of a resource whose operation ended as *state* (Failed or Canceled)."""
    message = (
        "The resource write operation failed to complete successfully, because it reached terminal provisioning state "
        f"'{state}'."
    )
    said: Document = {"code": "ResourceDeploymentFailure", "message": message}
    if error is not None:
        said["details"] = [dict(error)]
    return {"status": "Failed", "error": said}


def output_failure(name: str, error: ArmError | TemplateError) -> Document:
    """Return the error of a deployment whose resources are there and whose output cannot be computed."""
    code = error.code if isinstance(error, ArmError) else "DeploymentOutputEvaluationFailed"
    return {
        "code": "DeploymentOutputEvaluationFailed",
        "message": (
            f"Unable to evaluate template outputs: '{name}'. Please see error details and deployment operations. "
            "Please see https://aka.ms/arm-common-errors for usage details."
        ),
        "details": [{"code": code, "target": name, "message": error.message}],
    }
