"""What people decide: consent and stops, written with the person's own rights (design, law 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.core import tags
from azlocal.core.diagnosis import advice
from azlocal.core.digest import short
from azlocal.core.facts import ClusterFacts
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.forecast import RingForecast
from azlocal.core.gates import failed_mode
from azlocal.core.ids import group_id_of, h10, key, name_of, subscription_id_of
from azlocal.core.known_issues import CONTACT_SUPPORT
from azlocal.core.plan import FleetPlan, Ring, Scope
from azlocal.core.readings import Phase
from azlocal.core.rings import Member, RingState, failed_attempt
from azlocal.core.rollout import ClusterDecision
from azlocal.core.tags import Acceptance, Approval, Intent
from azlocal.core.times import format_time
from azlocal.errors import AzlocalError, BadInput, Incomplete
from azlocal.ports import Reader, Watch
from azlocal.service.choosing import check_word, choose
from azlocal.service.forecast import of_ring
from azlocal.service.look import FleetLook, judge, observe_fleet, pick
from azlocal.words import count, one_line

APPROVED_FOR = timedelta(days=7)
MOST_TAGS = 20
"""Of the 50 tags that Azure allows on the control group, azlocal takes at most these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a person signs: reads, Azure's time, and tag writes, all with the person's rights.

    `merge` adds or changes tags on a scope; `drop` removes tags by name and returns those that were there.
    """

    reader: Reader
    watch: Watch
    merge: Callable[[str, Mapping[str, str]], object]
    drop: Callable[[str, Iterable[str]], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an approval would let go: bound to this plan and these members, until a moment.

    `standing` says how the approval that is there now stands, and is empty when there is none.
    """

    ring: Ring
    state: RingState
    approval: Approval
    control: str
    members: tuple[ClusterDecision, ...]
    look: FleetLook
    forecast: RingForecast
    standing: str = ""


# approvals


def approve(desk: Desk, plan: FleetPlan, ring: str, until: datetime | timedelta | None = None, by: str = "") -> str:
    """Approve *ring* as it stands now; return a sentence that says what was approved."""
    return sign(desk, propose(desk, plan, ring, until, by))


def propose(
    desk: Desk, plan: FleetPlan, ring: str, until: datetime | timedelta | None = None, by: str = ""
) -> Proposal:
    """Return what approving *ring* would mean, without writing anything.

    *until* is a moment, or a time from Azure's now; None means seven days. Raises BadInput for a ring
    that is not in the plan, needs no approval or selects nothing, and for an end that has passed;
    Incomplete when the person does not see every member, because an approval is bound to its members.
    """
    wanted, control = check_ring(plan, ring)
    facts, now = observe_fleet(desk.reader, desk.watch, plan)
    found = judge(facts, plan, {}, now)
    state = next(one for one in found.rings if one.name == wanted.name)
    _whole(found, state)
    approval = Approval(
        plan=short(plan.digest), members=short(state.members_digest), until=_end(until, now), by=one_line(by)
    )
    _fits(approval)
    members = tuple(one for one in found.clusters if one.ring == wanted.name)
    return Proposal(
        ring=wanted, state=state, approval=approval, control=control, members=members, look=found,
        forecast=of_ring(found, plan, wanted.name), standing=_standing(found, state),
    )  # fmt: skip


def _standing(found: FleetLook, state: RingState) -> str:
    """Return how the ring's present approval stands: until when, or exactly what voided it."""
    given = found.facts.control.approvals.get(state.name) if found.facts.control else None
    if given is None:
        return ""
    until = format_time(given.until) if given.until else "no end"
    by = given.by or "nobody named"
    return (
        f"not valid: {state.approval_problem} (given by {by})" if state.approval_problem else f"until {until} by {by}"
    )


def sign(desk: Desk, proposal: Proposal) -> str:
    """Write the approval that *proposal* describes; return a sentence for the person."""
    name, approval = proposal.ring.name, proposal.approval
    _write(desk, proposal.control, f"{tags.APPROVE}{name}", approval.text(), proposal.look)
    until = format_time(approval.until) if approval.until else ""
    return (
        f"ring {name} is approved until {until} by {approval.by or 'nobody named'}: {count(len(proposal.members), 'cluster')} "
        f"(members {approval.members}, plan {approval.plan}); a change of plan or members voids it"
    )


