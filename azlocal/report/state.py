"""What views tell of a fleet: what is in flight, what is halted, and who must do what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from azlocal.core.decisions import Hold
from azlocal.core.facts import ClusterFacts, FleetFacts, SettingsFacts
from azlocal.core.ids import group_name_of, key, name_of
from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import running_step
from azlocal.core.tags import Intent
from azlocal.service.look import FleetLook


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for a person: who it is, what is the matter, what to do, and for which clusters."""

    who: str
    reason: str
    message: str
    do: str
    clusters: tuple[str, ...] = ()
    ring: str = ""


APPROVER, OPERATOR, PLANNER = "approver", "operator", "plan owner"

_WHO = {
    "ApprovalNeeded": APPROVER, "Paused": APPROVER, "FailureBudgetSpent": APPROVER,
    "InputsMissing": PLANNER, "InputsInvalid": PLANNER, "ResumeInputsDiffer": PLANNER, "NotApplicable": PLANNER,
    "NoRing": PLANNER, "NoWindow": PLANNER, "NoControl": PLANNER, "NoLease": PLANNER, "ScopeShrunk": PLANNER,
}  # fmt: skip
_WAITS_FOR_A_PERSON = frozenset({"Paused", "NoRing", "NoWindow", "NoControl", "NoLease"})
_DO = {
    "Paused": "lift the pause with: azlocal-upgrade resume (or take paused: true out of the plan)",
    "NoRing": "select it in a ring of the plan, or leave it out by scope.exclude",
    "NoControl": "name the control group in the plan, and let azlocal's identity read it",
    "NoLease": "name lease and control in the plan",
}
_OF_THE_RING = {
    "ScopeShrunk": "find the missing clusters or read rights, or correct expect and select in the plan",
    "FailureBudgetSpent": "diagnose the failures, then accept each with: azlocal-upgrade resume CLUSTER",
    "ApprovalNeeded": "",
}
"""Reasons that stand for a whole ring, and so are told once for it."""


def in_flight(found: FleetLook) -> list[ClusterDecision]:
    """Return the clusters on which an operation is, or may be, under way."""
    return [one for one in found.clusters if one.reading.phase.running or one.reading.in_flight]


def halted(found: FleetLook) -> list[RingState]:
    """Return the rings that azlocal has stopped."""
    return [ring for ring in found.rings if ring.state == "halted"]


def why(one: ClusterDecision) -> str:
    """Return the decision's sentence, in which the cluster's own id is its name; without a plan that of the phase."""
    message = one.reading.message if one.decision.reason == "NoPlan" else one.decision.message
    if one.cluster.id.lower() not in message.lower():
        return message
    return re.sub(re.escape(one.cluster.id), lambda _: one.cluster.name, message, flags=re.IGNORECASE)


def since(one: ClusterDecision) -> datetime | None:
    """Return when what is under way began: the running step, else azlocal's own start."""
    settings, intent = one.cluster.settings, one.cluster.intent
    if isinstance(settings, SettingsFacts) and one.reading.phase in {Phase.VALIDATING, Phase.APPLYING}:
        upgrading = one.reading.phase is Phase.APPLYING
        step = running_step(settings.deployment_steps if upgrading else settings.validation_steps)
        if step is not None and step.started_at is not None:
            return step.started_at
    return intent.at if isinstance(intent, Intent) else None


def attempt(one: ClusterDecision) -> int | None:
    """Return the number of the last announced start, or None when there was none."""
    return one.cluster.intent.attempt if isinstance(one.cluster.intent, Intent) else None


def os_builds(cluster: ClusterFacts) -> str:
    """Return the OS builds that the nodes report, each once."""
    return ", ".join(sorted({node.os_version for node in cluster.nodes if node.os_version}))


def waiting(found: FleetLook) -> list[Waiting]:
    """Return what waits for a person: halted rings first, then clusters, grouped by what to do."""
    return [*_rings(found), *_clusters(found.clusters)]


