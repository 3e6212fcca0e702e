"""What must hold between upgrade inputs and what Azure knows of the cluster.

A rule needs the fact it compares with: what Azure does not show breaks nothing and becomes a question, where
somebody else may know. Source: validation table of the Azure Local upgrade articles (2026-04-28).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from azlocal.core.data.regions import SUPPORTED
from azlocal.core.facts import ClusterFacts, ExtensionFacts
from azlocal.core.ids import key, name_of, subscription_of
from azlocal.core.inputs_facts import AdapterFacts, HostFacts, Surroundings, interface
from azlocal.core.versions import numbers

Path = tuple[str | int, ...]
NODES = "physicalNodesSettings"
_VAULT_DOMAINS = {"public": "vault.azure.net", "usgovernment": "vault.usgovcloudapi.net"}
FIRST_PACKAGE = (30, 2503)
"""The first LCM extension whose package takes the template that azlocal sends."""


class Remark(NamedTuple):
    """What is wrong at *path*; when `open`, what inputs cannot mend or only people can tell, to be looked at."""

    path: Path
    message: str
    code: str
    open: bool = False


Stranger = tuple[int, str]
"""An address as a number, and the name of the machine that reports it."""


def strangers(hosts: Iterable[HostFacts]) -> list[Stranger]:
    """Return the addresses of *hosts*, in order."""
    return sorted((int(IPv4Address(text)), host.name) for host in hosts for text in _addresses(host))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One cluster's readable parameters beside what Azure shows of it."""

    parameters: Mapping[str, Any]
    cluster: ClusterFacts
    around: Surroundings
    cloud: str
    strangers: Sequence[Stranger] = ()
    """Addresses that machines of clusters without inputs report, in order."""

    def host(self, node: str) -> HostFacts | None:
        """Return the machine of a node."""
        ids = [one.machine_id for one in self.cluster.nodes if one.name.lower() == node.lower() and one.machine_id]
        ids += [one.id for one in self.cluster.machines or () if one.name.lower() == node.lower()]
        return next((host for one in ids if (host := self.around.host(one)) is not None), None)

    @property
    def nodes(self) -> list[tuple[int, Mapping[str, str]]]:
        """Return the nodes as the inputs name them, with their places."""
        return list(enumerate(self.parameters.get(NODES, ())))

    @property
    def hosts(self) -> list[HostFacts]:
        """Return the machines that are known of the nodes that Azure names."""
        return [host for one in self.cluster.nodes if (host := self.host(one.name)) is not None]


def remarks(compared: Compared) -> Iterator[Remark]:
    """Yield what the inputs and Azure disagree in, and what neither can tell."""
    for rule in _RULES:
        yield from rule(compared)


# the cluster


def _region(compared: Compared) -> Iterator[Remark]:
    place = compared.cluster.location.replace(" ", "").lower()
    known = SUPPORTED.get(compared.cloud) or frozenset().union(*SUPPORTED.values())
    if place and place not in known:
        message = f"the cluster's region is {place}, which takes no solution upgrade"
        yield Remark(("cluster",), message, "REGION", open=True)


def _providers(compared: Compared) -> Iterator[Remark]:
    subscription = subscription_of(compared.cluster.id)
    missing = compared.around.unregistered.get(subscription, ())
    if missing:
        message = f"not registered in subscription {subscription}: {', '.join(missing)}"
        yield Remark(("cluster",), message, "RP_UNREGISTERED", open=True)


def _package(compared: Compared) -> Iterator[Remark]:
    for machine in compared.cluster.machines or ():
        version = numbers(machine.lcm.version) if isinstance(machine.lcm, ExtensionFacts) else None
        if version is not None and version < FIRST_PACKAGE:
            told = machine.lcm.version if isinstance(machine.lcm, ExtensionFacts) else ""
            message = (
                f"{machine.name} has the LCM extension {told}; packages up to 2411.3 take another template, so "
                "update it before the upgrade"
            )
            yield Remark(("cluster",), message, "TEMPLATE", open=True)
            return


