"""Inputs beside what Azure knows: each disagreement by its code, and nothing where Azure shows nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.facts import ABSENT, ClusterFacts, ExtensionFacts, MachineFacts, NodeFacts, RelatedFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import AdapterFacts, HostFacts, Surroundings, VaultFacts
from azlocal.core.inputs_rules_azure import Compared, remarks

SUB = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg/providers"
ID = f"{GROUP}/Microsoft.AzureStackHCI/clusters/oslo"


def machine(name):
    return f"{GROUP}/Microsoft.HybridCompute/machines/{name}"


def facts_of(name, version="30.2604.0.1"):
    lcm = ExtensionFacts(id="x", version=version, provisioning_state="Succeeded")
    return MachineFacts(id=machine(name), name=name, lcm=lcm)


CLUSTER = ClusterFacts(
    id=ID, name="oslo", location="westeurope", failover_name="OSLOHCI",
    nodes=tuple(NodeFacts(name=name, machine_id=machine(name)) for name in ("n1", "n2")),
    machines=(facts_of("n1"), facts_of("n2")), custom_locations=(),
)  # fmt: skip
PARAMETERS = {
    "failoverClusterName": "oslohci",
    "arcNodeResourceIds": [machine("n1"), machine("n2")],
    "physicalNodesSettings": [
        {"name": "N1", "ipv4Address": "10.0.0.21"}, {"name": "n2", "ipv4Address": "10.0.0.22"},
    ],
    "domainFqdn": "AD.example.com", "startingIPAddress": "10.0.0.40", "endingIPAddress": "10.0.0.49",
    "subnetMask": "255.255.255.0", "defaultGateway": "10.0.0.1", "dnsServers": ["10.0.0.10", "10.0.0.11"],
    "customLocation": "oslo-cl", "lcmSecretUri": "https://kv-oslo.vault.azure.net/secrets/a/b",
}  # fmt: skip


def host(name, last, *more, **changes):
    adapter = AdapterFacts(
        address=f"10.0.0.{last}", mask="255.255.255.0", gateway="10.0.0.1", dns=("10.0.0.11", "10.0.0.10")
    )
    usual = HostFacts(
        id=machine(name), name=name, principal="p", domain="ad.example.com",
        addresses=(f"10.0.0.{last}/24", *more), adapters=(adapter,),
    )  # fmt: skip
    return replace(usual, **changes)


N1, N2 = host("n1", 21), host("n2", 22)
VAULT = VaultFacts(id="v", name="kv-oslo", public=True)


def told(parameters=PARAMETERS, cluster=CLUSTER, hosts=(N1, N2), cloud="public", **more):
    usual = {"vaults": {"kv-oslo": VAULT}, "unregistered": {SUB: ()}}
    around = Surroundings(hosts={key(one.id): one for one in hosts}, **(usual | more))
    return list(remarks(Compared(parameters=parameters, cluster=cluster, around=around, cloud=cloud)))


def but(**changes):
    return {**PARAMETERS, **changes}


def nodes(*pairs):
    return [{"name": name, "ipv4Address": address} for name, address in pairs]


def test_inputs_that_agree_with_azure_are_not_remarked():
    assert told() == []


OLD_PACKAGE = "packages up to 2411.3 take another template, so update it before the upgrade"
CASES = {
    "another failover cluster": (
        {"parameters": but(failoverClusterName="BERGEN")}, "FAILOVER_NAME", False, ("failoverClusterName",),
        "'BERGEN' is not the name that the cluster reports: OSLOHCI",
    ),
    "another domain": (
        {"parameters": but(domainFqdn="b.example.com")}, "DOMAIN", False, ("domainFqdn",),
        "'b.example.com' is not the domain of n1: ad.example.com",
    ),
    "a node that is none": (
        {"parameters": but(physicalNodesSettings=nodes(("n1", "10.0.0.21"), ("n2", "10.0.0.22"), ("n3", "10.0.0.23")))},
        "NODES", False, ("physicalNodesSettings", 2, "name"), "the cluster reports no node 'n3', but n1, n2",
    ),
    "a node that is missing": (
        {"parameters": but(physicalNodesSettings=nodes(("n1", "10.0.0.21")))}, "NODES", False,
        ("physicalNodesSettings",), "lacks what the cluster reports: n2",
    ),
    "an address that the node does not report": (
        {"parameters": but(physicalNodesSettings=nodes(("n1", "10.0.0.31"), ("n2", "10.0.0.22")))}, "NODES", False,
        ("physicalNodesSettings", 0, "ipv4Address"), "10.0.0.31 is no address that n1 reports (10.0.0.21)",
    ),
    "a machine of another cluster": (
        {"parameters": but(arcNodeResourceIds=[machine("n1"), machine("n2"), machine("n9")])}, "ARC_NODES", False,
        ("arcNodeResourceIds", 2), "'n9' is none of the cluster's machines",
    ),
    "a machine that is missing": (
        {"parameters": but(arcNodeResourceIds=[machine("n1")])}, "ARC_NODES", False, ("arcNodeResourceIds",),
        "lacks machines of the cluster: n2",
    ),
    "a machine without identity": (
        {"hosts": (N1, replace(N2, principal=""))}, "ARC_NODES", False, ("arcNodeResourceIds", 1),
        "n2 has no system-assigned identity, and its principal is needed",
    ),
    "an address of a machine in the pool": (
        {"hosts": (N1, host("n2", 22, "10.0.0.45/24"))}, "IP_POOL_IN_USE", False, ("startingIPAddress",),
        "n2 reports 10.0.0.45, which lies in the pool (the failover cluster's address?)",
    ),
    "another mask": (
        {"parameters": but(subnetMask="255.255.254.0")}, "SUBNET", False, ("subnetMask",),
        "255.255.254.0 is not the mask that N1 reports: 255.255.255.0",
    ),
    "another gateway": (
        {"parameters": but(defaultGateway="10.0.0.254")}, "GATEWAY", False, ("defaultGateway",),
        "10.0.0.254 is not the gateway that N1 uses: 10.0.0.1",
    ),
    "other resolvers": (
        {"parameters": but(dnsServers=["10.0.0.10"])}, "DNS", True, ("dnsServers",),
        "N1 uses 10.0.0.11, 10.0.0.10; is that meant?",
    ),
    "a region that takes no upgrade": (
        {"cluster": replace(CLUSTER, location="Switzerland North")}, "REGION", True, ("cluster",),
        "the cluster's region is switzerlandnorth, which takes no solution upgrade",
    ),
    "a provider that is not registered": (
        {"unregistered": {SUB: ("Microsoft.HybridConnectivity",)}}, "RP_UNREGISTERED", True, ("cluster",),
        f"not registered in subscription {SUB}: Microsoft.HybridConnectivity",
    ),
    "an old package": (
        {"cluster": replace(CLUSTER, machines=(facts_of("n1", "30.2411.1.760"), facts_of("n2")))}, "TEMPLATE", True,
        ("cluster",), f"n1 has the LCM extension 30.2411.1.760; {OLD_PACKAGE}",
    ),
    "a custom location that is there": (
        {"cluster": replace(CLUSTER, custom_locations=(RelatedFacts(id=f"{GROUP}/x/Oslo-CL", kind="k"),))},
        "CUSTOM_LOCATION", True, ("customLocation",),
        "'oslo-cl' is in the resource group already; is it this cluster's own?",
    ),
    "a vault that nobody sees": (
        {"vaults": {}}, "KEYVAULT_EXISTS", True, ("lcmSecretUri",),
        "no vault 'kv-oslo' is seen in the subscriptions of cluster and machines; is it elsewhere?",
    ),
    "a vault behind a wall": (
        {"vaults": {"kv-oslo": replace(VAULT, public=False)}}, "KEYVAULT_ACCESS", False, ("lcmSecretUri",),
        "the vault 'kv-oslo' takes no requests from public networks, and the upgrade needs them",
    ),
    "a vault of another cloud": (
        {"cloud": "usgovernment", "cluster": replace(CLUSTER, location="usgovvirginia")}, "KEYVAULT_NAME", False,
        ("lcmSecretUri",), "the vault's host ends with vault.azure.net; in this cloud it is vault.usgovcloudapi.net",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_disagreement_is_told_by_its_field_and_code(case):
    given_, code, is_open, path, message = CASES[case]
    assert [(one.path, one.message, one.code, one.open) for one in told(**given_)] == [(path, message, code, is_open)]


BARE = ClusterFacts(id=ID, name="oslo")


@given(st.sets(st.sampled_from(sorted(PARAMETERS))))
def test_where_azure_shows_nothing_nothing_is_wrong(left_out):
    kept = {name: value for name, value in PARAMETERS.items() if name not in left_out}
    assert told(kept, BARE, (), vaults=None, unregistered={}) == []


@given(st.sets(st.sampled_from(sorted(PARAMETERS))))
def test_a_value_that_could_not_be_read_breaks_no_rule(left_out):
    kept = {name: value for name, value in PARAMETERS.items() if name not in left_out}
    assert told(kept) == []


def test_items_that_could_not_be_read_are_passed_over():
    odd = but(arcNodeResourceIds=[None, machine("n2")], physicalNodesSettings=[{}, {"name": "n2"}], dnsServers=[None])
    assert {one.code for one in told(odd)} <= {"NODES"}


def test_an_extension_that_is_missing_tells_nothing_of_its_package():
    bare = replace(CLUSTER, machines=(replace(facts_of("n1"), lcm=ABSENT), facts_of("n2")))
    assert told(cluster=bare) == []
