"""What must be there after a successful upgrade (Microsoft Learn, install the solution upgrade, 2026-04)."""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.core.facts import ClusterFacts, SolutionFacts

_BROKEN = frozenset({"failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether everything expected is there; None when some of it is not known yet."""

    ok: bool | None
    message: str


def verified(cluster: ClusterFacts) -> Verification:
    """Check the solution version, the resource bridge, the custom location and the machines."""
    solution = cluster.solution
    parts = {
        "the solution version": None if solution is None else cluster.solved,
        "the resource bridge, Running": _bridge(cluster),
        "the custom location": _location(cluster),
        "the machines, Connected": _machines(cluster),
    }
    missing = [name for name, there in parts.items() if not there]
    if not missing:
        version = solution.version if isinstance(solution, SolutionFacts) else ""
        return Verification(ok=True, message=f"upgraded and verified: solution {version}")
    ok = None if None in parts.values() else False
    return Verification(ok=ok, message="the upgrade succeeded; not seen yet: " + ", ".join(missing))


def _bridge(cluster: ClusterFacts) -> bool | None:
    if cluster.appliances is None:
        return None
    return any(
        one.status.lower() in {"running", "connected"} and one.provisioning_state.lower() not in _BROKEN
        for one in cluster.appliances
    )


def _location(cluster: ClusterFacts) -> bool | None:
    if cluster.custom_locations is None:
        return None
    return any(one.provisioning_state.lower() == "succeeded" for one in cluster.custom_locations)


def _machines(cluster: ClusterFacts) -> bool | None:
    machines = cluster.machines
    if machines is None:
        return None
    if not machines or len(machines) < len(cluster.nodes):
        return False
    return all(one.status.lower() == "connected" for one in machines)