def check_ring(plan: FleetPlan, name: str) -> tuple[Ring, str]:
    """Return the ring that can be approved and the control group; raise BadInput, before anything is sent."""
    ring = next((one for one in plan.rings if one.name == name.strip().lower()), None)
    if ring is None:
        known = ", ".join(one.name for one in plan.rings) or "none"
        raise BadInput([f"ring: the plan has no ring '{name}'"], remedy=f"name one of its rings: {known}")
    if ring.gate == "none":
        raise BadInput(
            [f"ring: {ring.name} has gate none, so it needs no approval"], remedy="give the ring gate: approval"
        )
    return ring, check_control(plan)


def check_control(plan: FleetPlan) -> str:
    """Return the control group, where consent is kept; raise BadInput when the plan names none."""
    if not plan.control:
        raise BadInput(
            ["control: the plan names no control group, where consent is kept"],
            remedy="add control: /subscriptions/…/resourceGroups/… to the plan",
        )
    return plan.control


def _whole(found: FleetLook, state: RingState) -> None:
    if found.facts.gaps:
        raise Incomplete(
            f"the fleet could not be read whole: {found.facts.gaps[0]}",
            remedy="an approval is bound to the ring's members: sign with rights that see all of them",
        )
    if not state.members:
        raise BadInput(
            [f"ring: {state.name} selects no visible cluster"], remedy="correct its select in the plan, or your rights"
        )
    if len(state.members) < state.expected:
        raise Incomplete(
            f"ring {state.name}: {count(len(state.members), 'visible cluster')}, {state.expected} expected",
            remedy="sign with rights that see all members, or correct expect and select in the plan",
        )


def _end(until: datetime | timedelta | None, now: datetime) -> datetime:
    end = until if isinstance(until, datetime) else now + (APPROVED_FOR if until is None else until)
    if end <= now:
        raise BadInput(
            [f"until: {format_time(end)} is not after Azure's now, {format_time(now)}"],
            remedy="name a later end: a date, or a duration such as P7D",
        )
    return end.replace(microsecond=0)


def _fits(record: Approval | Acceptance) -> None:
    try:
        record.text()
    except ValueError as error:
        raise BadInput([f"by: {error}"], remedy="give a shorter --by") from error


# holds


def hold(desk: Desk, scope: Scope, target: str, reason: str = "", by: str = "") -> str:
    """Keep a cluster from being started; *target* may also be the id of a group or a subscription."""
    where = _target(desk, scope, target)
    desk.merge(where, {tags.HOLD: _stop(reason, by)})
    what = "it" if _is_cluster(where) else "any cluster in it"
    return (
        f"{_called(where)} is held: azlocal starts nothing on {what}, and what runs there goes on; "
        f"to let go: azlocal-upgrade release {target}"
    )


def release(desk: Desk, scope: Scope, target: str) -> str:
    """Take a hold off; say when a wider one still stands."""
    where = _target(desk, scope, target)
    found = desk.drop(where, [tags.HOLD])
    said = f"{_called(where)} is released" if found else f"{_called(where)} was not held"
    return said + (_still_held(desk, where) if _is_cluster(where) else "")


def _still_held(desk: Desk, cluster_id: str) -> str:
    wider = (group_id_of(cluster_id), subscription_id_of(cluster_id))
    try:
        held = [one for one in wider if tags.HOLD in {name.lower() for name in desk.reader.tags(one)}]
    except AzlocalError as error:
        return f"; whether its group or subscription is held could not be read: {error}"
    return f"; still held by {held[0]}: azlocal-upgrade release {held[0]}" if held else ""


def _target(desk: Desk, scope: Scope, word: str) -> str:
    if _is_container(word):
        return key(word)
    check_word(word)
    if word.strip().startswith("/"):
        return word.strip().rstrip("/")
    return choose(desk.reader.census(scope).clusters, word).id


def check_target(word: str) -> None:
    """Raise BadInput when *word* is neither a CLUSTER nor the id of a group or subscription."""
    if not _is_container(word):
        check_word(word)


def _is_container(word: str) -> bool:
    parts = key(word).split("/")
    if not all(parts[1:]) or parts[0] or parts[1:2] != ["subscriptions"]:
        return False
    return len(parts) == 3 or (len(parts) == 5 and parts[3] == "resourcegroups")


def _is_cluster(where: str) -> bool:
    return "/providers/" in key(where)


def _called(where: str) -> str:
    if _is_cluster(where):
        return name_of(where)
    kind = "resource group" if "/resourcegroups/" in key(where) else "subscription"
    return f"{kind} {name_of(where)}"


def _stop(reason: str, by: str) -> str:
    """Return the value of a stop: never empty, and cut rather than refused, because a stop must stand."""
    who = one_line(by)[:80]
    room = tags.LONGEST - len("reason=;by=") - len(who)
    return tags.write_pairs({"reason": one_line(reason)[:room], "by": who}) or "held"


# pause and resume


