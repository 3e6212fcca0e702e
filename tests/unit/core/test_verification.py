"""After a success: each thing that must be there by itself, what is left to do, and the hand-over to updates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from azlocal.core.candidate import assess
from azlocal.core.data.thresholds import LOOK_AFTER
from azlocal.core.facts import (
    ABSENT,
    AfterFacts,
    ClusterFacts,
    ExtensionFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SecurityFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
    UpdateFacts,
)
from azlocal.core.findings import Status
from azlocal.core.rules import BY_ID
from azlocal.core.verification import DEVICE_MANAGEMENT, INFRA_VMS, SECRETS_USER, is_upgraded, upgraded_lately
from azlocal.core.verification_tasks import first_update
from azlocal.core.verify import verified

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SUB = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUB}/resourceGroups/rg"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/c1"
VERSION = "12.2606.1003.205"
MET, NOT_MET, OPEN = Status.MET, Status.NOT_MET, Status.UNKNOWN
MACHINES = tuple(
    MachineFacts(id=f"{GROUP}/machines/m{n}", name=f"m{n}", status="Connected", os_version="10.0.26100.33158", principal=f"P{n}", unready=())
    for n in (1, 2)
)  # fmt: skip
BRIDGE = RelatedFacts(id=f"{GROUP}/c1-arcbridge", kind="appliances", status="Running", provisioning_state="Succeeded")
PLACE = RelatedFacts(
    id=f"{GROUP}/c1-cl", kind="customlocations", provisioning_state="Succeeded", host=BRIDGE.id.upper()
)
UPDATE = UpdateFacts(id=f"{ID}/updates/u1", version="12.2607.1003.72", state="Ready", health="Success")
SOLUTION = SolutionFacts(
    id=f"{ID}/updateSummaries/default", version=VERSION, state="UpdateAvailable", health="Success", updates=(UPDATE,)
)
DONE = SettingsFacts(
    id=f"{ID}/deploymentSettings/default", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
    validation_status="Success", deployment_status="Success", vault="kv-oslo",
    deployment_steps=(Step(name="Deploy", status="Success", started_at=NOW - 3 * HOUR, ended_at=NOW - HOUR),),
)  # fmt: skip
VAULT = RelatedFacts(id=f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-oslo", kind="microsoft.keyvault/vaults")
ACCOUNT = RelatedFacts(id=f"{GROUP}/st", kind="microsoft.storage/storageaccounts")
PATH = RelatedFacts(id=f"{GROUP}/path", kind="microsoft.azurestackhci/storagecontainers")
ROLES = tuple(
    RelatedFacts(id="r", kind=role, status=f"p{n}") for n in (1, 2) for role in (DEVICE_MANAGEMENT, INFRA_VMS, SECRETS_USER)
)  # fmt: skip
SECURE = SecurityFacts(id="s", secured_core="Compliant", wdac="Compliant", at_rest="Compliant", in_transit="Compliant")
AFTER = AfterFacts(
    resources=(VAULT, ACCOUNT, PATH), vault=VAULT, roles=ROLES, security=SECURE, observed_at=NOW - HOUR,
    edge_devices=(RelatedFacts(id="e1", kind="e"), RelatedFacts(id="e2", kind="e")),
)  # fmt: skip


def cluster(**changes):
    usual = ClusterFacts(
        id=ID, name="c1", location="eastus", status="ConnectedRecently", connectivity="Connected", last_sync_at=NOW - HOUR,
        identity_type="SystemAssigned", nodes=tuple(NodeFacts(name=f"m{n}", os_version="10.0.26100.33158") for n in (1, 2)),
        machines=MACHINES, workloads=(), appliances=(BRIDGE,), custom_locations=(PLACE,), locks=(), solution=SOLUTION, settings=DONE,
        deployment=ABSENT, after=AFTER, observed_at=NOW,
    )  # fmt: skip
    return replace(usual, **changes)


def after(**changes):
    return {"after": replace(AFTER, **changes)}


def machine(**changes):
    return {"machines": (MACHINES[0], replace(MACHINES[1], **changes))}


def found(**changes):
    return {one.check: one for one in assess(cluster(**changes), None, cloud="public", now=NOW).after}


def said(**answers):
    return {f"azlocal-attest-{key.replace('_', '-')}": f"v={word};by=ada" for key, word in answers.items()}


LOCK = RelatedFacts(id=f"{GROUP}/providers/Microsoft.Authorization/locks/keep", kind="locks", status="CanNotDelete")
BROKEN = ExtensionFacts(id=f"{GROUP}/machines/m2/extensions/AzureEdgeRemoteSupport", provisioning_state="Failed")
ELSEWHERE = replace(VAULT, id=f"{SUB}/resourceGroups/rg-vaults/providers/Microsoft.KeyVault/vaults/kv-oslo")

CASES = [
    ("verify-solution", MET, {}), ("verify-solution", NOT_MET, {"solution": ABSENT}), ("verify-solution", OPEN, {"solution": None}),
    ("verify-stamp", MET, {}), ("verify-stamp", MET, {"solution": replace(SOLUTION, version="10.2507.0.6")}),
    ("verify-stamp", NOT_MET, {"solution": replace(SOLUTION, version="11.2508.1001.51")}),
    ("verify-stamp", NOT_MET, {"solution": replace(SOLUTION, version="10.2310.1.1")}), ("verify-stamp", OPEN, {"solution": ABSENT}),
    ("verify-bridge", MET, {}), ("verify-bridge", NOT_MET, {"appliances": ()}), ("verify-bridge", OPEN, {"appliances": None}),
    ("verify-bridge", NOT_MET, {"appliances": (replace(BRIDGE, status="Offline"),)}),
    ("verify-location", MET, {}), ("verify-location", NOT_MET, {"custom_locations": ()}), ("verify-location", OPEN, {"custom_locations": None}),
    ("verify-location", NOT_MET, {"custom_locations": (replace(PLACE, host=f"{GROUP}/another"),)}),
    ("verify-location", NOT_MET, {"custom_locations": (replace(PLACE, provisioning_state="Creating"),)}),
    ("verify-machines", MET, {}), ("verify-machines", NOT_MET, machine(status="Disconnected")), ("verify-machines", OPEN, {"machines": None}),
    ("verify-machines", NOT_MET, {"machines": MACHINES[:1]}),
    ("verify-extensions", MET, {}), ("verify-extensions", NOT_MET, machine(unready=(BROKEN,))), ("verify-extensions", OPEN, machine(unready=None)),
    ("verify-cluster", MET, {}), ("verify-cluster", MET, {"status": "DeploymentSuccess"}), ("verify-cluster", NOT_MET, {"status": "Disconnected"}),
    ("verify-cluster", OPEN, {"status": None}),
    ("verify-cluster", NOT_MET, {"settings": replace(DONE, deployment_steps=(Step(name="Deploy", status="Error"),))}),
    ("verify-vault", MET, {}), ("verify-vault", NOT_MET, after(vault=ABSENT)), ("verify-vault", OPEN, after(vault=None)), ("verify-vault", OPEN, {"after": None}),
    ("verify-storage-account", MET, {}), ("verify-storage-account", NOT_MET, after(resources=(VAULT,))), ("verify-storage-account", OPEN, after(resources=None)),
    ("verify-roles", MET, {}), ("verify-roles", NOT_MET, after(roles=ROLES[1:])), ("verify-roles", OPEN, after(roles=None)),
    ("verify-roles", OPEN, machine(principal="")), ("verify-roles", NOT_MET, after(roles=[one for one in ROLES if one.kind != SECRETS_USER])),
    ("verify-roles", MET, after(vault=ELSEWHERE, roles=tuple(one for one in ROLES if one.kind != SECRETS_USER))),
    ("verify-edge-devices", MET, {}), ("verify-edge-devices", NOT_MET, after(edge_devices=AFTER.edge_devices[:1])),
    ("verify-edge-devices", OPEN, after(edge_devices=None)),
    ("task-security", MET, {}), ("task-security", NOT_MET, after(security=replace(SECURE, wdac="NonCompliant"))),
    ("task-security", OPEN, after(security=replace(SECURE, at_rest="Pending"))), ("task-security", OPEN, after(security=ABSENT)),
    ("task-security", OPEN, after(security=None)), ("task-security", OPEN, after(security=SecurityFacts(id="s"))),
    ("task-locks", MET, {}), ("task-locks", NOT_MET, {"locks": (LOCK,)}), ("task-locks", OPEN, {"locks": None}),
    ("task-storage-paths", MET, {}), ("task-storage-paths", NOT_MET, after(resources=())), ("task-storage-paths", OPEN, after(resources=None)),
    ("task-cau", OPEN, {}), ("task-cau", Status.ATTESTED, {"tags": said(cau_permitted="yes")}), ("task-cau", NOT_MET, {"tags": said(cau_permitted="no")}),
    ("task-drivers", OPEN, {}), ("task-drivers", Status.ATTESTED, {"tags": said(drivers_current="yes")}),
    ("task-rdp", OPEN, {}), ("task-rdp", Status.ATTESTED, {"tags": said(rdp_reviewed="yes")}),
    ("task-updates", MET, {}), ("task-updates", NOT_MET, {"solution": replace(SOLUTION, version="12.2604.1.1")}),
    ("task-updates", OPEN, {"solution": replace(SOLUTION, version="strange")}),
    ("handover", NOT_MET, {}), ("handover", MET, {"solution": replace(SOLUTION, state="AppliedSuccessfully", updates=())}),
    ("handover", NOT_MET, {"solution": replace(SOLUTION, state="UpdateFailed")}), ("handover", OPEN, {"solution": replace(SOLUTION, state="")}),
    ("handover", OPEN, {"solution": ABSENT}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "status", "changes"), CASES, ids=[f"{one[0]}-{one[1]}-{number}" for number, one in enumerate(CASES)]
)
def test_what_an_upgrade_leaves_behind_is_there_missing_or_not_known(check, status, changes):
    finding = found(**changes)[check]
    assert finding.status is status
    assert finding.message
    assert (finding.resource_id and finding.path) or finding.question
    assert bool(finding.remedy) is not finding.passes


def test_every_finding_after_an_upgrade_is_seen_above_and_is_a_rule():
    assert set(found()) == {check for check, *_ in CASES}
    assert set(found()) == {one for one, rule in BY_ID.items() if rule.kind in {"verification", "task"}}


@pytest.mark.parametrize("changes", [
    {"solution": ABSENT, "settings": ABSENT}, {"solution": None, "settings": None},
    {"solution": SolutionFacts(id="s"), "settings": replace(DONE, deployment_status="Error")},
])  # fmt: skip
def test_a_cluster_that_was_not_upgraded_has_nothing_to_verify(changes):
    assert found(**changes) == {}
    assert not is_upgraded(cluster(**changes))


def test_of_a_cluster_that_was_the_solution_long_ago_only_the_census_is_asked():
    told = found(settings=None, after=None)
    assert set(told) == {
        "verify-solution", "verify-stamp", "verify-bridge", "verify-location", "verify-machines", "verify-extensions", "verify-cluster",
        "task-locks", "task-updates", "handover",
    }  # fmt: skip


@pytest.mark.parametrize(("changes", "ok"), [
    ({}, True), ({"solution": ABSENT}, False), ({"appliances": ()}, False), ({"custom_locations": None}, None), (machine(status="Error"), False),
    ({"custom_locations": (replace(PLACE, host=f"{GROUP}/another"),)}, False), ({"after": None}, True), (after(roles=()), True),
])  # fmt: skip
def test_an_upgrade_is_verified_by_what_the_census_shows(changes, ok):
    assert verified(cluster(**changes)).ok is ok


@pytest.mark.parametrize(("changes", "lately"), [
    ({}, True), ({"settings": replace(DONE, deployment_steps=())}, True), ({"settings": replace(DONE, deployment_status="InProgress")}, False),
    ({"settings": replace(DONE, deployment_steps=(Step(name="D", ended_at=NOW - LOOK_AFTER - HOUR),))}, False),
    ({"settings": replace(DONE, deployment_steps=(Step(name="D", ended_at=NOW - LOOK_AFTER),))}, True), ({"settings": None}, False),
])  # fmt: skip
def test_what_an_upgrade_left_behind_is_read_again_for_a_while(changes, lately):
    assert upgraded_lately(cluster(**changes), NOW) is lately


def test_a_finding_that_arm_showed_is_as_old_as_that_reading():
    assert found()["verify-vault"].observed_at == NOW - HOUR


def test_what_was_not_read_says_how_it_is_read():
    assert "explain" in found(after=None)["verify-roles"].remedy


def test_a_lock_that_blocks_the_next_update_is_named_with_its_scope():
    assert f"lock on {GROUP} will block the next update" in found(locks=(LOCK,))["task-locks"].message


def test_an_old_release_is_told_with_its_age_and_what_expires():
    assert "13 months old" in found(solution=replace(SOLUTION, version="12.2510.1.1"))["task-updates"].message
    assert "certificates expire" in found(solution=replace(SOLUTION, version="12.2510.1.1"))["task-updates"].message
    assert "certificates" not in found(solution=replace(SOLUTION, version="12.2604.1.1"))["task-updates"].message


def test_the_hand_over_names_the_first_update_and_that_none_is_started():
    finding = found()["handover"]
    assert "the next is 12.2607.1003.72, Ready" in finding.message
    assert finding.resource_id == UPDATE.id
    assert "azlocal starts no update" in finding.remedy


@pytest.mark.parametrize(("updates", "first"), [((UPDATE,), UPDATE), ((), None), (None, None)])
def test_the_first_update_is_the_oldest_that_is_offered(updates, first):
    assert first_update(cluster(solution=replace(SOLUTION, updates=updates))) == first


def test_a_failed_update_is_a_warning_with_its_way_out():
    finding = found(solution=replace(SOLUTION, state="UpdateFailed"))["handover"]
    assert finding.severity == "warning"
    assert "try the failed update again" in finding.remedy
