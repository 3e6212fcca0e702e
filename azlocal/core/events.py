"""What telemetry says: the one schema of the five tables, and the rows of one tick as values.

Rows are state, not diary: their ids are deterministic, so a repeated row is the same row, and each
tick tells the whole state again, so a lost one heals (design, law 8). Read with
`summarize arg_max(TimeGenerated, *) by RowId`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from azlocal.core.diagnosis import diagnose_step, names_of
from azlocal.core.digest import short
from azlocal.core.facts import Absence, ClusterFacts, DeploymentFacts, SettingsFacts, Step
from azlocal.core.findings import Finding
from azlocal.core.ids import group_name_of, key, name_of, subscription_of
from azlocal.core.plan import FleetPlan
from azlocal.core.steps import walk
from azlocal.core.tags import Intent
from azlocal.core.times import format_time

if TYPE_CHECKING:
    from azlocal.core.rings import RingState
    from azlocal.core.rollout import ClusterDecision

_IDS = uuid.UUID("6f1f3f0e-7a41-5d0e-9a55-2b7a3c7c5f10")
_LONGEST = 8000


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Log Analytics type, and what it means."""

    name: str
    type: str
    meaning: str


def _columns(*texts: str) -> tuple[Column, ...]:
    return tuple(Column(*(part.strip() for part in text.split("|", 2))) for text in texts)


