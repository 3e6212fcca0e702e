"""A first draft of a cluster's upgrade inputs: what Azure knows, marked so, and what only people know, asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key
from azlocal.core.inputs_facts import HostFacts, Surroundings, interface, is_address


@dataclass(frozen=True, slots=True)
class Told:
    """One value of a draft and the remark beside it. Without a value the remark says what to fill in."""

    value: Any = ""
    note: str = ""

    @property
    def known(self) -> bool:
        """Return whether there is a value."""
        return bool(self.value != "")


Entry = Told | list[Told] | list[dict[str, Told]]
Draft = Mapping[str, Entry]
"""A draft by parameter, in the order in which people read it."""

_ASK = {
    "failoverClusterName": "name of the failover cluster, 3 to 15 characters",
    "arcNodeResourceIds": "resource ids of the Arc machines, one for each node",
    "physicalNodesSettings": "name and ipv4Address of every node",
    "domainFqdn": "Active Directory domain, fully qualified",
    "startingIPAddress": "first of at least 6 free addresses in a row, in the hosts' subnet",
    "endingIPAddress": "last of them",
    "subnetMask": "mask of the hosts' subnet, such as 255.255.255.0",
    "defaultGateway": "gateway of the hosts' subnet",
    "dnsServers": "DNS servers that resolve the domain and public names",
    "customLocation": "name of the custom location that the upgrade creates",
    "lcmSecretUri": "URI, with version, of the Key Vault secret: https://<vault>.vault.<domain>/secrets/<name>/<version>",
}


def draft_of(cluster: ClusterFacts, around: Surroundings) -> Draft:
    """Return the draft of one cluster. What deployment settings echo counts more than what machines report."""
    hosts = _hosts(cluster, around)
    chosen = [_management(host) for _, host in hosts]
    drafted: dict[str, Entry] = {
        "failoverClusterName": _told("failoverClusterName", cluster.failover_name, cluster.id),
        "arcNodeResourceIds": _machines(hosts),
        "physicalNodesSettings": _nodes(cluster, hosts, chosen),
        "domainFqdn": _agreed("domainFqdn", [(host.domain, host.id) for _, host in hosts if host]),
        "startingIPAddress": _told("startingIPAddress"),
        "endingIPAddress": _told("endingIPAddress"),
        "subnetMask": _agreed("subnetMask", [(one.mask, one.source) for one in chosen]),
        "defaultGateway": _agreed("defaultGateway", [(one.gateway, one.source) for one in chosen if one.gateway]),
        "dnsServers": _servers(chosen),
        "customLocation": Told(f"{cluster.name}-cl", "default of the portal; another name is fine"),
        "lcmSecretUri": _told("lcmSecretUri"),
    }
    return drafted | _echoed(cluster, around)


def open_fields(draft: Draft) -> list[str]:
    """Return what people have to fill in, as dotted paths."""
    return [path for path, told in fields_of(draft) if not told.known]


def fields_of(draft: Draft) -> list[tuple[str, Told]]:
    """Return every value of a draft by its dotted path."""
    found: list[tuple[str, Told]] = []
    for name, entry in draft.items():
        if isinstance(entry, Told) or not entry:
            found.append((name, entry if isinstance(entry, Told) else _told(name)))
            continue
        for place, item in enumerate(entry):
            if isinstance(item, Told):
                found.append((f"{name}.{place}", item))
            elif isinstance(item, Mapping):
                found += [(f"{name}.{place}.{part}", told) for part, told in item.items()]
    return found


def _told(name: str, value: str = "", source: str = "") -> Told:
    return Told(value, f"from Azure: {source}") if value else Told("", f"fill in: {_ASK[name]}")


def _agreed(name: str, values: Sequence[tuple[str, str]]) -> Told:
    """Return what all that tell something agree on; what they differ in is asked."""
    told = {value.lower(): (value, source) for value, source in reversed(values) if value}
    if len(told) == 1:
        return _told(name, *next(iter(told.values())))
    seen = ", ".join(sorted(value for value, _ in told.values()))
    return Told("", f"fill in: {_ASK[name]}" + (f" (Azure shows {seen})" if seen else ""))


# machines and nodes


def _hosts(cluster: ClusterFacts, around: Surroundings) -> list[tuple[str, HostFacts | None]]:
    """Return the nodes' names in the cluster's order, each with its machine where it is known."""
    machines = {one.name.lower(): one.id for one in cluster.machines or ()}
    named = [(one.name, one.machine_id or machines.get(one.name.lower(), "")) for one in cluster.nodes]
    named = named or [(one.name, one.id) for one in cluster.machines or ()]
    return [(name, _host(name, machine_id, around)) for name, machine_id in named]


def _host(name: str, machine_id: str, around: Surroundings) -> HostFacts | None:
    return around.host(machine_id) or (HostFacts(id=machine_id, name=name) if machine_id else None)


def _machines(hosts: Sequence[tuple[str, HostFacts | None]]) -> list[Told]:
    return [
        _told("arcNodeResourceIds", host.id, host.id)
        if host
        else Told("", f"fill in: the resource id of the Arc machine of {name}")
        for name, host in hosts
    ]


@dataclass(frozen=True, slots=True)
class _Address:
    """The address by which a host is managed, and what is known with it."""

    value: str = ""
    source: str = ""
    mask: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()


def _management(host: HostFacts | None) -> _Address:
    """Return the address of the adapter that has a gateway, else the only one there is, else none."""
    if host is None:
        return _Address()
    routed = {one.address: one for one in host.adapters if one.routed}
    if len(routed) == 1:
        adapter = next(iter(routed.values()))
        servers = tuple(filter(is_address, adapter.dns))
        return _Address(adapter.address, host.device_id, adapter.mask, adapter.gateway, servers)
    found = {str(one.ip): one for text in host.addresses if (one := interface(text)) is not None}
    if len(found) == 1:
        text, one = next(iter(found.items()))
        return _Address(text, host.id, str(one.netmask) if one.network.prefixlen < 32 else "")
    return _Address(seen=tuple(found))


def _nodes(
    cluster: ClusterFacts, hosts: Sequence[tuple[str, HostFacts | None]], chosen: Iterable[_Address]
) -> list[dict[str, Told]]:
    return [
        {"name": Told(name, f"from Azure: {cluster.id}"), "ipv4Address": _node_address(name, address)}
        for (name, _), address in zip(hosts, chosen)
    ]


def _node_address(name: str, address: _Address) -> Told:
    if address.value:
        return Told(address.value, f"from Azure: {address.source}")
    seen = f" (Azure shows {', '.join(address.seen)})" if address.seen else ""
    return Told("", f"fill in: the IPv4 address of {name}{seen}")


def _servers(chosen: Iterable[_Address]) -> list[Told]:
    known = [one for one in chosen if one.dns]
    if len({one.dns for one in known}) != 1:
        return []
    return [Told(server, f"from Azure: {known[0].source}") for server in known[0].dns]


# what deployment settings echo


def _echoed(cluster: ClusterFacts, around: Surroundings) -> dict[str, Entry]:
    source = f"from Azure: {cluster.id}/deploymentSettings/default"
    return {
        name: _marked(value, source)
        for name, value in around.echoes.get(key(cluster.id), {}).items()
        if name != "lcmSecretUri" or _versioned(value)
    }


def _marked(value: Any, source: str) -> Entry:
    if not isinstance(value, list):
        return Told(value, source)
    if all(isinstance(one, Mapping) for one in value):
        return [{name: Told(part, source) for name, part in one.items()} for one in value]
    return [Told(one, source) for one in value]


def _versioned(uri: Any) -> bool:
    """Return whether a secret's URI names its version; Azure may echo it without."""
    return len([part for part in str(uri).partition("://")[2].split("/") if part]) == 4


def open_note(name: str) -> str:
    """Return the remark beside a parameter that people fill in."""
    return f"fill in: {_ASK[name]}"
