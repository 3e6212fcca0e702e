"""Azure's JSON to facts. Pure and tolerant: what is missing or odd becomes unknown, never a guess."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from azlocal.core import tags as tagging
from azlocal.core.digest import digest_of_properties
from azlocal.core.facts import (
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
    UpdateFacts,
)
from azlocal.core.ids import name_of
from azlocal.core.loose import mapping
from azlocal.core.tags import Acceptance, Approval
from azlocal.core.times import parse_stamp, parse_time


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _word(value: Any) -> str:
    """Return text that many resources have in common, kept once: a fleet says the same few thousand things."""
    return sys.intern(_text(value))


def tags(value: Any) -> dict[str, str]:
    """Return tags as text to text."""
    return {_word(name): _word(text) for name, text in mapping(value).items()}


def cluster(document: Mapping[str, Any], observed_at: datetime | None) -> ClusterFacts:
    """Return a cluster's own facts from its ARM document."""
    properties = mapping(document.get("properties"))
    reported = mapping(properties.get("reportedProperties"))
    return ClusterFacts(
        id=_text(document.get("id")),
        name=_text(document.get("name")),
        location=_text(document.get("location")),
        tags=tags(document.get("tags")),
        identity_type=_text(mapping(document.get("identity")).get("type")) or "None",
        status=_text(properties.get("status")) or None,
        connectivity=_text(properties.get("connectivityStatus")) or None,
        last_sync_at=parse_time(properties.get("lastSyncTimestamp")),
        failover_name=_text(reported.get("clusterName")),
        version=_text(reported.get("clusterVersion")),
        nodes=nodes(reported.get("nodes")),
        observed_at=observed_at,
    )


def cluster_row(row: Mapping[str, Any], observed_at: datetime | None) -> ClusterFacts:
    """Return a cluster's own facts from its row in Resource Graph."""
    return ClusterFacts(
        id=_text(row.get("id")),
        name=_text(row.get("name")),
        location=_word(row.get("location")),
        tags=tags(row.get("tags")),
        identity_type=_word(row.get("identityType")) or "None",
        status=_word(row.get("status")) or None,
        connectivity=_word(row.get("connectivity")) or None,
        last_sync_at=parse_time(row.get("lastSync")),
        failover_name=_text(row.get("failoverName")),
        version=_word(row.get("version")),
        nodes=nodes(row.get("nodes")),
        observed_at=observed_at,
    )


def nodes(value: Any) -> tuple[NodeFacts, ...]:
    """Return the nodes a cluster reports."""
    return tuple(
        NodeFacts(
            name=_word(node.get("name")),
            os_version=_word(node.get("osVersion")),
            manufacturer=_word(node.get("manufacturer")),
            model=_word(node.get("model")),
            machine_id=_word(node.get("ehcResourceId")),
            oem_activation=_word(node.get("oemActivation")),
            windows_server_subscription=_word(node.get("windowsServerSubscription")),
        )
        for node in _list(value)
        if isinstance(node, Mapping)
    )


def settings(document: Mapping[str, Any], observed_at: datetime | None) -> SettingsFacts:
    """Return `deploymentSettings` as facts, with the digest of the configuration it echoes."""
    properties = mapping(document.get("properties"))
    reported = mapping(properties.get("reportedProperties"))
    validation, deployment = mapping(reported.get("validationStatus")), mapping(reported.get("deploymentStatus"))
    return SettingsFacts(
        id=_text(document.get("id")),
        name=_text(document.get("name")),
        mode=_text(properties.get("deploymentMode")),
        operation_type=_text(properties.get("operationType")),
        provisioning_state=_text(properties.get("provisioningState")),
        validation_status=_text(validation.get("status")),
        deployment_status=_text(deployment.get("status")),
        validation_steps=steps(validation.get("steps")),
        deployment_steps=steps(deployment.get("steps")),
        vault=_vault(properties),
        echo=digest_of_properties(properties) if mapping(properties.get("deploymentConfiguration")) else None,
        observed_at=observed_at,
    )


def _vault(properties: Mapping[str, Any]) -> str:
    """Return the name of the vault that holds the LCM user's secret, by the host of its URI."""
    units = _list(mapping(properties.get("deploymentConfiguration")).get("scaleUnits"))
    data = mapping(mapping(units[0] if units else None).get("deploymentData"))
    places = [_text(mapping(secret).get("secretLocation")) for secret in _list(data.get("secrets"))]
    hosts = (place.lower().removeprefix("https://") for place in places if place.lower().startswith("https://"))
    return next((host.split(".", 1)[0] for host in hosts), "")


def steps(value: Any) -> tuple[Step, ...]:
    """Return nested steps; every field is optional, older api-versions lack some."""
    return tuple(map(_step, map(mapping, _list(value))))


def _step(value: Mapping[str, Any]) -> Step:
    percent = value.get("percentComplete")
    return Step(
        name=_text(value.get("name")),
        index=_text(value.get("fullStepIndex")),
        status=_text(value.get("status")),
        description=_text(value.get("description")),
        started_at=parse_time(value.get("startTimeUtc")),
        ended_at=parse_time(value.get("endTimeUtc")),
        percent=float(percent) if isinstance(percent, int | float) and not isinstance(percent, bool) else None,
        exceptions=tuple(_exceptions(value)),
        steps=steps(value.get("steps")),
    )


