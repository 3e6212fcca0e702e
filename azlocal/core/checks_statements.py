"""The preconditions B10 and B11, and the statements that an upgrade needs: what ARM shows in part or not at all."""

from __future__ import annotations

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY, QUESTIONS
from azlocal.core.data.support import AKS_TIMING
from azlocal.core.facts import RelatedFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import name_of
from azlocal.core.subject import Subject, on_old_os

AKS_KINDS = frozenset({
    "microsoft.hybridcontainerservice/provisionedclusters", "microsoft.kubernetes/connectedclusters",
})  # fmt: skip
_NOT_POSSIBLE = "such a cluster cannot take the solution upgrade"
_REMOVE = "remove AKS hybrid and preview Arc VMs (Uninstall-Moc)"


def how_to_attest(key: str) -> str:
    """Return the remedy for a statement that nobody made."""
    return f"attest {key} in the plan or by the tag azlocal-attest-{key}"


def not_stretched(subject: Subject) -> Finding:
    """B10: neither stretched nor on the 22H2 Supplemental Package: only an operator can say the latter."""
    one_site = subject.attested.get("not-stretched")
    never = subject.attested.get("not-22h2sp")
    for said in (one_site, never):
        if said is not None and not said.value:
            return subject.found(
                "B10", False, f"attested: {said.key} is no (by {said.by})", value="no",
                path=said.source, remedy=_NOT_POSSIBLE,
            )  # fmt: skip
    shown = subject.validated("B10", "one site") if one_site is None else None
    if never is not None and (one_site is not None or shown is not None):
        by = ", ".join(sorted({one.by for one in (one_site, never) if one is not None}))
        seen = "; readiness validation succeeded: one site" if shown is not None else ""
        what = "never 22H2SP" if shown is not None else "one site, never 22H2SP"
        return Finding(
            check="B10", status=Status.ATTESTED, message=f"attested by {by}: {what}{seen}",
            resource_id=subject.cluster.id, path="attestation", observed_at=subject.cluster.observed_at,
        )  # fmt: skip
    missing = "not-stretched" if one_site is None and shown is None else "not-22h2sp"
    return subject.found(
        "B10", None, f"{missing} is not attested", path="attestation", question=QUESTIONS[missing],
        remedy=how_to_attest(missing), settled_by="validation" if missing == "not-stretched" else "attestation",
    )  # fmt: skip


def no_workloads(subject: Subject) -> Finding:
    """B11: no AKS hybrid and no preview Arc VMs. Their absence from ARM proves nothing: Validate tests it."""
    workloads = subject.cluster.workloads
    return visible_workload(subject, "B11", workloads) if workloads else without_workloads(subject, "B11")


def visible_workload(subject: Subject, check: str, workloads: tuple[RelatedFacts, ...]) -> Finding:
    """Return the finding of preview workloads that ARM shows: a warning before the OS upgrade, blocking after it."""
    clusters = [one for one in workloads if one.kind in AKS_KINDS]
    one, machines = (clusters or workloads)[0], len(workloads) - len(clusters)
    seen = [_count(len(clusters), "AKS hybrid cluster"), _count(machines, "preview Arc VM")]
    told = f"{' and '.join(filter(None, seen))} beside it, such as {name_of(one.id)}"
    return subject.found(
        check, False, f"{told}; {AKS_TIMING}" if clusters else told,
        value=one.kind, resource_id=one.id, path="type", remedy=_REMOVE,
        severity="warning" if on_old_os(subject.cluster) else "blocking",
    )  # fmt: skip


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""


def without_workloads(subject: Subject, check: str) -> Finding:
    """Return what is known where ARM shows no preview workload: nothing at all when it was not asked."""
    if subject.cluster.workloads is None:
        return subject.found(
            check, None, "the workloads beside it were not read", path="resource group",
            remedy="let azlocal's identity read the cluster's resource group (Reader), and look again",
        )  # fmt: skip
    found = subject.stated(check, "no-workloads", remedy=_REMOVE) or subject.validated(
        check, "neither AKS hybrid nor MOC"
    )
    return found or subject.found(
        check, None, "no preview workload is visible, which proves nothing; readiness validation tests it",
        severity="warning", path="resource group", question=QUESTIONS["no-workloads"],
        remedy=how_to_attest("no-workloads"), settled_by="validation",
    )  # fmt: skip


def attestation_findings(subject: Subject) -> tuple[Finding, ...]:
    """Return one finding for each statement that a Deploy needs and no check above covers."""
    return tuple(_statement(subject, key) for key in NEEDED_BEFORE_DEPLOY)


def _statement(subject: Subject, key: str) -> Finding:
    check = f"attest-{key}"
    remedy = "settle this with the vendor or owner before the upgrade"
    return subject.stated(check, key, remedy=remedy, question=QUESTIONS[key]) or subject.found(
        check, None, f"{key} is not attested", path="attestation", question=QUESTIONS[key],
        remedy=how_to_attest(key), settled_by="attestation",
    )  # fmt: skip
