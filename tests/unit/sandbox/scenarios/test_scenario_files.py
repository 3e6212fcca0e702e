"""Scenario files are read strictly: what is wrong is named, and nothing is guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from azlocal.sandbox.scenarios import load, loader, names
from azlocal.sandbox.scenarios.model import ScenarioError

LEAST = """
version: azlocal.sandbox/1
about: the least there can be
subscriptions:
- name: Only
clusters:
- name: clu-oslo-01
"""


def test_a_file_may_leave_out_everything_that_has_a_default():
    scenario = loader.read(LEAST, "least")
    cluster = scenario.clusters[0]
    assert (cluster.region, cluster.group, cluster.machine_group) == (
        "westeurope",
        "rg-azlocal-oslo",
        "rg-azlocal-oslo",
    )
    assert [one.name for one in cluster.machines] == ["oslo-01-n1", "oslo-01-n2"]
    assert cluster.failover_name == "OSLOHCI01"
    assert cluster.synced_ago == timedelta(minutes=25)


def test_a_build_keeps_its_last_zero():
    scenario = loader.read(LEAST + "  os: 25398.1910\n", "zero")
    assert {one.os_version for one in scenario.clusters[0].machines} == {"10.0.25398.1910"}


def test_values_for_each_node_are_told_in_the_order_of_the_nodes():
    text = (
        LEAST
        + "  nodes: [a, b, c]\n  os: [26100.33158, 26100.33158, 20349.2700]\n  lcm: [missing, failed, 30.2405.1.2]\n"
    )
    machines = loader.read(text, "nodes").clusters[0].machines
    assert [(one.name, one.lcm, one.lcm_state) for one in machines] == [
        ("a", "", "Succeeded"), ("b", "30.2604.0.2017", "Failed"), ("c", "30.2405.1.2", "Succeeded"),
    ]  # fmt: skip
    assert machines[2].os_version == "10.0.20349.2700"


def test_a_census_behind_the_machines_is_kept_apart():
    machine = loader.read(LEAST + "  census: 20349.2700\n", "stale").clusters[0].machines[0]
    assert (machine.reported_version, machine.os_version) == ("10.0.20349.2700", "10.0.26100.33158")


def test_what_a_cluster_says_beats_the_defaults():
    scenario = loader.read(
        LEAST.replace("clusters:", "defaults: {nodes: '4', model: X}\nclusters:") + "  nodes: 1\n", "d"
    )
    assert (len(scenario.clusters[0].machines), scenario.clusters[0].hardware.model) == (1, "X")


@pytest.mark.parametrize(
    "added, said",
    [
        ("  nodse: 3\n", "clusters[0].nodse: unknown key"),
        ("  nodes: 65\n", "clusters[0] (clu-oslo-01).nodes: a cluster has 1 to 64 nodes, not 65"),
        ("  nodes: many\n", "nodes: a whole number is wanted, not 'many'"),
        ("  os: 22H2\n", "os: '22H2' is no build such as 26100.33158"),
        ("  os: [26100.33158, 26100.33158, 26100.33158]\n", "os: one value or 2 are wanted, one for each node, not 3"),
        ("  status: Fine\n", "status: 'Fine' is not one of"),
        ("  identity: UserAssigned\n", "identity: 'UserAssigned' is not one of SystemAssigned, None"),
        ("  syncedAgo: 3 hours\n", "syncedAgo: '3 hours' is not an ISO 8601 duration"),
        ("  syncedAgo: P\n", "syncedAgo: 'P' is not an ISO 8601 duration"),
        ("  workloads: [docker]\n", "workloads: a workload is aks, vm or bridge"),
        ("  subscription: Other\n", "subscription: 'Other' is none of Only"),
        ("  past: [{mode: Validate}]\n", "past[0].ago: missing"),
        ("  past: [{mode: Repair, ago: PT1H}]\n", "past[0].mode: 'Repair' is not one of Validate, Deploy"),
        ("  inputs: {gateway: 10.0.0.1}\n", "inputs.gateway: unknown key"),
        ("  inputs: some\n", "inputs: a mapping is wanted, not 'some'"),
        ("  behaviour: {upgrade: [success]}\n", "behaviour.upgrade: unknown key"),
        ("  behaviour: {upgrades: [sucess]}\n", "behaviour.upgrades[0].ends: 'sucess' is not one of success"),
        ("  behaviour: {validations: [refused]}\n", "behaviour.validations[0].ends: 'refused' is not one of"),
        ("  behaviour: {syncs: perhaps}\n", "behaviour.syncs: 'perhaps' is not one of true, false"),
        ("  osUpgrade: {to: 26100.33158}\n", "osUpgrade.to: after and a build"),
        ("- name: CLU-OSLO-01\n", "clusters: 'clu-oslo-01' stands twice"),
        ("- {}\n", "clusters[1].name: missing"),
        ("switches: {echo: loud}\n", "switches.echo: 'loud' is not one of complete"),
        ("switches: {ecco: complete}\n", "switches.ecco: unknown key"),
        ("faults: [{kind: status, sattus: '500'}]\n", "faults[0].sattus: unknown key"),
        ("faults: [{kind: slow, seconds: long}]\n", "faults[0].seconds: 'long' is no number of seconds"),
        ("groups: [{name: g, locks: [Never]}]\n", "groups[0].locks: a lock is CanNotDelete or ReadOnly"),
        ("plan: {ring: []}\n", "plan.ring: unknown key"),
        ("plan: {exclude: [clu-x]}\n", "plan.exclude: 'clu-x' is no cluster of this scenario"),
        ("people: {resume: [clu-x]}\n", "people.resume: 'clu-x' is no cluster of this scenario"),
        ("places: {lease: ''}\n", "places.lease: a text is wanted"),
        ("colour: blue\n", "colour: unknown key"),
        ("pageSize: x\n", "pageSize: a whole number is wanted"),
        ("\t\n", "not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(added: str, said: str):
    with pytest.raises(ScenarioError) as told:
        loader.read(LEAST + added, "wrong")
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "text, said",
    [
        (LEAST.replace("version: azlocal.sandbox/1", ""), "version: missing"),
        (LEAST.replace("sandbox/1", "sandbox/2"), "version: 'azlocal.sandbox/2' is not one of azlocal.sandbox/1"),
        (LEAST.replace("about: the least there can be", ""), "about: missing"),
        (LEAST.replace("\n- name: Only", " []"), "subscriptions: at least one is wanted"),
        (LEAST.replace("\n- name: clu-oslo-01", " []"), "clusters: at least one is wanted"),
        ("- a\n- b\n", "the file: a mapping is wanted"),
        ("", "the file: a mapping is wanted"),
    ],
)
def test_a_file_without_what_it_needs_is_refused(text: str, said: str):
    with pytest.raises(ScenarioError, match=said.replace("(", r"\(")):
        loader.read(text, "wrong")


@pytest.mark.parametrize("name", ["fleet", "fleet-0", "fleet-x", "single", "fleet-1000000"])
def test_an_unknown_scenario_is_refused_by_name(name: str):
    with pytest.raises(ScenarioError, match=name):
        load(name)


def test_a_file_of_ones_own_is_a_scenario(tmp_path):
    place = tmp_path / "mine.yaml"
    place.write_text(LEAST, "utf-8")
    assert load(str(place)).name == "mine"


def test_a_file_that_is_not_there_is_refused_by_its_path(tmp_path):
    with pytest.raises(ScenarioError, match=r"absent\.yaml"):
        load(str(tmp_path / "absent.yaml"))


def test_a_mistake_in_a_file_names_the_file(tmp_path):
    place = tmp_path / "mine.yaml"
    place.write_text(LEAST + "colour: blue\n", "utf-8")
    with pytest.raises(ScenarioError, match=r"^mine\.yaml: colour: unknown key"):
        load(str(place))


def test_every_named_scenario_has_a_line_of_its_own():
    known = dict(names())
    assert set(known) >= {
        "fleet-small",
        "single-happy",
        "single-validation-fails",
        "single-upgrade-fails-and-resumes",
        "fleet-N",
    }
    assert all(about and "\n" not in about for about in known.values())
