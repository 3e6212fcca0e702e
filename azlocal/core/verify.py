"""What must be there after a successful upgrade (Microsoft Learn, install the solution upgrade, 2026-04)."""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.core.facts import Absence, ClusterFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether everything expected is there; None when some of it is not known yet."""

    ok: bool | None
    message: str


def verified(cluster: ClusterFacts) -> Verification:
    """Check the solution version, the resource bridge, the custom location and the machines."""
    missing = [text for text in (_solution(cluster), _bridge(cluster), _location(cluster), _machines(cluster)) if text]
    if not missing:
        solution = cluster.solution
        version = "" if solution is None or isinstance(solution, Absence) else solution.version
        return Verification(ok=True, message=f"upgraded and verified: solution {version}")
    return Verification(ok=False, message="the upgrade succeeded; not seen yet: " + ", ".join(missing))


def _solution(cluster: ClusterFacts) -> str:
    solution = cluster.solution
    if solution is None or isinstance(solution, Absence) or not solution.version:
        return "the solution version"
    return ""


def _bridge(cluster: ClusterFacts) -> str:
    running = [one for one in cluster.appliances or () if one.status.lower() in {"running", "connected"}]
    return "" if running else "the resource bridge, Running"


def _location(cluster: ClusterFacts) -> str:
    good = [one for one in cluster.custom_locations or () if one.provisioning_state.lower() == "succeeded"]
    return "" if good else "the custom location"


def _machines(cluster: ClusterFacts) -> str:
    machines = cluster.machines
    lost = [one.name for one in machines or () if one.status.lower() != "connected"]
    return "the machines, Connected" if not machines or lost else ""