_COMMON = _columns(
    "TimeGenerated|datetime|the tick's moment: the Date of its first ARM answer",
    "RowId|string|deterministic; the same row sent twice has the same id",
    "TickId|string|the tick that sent the row",
)
_CLUSTER = _columns(
    "ClusterId|string|resource id in lower case",
    "ClusterName|string|name of the Azure resource",
    "Ring|string|ring of the plan, empty when none",
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "AzLocalCluster_CL": _COMMON
    + _CLUSTER
    + _columns(
        "SubscriptionGuid|string|subscription of the cluster",
        "ResourceGroupName|string|resource group of the cluster",
        "Region|string|location of the Azure resource",
        "Phase|string|where the cluster stands on the road",
        "PhaseReason|string|why, for machines",
        "PhaseMessage|string|why, for people",
        "Verdict|string|what the preconditions add up to",
        "Confidence|string|high, medium or low",
        "Decision|string|what azlocal does next: Wait, Hold, a start, Verify, Done",
        "DecisionReason|string|why, for machines",
        "DecisionMessage|string|why, for people",
        "Remedy|string|what a person does next",
        "OsVersion|string|OS build of the first node",
        "SolutionVersion|string|current solution version, empty before the upgrade",
        "NodeCount|int|nodes the cluster reports",
        "ConnectionStatus|string|properties.status",
        "LastSync|datetime|last census of the cluster",
        "Attempt|int|number of the last announced start, 0 when none",
        "AttemptMode|string|validate, deploy or extension",
        "Failures|int|failed upgrades so far",
        "StepName|string|innermost running or failing step",
        "Stuck|boolean|whether that step is older than it should be",
        "ValidationStatus|string|reportedProperties.validationStatus.status",
        "DeploymentStatus|string|reportedProperties.deploymentStatus.status",
        "CorrelationId|string|ARM correlation id of our last deployment",
        "PlanDigest|string|12 hex digits",
        "InputsDigest|string|12 hex digits",
        "RuleVersion|string|version of the rules behind the verdict; +plan where the plan overrides one",
    ),
    "AzLocalFinding_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Check|string|B1 to B11, or the name of the check",
        "Severity|string|blocking, warning or info",
        "Status|string|met, not-met, unknown or attested",
        "Message|string|the finding in one sentence",
        "Value|string|the value found",
        "EvidenceId|string|resource that shows it",
        "EvidenceProperty|string|property that shows it",
        "ObservedAt|datetime|when it was read",
        "Confidence|string|high, medium or low",
        "Remedy|string|what to do",
        "Question|string|what to ask the operator",
        "RuleVersion|string|version of the rule; +plan where the plan overrides it",
    ),
    "AzLocalStep_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Mode|string|validate or deploy",
        "Attempt|int|number of the attempt, 0 when it was not azlocal's",
        "StepPath|string|indexes from the top, joined by dots",
        "StepName|string|name of the step",
        "Status|string|Success, InProgress, Error, Skipped, or empty before it starts",
        "StartedAt|datetime|start of the step",
        "EndedAt|datetime|end of the step",
        "DurationSeconds|real|seconds from start to end",
        "Failing|boolean|whether this step failed",
        "Message|string|its exception, cut to 8,000 characters",
        "Diagnosis|string|of a failing step: ids of the known issues that are certain, joined by ;",
        "RetryClass|string|of a failing step: safe, after-fix, contact-support, or person when nobody knows it",
        "Signature|string|of a failing step: what is alike on other clusters with the same failure, joined by ;",
        "CorrelationId|string|ARM correlation id of our deployment",
    ),
    "AzLocalAction_CL": _COMMON
    + _CLUSTER
    + _columns(
        "Action|string|UpdateExtension, StartValidation, StartUpgrade or Resume",
        "Mode|string|validate, deploy or extension",
        "Attempt|int|number of the attempt",
        "Outcome|string|accepted, refused, unknown, stood-down or not-sent",
        "HttpStatus|int|status of ARM's answer",
        "Code|string|ARM's error code",
        "Message|string|ARM's message",
        "Reason|string|reason of the decision",
        "RequestedAt|datetime|moment of the intent",
        "CorrelationId|string|ARM correlation id of the request",
        "PlanDigest|string|12 hex digits",
        "InputsDigest|string|12 hex digits",
    ),
    "AzLocalTick_CL": _COMMON
    + _columns(
        "Cloud|string|cloud that answered",
        "PlanDigest|string|12 hex digits",
        "Lease|string|clean, taken-over, held, none, lost or refused",
        "Clusters|int|clusters seen",
        "Starts|int|starts accepted",
        "Decisions|dynamic|count by decision",
        "Phases|dynamic|count by phase",
        "Rings|dynamic|state of each ring",
        "Problems|dynamic|what could not be read or done",
        "Calls|int|requests sent",
        "Throttled|int|answers that were 429",
        "DurationSeconds|real|seconds on ARM's clock",
    ),
}
"""Table → its columns. Templates, the data collection rule and the sandbox's rule come from this."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row for one table."""

    table: str
    values: Mapping[str, Any]

    @property
    def stream(self) -> str:
        """Return the stream of the data collection rule."""
        return f"Custom-{self.table}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOutcome:
    """One start and what came of it; `at` is the moment of its intent."""

    cluster_id: str
    kind: str
    mode: str
    attempt: int
    outcome: str
    at: datetime
    reason: str
    status: int | None = None
    code: str = ""
    message: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickSummary:
    """What the tick's own row tells."""

    tick_id: str
    now: datetime
    plan: str
    cloud: str
    lease: str
    dry_run: bool
    clusters: Sequence[ClusterDecision]
    rings: Sequence[RingState]
    actions: Sequence[ActionOutcome]
    problems: Sequence[str]
    calls: int
    throttled: int
    duration: timedelta


def row_id(*parts: object) -> str:
    """Return the deterministic id of a row."""
    return str(uuid.uuid5(_IDS, "\x1f".join(str(part) for part in parts)))


def cluster_rows(decided: Iterable[ClusterDecision], plan: FleetPlan, tick_id: str, now: datetime) -> Iterator[Row]:
    """Yield state, finding and step rows of clusters."""
    for one in decided:
        common = _common(one.cluster, one.ring, tick_id, now)
        yield _state(one, plan, common)
        yield from (_finding(finding, common) for finding in one.findings)
        yield from _steps(one.cluster, common)


