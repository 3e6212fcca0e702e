"""What is not known never starts anything, and never lets go what was held."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.decisions import STARTS, Resume, StartUpgrade, StartValidation, UpdateExtension
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
)
from azlocal.core.ids import h10, key
from azlocal.core.plan import Attestation, FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.rollout import decide_fleet
from azlocal.core.tags import Acceptance, Intent
from azlocal.core.windows import Window

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
ID = f"{SUB}/resourceGroups/rg/providers/Microsoft.AzureStackHCI/clusters/c1"
BUILD, OLD, DIGEST = "10.0.26100.32814", "10.0.20349.3692", "ab" * 32
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")
CONTROL = ControlFacts(id=f"{SUB}/resourceGroups/control", paused=False)
STATED = {key: Attestation(key=key, value="yes", by="op", until=None) for key in NEEDED_BEFORE_DEPLOY}
PLAN = FleetPlan(
    digest="cd" * 32, scope=Scope(), control=CONTROL.id, lease="/lease", attestations=tuple(STATED.values()), update_extension=True,
    rings=(Ring(name="one", select=Selector(all=True), expect=1, gate="none", windows=(ALWAYS,), failure_budget=9),),
)  # fmt: skip
INPUTS = {key(ID): Inputs(cluster_id=ID, parameters={}, digest=DIGEST, source="c1.yaml")}
LCM = ExtensionFacts(id="lcm", version="30.2604.0.1", provisioning_state="Succeeded")
MACHINE = MachineFacts(
    id=f"{SUB}/m",
    name="m1",
    status="Connected",
    os_version=BUILD,
    lcm=LCM,
    unready=(),
    principal="p",
    location="eastus",
)
CHECKED = (Step(name="Check", index="0", status="Success", started_at=NOW - HOUR, ended_at=NOW - HOUR),)


def intent(mode="validate", attempt=1, failures=0):
    return Intent(mode=mode, attempt=attempt, failures=failures, inputs=DIGEST[:12], plan="cd" * 6, at=NOW - 2 * HOUR)


VALIDATED = SettingsFacts(
    id=f"{ID}/deploymentSettings/default", mode="Validate", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
    validation_status="Success", validation_steps=CHECKED, echo=DIGEST, observed_at=NOW,
)  # fmt: skip
OURS = DeploymentFacts(id="d", provisioning_state="Succeeded", mode="validate", inputs=DIGEST[:12], attempt=1)
READY = ClusterFacts(
    id=ID, name="c1", location="eastus", tags={"azlocal-op": intent().text()}, identity_type="SystemAssigned",
    status="ConnectedRecently", connectivity="Connected", last_sync_at=NOW - HOUR, failover_name="c1-fo", version=BUILD,
    nodes=(NodeFacts(name="m1", os_version=BUILD, machine_id=MACHINE.id),), machines=(MACHINE,), workloads=(), appliances=(),
    custom_locations=(), locks=(), solution=ABSENT, settings=VALIDATED, deployment=OURS, observed_at=NOW,
)  # fmt: skip


def decide(cluster, plan=PLAN, control=CONTROL, inputs=INPUTS):
    facts = FleetFacts(cloud="public", clusters=(cluster,), control=control, observed_at=NOW)
    return decide_fleet(facts, plan, inputs, NOW).clusters[0]


def on_machine(**values):
    return lambda one: replace(one, machines=one.machines and tuple(replace(each, **values) for each in one.machines))


def on_lcm(**values):
    def change(one):
        known = [each for each in one.machines or () if isinstance(each.lcm, ExtensionFacts)]
        machines = tuple(
            replace(each, lcm=replace(each.lcm, **values)) if each in known else each for each in one.machines or ()
        )
        return replace(one, machines=machines if one.machines is not None else None)

    return change


def on_node(**values):
    return lambda one: replace(one, nodes=tuple(replace(each, **values) for each in one.nodes))


def on_settings(**values):
    def change(one):
        return (
            replace(one, settings=replace(one.settings, **values)) if isinstance(one.settings, SettingsFacts) else one
        )

    return change


def on_cluster(**values):
    return lambda one: replace(one, **values)


MISSING = {
    "location": on_cluster(location=""), "identity_type": on_cluster(identity_type=None), "status": on_cluster(status=None),
    "connectivity": on_cluster(connectivity=None), "last_sync_at": on_cluster(last_sync_at=None), "nodes": on_cluster(nodes=()),
    "machines": on_cluster(machines=None), "workloads": on_cluster(workloads=None), "locks": on_cluster(locks=None),
    "solution": on_cluster(solution=None), "settings": on_cluster(settings=None), "deployment": on_cluster(deployment=None),
    "observed_at": on_cluster(observed_at=None), "node.os_version": on_node(os_version=""),
    "machine.status": on_machine(status=""), "machine.os_version": on_machine(os_version=""), "machine.lcm": on_machine(lcm=None),
    "lcm.version": on_lcm(version=""), "lcm.provisioning_state": on_lcm(provisioning_state=""),
    "settings.mode": on_settings(mode=""), "settings.operation_type": on_settings(operation_type=""),
    "settings.provisioning_state": on_settings(provisioning_state=""),
    "settings.validation_status": on_settings(validation_status=""), "settings.validation_steps": on_settings(validation_steps=()),
    "settings.echo": on_settings(echo=None), "settings.name": on_settings(name=""),
}  # fmt: skip
"""What an upgrade rests on, each with how it goes missing."""

NO_PRECONDITION = {
    "id", "name", "tags", "failover_name", "version", "appliances", "custom_locations", "after", "error",
    "node.name", "node.manufacturer", "node.model", "node.machine_id", "node.oem_activation", "node.windows_server_subscription",
    "machine.id", "machine.name", "machine.location", "machine.principal", "machine.unready", "machine.observed_at", "lcm.id",
    "settings.id", "settings.deployment_status", "settings.deployment_steps", "settings.vault", "settings.observed_at",
}  # fmt: skip
"""What no precondition rests on: names, what a successful validation settles, and what comes only after an upgrade."""


def test_every_fact_is_either_needed_or_known_not_to_be():
    kinds = {
        "": ClusterFacts,
        "node.": NodeFacts,
        "machine.": MachineFacts,
        "lcm.": ExtensionFacts,
        "settings.": SettingsFacts,
    }
    every = {f"{prefix}{field.name}" for prefix, kind in kinds.items() for field in fields(kind)}
    assert every == MISSING.keys() | NO_PRECONDITION
    assert not MISSING.keys() & NO_PRECONDITION


def test_with_everything_known_the_upgrade_starts():
    assert isinstance(decide(READY).decision, StartUpgrade)


@pytest.mark.parametrize("name", MISSING)
def test_one_missing_fact_is_enough_to_start_no_upgrade(name):
    assert not isinstance(decide(MISSING[name](READY)).decision, StartUpgrade | Resume)


UNKNOWNS = MISSING | {
    "appliances": on_cluster(appliances=None), "custom_locations": on_cluster(custom_locations=None),
    "failover_name": on_cluster(failover_name=""), "version": on_cluster(version=""),
    "machine.unready": on_machine(unready=None), "machine.principal": on_machine(principal=""),
    "settings.deployment_status": on_settings(deployment_status=""), "settings.deployment_steps": on_settings(deployment_steps=()),
}  # fmt: skip


def without(one, names):
    for name in sorted(names):
        one = UNKNOWNS[name](one)
    return one


AROUND = {
    "control": {"control": None}, "inputs": {"inputs": {}}, "plan": {"plan": None},
    "windows": {"plan": replace(PLAN, rings=(replace(PLAN.rings[0], windows=()),))},
    **{
        f"attested {name}": {"plan": replace(PLAN, attestations=tuple(one for key, one in STATED.items() if key != name))}
        for name in STATED
    },
}  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.sets(st.sampled_from(sorted(MISSING)), min_size=1))
def test_no_combination_of_missing_facts_starts_an_upgrade(names):
    assert not isinstance(decide(without(READY, names)).decision, StartUpgrade | Resume)


@pytest.mark.parametrize("name", AROUND)
def test_what_people_have_not_given_starts_no_upgrade(name):
    assert not isinstance(decide(READY, **AROUND[name]).decision, StartUpgrade | Resume)


# from held to started


FAILED = replace(
    VALIDATED, mode="Deploy", provisioning_state="Failed", deployment_status="Error",
    deployment_steps=(Step(name="Deploy", index="0", status="Error", started_at=NOW - HOUR, ended_at=NOW - HOUR),),
)  # fmt: skip
REFUSED = replace(VALIDATED, validation_status="Error", provisioning_state="Failed")
FOREIGN = replace(VALIDATED, echo="ef" * 32)
LOCK = RelatedFacts(id=f"{SUB}/providers/Microsoft.Authorization/locks/l", kind="locks", status="ReadOnly")
WORKLOAD = RelatedFacts(id=f"{SUB}/aks", kind="microsoft.hybridcontainerservice/provisionedclusters")
BRIDGE = RelatedFacts(id=f"{SUB}/arb", kind="microsoft.resourceconnector/appliances", status="Running")
STOPPED = DeploymentFacts(
    id="d",
    provisioning_state="Failed",
    mode="validate",
    inputs=DIGEST[:12],
    attempt=1,
    error_code="RequestDisallowedByPolicy",
)
MACHINES = st.builds(
    MachineFacts, id=st.just(MACHINE.id), name=st.just("m1"), status=st.sampled_from(["Connected", "Disconnected"]),
    os_version=st.sampled_from([BUILD, OLD]),
    lcm=st.sampled_from([LCM, ABSENT, replace(LCM, version="30.2407.1.1"), replace(LCM, provisioning_state="Failed")]),
)  # fmt: skip
NODES = st.sampled_from([
    (NodeFacts(name="m1", os_version=BUILD),), (NodeFacts(name="m1", os_version=OLD),),
    (NodeFacts(name="m1", os_version="10.0.26100.1"),),
    (NodeFacts(name="m1", os_version=BUILD), NodeFacts(name="m2", os_version=BUILD)),
    tuple(NodeFacts(name=f"m{n}", os_version=BUILD) for n in range(17)),
])  # fmt: skip
TAGS = st.sampled_from([
    {}, {"azlocal-op": intent().text()}, {"azlocal-op": intent("deploy", 1).text()}, {"azlocal-op": "m=?"},
    {"azlocal-op": intent("extension").text()}, {"azlocal-attest-english-os": "v=no;by=x"},
    {"azlocal-attest-no-workloads": "v=yes;by=x"}, {"azlocal-attest-no-preview-bridge": "v=no;by=x"}, {"azlocal-hold": ""},
])  # fmt: skip
CLUSTERS = st.builds(
    ClusterFacts, id=st.just(ID), name=st.just("c1"), location=st.sampled_from(["eastus", "brazilsouth"]), tags=TAGS,
    identity_type=st.sampled_from(["SystemAssigned", "None"]), connectivity=st.sampled_from(["Connected", "Disconnected"]),
    status=st.sampled_from(["ConnectedRecently", "Disconnected", "ValidationFailed", "DeploymentFailed", "DeploymentInProgress"]),
    last_sync_at=st.sampled_from([NOW - HOUR, NOW - 50 * HOUR]), nodes=NODES, machines=st.lists(MACHINES, max_size=2).map(tuple),
    workloads=st.sampled_from([(), (WORKLOAD,)]), appliances=st.sampled_from([(), (BRIDGE,)]), custom_locations=st.just(()),
    locks=st.sampled_from([(), (LOCK,), (replace(LOCK, status="CanNotDelete"),)]),
    solution=st.sampled_from([ABSENT, SolutionFacts(id="s"), SolutionFacts(id="s", version="12.2510.1002.531")]),
    settings=st.sampled_from([ABSENT, VALIDATED, REFUSED, FAILED, FOREIGN]),
    deployment=st.sampled_from([ABSENT, OURS, STOPPED, replace(OURS, provisioning_state="Running")]), observed_at=st.just(NOW),
)  # fmt: skip
FRESH = replace(READY, settings=ABSENT, deployment=ABSENT, tags={})
BASES = (
    READY, FRESH, replace(FRESH, machines=(replace(MACHINE, lcm=ABSENT),)),
    replace(
        READY, settings=FAILED, tags={"azlocal-op": intent("deploy").text()},
        deployment=replace(OURS, provisioning_state="Failed", mode="deploy"),
    ),
    replace(READY, settings=REFUSED, deployment=replace(OURS, provisioning_state="Failed")),
)  # fmt: skip
"""What would start each in its way, the last two after a person's consent."""
NEAR = st.builds(
    lambda one, drawn, names: replace(one, **{name: getattr(drawn, name) for name in names}), st.sampled_from(BASES), CLUSTERS,
    st.sets(st.sampled_from([field.name for field in fields(ClusterFacts) if field.name not in {"id", "name"}]), max_size=4),
)  # fmt: skip
CONTROLS = st.sampled_from([
    CONTROL, replace(CONTROL, paused=True),
    replace(CONTROL, acceptances={h10(ID): Acceptance(mode="deploy", attempt=1)}),
    replace(CONTROL, acceptances={h10(ID): Acceptance(mode="validate", attempt=1)}),
])  # fmt: skip