def _exceptions(value: Mapping[str, Any]) -> Iterable[str]:
    told, error = value.get("exception"), mapping(value.get("error"))
    texts = [told] if isinstance(told, str) else [_text(one) for one in _list(told)]
    return [text for text in texts if text] or [text for text in [_text(error.get("message"))] if text]


def deployment(document: Mapping[str, Any], observed_at: datetime | None) -> DeploymentFacts:
    """Return an ARM deployment as facts; its tags tell whose and what it is."""
    properties = mapping(document.get("properties"))
    told = {name.lower(): text for name, text in tags(document.get("tags")).items()}
    attempt = told.get("azlocal-attempt", "")
    code, message = innermost(properties.get("error"))
    return DeploymentFacts(
        id=_text(document.get("id")),
        provisioning_state=_text(properties.get("provisioningState")),
        correlation_id=_text(properties.get("correlationId")),
        timestamp=parse_time(properties.get("timestamp")),
        mode=told.get("azlocal-mode", ""),
        inputs=told.get("azlocal-inputs", ""),
        attempt=int(attempt) if attempt.isdecimal() else None,
        intended_at=parse_stamp(told.get("azlocal-tick", "")),
        error_code=code,
        error_message=message,
        observed_at=observed_at,
    )


def failed_operation(document: Any) -> tuple[str, str]:
    """Return code and message of what failed, from a deployment's list of operations; empty when nothing says so."""
    for one in _list(mapping(document).get("value")):
        properties = mapping(mapping(one).get("properties"))
        if _text(properties.get("provisioningState")).lower() == "failed":
            code, message = innermost(_inside(properties.get("statusMessage")))
            if code:
                return code, message
    return "", ""


_DEEPEST = 12


def innermost(error: Any) -> tuple[str, str]:
    """Return code and message (1,000 characters) of the innermost error: the first detail of the first detail.

    ARM wraps what a resource provider said, and carries it as JSON inside a message (azure-apis reference, 3.3).
    """
    here, code, message = mapping(error), "", ""
    for _ in range(_DEEPEST):
        code, message = _text(here.get("code")) or code, _text(here.get("message")) or message
        detail = next((one for one in _list(here.get("details")) if isinstance(one, Mapping)), None)
        inner = detail if detail is not None else _inside(here.get("message"))
        if not inner:
            break
        here = inner
    return code, message[:1000]


def _inside(message: Any) -> Mapping[str, Any]:
    """Return the error that a message carries, as an object or as JSON text."""
    try:
        content = json.loads(message) if isinstance(message, str) and message.lstrip().startswith("{") else message
    except (ValueError, RecursionError):
        return {}
    return mapping(mapping(content).get("error"))


def related(row: Mapping[str, Any]) -> RelatedFacts:
    """Return a resource beside a cluster from its row in Resource Graph."""
    return RelatedFacts(
        id=_text(row.get("id")),
        kind=sys.intern(_text(row.get("type")).lower()),
        status=_word(row.get("status")),
        provisioning_state=_word(row.get("state")),
        host=_text(row.get("parent")),
    )


def extension(row: Mapping[str, Any]) -> ExtensionFacts:
    """Return a machine's extension from its row in Resource Graph."""
    return ExtensionFacts(
        id=_text(row.get("id")), version=_word(row.get("version")), provisioning_state=_word(row.get("state"))
    )


def lock(document: Mapping[str, Any]) -> RelatedFacts:
    """Return a lock from its ARM document; its level is its status."""
    level = _text(mapping(document.get("properties")).get("level"))
    return RelatedFacts(id=_text(document.get("id")), kind="microsoft.authorization/locks", status=level)


def machine(row: Mapping[str, Any], observed_at: datetime | None) -> MachineFacts:
    """Return a machine from its row in Resource Graph; its extensions have rows of their own."""
    machine_id = _word(row.get("id"))
    return MachineFacts(
        id=machine_id,
        name=_word(row.get("name")) or name_of(machine_id),
        status=_word(row.get("status")),
        os_version=_word(row.get("osVersion")),
        location=_word(row.get("location")),
        principal=_text(row.get("principal")),
        observed_at=observed_at,
    )


def solution(row: Mapping[str, Any]) -> SolutionFacts:
    """Return an update summary from its row in Resource Graph; the updates it offers have rows of their own."""
    return SolutionFacts(
        id=_text(row.get("id")),
        version=_word(row.get("version")),
        state=_word(row.get("state")),
        health=_word(row.get("health")),
    )


def update(row: Mapping[str, Any]) -> UpdateFacts:
    """Return an update that is offered from its row in Resource Graph."""
    return UpdateFacts(
        id=_text(row.get("id")),
        version=_word(row.get("version")),
        state=_word(row.get("state")),
        health=_word(row.get("health")),
    )


def control(group_id: str, told: Mapping[str, str], observed_at: datetime | None) -> ControlFacts:
    """Return what people decided, from the control group's tags. Names compare without case."""
    lowered = {name.lower(): text for name, text in told.items()}
    approvals = {
        name.removeprefix(tagging.APPROVE): Approval.parse(text)
        for name, text in lowered.items()
        if name.startswith(tagging.APPROVE)
    }
    acceptances = {
        name.removeprefix(tagging.ACCEPT): consent
        for name, text in lowered.items()
        if name.startswith(tagging.ACCEPT) and (consent := Acceptance.parse(text)) is not None
    }
    return ControlFacts(
        id=group_id,
        paused=tagging.PAUSE in lowered,
        pause_reason=lowered.get(tagging.PAUSE, ""),
        approvals=approvals,
        acceptances=acceptances,
        observed_at=observed_at,
    )
