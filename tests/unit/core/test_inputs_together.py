"""The inputs of several clusters: nobody takes what is another's, and whoever does is told of both sides."""

from __future__ import annotations

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.ids import key
from azlocal.core.inputs_rules_together import Claim, clashes

SUB = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups"


def cluster_id(name, group="rg"):
    return f"{SUB}/{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def claim(name, pool=None, *, hosts=(), gateway=None, machines=(), location=None, network="", group="rg"):
    parameters = {
        "physicalNodesSettings": [{"name": f"n{place}", "ipv4Address": one} for place, one in enumerate(hosts)],
        "arcNodeResourceIds": list(machines),
    }
    if pool:
        parameters["startingIPAddress"], parameters["endingIPAddress"] = pool
    if gateway:
        parameters["defaultGateway"] = gateway
    if location:
        parameters["customLocation"] = location
    return Claim(cluster_id=cluster_id(name, group), source=f"{name}.yaml", parameters=parameters, network=network)


def told(*claims):
    return [(one.cluster.rpartition("/")[2], one.path, one.message, one.code) for one in clashes(claims)]


APART = "if they lie in networks apart, give each a network: NAME"


def test_pools_that_overlap_are_told_of_both_clusters_with_what_they_share():
    a, b = claim("a", ("10.0.0.40", "10.0.0.49")), claim("b", ("10.0.0.45", "10.0.0.60"))
    shared = "the pool shares 10.0.0.45 to 10.0.0.49 with the pool of"
    assert told(a, b) == [
        ("a", ("startingIPAddress",), f"{shared} b (b.yaml); {APART}", "IP_POOL_OVERLAP"),
        ("b", ("startingIPAddress",), f"{shared} a (a.yaml); {APART}", "IP_POOL_OVERLAP"),
    ]


def test_a_pool_that_holds_anothers_host_or_gateway_is_told_of_the_pools_owner():
    pool = claim("a", ("10.0.0.40", "10.0.0.49"))
    for other, what in (
        (claim("b", hosts=["10.0.0.21", "10.0.0.44"]), "10.0.0.44, node n1 of b (b.yaml)"),
        (claim("b", gateway="10.0.0.40"), "10.0.0.40, the default gateway of b (b.yaml)"),
    ):
        assert told(pool, other) == [
            ("a", ("startingIPAddress",), f"the pool holds {what}; {APART}", "IP_POOL_OVERLAP")
        ]  # fmt: skip


def test_a_host_that_two_clusters_name_is_told_of_both():
    found = told(claim("a", hosts=["10.0.0.1", "10.0.0.2"]), claim("b", hosts=["10.0.0.2"]))
    assert [(name, path, code) for name, path, _, code in found] == [
        ("a", ("physicalNodesSettings", 1, "ipv4Address"), "NODES"),
        ("b", ("physicalNodesSettings", 0, "ipv4Address"), "NODES"),
    ]


def test_a_machine_that_two_clusters_name_is_told_whatever_its_case():
    machine = f"{SUB}/rg/providers/Microsoft.HybridCompute/machines/n1"
    found = told(claim("a", machines=[machine, None]), claim("b", machines=[machine.upper()], network="other"))
    assert [(name, path, code) for name, path, _, code in found] == [
        ("a", ("arcNodeResourceIds", 0), "ARC_NODES"), ("b", ("arcNodeResourceIds", 0), "ARC_NODES"),
    ]  # fmt: skip


def test_one_custom_location_name_serves_one_cluster_of_a_resource_group():
    same = [claim("a", location="Edge-CL"), claim("b", location="edge-cl"), claim("c", location="edge-cl", group="rg2")]
    assert [(name, code) for name, _, _, code in told(*same)] == [("a", "CUSTOM_LOCATION"), ("b", "CUSTOM_LOCATION")]


def test_clusters_of_networks_with_different_names_may_use_the_same_addresses():
    same = {"pool": ("10.0.0.40", "10.0.0.49"), "hosts": ["10.0.0.21"], "gateway": "10.0.0.1"}
    assert told(claim("a", network="store-1", **same), claim("b", network="store-2", **same)) == []
    assert told(claim("a", network="Store-1", **same), claim("b", network="store-1", **same))


def test_a_gateway_that_clusters_share_is_no_clash():
    assert told(claim("a", gateway="10.0.0.1"), claim("b", gateway="10.0.0.1")) == []


def test_values_that_could_not_be_read_are_passed_over():
    broken = Claim(
        cluster_id=cluster_id("a"), source="a.yaml",
        parameters={"startingIPAddress": "10.0.0.9", "physicalNodesSettings": [{}, {"name": "n"}]},
    )  # fmt: skip
    backwards = claim("b", ("10.0.0.49", "10.0.0.1"))
    assert told(broken, backwards, claim("c", ("10.0.0.9", "10.0.0.20"))) == []


pools = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda one: (one[0], one[0] + one[1]))
fleets = st.lists(st.tuples(pools, st.sets(st.integers(0, 75), max_size=3), st.sampled_from(["", "x"])), max_size=7)


def address(number):
    return str(IPv4Address((10 << 24) + number))


def as_claims(fleet):
    return [
        claim(
            f"c{place}", (address(pool[0]), address(pool[1])), hosts=[address(one) for one in sorted(hosts)],
            network=network, location=f"cl{place}",
        )
        for place, (pool, hosts, network) in enumerate(fleet)
    ]  # fmt: skip


@given(fleets)
def test_exactly_the_clusters_whose_pool_touches_another_cluster_are_told(fleet):
    touched = {
        f"c{here}"
        for here, (pool, _, network) in enumerate(fleet)
        for there, (other, hosts, same) in enumerate(fleet)
        if here != there and network == same
        if (pool[0] <= other[1] and other[0] <= pool[1]) or any(pool[0] <= one <= pool[1] for one in hosts)
    }
    assert {name for name, _, _, code in told(*as_claims(fleet)) if code == "IP_POOL_OVERLAP"} == touched


@given(fleets)
def test_the_order_of_the_clusters_does_not_matter_for_whom_is_told(fleet):
    claims = as_claims(fleet)
    forwards, backwards = ({(one.cluster, one.code) for one in clashes(some)} for some in (claims, claims[::-1]))
    assert forwards == backwards


def test_a_clash_names_its_cluster_by_the_key_of_its_id():
    a, b = claim("A", ("10.0.0.1", "10.0.0.9")), claim("B", ("10.0.0.1", "10.0.0.9"))
    assert {one.cluster for one in clashes([a, b])} == {key(a.cluster_id), key(b.cluster_id)}
