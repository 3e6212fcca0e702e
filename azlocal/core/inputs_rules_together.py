"""What must hold between the upgrade inputs of several clusters: nobody takes what is another's.

Readiness validation tests each cluster by itself and finds a pool free as long as nobody uses it, so two
clusters can both pass with the same range. Only who sees all inputs can tell.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, NamedTuple

from azlocal.core.ids import group_id_of, key, name_of

Path = tuple[str | int, ...]


class Clash(NamedTuple):
    """One broken rule: whose inputs break it (an id key), where, how, and the rule's code."""

    cluster: str
    path: Path
    message: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one cluster's inputs take. `parameters` holds the values that could be read.

    Addresses are compared within one `network`: clusters in networks of different names may use the same ones.
    """

    cluster_id: str
    source: str
    parameters: Mapping[str, Any]
    network: str = ""

    @property
    def called(self) -> str:
        """Return the cluster's name and where its inputs stand."""
        return f"{name_of(self.cluster_id)} ({self.source})"


class _Pool(NamedTuple):
    first: int
    last: int
    claim: Claim


class _Point(NamedTuple):
    address: int
    what: str
    claim: Claim


def clashes(claims: Iterable[Claim]) -> Iterator[Clash]:
    """Yield what the inputs of several clusters break together."""
    every = list(claims)
    networks: dict[str, list[Claim]] = defaultdict(list)
    for claim in every:
        networks[claim.network.lower()].append(claim)
    for members in networks.values():
        yield from _addresses(members)
    yield from _machines(every)
    yield from _custom_locations(every)


# addresses


def _addresses(claims: Sequence[Claim]) -> Iterator[Clash]:
    pools = sorted((pool for one in claims if (pool := _pool(one)) is not None), key=lambda pool: pool[:2])
    yield from _overlaps(pools)
    points = sorted((point for one in claims for point in _points(one)), key=lambda point: point.address)
    yield from _covered(pools, points)
    yield from _shared_hosts(claims)


def _pool(claim: Claim) -> _Pool | None:
    ends = [claim.parameters.get(name) for name in ("startingIPAddress", "endingIPAddress")]
    first, last = (int(IPv4Address(end)) if end else -1 for end in ends)
    return _Pool(first, last, claim) if 0 <= first <= last else None


def _points(claim: Claim) -> Iterator[_Point]:
    for node in claim.parameters.get("physicalNodesSettings", ()):
        if "ipv4Address" in node:
            yield _Point(int(IPv4Address(node["ipv4Address"])), f"node {node.get('name', '')}".strip(), claim)
    if "defaultGateway" in claim.parameters:
        yield _Point(int(IPv4Address(claim.parameters["defaultGateway"])), "the default gateway", claim)


def _overlaps(pools: Sequence[_Pool]) -> Iterator[Clash]:
    """Name for every pool that overlaps others one of them, the nearest."""
    widest: _Pool | None = None
    for place, pool in enumerate(pools):
        after = pools[place + 1] if place + 1 < len(pools) else None
        other = widest if widest is not None and widest.last >= pool.first else after
        if other is not None and other.first <= pool.last and pool.first <= other.last:
            yield _overlap(pool, other)
        widest = pool if widest is None or pool.last > widest.last else widest


def _overlap(pool: _Pool, other: _Pool) -> Clash:
    shared = f"{IPv4Address(max(pool.first, other.first))} to {IPv4Address(min(pool.last, other.last))}"
    message = f"the pool shares {shared} with the pool of {other.claim.called}; {_APART}"
    return Clash(key(pool.claim.cluster_id), ("startingIPAddress",), message, "IP_POOL_OVERLAP")


_APART = "if they lie in networks apart, give each a network: NAME"


def _covered(pools: Iterable[_Pool], points: Sequence[_Point]) -> Iterator[Clash]:
    """Tell of every pool the first address of another cluster that lies in it."""
    addresses = [point.address for point in points]
    for pool in pools:
        for place in range(bisect_left(addresses, pool.first), len(points)):
            point = points[place]
            if point.address > pool.last:
                break
            if point.claim is not pool.claim:
                message = f"the pool holds {IPv4Address(point.address)}, {point.what} of {point.claim.called}; {_APART}"
                yield Clash(key(pool.claim.cluster_id), ("startingIPAddress",), message, "IP_POOL_OVERLAP")
                break


# what only one cluster can have

Taken = tuple[Hashable, Path, Claim]
"""A thing, where it is named, and by whom."""


def _shared_hosts(claims: Iterable[Claim]) -> Iterator[Clash]:
    taken = (
        (node["ipv4Address"], ("physicalNodesSettings", number, "ipv4Address"), claim)
        for claim in claims
        for number, node in enumerate(claim.parameters.get("physicalNodesSettings", ()))
        if "ipv4Address" in node
    )
    for (address, path, claim), other in _twice(taken):
        message = f"{address} is the address of a node of {other.called}, too; {_APART}"
        yield Clash(key(claim.cluster_id), path, message, "NODES")


def _machines(claims: Iterable[Claim]) -> Iterator[Clash]:
    taken = (
        (key(machine), ("arcNodeResourceIds", number), claim)
        for claim in claims
        for number, machine in enumerate(claim.parameters.get("arcNodeResourceIds", ()))
        if machine
    )
    for (_, path, claim), other in _twice(taken):
        message = f"the machine stands in the inputs of {other.called}, too"
        yield Clash(key(claim.cluster_id), path, message, "ARC_NODES")


def _custom_locations(claims: Iterable[Claim]) -> Iterator[Clash]:
    taken = (
        ((group_id_of(claim.cluster_id), str(claim.parameters["customLocation"]).lower()), ("customLocation",), claim)
        for claim in claims
        if "customLocation" in claim.parameters
    )
    for ((_, name), path, claim), other in _twice(taken):
        message = f"'{name}' is the custom location of {other.called}, too, in the same resource group"
        yield Clash(key(claim.cluster_id), path, message, "CUSTOM_LOCATION")


def _twice(taken: Iterable[Taken]) -> Iterator[tuple[Any, Claim]]:
    """Yield what several claims take, each with another one of them."""
    by_thing: dict[Hashable, list[Taken]] = defaultdict(list)
    for one in taken:
        by_thing[one[0]].append(one)
    for those in by_thing.values():
        first = those[0][2]
        second = next((claim for _, _, claim in those if claim is not first), None)
        if second is not None:
            yield from ((one, second if one[2] is first else first) for one in those)
