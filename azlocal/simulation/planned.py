"""Starts beside the plan that their tick had read, and who was in which ring then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from azlocal.core.ids import name_of
from azlocal.core.limits import Amount
from azlocal.core.plan import FleetPlan, Ring
from azlocal.simulation.history import History, StartSent

READABLE = timedelta(seconds=60)
"""What azlocal must heed could be read for longer than this before it sent the start."""


def told(start: StartSent) -> str:
    """Return a start in words."""
    return f"{name_of(start.cluster)}: {start.mode} #{start.seq}"


def planned(history: History) -> Iterator[tuple[StartSent, FleetPlan, Ring | None]]:
    """Yield every start that was written down, with the plan its tick had read and the ring its cluster was in."""
    for start in history.starts:
        plan = start.tick.plan if start.tick else None
        if plan is not None:
            yield start, plan, plan.ring_of(history.timeline.cluster_at(start.cluster, start.sent_at))


def members_of(history: History, plan: FleetPlan, moment: datetime) -> Mapping[str, list[str]]:
    """Return the members of every ring at *moment*, by its name."""
    found: dict[str, list[str]] = {ring.name: [] for ring in plan.rings}
    for cluster in history.timeline.clusters:
        if not plan.scope.excludes(cluster):
            ring = plan.ring_of(history.timeline.cluster_at(cluster, moment))
            if ring is not None:
                found[ring.name].append(cluster)
    return found


def memberships(history: History, plan: FleetPlan, start: StartSent) -> list[Mapping[str, list[str]]]:
    """Return the members of every ring at each moment that the tick of *start* may have read: it looks at rings once.

    From `READABLE` before it began until the start was sent, in the order of time.
    """
    since = (start.tick.began if start.tick else start.sent_at) - READABLE
    changes = {
        at for cluster in history.timeline.clusters
        for at, _ in history.timeline.tags.get(cluster, ()) if since < at <= start.sent_at
    }  # fmt: skip
    return [members_of(history, plan, moment) for moment in sorted({since, *changes, start.sent_at})]


def stayed(memberships: Sequence[Mapping[str, list[str]]]) -> Mapping[str, list[str]]:
    """Return the members of every ring that were in it at each of these moments."""
    kept = {name: set.intersection(*(set(one[name]) for one in memberships)) for name in memberships[-1]}
    return {name: [one for one in ids if one in kept[name]] for name, ids in memberships[-1].items()}


def most(memberships: Sequence[Mapping[str, list[str]]], rings: Sequence[str]) -> int:
    """Return the largest number of members that *rings* had together at one of these moments."""
    return max(sum(len(one[ring]) for ring in rings) for one in memberships)


def number(amount: Amount, members: int, least: int = 0) -> int:
    """Return how many an amount is among *members*: a share is rounded down, to *least* at least."""
    return amount if isinstance(amount, int) else max(least, int(members * amount.percent / 100))


def upgraded_by(history: History, cluster: str, moment: datetime) -> datetime | None:
    """Return when the upgrade of *cluster* that had succeeded by *moment* ended; None where none had."""
    seen = history.timeline.settings_at(cluster, moment)
    return seen.ended if seen is not None and (seen.mode, seen.deployment) == ("Deploy", "Success") else None
