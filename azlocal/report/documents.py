"""What commands tell, as documents for programs: stable camelCase keys, complete, JSON all through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from azlocal.core.digest import short
from azlocal.core.events import ActionOutcome
from azlocal.core.facts import ClusterFacts, SettingsFacts
from azlocal.core.findings import Finding
from azlocal.core.ids import group_name_of, key, name_of, subscription_of
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.core.tags import Approval
from azlocal.core.times import format_time
from azlocal.report.explain import next_action
from azlocal.report.snapshot import VERSION, encode
from azlocal.report.state import attempt, halted, in_flight, os_builds, since, waiting
from azlocal.report.support import between, limbo_days, os_support, support_document
from azlocal.report.text import tally
from azlocal.service.look import FleetLook
from azlocal.service.tick import TickReport

Document = dict[str, Any]
Many = Callable[[Callable[[ClusterDecision], Document], Sequence[ClusterDecision]], list[Document]]
"""How the documents of many clusters are made from one's and the clusters: at once, or when they are asked for."""


def at_once(make: Callable[[ClusterDecision], Document], clusters: Sequence[ClusterDecision]) -> list[Document]:
    """Return the document of each cluster."""
    return [make(one) for one in clusters]


def census_document(look: FleetLook, shown: Sequence[ClusterDecision] | None = None, many: Many = at_once) -> Document:
    """Return the fleet: every fact, so that `read_snapshot` gives it back. *shown* narrows it."""
    clusters = look.clusters if shown is None else shown
    read = _read(look)
    return {
        "version": VERSION,
        **_common(look),
        "observedAt": _time(look.facts.observed_at, exact=True),
        "partial": len(clusters) < len(look.clusters),
        "control": encode(look.facts.control),
        "holds": encode(look.facts.holds),
        "gaps": list(look.facts.gaps),
        "rings": [_ring(ring, look) for ring in look.rings],
        "clusters": many(lambda one: {**cluster_document(one), "facts": encode(read[id(one)])}, clusters),
    }


def status_document(look: FleetLook) -> Document:
    """Return rings, what is in flight, what is halted, and what waits for whom."""
    return {
        "version": "azlocal.status/1",
        **_common(look),
        "paused": look.facts.control.paused if look.facts.control else None,
        "phases": dict(tally(str(one.reading.phase) for one in look.clusters)),
        "decisions": dict(tally(one.decision.kind for one in look.clusters)),
        "rings": [_ring(ring, look) for ring in look.rings],
        "inFlight": [_flight(one) for one in in_flight(look)],
        "halted": [{"ring": one.name, "reason": one.reason, "message": one.message} for one in halted(look)],
        "betweenUpgrades": [
            {"name": one.cluster.name, "id": one.cluster.id, "days": days, "since": _time(stay.since)}
            for one, days, stay in between(look.clusters)
        ],
        "waitingForPerson": [
            {
                "who": one.who, "reason": one.reason, "message": one.message, "do": one.do, "ring": one.ring,
                "clusters": list(one.clusters),
            }
            for one in waiting(look)
        ],
    }  # fmt: skip


def explain_document(look: FleetLook, one: ClusterDecision) -> Document:
    """Return everything about one cluster."""
    ring = look.ring(one.ring)
    return {
        "version": "azlocal.explain/1",
        **_common(look),
        **cluster_document(one),
        "nextAction": next_action(one),
        "support": support_document(one.candidate.support),
        "ringState": _ring(ring, look) if ring else None,
        "facts": encode(_read(look)[id(one)]),
    }


def tick_document(report: TickReport, shown: Sequence[ClusterDecision] | None = None, many: Many = at_once) -> Document:
    """Return what a tick saw, decided and did."""
    clusters = report.clusters if shown is None else shown
    delivery = report.delivery
    return {
        "version": "azlocal.tick/1",
        "tickId": report.tick_id,
        "now": format_time(report.now),
        "cloud": report.facts.cloud,
        "planDigest": report.plan_digest,
        "dryRun": report.dry_run,
        "failed": report.failed,
        "lease": report.lease,
        "complete": not report.facts.gaps,
        "problems": list(report.problems),
        "phases": dict(tally(str(one.reading.phase) for one in report.clusters)),
        "decisions": dict(tally(one.decision.kind for one in report.clusters)),
        "rings": [_ring(ring, None) for ring in report.rings],
        "actions": [_action(one) for one in report.actions],
        "clusters": many(cluster_document, clusters),
        "telemetry": encode(delivery) if delivery else None,
        "calls": report.calls,
        "throttled": report.throttled,
        "durationSeconds": report.duration.total_seconds(),
    }


