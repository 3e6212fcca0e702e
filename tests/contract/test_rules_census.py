"""What the rules rest on, read over the wire: workloads, extensions, updates, licences, locks, and what an upgrade left."""

from __future__ import annotations

import pytest

pytest.importorskip("duckdb_kql")

from test_query_census import FLEET, OSLO, cluster_id, document, extension, machine_id, reader, related

from azlocal.core.plan import Scope
from azlocal.simulation.world import World

UPDATES = [
    ("12.2511.1002.502", "Ready"),
    ("12.2510.1.1", "Installed"),
    ("12.2512.1002.16", "HasPrerequisite"),
    ("1.1", "Obsolete"),
]
FAILED = {**extension("n1", "AzureEdgeRemoteSupport", "EdgeRemoteSupport")}
FAILED["properties"] = {**FAILED["properties"], "provisioningState": "Failed"}
MORE = (
    FAILED, {**extension("n1", "MicrosoftMonitoringAgent", "Other"), "properties": {"provisioningState": "Failed"}},
    related("Microsoft.Kubernetes/connectedClusters", "kube", infrastructure="azure_stack_hci"),
    related("Microsoft.Kubernetes/connectedClusters", "far", infrastructure="aws"),
    related("Microsoft.ExtendedLocation/customLocations", "c1-cl", provisioningState="Succeeded", hostResourceId="/arb"),
    {**next(one for one in FLEET if one["id"] == machine_id("n1")), "identity": {"type": "SystemAssigned", "principalId": "p-n1"}},
    *(
        document(
            f"{cluster_id('c1')}/updates/Solution{version}", "microsoft.azurestackhci/clusters/updates",
            properties={"version": version, "state": state, "healthState": "Success"},
        )
        for version, state in UPDATES
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def fleet():
    found = reader(*FLEET, *MORE)[0].census(Scope(subscriptions=(OSLO,)))
    return {one.name: one for one in found.clusters}


def test_an_arc_connected_kubernetes_cluster_on_azure_stack_hci_is_a_workload(fleet):
    kinds = [(one.kind, one.id.rsplit("/", 1)[1]) for one in fleet["c3"].workloads]
    assert kinds == [
        ("microsoft.azurestackhci/virtualmachines", "vm"),
        ("microsoft.kubernetes/connectedclusters", "kube"),
    ]
    assert fleet["c1"].workloads == ()


def test_an_azureedge_extension_that_failed_shows_on_its_machine_and_no_other_extension_does(fleet):
    (machine,) = fleet["c1"].machines
    assert [(one.id.rsplit("/", 1)[1], one.provisioning_state) for one in machine.unready] == [
        ("AzureEdgeRemoteSupport", "Failed")
    ]
    assert (machine.lcm.provisioning_state, machine.principal) == ("Succeeded", "p-n1")


def test_the_updates_that_wait_are_tied_to_their_cluster_in_order(fleet):
    assert [(one.version, one.state) for one in fleet["c1"].solution.updates] == [
        ("12.2511.1002.502", "Ready"), ("12.2512.1002.16", "HasPrerequisite"),
    ]  # fmt: skip


def test_a_custom_location_tells_its_bridge(fleet):
    assert [one.host for one in fleet["c1"].custom_locations] == ["/arb"]


# by ARM, on a whole sandbox


@pytest.fixture(scope="module")
def world():
    return World("fleet-small")


def test_locks_are_read_and_those_above_a_cluster_are_its_own(world):
    looked = world.app().census()
    locks = {one.cluster.name: one.cluster.locks for one in looked.clusters}
    assert all(found is not None for found in locks.values())
    ghent = next(one for one in looked.clusters if one.cluster.name == "clu-ghent-01")
    assert [(one.status, one.id.split("/providers/")[0]) for one in locks["clu-ghent-01"]] == [
        ("CanNotDelete", ghent.cluster.id.split("/providers/")[0])
    ]
    assert "task-locks" in {one.check for one in ghent.findings if not one.passes}


def test_what_is_left_behind_is_read_for_the_cluster_that_is_explained(world):
    ghent = world.app().explain("clu-ghent-01")
    after = ghent.cluster.after
    assert after is not None
    assert {one.kind for one in after.resources} >= {
        "microsoft.azurestackhci/clusters",
        "microsoft.hybridcompute/machines",
    }
    assert after.roles
    assert {one.check for one in ghent.findings} >= {
        "verify-bridge",
        "verify-solution",
        "task-storage-paths",
        "handover",
    }
    assert next(one for one in ghent.findings if one.check == "handover").value == "Ready"


def test_locks_that_may_not_be_read_start_nothing(world):
    forbidden = {"kind": "status", "path": "/locks$", "status": 403, "code": "AuthorizationFailed", "times": None}
    fault = world.front.faults.order(forbidden)
    looked = world.app().census()
    fault.times = 0
    assert {one.cluster.locks for one in looked.clusters} == {None}
    assert not [one for one in looked.clusters if one.decision.kind.startswith("Start")]
    assert [one for one in world.app().census().clusters if one.decision.kind.startswith("Start")]
