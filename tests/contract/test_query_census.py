"""The product's census against the sandbox: what it reads of a small world, and what it costs on a large one."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timezone

import pytest
from served import NOW, Credential

from azlocal.azure import queries
from azlocal.azure.clients import Connection
from azlocal.azure.clouds import Cloud
from azlocal.azure.reader import AzureReader
from azlocal.core.facts import ABSENT
from azlocal.core.plan import Scope
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.providers import resource_graph
from azlocal.sandbox.query import limits
from azlocal.sandbox.world import Azure

pytest.importorskip("duckdb_kql")

OSLO, BERGEN = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"
NOWHERE = "99999999-9999-4999-8999-999999999999"
PLACE = Cloud(
    name="custom", arm="https://sandbox.invalid", arm_scope="https://management.azure.com/.default", authority=""
)
QUERIES = {name: text for name, text in vars(queries).items() if isinstance(text, str) and "| project" in text}


def group(name, subscription=OSLO):
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def cluster_id(name, subscription=OSLO):
    return f"{group('rg-hci', subscription)}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def machine_id(name):
    return f"{group('rg-arc')}/providers/Microsoft.HybridCompute/machines/{name}"


def document(resource_id, kind, /, **more):
    return {"id": resource_id, "name": resource_id.rsplit("/", 1)[1], "type": kind, "location": "westeurope", **more}


def cluster(name, subscription=OSLO, nodes=(), **more):
    reported = {"clusterName": f"{name}-failover", "clusterVersion": "10.0.25398.1849", "nodes": list(nodes)}
    properties = {
        "status": "ConnectedRecently", "connectivityStatus": "Connected", "provisioningState": "Succeeded",
        "lastSyncTimestamp": "2026-11-23T11:30:00Z", "reportedProperties": reported,
    }  # fmt: skip
    return document(cluster_id(name, subscription), "microsoft.azurestackhci/clusters", properties=properties, **more)


def machine(name, parent="", provider="AzSHCI", model="AX-650"):
    properties = {
        "status": "Connected", "osVersion": "10.0.25398.1849", "parentClusterResourceId": parent,
        "cloudMetadata": {"provider": provider}, "detectedProperties": {"model": model},
    }  # fmt: skip
    return document(machine_id(name), "Microsoft.HybridCompute/machines", properties=properties, kind="HCI")


def extension(machine_name, name="AzureEdgeLifecycleManager", kind="LcmController"):
    properties = {
        "publisher": "Microsoft.AzureStack.Orchestration", "type": kind, "typeHandlerVersion": "30.2411.2.789",
        "provisioningState": "Succeeded",
    }  # fmt: skip
    return document(
        f"{machine_id(machine_name)}/extensions/{name}",
        "Microsoft.HybridCompute/machines/extensions",
        properties=properties,
    )


def related(kind, name, **properties):
    return document(f"{group('rg-hci')}/providers/{kind}/{name}", kind, properties=properties)


def subscription(guid):
    return {"id": f"/subscriptions/{guid}", "displayName": guid, "type": "Microsoft.Resources/subscriptions"}


FLEET = (
    subscription(OSLO),
    subscription(BERGEN),
    document(group("rg-hci"), "Microsoft.Resources/resourceGroups", tags={"azlocal-hold": "wait for audit"}),
    document(group("rg-odd"), "Microsoft.Resources/resourceGroups", tags={"AzLocal-Hold": ""}),
    document(group("rg-arc"), "Microsoft.Resources/resourceGroups", tags={"other": "x"}),
    cluster(
        "c1", tags={"ring": "pilot"}, identity={"type": "SystemAssigned", "principalId": "p"},
        nodes=[{"name": "n1", "osVersion": "10.0.25398.1849", "model": "AX-650", "ehcResourceId": machine_id("n1").upper()}],
    ),
    cluster("c2", BERGEN),
    cluster("c3"),
    {
        "id": f"{cluster_id('c1')}/updateSummaries/default", "name": "default",
        "type": "Microsoft.AzureStackHCI/updateSummaries",
        "properties": {"currentVersion": "10.2510.1002.93", "state": "AppliedSuccessfully", "healthState": "Success"},
    },
    machine("n1"),
    machine("n2", parent=cluster_id("c2", BERGEN).lower()),
    machine("vm1", parent=cluster_id("c3"), model="Virtual Machine"),
    machine("elsewhere", parent=cluster_id("c3"), provider="N/A"),
    extension("n1"),
    extension("n2", "other", "OtherController"),
    related("Microsoft.ResourceConnector/appliances", "c1-arcbridge", status="Running", provisioningState="Succeeded"),
    related("Microsoft.ExtendedLocation/customLocations", "c1-cl", provisioningState="Succeeded"),
    related("Microsoft.AzureStackHCI/virtualMachines", "vm", status="Running", provisioningState="Succeeded"),
    related("Microsoft.Storage/storageAccounts", "unrelated"),
)  # fmt: skip


def reader(*documents):
    """Return a reader over a world of *documents*, and the door it knocks at."""
    azure = Azure(VirtualClock(NOW))
    resource_graph.register(azure)
    for one in documents:
        azure.store.put(one)
    front = Front(azure)
    transport = InProcessTransport(front.handle, azure.clock.sleep)
    return AzureReader(Connection(PLACE, Credential(azure), transport)), front


@pytest.fixture(scope="module")
def fleet():
    return reader(*FLEET)[0].census(Scope(subscriptions=(OSLO, BERGEN)))


def test_the_census_has_each_cluster_with_its_own_facts(fleet):
    assert [one.name for one in fleet.clusters] == ["c1", "c3", "c2"]
    one = fleet.clusters[0]
    assert (one.id, one.location, one.tags, one.identity_type) == (
        cluster_id("c1"),
        "westeurope",
        {"ring": "pilot"},
        "SystemAssigned",
    )
    assert (one.status, one.connectivity, one.version, one.failover_name) == (
        "ConnectedRecently",
        "Connected",
        "10.0.25398.1849",
        "c1-failover",
    )
    assert one.last_sync_at == datetime(2026, 11, 23, 11, 30, tzinfo=timezone.utc)
    assert one.observed_at == fleet.observed_at == NOW
    assert [(node.name, node.model) for node in one.nodes] == [("n1", "AX-650")]
    assert fleet.clusters[2].identity_type == "None"


def test_machines_are_tied_by_the_clusters_nodes_or_by_their_own_word(fleet):
    first, third, second = fleet.clusters
    assert [(one.name, one.status, one.os_version) for one in first.machines] == [
        ("n1", "Connected", "10.0.25398.1849")
    ]
    assert [one.name for one in second.machines] == ["n2"]
    assert third.machines == ()


def test_a_machine_has_its_lifecycle_manager_or_none(fleet):
    lcm = fleet.clusters[0].machines[0].lcm
    assert (lcm.version, lcm.provisioning_state) == ("30.2411.2.789", "Succeeded")
    assert fleet.clusters[2].machines[0].lcm is ABSENT


def test_a_solution_and_what_lies_in_the_group_are_there(fleet):
    first, third, second = fleet.clusters
    assert (first.solution.version, first.solution.state, first.solution.health) == (
        "10.2510.1002.93",
        "AppliedSuccessfully",
        "Success",
    )
    assert second.solution is ABSENT
    assert [one.status for one in first.appliances] == ["Running"]
    assert [one.kind for one in first.custom_locations] == ["microsoft.extendedlocation/customlocations"]
    assert first.workloads == ()
    assert [one.kind for one in third.workloads] == ["microsoft.azurestackhci/virtualmachines"]


def test_holds_and_gaps_are_found():
    fleet = reader(*FLEET)[0].census(Scope(subscriptions=(OSLO, NOWHERE)))
    assert fleet.holds == {group("rg-hci").lower(): "wait for audit", group("rg-odd").lower(): ""}
    assert len(fleet.gaps) == 1
    assert NOWHERE in fleet.gaps[0]


def test_a_census_of_everything_readable_needs_no_list():
    assert len(reader(*FLEET)[0].census(Scope()).clusters) == 3


def test_ids_in_lower_case_change_nothing_but_their_spelling():
    told, front = reader(*FLEET)
    front.azure.switches["graph-id-case"] = "lower"
    fleet = told.census(Scope(subscriptions=(OSLO, BERGEN)))
    assert [len(one.machines) for one in fleet.clusters] == [1, 0, 1]
    assert fleet.clusters[0].solution is not ABSENT


def test_a_large_fleet_is_read_in_as_few_pages_as_there_are_thousands_of_rows():
    count = 1100
    documents = [subscription(OSLO), subscription(BERGEN)]
    for n in range(count):
        documents += [cluster(f"c{n:04}", nodes=[{"name": "n", "ehcResourceId": machine_id(f"n{n:04}")}])]
        documents += [
            machine(f"n{n:04}"),
            extension(f"n{n:04}"),
            {**FLEET[7], "id": f"{cluster_id(f'c{n:04}')}/updateSummaries/default"},
        ]
    told, front = reader(*documents)
    fleet = told.census(Scope(subscriptions=(OSLO, BERGEN)))
    assert len(fleet.clusters) == count
    assert all(one.machines[0].lcm is not ABSENT and one.solution is not ABSENT for one in fleet.clusters)
    floor = math.ceil(3 * count / 1000) + math.ceil(count / 1000) + 1
    assert Counter(entry.status for entry in front.journal.after()) == {200: floor}


def test_ten_censuses_in_a_row_are_paced_and_never_throttled():
    told, front = reader(*FLEET)
    for _ in range(10):
        told.census(Scope(subscriptions=(OSLO, BERGEN)))
    assert {entry.status for entry in front.journal.after()} == {200}


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_the_queries_keep_to_what_resource_graph_takes(name):
    text = QUERIES[name]
    limits.check(text)
    assert text.rstrip().endswith("| order by id asc")
    for word in ("join", "let ", " kind", "mv-expand", "limit", "take"):
        assert word not in text


def test_a_census_is_three_queries():
    assert len(QUERIES) == 3
