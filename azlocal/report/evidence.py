"""The evidence of one change as files that stand on their own: before, plan, consent, decisions, steps, after.

Each file says what it knows, from where, and what is not known. The same facts give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from azlocal.core.attestations import attested
from azlocal.core.digest import short
from azlocal.core.facts import Absence, SettingsFacts
from azlocal.core.findings import Finding
from azlocal.core.ids import h10, key
from azlocal.core.readings import Phase
from azlocal.core.tags import ACCEPT, APPROVE, Intent
from azlocal.core.times import format_time, parse_time
from azlocal.report.documents import cluster_document, explain_document
from azlocal.report.evidence_readme import readme
from azlocal.report.evidence_scrub import scrubbed, without_secrets
from azlocal.report.evidence_support import support
from azlocal.report.snapshot import encode
from azlocal.service.evidence import ACTIONS, FINDINGS, STATES, STEPS, Change, Rows

Document = dict[str, Any]
NO_WORKSPACE = (
    "Azure keeps no earlier state. azlocal's rows in Log Analytics would tell: set AZLOCAL_WORKSPACE_ID, and let "
    "azlocal's identity read the workspace"
)
_OF_THE_END = ("verify-", "handover", "task-")
_STATE = (
    "TimeGenerated", "TickId", "Phase", "PhaseReason", "PhaseMessage", "Verdict", "Confidence", "Decision",
    "DecisionReason", "DecisionMessage", "OsVersion", "SolutionVersion", "NodeCount", "ConnectionStatus", "LastSync",
    "Attempt", "AttemptMode", "Failures", "ValidationStatus", "DeploymentStatus", "CorrelationId", "PlanDigest",
    "InputsDigest", "RuleVersion",
)  # fmt: skip
_CHANGES = ("Phase", "PhaseReason", "Decision", "DecisionReason", "Attempt", "PlanDigest", "InputsDigest")


def files(change: Change) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file, in the order in which they are packed; none holds a secret."""
    documents: tuple[tuple[str, Callable[[Change], Document]], ...] = (
        ("before.json", _before), ("plan.json", _plan), ("inputs.json", _inputs), ("consent.json", _consent),
        ("decisions.json", _decisions), ("steps.json", _steps), ("after.json", _after), ("facts.json", _facts),
    )  # fmt: skip
    yield "README.txt", readme(change)
    yield "support.txt", support(change)
    for name, made in documents:
        yield name, _json(made(change))
    if change.plan_text:
        yield "plan.yaml", scrubbed(change.plan_text).encode("utf-8", "backslashreplace").decode()


def _json(document: Document) -> str:
    return json.dumps(without_secrets(document), indent=2, default=str) + "\n"


# before


def _before(change: Change) -> Document:
    states = _of(change, STATES)
    start = _first_start(change)
    earlier = [row for row in states if start is None or _at(row) <= start]
    told: Document = {"known": bool(earlier), "upgradeStarted": format_time(start) if start else None}
    if not earlier:
        unread = "azlocal recorded nothing of this cluster before that" if change.rows is not None else NO_WORKSPACE
        return {**told, "notKnown": unread, "shownByAzureNow": _still_shown(change)}
    last = _at(earlier[-1])
    findings = [row for row in _of(change, FINDINGS) if _at(row) <= last]
    return {
        **told, "source": "azlocal's rows in Log Analytics", "firstKnown": _picked(earlier[0], _STATE),
        "lastBeforeTheUpgrade": _picked(earlier[-1], _STATE), "findings": findings,
        "shownByAzureNow": _still_shown(change),
    }  # fmt: skip


def _still_shown(change: Change) -> Document:
    """Return what Azure shows to this day of the time before."""
    settings = change.one.cluster.settings
    if not isinstance(settings, SettingsFacts):
        return {"validationStatus": None, "validationSteps": None}
    return {"validationStatus": settings.validation_status, "validationSteps": encode(settings.validation_steps)}


def _first_start(change: Change) -> datetime | None:
    """Return when the first upgrade of the cluster was announced, as far as anything remembers it."""
    told = [parse_time(row.get("RequestedAt")) for row in _of(change, ACTIONS) if row.get("Mode") == "deploy"]
    intent, settings = change.one.cluster.intent, change.one.cluster.settings
    if isinstance(intent, Intent) and intent.mode == "deploy":
        told.append(intent.at)
    if isinstance(settings, SettingsFacts):
        told += [step.started_at for step in settings.deployment_steps]
    return min((one for one in told if one is not None), default=None)


# plan, inputs, consent


def _plan(change: Change) -> Document:
    plan, one = change.plan, change.one
    if plan is None:
        return {"known": False, "notKnown": "no fleet plan was named (--plan or AZLOCAL_PLAN)"}
    ring = change.look.ring(one.ring)
    told = explain_document(change.look, one)
    return {
        "known": True, "digest": plan.digest, "shown": short(plan.digest), "text": "plan.yaml" if change.plan_text else None,
        "ring": told["ringState"], "membersDigest": ring.members_digest if ring else None, "control": plan.control,
        "overrides": list(one.candidate.overridden), "digestsOfAttempts": _digests(change),
        "note": "a digest is SHA-256 over the plan's canonical form, which leaves out comments, order and paused",
    }  # fmt: skip


def _digests(change: Change) -> list[Document]:
    """Return the digests that each announced attempt went by."""
    words = ("RequestedAt", "Mode", "Attempt", "PlanDigest", "InputsDigest")
    told = [_picked(row, words) for row in _of(change, ACTIONS)]
    intent = change.one.cluster.intent
    if isinstance(intent, Intent):
        told.append({
            "RequestedAt": format_time(intent.at), "Mode": intent.mode, "Attempt": intent.attempt,
            "PlanDigest": intent.plan, "InputsDigest": intent.inputs, "Source": "tag azlocal-op",
        })  # fmt: skip
    return told


