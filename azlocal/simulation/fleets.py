"""Random fleets: clusters with their behaviours, and a plan of rings, limits, budgets, soaks, windows, freezes, gates."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from azlocal.sandbox.documents import guid
from azlocal.sandbox.documents_arc import LCM, Hardware
from azlocal.sandbox.journey import Behaviour, Outcome
from azlocal.sandbox.scenarios.clusters import CURRENT_BUILD, OLD_LCM
from azlocal.sandbox.scenarios.model import ClusterSpec, MachineSpec, OsUpgrade, Scenario, SubscriptionSpec

T = TypeVar("T")
SMALLEST, LARGEST = 5, 60
_SIZES = (((5, 7), 52), ((8, 12), 33), ((13, 20), 11), ((21, 35), 3), ((36, 60), 1))
_SITES = ("aarhus", "bergen", "cork", "delft", "essen", "fano", "gent", "husum", "izola", "jena", "kiel", "linz")
_ZONES = (
    "UTC", "Europe/Oslo", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo",
    "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo",
)  # fmt: skip
_RINGS = ("canary", "early", "broad", "tail")
_OLD_OS = "10.0.20349.2700"
_BUILDS = (f"10.0.{CURRENT_BUILD}", f"10.0.{CURRENT_BUILD}", "10.0.25398.1913")
_KINDS = (
    ("willing", 80), ("old-lcm", 6), ("solution", 4), ("late-os", 2), ("old-os", 2), ("machine", 1), ("aks", 1),
    ("no-inputs", 2), ("stale", 1), ("denied", 1),
)  # fmt: skip
IN_THE_WAY = frozenset({"old-os", "machine", "aks", "no-inputs", "stale", "denied"})
"""What keeps a cluster from ever being done; such clusters stand in the last ring only, or in none."""
VALIDATIONS = (
    ((Outcome(),), 80), ((Outcome("failure"), Outcome()), 9), ((Outcome("silent"), Outcome()), 3),
    ((Outcome("failure", "", "val-bitlocker"),), 3), ((Outcome("stuck"),), 2), ((Outcome(), Outcome("failure")), 3),
)  # fmt: skip
UPGRADES = (
    ((Outcome(),), 76), ((Outcome("failure"), Outcome()), 12), ((Outcome("refused"), Outcome()), 4),
    ((Outcome("silent"), Outcome()), 3), ((Outcome("failure"), Outcome("failure"), Outcome()), 2),
    ((Outcome("failure"),), 2), ((Outcome("stuck"),), 1),
)  # fmt: skip
_QUESTIONS = ("not-stretched", "not-22h2sp", "oem-supported", "not-scvmm", "english-os", "no-workloads")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the clusters of one fleet have in common."""

    chance: random.Random
    subscriptions: tuple[SubscriptionSpec, ...]
    rings: tuple[str, ...]


def weighted(chance: random.Random, choices: Sequence[tuple[T, int]]) -> T:
    """Return one of *choices* by their weights."""
    return chance.choices([one for one, _ in choices], [weight for _, weight in choices])[0]


