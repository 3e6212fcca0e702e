"""What telemetry says: the rows of one tick as values, for the tables of `azlocal.core.tables`.

Rows are state, not diary: their ids are deterministic, so a repeated row is the same row, and each
tick tells the whole state again, so a lost one heals (design, law 8). Read without duplicates with
`summarize arg_max(TimeGenerated, *) by RowId`, and as state as `docs/telemetry.md` says.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from azlocal.core.decisions import STARTS
from azlocal.core.diagnosis import diagnosed, names_of
from azlocal.core.digest import short
from azlocal.core.facts import ClusterFacts, SettingsFacts, Step
from azlocal.core.findings import Finding
from azlocal.core.ids import group_name_of, key, name_of, subscription_of
from azlocal.core.intents import intent_used, sent
from azlocal.core.plan import FleetPlan
from azlocal.core.progress import progress_columns, told
from azlocal.core.ring_rows import ring_row
from azlocal.core.scrub import scrubbed
from azlocal.core.steps import walk
from azlocal.core.tags import Earlier, Intent
from azlocal.core.times import format_time

if TYPE_CHECKING:
    from azlocal.core.forecast import RingForecast
    from azlocal.core.rings import RingState
    from azlocal.core.rollout import ClusterDecision

_IDS = uuid.UUID("6f1f3f0e-7a41-5d0e-9a55-2b7a3c7c5f10")
_VARIANT = {digit: f"{int(digit, 16) & 3 | 8:x}" for digit in "0123456789abcdef"}
_LONGEST = 8000


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
    forecasts: Sequence[RingForecast] = ()
    failed: bool = False
    sent: int = 0
    lost: int = 0


def row_id(*parts: object) -> str:
    """Return the deterministic id of a row."""
    # Half of a surrogate pair, as broken texts have it, is no UTF-8.
    name = "\x1f".join(map(str, parts)).encode("utf-8", "backslashreplace")
    # What uuid.uuid5 gives as text, without making the UUID: a tick of a large fleet has many thousands of rows.
    found = sha1(_IDS.bytes + name, usedforsecurity=False).hexdigest()
    return f"{found[:8]}-{found[8:12]}-5{found[13:16]}-{_VARIANT[found[16]]}{found[17:20]}-{found[20:32]}"


def cluster_rows(decided: Iterable[ClusterDecision], plan: FleetPlan, tick_id: str, now: datetime) -> Iterator[Row]:
    """Yield state, finding and step rows of clusters, and rows of the starts that Azure remembers."""
    for one in decided:
        common = _common(one.cluster, one.ring, tick_id, now)
        yield _state(one, plan, common, now)
        yield from (_finding(finding, common) for finding in _worth_telling(one))
        yield from _steps(one.cluster, common)
        yield from (_remembered(earlier, place, one.cluster, common) for place, earlier in enumerate(sent(one.cluster)))
        one.candidate.forget()


def _worth_telling(one: ClusterDecision) -> Iterable[Finding]:
    """Return what is not met or not known; of a cluster that is started everything, for that is why it may be.

    What is in order is most of it, hour after hour: three quarters of a fleet's rows, which somebody pays for.
    """
    if isinstance(one.decision, STARTS):
        return one.findings
    return (finding for finding in one.findings if not finding.passes)


def _common(cluster: ClusterFacts, ring: str, tick_id: str, now: datetime) -> dict[str, Any]:
    return {
        "TimeGenerated": format_time(now),
        "TickId": tick_id,
        "ClusterId": key(cluster.id),
        "ClusterName": cluster.name,
        "Ring": ring,
    }


def _state(one: ClusterDecision, plan: FleetPlan, common: dict[str, Any], now: datetime) -> Row:
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
        "SolutionVersion": cluster.solution_version,
        "NodeCount": len(cluster.nodes),
        "ConnectionStatus": cluster.status or "",
        "LastSync": told(cluster.last_sync_at),
        "Attempt": intent.attempt if intent else 0,
        "AttemptMode": intent.mode if intent else "",
        "Failures": intent.failures if intent else 0,
        "StepName": reading.step,
        "Stuck": reading.stuck,
        "ValidationStatus": settings.validation_status if settings else "",
        "DeploymentStatus": settings.deployment_status if settings else "",
        "CorrelationId": cluster.correlation_id,
        "PlanDigest": short(plan.digest),
        "InputsDigest": short(one.inputs.request_digest) if one.inputs else "",
        "RuleVersion": one.candidate.rules,
        **progress_columns(one, plan, now),
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
        "ObservedAt": _told(finding.observed_at),
        "Confidence": finding.confidence,
        "Remedy": finding.remedy,
        "Question": finding.question,
        "RuleVersion": finding.rules,
    })  # fmt: skip


_told = lru_cache(maxsize=256)(told)
"""A page of the census has one moment, and its clusters have thousands of findings."""


def _steps(cluster: ClusterFacts, common: dict[str, Any]) -> Iterator[Row]:
    settings, intent = cluster.settings, cluster.intent
    if not isinstance(settings, SettingsFacts):
        return
    for mode, steps in (("validate", settings.validation_steps), ("deploy", settings.deployment_steps)):
        ours = isinstance(intent, Intent) and intent.mode == mode
        attempt = intent.attempt if ours and isinstance(intent, Intent) else 0
        for path, step in walk(steps):
            here = common | {"CorrelationId": cluster.correlation_id}
            yield _step(mode, attempt, path, step, names_of(cluster), here)


def _step(mode: str, attempt: int, path: str, step: Step, names: tuple[str, ...], common: dict[str, Any]) -> Row:
    span = step.ended_at - step.started_at if step.ended_at and step.started_at else None
    return Row("AzLocalStep_CL", common | {
        "RowId": row_id("step", common["ClusterId"], mode, path, step.name, step.status, told(step.started_at)),
        "Mode": mode,
        "Attempt": attempt,
        "StepPath": path,
        "StepName": step.name,
        "Status": step.status,
        "StartedAt": told(step.started_at),
        "EndedAt": told(step.ended_at),
        "DurationSeconds": None if span is None else span.total_seconds(),
        "Failing": step.status.lower() in {"error", "failed"},
        "Message": _cut(" ".join(step.exceptions)),
        **diagnosed(step, names),
    })  # fmt: skip


def _remembered(start: Earlier, place: int, cluster: ClusterFacts, common: dict[str, Any]) -> Row:
    """Return the row of a start as a later tick can tell it: what its answer was, only the first row says."""
    intent = cluster.intent
    newest = isinstance(intent, Intent) and place == 0
    used = bool(start.correlation) or (newest and isinstance(intent, Intent) and intent_used(cluster, intent))
    at = format_time(start.at)
    return Row("AzLocalAction_CL", common | {
        "RowId": row_id("action", common["ClusterId"], start.mode, start.attempt, at),
        "Action": _ACTIONS.get(start.mode, "StartUpgrade" if start.attempt == 1 else "Resume"),
        "Mode": start.mode,
        "Attempt": start.attempt,
        "Outcome": "accepted" if used else "announced",
        "HttpStatus": None,
        "Code": "",
        "Message": "",
        "Reason": "",
        "RequestedAt": at,
        "CorrelationId": str(uuid.UUID(start.correlation)) if len(start.correlation) == 32 else "",
        "PlanDigest": intent.plan if newest and isinstance(intent, Intent) else "",
        "InputsDigest": intent.inputs if newest and isinstance(intent, Intent) else "",
    })  # fmt: skip


_ACTIONS = {"validate": "StartValidation", "extension": "UpdateExtension"}


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
        "Rings": list(_rings(tick)),
        "Problems": [_cut(problem) for problem in tick.problems][:50],
        "Calls": tick.calls,
        "Throttled": tick.throttled,
        "DurationSeconds": tick.duration.total_seconds(),
        "Failed": tick.failed,
        "RowsSent": tick.sent,
        "RowsLost": tick.lost,
    })  # fmt: skip


def _rings(tick: TickSummary) -> Iterator[dict[str, Any]]:
    foreseen = {one.name: one for one in tick.forecasts}
    for place, ring in enumerate(tick.rings, 1):
        yield ring_row(place, ring, foreseen.get(ring.name), tick.clusters, tick.plan, tick.now)


def _counts(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))


@lru_cache(maxsize=4096)
def _cut(text: str) -> str:
    """Return a text of Azure's or of people's as rows tell it: without secrets, and not too long."""
    text = scrubbed(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