def pause(desk: Desk, plan: FleetPlan, reason: str = "", by: str = "") -> str:
    """Stop every start of the fleet."""
    desk.merge(check_control(plan), {tags.PAUSE: _stop(reason, by)})
    return (
        "the fleet is paused: azlocal starts nothing, and what runs goes on; to let go: azlocal-upgrade resume"
    )  # fmt: skip


def resume(desk: Desk, plan: FleetPlan, cluster: str | None = None, by: str = "") -> str:
    """Lift the pause; or accept the failed attempt of one cluster, which allows one retry."""
    control = check_control(plan)
    if cluster is not None:
        return _accept(desk, plan, control, cluster, by)
    found = desk.drop(control, [tags.PAUSE])
    said = "the pause is lifted" if found else "the fleet was not paused"
    return said + ("; the plan itself still says paused: true" if plan.paused else "")


def _accept(desk: Desk, plan: FleetPlan, control: str, word: str, by: str) -> str:
    facts, now = observe_fleet(desk.reader, desk.watch, plan, detail=word)
    found = judge(facts, plan, {}, now)
    one = pick(found, word)
    if one.cluster.error:
        raise Incomplete(f"{one.cluster.name} could not be read: {one.cluster.error}", remedy="try again")
    mode, attempt = _failed(one)
    consent = Acceptance(mode=mode, attempt=attempt, by=one_line(by))
    _fits(consent)
    _write(desk, control, f"{tags.ACCEPT}{h10(one.cluster.id)}", consent.text(), found)
    return f"{one.cluster.name}: {_what(one.cluster, mode, attempt)} is accepted by {by or 'nobody named'}; {_consequence(one)}"


def _what(cluster: ClusterFacts, mode: str, attempt: int) -> str:
    if attempt:
        return f"the failed attempt {attempt} ({mode})"
    announced = isinstance(cluster.intent, Intent) and cluster.intent.mode == mode
    why = "of which Azure does not tell whose it was" if announced else "which azlocal did not start"
    return f"the failed {mode}, {why},"


def _consequence(one: ClusterDecision) -> str:
    """Return what follows from an acceptance; of some failures only that they no longer halt the ring."""
    diagnosis = diagnosis_of(one.cluster, one.reading)
    if one.reading.phase.failed and diagnosis.retry == CONTACT_SUPPORT:
        return f"it counts against no failure budget any more, but is not repeated: {advice(diagnosis)}"
    return "a tick may try once more when its ring, window and rules allow"


def _failed(one: ClusterDecision) -> tuple[str, int]:
    """Return mode and number of the attempt that failed and waits for consent, or raise BadInput."""
    intent, reading = one.cluster.intent, one.reading
    member = Member(cluster=one.cluster, candidate=one.candidate, reading=reading)
    if reading.reason == "NoEffect":
        raise BadInput([f"cluster: {one.cluster.name}: {reading.message}"], remedy=one.decision.remedy)
    if reading.phase.failed:
        return failed_mode(member), failed_attempt(member, failed_mode(member))
    outdated = reading.phase is Phase.BLOCKED and bool(one.candidate.failing("B8"))
    if outdated and isinstance(intent, Intent) and intent.mode == "extension":
        return "extension", failed_attempt(member, "extension")
    raise BadInput(
        [f"cluster: nothing failed on {one.cluster.name}: it is {reading.phase} ({reading.message})"],
        remedy="resume without a cluster lifts a pause; release takes a hold off",
    )


# the control group


def _write(desk: Desk, control: str, name: str, value: str, found: FleetLook) -> None:
    standing = {one.lower(): text for one, text in desk.reader.tags(control).items()}
    ours = {one for one in standing if one.startswith("azlocal-")}
    if name not in ours and len(ours) >= MOST_TAGS:
        _make_room(desk, control, ours, found)
    desk.merge(control, {name: value})


def _make_room(desk: Desk, control: str, ours: Iterable[str], found: FleetLook) -> None:
    """Remove consent that is spent: of clusters that are done, of approvals that ended."""
    spent = {f"{tags.ACCEPT}{h10(one.cluster.id)}" for one in found.clusters if one.reading.phase is Phase.SOLUTION}
    for ring, approval in (found.facts.control.approvals if found.facts.control else {}).items():
        if approval.until is None or approval.until <= found.now:
            spent.add(f"{tags.APPROVE}{ring}")
    if not desk.drop(control, sorted(spent & set(ours))):
        raise BadInput(
            [f"control: {control} carries {MOST_TAGS} azlocal tags already, and none of them is spent"],
            remedy="remove the azlocal-approve- and azlocal-accept- tags that are no longer needed",
        )
