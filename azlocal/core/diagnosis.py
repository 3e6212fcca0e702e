"""What a failure is: its evidence, the known issues that match it, and whether anything may be repeated.

Nothing is said of strangers but that they are unknown. `certain` needs words that only this issue uses; words that
others use, too, make it `possible`. What nobody knows is for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from azlocal.core.evidence import Evidence, deepest
from azlocal.core.evidence_reading import from_steps, from_text
from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts, Step
from azlocal.core.known_issues import AFTER_FIX, CONTACT_SUPPORT, PERSON, SAFE, KnownIssue, known_issues
from azlocal.core.signatures import Pattern, normal, stranger
from azlocal.core.steps import is_failed

CERTAIN, POSSIBLE = "certain", "possible"
_STRICTEST = (CONTACT_SUPPORT, AFTER_FIX, PERSON, SAFE)
# Words by which a step says that it failed for a cause of its own, not for the one that is known of it.
_OTHER_CAUSE = re.compile(
    r"access is denied|network path|RPC server|timed out|time-out|no such host|could not be resolved"
    r"|(?:not enough|no) space|disk is full|out of memory|unreachable|connection (?:was )?(?:refused|reset|closed)"
    r"|WinRM (?:client )?cannot|service is not running|already in progress|unauthori[sz]ed|forbidden|'AllResults'",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A known issue, how sure it is (`certain` or `possible`), and what shows it."""

    issue: KnownIssue
    certainty: str
    evidence: Evidence

    @property
    def certain(self) -> bool:
        """Return whether it is certain."""
        return self.certainty == CERTAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What is known of one failure. Without evidence there is nothing that failed, or nothing was said of it."""

    evidence: tuple[Evidence, ...] = ()
    matches: tuple[Match, ...] = ()
    """The certain ones first, then the possible ones, each in the order of the known issues."""
    signatures: tuple[str, ...] = ()
    """By what it is alike on other clusters: ids of known issues, or one of a stranger."""

    @property
    def primary(self) -> Evidence | None:
        """Return what the deepest failing step says."""
        return deepest(self.evidence)

    @property
    def line(self) -> str:
        """Return the line that a person needs, or an empty text."""
        return self.primary.line if self.primary else ""

    @property
    def certain(self) -> tuple[KnownIssue, ...]:
        """Return the known issues that are certain and can be why it failed."""
        return tuple(one.issue for one in self.matches if one.certain and one.issue.blocks)

    @property
    def retry(self) -> str:
        """Return safe, after-fix, contact-support, or person: nobody knows it, so a person decides.

        The strictest of what is certain. Something blocking beside it that nobody knows makes a safe retry a
        person's decision.
        """
        known = {one.retry for one in self.certain}
        if not known or any(self._unexplained()):
            known |= {PERSON}
        return next(one for one in _STRICTEST if one in known)

    def _unexplained(self) -> Iterator[Evidence]:
        """Yield what blocks and what nobody knows."""
        for one in self.evidence:
            blocks = one.severity not in {"warning", "informational"} and not one.checks
            if blocks and one.source in {"exception", "check"} and not _is_known(one):
                yield one


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """A failure and the clusters (ids) that have it now."""

    signature: str
    title: str
    retry: str
    clusters: tuple[str, ...]
    issue: KnownIssue | None = None


def diagnose(evidence: Iterable[Evidence], names: Iterable[str] = ()) -> Diagnosis:
    """Return the diagnosis of what was said; *names* are those of the cluster and its machines, if they are known."""
    told = tuple(evidence)
    matches = tuple(_matches(told))
    diagnosis = Diagnosis(evidence=told, matches=matches)
    if not told:
        return diagnosis
    signatures = tuple(one.id for one in diagnosis.certain) or (stranger(diagnosis.line, names),)
    return Diagnosis(evidence=told, matches=matches, signatures=signatures)


@lru_cache(maxsize=256)
def diagnose_text(text: str) -> Diagnosis:
    """Return the diagnosis of a text, in whatever form it was pasted."""
    return diagnose(from_text(text))


@lru_cache(maxsize=1024)
def diagnose_steps(steps: tuple[Step, ...], resource_id: str = "", names: tuple[str, ...] = ()) -> Diagnosis:
    """Return the diagnosis of what failing steps say."""
    return diagnose(from_steps(steps, resource_id), names)


def diagnose_step(step: Step, names: tuple[str, ...] = ()) -> Diagnosis:
    """Return the diagnosis of what a failing step itself says, without what lies below it."""
    if not is_failed(step) or not step.exceptions:
        return Diagnosis()
    alone = Step(name=step.name, index=step.index, status=step.status, exceptions=step.exceptions)
    return diagnose_steps((alone,), names=names)


def diagnosed(step: Step, names: tuple[str, ...]) -> dict[str, str]:
    """Return what telemetry tells of a step's diagnosis; empty texts where it did not fail."""
    found = diagnose_step(step, names)
    return {
        "Diagnosis": ";".join(one.id for one in found.certain),
        "RetryClass": found.retry if found.evidence else "",
        "Signature": ";".join(found.signatures),
    }


