"""A first plan out of a census, the check of a plan, and the forecast: always valid, always complete, never silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from test_tick import ALWAYS, CONTROL, NOW, SUB, after, cluster, ident, plan, ring, validated

from azlocal.core.drafting import MOST_CANARIES, draft, site_tag
from azlocal.core.facts import ABSENT, ClusterFacts, ControlFacts, FleetFacts, NodeFacts, RelatedFacts, SolutionFacts
from azlocal.core.plan import Attestation, Selector
from azlocal.core.plan_review import review
from azlocal.core.windows import Freeze
from azlocal.errors import BadInput
from azlocal.files.plan_draft import Wish
from azlocal.files.plan_file import read_plan
from azlocal.service.forecast import foresee, of_ring
from azlocal.service.look import in_scope, judge
from azlocal.service.planning import check, first_plan

UTC = timezone.utc
LEASE = f"{CONTROL}/providers/Microsoft.Storage/storageAccounts/azlocal01/blobServices/default/containers/lease"
WISH = Wish(control=CONTROL, lease=LEASE, zone="Europe/Oslo")


def fleet(*clusters):
    return FleetFacts(cloud="public", clusters=clusters, control=ControlFacts(id=CONTROL, paused=False))


def outdated(n):
    made = cluster(n)
    return replace(made, machines=(replace(made.machines[0], lcm=ABSENT),))


def upgraded(n):
    return replace(
        after("deploy", "Success", "Succeeded", n), solution=SolutionFacts(id="s", version="11.2510.1002.5"),
        appliances=(RelatedFacts(id="a", kind="appliance", status="Running"),),
        custom_locations=(RelatedFacts(id="l", kind="location", provisioning_state="Succeeded"),),
    )  # fmt: skip


def sized(made, nodes=2, model="AX", site="oslo", **changes):
    known = tuple(replace(node, model=model) for node in made.nodes * nodes)
    return replace(made, nodes=known, machines=made.machines * nodes, tags={**made.tags, "site": site}, **changes)


def applies(n, **changes):
    return sized(cluster(n), **changes)


def never(n):
    return applies(n, location="switzerlandnorth")


def drafted(*clusters):
    return draft(judge(fleet(*clusters), None, {}, NOW).clusters)


def names(members):
    return [one.cluster.name for one in members]


# who goes where


def test_the_canary_is_the_smallest_of_each_kind_and_never_many():
    clusters = [applies(n, nodes=1 + n % 4, model=f"M{n % 2}") for n in range(60)]
    found = drafted(*clusters)
    kinds = {(one.cluster.model, len(one.cluster.nodes)) for one in found.canary}
    assert len(found.canary) == len(kinds) == 4
    assert min(len(one.nodes) for one in clusters) == len(found.canary[0].cluster.nodes)
    assert len(drafted(*(applies(n, model=f"M{n}") for n in range(90))).canary) == MOST_CANARIES


def test_early_is_a_fifth_of_what_is_ready_the_smallest_first_and_one_of_each_site():
    clusters = [applies(n, nodes=1 + n // 10, site=f"s{n % 5}") for n in range(41)]
    found = drafted(*clusters)
    assert len(found.early) == 8
    assert {len(one.cluster.nodes) for one in found.early} == {1}
    assert len({one.cluster.tags["site"] for one in found.early[:5]}) == 5


def test_what_is_not_ready_comes_last_and_what_can_never_go_is_left_out():
    found = drafted(*(applies(n) for n in range(5)), outdated(10), upgraded(11), never(12))
    assert {"c10", "c11"} <= set(names(found.broad))
    assert names(found.excluded) == ["c12"]


def test_a_fleet_in_which_nothing_is_ready_has_a_canary_all_the_same():
    assert len(drafted(outdated(1), outdated(2)).canary) == 1


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ([{"Site": "a"}, {"site": "b"}], "site"), ([{"store": "a"}, {"store": "b"}], "store"), ([{"site": "a"}, {"site": "A "}], ""),
        ([{"site": "a"}, {"site": "b"}, {}, {}, {}], ""), ([{"cost": "a"}, {"cost": "b"}], ""), ([{"site": ""}, {"site": " "}], ""),
        ([{"site": "a", "azlocal-site": "x"}, {"site": "b", "azlocal-site": "y"}], "azlocal-site"),
    ],
)  # fmt: skip
def test_sites_are_told_apart_by_a_tag_that_half_of_the_fleet_bears_with_several_values(tags, found):
    assert site_tag([ClusterFacts(id=str(n), name=str(n), tags=one) for n, one in enumerate(tags)]) == found


made_of = st.sampled_from(
    [applies, lambda n, **_: outdated(n), lambda n, **_: upgraded(n), lambda n, **_: never(n), validated]
)
shapes = st.lists(
    st.tuples(made_of, st.integers(1, 4), st.sampled_from(["AX", "DL", ""]), st.sampled_from(["oslo", "bergen", "a: 'b' #c\n"])),
    min_size=1, max_size=40,
)  # fmt: skip


@given_settings(max_examples=60)
@given(shapes)
def test_every_first_plan_is_valid_and_has_each_cluster_in_exactly_one_ring(told):
    made = []
    for n, (make, nodes, model, site) in enumerate(told):
        one = make(n)
        made.append(replace(one, nodes=(NodeFacts(name="m", os_version="10.0.25398.1904", model=model),) * nodes,
                            machines=one.machines * nodes, tags={**one.tags, "site": site}))  # fmt: skip
    facts = fleet(*made)
    text = first_plan(facts, NOW, WISH)
    wanted = read_plan(text, "first.yaml")
    left = [one for one in facts.clusters if not wanted.scope.excludes(one.id)]
    assert all(wanted.ring_of(one) is not None for one in left)
    checked = check(text, "first.yaml", NOW, (facts, NOW))
    assert checked.told == () or not left
    assert all(ring_.expect == seen.members for ring_, seen in zip(wanted.rings, checked.forecast.rings))
    assert all(ring_.gate == "approval" and ring_.windows for ring_ in wanted.rings)


def test_a_first_plan_upgrades_what_can_be_upgraded():
    facts = fleet(*(applies(n) for n in range(30)))
    wanted = read_plan(first_plan(facts, NOW, WISH), "first.yaml")
    found = foresee(judge(facts, wanted, {}, NOW), wanted)
    assert [one.name for one in found.rings] == ["canary", "early", "broad"]
    assert all(one.p90.last_finish is not None for one in found.rings)
    finishes = [one.p50.last_finish for one in found.rings]
    assert finishes == sorted(finishes)


def test_a_first_plan_says_what_it_lacks_and_where_people_go_on():
    text = first_plan(fleet(applies(1)), NOW, Wish())
    for part in ("# control:", "# lease:", "# attestations:", "# freezes:", "# validate:", "plan check", "forecast"):
        assert part in text
    assert [one.split(": ")[1] for one in check(text, "f", NOW).told] == ["control", "lease"]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish(control="rg-control"), "control: 'rg-control' is not the id of a resource group"),
        (Wish(lease=CONTROL), f"lease: '{CONTROL}' is not the id of a blob container"),
        (Wish(zone="Europe/Olso"), "zone: 'Europe/Olso' is no IANA time zone; did you mean 'Europe/Oslo'?"),
    ],
)
def test_what_a_person_says_wrongly_is_refused_by_name(wish, problem):
    with pytest.raises(BadInput) as refused:
        first_plan(fleet(*(applies(n) for n in range(9))), NOW, wish)
    assert refused.value.problems[0].endswith(problem)


def test_a_census_without_clusters_makes_no_plan():
    with pytest.raises(BadInput, match="no cluster"):
        first_plan(fleet(), NOW, WISH)


# what a plan hardly means


def warned(wanted, now=NOW):
    return {".".join(map(str, path)): message for path, message in review(replace(wanted, lease="x"), now)}


@pytest.mark.parametrize(
    ("wanted", "path", "message"),
    [
        (plan(control=""), "control", "is not given, so nothing starts"),
        (plan(ring(windows=())), "rings.0.windows", "there is no window, so nothing is ever deployed in this ring"),
        (plan(ring(windows=(replace(ALWAYS, opens=time(6), closes=time(9)),))), "rings.0.windows", "open for 3 hours at most; an upgrade needs 4 hours"),
        (plan(ring(ramp=(1, 5), max_concurrent=2)), "rings.0.ramp", "a stage of 5 is let in 2 at a time, as maxConcurrent says"),
        (plan(ring(), replace(ring("two"), select=Selector(all=True)), ring("three")), "rings.2.select",
         "selects nothing: ring two before it takes every cluster"),
        (plan(freezes=(Freeze(first=date(2026, 1, 1), last=date(2026, 1, 2)),)), "freezes.0", "is over since 2026-01-02"),
        (plan(attestations=(Attestation(key="not-scvmm", value="yes", by="me", until=date(2026, 1, 1)),)), "attestations.0",
         "no longer holds: it ended with 2026-01-01"),
    ],
)  # fmt: skip
def test_what_is_right_and_hardly_meant_is_warned_of_where_it_stands(wanted, path, message):
    assert warned(wanted)[path].startswith(message)


def test_a_plan_that_means_what_it_says_is_not_warned_of():
    assert (
        warned(plan(ring(ramp=(1, 2)), freezes=(Freeze(first=date(2000, 1, 1), last=date(2000, 1, 2), yearly=True),)))
        == {}
    )


NO_TIME = "its own tags (azlocal-window) and the windows of ring one leave no time"
TEXT = f"""\
version: azlocal.fleet/1
scope: {{subscriptions: [{SUB}]}}
control: {CONTROL}
lease: {LEASE}
rings:
- name: one
  select: {{tags: {{ring: one}}}}
  expect: 3
  windows: [{{days: sat, from: "22:00", to: "03:00", zone: UTC}}]
