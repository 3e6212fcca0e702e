"""Between the upgrades and behind the times: told for what it is, with days that can be proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from azlocal.core.candidate import assess
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    DeploymentFacts,
    MachineFacts,
    NodeFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
)
from azlocal.core.findings import Status
from azlocal.core.limbo import limbo, support_of
from azlocal.core.overrides import USUAL
from azlocal.core.tags import Intent

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEW, OLD, MIDDLE = "10.0.26100.32814", "10.0.20349.3692", "10.0.25398.1904"
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"
PASSED = SettingsFacts(
    id=f"{ID}/deploymentSettings/default", mode="Validate", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
    validation_status="Success", validation_steps=(Step(name="Check", ended_at=NOW - 12 * DAY),),
)  # fmt: skip
OURS = DeploymentFacts(id="ours", provisioning_state="Failed", mode="validate", intended_at=NOW - 20 * DAY)


def tag(at):
    intent = Intent(mode="validate", attempt=1, failures=0, inputs="a" * 12, plan="b" * 12, at=at)
    return {"azlocal-op": intent.text()}


def nodes(*builds):
    return tuple(NodeFacts(name=f"n{place}", os_version=build) for place, build in enumerate(builds, 1))


def cluster(**changes):
    usual = ClusterFacts(
        id=ID, name="c1", location="eastus", identity_type="SystemAssigned", status="ConnectedRecently", connectivity="Connected",
        last_sync_at=NOW - HOUR, nodes=nodes(NEW, NEW), machines=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
        observed_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def told(check, **changes):
    advice = assess(cluster(**changes), None, cloud="public", now=NOW).advice
    return next((one for one in advice if one.check == check), None)


@pytest.mark.parametrize(("changes", "since", "shown_by", "days"), [
    ({}, NOW - HOUR, "its last census shows the new OS", 0),
    ({"last_sync_at": NOW - 3 * DAY}, NOW - 3 * DAY, "its last census shows the new OS", 3),
    ({"tags": tag(NOW - 9 * DAY)}, NOW - 9 * DAY, "azlocal announced a start (validate)", 9),
    ({"settings": PASSED}, NOW - 12 * DAY, "its validation succeeded", 12),
    ({"settings": PASSED, "deployment": OURS}, NOW - 20 * DAY, "azlocal's deployment (validate) was announced", 20),
    ({"nodes": nodes(MIDDLE)}, NOW - HOUR, "its last census shows the new OS", 0),
    ({"solution": SolutionFacts(id="s")}, NOW - HOUR, "its last census shows the new OS", 0),
])  # fmt: skip
def test_the_stay_between_the_upgrades_is_as_long_as_its_oldest_proof(changes, since, shown_by, days):
    stay = limbo(cluster(**changes))
    assert (stay.since, stay.shown_by, stay.days(NOW)) == (since, shown_by, days)
    finding = told("limbo", **changes)
    assert (finding.status, finding.severity) == (Status.NOT_MET, "warning")
    assert f"so for {days} day{'' if days == 1 else 's'} or more" in finding.message
    assert finding.value == f"{since:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("changes", [
    {"nodes": nodes(OLD)}, {"nodes": nodes(NEW, OLD)}, {"nodes": ()}, {"nodes": nodes(NEW, "")}, {"nodes": nodes("10.0.17784.1")},
    {"solution": SolutionFacts(id="s", version="12.2510.1002.531")}, {"solution": None}, {"error": "unreadable"}, {"last_sync_at": None},
])  # fmt: skip
def test_a_cluster_that_is_not_shown_to_be_between_the_upgrades_is_not_said_to_be(changes):
    assert limbo(cluster(**changes)) is None
    assert told("limbo", **changes) is None


@pytest.mark.parametrize("settings", [
    replace(PASSED, validation_status="Error"), replace(PASSED, operation_type="Deployment"), replace(PASSED, validation_steps=()),
])  # fmt: skip
def test_only_a_validation_of_an_upgrade_that_succeeded_at_a_known_time_proves_the_new_os(settings):
    assert limbo(cluster(settings=settings)).since == NOW - HOUR


def test_a_clock_that_runs_ahead_makes_no_days():
    assert limbo(cluster(last_sync_at=NOW + DAY)).days(NOW) == 0


def test_a_census_older_than_its_limit_is_a_finding_of_its_own():
    finding = told("census-stale", last_sync_at=NOW - 50 * HOUR)
    assert (finding.status, finding.value) == (Status.NOT_MET, "2026-11-22T10:00:00Z")
    assert "50 h ago" in finding.message
    assert told("census-stale", last_sync_at=NOW - 24 * HOUR) is None


def test_a_cluster_that_never_synced_is_a_finding_of_its_own():
    finding = told("never-synced", last_sync_at=None)
    assert (finding.status, finding.path) == (Status.UNKNOWN, "lastSyncTimestamp")
    assert told("census-stale", last_sync_at=None) is None
    assert told("never-synced") is None


def machine(name, build, **changes):
    return replace(MachineFacts(id=f"/arc/{name}", name=name, os_version=build, observed_at=NOW - HOUR), **changes)


@pytest.mark.parametrize(("node", "arc", "differ"), [
    (NodeFacts(name="n1", os_version=OLD), machine("n1", NEW), True),
    (NodeFacts(name="n1", os_version=OLD, machine_id="/ARC/other"), machine("other", NEW), True),
    (NodeFacts(name="N1", os_version=NEW), machine("n1", NEW), False), (NodeFacts(name="n1", os_version=OLD), machine("n2", NEW), False),
    (NodeFacts(name="n1", os_version=""), machine("n1", NEW), False), (NodeFacts(name="n1", os_version=OLD), machine("n1", ""), False),
])  # fmt: skip
def test_a_build_that_cluster_and_machine_report_differently_is_a_finding_of_its_own(node, arc, differ):
    finding = told("builds-differ", nodes=(node,), machines=(arc,))
    assert (finding is not None) is differ
    if finding is not None:
        assert (finding.resource_id, finding.value, finding.observed_at) == (arc.id, NEW, NOW - HOUR)
        assert OLD in finding.message


@pytest.mark.parametrize(("builds", "status", "words"), [
    ((OLD,), Status.NOT_MET, "20349 (22H2): out of support since 2025-05-31"),
    ((MIDDLE, NEW), Status.NOT_MET, "25398 (23H2): out of support since 2026-04-30"), ((NEW,), Status.MET, "26100 (24H2): current"),
])  # fmt: skip
def test_the_support_horizon_is_that_of_the_oldest_build(builds, status, words):
    finding = told("horizon", nodes=nodes(*builds))
    assert (finding.status, finding.message) == (status, words)
    assert bool(finding.remedy) is (status is Status.NOT_MET)


@pytest.mark.parametrize("builds", [(), ("",), ("10.0.17784.1",)])
def test_a_build_that_nobody_knows_has_no_horizon(builds):
    assert told("horizon", nodes=nodes(*builds)) is None
    assert support_of(cluster(nodes=nodes(*builds)), USUAL, NOW.date()) == ""


@pytest.mark.parametrize(("build", "day", "words"), [
    (MIDDLE, NOW.replace(month=4, day=30), "23H2, supported until 2026-04-30"),
    (MIDDLE, NOW.replace(month=5, day=1), "23H2, out of support since 2026-04-30"), (NEW, NOW, "24H2, current"),
])  # fmt: skip
def test_support_in_words_counts_its_last_day(build, day, words):
    assert support_of(cluster(nodes=nodes(build)), USUAL, day.date()) == words


@pytest.mark.parametrize(("changes", "way"), [
    ({"nodes": nodes(OLD)}, "upgrade the OS"), ({"nodes": nodes(MIDDLE)}, "take the solution upgrade"),
    ({"nodes": nodes(MIDDLE), "solution": SolutionFacts(id="s", version="10.2510.1.1")}, "install the updates that lead to 26100"),
])  # fmt: skip
def test_the_way_on_from_an_old_build_is_the_next_step_of_its_road(changes, way):
    assert told("horizon", **changes).remedy.startswith(way)
