"""What the named scenarios promise, and what the generated ones do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.data.regions import SUPPORTED
from azlocal.core.data.thresholds import MINIMUM_REVISION
from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.core.versions import os_build
from azlocal.files.inputs_file import read_inputs
from azlocal.files.plan_file import read_plan
from azlocal.sandbox.documents_hci import settings_request
from azlocal.sandbox.scenarios import load
from azlocal.sandbox.scenarios.inputs import input_text, others_parameters, own_parameters, parameters
from azlocal.sandbox.scenarios.model import ClusterSpec, Scenario
from azlocal.sandbox.scenarios.plan import control_id, plan_text

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
NAMED = ("fleet-small", "single-happy", "single-validation-fails", "single-upgrade-fails-and-resumes")


def ring_of(spec: ClusterSpec) -> str:
    return spec.tags.get("azlocal-ring", "")


def rings(scenario: Scenario) -> Counter[str]:
    return Counter(ring_of(one) for one in scenario.clusters)


# fleet-small


def test_fleet_small_has_twenty_four_clusters_and_a_big_first_subscription():
    scenario = load("fleet-small")
    first = scenario.subscriptions[0].id
    assert len(scenario.clusters) == 24
    assert sum(one.subscription == first for one in scenario.clusters) >= 12


def test_the_first_listed_cluster_of_fleet_small_is_nothing_special():
    scenario = load("fleet-small")
    first = scenario.clusters[0]
    assert first.subscription == scenario.subscriptions[0].id
    assert first.group not in {scenario.places.control, scenario.places.operations}
    assert not any(group.locks for group in scenario.groups if group.name == first.group)
    assert scenario.faults == ()
    assert "azlocal-hold" not in first.tags
    # ARM lists by age, the sandbox in the order of the file: by name it would be the same one.
    assert first.name == min(one.name for one in scenario.clusters)


def test_two_clusters_of_fleet_small_share_a_group_and_may_start_at_once():
    scenario = load("fleet-small")
    groups = Counter((one.subscription, one.group) for one in scenario.clusters)
    shared = next(group for group, count in groups.items() if count == 2)
    pair = [one for one in scenario.clusters if (one.subscription, one.group) == shared]
    ring = next(one for one in scenario.plan["rings"] if one["name"] == ring_of(pair[0]))
    assert ring_of(pair[0]) == ring_of(pair[1])
    assert int(ring["maxConcurrent"]) >= 2


def test_a_cluster_of_fleet_small_has_its_machines_in_another_group():
    assert any(one.machine_group != one.group for one in load("fleet-small").clusters)


def test_what_fleet_small_holds_back_never_stands_before_a_ring_that_must_open():
    scenario = load("fleet-small")
    stories = {one.name: one for one in scenario.clusters}
    for ring in ("canary", "early"):
        for one in scenario.clusters:
            if ring_of(one) == ring:
                assert one.inputs is not None
                assert all(
                    os_build(node.os_version)[1] >= MINIMUM_REVISION[os_build(node.os_version)[0]]
                    for node in one.machines
                )
                assert one.behaviour.upgrades[-1].ends == "success"
    assert set(scenario.people.resume) <= set(stories)
    assert set(scenario.people.approve) == {
        one["name"] for one in scenario.plan["rings"] if one["gate"] == "approval"
    } - {"tail"}


# single-happy


def test_single_happy_needs_nobody():
    plan = read_plan(plan_text(load("single-happy"), NOW), "plan.yaml")
    ring = plan.rings[0]
    assert (len(plan.rings), ring.expect, ring.gate, ring.soak.total_seconds()) == (1, 1, "none", 0)
    assert ring.windows[0].days == frozenset(range(7))
    assert ring.windows[0].opens == ring.windows[0].closes
    assert {one.key for one in plan.attestations if one.value == "yes"} >= set(NEEDED_BEFORE_DEPLOY)
    assert plan.lease
    assert plan.control


def test_the_secret_of_every_inputs_file_has_a_version():
    for name in NAMED:
        for one in load(name).clusters:
            assert len(parameters(one)["lcmSecretUri"].rsplit("/", 1)[-1]) == 32


# every scenario


@pytest.mark.parametrize("name", [*NAMED, "fleet-1", "fleet-7", "fleet-130"])
def test_the_plan_of_a_scenario_is_one_that_azlocal_reads(name: str):
    scenario = load(name)
    plan = read_plan(plan_text(scenario, NOW), "plan.yaml")
    assert plan.control == control_id(scenario)
    assert set(plan.scope.subscriptions) == {one.id for one in scenario.subscriptions}
    assert {ring.name: ring.expect for ring in plan.rings} == {
        name: count for name, count in rings(scenario).items() if name
    }
    assert all(one.until is not None and one.until > NOW.date() for one in plan.attestations)


@pytest.mark.parametrize("name", NAMED)
def test_inputs_give_the_configuration_that_the_upgrade_template_sends(name: str):
    for one in load(name).clusters:
        sent = settings_request("Validate", parameters(one), one.name)["properties"]
        assert digest_of_properties(sent) == digest_of_properties(settings_properties(parameters(one), one.name))


def test_inputs_that_say_something_else_give_the_configuration_that_azlocal_would_send():
    one = replace(load("single-happy").clusters[0], inputs={"namingPrefix": "OSLO", "euLocation": False})
    sent = settings_request("Validate", own_parameters(one), one.name)["properties"]
    assert digest_of_properties(sent) == digest_of_properties(settings_properties(own_parameters(one), one.name))
    assert sent["deploymentConfiguration"]["scaleUnits"][0]["deploymentData"]["namingPrefix"] == "OSLO"


def test_what_somebody_else_sent_is_another_configuration():
    one = load("single-happy").clusters[0]
    own, other = (
        settings_request("Deploy", told, one.name)["properties"] for told in (parameters(one), others_parameters(one))
    )
    assert digest_of_properties(own) != digest_of_properties(other)


def test_an_inputs_file_says_what_its_scenario_says_instead():
    one = replace(load("single-happy").clusters[0], inputs={"namingPrefix": "OSLO", "euLocation": False})
    text = input_text(one)
    assert 'namingPrefix: "OSLO"' in text
    assert "euLocation: false" in text
    found = read_inputs({"clu-oslo-01.yaml": text}, [(one.id, one.name)])
    assert [told.problems for told in found.values()] == [()]


@pytest.mark.parametrize("name", [*NAMED, "fleet-30"])
def test_the_inputs_of_a_scenario_are_ones_that_azlocal_reads_and_takes(name: str):
    clusters = load(name).clusters
    told = {f"{one.name}.yaml": input_text(one) for one in clusters if one.inputs is not None}
    found = read_inputs(told, [(one.id, one.name) for one in clusters])
    assert {key for key, one in found.items() if one.problems} == set()
    assert set(found) == {one.id.lower() for one in clusters if one.inputs is not None}
    for one in clusters:
        if one.inputs is not None:
            sent = settings_request("Deploy", own_parameters(one), one.name)["properties"]
            assert found[one.id.lower()].digest == digest_of_properties(sent)


# fleet-N


@given(count=st.integers(1, 1200), seed=st.integers(0, 5))
def test_a_generated_fleet_keeps_its_promises(count: int, seed: int):
    scenario = load(f"fleet-{count}", seed)
    clusters = scenario.clusters
    assert len({one.id.lower() for one in clusters}) == len(clusters) == count
    assert len({machine.lower() for one in clusters for machine in one.machine_ids}) == sum(
        len(one.machines) for one in clusters
    )
    assert len({one.failover_name for one in clusters}) == count
    assert max(Counter(one.subscription for one in clusters).values()) <= 1000
    in_rings = {name: number for name, number in rings(scenario).items() if name}
    assert max(in_rings.values()) <= 50
    assert sum(in_rings.values()) == min((count + 1) // 2, 500)
    assert [one["name"] for one in scenario.plan["rings"]] == sorted(in_rings)
    assert scenario.faults == ()


@given(count=st.integers(1, 300), seed=st.integers(0, 5))
def test_every_planned_cluster_of_a_generated_fleet_can_be_upgraded_or_is(count: int, seed: int):
    for one in load(f"fleet-{count}", seed).clusters:
        if not ring_of(one) or one.solution:
            continue
        assert one.inputs is not None
        assert one.region in SUPPORTED["public"]
        assert one.identity == "SystemAssigned"
        assert one.workloads == ()
        assert {machine.status for machine in one.machines} == {"Connected"}
        assert all(
            os_build(node.os_version)[1] >= MINIMUM_REVISION[os_build(node.os_version)[0]] for node in one.machines
        )
        assert one.behaviour.upgrades[0].ends == one.behaviour.validations[0].ends == "success"


def test_a_seed_decides_a_generated_fleet():
    assert load("fleet-60", 3) == load("fleet-60", 3)
    assert load("fleet-60", 3) != load("fleet-60", 4)


def test_a_large_generated_fleet_has_clusters_of_one_to_four_nodes_mostly_two():
    sizes = Counter(len(one.machines) for one in load("fleet-600").clusters)
    assert set(sizes) == {1, 2, 3, 4}
    assert sizes[2] > 300


def test_site_addresses_of_a_generated_fleet_are_addresses_of_their_own():
    prefixes = [one.network.prefix for one in load("fleet-3000").clusters]
    assert len(set(prefixes)) == 3000
    assert all(0 <= int(part) <= 255 for prefix in prefixes for part in prefix.split("."))
