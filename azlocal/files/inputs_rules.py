"""What must hold between the values of upgrade inputs, as far as it can be known without a network.

Source: validation table of the Azure Local upgrade articles (2026-04-28) and of AzStackHci.EnvironmentChecker
(module signed 2026-05-03). Rules see only values that are right in themselves, so that none is told twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from azlocal.core.ids import key
from azlocal.files.document import Path
from azlocal.files.inputs_fields import NODES

Wrong = tuple[Path, str, str]
"""Path, message and code of a broken rule."""
Placed = tuple[Path, int]
"""An address, and where it stands."""

SMALLEST_POOL = 6
LARGEST_POOL = 255


def broken_rules(good: Mapping[str, Any], cluster_name: str) -> Iterator[Wrong]:
    """Yield path, message and code of every rule that *good* breaks: the values that could be read.

    A list holds None, a node lacks the key, where an item could not be read.
    """
    nodes: Sequence[Mapping[str, str]] = good.get(NODES, ())
    machines: Sequence[str | None] = good.get("arcNodeResourceIds", ())
    yield from _counts(machines, nodes)
    ids = ((("arcNodeResourceIds", number), key(one)) for number, one in enumerate(machines) if one)
    yield from _repeated(ids, "ARC_NODES")
    yield from _repeated(_each(nodes, "name"), "NODES")
    yield from _repeated(_each(nodes, "ipv4Address"), "NODES")
    for path, name in _each(nodes, "name"):
        if name == cluster_name.lower():
            yield path, "is the name of the cluster's Azure resource too; the two must differ", "CLUSTER_NAME"
    network = _Network.of(good)
    for rule in (_pool_size, _pool_free, _one_subnet):
        yield from rule(network)


def _counts(machines: Sequence[Any], nodes: Sequence[Any]) -> Iterator[Wrong]:
    if machines and nodes and len(machines) != len(nodes):
        message = f"names {len(machines)} machines, but {NODES} {len(nodes)} nodes"
        yield ("arcNodeResourceIds",), message, "ARC_NODES"


def _each(nodes: Sequence[Mapping[str, str]], name: str) -> list[tuple[Path, str]]:
    return [((NODES, number, name), node[name].lower()) for number, node in enumerate(nodes) if name in node]


def _repeated(values: Iterable[tuple[Path, str]], code: str) -> Iterator[Wrong]:
    seen: set[str] = set()
    for path, value in values:
        if value in seen:
            yield path, "stands in the list already", code
        seen.add(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Network:
    """The addresses that could be read, as numbers; `mask` may be unknown."""

    hosts: Sequence[Placed]
    ends: Sequence[Placed]
    resolvers: Sequence[Placed]
    mask: int | None

    @classmethod
    def of(cls, good: Mapping[str, Any]) -> _Network:
        servers = enumerate(good.get("dnsServers", ()))
        single = {name: [((name,), _number(good[name]))] for name in _ADDRESSES if name in good}
        nodes = [(path, _number(text)) for path, text in _each(good.get(NODES, ()), "ipv4Address")]
        return cls(
            hosts=[*nodes, *single.get("defaultGateway", ())],
            ends=[*single.get("startingIPAddress", ()), *single.get("endingIPAddress", ())],
            resolvers=[(("dnsServers", number), _number(text)) for number, text in servers if text],
            mask=_number(good["subnetMask"]) if "subnetMask" in good else None,
        )

    @property
    def pool(self) -> tuple[int, int] | None:
        """Return the first and last address of the pool, when both are known."""
        return (self.ends[0][1], self.ends[1][1]) if len(self.ends) == 2 else None


_ADDRESSES = ("defaultGateway", "startingIPAddress", "endingIPAddress")


def _number(text: str) -> int:
    return int(IPv4Address(text))


def _pool_size(network: _Network) -> Iterator[Wrong]:
    if network.pool is None:
        return
    first, last = network.pool
    size = last - first + 1
    if size < 1:
        message = f"{IPv4Address(last)} comes before {IPv4Address(first)}, the start of the pool"
    elif SMALLEST_POOL <= size <= LARGEST_POOL:
        return
    else:
        message = f"the pool holds {size} addresses; it must hold {SMALLEST_POOL} to {LARGEST_POOL}"
    yield ("endingIPAddress",), message, "IP_POOL_SIZE"


def _pool_free(network: _Network) -> Iterator[Wrong]:
    first, last = network.pool or (1, 0)
    for path, address in (*network.hosts, *network.resolvers):
        if first <= address <= last:
            pool = f"{IPv4Address(first)} to {IPv4Address(last)}"
            message = f"{IPv4Address(address)} lies in the pool {pool}, whose addresses must be free"
            yield path, message, "IP_POOL_OVERLAP"


def _one_subnet(network: _Network) -> Iterator[Wrong]:
    addresses = (*network.hosts, *network.ends)
    mask = network.mask
    if mask is None or not addresses:
        return
    # What most addresses agree on is the subnet, so that one wrong address is told as one mistake.
    base = Counter(address & mask for _, address in addresses).most_common(1)[0][0]
    subnet = IPv4Network((base, str(IPv4Address(mask))))
    ends = {base, base | ~mask & 0xFFFFFFFF} if subnet.prefixlen < 31 else set()
    for path, address in addresses:
        if address & mask != base:
            yield path, f"{IPv4Address(address)} is not in the subnet {subnet} of the others", _subnet_code(path)
        elif address in ends:
            message = f"{IPv4Address(address)} is the first or last address of {subnet}, which no host may have"
            yield path, message, _subnet_code(path)


def _subnet_code(path: Path) -> str:
    return {"defaultGateway": "GATEWAY", NODES: "NODES"}.get(str(path[0]), "IP_POOL_SUBNET")
