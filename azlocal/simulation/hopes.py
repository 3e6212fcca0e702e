"""What keeps a cluster from being upgraded, by the world itself: the other side of the wire's own word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from azlocal.core.data.thresholds import MINIMUM_LCM, SOLUTION_FAMILIES, UPGRADE_EXPECTED
from azlocal.core.ids import key
from azlocal.core.plan import FleetPlan, Ring
from azlocal.core.tags import OP, WINDOW, value_of
from azlocal.core.versions import numbers, os_build
from azlocal.core.windows import Window
from azlocal.sandbox.journey import behaviour_of
from azlocal.sandbox.scenarios.model import ClusterSpec
from azlocal.sandbox.store import Document
from azlocal.simulation.planned import number
from azlocal.simulation.promises_record import unattested
from azlocal.simulation.world import World


def hopes(world: World, plan: FleetPlan) -> Mapping[str, str]:
    """Return for every cluster what keeps it from being upgraded; an empty text where nothing does."""
    now, timeline = world.clock.now(), world.timeline
    members: dict[str, list[ClusterSpec]] = {ring.name: [] for ring in plan.rings}
    found: dict[str, str] = {}
    for spec in world.scenario.clusters:
        ring = plan.ring_of(timeline.cluster_at(key(spec.id), now))
        if ring is None or plan.scope.excludes(spec.id):
            found[key(spec.id)] = "no ring"
        else:
            members[ring.name].append(spec)
    shut = ""
    for ring in plan.rings:
        shut = shut or _ring(world, plan, ring, members[ring.name])
        for spec in members[ring.name]:
            found[key(spec.id)] = shut or _cluster(world, plan, spec)
        if not all(timeline.solved_at(key(spec.id), now) for spec in members[ring.name]):
            shut = shut or f"ring {ring.name} is not complete"
    return found


def _hanging(world: World, mode: str) -> int:
    return sum(run.course.mode == mode for run in world.runs.current.values())


def _ring(world: World, plan: FleetPlan, ring: Ring, members: list[ClusterSpec]) -> str:
    """Return what keeps a whole ring from going on."""
    if world.azure.switch("storage-firewall-lease") == "refused":
        return "the lease is refused"
    if not members or len(members) < ring.expect:
        return "fewer members than expected"
    if not any(_long_enough(one) for one in ring.windows):
        return "no window is long enough"
    slots = plan.validate.max_concurrent
    if slots is not None and _hanging(world, "Validate") >= number(slots, len(world.scenario.clusters), least=1):
        return "hanging validations keep every slot of validations"
    if plan.caps and _hanging(world, "Deploy"):
        return "a hanging upgrade keeps its domain"
    hanging = sum(key(one.id) in world.runs.current for one in members)
    if hanging >= number(ring.max_concurrent, len(members), least=1) or (hanging and (ring.ramp or ring.caps)):
        return "hanging operations keep every slot"
    failed = [one for one in members if _failed(world, one)]
    if failed and ring.ramp:
        return "a failed upgrade keeps the ramp"
    return "the failure budget is spent" if len(failed) > number(ring.failure_budget, len(members)) else ""


def _long_enough(window: Window) -> bool:
    opens, closes = (one.hour + one.minute / 60 for one in (window.opens, window.closes))
    return ((closes - opens) % 24 or 24) * 3600 >= UPGRADE_EXPECTED.total_seconds() + 3600


def _failed(world: World, spec: ClusterSpec) -> bool:
    seen = world.timeline.settings_at(key(spec.id), world.clock.now())
    return seen is not None and (seen.mode, seen.deployment) == ("Deploy", "Error")


def _cluster(world: World, plan: FleetPlan, spec: ClusterSpec) -> str:
    """Return what keeps one cluster back."""
    return next((what for what in (*_state(world, plan, spec), *_operations(world, spec)) if what), "")


def _state(world: World, plan: FleetPlan, spec: ClusterSpec) -> Iterator[str]:
    cluster = world.azure.store.get(spec.id) or {"properties": {}, "tags": {}}
    yield "" if cluster["properties"].get("connectivityStatus") == "Connected" else "not connected"
    yield "" if behaviour_of(world.azure.behaviours, spec.id).syncs else "does not report"
    yield "workloads" if spec.workloads else ""
    yield "no inputs" if spec.inputs is None else ""
    missing = unattested(world.timeline.cluster_at(key(spec.id), world.clock.now()), plan, world.clock.now())
    yield f"{missing} is not attested" if missing else ""
    yield "windows of its own" if WINDOW in {name.lower() for name in cluster.get("tags") or {}} else ""
    for machine_id in spec.machine_ids:
        machine = world.azure.store.get(machine_id) or {"properties": {}}
        yield "" if machine["properties"].get("status") == "Connected" else "a machine is not connected"
        build = os_build(str(machine["properties"].get("osVersion", "")))
        yield "" if build and build[0] in SOLUTION_FAMILIES else "old OS"
        yield _extension(world.azure.store.get(f"{machine_id}/extensions/AzureEdgeLifecycleManager"))


def _extension(extension: Document | None) -> str:
    told = extension["properties"] if extension else {}
    version = numbers(str(told.get("typeHandlerVersion", "")))
    current = version is not None and version >= MINIMUM_LCM and told.get("provisioningState") == "Succeeded"
    return "" if current else "LCM extension"


def _operations(world: World, spec: ClusterSpec) -> Iterator[str]:
    cluster, azure = key(spec.id), world.azure
    if azure.switch("echo") != "complete":
        yield "the echo is not complete"
    if not world.next_ends_well(cluster, "validate") or not world.next_ends_well(cluster, "deploy"):
        yield "its next attempt does not end well"
    if world.runs.current.get(cluster) is not None:
        yield "an operation hangs"
    if world.record.accepted.get(cluster, 0) >= world.patience:
        yield "people have lost patience"
    seen = world.timeline.settings_at(cluster, world.clock.now())
    if seen is not None and seen.mode == "Validate" and (cluster, "Validate") in world.record.foreign:
        yield "somebody else has validated it"
    if seen is not None and seen.provisioning == "gone" and (cluster, "Deploy") in world.record.foreign:
        yield "the settings of somebody else's upgrade were deleted, which azlocal asks a person to look into"
    if seen is not None and seen.mode == "Deploy" and seen.deployment != "Success":
        if azure.switch("repeated-deploy") in {"refuse", "no-op"}:
            yield "a repeated Deploy is not taken"
        if (cluster, "Deploy") in world.record.foreign:
            yield "somebody else's upgrade failed"
        if spec.name in world.record.edited:
            yield "its inputs were changed after its upgrade failed"
    tag = value_of((azure.store.get(spec.id) or {}).get("tags") or {}, OP)
    if tag is not None and "n=many" in tag:
        yield "its intent cannot be read"
