"""What azlocal promises of a rollout: windows, freezes, limits, rings in order, soaks, budgets, consent, stops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from azlocal.core.digest import members_digest, short
from azlocal.core.ids import group_id_of, h10, name_of, subscription_id_of
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.tags import ACCEPT, APPROVE, HOLD, PAUSE, Acceptance, Approval
from azlocal.core.windows import Freeze, Window
from azlocal.simulation.history import History, SettingsSeen, StartSent
from azlocal.simulation.promises_starts import READABLE, told

TAKES = timedelta(hours=3)
"""What an upgrade takes, as documented: so much must be left of a window."""
_STEP = timedelta(minutes=10)
_SETTLING = timedelta(seconds=60)
"""From the acceptance of a deployment until its settings show it."""


def _planned(history: History) -> Iterator[tuple[StartSent, FleetPlan, Ring | None]]:
    """Yield every start that was written down, with the plan its tick had read and the ring its cluster was in."""
    for start in history.starts:
        plan = start.tick.plan if start.tick else None
        if plan is not None:
            yield start, plan, plan.ring_of(history.timeline.cluster_at(start.cluster, start.sent_at))


# time


def deploys_only_inside_windows(history: History) -> Iterator[str]:
    """An upgrade starts while a window of its ring is open, with enough of it left."""
    for start, _, ring in _planned(history):
        if start.mode != "Deploy" or ring is None:
            continue
        needed = (start.sent_at + _STEP * step for step in range(int(TAKES / _STEP)))
        shut = [moment for moment in needed if not any(_open(one, moment) for one in ring.windows)]
        if shut and not _was_open(ring, start.sent_at - READABLE):
            yield f"{told(start)} was sent at {start.sent_at}; the windows of ring {ring.name} are shut at {shut[0]}"


def _was_open(ring: Ring, since: datetime) -> bool:
    needed = (since + _STEP * step for step in range(int(TAKES / _STEP)))
    return all(any(_open(one, moment) for one in ring.windows) for moment in needed)


def _open(window: Window, moment: datetime) -> bool:
    """Return whether a window is open, by the clock on the wall of its zone."""
    local = moment.astimezone(ZoneInfo(window.zone))
    today, yesterday, clock = local.weekday(), (local.weekday() - 1) % 7, local.time()
    if window.opens < window.closes:
        return today in window.days and window.opens <= clock < window.closes
    late = today in window.days and clock >= window.opens
    return late or (yesterday in window.days and clock < window.closes)


def nothing_starts_in_a_freeze(history: History) -> Iterator[str]:
    """On frozen days nothing starts."""
    for start, plan, _ in _planned(history):
        for freeze in plan.freezes:
            if _frozen(freeze, start.sent_at) and _frozen(freeze, start.sent_at - READABLE):
                yield f"{told(start)} was sent at {start.sent_at}, frozen from {freeze.first} to {freeze.last}"


def _frozen(freeze: Freeze, moment: datetime) -> bool:
    return freeze.first <= moment.astimezone(ZoneInfo(freeze.zone)).date() <= freeze.last


# limits


def never_more_at_once_than_the_limit(history: History) -> Iterator[str]:
    """No start brings a ring above its limit: azlocal's own operations count, whoever runs them, and others' it could read."""
    for start, plan, ring in _planned(history):
        if ring is None or not start.accepted or start.mode == "Extension":
            continue
        members = _members(history, plan, start.at)[ring.name]
        others = [one for one in members if one != start.cluster and _in_flight(history, one, start)]
        if len(others) + 1 > ring.max_concurrent:
            names = ", ".join(name_of(one) for one in others)
            yield f"{told(start)} was sent with {names} in flight; ring {ring.name} allows {ring.max_concurrent}"


def _in_flight(history: History, cluster: str, start: StartSent) -> bool:
    """Return whether an operation ran on *cluster* that whoever sent *start* had to count."""
    timeline, began = history.timeline, start.tick.began if start.tick else start.sent_at
    now = timeline.settings_by(cluster, start.order)
    if timeline.deploying(cluster, start.order) or _on_its_way(history, cluster, start):
        return True
    if now is None or not now.running:
        return False
    seen = timeline.settings_through(cluster, began - READABLE, start.sent_at)
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


def _members(history: History, plan: FleetPlan, moment: datetime) -> Mapping[str, list[str]]:
    """Return the members of every ring at *moment*, by its name."""
    found: dict[str, list[str]] = {ring.name: [] for ring in plan.rings}
    for cluster in history.timeline.clusters:
        if not plan.scope.excludes(cluster):
            ring = plan.ring_of(history.timeline.cluster_at(cluster, moment))
            if ring is not None:
                found[ring.name].append(cluster)
    return found


# rings


def rings_open_in_order(history: History) -> Iterator[str]:
    """An upgrade starts only when every member of every ring before its own is the solution."""
    for start, ring, earlier, members in _before(history):
        for one in earlier:
            left = [name_of(each) for each in members[one.name] if not history.timeline.solved_at(each, start.sent_at)]
            if left:
                yield f"{told(start)} in ring {ring.name} was sent while {', '.join(left)} of ring {one.name} is not upgraded"


def no_gate_opens_because_clusters_vanished(history: History) -> Iterator[str]:
    """An upgrade starts only when every ring up to its own has at least as many members as the plan expects."""
    for start, ring, earlier, members in _before(history):
        for one in (*earlier, ring):
            if len(members[one.name]) < one.expect:
                yield f"{told(start)} in ring {ring.name}: ring {one.name} had {len(members[one.name])} of {one.expect}"


def soaks_are_waited_for(history: History) -> Iterator[str]:
    """Between the last success of a ring and the first upgrade of the next lies the ring's soak."""
    for start, ring, earlier, members in _before(history):
        for one in earlier:
            ends = [end for each in members[one.name] if (end := _upgraded(history, each, start.sent_at)) is not None]
            if ends and start.sent_at + READABLE < max(ends) + one.soak:
                yield f"{told(start)} in ring {ring.name} was sent {start.sent_at - max(ends)} after ring {one.name} ended"