def diagnose_cluster(cluster: ClusterFacts) -> Diagnosis:
    """Return the diagnosis of what a cluster's settings and our deployment of it show; empty when nothing failed."""
    settings, deployment = cluster.settings, cluster.deployment
    names = names_of(cluster)
    if isinstance(settings, SettingsFacts):
        steps = (*settings.validation_steps, *settings.deployment_steps)
        found = diagnose_steps(tuple(step for step in steps if is_failed(step)), settings.id, names)
        if found.evidence:
            return found
    if isinstance(deployment, DeploymentFacts) and deployment.provisioning_state.lower() == "failed":
        told = f"{deployment.error_code}: {deployment.error_message}".strip(": ")
        return diagnose(from_text(told), names)
    return Diagnosis()


def names_of(cluster: ClusterFacts) -> tuple[str, ...]:
    """Return the names by which a text may mean the cluster or its machines."""
    machines = [*(one.name for one in cluster.nodes), *(one.name for one in cluster.machines or ())]
    return tuple(dict.fromkeys(one for one in (cluster.name, cluster.failover_name, *machines) if one))


def retry_of(diagnoses: Iterable[Diagnosis]) -> str:
    """Return the strictest retry class of some diagnoses; `person` when there is none."""
    known = {one.retry for one in diagnoses} or {PERSON}
    return next(one for one in _STRICTEST if one in known)


def next_step(retry: str) -> str:
    """Return what azlocal may do after a failure of that class."""
    return {
        SAFE: "may be repeated as it is: by a person's word, or by itself where the plan lets it",
        AFTER_FIX: "is repeated once the remedy is done and a person says so",
        CONTACT_SUPPORT: "is not repeated, even when a person allows it: this is not for a retry",
    }.get(retry, "is not repeated by itself: nobody knows this failure, so a person decides")


def advice(diagnosis: Diagnosis) -> str:
    """Return what to do about a failure, with its page: of the first known issue, or an empty text."""
    certain, possible = diagnosis.certain, [one.issue for one in diagnosis.matches if one.issue.blocks]
    if certain:
        more = f"; and see {', '.join(one.id for one in certain[1:])}" if certain[1:] else ""
        return f"{certain[0].remedy} ({certain[0].id}, {certain[0].url}){more}"
    return f"this may be {possible[0].id}: {possible[0].remedy} ({possible[0].url})" if possible else ""


def remedy_after(diagnosis: Diagnosis, cluster: str, mode: str = "") -> str:
    """Return what a person does after a failed attempt of *mode*, and how the cluster of that name may then go on."""
    told, allow = advice(diagnosis), f"azlocal-upgrade resume {cluster}"
    if diagnosis.retry == CONTACT_SUPPORT:
        on = f"; then: {allow}" if mode == "deploy" else ", and azlocal goes on"
        return f"{told}; azlocal does not repeat this: once it is settled, validate in the portal{on}"
    return f"{told}; then: {allow}" if told else f"fix the cause, then allow one retry: {allow}"


def groups(failures: Mapping[str, Diagnosis]) -> tuple[FailureGroup, ...]:
    """Return the failures of a fleet by what is alike in them, the widest first; *failures* by cluster id."""
    found: dict[str, list[str]] = {}
    lines: dict[str, Diagnosis] = {}
    for cluster_id, diagnosis in failures.items():
        for signature in diagnosis.signatures:
            found.setdefault(signature, []).append(cluster_id)
            lines.setdefault(signature, diagnosis)
    every = [_group(signature, tuple(ids), lines[signature]) for signature, ids in found.items()]
    return tuple(sorted(every, key=lambda one: (-len(one.clusters), one.signature)))


def _group(signature: str, clusters: tuple[str, ...], sample: Diagnosis) -> FailureGroup:
    issue = next((one for one in sample.certain if one.id == signature), None)
    return FailureGroup(
        signature=signature, title=issue.title if issue else sample.line, clusters=clusters, issue=issue,
        retry=issue.retry if issue else PERSON,
    )  # fmt: skip


# matching


def _matches(evidence: Iterable[Evidence]) -> Iterator[Match]:
    best: dict[int, Match] = {}
    issues = known_issues()
    for one in evidence:
        for place, sure in _found(one.fed, one.checks == 0):
            match = Match(issue=issues[place], certainty=CERTAIN if sure and one.sure else POSSIBLE, evidence=one)
            if place not in best or (match.certain and not best[place].certain):
                best[place] = match
    yield from (best[place] for place in sorted(best, key=lambda place: (not best[place].certain, place)))


def _is_known(evidence: Evidence) -> bool:
    return evidence.sure and any(sure for _, sure in _found(evidence.fed, evidence.checks == 0))


@lru_cache(maxsize=2048)
def _found(text: str, alone: bool) -> tuple[tuple[int, bool], ...]:
    """Return the known issues (by place) that a text shows, and whether they are certain.

    *alone* says that the text carries no results that can be read, so that a heading over them counts.
    """
    told = normal(text)
    lowered = told.lower()
    other = _OTHER_CAUSE.search(told) is not None
    found: dict[int, bool] = {}
    for place, kind, pattern in _patterns():
        if (kind == "headings" and not alone) or found.get(place) or not pattern.found(told, lowered):
            continue
        found[place] = kind in {"certain", "headings"} or (kind == "interfaces" and not other)
    return tuple(found.items())


@cache
def _patterns() -> tuple[tuple[int, str, Pattern], ...]:
    kinds = ("certain", "interfaces", "headings", "possible")
    return tuple(
        (place, kind, pattern)
        for place, issue in enumerate(known_issues()) for kind in kinds for pattern in getattr(issue, kind)
    )  # fmt: skip
