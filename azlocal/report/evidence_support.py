"""`support.txt`: what Microsoft support asks for first, on one page of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from azlocal import __version__
from azlocal.core.diagnosis import Diagnosis
from azlocal.core.facts import ClusterFacts, DeploymentFacts, ExtensionFacts, SettingsFacts, SolutionFacts, Step
from azlocal.core.ids import deployment_name, group_name_of, subscription_of
from azlocal.core.steps import is_failed, walk
from azlocal.core.times import format_time
from azlocal.report.evidence_scrub import scrubbed
from azlocal.report.text import clean
from azlocal.service.evidence import ACTIONS, Change

NOT_KNOWN = "not known"
_LONGEST = 8000
_MOST_STEPS = 50


def support(change: Change) -> str:
    """Return the page. Every text of Azure's is cleaned and scrubbed."""
    parts = (_subject(change), _ids(change), _machines(change.one.cluster), _failing(change), _known(change.diagnosis))
    return "\n\n".join("\n".join(_line(line) for line in part) for part in map(list, parts) if part) + "\n"


def _line(text: str) -> str:
    bare = text.lstrip(" ")
    told = bare if bare.isprintable() else clean(bare)
    return (" " * (len(text) - len(bare)) + scrubbed(told)[:_LONGEST]).rstrip()


def _pair(name: str, value: object) -> str:
    return f"{name + ':':<26} {clean(str(value)) if value not in (None, '') else NOT_KNOWN}"


def _time(at: datetime | None) -> str:
    return format_time(at) if at else NOT_KNOWN


def _subject(change: Change) -> Iterator[str]:
    cluster, reading = change.one.cluster, change.one.reading
    solution = cluster.solution
    yield f"SUPPORT: {cluster.name}, as of {format_time(change.look.now)} (all times are UTC)"
    yield _pair("Resource id", cluster.id)
    yield _pair("Subscription", subscription_of(cluster.id))
    yield _pair("Resource group", group_name_of(cluster.id))
    yield _pair("Region", cluster.location)
    yield _pair("Cloud", change.look.cloud)
    yield _pair("Phase", f"{reading.phase} ({reading.reason}): {reading.message}")
    yield _pair("Failing or running step", reading.step or "none")
    yield _pair("Cluster status", cluster.status)
    yield _pair("Last sync", _time(cluster.last_sync_at))
    yield _pair("OS versions", ", ".join(sorted({node.os_version for node in cluster.nodes if node.os_version})))
    yield _pair("Cluster version", cluster.version)
    yield _pair("Solution version", solution.version if isinstance(solution, SolutionFacts) else "none reported")
    yield _pair(
        "Hardware", ", ".join(dict.fromkeys(f"{one.manufacturer} {one.model}".strip() for one in cluster.nodes))
    )
    yield _pair("azlocal", f"{__version__}, rules {change.one.candidate.rules or NOT_KNOWN}")


def _ids(change: Change) -> Iterator[str]:
    deployment, settings = change.one.cluster.deployment, change.one.cluster.settings
    yield "CORRELATION AND OPERATIONS"
    yield _pair("Deployment", deployment_name(change.one.cluster.id))
    if isinstance(deployment, DeploymentFacts):
        yield _pair("Correlation id", deployment.correlation_id)
        yield _pair("Deployment state", f"{deployment.provisioning_state} at {_time(deployment.timestamp)}")
        yield _pair("Mode and attempt", f"{deployment.mode or NOT_KNOWN}, {deployment.attempt or NOT_KNOWN}")
        if deployment.error_code:
            yield _pair("Error", f"{deployment.error_code}: {deployment.error_message}")
    else:
        yield _pair("Correlation id", "none: there is no deployment by azlocal" if deployment else NOT_KNOWN)
    if isinstance(settings, SettingsFacts):
        yield _pair("deploymentSettings", settings.id)
        told = (settings.validation_status or "no status", settings.deployment_status or "no status")
        yield _pair("Validation, deployment", f"{told[0]}, {told[1]} (provisioningState {settings.provisioning_state})")
    for operation in change.operations:
        yield from _operation(operation)
    earlier = (str(row.get("CorrelationId") or "") for row in (change.rows or {}).get(ACTIONS, ()))
    for correlation in sorted({one for one in earlier if one}):
        yield _pair("Earlier correlation id", correlation)


def _operation(operation: Mapping[str, Any]) -> Iterator[str]:
    told = operation.get("properties")
    properties: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    target = properties.get("targetResource")
    resource = str(target.get("id") or "") if isinstance(target, Mapping) else ""
    yield _pair("Operation id", operation.get("operationId"))
    at, took = properties.get("timestamp") or NOT_KNOWN, properties.get("duration") or NOT_KNOWN
    yield f"  {properties.get('provisioningOperation')}: {properties.get('provisioningState')} at {at}, took {took}"
    if resource:
        yield f"  on {resource}"
    request = properties.get("serviceRequestId") or properties.get("trackingId")
    if request:
        yield f"  service request {request}, HTTP {properties.get('statusCode')}"
    if properties.get("statusMessage"):
        yield f"  said {properties['statusMessage']}"


def _machines(cluster: ClusterFacts) -> Iterator[str]:
    if cluster.machines is None:
        return
    yield "MACHINES"
    for one in cluster.machines:
        lcm = one.lcm
        version = f"{lcm.version} ({lcm.provisioning_state})" if isinstance(lcm, ExtensionFacts) else (
            "missing" if lcm is not None else NOT_KNOWN
        )  # fmt: skip
        yield f"{one.name}: {one.status or NOT_KNOWN}, OS {one.os_version or NOT_KNOWN}, LCM extension {version}"
        yield f"  {one.id}"
        yield from (f"  {bad.id} {bad.version}: {bad.provisioning_state}" for bad in one.unready or ())


def _failing(change: Change) -> Iterator[str]:
    settings = change.one.cluster.settings
    if not isinstance(settings, SettingsFacts):
        return
    failed = [*_failed("validation", settings.validation_steps), *_failed("deployment", settings.deployment_steps)]
    if not failed:
        return
    yield "FAILING STEPS (outermost first)"
    for kind, path, step in failed[:_MOST_STEPS]:
        yield f"{kind} {path} {step.name}: {step.status}, {_time(step.started_at)} to {_time(step.ended_at)}"
        yield from (f"  {text}" for text in step.exceptions)
    if len(failed) > _MOST_STEPS:
        yield f"and {len(failed) - _MOST_STEPS} more: steps.json"


def _failed(kind: str, steps: Iterable[Step]) -> Iterator[tuple[str, str, Step]]:
    return ((kind, path, step) for path, step in walk(steps) if is_failed(step))


def _known(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.evidence:
        return
    yield "DIAGNOSIS"
    yield _pair("Retry class", diagnosis.retry)
    yield _pair("Signatures", ", ".join(diagnosis.signatures))
    yield _pair("Said", diagnosis.line)
    for match in diagnosis.matches:
        yield f"{match.issue.id} ({match.certainty}): {match.issue.title}"
        yield f"  {match.issue.remedy} {match.issue.url}"