def _before(history: History) -> Iterator[tuple[StartSent, Ring, list[Ring], Mapping[str, list[str]]]]:
    """Yield every Deploy with its ring, the rings before it, and the members as its tick could read them."""
    for start, plan, ring in _planned(history):
        if start.mode == "Deploy" and ring is not None and start.tick is not None:
            earlier = list(plan.rings[: plan.rings.index(ring)])
            then, now = (_members(history, plan, moment) for moment in (start.tick.began, start.sent_at))
            both = {name: [one for one in ids if one in then[name]] for name, ids in now.items()}
            # A cluster that has just left the ring, or come to it, may have been read either way.
            yield start, ring, earlier, both if len(both[ring.name]) == len(now[ring.name]) else now


def _upgraded(history: History, cluster: str, moment: datetime) -> datetime | None:
    seen = history.timeline.settings_at(cluster, moment)
    return seen.ended if seen is not None and (seen.mode, seen.deployment) == ("Deploy", "Success") else None


def no_start_beyond_the_failure_budget(history: History) -> Iterator[str]:
    """Where more upgrades have failed than the ring allows, no further one starts until people accept the failures."""
    for start, ring, _, members in _before(history):
        began = start.tick.began if start.tick else start.sent_at
        failed = [
            one for one in members[ring.name] if one != start.cluster and _failed(history, one, began, start.sent_at)
        ]
        if len(failed) > ring.failure_budget:
            names = ", ".join(name_of(one) for one in failed)
            yield f"{told(start)} was sent although {names} failed; ring {ring.name} allows {ring.failure_budget}"


def _failed(history: History, cluster: str, began: datetime, moment: datetime) -> bool:
    """Return whether an upgrade of *cluster* had failed, as could be read, and nobody had accepted that."""
    seen = history.timeline.settings_through(cluster, began - READABLE, moment)
    failed = all(one is not None and one.over and (one.mode, one.deployment) == ("Deploy", "Error") for one in seen)
    if not failed:
        return False
    name = ACCEPT + h10(cluster)
    standing = history.timeline.tags_through(history.control, began - READABLE, moment)
    consents = [Acceptance.parse(text) for tags in standing for tag, text in tags.items() if tag.lower() == name]
    return not any(one is not None and one.mode == "deploy" for one in consents)


# people


def nothing_starts_where_a_person_said_stop(history: History) -> Iterator[str]:
    """No start on a held cluster, group or subscription, and none while the fleet is paused."""
    for start in history.starts:
        scopes = {
            start.cluster: HOLD, group_id_of(start.cluster): HOLD,
            subscription_id_of(start.cluster): HOLD, history.control: PAUSE,
        }  # fmt: skip
        for scope, tag in scopes.items():
            seen = history.timeline.tags_through(scope, start.sent_at - READABLE, start.sent_at)
            if seen and all(tag in {name.lower() for name in tags} for tags in seen):
                yield f"{told(start)} was sent in spite of {tag} on {scope}"
    for start, plan, _ in _planned(history):
        if plan.paused:
            yield f"{told(start)} was sent although the plan says paused"


def deploys_only_with_an_approval_that_holds(history: History) -> Iterator[str]:
    """In a ring that needs approval, an upgrade starts only under one for this plan, these members and this time."""
    for start, plan, ring in _planned(history):
        if start.mode != "Deploy" or ring is None or ring.gate == "none" or start.tick is None:
            continue
        standing = history.timeline.tags_through(history.control, start.sent_at - READABLE, start.sent_at)
        known = [
            Approval.parse(text)
            for tags in standing
            for tag, text in tags.items()
            if tag.lower() == f"{APPROVE}{ring.name}"
        ]
        members = {
            short(members_digest(_members(history, plan, moment)[ring.name]))
            for moment in (start.tick.began, start.sent_at)
        }
        if not any(_holds(one, plan, members, start.sent_at - READABLE) for one in known):
            yield f"{told(start)} was sent without an approval of ring {ring.name} that holds: {known or 'none'}"


def _holds(approval: Approval, plan: FleetPlan, members: set[str], since: datetime) -> bool:
    lasts = approval.until is not None and approval.until > since
    return lasts and approval.plan == short(plan.digest) and approval.members in members