def _common(cluster: ClusterFacts, ring: str, tick_id: str, now: datetime) -> dict[str, Any]:
    return {
        "TimeGenerated": format_time(now),
        "TickId": tick_id,
        "ClusterId": key(cluster.id),
        "ClusterName": cluster.name,
        "Ring": ring,
    }


def _state(one: ClusterDecision, plan: FleetPlan, common: dict[str, Any]) -> Row:
    cluster, reading, decision = one.cluster, one.reading, one.decision
    intent = cluster.intent if isinstance(cluster.intent, Intent) else None
    settings = cluster.settings if isinstance(cluster.settings, SettingsFacts) else None
    return Row("AzLocalCluster_CL", common | {
        "RowId": row_id("cluster", common["ClusterId"], common["TickId"]),
        "SubscriptionGuid": subscription_of(cluster.id),
        "ResourceGroupName": group_name_of(cluster.id),
        "Region": cluster.location,
        "Phase": str(reading.phase),
        "PhaseReason": reading.reason,
        "PhaseMessage": _cut(reading.message),
        "Verdict": str(one.candidate.verdict),
        "Confidence": one.candidate.confidence,
        "Decision": decision.kind,
        "DecisionReason": decision.reason,
        "DecisionMessage": _cut(decision.message),
        "Remedy": _cut(decision.remedy),
        "OsVersion": cluster.nodes[0].os_version if cluster.nodes else "",
        "SolutionVersion": _solution(cluster),
        "NodeCount": len(cluster.nodes),
        "ConnectionStatus": cluster.status or "",
        "LastSync": _time(cluster.last_sync_at),
        "Attempt": intent.attempt if intent else 0,
        "AttemptMode": intent.mode if intent else "",
        "Failures": intent.failures if intent else 0,
        "StepName": reading.step,
        "Stuck": reading.stuck,
        "ValidationStatus": settings.validation_status if settings else "",
        "DeploymentStatus": settings.deployment_status if settings else "",
        "CorrelationId": _correlation(cluster),
        "PlanDigest": short(plan.digest),
        "InputsDigest": short(one.inputs.request_digest) if one.inputs else "",
        "RuleVersion": one.candidate.rules,
    })  # fmt: skip


def _finding(finding: Finding, common: dict[str, Any]) -> Row:
    return Row("AzLocalFinding_CL", common | {
        "RowId": row_id("finding", common["ClusterId"], finding.check, finding.status, finding.message),
        "Check": finding.check,
        "Severity": finding.severity,
        "Status": str(finding.status),
        "Message": _cut(finding.message),
        "Value": _cut(finding.value),
        "EvidenceId": finding.resource_id,
        "EvidenceProperty": finding.path,
        "ObservedAt": _time(finding.observed_at),
        "Confidence": finding.confidence,
        "Remedy": finding.remedy,
        "Question": finding.question,
        "RuleVersion": finding.rules,
    })  # fmt: skip


def _steps(cluster: ClusterFacts, common: dict[str, Any]) -> Iterator[Row]:
    settings, intent = cluster.settings, cluster.intent
    if not isinstance(settings, SettingsFacts):
        return
    for mode, steps in (("validate", settings.validation_steps), ("deploy", settings.deployment_steps)):
        ours = isinstance(intent, Intent) and intent.mode == mode
        attempt = intent.attempt if ours and isinstance(intent, Intent) else 0
        for path, step in walk(steps):
            here = common | {"CorrelationId": _correlation(cluster)}
            yield _step(mode, attempt, path, step, names_of(cluster), here)


