"""A plan may put other values in place of the rules' own: for some clusters, with an end, and never in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from azlocal.core.candidate import Verdict, assess
from azlocal.core.data.thresholds import RULES
from azlocal.core.facts import ABSENT, ClusterFacts, ExtensionFacts, MachineFacts, NodeFacts
from azlocal.core.findings import Status
from azlocal.core.overrides import OPEN, USUAL, in_force
from azlocal.core.phases import read_phase
from azlocal.core.plan import FleetPlan, Override, Scope, Selector

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"


def machine(build, lcm):
    extension = ExtensionFacts(id="lcm", version=lcm, provisioning_state="Succeeded")
    return MachineFacts(id="/arc/m1", name="m1", status="Connected", os_version=build, lcm=extension, observed_at=NOW)


def cluster(build="10.0.26100.32814", lcm="30.2604.0.1", count=1, **changes):
    usual = ClusterFacts(
        id=ID, name="c1", location="eastus", identity_type="SystemAssigned", status="ConnectedRecently", connectivity="Connected",
        last_sync_at=NOW - timedelta(hours=1), nodes=tuple(NodeFacts(name="m1", os_version=build) for _ in range(count)),
        machines=(machine(build, lcm),) * count, workloads=(), appliances=(), custom_locations=(), locks=(), solution=ABSENT,
        settings=ABSENT, deployment=ABSENT, observed_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def override(rule, value, **changes):
    usual = Override(rule=rule, value=value, by="ada", until=date(2026, 12, 31), reason="agreed with support")
    return replace(usual, **changes)


def judged(one, *overrides, cloud="public"):
    plan = FleetPlan(digest="cd" * 32, scope=Scope(), overrides=overrides) if overrides else None
    return assess(one, plan, cloud=cloud, now=NOW)


# rule, value, cloud, cluster, finding, status without, status with
TOUCHED = [
    ("minimum-build-25398", "1800", "public", cluster("10.0.25398.1849"), "B5", Status.NOT_MET, Status.MET),
    ("minimum-build-26100", "40000", "public", cluster(), "B5", Status.MET, Status.NOT_MET),
    ("minimum-lcm", "30.2401", "public", cluster(lcm="30.2405.0.1"), "B8", Status.NOT_MET, Status.MET),
    ("minimum-lcm-government", "30.2401", "usgovernment", cluster(lcm="30.2411.0.1", location="usgovvirginia"), "support-us-government", Status.NOT_MET, Status.MET),
    ("maximum-nodes", "64", "public", cluster(count=17), "B4", Status.NOT_MET, Status.MET),
    ("maximum-nodes", "2", "public", cluster(count=3), "B4", Status.MET, Status.NOT_MET),
    ("regions-public", "northeurope", "public", cluster(location="northeurope"), "B2", Status.NOT_MET, Status.MET),
    ("regions-usgovernment", "usgovarizona", "usgovernment", cluster(location="usgovvirginia"), "B2", Status.MET, Status.NOT_MET),
    ("end-of-support-25398", "2027-04-30", "public", cluster("10.0.25398.1913"), "horizon", Status.NOT_MET, Status.MET),
    ("end-of-support-20349", "2027-04-30", "public", cluster("10.0.20349.3692"), "horizon", Status.NOT_MET, Status.MET),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "value", "cloud", "one", "check", "before", "after"),
    TOUCHED,
    ids=[f"{one[0]}-{one[1]}" for one in TOUCHED],
)
def test_an_override_changes_what_it_is_about_and_shows_in_the_verdict(rule, value, cloud, one, check, before, after):
    def found(judgement):
        return next(each for each in (*judgement.findings, *judgement.advice) if each.check == check)

    plain, other = judged(one, cloud=cloud), judged(one, override(rule, value), cloud=cloud)
    assert (found(plain).status, found(other).status) == (before, after)
    told = f"overridden by ada: {rule} is {value}, not {OPEN[rule].shown}, until 2026-12-31 (agreed with support)"
    assert told in found(other).message
    assert found(other).overridden == told
    assert other.overridden == (told,)
    assert (plain.rules, other.rules, found(other).rules) == (RULES, f"{RULES}+plan", f"{RULES}+plan")
    assert plain.overridden == ()


def test_every_rule_that_may_be_overridden_is_seen_above():
    assert {rule for rule, *_ in TOUCHED} == set(OPEN)


@pytest.mark.parametrize(("rule", "one"), [
    ("minimum-build-25398", cluster()), ("maximum-nodes", cluster()), ("regions-usgovernment", cluster()), ("end-of-support-25398", cluster()),
])  # fmt: skip
def test_an_override_shows_in_no_verdict_that_it_does_not_touch(rule, one):
    value = {"regions-usgovernment": "usgovarizona", "end-of-support-25398": "2027-01-01"}.get(rule, "64")
    found = judged(one, override(rule, value))
    assert (found.overridden, found.rules) == ((), RULES)


def test_a_candidate_by_an_override_says_so_where_its_phase_is_told():
    one = cluster("10.0.25398.1849")
    found = judged(one, override("minimum-build-25398", "1800"))
    assert found.verdict is Verdict.CANDIDATE
    assert "overridden by ada: minimum-build-25398 is 1800" in read_phase(one, found, None, NOW).message


@pytest.mark.parametrize(("changes", "holds"), [
    ({}, True), ({"until": date(2026, 11, 24)}, True), ({"until": date(2026, 11, 23)}, False),
    ({"select": Selector(names=("c*",))}, True), ({"select": Selector(names=("d*",))}, False),
])  # fmt: skip
def test_an_override_holds_through_its_last_day_and_for_the_clusters_it_selects(changes, holds):
    plan = FleetPlan(digest="cd" * 32, scope=Scope(), overrides=(override("maximum-nodes", "64", **changes),))
    assert in_force(plan, cluster(), NOW).maximum_nodes == (64 if holds else USUAL.maximum_nodes)


def test_of_several_overrides_that_fit_the_first_counts():
    first, other = override("maximum-nodes", "20", select=Selector(names=("d*",))), override("maximum-nodes", "30")
    plan = FleetPlan(digest="cd" * 32, scope=Scope(), overrides=(first, other, override("maximum-nodes", "40")))
    assert in_force(plan, cluster(), NOW).maximum_nodes == 30


def test_without_overrides_the_values_are_the_rules_own():
    assert in_force(None, cluster(), NOW) is USUAL
    assert in_force(FleetPlan(digest="", scope=Scope()), cluster(), NOW) is USUAL