def _rings(found: FleetLook) -> Iterator[Waiting]:
    for ring in found.rings:
        if ring.state == "halted":
            do = _OF_THE_RING.get(ring.reason, "")
            who = _WHO.get(ring.reason, OPERATOR)
            yield Waiting(who=who, reason=ring.reason, message=ring.message, do=do, ring=ring.name)
        if ring.state == "open" and not ring.approved:
            yield _unapproved(found, ring)


def _unapproved(found: FleetLook, ring: RingState) -> Waiting:
    ready = [one for one in found.clusters if one.ring == ring.name and one.decision.reason == "ApprovalNeeded"]
    return Waiting(
        who=APPROVER, reason="ApprovalNeeded", message=f"validation goes on without; {ring.approval_problem}",
        do=f"run: azlocal-upgrade approve {ring.name}", clusters=tuple(one.cluster.name for one in ready), ring=ring.name,
    )  # fmt: skip


def _clusters(clusters: Iterable[ClusterDecision]) -> list[Waiting]:
    groups: dict[tuple[str, str], list[ClusterDecision]] = {}
    for one in clusters:
        if one.decision.reason not in _OF_THE_RING and needs_a_person(one):
            groups.setdefault((one.decision.reason, _for_any(_remedy(one), one.cluster.name)), []).append(one)
    return [_waiting(do, members) for (_, do), members in groups.items()]


def needs_a_person(one: ClusterDecision) -> bool:
    """Return whether a cluster stays as it is until a person does something about it."""
    if one.reading.phase is Phase.SOLUTION:
        return False
    return isinstance(one.decision, Hold) or one.decision.reason in _WAITS_FOR_A_PERSON


def _remedy(one: ClusterDecision) -> str:
    return one.decision.remedy or _DO.get(one.decision.reason, "")


def _for_any(remedy: str, name: str) -> str:
    """Return a remedy in a form that is the same for every cluster it is meant for."""
    if name not in remedy:
        return remedy
    return re.sub(rf"(?<![\w/.-]){re.escape(name)}(?![\w-])", "CLUSTER", remedy)


def _waiting(do: str, members: list[ClusterDecision]) -> Waiting:
    first = members[0]
    messages = {why(one) for one in members}
    return Waiting(
        who=_WHO.get(first.decision.reason, OPERATOR),
        reason=first.decision.reason,
        message=why(first) if len(messages) == 1 else "",
        do=do if len(members) > 1 else _remedy(first),
        clusters=tuple(one.cluster.name for one in members),
    )


def approval(ring: RingState, facts: FleetFacts) -> str:
    """Return in words how a ring's approval stands."""
    if ring.gate == "none":
        return "no approval needed"
    if not ring.approved:
        return f"not approved: {ring.approval_problem}"
    given = facts.control.approvals.get(ring.name) if facts.control else None
    until = f" until {given.until:%Y-%m-%d %H:%M} UTC" if given and given.until else ""
    return f"approved{until}" + (f" by {given.by}" if given and given.by else "")


def who_approves(facts: FleetFacts) -> str:
    """Return who an approver is, where the control group is known."""
    group = f" {name_of(facts.control.id)}" if facts.control else ""
    return f"an approver may write tags on the control group{group}"


def names_apart(clusters: Sequence[ClusterDecision]) -> dict[str, str]:
    """Return a name for each cluster by id key: no longer than it takes to tell it from all others, without case."""
    names = Counter(one.cluster.name.lower() for one in clusters)
    grouped = Counter(_in_group(one).lower() for one in clusters)
    return {
        key(one.cluster.id): one.cluster.name if names[one.cluster.name.lower()] == 1
        else _in_group(one) if grouped[_in_group(one).lower()] == 1 else one.cluster.id
        for one in clusters
    }  # fmt: skip


def _in_group(one: ClusterDecision) -> str:
    return f"{group_name_of(one.cluster.id)}/{one.cluster.name}"
