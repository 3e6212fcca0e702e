"""What an approval would let go, for the person who is about to sign it: clusters, risks, forecast, and its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.findings import Finding, Status
from azlocal.core.forecast import RingForecast
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.times import format_time
from azlocal.report.forecast import ring_document
from azlocal.report.text import count, moment, some, tally, wrap
from azlocal.service.consent import Proposal

MOST_NAMED = 50
_READY = frozenset({Phase.CANDIDATE, Phase.VALIDATED, Phase.SOLUTION})


def proposal(asked: Proposal, width: int | None = None) -> str:
    """Return the page of a proposal: what it is bound to, its members, its risks, when it would all happen."""
    return "\n".join([*_bound(asked, width), *_members(asked, width), *_risks(asked, width), *_forecast(asked, width)])


def _bound(asked: Proposal, width: int | None) -> Iterator[str]:
    ring, approval = asked.ring, asked.approval
    limits = f"at most {asked.state.max_concurrent} at once, failure budget {asked.state.failure_budget}"
    yield from wrap(
        f"Ring {ring.name}: {count(len(asked.members), 'cluster')} (members {approval.members}, plan {approval.plan}), "
        f"{limits}",
        width,
    )
    yield from wrap(f"Approval until {moment(approval.until)} by {approval.by or 'nobody named'}", width)
    if asked.standing:
        yield from wrap(asked.standing, width, first="Approval now: ")
    yield from wrap(f"Ring now: {asked.state.state} ({asked.state.reason}): {asked.state.message}", width)


def _members(asked: Proposal, width: int | None) -> Iterator[str]:
    yield "Members"
    for phase, number in tally(str(one.reading.phase) for one in asked.members):
        names = some((one.cluster.name for one in asked.members if str(one.reading.phase) == phase), MOST_NAMED)
        yield from wrap(f"{phase} ({number}): {names}", width, first="  ", then="    ")


def _risks(asked: Proposal, width: int | None) -> Iterator[str]:
    yield "Risks"
    for risk in risks(asked):
        yield from wrap(risk, width, first="  ", then="    ")


def risks(asked: Proposal) -> Iterator[str]:
    """Yield what a signer should know, the gravest first."""
    yield "a solution upgrade cannot be undone"
    doubts = (
        ("not ready", [one for one in asked.members if one.reading.phase not in _READY and not _busy(one)]),
        ("under way", [one for one in asked.members if _busy(one)]),
        ("not attested", [one for one in asked.members if _unattested(one)]),
        ("read with low confidence", [one for one in asked.members if one.candidate.confidence == "low"]),
    )
    yield from (f"{word}: {_names(found)}" for word, found in doubts if found)
    yield from _grouped("attested", asked, lambda one: _attested(one.candidate.findings))
    yield from _grouped("known only once validated", asked, lambda one: _open(one.candidate.findings))
    yield from _grouped("risk taken on", asked, _accepted)
    yield from _grouped("rule overridden by the plan", asked, lambda one: one.candidate.overridden)
    if not asked.ring.windows:
        yield "the ring has no window, so nothing is ever deployed in it"
    if asked.state.state != "open":
        yield f"the ring is {asked.state.state}: {asked.state.message}"


def _grouped(title: str, asked: Proposal, told: Any) -> Iterator[str]:
    """Yield what is told of members that are not done, each text once with the clusters it is about."""
    found: dict[str, list[ClusterDecision]] = {}
    for one in asked.members:
        for text in told(one) if one.reading.phase is not Phase.SOLUTION else ():
            found.setdefault(text, []).append(one)
    every = sum(one.reading.phase is not Phase.SOLUTION for one in asked.members)
    for text, ones in found.items():
        yield f"{title}: {text} ({'all' if len(ones) == every else _names(ones)})"


def _attested(findings: Iterable[Finding]) -> Iterator[str]:
    return (f"{one.check.removeprefix('attest-')}: {one.message}" for one in findings if one.status is Status.ATTESTED)


def _open(findings: Iterable[Finding]) -> Iterator[str]:
    unknown = (one for one in findings if one.status is Status.UNKNOWN and one.settled_by == "validation")
    return (f"{one.check}: {one.message}" for one in unknown)


def _accepted(one: ClusterDecision) -> Iterator[str]:
    found = (finding for finding in (*one.candidate.findings, *one.candidate.advice) if finding.accepted)
    return (f"{finding.check}: {finding.message}; {finding.accepted}" for finding in found)


def _busy(one: ClusterDecision) -> bool:
    return one.reading.phase.running


def _unattested(one: ClusterDecision) -> bool:
    found = [one.candidate.finding(f"attest-{name}") for name in NEEDED_BEFORE_DEPLOY]
    return one.reading.phase is not Phase.SOLUTION and not all(finding and finding.passes for finding in found)


def _names(found: Iterable[ClusterDecision]) -> str:
    return some((one.cluster.name for one in found), 10)


def _forecast(asked: Proposal, width: int | None) -> Iterator[str]:
    yield "Forecast, approved now and without a failure"
    for line in _times(asked.forecast):
        yield from wrap(line, width, first="  ", then="    ")


def _times(found: RingForecast) -> Iterator[str]:
    if found.blocked:
        yield f"never complete: {found.blocked}"
    if found.p50.first_start:
        yield f"first start {moment(found.p50.first_start)}"
    if found.p50.last_finish and found.p90.last_finish:
        more = "" if found.p50.windows == found.p90.windows else f" to {found.p90.windows}"
        yield (
            f"last finish {moment(found.p50.last_finish)} (p50), {moment(found.p90.last_finish)} (p90); "
            f"openings of its windows needed: {found.p50.windows}{more}"
        )
    for one in found.never:
        yield f"never fits: {one.name}: {one.message}"
    if not found.left:
        yield "nothing is left to do"


def proposal_document(asked: Proposal) -> dict[str, Any]:
    """Return a proposal as a document."""
    approval = asked.approval
    return {
        "version": "azlocal.approval/1",
        "ring": asked.ring.name,
        "planDigest": approval.plan,
        "membersDigest": approval.members,
        "until": format_time(approval.until) if approval.until else None,
        "by": approval.by,
        "standing": asked.standing,
        "ringState": asked.state.state,
        "ringReason": asked.state.reason,
        "ringMessage": asked.state.message,
        "maxConcurrent": asked.state.max_concurrent,
        "failureBudget": asked.state.failure_budget,
        "members": [
            {"name": one.cluster.name, "id": one.cluster.id, "phase": str(one.reading.phase)} for one in asked.members
        ],
        "risks": list(risks(asked)),
        "forecast": ring_document(asked.forecast),
    }
