"""What must be there after a successful upgrade (Microsoft Learn, install the solution upgrade, 2026-04)."""

from __future__ import annotations

from dataclasses import dataclass

from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import key

_BROKEN = frozenset({"failed", "canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether everything expected is there; None when some of it is not known yet."""

    ok: bool | None
    message: str


def verified(cluster: ClusterFacts) -> Verification:
    """Check the solution version, the resource bridge, the custom location and the machines."""
    parts = {
        "the solution version": versioned(cluster),
        "the resource bridge, Running": bridged(cluster),
        "the custom location": located(cluster),
        "the machines, Connected": connected(cluster),
    }
    missing = [name for name, there in parts.items() if not there]
    if not missing:
        return Verification(ok=True, message=f"upgraded and verified: solution {cluster.solution_version}")
    ok = None if None in parts.values() else False
    return Verification(ok=ok, message="the upgrade succeeded; not seen yet: " + ", ".join(missing))


def versioned(cluster: ClusterFacts) -> bool | None:
    """Return whether a solution version is reported; None when that was not read."""
    return None if cluster.solution is None else cluster.solved


def bridged(cluster: ClusterFacts) -> bool | None:
    """Return whether a resource bridge runs; None when that was not read."""
    if cluster.appliances is None:
        return None
    return any(
        one.status.lower() in {"running", "connected"} and one.provisioning_state.lower() not in _BROKEN
        for one in cluster.appliances
    )


def located(cluster: ClusterFacts) -> bool | None:
    """Return whether a custom location is there, on a bridge of this cluster; None when that was not read."""
    if cluster.custom_locations is None:
        return None
    bridges = {key(one.id) for one in cluster.appliances or ()}
    return any(
        one.provisioning_state.lower() == "succeeded" and (not one.host or not bridges or key(one.host) in bridges)
        for one in cluster.custom_locations
    )


def connected(cluster: ClusterFacts) -> bool | None:
    """Return whether there is a connected machine for each node; None when that was not read."""
    machines = cluster.machines
    if machines is None:
        return None
    if not machines or len(machines) < len(cluster.nodes):
        return False
    return all(one.status.lower() == "connected" for one in machines)