def cluster_document(one: ClusterDecision) -> Document:
    """Return one cluster: what was read, what it means, what is decided."""
    cluster, reading, decision, inputs = one.cluster, one.reading, one.decision, one.inputs
    return {
        "name": cluster.name,
        "id": cluster.id,
        "subscriptionId": subscription_of(cluster.id),
        "resourceGroup": group_name_of(cluster.id),
        "region": cluster.location,
        "ring": one.ring,
        "phase": str(reading.phase),
        "phaseReason": reading.reason,
        "phaseMessage": reading.message,
        "verdict": str(one.candidate.verdict),
        "confidence": one.candidate.confidence,
        "decision": decision.kind,
        "decisionReason": decision.reason,
        "decisionMessage": decision.message,
        "remedy": decision.remedy,
        "osBuild": os_builds(cluster),
        "solutionVersion": cluster.solution_version,
        "nodeCount": len(cluster.nodes),
        "step": reading.step,
        "since": _time(since(one)) if reading.phase.running else None,
        "stuck": reading.stuck,
        "startedByAzlocal": reading.ours,
        "attempt": attempt(one),
        "validationStatus": cluster.settings.validation_status if isinstance(cluster.settings, SettingsFacts) else "",
        "deploymentStatus": cluster.settings.deployment_status if isinstance(cluster.settings, SettingsFacts) else "",
        "inputs": {"digest": short(inputs.request_digest), "source": inputs.source, "problems": list(inputs.problems)}
        if inputs
        else None,
        "error": cluster.error,
        "ruleVersion": one.candidate.rules,
        "overridden": list(one.candidate.overridden),
        "osSupport": os_support(one),
        "limboDays": limbo_days(one),
        "findings": [_finding(finding) for finding in one.findings],
    }


def _read(look: FleetLook) -> dict[int, ClusterFacts]:
    """Return what was read, by decision. What was judged may say less: facts that are too old count as unread."""
    return {id(one): cluster for one, cluster in zip(look.clusters, look.facts.clusters)}


def _common(look: FleetLook) -> Document:
    return {
        "now": _time(look.now, exact=True),
        "cloud": look.cloud,
        "planDigest": look.plan_digest,
        "complete": not look.problems,
        "problems": list(look.problems),
    }


def _finding(finding: Finding) -> Document:
    return {
        "check": finding.check,
        "status": str(finding.status),
        "severity": finding.severity,
        "message": finding.message,
        "value": finding.value,
        "resourceId": finding.resource_id,
        "property": finding.path,
        "observedAt": _time(finding.observed_at),
        "confidence": finding.confidence,
        "remedy": finding.remedy,
        "question": finding.question,
        "settledBy": finding.settled_by,
        "overridden": finding.overridden,
        "accepted": finding.accepted,
        "ruleVersion": finding.rules,
    }


def _ring(ring: RingState, look: FleetLook | None) -> Document:
    approval = _approval(ring, look)
    return {
        "name": ring.name,
        "state": ring.state,
        "reason": ring.reason,
        "message": ring.message,
        "expected": ring.expected,
        "members": [key(one) for one in ring.members],
        "membersDigest": short(ring.members_digest),
        "done": ring.done,
        "inFlight": ring.in_flight,
        "failed": ring.failed,
        "maxConcurrent": ring.max_concurrent,
        "failureBudget": ring.failure_budget,
        "validating": ring.validating,
        "stage": ring.stage,
        "gate": ring.gate,
        "approved": ring.approved,
        "approvalProblem": ring.approval_problem,
        "approvedUntil": _time(approval.until) if approval else None,
        "approvedBy": approval.by if approval else "",
        "soaksUntil": _time(ring.soaked_at),
    }


def _approval(ring: RingState, look: FleetLook | None) -> Approval | None:
    control = look.facts.control if look else None
    return control.approvals.get(ring.name) if control and ring.approved else None


def _flight(one: ClusterDecision) -> Document:
    return {
        "name": one.cluster.name,
        "id": one.cluster.id,
        "ring": one.ring,
        "phase": str(one.reading.phase),
        "step": one.reading.step,
        "since": _time(since(one)),
        "stuck": one.reading.stuck,
        "attempt": attempt(one),
        "startedByAzlocal": one.reading.ours,
    }


def _action(one: ActionOutcome) -> Document:
    return {
        "name": name_of(one.cluster_id),
        "id": one.cluster_id,
        "action": one.kind,
        "mode": one.mode,
        "attempt": one.attempt,
        "outcome": one.outcome,
        "httpStatus": one.status,
        "code": one.code,
        "message": one.message,
        "correlationId": one.correlation_id,
        "reason": one.reason,
        "requestedAt": _time(one.at),
    }


def _time(at: datetime | None, *, exact: bool = False) -> str | None:
    if at is None:
        return None
    return str(encode(at)) if exact else format_time(at)