def _failover_name(compared: Compared) -> Iterator[Remark]:
    told, known = compared.parameters.get("failoverClusterName"), compared.cluster.failover_name
    if told and known and told.lower() != known.lower():
        message = f"'{told}' is not the name that the cluster reports: {known}"
        yield Remark(("failoverClusterName",), message, "FAILOVER_NAME")


def _domain(compared: Compared) -> Iterator[Remark]:
    told: str = compared.parameters.get("domainFqdn", "")
    for host in compared.hosts if told else ():
        if host.domain and host.domain.lower() != told.lower():
            yield Remark(("domainFqdn",), f"'{told}' is not the domain of {host.name}: {host.domain}", "DOMAIN")
            return


def _custom_location(compared: Compared) -> Iterator[Remark]:
    told = compared.parameters.get("customLocation", "")
    for one in compared.cluster.custom_locations or ():
        if told and name_of(one.id).lower() == told.lower():
            message = f"'{told}' is in the resource group already; is it this cluster's own?"
            yield Remark(("customLocation",), message, "CUSTOM_LOCATION", open=True)


# nodes and machines


def _node_names(compared: Compared) -> Iterator[Remark]:
    known = {one.name.lower(): one.name for one in compared.cluster.nodes if one.name}
    told = {node["name"].lower() for _, node in compared.nodes if "name" in node}
    if not known or not told:
        return
    for place, node in compared.nodes:
        if "name" in node and node["name"].lower() not in known:
            message = f"the cluster reports no node '{node['name']}', but {', '.join(known.values())}"
            yield Remark((NODES, place, "name"), message, "NODES")
    missing = [name for lower, name in known.items() if lower not in told]
    if missing:
        yield Remark((NODES,), f"lacks what the cluster reports: {', '.join(missing)}", "NODES")


def _node_addresses(compared: Compared) -> Iterator[Remark]:
    for place, node in compared.nodes:
        host = compared.host(node.get("name", ""))
        known = _addresses(host) if host else []
        if "ipv4Address" in node and known and node["ipv4Address"] not in known:
            message = f"{node['ipv4Address']} is no address that {node['name']} reports ({', '.join(known)})"
            yield Remark((NODES, place, "ipv4Address"), message, "NODES")


def _addresses(host: HostFacts) -> list[str]:
    found = [*host.plain_addresses, *(one.address for one in host.adapters if interface(one.address))]
    return list(dict.fromkeys(found))


def _machines(compared: Compared) -> Iterator[Remark]:
    told: Sequence[str | None] = compared.parameters.get("arcNodeResourceIds", ())
    known = {key(one.id): one for one in compared.cluster.machines or ()}
    for place, machine in enumerate(told):
        if known and machine and key(machine) not in known:
            message = f"'{name_of(machine)}' is none of the cluster's machines"
            yield Remark(("arcNodeResourceIds", place), message, "ARC_NODES")
        host = compared.around.host(machine) if machine else None
        if host is not None and host.principal == "":
            message = f"{host.name} has no system-assigned identity, and its principal is needed"
            yield Remark(("arcNodeResourceIds", place), message, "ARC_NODES")
    missing = [one.name for one_id, one in known.items() if one_id not in {key(one) for one in told if one}]
    if missing and all(told) and told:
        yield Remark(("arcNodeResourceIds",), f"lacks machines of the cluster: {', '.join(missing)}", "ARC_NODES")


# addresses


def _pool_in_use(compared: Compared) -> Iterator[Remark]:
    ends = [compared.parameters.get(name) for name in ("startingIPAddress", "endingIPAddress")]
    if not all(ends):
        return
    first, last = (IPv4Address(end) for end in ends)
    told = {node["ipv4Address"] for _, node in compared.nodes if "ipv4Address" in node}
    for host in compared.hosts:
        for text in _addresses(host):
            if first <= IPv4Address(text) <= last and text not in told:
                message = f"{host.name} reports {text}, which lies in the pool (the failover cluster's address?)"
                yield Remark(("startingIPAddress",), message, "IP_POOL_IN_USE")