- name: two
  select: {{tags: {{ring: two}}}}
  expect: 1
  windows: [{{days: sat, from: "22:00", to: "03:00", zone: UTC}}]
"""


def test_a_check_with_a_census_tells_whom_the_rings_miss_lose_and_can_never_upgrade():
    facts = fleet(
        *(cluster(n) for n in range(1, 5)), cluster(7, tags={"ring": "none"}),
        cluster(8, tags={"azlocal-window": "mon_08:00-12:30"}), cluster(9, tags={"UpdateStartWindow": "?", "UpdateWindow": ""}),
    )  # fmt: skip
    assert list(check(TEXT, "fleet.yaml", NOW, (facts, NOW)).told) == [
        "fleet.yaml:1: c09 is held: tag UpdateStartWindow: '?' is not <days>_<HH:MM>-<HH:MM>",
        "fleet.yaml:1: c09: the tag UpdateWindow is read, but its name is UpdateStartWindow now",
        "fleet.yaml:5: rings: no ring selects c07",
        f"fleet.yaml:6: rings[0]: c08 can never be upgraded: {NO_TIME}; an upgrade needs 4 hours",
        "fleet.yaml:8: rings[0].expect: 6 were seen and 3 are expected: 3 could vanish unnoticed",
        "fleet.yaml:11: rings[1].select: selects none of the clusters that were seen",
    ]


def test_a_check_without_a_census_warns_of_nothing_that_only_a_census_shows():
    found = check(TEXT, "fleet.yaml", NOW)
    assert (found.told, found.forecast) == ((), None)


def test_a_plan_with_mistakes_is_refused_with_all_of_them():
    with pytest.raises(BadInput) as refused:
        check(TEXT.replace("expect: 3", "expect: many").replace("days: sat,", "days: sab,", 1), "fleet.yaml", NOW)
    assert [one.split(": ")[1] for one in refused.value.problems] == ["rings[0].expect", "rings[0].windows[0].days"]


# snapshots and forecasts


def test_of_a_snapshot_only_what_the_plans_scope_names_counts():
    other = replace(cluster(2), id=ident(2).replace(SUB, "66666666-2222-3333-4444-555555555555"))
    facts = fleet(cluster(1), other, cluster(3))
    wanted = replace(plan(), scope=replace(plan().scope, subscriptions=(SUB.upper(),), exclude=(ident(3),)))
    assert [one.name for one in in_scope(facts, wanted).clusters] == ["c01"]
    by_group = replace(wanted, scope=replace(wanted.scope, management_groups=("mg",)))
    assert [one.name for one in in_scope(facts, by_group).clusters] == ["c01", "c02"]
    assert in_scope(facts, None) is facts


@pytest.mark.parametrize("every", [timedelta(0), timedelta(seconds=59), timedelta(days=8)])
def test_ticks_that_hardly_come_are_refused(every):
    facts = fleet(validated(1))
    with pytest.raises(BadInput, match="every"):
        foresee(judge(facts, plan(), {}, NOW), plan(), every)


def test_the_forecast_of_one_ring_is_that_of_the_fleet():
    facts, wanted = fleet(validated(1), cluster(2, tags={"ring": "two"})), plan(ring(), ring("two"))
    found = judge(facts, wanted, {}, NOW)
    assert of_ring(found, wanted, "two") == foresee(found, wanted).rings[1]
    assert of_ring(found, wanted, "two").p50.opens > datetime(2026, 11, 25, tzinfo=UTC)
