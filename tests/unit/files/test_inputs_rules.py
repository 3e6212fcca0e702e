"""What must hold between addresses: pool, subnet, gateway, nodes and resolvers."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from input_samples import GOOD

from azlocal.files.inputs_fields import NODES
from azlocal.files.inputs_rules import broken_rules


def told(good, name="clu"):
    return {path: message for path, message, _ in broken_rules(good, name)}


def codes(good):
    return [code for _, _, code in broken_rules(good, "clu")]


def of(**changes):
    return {**GOOD, **changes}


def nodes(*addresses):
    return [{"name": f"n{number}", "ipv4Address": str(address)} for number, address in enumerate(addresses)]


@st.composite
def networks(draw):
    """A subnet with a gateway, two nodes, two resolvers and a pool that is as it must be."""
    prefix = draw(st.integers(20, 28))
    base = draw(st.integers(10 << 24, 223 << 24))
    subnet = IPv4Network((base, prefix), strict=False)
    last = subnet.num_addresses - 2
    size = draw(st.integers(6, min(last - 3, 255)))
    first = draw(st.integers(1, last - size + 1))
    free = [*range(1, first), *range(first + size, last + 1)][:64]
    hosts = draw(st.lists(st.sampled_from(free), min_size=3, max_size=3, unique=True))
    gateway, one, two = (subnet[host] for host in hosts)
    return subnet, {
        **GOOD, "subnetMask": str(subnet.netmask), "defaultGateway": str(gateway), NODES: nodes(one, two),
        "startingIPAddress": str(subnet[first]), "endingIPAddress": str(subnet[first + size - 1]),
        "dnsServers": [str(subnet[hosts[0]]), "1.1.1.1"],
    }  # fmt: skip


@given(networks())
def test_a_network_in_order_breaks_no_rule(case):
    _, good = case
    assert told(good) == {}


@given(networks(), st.data())
def test_whatever_lies_in_the_pool_is_told(case, data):
    _, good = case
    first, last = int(IPv4Address(good["startingIPAddress"])), int(IPv4Address(good["endingIPAddress"]))
    inside = str(IPv4Address(data.draw(st.integers(first, last))))
    resolvers = {**good, "dnsServers": ["1.1.1.1", inside]}
    gateway = {**good, "defaultGateway": inside}
    node = {**good, NODES: [good[NODES][0], {"name": "n1", "ipv4Address": inside}]}
    assert [list(told(one)) for one in (resolvers, gateway, node)] == [
        [("dnsServers", 1)], [("defaultGateway",)], [(NODES, 1, "ipv4Address")],
    ]  # fmt: skip
    assert [codes(one) for one in (resolvers, gateway, node)] == [["IP_POOL_OVERLAP"]] * 3


@given(networks(), st.sampled_from(["defaultGateway", "node"]), st.integers(0, 2**32 - 1))
def test_one_address_in_another_subnet_is_one_mistake(case, which, number):
    subnet, good = case
    stray = IPv4Address(number)
    assume(stray not in subnet)
    if which == "node":
        broken, path = (
            {**good, NODES: [{"name": "n0", "ipv4Address": str(stray)}, good[NODES][1]]},
            (NODES, 0, "ipv4Address"),
        )
    else:
        broken, path = {**good, which: str(stray)}, (which,)
    assert told(broken) == {path: f"{stray} is not in the subnet {subnet} of the others"}
    assert codes(broken) == [{"node": "NODES"}.get(which, "GATEWAY")]


@given(networks(), st.sampled_from(["startingIPAddress", "endingIPAddress"]))
def test_an_end_of_the_pool_in_another_subnet_has_the_code_of_the_pools_subnet(case, which):
    subnet, good = case
    beside = int(subnet.network_address) + (subnet.num_addresses if which == "endingIPAddress" else -1)
    assume(0 <= beside < 2**32)
    assert "IP_POOL_SUBNET" in codes({**good, which: str(IPv4Address(beside))})


@given(networks(), st.integers(-300, 600))
def test_a_pool_holds_6_to_255_addresses_in_order(case, size):
    _, good = case
    first = int(IPv4Address(good["startingIPAddress"]))
    assume(0 <= first + size - 1 < 2**32)
    found = dict(
        told({"startingIPAddress": str(IPv4Address(first)), "endingIPAddress": str(IPv4Address(first + size - 1))})
    )
    assert bool(found) == (not 6 <= size <= 255)
    assert set(found) <= {("endingIPAddress",)}


@given(networks())
def test_the_first_and_last_address_of_a_subnet_are_no_hosts(case):
    subnet, good = case
    for edge in (subnet.network_address, subnet.broadcast_address):
        message = f"{edge} is the first or last address of {subnet}, which no host may have"
        assert told({**good, "defaultGateway": str(edge)}) == {("defaultGateway",): message}


@pytest.mark.parametrize(
    "name", ["startingIPAddress", "endingIPAddress", "subnetMask", "defaultGateway", "dnsServers", NODES]
)
def test_a_value_that_could_not_be_read_costs_only_the_rules_that_need_it(name):
    assert told({key: value for key, value in GOOD.items() if key != name}) == {}


def test_items_that_could_not_be_read_keep_their_place():
    good = of(dnsServers=[None, "10.20.0.45"], arcNodeResourceIds=[None, GOOD["arcNodeResourceIds"][1]])
    good[NODES] = [{}, {"name": "n1", "ipv4Address": "10.20.0.41"}]
    assert list(told(good)) == [(NODES, 1, "ipv4Address"), ("dnsServers", 1)]
