"""Limits of every kind, and all of them together: no decision ever starts more than they allow."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from test_rollout import (
    ALWAYS,
    CONSENTS,
    DAY,
    HOUR,
    KINDS,
    LETS_GO,
    NOW,
    RUNNING,
    cluster,
    control,
    decide,
    detail_needed,
    first,
    fleet,
    ident,
    intent,
    made_of,
    plan,
    ring,
    shown,
    starts,
    upgrade_failed,
    upgraded,
    validated,
    validation_failed,
)

from azlocal.core.decisions import STARTS, Resume, StartUpgrade, StartValidation
from azlocal.core.domains import Cap
from azlocal.core.facts import ABSENT, Step
from azlocal.core.limits import Share
from azlocal.core.plan import Retry, Validating
from azlocal.core.readings import Phase
from azlocal.core.windows import Freeze

VALIDATES = {
    "open intent", "intent of a later clock", "active deployment", "deployment in an unheard-of state", "validating", "validated, not yet ended",
    "validating by status",
}  # fmt: skip
"""The running kinds of which it is sure that they are no more than a validation."""
SITES, MODELS = ("oslo", "bergen", ""), ("AX", "DL")

amounts = st.integers(1, 4) | st.builds(Share, st.integers(1, 100))
caps = st.lists(
    st.builds(lambda by, most: Cap(by=by, max=most), st.sampled_from(["tag:site", "model", "region", "subscription"]), st.integers(1, 3)),
    max_size=2,
).map(tuple)  # fmt: skip
rings = st.fixed_dictionaries({
    "max_concurrent": amounts, "failure_budget": st.integers(0, 3) | st.builds(Share, st.integers(0, 100)),
    "ramp": st.lists(amounts, max_size=3).map(tuple), "caps": caps, "order": st.sampled_from(["name", "nodes"]),
})  # fmt: skip
members = st.tuples(
    st.sampled_from(sorted(KINDS)), st.sampled_from(SITES), st.sampled_from(MODELS), st.integers(1, 4),
    st.sampled_from(["one", "two", "none"]),
)  # fmt: skip
plans = st.builds(
    lambda one, two, wide, ahead, fleet_caps: plan(
        ring(**one), ring("two", **two), update_extension=True, caps=fleet_caps,
        validate=Validating(max_concurrent=wide, ahead=ahead),
    ),
    rings, rings, st.none() | amounts, st.booleans(), caps,
)  # fmt: skip


def fleet_of(told):
    made = []
    for n, (kind, site, model, nodes, ring_name) in enumerate(told):
        one = KINDS[kind](n)
        tags = {**one.tags, "ring": ring_name, "site": site}
        machines = one.machines * nodes
        known = tuple(replace(node, model=model) for node in one.nodes * nodes)
        made.append(replace(one, tags=tags, nodes=known, machines=machines))
    consents = ((n, CONSENTS[kind], 1) for n, (kind, *_) in enumerate(told) if kind in CONSENTS)
    return fleet(*made, control=control(*consents))


fleets = st.lists(members, min_size=1, max_size=12)


def in_flight(told, ring_name=None):
    """The kinds in flight with what they share, by the fleet's own making."""
    return [one for one in told if one[0] in RUNNING and ring_name in {None, one[4]}]


