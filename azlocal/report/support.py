"""What the support matrix, the support horizon, the stay between the upgrades and the updates say, in short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from azlocal.core.data.support import ANY, NO, UNKNOWN
from azlocal.core.facts import SolutionFacts
from azlocal.core.limbo import Limbo, limbo, support_of
from azlocal.core.rollout import ClusterDecision
from azlocal.core.support import RowVerdict
from azlocal.core.verification_tasks import first_update

_MOST = 8
_SETTLES = {"validation": "readiness validation settles", "attestation": "to be attested"}


def os_support(one: ClusterDecision) -> str:
    """Return how long the oldest build of a cluster is supported; empty when it is not known."""
    subject = one.candidate.subject
    return support_of(one.cluster, subject.rules, subject.now.date()) if subject else ""


def limbo_days(one: ClusterDecision) -> int | None:
    """Return for how many days, at least, a cluster stands between the upgrades; None when it does not."""
    subject, stay = one.candidate.subject, limbo(one.cluster)
    return stay.days(subject.now) if subject and stay else None


def between(clusters: Iterable[ClusterDecision]) -> list[tuple[ClusterDecision, int, Limbo]]:
    """Return the clusters between OS upgrade and solution upgrade, the longest there first, each with its days."""
    found = [
        (one, days, stay)
        for one in clusters
        if (days := limbo_days(one)) is not None and (stay := limbo(one.cluster)) is not None
    ]
    return sorted(found, key=lambda told: (-told[1], told[0].cluster.name.lower()))


def support_line(rows: Sequence[RowVerdict]) -> str:
    """Return the support matrix in a sentence: what is closed to a cluster, what is not known, how many rows are open."""
    closed = [f"{one.row.id} ({_parts(one, NO)})" for one in rows if NO in {one.os, one.solution}]
    open_ones: dict[str, list[str]] = {}
    for one in rows:
        if NO not in {one.os, one.solution} and UNKNOWN in {one.os, one.solution}:
            open_ones.setdefault(_SETTLES.get(one.finding.settled_by, "not known"), []).append(one.row.id)
    told = [f"not open to it: {_some(closed)}"] if closed else []
    told += [f"{how}: {_some(names)}" for how, names in open_ones.items()]
    rest = len(rows) - len(closed) - sum(map(len, open_ones.values()))
    return "; ".join([*told, f"{rest} of {len(rows)} rows stand against nothing"])


def _parts(one: RowVerdict, word: str) -> str:
    return " and ".join(
        name for name, told in (("OS upgrade", one.os), ("solution upgrade", one.solution)) if told == word
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def support_document(rows: Sequence[RowVerdict]) -> list[dict[str, Any]]:
    """Return the support matrix for programs: `yes`, `no`, `unknown`, or null where a row has no say."""
    return [
        {
            "row": one.row.id,
            "title": one.row.title,
            "osUpgrade": None if one.os == ANY else one.os,
            "solutionUpgrade": None if one.solution == ANY else one.solution,
            "status": str(one.finding.status),
            "message": one.finding.message,
            "check": one.finding.check,
            "settledBy": one.finding.settled_by,
        }
        for one in rows
    ]


def update_line(one: ClusterDecision) -> str:
    """Return the state of a solution's updates; empty for a cluster that is none."""
    solution, update = one.cluster.solution, first_update(one.cluster)
    if not isinstance(solution, SolutionFacts) or not solution.version:
        return ""
    told = f"{solution.state or 'state not known'}, health {solution.health or 'not known'}"
    offered = f"; next is {update.version} ({update.state or 'state not known'})" if update else ""
    return f"{told}{offered}; azlocal starts no update"
