"""Is a cluster a candidate for the solution upgrade? Eleven preconditions, each with its evidence.

Azure exposes no banner property, so azlocal never says "banner shown": it says *upgrade candidate*.
Rule and order: Microsoft Learn pages on the solution upgrade as of 2026-04, see `docs/rules.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from azlocal.core.attestations import attested
from azlocal.core.checks import CHECKS, Subject, attestation_findings
from azlocal.core.data.thresholds import MAXIMUM_NODES, OLD_FAMILY, SOLUTION_FAMILIES
from azlocal.core.facts import ClusterFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.plan import FleetPlan
from azlocal.core.versions import os_build


class Verdict(str, Enum):
    """What the preconditions add up to."""

    CANDIDATE = "Candidate"
    BLOCKED = "Blocked"
    OS_UPGRADE_REQUIRED = "OsUpgradeRequired"
    OS_UPGRADE_RUNNING = "OsUpgradeRunning"
    NOT_APPLICABLE = "NotApplicable"
    UNKNOWN = "Unknown"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A verdict, the findings it rests on, and how sure it is (high, medium, low)."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    confidence: str

    def finding(self, check: str) -> Finding | None:
        """Return the finding of one check, or None."""
        return next((one for one in self.findings if one.check == check), None)

    def failing(self, *checks: str) -> tuple[Finding, ...]:
        """Return the findings of *checks* (all, when none is named) that are not met."""
        return tuple(
            one for one in self.findings if one.status is Status.NOT_MET and (not checks or one.check in checks)
        )


def assess(cluster: ClusterFacts, plan: FleetPlan | None, *, cloud: str, now: datetime) -> Candidate:
    """Judge one cluster by B1 to B11 and by what operators attested."""
    subject = Subject(
        cluster=cluster, cloud=cloud, now=now,
        fresh_for=plan.facts_fresh_for if plan else None,
        attested=attested(cluster, plan, now),
    )  # fmt: skip
    findings = tuple(check(subject) for check in CHECKS) + attestation_findings(subject)
    return Candidate(verdict=_verdict(cluster, findings), findings=findings, confidence=_confidence(cluster, findings))


def _verdict(cluster: ClusterFacts, findings: tuple[Finding, ...]) -> Verdict:
    by_check = {one.check: one for one in findings}
    if any(by_check[name].status is Status.NOT_MET for name in ("B1", "B2", "B3", "B10")):
        return Verdict.NOT_APPLICABLE
    if by_check["B6"].status is Status.NOT_MET:
        return Verdict.BLOCKED
    if by_check["B6"].status is Status.UNKNOWN:
        return Verdict.UNKNOWN
    if by_check["B4"].status is not Status.MET:
        return _os_verdict(cluster)
    if any(by_check[name].status is Status.NOT_MET for name in ("B5", "B7", "B8", "B11")):
        return Verdict.BLOCKED
    if any(by_check[name].status is Status.UNKNOWN for name in ("B1", "B2", "B3", "B5", "B7", "B8")):
        return Verdict.UNKNOWN
    return Verdict.CANDIDATE


def _os_verdict(cluster: ClusterFacts) -> Verdict:
    builds = [os_build(node.os_version) for node in cluster.nodes]
    families = {build[0] for build in builds if build is not None}
    if not families or None in builds:
        return Verdict.UNKNOWN
    if families == {OLD_FAMILY}:
        return Verdict.OS_UPGRADE_REQUIRED
    if len(set(builds)) > 1:
        return Verdict.OS_UPGRADE_RUNNING
    if not families <= set(SOLUTION_FAMILIES) or len(cluster.nodes) > MAXIMUM_NODES:
        return Verdict.BLOCKED
    return Verdict.UNKNOWN  # One build of the upgrade's, but the machines report another.


def _confidence(cluster: ClusterFacts, findings: tuple[Finding, ...]) -> str:
    by_check = {one.check: one for one in findings}
    evidence = [by_check[name] for name in ("B4", "B5", "B6", "B7", "B8")]
    if any(one.status is Status.UNKNOWN for one in evidence):
        return "low"
    two_sources = bool(cluster.machines) and all(one.confidence == "high" for one in evidence)
    return "high" if two_sources and by_check["B10"].passes else "medium"
