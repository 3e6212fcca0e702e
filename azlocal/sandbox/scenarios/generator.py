"""`fleet-N`: N clusters from a seed, as large fleets look: few of them move at a time.

Half the fleet, at most 500 clusters, is planned: in rings of 5, 20, and then 50 clusters, all of which can be
upgraded or are. The others bear no ring; they are upgraded already, or something stands in their way. No
cluster misbehaves. Whatever happens needs no person: no ring has a gate, and their windows are always open.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from azlocal.sandbox.documents import guid
from azlocal.sandbox.documents_arc import LCM, Hardware
from azlocal.sandbox.scenarios.clusters import CURRENT_BUILD, OLD_LCM
from azlocal.sandbox.scenarios.model import ClusterSpec, MachineSpec, Scenario, SubscriptionSpec

PLANNED_AT_MOST = 500
PER_SUBSCRIPTION = 1000
_RING_SIZES = (5, 20, 50)
_SITES = (
    "aalborg", "antwerp", "basel", "bilbao", "bologna", "bordeaux", "brno", "cardiff", "cork", "dresden", "essen",
    "gdansk", "genoa", "graz", "hamburg", "inverness", "kaunas", "leipzig", "limerick", "linz", "lodz", "lugano",
    "malaga", "metz", "namur", "nantes", "odense", "oulu", "padua", "poznan", "reims", "rennes", "seville", "tampere",
    "tartu", "toulon", "trieste", "turku", "uppsala", "vigo",
)  # fmt: skip
_REGIONS = (
    "westeurope", "westeurope", "westeurope", "eastus", "southcentralus", "canadacentral", "australiaeast",
    "southeastasia", "centralindia", "japaneast",
)  # fmt: skip
_HARDWARE = (
    Hardware(manufacturer="Contoso Hardware", model="AX-650"),
    Hardware(manufacturer="Contoso Hardware", model="AX-760", cores=48, memory=768),
    Hardware(manufacturer="Fabrikam Systems", model="ThinkAgile-MX3520", cores=40, memory=1024),
    Hardware(manufacturer="Tailspin Servers", model="DL380-Gen11", cores=64, memory=1024),
)
_NODES = ((2, 72), (1, 10), (3, 8), (4, 10))
_PLANNED = (("candidate", 82), ("older", 10), ("solution", 8))
_OTHERS = (
    ("solution", 55), ("old-os", 22), ("upgrading-os", 3), ("patch", 6), ("machine", 4), ("lcm", 3), ("aks", 2),
    ("identity", 2), ("stale", 2), ("region", 1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """One cluster before its state is drawn in: where it is and what it is made of."""

    place: int
    name: str
    group: str
    region: str
    nodes: tuple[str, ...]
    hardware: Hardware


def fleet(count: int, seed: int) -> Scenario:
    """Return `fleet-<count>`; the same seed gives the same fleet."""
    drawn = random.Random(f"fleet-{count}-{seed}")
    planned = min((count + 1) // 2, PLANNED_AT_MOST)
    rings = list(_rings(planned))
    # The planned ones are spread over the whole fleet, and so over its subscriptions.
    chosen = sorted(drawn.sample(range(count), planned))
    ring_of = dict(zip(_shuffled(drawn, chosen), rings))
    subscriptions = _subscriptions(count)
    clusters = tuple(_cluster(drawn, place, count, ring_of.get(place, ""), subscriptions) for place in range(count))
    return Scenario(
        name=f"fleet-{count}",
        about=f"{count} generated clusters, {planned} of them in rings of at most {_RING_SIZES[-1]}, no faults",
        region="westeurope",
        subscriptions=subscriptions,
        groups=(),
        clusters=clusters,
        plan=_plan(list(dict.fromkeys(rings))),
        extras=False,
    )


def _shuffled(drawn: random.Random, items: list[int]) -> list[int]:
    return drawn.sample(items, len(items))


def _rings(planned: int) -> Iterator[str]:
    """Yield the ring of each planned cluster, in the order of the rings."""
    number, left = 0, 0
    for _ in range(planned):
        if not left:
            left = _RING_SIZES[min(number, len(_RING_SIZES) - 1)]
            number += 1
        left -= 1
        yield f"ring-{number:02}"


def _subscriptions(count: int) -> tuple[SubscriptionSpec, ...]:
    wanted = -(-count // PER_SUBSCRIPTION)
    names = [f"Northwind Edge {number:02}" for number in range(1, wanted + 1)]
    return tuple(SubscriptionSpec(id=guid("fleet", name), name=name) for name in names)


def _plan(rings: list[str]) -> Mapping[str, Any]:
    windows = [{"days": "all", "from": "00:00", "to": "24:00", "zone": "UTC"}]
    keys = ("not-stretched", "not-22h2sp", "oem-supported", "not-scvmm", "english-os", "no-workloads")
    return {
        "updateExtension": True,
        "rings": [
            {
                "name": name, "maxConcurrent": (2, 5, 10)[min(place, 2)], "failureBudget": (0, 1, 2)[min(place, 2)],
                "soak": "PT1H", "gate": "none", "windows": windows,
            }
            for place, name in enumerate(rings)
        ],
        "attestations": [{"key": key} for key in keys],
    }  # fmt: skip


def _weighted(drawn: random.Random, choices: tuple[tuple[Any, int], ...]) -> Any:
    return drawn.choices([one for one, _ in choices], [weight for _, weight in choices])[0]


def _cluster(
    drawn: random.Random, place: int, count: int, ring: str, subscriptions: tuple[SubscriptionSpec, ...]
) -> ClusterSpec:
    draft = _draft(drawn, place, count)
    kind = _weighted(drawn, _PLANNED if ring else _OTHERS)
    spec = ClusterSpec(
        name=draft.name,
        subscription=subscriptions[place * len(subscriptions) // count].id,
        group=draft.group,
        machine_group=draft.group if place % 10 else f"{draft.group}-machines",
        region=draft.region,
        site=place,
        failover_name=f"AZL{place:05}",
        machines=_machines(draft, drawn.choice((f"10.0.{CURRENT_BUILD}", "10.0.25398.1913"))),
        hardware=draft.hardware,
        tags={"site": draft.name.split("-")[1], **({"azlocal-ring": ring} if ring else {})},
        synced_ago=timedelta(minutes=drawn.randrange(5, 600)),
        inputs={} if ring else None,
        vault=f"kv-azl-{place // 2:05}" if ring else "",
    )
    return _in_state(drawn, spec, kind)


def _draft(drawn: random.Random, place: int, count: int) -> Draft:
    width = max(2, len(str(count)))
    site = _SITES[place // 2 % len(_SITES)]
    name = f"clu-{site}-{place + 1:0{width}}"
    nodes = _weighted(drawn, _NODES)
    return Draft(
        place=place,
        name=name,
        group=f"rg-azlocal-{site}-{place // 2 + 1:0{width}}",
        region=_REGIONS[place // 2 % len(_REGIONS)],
        nodes=tuple(f"{site[:6]}{place + 1:0{width}}-n{number}" for number in range(1, nodes + 1)),
        hardware=_HARDWARE[place // 2 % len(_HARDWARE)],
    )


def _machines(draft: Draft, version: str) -> tuple[MachineSpec, ...]:
    return tuple(MachineSpec(name=name, os_version=version, reported_version=version) for name in draft.nodes)


def _in_state(drawn: random.Random, spec: ClusterSpec, kind: str) -> ClusterSpec:
    first, *others = spec.machines
    if kind == "solution":
        version = "12.2510.1002.531" if "26100" in first.os_version else "11.2510.1002.93"
        return replace(spec, solution=version, inputs=None)
    if kind == "region":
        return replace(spec, region=drawn.choice(("switzerlandnorth", "brazilsouth")))
    if kind == "identity":
        return replace(spec, identity="None")
    if kind == "aks":
        return replace(spec, workloads=("aks",))
    if kind == "stale":
        behind = timedelta(hours=drawn.randrange(30, 400))
        return replace(spec, synced_ago=behind, behaviour=replace(spec.behaviour, syncs=False))
    if kind == "machine":
        return replace(spec, machines=(replace(first, status="Disconnected"), *others))
    if kind == "upgrading-os" and others:
        return replace(spec, machines=(_running(first, "10.0.20349.2700"), *others))
    return _with_versions(spec, kind)


def _with_versions(spec: ClusterSpec, kind: str) -> ClusterSpec:
    if kind in {"old-os", "upgrading-os"}:
        return replace(spec, machines=tuple(_running(one, "10.0.20349.2700") for one in spec.machines))
    if kind == "patch":
        return replace(spec, machines=tuple(_running(one, "10.0.25398.1849") for one in spec.machines))
    lcm = {"older": OLD_LCM, "lcm": ""}.get(kind, LCM.version)
    return replace(spec, machines=tuple(replace(one, lcm=lcm) for one in spec.machines))


def _running(machine: MachineSpec, version: str) -> MachineSpec:
    return replace(machine, os_version=version, reported_version=version)