def _pool_of_strangers(compared: Compared) -> Iterator[Remark]:
    ends = [compared.parameters.get(name) for name in ("startingIPAddress", "endingIPAddress")]
    if not all(ends):
        return
    first, last = (int(IPv4Address(end)) for end in ends)
    place = bisect_left(compared.strangers, (first, ""))
    if place < len(compared.strangers) and compared.strangers[place][0] <= last:
        number, name = compared.strangers[place]
        message = (
            f"the pool holds {IPv4Address(number)}, which {name} of another cluster reports; is that another network?"
        )
        yield Remark(("startingIPAddress",), message, "IP_POOL_IN_USE", open=True)


def _mask(compared: Compared) -> Iterator[Remark]:
    told = compared.parameters.get("subnetMask")
    for _, node in compared.nodes if told else ():
        host = compared.host(node.get("name", ""))
        known = _mask_of(host, node.get("ipv4Address", "")) if host else ""
        if known and known != told:
            yield Remark(("subnetMask",), f"{told} is not the mask that {node['name']} reports: {known}", "SUBNET")
            return


def _mask_of(host: HostFacts, address: str) -> str:
    for adapter in host.adapters:
        if adapter.address == address and adapter.mask:
            return adapter.mask
    for text in host.addresses:
        found = interface(text)
        if found is not None and str(found.ip) == address and found.network.prefixlen < 32:
            return str(found.netmask)
    return ""


def _gateway(compared: Compared) -> Iterator[Remark]:
    told = compared.parameters.get("defaultGateway")
    known = [(name, one.gateway) for name, one in _management(compared) if one.routed]
    if told and known and told not in {gateway for _, gateway in known}:
        name, gateway = known[0]
        yield Remark(("defaultGateway",), f"{told} is not the gateway that {name} uses: {gateway}", "GATEWAY")


def _resolvers(compared: Compared) -> Iterator[Remark]:
    told = [one for one in compared.parameters.get("dnsServers", ()) if one]
    for name, adapter in _management(compared) if told else ():
        if adapter.dns and set(adapter.dns) != set(told):
            yield Remark(("dnsServers",), f"{name} uses {', '.join(adapter.dns)}; is that meant?", "DNS", open=True)
            return


def _management(compared: Compared) -> Iterable[tuple[str, AdapterFacts]]:
    """Yield the adapters that carry the addresses of the inputs, with the nodes' names."""
    for _, node in compared.nodes:
        host = compared.host(node.get("name", ""))
        for adapter in host.adapters if host else ():
            if adapter.address == node.get("ipv4Address"):
                yield node["name"], adapter


# the vault


def _vault(compared: Compared) -> Iterator[Remark]:
    host = str(compared.parameters.get("lcmSecretUri", "")).partition("://")[2].partition("/")[0].lower()
    name, _, domain = host.partition(".")
    if not name:
        return
    expected = _VAULT_DOMAINS.get(compared.cloud)
    if expected and domain != expected:
        message = f"the vault's host ends with {domain}; in this cloud it is {expected}"
        yield Remark(("lcmSecretUri",), message, "KEYVAULT_NAME")
    elif compared.around.vaults is not None:
        yield from _vault_seen(compared, name)


def _vault_seen(compared: Compared, name: str) -> Iterator[Remark]:
    vault = (compared.around.vaults or {}).get(name)
    if vault is None:
        message = f"no vault '{name}' is seen in the subscriptions of cluster and machines; is it elsewhere?"
        yield Remark(("lcmSecretUri",), message, "KEYVAULT_EXISTS", open=True)
    elif vault.public is False:
        message = f"the vault '{vault.name}' takes no requests from public networks, and the upgrade needs them"
        yield Remark(("lcmSecretUri",), message, "KEYVAULT_ACCESS")


_RULES = (
    _region, _providers, _package, _failover_name, _domain, _custom_location, _node_names, _node_addresses,
    _machines, _pool_in_use, _pool_of_strangers, _mask, _gateway, _resolvers, _vault,
)  # fmt: skip