@settings(max_examples=900, deadline=None)
@given(NEAR | CLUSTERS, CONTROLS, st.sets(st.sampled_from(sorted(UNKNOWNS)), min_size=1, max_size=3))
def test_adding_an_unknown_never_turns_what_waits_into_a_start(cluster, control, names):
    before = decide(cluster, control=control).decision
    after = decide(without(cluster, names), control=control).decision
    assert isinstance(before, STARTS) or not isinstance(after, STARTS), (before, after)


def test_the_property_above_sees_every_kind_of_start_and_of_wait():
    kinds = set()

    @settings(max_examples=900, deadline=None)
    @given(NEAR | CLUSTERS, CONTROLS)
    def collect(cluster, control):
        kinds.add(type(decide(cluster, control=control).decision).__name__)

    collect()
    starts = {one.__name__ for one in (StartValidation, StartUpgrade, UpdateExtension, Resume)}
    assert starts | {"Hold", "Wait", "Done"} <= kinds, kinds


@settings(max_examples=400, deadline=None)
@given(NEAR | CLUSTERS, st.sets(st.sampled_from(sorted(UNKNOWNS)), max_size=3))
def test_a_finding_that_does_not_pass_has_evidence_or_a_question_and_says_what_to_do(cluster, names):
    for finding in decide(without(cluster, names)).findings:
        if finding.passes:
            continue
        assert finding.remedy, finding
        assert (finding.resource_id and finding.path) or finding.question, finding
        assert finding.message
        assert finding.rule_version


@settings(max_examples=300, deadline=None)
@given(NEAR | CLUSTERS)
def test_every_finding_has_evidence_or_a_question_and_none_is_told_twice(cluster):
    found = decide(cluster).findings
    assert all((one.resource_id and one.path) or one.question for one in found)
    own = [one.check for one in found if not one.check.startswith(("val-", "failed-step"))]
    assert len(own) == len(set(own))
