"""The forecast: a plan played through, tick by tick, within every limit that a real tick keeps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from test_rollout import (
    ALWAYS,
    DAY,
    HOUR,
    NOW,
    RUNNING,
    cluster,
    control,
    decide,
    fleet,
    outdated,
    plan,
    ring,
    upgrade_failed,
    upgraded,
    validated,
)

from azlocal.core.coverage import CHANCE, FROZEN, MET, SHORT, coverage_of
from azlocal.core.domains import Cap, domain_of
from azlocal.core.durations import DOCUMENTED, ENOUGH, Durations, measure, percentile
from azlocal.core.facts import NodeFacts, Step
from azlocal.core.forecast import forecast
from azlocal.core.limits import Share
from azlocal.core.narrowing import narrowing
from azlocal.core.outlook import Calendars, work_of
from azlocal.core.plan import Validating
from azlocal.core.ramps import open_stage
from azlocal.core.recurrence import Ticks
from azlocal.core.schedule import VERIFIED_AFTER, Rules, play
from azlocal.core.windows import Freeze, Window, left

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
USUAL, LONG = timedelta(hours=2, minutes=45), timedelta(hours=4)
SATURDAY = datetime(2026, 11, 28, tzinfo=UTC)
SATURDAYS = (Window(days=frozenset({5}), opens=time(6), closes=time(16), zone="UTC"),)


def foreseen(facts, wanted=None, **more):
    wanted = wanted or plan()
    decided = decide(facts, wanted, now=more.get("now", NOW))
    return forecast(wanted, decided.clusters, decided.rings, more.get("now", NOW), more.get("every", HOUR))


def only(facts, wanted=None, **more):
    (one,) = foreseen(facts, wanted, **more).rings
    return one


# one ring


def test_what_is_validated_starts_with_the_tick_now_and_finishes_by_documented_durations():
    found = only(fleet(validated(1), validated(2)))
    assert (found.members, found.left, found.blocked) == (2, 2, "")
    assert (found.p50.opens, found.p50.first_start) == (NOW, NOW)
    assert (found.p50.last_finish, found.p90.last_finish) == (NOW + USUAL, NOW + LONG)
    assert (found.p50.soaked, found.p50.windows) == (NOW + USUAL + DAY, 1)


def test_what_is_not_validated_yet_starts_a_tick_later():
    assert only(fleet(cluster(1))).p50.first_start == NOW + HOUR
    assert only(fleet(cluster(1)), every=10 * MINUTE).p50.first_start == NOW + 30 * MINUTE


def test_slots_let_one_after_the_other_and_a_slot_is_free_once_the_upgrade_is_verified():
    found = only(fleet(*map(validated, range(3))), plan(ring(max_concurrent=1)))
    # 2 h 45 min and 15 min to verify: the tick after exactly three hours starts the next one.
    assert found.p50.last_finish == NOW + 6 * HOUR + USUAL
    assert only(fleet(*map(validated, range(3))), plan(ring(max_concurrent=3))).p50.last_finish == NOW + USUAL


def test_an_upgrade_under_way_keeps_its_slot_and_ends_when_it_began_plus_what_it_takes():
    found = only(fleet(RUNNING["open deploy intent"](1), validated(2)), plan(ring(max_concurrent=1)))
    assert found.p50.first_start == NOW + 3 * HOUR
    alone = only(fleet(RUNNING["open deploy intent"](1)))
    assert (alone.p50.first_start, alone.p50.last_finish) == (None, NOW - MINUTE + USUAL)


def test_windows_are_waited_for_and_counted():
    found = only(fleet(*map(validated, range(5))), plan(ring(max_concurrent=1, windows=SATURDAYS)))
    # In ten hours three fit by the usual duration, two by the long one; four hours must be left.
    assert found.p50.first_start == SATURDAY + 6 * HOUR
    assert (found.p50.windows, found.p50.last_finish) == (2, SATURDAY + 7 * DAY + 9 * HOUR + USUAL)
    assert (found.p90.windows, found.p90.last_finish) == (3, SATURDAY + 14 * DAY + 6 * HOUR + LONG)


def test_a_freeze_moves_the_starts_behind_it():
    freeze = Freeze(first=date(2026, 11, 20), last=date(2026, 12, 6), zone="Europe/Oslo")
    found = only(fleet(validated(1)), plan(freezes=(freeze,)))
    assert found.p50.first_start == datetime(2026, 12, 6, 23, tzinfo=UTC)


def test_a_ramp_lets_stage_after_stage_in():
    facts = fleet(*map(validated, range(6)))
    whole, staged = only(facts), only(facts, plan(ring(ramp=(1, 2))))
    assert whole.p50.last_finish == NOW + USUAL
    assert staged.p50.last_finish == NOW + 3 * 3 * HOUR + USUAL


def test_domains_are_upgraded_one_after_the_other():
    at = {1: "oslo", 2: "oslo", 3: "bergen"}
    facts = fleet(*(replace(validated(n), tags={**validated(n).tags, "site": site}) for n, site in at.items()))
    assert only(facts, plan(caps=(Cap(by="tag:site", max=1),))).p50.last_finish == NOW + 3 * HOUR + USUAL


def test_a_ring_that_is_done_says_so_and_soaks():
    found = only(fleet(upgraded(1, HOUR)))
    assert (found.left, found.p50.first_start, found.p50.last_finish) == (0, None, None)
    assert found.p50.soaked == NOW - HOUR + DAY


# rings


def test_the_next_ring_opens_when_the_one_before_is_done_and_soaked():
    one, two = foreseen(fleet(validated(1), validated(2, tags={"ring": "two"})), plan(ring(), ring("two"))).rings
    assert two.p50.opens == one.p50.soaked == NOW + USUAL + DAY
    assert two.p90.opens == one.p90.soaked == NOW + LONG + DAY
    assert two.p50.first_start == NOW + 4 * HOUR - HOUR + DAY


def test_validations_run_ahead_where_the_plan_says_so():
    facts = fleet(validated(1), cluster(2, ring="two"))
    late, early = (
        foreseen(facts, plan(ring(), ring("two"), validate=Validating(ahead=ahead))).rings[1] for ahead in (False, True)
    )
    assert (late.p50.first_start, early.p50.first_start) == (NOW + DAY + 4 * HOUR, NOW + DAY + 3 * HOUR)


def test_a_ring_with_a_cluster_that_never_fits_is_never_complete_and_shuts_those_behind_it():
    tagged = validated(2, tags={"azlocal-window": "sat_08:00-11:00"})
    rings = foreseen(fleet(validated(1), tagged, validated(3, tags={"ring": "two"})), plan(ring(), ring("two"))).rings
    assert [(one.name, one.reason) for one in rings[0].never] == [("c02", "NeverFits")]
    assert "azlocal-window" in rings[0].never[0].message
    assert "4 hours" in rings[0].never[0].message
    assert (rings[0].p50.first_start, rings[0].p50.last_finish) == (NOW, None)
    assert rings[1].blocked == "ring one is never complete"
    assert (rings[1].p50.opens, rings[1].p50.first_start) == (None, None)


@pytest.mark.parametrize(
    ("windows", "tags", "freezes", "why"),
    [
        ((), {}, (), "ring one has no window"),
        ((replace(ALWAYS, opens=time(6), closes=time(9)),), {}, (), "the windows of ring one are too short"),
        (SATURDAYS, {}, (Freeze(first=date(2026, 1, 1), last=date(2028, 1, 1)),), "the windows of ring one open in freezes only"),
        (SATURDAYS, {"azlocal-window": "sat_15:00-18:00"}, (), "the windows of its tag azlocal-window are too short"),
        (SATURDAYS, {"UpdateStartWindow": "Sun_00:00-24:00"}, (), "its own tags (UpdateStartWindow) and the windows of ring one leave no time"),
        (SATURDAYS, {"UpdateExclusionsWindow": "2026-01-01/2028-01-01"}, (),
         "its own tags (tag UpdateExclusionsWindow) and the windows of ring one leave no time"),
    ],
)  # fmt: skip
def test_why_a_cluster_never_fits_is_told(windows, tags, freezes, why):
    found = only(fleet(validated(1, tags=tags)), plan(ring(windows=windows), freezes=freezes))
    assert found.never[0].message == f"{why}; an upgrade needs 4 hours"


def test_what_can_never_take_the_upgrade_is_told_and_keeps_its_ring_open():
    found = only(fleet(validated(1), cluster(2, location="switzerlandnorth")))
    assert [(one.name, one.reason) for one in found.never] == [("c02", "NotApplicable")]
    assert found.blocked.startswith("c02 can never start")


def test_what_waits_for_a_person_is_named_and_taken_as_settled():
    held = validated(1, tags={"azlocal-hold": "audit"})
    failed = upgrade_failed(2)
    found = only(fleet(held, failed), plan(ring(failure_budget=1)))
    assert {one.name: one.reason for one in found.needs} == {"c01": "Held", "c02": "ApplyFailed"}
    assert found.p50.last_finish is not None


def test_what_azlocal_repeats_or_updates_by_itself_waits_for_nobody():
    assert only(fleet(outdated(1)), plan(update_extension=True)).needs == ()
    assert [one.reason for one in only(fleet(outdated(1))).needs] == ["Blocked"]
    accepted = fleet(upgrade_failed(1), control=control((1, "deploy", 1)))
    assert only(accepted).needs == ()


def test_a_halted_ring_says_why_and_clusters_outside_of_all_rings_are_named():
    found = foreseen(fleet(upgrade_failed(1), validated(2), cluster(3, ring="none")))
    assert found.rings[0].halted == "1 failed upgrade, 0 allowed"
    assert [one.name for one in found.outside] == ["c03"]


def test_a_ring_without_visible_clusters_never_opens_those_behind_it():
    rings = foreseen(fleet(validated(2, tags={"ring": "two"})), plan(ring(), ring("two"))).rings
    assert (rings[0].blocked, rings[1].blocked) == ("it selects no visible cluster", "ring one is never complete")


# measured durations


def finished(n, length, nodes=1, **changes):
    begin = NOW - 2 * DAY
    steps = (Step(name="Deploy", index="0", status="Success", started_at=begin, ended_at=begin + length),)
    done = upgraded(n, intent=None, **changes)
    shown = replace(done.settings, deployment_steps=steps)
    return replace(done, settings=shown, nodes=(NodeFacts(name="m"),) * nodes)


def test_finished_upgrades_of_the_same_size_tell_how_long_one_takes():
    lengths = [HOUR * hours for hours in (2, 3, 3, 4, 5)]
    found = foreseen(fleet(validated(1), *(finished(n, length) for n, length in enumerate(lengths, 10))))
    assert found.durations.measured == ENOUGH
    assert (found.rings[0].p50.last_finish, found.rings[0].p90.last_finish) == (NOW + 3 * HOUR, NOW + 5 * HOUR)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=30), st.integers(1, 100))
def test_a_percentile_is_the_least_that_so_many_keep(minutes, percent):
    spans = sorted(one * MINUTE for one in minutes)
    found = percentile(spans, percent)
    assert sum(one <= found for one in spans) * 100 >= percent * len(spans)
    assert sum(one < found for one in spans) * 100 < percent * len(spans)


def test_few_measurements_and_those_of_resumed_upgrades_count_for_nothing():
    few = [finished(n, HOUR) for n in range(ENOUGH - 1)]
    assert measure(few).expected(1) == LONG
    resumed = replace(finished(9, HOUR), tags=upgraded(9).tags | {"azlocal-op": "m=deploy;n=2;f=1;t=20261120T000000Z"})
    endless = finished(10, 30 * HOUR)
    assert measure([resumed, endless, validated(1)]) == DOCUMENTED


def test_a_start_of_azlocals_own_is_measured_from_its_announcement():
    begun = replace(
        finished(1, 2 * HOUR), tags={"azlocal-op": f"m=deploy;n=1;f=0;t={NOW - 2 * DAY - 20 * MINUTE:%Y%m%dT%H%M%SZ}"}
    )
    assert measure([begun]).by_nodes == {1: (2 * HOUR + 20 * MINUTE,)}


@given(st.lists(st.integers(10, 600), min_size=ENOUGH, max_size=20), st.integers(1, 16))
def test_the_fleet_as_a_whole_never_makes_another_size_quicker_than_documented(minutes, nodes):
    found = Durations(by_nodes={99: tuple(sorted(one * MINUTE for one in minutes))})
    assert found.expected(nodes) >= LONG
    assert found.expected(nodes) >= found.usual(nodes) >= USUAL
    assert found.usual(99) <= found.expected(99)


# the play keeps every limit

windows_of = st.sampled_from([
    (ALWAYS,), SATURDAYS, (Window(days=frozenset(range(7)), opens=time(20), closes=time(3), zone="Europe/Oslo"),),
])  # fmt: skip
tags_of = st.sampled_from([{}, {}, {"azlocal-window": "sat-sun_00:00-24:00"}, {"UpdateStartWindow": "*_21:00-23:00"}])
kinds_of = st.sampled_from([cluster, validated, RUNNING["upgrading"], RUNNING["open deploy intent"]])
members_of = st.lists(st.tuples(kinds_of, st.sampled_from(["oslo", "bergen", ""]), tags_of), min_size=1, max_size=14)
amounts = st.integers(1, 4) | st.builds(Share, st.integers(1, 100))


@given_settings(max_examples=150)
@given(
    told=members_of, windows=windows_of, slots=st.integers(1, 4), most=st.integers(1, 3), every=st.sampled_from([HOUR, 6 * HOUR]),
    ramp=st.lists(amounts, max_size=3).map(tuple), takes=st.sampled_from([USUAL, LONG]),
    freezes=st.sampled_from([(), (Freeze(first=date(2000, 11, 28), last=date(2000, 12, 3), yearly=True),)]),
)  # fmt: skip
def test_a_forecast_starts_nothing_that_a_tick_would_not(told, windows, slots, most, every, ramp, takes, freezes):
    facts = fleet(*(
        replace(made := make(n), tags={**made.tags, "site": site, **tags}) for n, (make, site, tags) in enumerate(told)
    ))  # fmt: skip
    wanted = plan(ring(windows=windows, ramp=ramp, caps=(Cap(by="tag:site", max=most),)), freezes=freezes)
    works = [work_of(one, wanted, NOW) for one in decide(facts, wanted).clusters]
    total, caps = len(works), wanted.rings[0].caps
    rules = Rules(
        calendars=Calendars(wanted, wanted.rings[0], NOW), ticks=Ticks(NOW, every), slots=slots, caps=caps, good=0,
        stage=(lambda good: open_stage(ramp, total, good)) if ramp else None, takes=lambda _: takes,
        needed=lambda _: LONG, ready=lambda _: NOW,
    )  # fmt: skip
    played = play(rules, works, NOW)
    known = {work.cluster.id: work for work in works}
    running = {name for name, work in known.items() if work.running_since is not None}
    assert set(played.starts) | running | {work.cluster.id for work in played.never} == set(known)
    assert set(played.ends) == set(played.starts) | running
    for name, moment in played.starts.items():
        assert (moment - NOW) % every == timedelta(0)
        assert left(windows, moment) >= LONG
        assert not any(freeze.covers(moment) for freeze in freezes)
        assert narrowing(known[name].cluster.tags).bar(moment, LONG) is None
        busy = running_at(played, running, moment)
        assert len(busy) <= max(slots, len(running))
        counts = Counter(domain_of(known[one].cluster, "tag:site") for one in busy)
        own = domain_of(known[name].cluster, "tag:site")
        assert counts[own] <= most
        if ramp:
            good = sum(end + VERIFIED_AFTER <= moment for end in played.ends.values())
            begun = len(running) + sum(begin <= moment for begin in played.starts.values())
            assert begun <= open_stage(ramp, total, good).bound


def running_at(played, running, moment):
    begun = {name for name, begin in played.starts.items() if begin <= moment} | running
    return {name for name in begun if moment < played.ends[name] + VERIFIED_AFTER}


@given(told=members_of, windows=windows_of, slots=st.integers(1, 4))
def test_the_long_duration_never_finishes_before_the_usual_one_and_order_does_not_matter(told, windows, slots):
    made = [
        replace(one := make(n), tags={**one.tags, "site": site, **tags}) for n, (make, site, tags) in enumerate(told)
    ]
    wanted = plan(ring(windows=windows, max_concurrent=slots))
    found, other = only(fleet(*made), wanted), only(fleet(*reversed(made)), wanted)
    assert (found.p50, found.p90, found.blocked) == (other.p50, other.p90, other.blocked)
    if not found.blocked:
        assert found.p50.last_finish <= found.p90.last_finish
        assert found.p50.first_start is None or found.p50.first_start <= found.p90.first_start


# coverage


def covered(windows, every=HOUR, needed=LONG, freezes=(), now=NOW):
    wanted = plan(ring(windows=windows), freezes=freezes)
    found = coverage_of(wanted, wanted.rings[0], needed, now, every)
    return found, {verdict: found.count(verdict) for verdict in (MET, CHANCE, SHORT, FROZEN) if found.count(verdict)}


def night(opens, closes, zone="UTC"):
    return (Window(days=frozenset({6}), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), zone=zone),)


@pytest.mark.parametrize(
    ("windows", "every", "counts"),
    [
        (night("00:00", "06:00"), HOUR, {MET: 52}), (night("00:00", "05:00"), HOUR, {MET: 52}),
        (night("00:00", "04:30"), HOUR, {CHANCE: 52}), (night("00:00", "04:00"), HOUR, {CHANCE: 52}),
        (night("00:00", "03:59"), HOUR, {SHORT: 52}), (night("00:00", "06:00"), 6 * HOUR, {CHANCE: 52}),
        ((), HOUR, {}), ((ALWAYS,), DAY, {MET: 1}),
    ],
)  # fmt: skip
def test_an_opening_is_sure_to_be_met_when_starts_are_allowed_for_as_long_as_ticks_are_apart(windows, every, counts):
    assert covered(windows, every)[1] == counts


def test_the_night_on_which_the_clocks_go_forward_is_found():
    found, counts = covered(night("00:00", "05:00", "Europe/Oslo"))
    assert counts == {MET: 51, CHANCE: 1}
    (short,) = found.of(CHANCE)
    assert (short.opens, short.closes - short.opens) == (datetime(2027, 3, 27, 23, tzinfo=UTC), 4 * HOUR)
    assert covered(night("00:00", "04:30", "Europe/Oslo"))[1] == {CHANCE: 50, SHORT: 1, MET: 1}


def test_a_freeze_over_the_whole_of_an_opening_takes_it_away_and_one_over_its_edge_shortens_it():
    freeze = Freeze(first=date(2026, 12, 13), last=date(2026, 12, 13))
    assert covered(night("00:00", "06:00"), freezes=(freeze,))[1] == {MET: 51, FROZEN: 1}
    over_midnight = night("22:00", "04:30")
    assert covered(over_midnight, freezes=(replace(freeze, last=date(2026, 12, 12), first=date(2026, 12, 12)),))[1] == {
        MET: 52
    }
    assert covered(over_midnight, freezes=(freeze,))[1] == {MET: 51, CHANCE: 1}
