"""Findings of failing steps: what the validator's tests say, and what the steps say that carry no results."""

from __future__ import annotations

from datetime import datetime

from azlocal.core.data.validator import BLOCKING, WARNING
from azlocal.core.diagnosis import Diagnosis, advice, diagnose_cluster, diagnose_text
from azlocal.core.evidence import Evidence
from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.readings import Reading
from azlocal.core.steps import ended, is_failed
from azlocal.core.validation_report import validation_findings

CHECK = "failed-step"
_STRANGER = "nobody documents this failure: read the step's log on the first machine, and ask Microsoft support"


def failure_findings(cluster: ClusterFacts, reading: Reading) -> tuple[Finding, ...]:
    """Return a finding for each test that did not pass, and for each failing step that says something else.

    Where ARM refused a start, what the settings show is older, and only the refusal counts.
    """
    if not reading.code and not _failed(cluster):
        return ()
    diagnosis = diagnosis_of(cluster, reading)
    told = (one for one in diagnosis.evidence if one.source != "check" and not one.checks)
    checks = () if reading.code else validation_findings(cluster)
    return (*checks, *(_finding(cluster, diagnosis, one) for one in told))


def diagnosis_of(cluster: ClusterFacts, reading: Reading) -> Diagnosis:
    """Return what is known of the failure that a reading tells."""
    return diagnose_text(reading.message) if reading.code else diagnose_cluster(cluster)


def _failed(cluster: ClusterFacts) -> bool:
    settings, deployment = cluster.settings, cluster.deployment
    if isinstance(settings, SettingsFacts) and any(
        is_failed(one) for one in (*settings.validation_steps, *settings.deployment_steps)
    ):
        return True
    return isinstance(deployment, DeploymentFacts) and deployment.provisioning_state.lower() == "failed"


def _finding(cluster: ClusterFacts, diagnosis: Diagnosis, one: Evidence) -> Finding:
    matches = tuple(match for match in diagnosis.matches if match.evidence is one)
    known = next((match.issue.id for match in matches if match.certain), "")
    source, at = _source(cluster, one)
    settings = cluster.settings
    steps = (*settings.validation_steps, *settings.deployment_steps) if isinstance(settings, SettingsFacts) else ()
    return Finding(
        check=CHECK, status=Status.NOT_MET, severity=WARNING if one.severity == "warning" else BLOCKING,
        message=f"{one.steps[-1]}: {one.line}" if one.steps else one.line, value=known,
        resource_id=source, path=_place(one), observed_at=at,
        remedy=advice(Diagnosis(evidence=(one,), matches=matches)) or _STRANGER,
        since=ended(steps) if one.steps else None,
    )  # fmt: skip


def _source(cluster: ClusterFacts, one: Evidence) -> tuple[str, datetime | None]:
    settings, deployment = cluster.settings, cluster.deployment
    if one.steps and isinstance(settings, SettingsFacts):
        return settings.id, settings.observed_at
    if isinstance(deployment, DeploymentFacts):
        return deployment.id, deployment.observed_at
    return cluster.id, cluster.observed_at


def _place(one: Evidence) -> str:
    return f"step {' > '.join(one.steps)}" if one.steps else "properties.error"
