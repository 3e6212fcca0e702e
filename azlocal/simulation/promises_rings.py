"""What azlocal promises of rings: in order, whole, soaked, and halted when too many upgrades have failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from azlocal.core.ids import h10, name_of
from azlocal.core.plan import Ring
from azlocal.core.tags import ACCEPT, Acceptance
from azlocal.simulation.history import History, StartSent
from azlocal.simulation.planned import READABLE, memberships, most, number, planned, stayed, told, upgraded_by


def rings_open_in_order(history: History) -> Iterator[str]:
    """An upgrade starts only when every member of every ring before its own is the solution."""
    for start, ring, earlier, members in _before(history):
        for one in earlier:
            left = [name_of(each) for each in members[one.name] if not history.timeline.solved_at(each, start.sent_at)]
            text = (
                f"{told(start)} in ring {ring.name} was sent while {', '.join(left)} of ring {one.name} is not upgraded"
            )
            yield text if left else ""


def no_gate_opens_because_clusters_vanished(history: History) -> Iterator[str]:
    """An upgrade starts only when every ring up to its own had as many members as the plan expects when its tick looked."""
    for start, plan, ring in planned(history):
        if start.mode != "Deploy" or ring is None or start.tick is None:
            continue
        readable = memberships(history, plan, start)
        for one in plan.rings[: plan.rings.index(ring) + 1]:
            seen = most(readable, [one.name])
            text = f"{told(start)} in ring {ring.name}: ring {one.name} had {seen} of {one.expect}"
            yield text if seen < one.expect else ""


def soaks_are_waited_for(history: History) -> Iterator[str]:
    """Between the last success of a ring and the first upgrade of the next lies the ring's soak."""
    for start, ring, earlier, members in _before(history):
        for one in earlier:
            ends = [end for each in members[one.name] if (end := upgraded_by(history, each, start.sent_at)) is not None]
            if ends and one.soak:
                text = f"{told(start)} in ring {ring.name} was sent {start.sent_at - max(ends)} after ring {one.name} ended"
                yield text if start.sent_at + READABLE < max(ends) + one.soak else ""


def _before(history: History) -> Iterator[tuple[StartSent, Ring, list[Ring], Mapping[str, list[str]]]]:
    """Yield every Deploy with its ring, the rings before it, and the members as its tick could read them."""
    for start, plan, ring in planned(history):
        if start.mode == "Deploy" and ring is not None and start.tick is not None:
            earlier = list(plan.rings[: plan.rings.index(ring)])
            readable = memberships(history, plan, start)
            now, both = readable[-1], stayed(readable)
            # A cluster that has just left the ring, or come to it, may have been read either way.
            yield start, ring, earlier, both if len(both[ring.name]) == len(now[ring.name]) else now


def no_start_beyond_the_failure_budget(history: History) -> Iterator[str]:
    """Where more upgrades have failed than the ring allows, no further one starts until people accept the failures."""
    for start, ring, _, members in _before(history):
        failed = [one for one in members[ring.name] if one != start.cluster and _failed(history, one, start)]
        names = ", ".join(name_of(one) for one in failed)
        text = f"{told(start)} was sent although {names} failed; ring {ring.name} allows {ring.failure_budget}"
        yield text if len(failed) > number(ring.failure_budget, len(members[ring.name])) else ""


def _failed(history: History, cluster: str, start: StartSent) -> bool:
    """Return whether an upgrade of *cluster* had failed, as could be read, and neither people nor the plan retry it."""
    since = (start.tick.began if start.tick else start.sent_at) - READABLE
    seen = history.timeline.settings_through(cluster, since, start.order)
    failed = all(one is not None and one.upgrade_failed for one in seen)
    repeats = start.tick.plan.retry.safe if start.tick and start.tick.plan else 0
    tried = [
        one for one in history.accepted if (one.cluster, one.mode) == (cluster, "Deploy") and one.order < start.order
    ]
    if not failed or (tried and len(tried) <= repeats):
        return False
    name = ACCEPT + h10(cluster)
    standing = history.timeline.tags_through(history.control, since, start.sent_at)
    consents = [Acceptance.parse(text) for tags in standing for tag, text in tags.items() if tag.lower() == name]
    return not any(one is not None and one.mode == "deploy" for one in consents)
