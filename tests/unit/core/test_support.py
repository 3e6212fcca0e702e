"""The support matrix: what each row says of the OS upgrade and of the solution upgrade, by which evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from azlocal.core.attestations import QUESTIONS
from azlocal.core.candidate import Verdict, assess
from azlocal.core.data.support import ANY, NO, ROWS, UNKNOWN, YES
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    DeploymentFacts,
    ExtensionFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
)
from azlocal.core.findings import Status
from azlocal.core.locks import Locks, scope_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUB}/resourceGroups/RG-Oslo"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/c1"
BUILD, OLD = "10.0.26100.32814", "10.0.20349.3692"
ROW_IDS = (
    "aks-hybrid", "arc-vms-preview", "preview-bridge", "stretched", "scvmm", "22h2sp", "region", "china", "us-government", "oem",
    "language", "third-party-tooling", "already-solution", "single-node", "node-count", "licences", "hyper-v-vms", "locks", "san",
    "policy",
)  # fmt: skip


def lock(scope, level="CanNotDelete", name="keep"):
    return RelatedFacts(id=f"{scope}/providers/Microsoft.Authorization/locks/{name}", kind="locks", status=level)


def machine(version="30.2604.0.1", n=1):
    lcm = ExtensionFacts(id="lcm", version=version, provisioning_state="Succeeded")
    return MachineFacts(
        id=f"{SUB}/resourceGroups/arc/providers/Microsoft.HybridCompute/machines/m{n}", name=f"m{n}", status="Connected",
        os_version=BUILD, lcm=lcm, observed_at=NOW,
    )  # fmt: skip


def said(**answers):
    return {f"azlocal-attest-{key.replace('_', '-')}": f"v={word};by=ada" for key, word in answers.items()}


def cluster(**changes):
    usual = ClusterFacts(
        id=ID, name="c1", location="eastus", identity_type="SystemAssigned", status="ConnectedRecently", connectivity="Connected",
        last_sync_at=NOW - timedelta(hours=1), nodes=(NodeFacts(name="m1", os_version=BUILD),), machines=(machine(),),
        workloads=(), appliances=(), custom_locations=(), locks=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
        observed_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def judged(cloud="public", **changes):
    return assess(cluster(**changes), None, cloud=cloud, now=NOW)


def row(name, **changes):
    return next(one for one in judged(**changes).support if one.row.id == name)


AKS = RelatedFacts(id=f"{GROUP}/aks-1", kind="microsoft.hybridcontainerservice/provisionedclusters")
CONNECTED = RelatedFacts(id=f"{GROUP}/kube-1", kind="microsoft.kubernetes/connectedclusters")
VM = RelatedFacts(id=f"{GROUP}/vm-1", kind="microsoft.azurestackhci/virtualmachines")
BRIDGE = RelatedFacts(id=f"{GROUP}/c1-arb", kind="microsoft.resourceconnector/appliances", status="Running")
PLACE = RelatedFacts(id=f"{GROUP}/old-cl", kind="microsoft.extendedlocation/customlocations")
PASSED = SettingsFacts(
    id=f"{ID}/deploymentSettings/default", mode="Validate", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
    validation_status="Success",
)  # fmt: skip
DENIED = DeploymentFacts(
    id="d", provisioning_state="Failed", error_code="RequestDisallowedByPolicy", error_message="no extensions"
)
MET, NOT_MET, OPEN, STATED = Status.MET, Status.NOT_MET, Status.UNKNOWN, Status.ATTESTED

# row, what is so, status, OS upgrade, solution upgrade
CASES = [
    ("aks-hybrid", {"workloads": (AKS,)}, NOT_MET, NO, NO), ("aks-hybrid", {"workloads": (CONNECTED,)}, NOT_MET, NO, NO),
    ("aks-hybrid", {}, OPEN, UNKNOWN, UNKNOWN), ("aks-hybrid", {"workloads": (VM,)}, OPEN, UNKNOWN, UNKNOWN),
    ("aks-hybrid", {"tags": said(no_workloads="yes")}, STATED, YES, YES), ("aks-hybrid", {"settings": PASSED}, MET, YES, YES),
    ("aks-hybrid", {"tags": said(no_workloads="no")}, NOT_MET, NO, NO),
    ("arc-vms-preview", {"workloads": (VM,)}, NOT_MET, NO, NO), ("arc-vms-preview", {"workloads": (AKS,)}, OPEN, UNKNOWN, UNKNOWN),
    ("arc-vms-preview", {"settings": PASSED}, MET, YES, YES),
    ("aks-hybrid", {"workloads": None, "settings": PASSED, "tags": said(no_workloads="yes")}, OPEN, UNKNOWN, UNKNOWN),
    ("preview-bridge", {}, MET, ANY, YES), ("preview-bridge", {"appliances": (BRIDGE,)}, OPEN, ANY, UNKNOWN),
    ("preview-bridge", {"custom_locations": (PLACE,)}, OPEN, ANY, UNKNOWN), ("preview-bridge", {"appliances": None}, OPEN, ANY, UNKNOWN),
    ("preview-bridge", {"appliances": (BRIDGE,), "tags": said(no_preview_bridge="yes")}, STATED, ANY, YES),
    ("preview-bridge", {"tags": said(no_preview_bridge="no")}, NOT_MET, ANY, NO),
    ("preview-bridge", {"appliances": None, "tags": said(no_preview_bridge="no")}, NOT_MET, ANY, NO),
    ("preview-bridge", {"appliances": None, "tags": said(no_preview_bridge="yes")}, OPEN, ANY, UNKNOWN),
    ("preview-bridge", {"appliances": (BRIDGE,), "settings": PASSED}, MET, ANY, YES),
    ("stretched", {}, OPEN, UNKNOWN, UNKNOWN), ("stretched", {"tags": said(not_stretched="yes")}, STATED, YES, YES),
    ("stretched", {"tags": said(not_stretched="no")}, NOT_MET, NO, NO), ("stretched", {"settings": PASSED}, MET, YES, YES),
    ("scvmm", {}, OPEN, UNKNOWN, UNKNOWN), ("scvmm", {"tags": said(not_scvmm="yes")}, STATED, YES, YES),
    ("scvmm", {"tags": said(not_scvmm="no")}, NOT_MET, UNKNOWN, UNKNOWN), ("scvmm", {"settings": PASSED}, OPEN, UNKNOWN, UNKNOWN),
    ("22h2sp", {}, OPEN, UNKNOWN, UNKNOWN), ("22h2sp", {"tags": said(not_22h2sp="no")}, NOT_MET, NO, NO),
    ("22h2sp", {"tags": said(not_22h2sp="yes")}, STATED, YES, YES), ("22h2sp", {"settings": PASSED}, OPEN, UNKNOWN, UNKNOWN),
    ("region", {}, MET, ANY, YES), ("region", {"location": "northeurope"}, NOT_MET, ANY, NO), ("region", {"location": ""}, OPEN, ANY, UNKNOWN),
    ("china", {}, MET, ANY, YES), ("china", {"cloud": "china", "location": "chinaeast2"}, NOT_MET, ANY, NO),
    ("china", {"cloud": "custom"}, OPEN, ANY, UNKNOWN),
    ("us-government", {}, MET, YES, YES), ("us-government", {"cloud": "usgovernment"}, MET, YES, YES),
    ("us-government", {"cloud": "usgovernment", "machines": (machine("30.2503.0.881"),)}, NOT_MET, YES, NO),
    ("us-government", {"cloud": "usgovernment", "machines": None}, OPEN, YES, UNKNOWN),
    ("us-government", {"cloud": "usgovernment", "machines": (machine("30.2503.0.881"),), "settings": PASSED}, MET, YES, YES),
    ("oem", {}, OPEN, UNKNOWN, UNKNOWN), ("oem", {"tags": said(oem_supported="yes")}, STATED, YES, YES),
    ("oem", {"tags": said(oem_supported="no")}, NOT_MET, NO, NO),
    ("language", {}, OPEN, ANY, UNKNOWN), ("language", {"tags": said(english_os="no")}, NOT_MET, ANY, NO),
    ("language", {"tags": said(english_os="yes")}, STATED, ANY, YES), ("language", {"settings": PASSED}, MET, ANY, YES),
    ("third-party-tooling", {}, OPEN, UNKNOWN, ANY), ("third-party-tooling", {"tags": said(supported_tool="no")}, NOT_MET, NO, ANY),
    ("third-party-tooling", {"tags": said(supported_tool="yes")}, STATED, YES, ANY),
    ("already-solution", {}, MET, YES, YES),
    ("single-node", {}, MET, YES, YES), ("single-node", {"nodes": ()}, OPEN, YES, YES),
    ("node-count", {}, MET, ANY, YES), ("node-count", {"nodes": tuple(NodeFacts(name=str(n), os_version=BUILD) for n in range(17))}, NOT_MET, ANY, NO),
    ("node-count", {"nodes": ()}, OPEN, ANY, UNKNOWN),
    ("licences", {"nodes": (NodeFacts(name="m1", os_version=BUILD, oem_activation="Enabled"),)}, MET, YES, YES),
    ("hyper-v-vms", {}, MET, YES, YES),
    ("locks", {}, MET, ANY, YES), ("locks", {"locks": None}, OPEN, ANY, UNKNOWN), ("locks", {"locks": (lock(GROUP),)}, NOT_MET, ANY, NO),
    ("locks", {"locks": (lock(GROUP), lock(SUB, "ReadOnly"))}, NOT_MET, ANY, NO),
    ("san", {}, OPEN, ANY, UNKNOWN), ("san", {"tags": said(s2d_storage="no")}, NOT_MET, ANY, NO), ("san", {"settings": PASSED}, MET, ANY, YES),
    ("policy", {}, OPEN, ANY, UNKNOWN), ("policy", {"deployment": DENIED}, NOT_MET, ANY, NO),
    ("policy", {"tags": said(policy_allows="yes")}, STATED, ANY, YES), ("policy", {"settings": PASSED}, MET, ANY, YES),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "status", "os", "solution"),
    CASES,
    ids=[f"{one[0]}-{one[2]}-{number}" for number, one in enumerate(CASES)],
)
def test_a_row_says_what_holds_for_both_upgrades_by_its_evidence(name, changes, status, os, solution):
    one = row(name, **changes)
    assert (one.finding.status, one.os, one.solution) == (status, os, solution)
    assert one.finding.message
    if not one.finding.passes:
        assert one.finding.remedy
        assert (one.finding.resource_id and one.finding.path) or one.finding.question


def test_the_matrix_has_every_row_of_the_support_table_and_every_row_is_seen_above():
    assert tuple(one.row.id for one in judged().support) == ROW_IDS
    assert {name for name, *_ in CASES} == set(ROW_IDS)


@pytest.mark.parametrize("one", [one for one in ROWS if one.key], ids=lambda one: one.id)
def test_a_row_that_azure_cannot_show_asks_a_question_that_operators_can_answer(one):
    assert one.key in QUESTIONS
    if one.settled_by == "attestation":
        assert row(one.id).finding.settled_by == "attestation"


@pytest.mark.parametrize("name", ["aks-hybrid", "arc-vms-preview", "stretched", "language", "san", "policy"])
def test_what_a_validation_may_settle_says_so_and_is_settled_by_its_success(name):
    assert row(name).finding.settled_by == "validation"
    settled = row(name, settings=PASSED).finding
    assert (settled.status, settled.resource_id, settled.value) == (Status.MET, PASSED.id, "Success")


@pytest.mark.parametrize("changes", [
    {"validation_status": "Error", "provisioning_state": "Failed"}, {"provisioning_state": "Failed"}, {"operation_type": "Deployment"},
    {"mode": "Deploy", "validation_status": "Error"}, {"mode": ""},
])  # fmt: skip
def test_a_validation_that_did_not_succeed_settles_nothing(changes):
    assert row("language", settings=replace(PASSED, **changes)).finding.status is Status.UNKNOWN


def test_an_upgrade_that_went_on_from_a_validation_settles_as_much():
    assert row("language", settings=replace(PASSED, mode="Deploy")).finding.status is Status.MET


@pytest.mark.parametrize(("build", "severity", "verdict"), [
    (OLD, "warning", Verdict.OS_UPGRADE_REQUIRED), (BUILD, "blocking", Verdict.BLOCKED),
])  # fmt: skip
def test_sources_differ_on_when_aks_must_go_so_it_warns_before_the_os_upgrade_and_blocks_after_it(
    build, severity, verdict
):
    on = {"nodes": (NodeFacts(name="m1", os_version=build),), "machines": (replace(machine(), os_version=build),)}
    found = judged(workloads=(AKS,), **on)
    finding = found.finding("B11")
    assert (finding.severity, found.verdict) == (severity, verdict)
    assert "sources differ on when" in finding.message
    assert "before the OS upgrade (since 2025-10)" in finding.message


def test_preview_machines_alone_have_nothing_to_do_with_when_aks_must_go():
    assert "sources differ" not in judged(workloads=(VM,)).finding("B11").message


# what decides


@pytest.mark.parametrize(("changes", "verdict", "decides"), [
    ({}, Verdict.CANDIDATE, None), ({"locks": (lock(GROUP),)}, Verdict.CANDIDATE, None),
    ({"locks": (lock(GROUP, "ReadOnly"),)}, Verdict.BLOCKED, "support-locks"), ({"locks": None}, Verdict.UNKNOWN, "support-locks"),
    ({"workloads": None}, Verdict.UNKNOWN, "B11"), ({"tags": said(english_os="no")}, Verdict.BLOCKED, "support-language"),
    ({"tags": said(s2d_storage="no")}, Verdict.BLOCKED, "support-san"), ({"tags": said(policy_allows="no")}, Verdict.BLOCKED, "support-policy"),
    ({"tags": said(no_preview_bridge="no")}, Verdict.BLOCKED, "support-preview-bridge"),
    ({"tags": said(supported_tool="no")}, Verdict.CANDIDATE, None), ({"appliances": (BRIDGE,)}, Verdict.CANDIDATE, None),
    ({"tags": said(not_stretched="no")}, Verdict.NOT_APPLICABLE, "B10"),
])  # fmt: skip
def test_a_row_decides_where_azure_or_an_operator_shows_that_the_upgrade_is_closed(changes, verdict, decides):
    found = judged(**changes)
    assert found.verdict is verdict
    assert (found.decides.check if found.decides else None) == decides


def test_the_verdict_names_the_unknown_that_decides_and_not_the_old_build_beside_it():
    stale = {"last_sync_at": NOW - timedelta(hours=50), "nodes": (NodeFacts(name="m1", os_version=OLD),)}
    found = judged(**stale)
    assert (found.verdict, found.decides.check) == (Verdict.UNKNOWN, "B6")
    assert "50 h ago" in found.decides.message


def test_a_cluster_that_is_the_solution_has_no_support_matrix_to_pass():
    found = judged(solution=SolutionFacts(id="s", version="12.2510.1002.531"), locks=(lock(GROUP, "ReadOnly"),))
    assert found.support == ()
    assert not [one for one in (*found.findings, *found.advice) if one.check.startswith("support-")]


def test_a_cluster_whose_upgrade_succeeded_has_none_either():
    found = judged(settings=replace(PASSED, mode="Deploy", deployment_status="Success"), tags=said(english_os="no"))
    assert found.support == ()
    assert not [one for one in (*found.findings, *found.advice) if one.check.startswith(("support-", "limbo"))]


def test_advice_holds_the_rows_that_no_precondition_carries_and_that_do_not_only_inform():
    told = [
        one.check
        for one in judged(cloud="usgovernment", location="usgovvirginia").advice
        if one.check.startswith("support-")
    ]
    assert told == [
        "support-preview-bridge",
        "support-us-government",
        "support-language",
        "support-san",
        "support-policy",
    ]
    assert "support-us-government" not in [one.check for one in judged().advice]


def test_a_row_that_decides_is_not_told_again_as_advice():
    found = judged(tags=said(english_os="no"))
    assert [one.check for one in (*found.findings, *found.advice)].count("support-language") == 1


# locks


def test_a_lock_concerns_a_cluster_by_itself_its_machines_its_bridge_and_what_is_above_them():
    mine = cluster(appliances=(replace(BRIDGE, id=f"{GROUP}/providers/Microsoft.ResourceConnector/appliances/c1-arb"),))
    over = [
        lock(SUB), lock(GROUP.lower()), lock(ID), lock(f"{SUB}/resourceGroups/ARC"), lock(mine.machines[0].id), lock(mine.appliances[0].id),
    ]  # fmt: skip
    others = [
        lock(f"{SUB}/resourceGroups/rg-bergen"),
        lock(f"{ID}2"),
        lock("/subscriptions/9"),
        lock(f"{GROUP}/providers/X/vaults/v"),
    ]
    assert Locks([*over, *others]).over(mine) == tuple(over)
    assert Locks([]).over(mine) == ()


def test_an_inherited_lock_is_told_with_its_scope_as_azure_spells_it():
    finding = judged(locks=(lock(GROUP, "ReadOnly"),)).finding("support-locks")
    assert f"on {GROUP} refuses every write" in finding.message
    assert finding.resource_id == lock(GROUP).id
    assert scope_of(lock(GROUP)) == GROUP.lower()


def test_the_gravest_of_several_locks_is_told_and_how_many_there_are():
    finding = judged(locks=(lock(GROUP), lock(ID, "ReadOnly", "frozen"))).finding("support-locks")
    assert finding.message.startswith("a ReadOnly lock on it (and 1 more)")
    assert "lift the lock frozen" in finding.remedy