def _inputs(change: Change) -> Document:
    inputs, settings = change.inputs, change.one.cluster.settings
    echo = settings.echo if isinstance(settings, SettingsFacts) else None
    if inputs is None:
        return {"known": False, "notKnown": "no inputs for this cluster were read", "echoDigest": echo}
    return {
        "known": True, "source": inputs.source, "digest": inputs.digest, "templateDigest": inputs.template or None,
        "requestDigest": inputs.request_digest, "echoDigest": echo,
        "echoIsWhatWouldBeSent": None if echo is None else echo == inputs.digest, "problems": list(inputs.problems),
        "parameters": dict(inputs.parameters),
    }  # fmt: skip


def _consent(change: Change) -> Document:
    control, one = change.look.facts.control, change.one
    ring = change.look.ring(one.ring)
    approval = control.approvals.get(one.ring) if control else None
    acceptance = control.acceptances.get(h10(one.cluster.id)) if control else None
    standing = attested(one.cluster, change.plan, change.look.now)
    return {
        "known": control is not None,
        "controlGroup": control.id if control else None,
        "approval": {
            "tag": APPROVE + one.ring, "record": encode(approval), "gate": ring.gate if ring else None,
            "approved": ring.approved if ring else None, "problem": ring.approval_problem if ring else None,
        },
        "acceptance": {"tag": ACCEPT + h10(one.cluster.id), "record": encode(acceptance)},
        "attestations": [{"key": name, "told": told.told, "source": told.source} for name, told in sorted(standing.items())],
        "acceptedRisks": [f"{finding.check}: {finding.accepted}" for finding in one.findings if finding.accepted],
        "note": "names are claims; who wrote a tag is proved by the Activity Log of the control group and the cluster",
    }  # fmt: skip


# decisions, steps, after


def _decisions(change: Change) -> Document:
    now = cluster_document(change.one)
    words = ("phase", "phaseReason", "phaseMessage", "verdict", "confidence", "decision", "decisionReason",
             "decisionMessage", "remedy", "ruleVersion", "findings")  # fmt: skip
    told: Document = {"asOf": format_time(change.look.now), "now": {word: now[word] for word in words}}
    intent = change.one.cluster.intent
    told["intent"] = intent.text() if isinstance(intent, Intent) else None
    if change.rows is None:
        return {**told, "known": False, "notKnown": NO_WORKSPACE}
    return {**told, "known": True, "history": _history(_of(change, STATES)), "starts": list(_of(change, ACTIONS))}


def _history(states: Rows) -> list[Document]:
    """Return the states in which something differs from the one before."""
    told: list[Document] = []
    last: Document = {}
    for row in states:
        differs = _picked(row, _CHANGES)
        if differs != last:
            told.append(_picked(row, _STATE))
            last = differs
    return told


def _steps(change: Change) -> Document:
    settings, deployment = change.one.cluster.settings, change.one.cluster.deployment
    return {
        "deployment": encode(deployment) if not isinstance(deployment, Absence) else None,
        "operations": list(change.operations),
        "settings": _of_settings(settings) if isinstance(settings, SettingsFacts) else None,
        "recorded": list(_of(change, STEPS)) if change.rows is not None else None,
        "notKnown": None if change.rows is not None else f"steps of earlier attempts: {NO_WORKSPACE}",
    }


def _of_settings(settings: SettingsFacts) -> Document:
    return {
        "id": settings.id, "mode": settings.mode, "operationType": settings.operation_type,
        "provisioningState": settings.provisioning_state, "validationStatus": settings.validation_status,
        "validation": encode(settings.validation_steps), "deploymentStatus": settings.deployment_status,
        "upgrade": encode(settings.deployment_steps),
    }  # fmt: skip


def _after(change: Change) -> Document:
    one, cluster = change.one, change.one.cluster
    done = one.reading.phase in {Phase.SOLUTION, Phase.VERIFYING}
    if not done:
        return {"known": False, "phase": str(one.reading.phase), "notKnown": "the upgrade has not succeeded so far"}
    return {
        "known": True, "phase": str(one.reading.phase), "verified": one.reading.phase is Phase.SOLUTION,
        "message": one.reading.message, "solution": encode(cluster.solution),
        "checks": [_finding(finding) for finding in one.findings if finding.check.startswith(_OF_THE_END)],
        "readBeyondTheCensus": encode(cluster.after),
    }  # fmt: skip


def _finding(finding: Finding) -> Document:
    return {
        "check": finding.check, "status": str(finding.status), "message": finding.message, "value": finding.value,
        "resourceId": finding.resource_id, "property": finding.path, "observedAt": encode(finding.observed_at),
        "remedy": finding.remedy,
    }  # fmt: skip


def _facts(change: Change) -> Document:
    return {
        "asOf": format_time(change.look.now), "complete": not change.problems, "notRead": list(change.problems),
        "cluster": encode(change.one.cluster),
    }  # fmt: skip


# rows


def _of(change: Change, table: str) -> Rows:
    rows = (change.rows or {}).get(table, ())
    mine = key(change.one.cluster.id)
    return [row for row in rows if key(str(row.get("ClusterId") or "")) == mine]


def _at(row: Mapping[str, Any]) -> datetime:
    found = parse_time(row.get("TimeGenerated"))
    return found or datetime.min.replace(tzinfo=timezone.utc)


def _picked(row: Mapping[str, Any], names: Sequence[str]) -> Document:
    return {name: row.get(name) for name in names}
