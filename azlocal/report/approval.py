"""What an approval would let go, for the person who is about to sign it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.report.text import count, moment, some, tally, wrap
from azlocal.service.consent import Proposal

_READY = frozenset({Phase.CANDIDATE, Phase.VALIDATED, Phase.SOLUTION})


def proposal(asked: Proposal, width: int | None = None) -> str:
    """Return the page of a proposal: what it is bound to, its members, its risks."""
    return "\n".join([*_bound(asked, width), *_members(asked, width), *_risks(asked, width)])


def _bound(asked: Proposal, width: int | None) -> Iterator[str]:
    ring, approval = asked.ring, asked.approval
    limits = f"at most {ring.max_concurrent} at once, failure budget {ring.failure_budget}"
    yield from wrap(
        f"Ring {ring.name}: {count(len(asked.members), 'cluster')} (members {approval.members}, plan {approval.plan}), "
        f"{limits}",
        width,
    )
    yield from wrap(f"Approval until {moment(approval.until)} by {approval.by or 'nobody named'}", width)
    yield from wrap(f"Ring now: {asked.state.state} ({asked.state.reason}): {asked.state.message}", width)


def _members(asked: Proposal, width: int | None) -> Iterator[str]:
    yield "Members"
    for phase, number in tally(str(one.reading.phase) for one in asked.members):
        names = some((one.cluster.name for one in asked.members if str(one.reading.phase) == phase), 10)
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
    if not asked.ring.windows:
        yield "the ring has no window, so nothing is ever deployed in it"
    if asked.state.state != "open":
        yield f"the ring is {asked.state.state}: {asked.state.message}"


def _busy(one: ClusterDecision) -> bool:
    return one.reading.phase.running


def _unattested(one: ClusterDecision) -> bool:
    found = [one.candidate.finding(f"attest-{name}") for name in NEEDED_BEFORE_DEPLOY]
    return one.reading.phase is not Phase.SOLUTION and not all(finding and finding.passes for finding in found)


def _names(found: Iterable[ClusterDecision]) -> str:
    return some((one.cluster.name for one in found), 10)
