"""What azlocal promises of how many: limits of rings, slots of validations, caps of domains, stages of ramps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from azlocal.core.domains import Cap
from azlocal.core.ids import name_of
from azlocal.core.plan import Ring
from azlocal.simulation.history import History, SettingsSeen, StartSent
from azlocal.simulation.planned import (
    READABLE,
    members_of,
    memberships,
    most,
    number,
    planned,
    stayed,
    told,
)

_SETTLING = timedelta(seconds=60)
"""From the acceptance of a deployment until its settings show it."""


def never_more_at_once_than_the_limit(history: History) -> Iterator[str]:
    """No start brings a ring above its limit: azlocal's own operations count, whoever runs them, and others' it could read.

    Where the plan gives validations slots of their own, upgrades and validations are counted apart.
    """
    for start, plan, ring in planned(history):
        if ring is None or not start.accepted or start.mode == "Extension":
            continue
        apart, readable = plan.validate.max_concurrent is not None, memberships(history, plan, start)
        members = stayed(readable)
        rings = [*members] if apart and start.mode == "Validate" else [ring.name]
        amount = plan.validate.max_concurrent if apart and start.mode == "Validate" else ring.max_concurrent
        among = [one for name in rings for one in members[name]]
        others = [one for one in among if one != start.cluster and _in_flight(history, one, start)]
        if apart:
            others = [one for one in others if _mode(history, one, start) == start.mode]
        names = ", ".join(name_of(one) for one in others)
        text = f"{told(start)} was sent with {names} in flight; ring {ring.name} allows {amount}"
        yield text if len(others) + 1 > number(amount or 1, most(readable, rings), least=1) else ""


def never_more_in_a_domain_than_its_cap(history: History) -> Iterator[str]:
    """No upgrade brings a site, a subscription, a model or a region above what the plan allows at once."""
    for start, plan, ring in planned(history):
        if ring is None or not start.accepted or start.mode != "Deploy":
            continue
        members = members_of(history, plan, start.at)
        for caps, among in ((plan.caps, [*chain.from_iterable(members.values())]), (ring.caps, members[ring.name])):
            running = [one for one in among if one != start.cluster and _in_flight(history, one, start)] if caps else []
            upgrading = [one for one in running if _mode(history, one, start) == "Deploy"]
            for cap in caps:
                same = [one for one in upgrading if _domain(history, one, cap) == _domain(history, start.cluster, cap)]
                text = f"{told(start)} was sent with {', '.join(map(name_of, same))} upgrading; {cap}"
                yield text if len(same) + 1 > cap.max else ""


def _domain(history: History, cluster: str, cap: Cap) -> str:
    facts = history.timeline.clusters[cluster]
    tags = {name.lower(): text.lower() for name, text in facts.tags.items()}
    known = {"subscription": cluster.split("/")[2], "model": facts.model.lower(), "region": facts.location.lower()}
    return known[cap.by] if cap.by in known else tags.get(cap.by.removeprefix("tag:").lower(), "")


def _mode(history: History, cluster: str, start: StartSent) -> str:
    """Return the mode of what runs on *cluster* when *start* is sent."""
    own = [
        one
        for one in history.accepted
        if one.cluster == cluster and one.order < start.order and one.mode != "Extension"
    ]
    seen = history.timeline.settings_by(cluster, start.order)
    fresh = own and (seen is None or seen.order < own[-1].order)
    return own[-1].mode if fresh else seen.mode if seen else ""


def _in_flight(history: History, cluster: str, start: StartSent) -> bool:
    """Return whether an operation ran on *cluster* that whoever sent *start* had to count."""
    timeline, began = history.timeline, start.tick.began if start.tick else start.sent_at
    now = timeline.settings_by(cluster, start.order)
    if timeline.deploying(cluster, start.order) or _on_its_way(history, cluster, start):
        return True
    if now is None or not now.running:
        return False
    seen = timeline.settings_through(cluster, began - READABLE, start.order)
    return all(one is not None and one.running for one in seen) or _is_own(history, cluster, now)


def _on_its_way(history: History, cluster: str, start: StartSent) -> bool:
    """Return whether a start of *cluster* had been sent that Azure took only later."""
    return any(
        one.cluster == cluster and one.order < start.order and one.at > start.sent_at
        for one in history.accepted
        if one.mode != "Extension"
    )


def _is_own(history: History, cluster: str, now: SettingsSeen) -> bool:
    """Return whether the operation that shows in *now* was begun by azlocal."""
    began = now.at
    for seen in history.timeline.settings.get(cluster, []):
        if seen.order > now.order:
            break
        began = seen.at if seen.provisioning == "Accepted" else began
    return any(
        one.cluster == cluster and timedelta(0) <= began - one.at <= _SETTLING
        for one in history.accepted
        if one.mode != "Extension"
    )


def ramps_are_climbed_step_by_step(history: History) -> Iterator[str]:
    """The next stage of a ramp begins only when every upgrade of the stages before is known good."""
    for start, plan, ring in planned(history):
        if start.mode != "Deploy" or ring is None or not ring.ramp or not start.accepted:
            continue
        members = members_of(history, plan, start.at)[ring.name]
        begun = {one for one in members if _has_begun(history, one, start)}
        good = {one for one in members if any(_shown(history, one, start, ("Success",)))}
        born = {one for one in members if history.timeline.solved_at(one, start.sent_at)} - good
        bound = _bound(ring, len(members) - len(born), len(good))
        begins = len(begun | good) + 1
        text = f"{told(start)} is upgrade {begins} of ring {ring.name}; {len(good)} are good, {bound} may have begun"
        yield text if start.cluster not in begun and begins > bound else ""


def _has_begun(history: History, cluster: str, start: StartSent) -> bool:
    """Return whether an upgrade of *cluster* could be read to have begun: one that the checker refused has not."""
    return all(_shown(history, cluster, start, ("InProgress", "Success", "Error"))) or (
        _in_flight(history, cluster, start) and _mode(history, cluster, start) == "Deploy"
    )


def _shown(history: History, cluster: str, start: StartSent, words: tuple[str, ...]) -> list[bool]:
    """Return of all that the settings of *cluster* showed lately whether it was an upgrade at one of these words."""
    seen = history.timeline.settings_through(cluster, start.sent_at - READABLE, start.order)
    return [one is not None and one.mode == "Deploy" and one.deployment in words for one in seen]


def _bound(ring: Ring, members: int, good: int) -> int:
    sizes = [max(1, number(amount, members, least=1)) for amount in ring.ramp]
    bound = 0
    while bound <= good:
        bound += sizes.pop(0) if len(sizes) > 1 else sizes[0]
    return bound
