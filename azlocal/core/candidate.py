"""Is a cluster a candidate for the solution upgrade? Eleven preconditions and the support matrix, with evidence.

Azure exposes no banner property, so azlocal never says "banner shown": it says *upgrade candidate*.
Rule and order: Microsoft Learn pages on the solution upgrade as of 2026-04, see `docs/rules.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property

from azlocal.core import support
from azlocal.core.attestations import attested
from azlocal.core.checks import CHECKS, Subject, attestation_findings
from azlocal.core.facts import ClusterFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.limbo import lag_findings
from azlocal.core.overrides import in_force
from azlocal.core.plan import FleetPlan
from azlocal.core.risks import accepted_risks
from azlocal.core.subject import families, on_old_os
from azlocal.core.support import RowVerdict
from azlocal.core.verification import is_upgraded, verification_findings
from azlocal.core.verification_tasks import task_findings
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


# No slots: what only views ask for is worked out when they do.
@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A verdict, the findings it rests on, and how sure it is (high, medium, low).

    `decides` is the finding that made the verdict; None for a candidate, which all of them make.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    confidence: str
    decides: Finding | None = None
    subject: Subject | None = field(default=None, repr=False, compare=False)

    def finding(self, check: str) -> Finding | None:
        """Return the finding of one check, or None."""
        return next((one for one in self.findings if one.check == check), None)

    def failing(self, *checks: str) -> tuple[Finding, ...]:
        """Return the findings of *checks* (all, when none is named) that are not met."""
        return tuple(
            one for one in self.findings if one.status is Status.NOT_MET and (not checks or one.check in checks)
        )

    @cached_property
    def advice(self) -> tuple[Finding, ...]:
        """Return the findings that a person should know of and that decide nothing."""
        if self.subject is None:
            return ()
        rows = () if is_upgraded(self.subject.cluster) else support.advice(self.subject, self.findings)
        return (*lag_findings(self.subject), *rows)

    @cached_property
    def after(self) -> tuple[Finding, ...]:
        """Return what a successful upgrade left behind and what is to be done after it; empty before."""
        return () if self.subject is None else (*verification_findings(self.subject), *task_findings(self.subject))

    @cached_property
    def support(self) -> tuple[RowVerdict, ...]:
        """Return the support matrix, row by row; empty for a cluster that already is the solution."""
        if self.subject is None or is_upgraded(self.subject.cluster):
            return ()
        return support.matrix(self.subject, self.findings)

    def forget(self) -> None:
        """Let go of what only views ask for: for a whole fleet at once it is more than all the rest."""
        for name in ("advice", "after", "support"):
            self.__dict__.pop(name, None)

    @property
    def rules(self) -> str:
        """Return the version of the rules behind the verdict, with `+plan` where the plan overrides one of them."""
        touched = next((one for one in (*self.findings, *self.advice) if one.overridden), None)
        return (touched or self.findings[0]).rules if self.findings else ""

    @property
    def overridden(self) -> tuple[str, ...]:
        """Return what the plan says instead of the rules' own values, where that touched a finding; each once."""
        return tuple(dict.fromkeys(one.overridden for one in (*self.findings, *self.advice) if one.overridden))


def assess(cluster: ClusterFacts, plan: FleetPlan | None, *, cloud: str, now: datetime) -> Candidate:
    """Judge one cluster by B1 to B11, by the support matrix, and by what operators attested."""
    subject = Subject(
        cluster=cluster, cloud=cloud, now=now,
        fresh_for=plan.facts_fresh_for if plan else None,
        attested=attested(cluster, plan, now),
        rules=in_force(plan, cluster, now),
        accepted=accepted_risks(cluster, plan, now),
    )  # fmt: skip
    findings = (*(check(subject) for check in CHECKS), *attestation_findings(subject), *support.deciding(subject))
    verdict, decides = _verdict(subject, findings)
    return Candidate(
        verdict=verdict, findings=findings, confidence=_confidence(cluster, findings), decides=decides, subject=subject
    )  # fmt: skip


_NEEDED = ("B5", "B7", "B8", "B11")
_KNOWN = ("B1", "B2", "B3", "B5", "B7", "B8", "B11")


def _verdict(subject: Subject, findings: tuple[Finding, ...]) -> tuple[Verdict, Finding | None]:
    """Return the verdict and the finding that made it."""
    by_check = {one.check: one for one in findings}
    unmet = next((one for one in _named(by_check, ("B1", "B2", "B3", "B10")) if one.status is Status.NOT_MET), None)
    if unmet is not None:
        return Verdict.NOT_APPLICABLE, unmet
    registered, one_build = by_check["B6"], by_check["B4"]
    if not registered.passes:
        return (Verdict.BLOCKED if registered.status is Status.NOT_MET else Verdict.UNKNOWN), registered
    if not one_build.passes:
        return _os_verdict(subject, one_build), one_build
    rows = [one for one in findings if one.check.startswith("support-") and one.severity == "blocking"]
    for status, names, verdict in (
        (Status.NOT_MET, _NEEDED, Verdict.BLOCKED), (Status.UNKNOWN, _KNOWN, Verdict.UNKNOWN),
    ):  # fmt: skip
        telling = _telling((*_named(by_check, names), *rows), status)
        if telling is not None:
            return verdict, telling
    return Verdict.CANDIDATE, None


def _named(by_check: dict[str, Finding], names: Iterable[str]) -> Iterator[Finding]:
    return (by_check[name] for name in names)


def _telling(findings: Iterable[Finding], status: Status) -> Finding | None:
    """Return the first finding of that status that Azure alone can change; what Validate settles may stay open."""
    open_ones = (one for one in findings if one.status is status)
    return next((one for one in open_ones if status is Status.NOT_MET or not one.settled_by), None)


def _os_verdict(subject: Subject, one_build: Finding) -> Verdict:
    cluster = subject.cluster
    found = families(cluster)
    if one_build.status is Status.UNKNOWN or not found:
        return Verdict.UNKNOWN
    if on_old_os(cluster):
        return Verdict.OS_UPGRADE_REQUIRED
    if len({os_build(node.os_version) for node in cluster.nodes}) > 1:
        return Verdict.OS_UPGRADE_RUNNING
    return Verdict.BLOCKED


def _confidence(cluster: ClusterFacts, findings: tuple[Finding, ...]) -> str:
    by_check = {one.check: one for one in findings}
    evidence = [by_check[name] for name in ("B4", "B5", "B6", "B7", "B8")]
    if any(one.status is Status.UNKNOWN for one in evidence):
        return "low"
    two_sources = bool(cluster.machines) and all(one.confidence == "high" for one in evidence)
    return "high" if two_sources and by_check["B10"].passes else "medium"
