"""The readiness verdict as a good engineer would write it down in an afternoon: what the other contenders use.

It knows what the generated fleets can show, and no more. Every run of the benchmark compares it with azlocal's own
verdicts, cluster by cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

REGIONS = frozenset({
    "eastus", "westeurope", "australiaeast", "southeastasia", "centralindia", "canadacentral", "japaneast",
    "southcentralus",
})  # fmt: skip
REVISIONS = {25398: 1904, 26100: 32814}
LCM = (30, 2408)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One Arc machine: its build, whether it is connected, and the version of its lifecycle manager ("" for none)."""

    build: str
    status: str
    lcm: str
    lcm_state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a verdict rests on."""

    region: str
    identity: str
    status: str
    connectivity: str
    synced: datetime | None
    builds: Sequence[str]
    machines: Sequence[Machine]
    solution: str
    aks: bool


def verdict(facts: Facts, now: datetime) -> str:
    """Return a word for where a cluster stands, and the check that says so: `Blocked B8`, or only `Candidate`."""
    return _place(facts) or _connection(facts, now) or _system(facts) or _readiness(facts) or "Candidate"


def _place(facts: Facts) -> str:
    if facts.region.replace(" ", "").lower() not in REGIONS:
        return "NotApplicable B2"
    return "NotApplicable B3" if facts.solution else ""


def _connection(facts: Facts, now: datetime) -> str:
    broken = facts.status.lower() in {"notyetregistered", "notconnectedrecently", "disconnected", "error"}
    if broken or facts.connectivity.lower() != "connected" or "systemassigned" not in facts.identity.lower():
        return "Blocked B6"
    fresh = facts.synced is not None and now - facts.synced <= timedelta(hours=24)
    return "" if fresh else "Unknown B6"


def _system(facts: Facts) -> str:
    families = {_numbers(build)[2:3] for build in facts.builds}
    if families == {(20349,)}:
        return "OsUpgradeRequired B4"
    if len(set(facts.builds)) > 1:
        return "OsUpgradeRunning B4"
    if not facts.builds or {one.build for one in facts.machines} != set(facts.builds):
        return "Unknown B4"
    return ""


def _readiness(facts: Facts) -> str:
    family, revision = _numbers(facts.builds[0])[2:4]
    if revision < REVISIONS.get(family, 1 << 30):
        return "Blocked B5"
    if len(facts.machines) < len(facts.builds) or any(one.status != "Connected" for one in facts.machines):
        return "Blocked B7"
    if any(_numbers(one.lcm) < LCM or one.lcm_state != "Succeeded" for one in facts.machines):
        return "Blocked B8"
    return "Blocked B11" if facts.aks else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