def _step(mode: str, attempt: int, path: str, step: Step, names: tuple[str, ...], common: dict[str, Any]) -> Row:
    span = step.ended_at - step.started_at if step.ended_at and step.started_at else None
    return Row("AzLocalStep_CL", common | {
        "RowId": row_id("step", common["ClusterId"], mode, path, step.name, step.status, _time(step.started_at)),
        "Mode": mode,
        "Attempt": attempt,
        "StepPath": path,
        "StepName": step.name,
        "Status": step.status,
        "StartedAt": _time(step.started_at),
        "EndedAt": _time(step.ended_at),
        "DurationSeconds": None if span is None else span.total_seconds(),
        "Failing": step.status.lower() in {"error", "failed"},
        "Message": _cut(" ".join(step.exceptions)),
        **_diagnosed(step, names),
    })  # fmt: skip


def _diagnosed(step: Step, names: tuple[str, ...]) -> dict[str, str]:
    found = diagnose_step(step, names)
    return {
        "Diagnosis": ";".join(one.id for one in found.certain),
        "RetryClass": found.retry if found.evidence else "",
        "Signature": ";".join(found.signatures),
    }


def action_rows(
    actions: Iterable[ActionOutcome], decided: Iterable[ClusterDecision], plan: FleetPlan, tick_id: str
) -> Iterator[Row]:
    """Yield one row for each start."""
    known = {key(one.cluster.id): one for one in decided}
    for action in actions:
        one = known.get(key(action.cluster_id))
        inputs = short(one.inputs.request_digest) if one and one.inputs else ""
        yield Row("AzLocalAction_CL", {
            "TimeGenerated": format_time(action.at),
            "RowId": row_id("action", key(action.cluster_id), action.mode, action.attempt, format_time(action.at)),
            "TickId": tick_id,
            "ClusterId": key(action.cluster_id),
            "ClusterName": name_of(action.cluster_id),
            "Ring": one.ring if one else "",
            "Action": action.kind,
            "Mode": action.mode,
            "Attempt": action.attempt,
            "Outcome": action.outcome,
            "HttpStatus": action.status,
            "Code": action.code,
            "Message": _cut(action.message),
            "Reason": action.reason,
            "RequestedAt": format_time(action.at),
            "CorrelationId": action.correlation_id,
            "PlanDigest": short(plan.digest),
            "InputsDigest": inputs,
        })  # fmt: skip


def tick_rows(tick: TickSummary) -> Iterator[Row]:
    """Yield the tick's own row."""
    yield Row("AzLocalTick_CL", {
        "TimeGenerated": format_time(tick.now),
        "RowId": row_id("tick", tick.tick_id),
        "TickId": tick.tick_id,
        "Cloud": tick.cloud,
        "PlanDigest": tick.plan,
        "Lease": tick.lease.split(":")[0],
        "Clusters": len(tick.clusters),
        "Starts": sum(action.outcome == "accepted" for action in tick.actions),
        "Decisions": _counts(one.decision.kind for one in tick.clusters),
        "Phases": _counts(str(one.reading.phase) for one in tick.clusters),
        "Rings": [_ring(ring) for ring in tick.rings],
        "Problems": [_cut(problem) for problem in tick.problems][:50],
        "Calls": tick.calls,
        "Throttled": tick.throttled,
        "DurationSeconds": tick.duration.total_seconds(),
    })  # fmt: skip


def _ring(ring: RingState) -> dict[str, Any]:
    return {
        "name": ring.name, "state": ring.state, "reason": ring.reason, "message": ring.message,
        "members": len(ring.members), "membersDigest": short(ring.members_digest), "expected": ring.expected,
        "done": ring.done, "inFlight": ring.in_flight, "failed": ring.failed, "approved": ring.approved,
        "soakedAt": _time(ring.soaked_at),
    }  # fmt: skip


def _counts(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))


def _solution(cluster: ClusterFacts) -> str:
    solution = cluster.solution
    return "" if solution is None or isinstance(solution, Absence) else solution.version


def _correlation(cluster: ClusterFacts) -> str:
    return cluster.deployment.correlation_id if isinstance(cluster.deployment, DeploymentFacts) else ""


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
