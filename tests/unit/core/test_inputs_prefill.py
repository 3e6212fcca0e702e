"""A first draft of inputs: what Azure shows is taken over with its source, what it does not show is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from azlocal.core.facts import ClusterFacts, MachineFacts, NodeFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import AdapterFacts, HostFacts, Surroundings
from azlocal.core.inputs_prefill import Told, draft_of, fields_of, open_fields

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
ID = f"{GROUP}/Microsoft.AzureStackHCI/clusters/oslo"


def machine(name):
    return f"{GROUP}/Microsoft.HybridCompute/machines/{name}"


CLUSTER = ClusterFacts(
    id=ID, name="oslo", failover_name="OSLOHCI",
    nodes=tuple(NodeFacts(name=name, machine_id=machine(name)) for name in ("n1", "n2")),
)  # fmt: skip


def host(name, *addresses, **more):
    return HostFacts(id=machine(name), name=name, domain="ad.example.com", addresses=addresses, **more)


def around(*hosts, **more):
    return Surroundings(hosts={key(one.id): one for one in hosts}, **more)


def drafted(*hosts, cluster=CLUSTER, **more):
    return dict(fields_of(draft_of(cluster, around(*hosts, **more))))


N1, N2 = host("n1", "10.0.0.21/24"), host("n2", "10.0.0.22/24")


def test_everything_that_azure_shows_is_filled_in_and_says_where_it_is_shown():
    found = drafted(N1, N2)
    assert {path: told.value for path, told in found.items() if told.known} == {
        "failoverClusterName": "OSLOHCI",
        "arcNodeResourceIds.0": machine("n1"), "arcNodeResourceIds.1": machine("n2"),
        "physicalNodesSettings.0.name": "n1", "physicalNodesSettings.0.ipv4Address": "10.0.0.21",
        "physicalNodesSettings.1.name": "n2", "physicalNodesSettings.1.ipv4Address": "10.0.0.22",
        "domainFqdn": "ad.example.com", "subnetMask": "255.255.255.0", "customLocation": "oslo-cl",
    }  # fmt: skip
    assert found["physicalNodesSettings.1.ipv4Address"].note == f"from Azure: {machine('n2')}"
    assert found["failoverClusterName"].note == f"from Azure: {ID}"


def test_what_only_people_know_is_asked_for():
    draft = draft_of(CLUSTER, around(N1, N2))
    assert open_fields(draft) == [
        "startingIPAddress",
        "endingIPAddress",
        "defaultGateway",
        "dnsServers",
        "lcmSecretUri",
    ]
    assert all(told.note.startswith("fill in: ") for _, told in fields_of(draft) if not told.known)


def test_an_edge_device_tells_gateway_and_resolvers_and_which_of_many_addresses_is_managed():
    adapters = (
        AdapterFacts(address="10.71.1.1", mask="255.255.255.0"),
        AdapterFacts(address="10.0.0.21", mask="255.255.254.0", gateway="10.0.0.1", dns=("10.0.0.10", "not known")),
    )
    device = f"{machine('n1')}/providers/Microsoft.AzureStackHCI/edgeDevices/default"
    one = host("n1", "10.71.1.1/24", "10.0.0.21/24", adapters=adapters, device_id=device)
    found = drafted(one, cluster=replace(CLUSTER, nodes=CLUSTER.nodes[:1]))
    assert found["physicalNodesSettings.0.ipv4Address"] == Told("10.0.0.21", f"from Azure: {device}")
    assert found["subnetMask"] == Told("255.255.254.0", f"from Azure: {device}")
    assert found["defaultGateway"] == Told("10.0.0.1", f"from Azure: {device}")
    assert found["dnsServers.0"] == Told("10.0.0.10", f"from Azure: {device}")


def test_several_addresses_without_a_gateway_are_asked_about_and_named():
    found = drafted(host("n1", "10.0.0.21/24", "10.71.1.1/24", "169.254.3.4/16"), N2)
    asked = found["physicalNodesSettings.0.ipv4Address"]
    assert (asked.known, asked.note) == (False, "fill in: the IPv4 address of n1 (Azure shows 10.0.0.21, 10.71.1.1)")


def test_what_machines_differ_in_is_asked_about():
    found = drafted(N1, replace(N2, domain="other.example.com", addresses=("10.0.0.22/25",)))
    assert found["domainFqdn"].note.endswith("(Azure shows ad.example.com, other.example.com)")
    assert found["subnetMask"].note.endswith("(Azure shows 255.255.255.0, 255.255.255.128)")
    assert not found["domainFqdn"].known


def test_case_is_no_difference():
    assert drafted(N1, replace(N2, domain="AD.example.com"))["domainFqdn"].value == "ad.example.com"


def test_nodes_that_are_not_reported_are_taken_from_the_machines():
    bare = replace(CLUSTER, nodes=(), machines=(MachineFacts(id=machine("n1"), name="n1"),))
    assert drafted(N1, cluster=bare)["physicalNodesSettings.0.name"].value == "n1"


def test_a_node_without_a_machine_is_asked_about():
    found = drafted(N1, cluster=replace(CLUSTER, nodes=(CLUSTER.nodes[0], NodeFacts(name="n2"))))
    assert found["arcNodeResourceIds.1"] == Told("", "fill in: the resource id of the Arc machine of n2")


def test_of_a_cluster_of_which_nothing_is_known_everything_is_asked():
    draft = draft_of(ClusterFacts(id=ID, name="oslo"), Surroundings())
    assert [path for path, told in fields_of(draft) if told.known] == ["customLocation"]
    assert {"arcNodeResourceIds", "physicalNodesSettings", "dnsServers"} <= set(open_fields(draft))


ECHO = {
    "failoverClusterName": "FROMECHO", "startingIPAddress": "10.0.0.60", "dnsServers": ["10.0.0.9"],
    "physicalNodesSettings": [{"name": "n1", "ipv4Address": "10.0.0.99"}], "euLocation": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("uri", "known"),
    [("https://kv.vault.azure.net/secrets/a/b", True), ("https://kv.vault.azure.net/secrets/a", False), ("", False)],
)
def test_what_the_deployment_settings_echo_counts_more_but_a_secret_only_with_its_version(uri, known):
    found = drafted(N1, N2, echoes={key(ID): {**ECHO, "lcmSecretUri": uri}})
    source = f"from Azure: {ID}/deploymentSettings/default"
    assert found["failoverClusterName"] == Told("FROMECHO", source)
    assert found["physicalNodesSettings.0.ipv4Address"] == Told("10.0.0.99", source)
    assert found["euLocation"] == Told(False, source)
    assert found["dnsServers.0"] == Told("10.0.0.9", source)
    assert found["lcmSecretUri"].known is known