def limit(amount, count):
    return amount if isinstance(amount, int) else max(1, count * amount.percent // 100)


@given_settings(max_examples=300)
@given(told=fleets, wanted=plans)
def test_no_decision_exceeds_any_limit(told, wanted):
    decided = decide(fleet_of(told), wanted)
    due = [(one.decision, told[n]) for n, one in enumerate(decided.clusters) if isinstance(one.decision, STARTS)]
    apart = wanted.validate.max_concurrent is not None
    for at in wanted.rings:
        mine = [(start, one) for start, one in due if one[4] == at.name]
        slots = [1 for start, _ in mine if not (apart and isinstance(start, StartValidation))]
        taken = [one for one in in_flight(told, at.name) if not (apart and one[0] in VALIDATES)]
        count = sum(one[4] == at.name for one in told)
        assert not slots or len(slots) + len(taken) <= limit(at.max_concurrent, count)
        within(at.caps, [one for start, one in mine if isinstance(start, LETS_GO)], in_flight(told, at.name))
        within_ramp(at, told, [one for start, one in mine if isinstance(start, StartUpgrade)])
    within(wanted.caps, [one for start, one in due if isinstance(start, LETS_GO)], in_flight(told))
    validations = sum(isinstance(start, StartValidation) for start, _ in due)
    if apart and validations:
        running = sum(one[0] in VALIDATES for one in told)
        in_rings = sum(one[4] != "none" for one in told)
        assert validations + running <= limit(wanted.validate.max_concurrent, in_rings)


def within(caps_, begin, running):
    share = {
        "tag:site": lambda one: one[1],
        "model": lambda one: one[2],
        "region": lambda _: "",
        "subscription": lambda _: "",
    }
    for cap in caps_:
        taken = Counter(share[cap.by](one) for one in running if one[0] not in VALIDATES)
        new = Counter(share[cap.by](one) for one in begin)
        assert all(new[domain] + taken[domain] <= cap.max for domain in new)


def within_ramp(at, told, begin):
    mine = [one for one in told if one[4] == at.name]
    good = sum(one[0] == "upgraded" for one in mine)
    began = good + sum(one[0] == "upgrade failed" or (one[0] in RUNNING and one[0] not in VALIDATES) for one in mine)
    bound = place = 0
    while at.ramp and bound <= good:
        bound += limit(at.ramp[min(place, len(at.ramp) - 1)], len(mine))
        place += 1
    assert not at.ramp or not begin or began + len(begin) <= bound


@given_settings(max_examples=200)
@given(told=fleets, wanted=plans, chance=st.randoms(use_true_random=False))
def test_the_order_of_the_clusters_changes_nothing_whatever_the_plan_says(told, wanted, chance):
    facts = fleet_of(told)
    shuffled = replace(facts, clusters=tuple(chance.sample(facts.clusters, len(told))))
    one, other = decide(facts, wanted), decide(shuffled, wanted)
    assert {c.cluster.id: c for c in one.clusters} == {c.cluster.id: c for c in other.clusters}


TAGS = st.dictionaries(
    st.sampled_from(["azlocal-window", "UpdateStartWindow", "UpdateExclusionsWindow", "UpdateExcluded"]),
    st.sampled_from(
        ["tue_08:00-18:00", "*_00:00-24:00", "sat_08:00-18:00", "2026-11-24/2026-11-24", "True", "False", "?", ""]
    ),
    min_size=1,
)


@given(kind=st.sampled_from(sorted(KINDS)), tags=TAGS)
def test_no_tag_about_time_ever_lets_a_cluster_start_that_would_not_start_without(kind, tags):
    bare, wanted = made_of([kind]), plan(update_extension=True)
    tagged = replace(bare, clusters=(replace(bare.clusters[0], tags={**bare.clusters[0].tags, **tags}),))
    before, after = first(bare, wanted), first(tagged, wanted)
    assert not isinstance(after, STARTS) or after == before


@given_settings(max_examples=200)
@given(told=fleets, wanted=plans)
def test_in_a_ring_that_is_not_open_nothing_starts_but_validations_where_the_plan_lets_them(told, wanted):
    decided = decide(fleet_of(told), wanted)
    states = {one.name: one.state for one in decided.rings}
    halted = any(state == "halted" for state in states.values())
    for one in decided.clusters:
        if isinstance(one.decision, STARTS) and states[one.ring] != "open":
            assert states[one.ring] == "closed"
            assert wanted.validate.ahead
            assert isinstance(one.decision, StartValidation)
            assert not halted or states["one"] != "halted"


# shares


@pytest.mark.parametrize(("count", "percent", "starting"), [(4, 20, 1), (10, 20, 2), (10, 25, 2), (3, 100, 3)])
def test_a_share_limits_a_ring_by_its_members(count, percent, starting):
    told = decide(fleet(*map(validated, range(count))), plan(ring(max_concurrent=Share(percent))))
    assert told.rings[0].max_concurrent == starting
    assert sum(isinstance(one.decision, STARTS) for one in told.clusters) == starting


@pytest.mark.parametrize(("percent", "halted"), [(0, True), (10, True), (19, True), (20, False)])
def test_a_share_of_failures_is_rounded_down_and_the_one_after_it_halts(percent, halted):
    facts = fleet(upgrade_failed(0), *map(validated, range(1, 5)))
    state = decide(facts, plan(ring(failure_budget=Share(percent)))).rings[0]
    assert (state.state == "halted") is halted


# ramps


def test_a_ramp_begins_with_one_and_waits_until_that_one_is_good():
    wanted = plan(ring(ramp=(1, 2), max_concurrent=9))
    assert [one.cluster.name for one in starts(fleet(*map(validated, range(4))), wanted)] == ["c00"]
    running = fleet(RUNNING["upgrading"](0), *map(validated, range(1, 4)))
    assert {one.decision.reason for one in decide(running, wanted).clusters[1:]} == {"RampStage"}
    good = fleet(upgraded(0, HOUR), *map(validated, range(1, 4)))
    assert [one.cluster.name for one in starts(good, wanted)] == ["c01", "c02"]


@pytest.mark.parametrize("kind", ["upgrading", "unreadable"])
def test_what_is_not_known_to_be_good_keeps_the_next_stage_shut(kind):
    facts = fleet(upgraded(0, HOUR), RUNNING[kind](1), validated(2), validated(3))
    assert [one.cluster.name for one in starts(facts, plan(ring(ramp=(1, 2), max_concurrent=9)))] == ["c02"]


def test_a_failure_keeps_the_next_stage_shut_although_the_budget_bears_it():
    facts = fleet(upgrade_failed(0), validated(1))
    assert (
        first(replace(facts, clusters=facts.clusters[::-1]), plan(ring(ramp=(1,), failure_budget=5))).reason
        == "RampStage"
    )


def test_a_retry_belongs_to_the_stage_that_it_began_in():
    facts = fleet(upgrade_failed(0), validated(1), control=control((0, "deploy", 1)))
    told = starts(facts, plan(ring(ramp=(1,), max_concurrent=9)))
    assert [(one.cluster.name, type(one.decision)) for one in told] == [("c00", Resume)]


def test_a_cluster_that_never_needed_the_upgrade_is_no_proof_that_it_works():
    born = cluster(0, solution=upgraded(0).solution, settings=shown("Deploy", "Success", operation_type="Other"))
    facts = fleet(born, *map(validated, range(1, 4)))
    assert len(starts(facts, plan(ring(ramp=(1, 3), max_concurrent=9)))) == 1


# caps


def at(site, made):
    return replace(made, tags={**made.tags, "site": site})


def test_one_upgrade_at_a_time_in_a_site_although_the_ring_has_room():
    facts = fleet(at("oslo", validated(1)), at("Oslo", validated(2)), at("bergen", validated(3)))
    told = decide(facts, plan(ring(caps=(Cap(by="tag:site", max=1),))))
    assert [one.decision.reason for one in told.clusters] == ["Validated", "DomainFull", "Validated"]


def test_a_cap_of_the_fleet_counts_what_runs_in_every_ring_and_in_none():
    stranger = at("oslo", RUNNING["upgrading"](1))
    facts = fleet(replace(stranger, tags={**stranger.tags, "ring": "none"}), at("oslo", validated(2)))
    wanted = plan(caps=(Cap(by="tag:site", max=1),))
    assert decide(facts, wanted).clusters[1].decision.reason == "DomainFull"
    assert isinstance(decide(facts, plan(ring(caps=wanted.caps))).clusters[1].decision, StartUpgrade)


def test_a_validation_takes_no_room_in_a_domain():
    facts = fleet(at("oslo", RUNNING["validating"](1)), at("oslo", validated(2)), at("oslo", cluster(3)))
    told = decide(facts, plan(ring(caps=(Cap(by="tag:site", max=1),))))
    assert [type(one.decision) for one in told.clusters[1:]] == [StartUpgrade, StartValidation]


def test_clusters_of_which_the_domain_is_not_known_share_one():
    told = decide(fleet(validated(1), validated(2)), plan(ring(caps=(Cap(by="model", max=1),))))
    assert [one.decision.reason for one in told.clusters] == ["Validated", "DomainFull"]
    assert "model not known" in told.clusters[1].decision.message


# order


def test_the_smallest_clusters_go_first_where_the_ring_says_so():
    nodes = {1: 3, 2: 1, 3: 2}
    made = [
        replace(validated(n), nodes=validated(n).nodes * count, machines=validated(n).machines * count)
        for n, count in nodes.items()
    ]
    told = starts(fleet(*made), plan(ring(max_concurrent=1, order="nodes")))
    assert [one.cluster.name for one in told] == ["c02"]


# validations of their own, and ahead

WIDE = {"max_concurrent": 1, "windows": (ALWAYS,)}


def test_validations_with_slots_of_their_own_leave_the_rings_to_upgrades():
    facts = fleet(RUNNING["validating"](1), validated(2), cluster(3), cluster(4))
    told = decide(facts, plan(ring(**WIDE), validate=Validating(max_concurrent=2)))
    assert [type(one.decision).__name__ for one in told.clusters[1:]] == ["StartUpgrade", "StartValidation", "Wait"]
    assert told.clusters[3].decision.reason == "ValidationsFull"
    assert (told.rings[0].in_flight, told.rings[0].validating) == (0, 1)


def test_without_the_key_validations_take_the_slots_of_their_ring():
    told = decide(fleet(RUNNING["validating"](1), validated(2)), plan(ring(**WIDE)))
    assert told.clusters[1].decision.reason == "RingFull"


TWO = (ring(), ring("two"))


def test_ahead_a_closed_ring_validates_and_does_no_more():
    facts = fleet(cluster(1), cluster(2, ring="two"), validated(3, tags={"ring": "two"}))
    plain, ahead = (decide(facts, plan(*TWO, validate=Validating(ahead=value))) for value in (False, True))
    assert [one.decision.reason for one in plain.clusters[1:]] == ["RingClosed", "RingClosed"]
    assert isinstance(ahead.clusters[1].decision, StartValidation)
    assert ahead.clusters[2].decision.reason == "RingClosed"


def test_ahead_stops_behind_a_ring_that_halted():
    facts = fleet(upgrade_failed(1), cluster(2, ring="two"))
    told = decide(facts, plan(*TWO, validate=Validating(ahead=True)))
    assert (told.rings[0].state, told.clusters[1].decision.reason) == ("halted", "RingClosed")


@pytest.mark.parametrize("change, reason", [
    ({}, "Validated"), ({"intent": intent("validate", ago=80 * HOUR), "settings": shown("Validate", "Success", ago=79 * HOUR)}, "ValidationStale"),
    ({"settings": shown("Validate", "Success", echo="ef" * 32)}, "EchoDiffers"), ({"connectivity": "Disconnected"}, "NoLongerReady"),
    ({"identity_type": "None"}, "NoLongerReady"),
])  # fmt: skip
def test_of_what_was_validated_ahead_only_what_is_fresh_the_same_and_still_ready_is_deployed(change, reason):
    told = first(fleet(validated(**change)), plan(validate=Validating(max_concurrent=9, ahead=True)))
    assert told.reason == reason


def test_what_is_left_in_the_rings_behind_is_read_where_the_plan_validates_ahead():
    facts = fleet(cluster(1), cluster(2, ring="two"), replace(upgraded(3, 30 * DAY), tags={"ring": "two"}))
    assert ident(2) not in detail_needed(facts, plan(*TWO), NOW)
    assert {ident(1), ident(2)} <= set(detail_needed(facts, plan(*TWO, validate=Validating(ahead=True)), NOW))


def test_late_upgrades_are_read_again_to_measure_how_long_they_take():
    done = [upgraded(n, (3 + n) * DAY, settings=None) for n in range(30)]
    needed = detail_needed(fleet(*done, cluster(40)), plan(), NOW)
    measured = [one for one in needed if one != ident(40)]
    assert len(measured) == 20
    assert ident(29) not in measured
    assert detail_needed(fleet(*done), plan(), NOW) == ()


# retry by class

SAFE = "The mandatory Arc extensions were not yet installed on c01"


def failed_with(make, text, attempt=1):
    made = make(1, attempt)
    told = made.settings
    steps = tuple(
        replace(step, status="Error", exceptions=(text,)) for step in (*told.validation_steps, *told.deployment_steps)
    )
    deploys = told.mode == "Deploy"
    return replace(
        made,
        settings=replace(told, validation_steps=() if deploys else steps, deployment_steps=steps if deploys else ()),
    )


@pytest.mark.parametrize("make, kind", [(upgrade_failed, Resume), (validation_failed, StartValidation)])
@pytest.mark.parametrize(
    "attempt, times, again", [(1, 0, False), (1, 1, True), (2, 1, False), (2, 2, True), (3, 2, False)]
)
def test_a_failure_that_is_safe_to_repeat_is_repeated_as_often_as_the_plan_says(make, kind, attempt, times, again):
    told = decide(fleet(failed_with(make, SAFE, attempt)), plan(retry=Retry(safe=times)))
    decision = told.clusters[0].decision
    assert (type(decision) is kind, decision.reason == "RetrySafe") == (again, again)
    assert (told.rings[0].state == "halted") == (make is upgrade_failed and not again)
    assert not again or decision.attempt == attempt + 1


@pytest.mark.parametrize(
    "text",
    ["something nobody has ever seen", "Access is denied", ""],
)
def test_a_failure_that_nobody_knows_is_repeated_by_nobody(text):
    told = decide(fleet(failed_with(upgrade_failed, text)), plan(retry=Retry(safe=9)))
    assert (told.rings[0].reason, isinstance(told.clusters[0].decision, STARTS)) == ("FailureBudgetSpent", False)


def test_a_failure_of_others_is_never_repeated_by_the_plan():
    foreign = replace(failed_with(upgrade_failed, SAFE), deployment=ABSENT)
    foreign = replace(foreign, tags={name: text for name, text in foreign.tags.items() if name != "azlocal-op"})
    assert not isinstance(first(fleet(foreign), plan(retry=Retry(safe=9))), STARTS)


# tags about time, and freezes


@pytest.mark.parametrize("tags, reason", [
    ({"azlocal-window": "tue_08:00-18:00"}, "Validated"), ({"azlocal-window": "tue_08:00-15:59"}, "WindowTooShort"),
    ({"azlocal-window": "sat_08:00-18:00"}, "OutsideWindow"), ({"UpdateStartWindow": "Tue_11:00-12:30"}, "Validated"),
    ({"UpdateStartWindow": "Tue_13:00-18:00"}, "OutsideWindow"), ({"UpdateExclusionsWindow": "20**-11-24/20**-11-24"}, "Frozen"),
    ({"UpdateExcluded": "True"}, "Excluded"), ({"UpdateExcluded": "False"}, "Validated"), ({"UpdateExcluded": "maybe"}, "TagUnreadable"),
    ({"azlocal-window": "soon"}, "TagUnreadable"),
])  # fmt: skip
def test_the_clusters_own_tags_narrow_its_upgrade(tags, reason):
    assert first(fleet(validated(tags=tags))).reason == reason


def test_a_validation_needs_no_window_of_a_tag_but_heeds_its_freezes_and_vetoes():
    assert isinstance(first(fleet(cluster(tags={"azlocal-window": "sat_08:00-18:00"}))), StartValidation)
    for tags in ({"UpdateExcluded": "1"}, {"UpdateExclusionsWindow": "2026-11-24"}, {"UpdateExcluded": "?"}):
        assert not isinstance(first(fleet(cluster(tags=tags))), STARTS)


def test_a_yearly_freeze_stops_a_fleet_in_any_year():
    freeze = Freeze(first=date(2000, 11, 20), last=date(2000, 11, 30), yearly=True, reason="season")
    told = first(fleet(validated()), plan(freezes=(freeze,)))
    assert (told.reason, told.message) == ("Frozen", "frozen until 2026-11-30: season")


# will it fit


def took(n, length, nodes=1):
    begin = NOW - 2 * DAY
    steps = (Step(name="Deploy", index="0", status="Success", started_at=begin, ended_at=begin + length),)
    done = upgraded(n, settings=shown("Deploy", "Success", deployment_steps=steps), intent=None)
    return replace(done, nodes=done.nodes * nodes)


@pytest.mark.parametrize("closes, reason", [(time(14, 30), "Validated"), (time(14, 29), "WindowTooShort")])
def test_the_time_that_finished_upgrades_took_is_what_must_be_left_of_a_window(closes, reason):
    measured = [took(n, timedelta(minutes=minutes)) for n, minutes in enumerate([100, 110, 120, 130, 150], 10)]
    window = (replace(ALWAYS, opens=time(6), closes=closes),)
    told = decide(fleet(validated(), *measured), plan(ring(windows=window)))
    assert told.clusters[0].decision.reason == reason
    assert told.clusters[0].expected == timedelta(minutes=150)


def test_slow_clusters_of_another_size_lengthen_what_is_expected_and_quick_ones_do_not_shorten_it():
    slow = [took(n, 6 * HOUR, nodes=4) for n in range(10, 15)]
    quick = [took(n, HOUR, nodes=4) for n in range(10, 15)]
    assert [decide(fleet(validated(), *ones)).clusters[0].expected for ones in (slow, quick)] == [6 * HOUR, 4 * HOUR]


# adoption


def test_an_upgrade_started_elsewhere_is_counted_in_slots_stages_and_domains_and_watched():
    foreign = at("oslo", cluster(1, settings=shown("Deploy", "InProgress", "InProgress")))
    told = decide(fleet(foreign, at("oslo", validated(2)), at("bergen", validated(3))),
                  plan(ring(max_concurrent=3, ramp=(1,), caps=(Cap(by="tag:site", max=1),))))  # fmt: skip
    assert (told.clusters[0].reading.phase, told.clusters[0].reading.ours) == (Phase.APPLYING, False)
    assert (told.rings[0].in_flight, told.rings[0].stage) == (1, 1)
    assert [one.decision.reason for one in told.clusters[1:]] == ["DomainFull", "RampStage"]


def test_an_upgrade_that_others_finished_counts_as_done_soaks_and_opens_the_next_stage():
    foreign = upgraded(1, HOUR, intent=None, deployment=ABSENT)
    told = decide(fleet(foreign, validated(2)), plan(ring(ramp=(1, 1))))
    assert (told.rings[0].done, isinstance(told.clusters[1].decision, StartUpgrade)) == (1, True)