def fleet(chance: random.Random, now: datetime, days: int) -> Scenario:
    """Return a random fleet and its plan, to begin at *now* and to be troubled for *days*."""
    size = chance.randint(*weighted(chance, _SIZES))
    subscriptions = tuple(
        SubscriptionSpec(id=guid("simulation", name), name=name)
        for name in ("Northwind North", "Northwind South")[: 2 if chance.random() < 0.3 else 1]
    )
    names = _RINGS[: min(1 + size // 3, chance.choice((1, 2, 2, 3, 3, 4)))]
    ground = Ground(chance, subscriptions, names)
    rings = sorted((_ring_of(chance, place, names) for place in range(size)), key=[*names, ""].index)
    clusters = tuple(_cluster(ground, place, ring) for place, ring in enumerate(rings))
    return Scenario(
        name="simulated", about=f"{size} clusters", region="westeurope", subscriptions=subscriptions, groups=(),
        clusters=clusters, plan=_plan(ground, clusters, now, days), extras=False,
    )  # fmt: skip


def _ring_of(chance: random.Random, place: int, names: Sequence[str]) -> str:
    if place < len(names):
        return names[place]
    weights = [1 + 2 * number for number, _ in enumerate(names)]
    return "" if chance.random() < 0.06 else chance.choices(names, weights)[0]


# clusters


def _cluster(ground: Ground, place: int, ring: str) -> ClusterSpec:
    chance = ground.chance
    site = _SITES[place % len(_SITES)]
    name, group = f"clu-{site}-{place + 1:02}", f"rg-{site}-{place // 2 + 1:02}"
    build = chance.choice(_BUILDS)
    machines = tuple(
        MachineSpec(name=f"{site[:4]}{place + 1:02}n{number}", os_version=build, reported_version=build)
        for number in range(1, 1 + chance.choice((1, 2, 2, 2, 3)))
    )
    spec = ClusterSpec(
        name=name, subscription=ground.subscriptions[place % len(ground.subscriptions)].id, group=group,
        machine_group=group, region="westeurope", site=place + 1, failover_name=f"SIM{place + 1:03}",
        machines=machines, hardware=Hardware(model=chance.choice(("AX-650", "AX-760"))),
        tags={"site": site, **({"azlocal-ring": ring} if ring else {}), **_narrowed(chance)},
        synced_ago=timedelta(minutes=chance.randrange(5, 600)), inputs={} if ring else None, vault=f"kv-sim-{place:03}",
        behaviour=Behaviour(validations=weighted(chance, VALIDATIONS), upgrades=weighted(chance, UPGRADES)),
    )  # fmt: skip
    kind = weighted(chance, _KINDS)
    last = not ring or ring == ground.rings[-1]
    return _of_kind(chance, spec, kind if last or kind not in IN_THE_WAY else "willing")


def _narrowed(chance: random.Random) -> Mapping[str, str]:
    """Return the tag by which an owner narrows the windows of a cluster, sometimes."""
    return {"azlocal-window": chance.choice(NARROW)} if chance.random() < 0.04 else {}


NARROW = ("all_18:00-06:00", "all_20:00-05:00@Europe/Oslo", "all_00:00-12:00@America/New_York", "sun_00:00-24:00")


def _of_kind(chance: random.Random, spec: ClusterSpec, kind: str) -> ClusterSpec:
    first, *others = spec.machines
    if kind == "solution":
        return replace(spec, solution="12.2510.1002.531", inputs=None)
    if kind == "old-lcm":
        extension = chance.choice(("success", "success", "success", "failure"))
        machines = tuple(replace(one, lcm=chance.choice((OLD_LCM, "", LCM.version))) for one in spec.machines)
        return replace(spec, machines=machines, behaviour=replace(spec.behaviour, extension=extension))
    if kind in {"old-os", "late-os"}:
        machines = tuple(replace(one, os_version=_OLD_OS, reported_version=_OLD_OS) for one in spec.machines)
        later = OsUpgrade(after=timedelta(days=chance.randint(1, 4)), version=CURRENT_BUILD)
        return replace(spec, machines=machines, os_upgrade=later if kind == "late-os" else None)
    if kind == "stale":
        return replace(spec, synced_ago=timedelta(hours=90), behaviour=replace(spec.behaviour, syncs=False))
    if kind == "machine":
        return replace(spec, machines=(replace(first, status="Disconnected"), *others))
    found: dict[str, Mapping[str, Any]] = {
        "aks": {"workloads": ("aks",)},
        "no-inputs": {"inputs": None},
        "denied": {"tags": {**spec.tags, "azlocal-attest-oem-supported": "v=no;by=vendor"}},
    }
    return replace(spec, **found.get(kind, {}))


# the plan


def _plan(ground: Ground, clusters: Sequence[ClusterSpec], now: datetime, days: int) -> dict[str, Any]:
    chance = ground.chance
    zone = chance.choice(_ZONES)
    sizes = Counter(one.tags.get("azlocal-ring", "") for one in clusters)
    plan: dict[str, Any] = {
        "rings": [ring(chance, name, sizes[name], zone) for name in ground.rings],
        "attestations": [{"key": key} for key in _QUESTIONS if key != "no-workloads" or chance.random() < 0.7],
        "updateExtension": chance.random() < 0.7,
        "freezes": list(freezes(chance, now, days, zone)),
    }
    if chance.random() < 0.4:
        plan["validationFreshFor"] = chance.choice(("PT8H", "PT24H", "P7D"))
    if chance.random() < 0.3:
        plan["validate"] = {"maxConcurrent": chance.choice((1, 2, 5, "40%")), "ahead": chance.random() < 0.6}
    if chance.random() < 0.2:
        plan["caps"] = [{"by": chance.choice(("tag:site", "subscription", "model")), "max": chance.choice((1, 2))}]
    if chance.random() < 0.15:
        plan["retry"] = {"safe": chance.choice((1, 2))}
    return plan


def ring(chance: random.Random, name: str, size: int, zone: str) -> dict[str, Any]:
    """Return one ring of *size* members: the larger, the more of them at once, so that it is done in some weeks."""
    least = max(1, size // 5)
    limit = chance.randint(least, max(least, min(size, least + 2)))
    found: dict[str, Any] = {
        "name": name, "maxConcurrent": chance.choice((limit, limit, limit, "25%", "50%")),
        "failureBudget": chance.choice((0, 0, 0, 1, 2, "20%")),
        "soak": chance.choice(("PT0S", "PT1H", "PT6H", "P1D", "P2D")),
        "gate": chance.choice(("approval", "approval", "none")), "windows": windows(chance, zone),
    }  # fmt: skip
    if chance.random() < 0.2:
        found["ramp"] = chance.choice(([1, 3, "40%"], [1, 2, 4], [2, "50%"]))
    if chance.random() < 0.1:
        found["caps"] = [{"by": "tag:site", "max": 1}]
    if chance.random() < 0.3:
        found["order"] = "nodes"
    return found


def windows(chance: random.Random, zone: str) -> list[dict[str, Any]]:
    """Return when upgrades may start: always, at night, or on some days."""
    kind = weighted(chance, (("always", 3), ("nights", 5), ("days", 2), ("two", 2)))
    if kind == "always":
        return [{"days": "all", "from": "00:00", "to": "24:00", "zone": zone}]
    if kind == "days":
        days = chance.choice(("sat-sun", "mon-thu", "tue,wed,sat"))
        return [{"days": days, "from": "07:00", "to": "20:00", "zone": zone}]
    night = {"days": "all", "from": chance.choice(("20:00", "21:30", "22:00")), "to": "06:00", "zone": zone}
    if kind == "nights":
        return [night]
    return [night, {"days": "sun", "from": "06:00", "to": "18:00", "zone": zone}]


def freezes(chance: random.Random, now: datetime, days: int, zone: str) -> Iterator[dict[str, Any]]:
    """Yield some days on which nothing may start."""
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        first = (now + timedelta(days=chance.randint(0, max(1, days)))).date()
        last = first + timedelta(days=chance.randint(0, 2))
        yearly = {"yearly": True} if chance.random() < 0.3 else {}
        yield {"from": first.isoformat(), "to": last.isoformat(), "zone": zone, "reason": "stocktaking", **yearly}
