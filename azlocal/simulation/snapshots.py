"""An operator's own fleet as a sandbox world, as far as a census tells of it: clusters, machines, states, tags.

What a census does not tell is as usual: how attempts will go is drawn by the seed, upgrade inputs are complete where
a ring selects a cluster, and the past of a cluster is what its deployment settings show.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from azlocal.core.facts import Absence, ClusterFacts, ExtensionFacts, FleetFacts, MachineFacts, SettingsFacts
from azlocal.core.ids import group_name_of, key, parse_id, subscription_of
from azlocal.core.plan import FleetPlan
from azlocal.core.steps import latest
from azlocal.sandbox.documents_arc import Hardware
from azlocal.sandbox.journey import Behaviour, Outcome
from azlocal.sandbox.scenarios.model import ClusterSpec, GroupSpec, MachineSpec, Past, Scenario, SubscriptionSpec
from azlocal.simulation.fleets import UPGRADES, VALIDATIONS, weighted

_AKS = "microsoft.hybridcontainerservice/provisionedclusters"
_STEADY = "ConnectedRecently"


def scenario_of(facts: FleetFacts, plan: FleetPlan, chance: random.Random, now: datetime) -> Scenario:
    """Return the fleet that *facts* tell of, at *now*; *chance* decides how its attempts will go."""
    known = {subscription_of(one.id) for one in facts.clusters} | {one.lower() for one in plan.scope.subscriptions}
    subscriptions = tuple(
        SubscriptionSpec(id=one, name=one, tags=_held(facts, f"/subscriptions/{one}")) for one in sorted(known)
    )
    clusters = tuple(_cluster(one, place, plan, chance, now) for place, one in enumerate(facts.clusters, 1))
    return Scenario(
        name="own-fleet", about=f"{len(clusters)} clusters of a census", region=_region(facts.clusters),
        subscriptions=subscriptions, groups=tuple(_groups(facts)), clusters=clusters, plan={}, extras=False,
    )  # fmt: skip


def _region(clusters: Sequence[ClusterFacts]) -> str:
    return next((one.location for one in clusters if one.location), "westeurope")


def _held(facts: FleetFacts, scope: str) -> Mapping[str, str]:
    text = facts.holds.get(key(scope))
    return {} if text is None else {"azlocal-hold": text}


def _groups(facts: FleetFacts) -> Iterator[GroupSpec]:
    for cluster in {group_name_of(one.id).lower(): one for one in facts.clusters}.values():
        scope = "/".join(cluster.id.split("/")[:5])
        yield GroupSpec(
            name=group_name_of(cluster.id), subscription=subscription_of(cluster.id), region=cluster.location,
            tags=_held(facts, scope),
        )  # fmt: skip


def _cluster(facts: ClusterFacts, place: int, plan: FleetPlan, chance: random.Random, now: datetime) -> ClusterSpec:
    target = parse_id(facts.id)
    solution = "" if facts.solution is None or isinstance(facts.solution, Absence) else facts.solution.version
    past = tuple(_past(facts, now))
    machines = _machines(facts)
    hardware = Hardware(model=facts.model) if facts.model else Hardware()
    return ClusterSpec(
        name=target.name, subscription=target.subscription.lower(), group=target.group,
        machine_group=_machine_group(facts) or target.group, region=facts.location, site=place,
        failover_name=facts.failover_name or f"OWN{place:04}", machines=machines, hardware=hardware,
        tags=facts.tags, status=(facts.status or _STEADY) if not past else _STEADY,
        connectivity=facts.connectivity or "Connected", identity=facts.identity_type or "None",
        synced_ago=now - facts.last_sync_at if facts.last_sync_at else timedelta(days=30), solution=solution,
        workloads=tuple(sorted({"aks" if one.kind.lower() == _AKS else "vm" for one in facts.workloads or ()})),
        inputs={} if plan.ring_of(facts) is not None and not solution else None, vault=f"kv-own-{place:05}",
        past=past, behaviour=_behaviour(facts, chance, past, now),
    )  # fmt: skip


def _machine_group(facts: ClusterFacts) -> str:
    return next((group_name_of(one.machine_id) for one in facts.nodes if one.machine_id), "")


def _machines(facts: ClusterFacts) -> tuple[MachineSpec, ...]:
    known = {key(one.id): one for one in facts.machines or ()}
    found = []
    for node in facts.nodes:
        machine = known.get(key(node.machine_id))
        found.append(_machine(node.name, node.os_version, machine))
    return tuple(found)


def _machine(name: str, reported: str, machine: MachineFacts | None) -> MachineSpec:
    if machine is None:
        return MachineSpec(name=name, os_version=reported, reported_version=reported, status="Disconnected", lcm="")
    lcm = machine.lcm if isinstance(machine.lcm, ExtensionFacts) else None
    return MachineSpec(
        name=machine.name, os_version=machine.os_version or reported, reported_version=reported,
        status=machine.status or "Connected", lcm=lcm.version if lcm else "",
        lcm_state=(lcm.provisioning_state if lcm else "") or "Succeeded",
    )  # fmt: skip


def _past(facts: ClusterFacts, now: datetime) -> Iterator[Past]:
    """Yield what the deployment settings show to have been requested: a Deploy is behind a Validate."""
    settings = facts.settings
    if not isinstance(settings, SettingsFacts) or settings.operation_type.lower() != "clusterupgrade":
        return
    moment = latest(settings) or now - timedelta(hours=8)
    if settings.mode.lower() == "deploy":
        begun = now - moment + timedelta(hours=0 if settings.ended is False else 4)
        yield Past(mode="Validate", ago=begun + timedelta(hours=2), inputs="own")
        yield Past(mode="Deploy", ago=begun + timedelta(minutes=1), inputs="own")
    elif settings.mode.lower() == "validate":
        begun = now - moment + timedelta(minutes=1 if settings.ended is False else 20)
        yield Past(mode="Validate", ago=begun, inputs="own")


def _behaviour(facts: ClusterFacts, chance: random.Random, past: Sequence[Past], now: datetime) -> Behaviour:
    """Return how the cluster goes on: as it did so far, then as drawn."""
    del now
    validations, upgrades = weighted(chance, VALIDATIONS), weighted(chance, UPGRADES)
    settings = facts.settings if isinstance(facts.settings, SettingsFacts) else None
    modes = [one.mode for one in past]
    if settings is not None and "Validate" in modes:
        failed = settings.mode.lower() == "validate" and settings.validation_status.lower() in {"error", "failed"}
        validations = (Outcome("failure" if failed else "success"), *validations)
    if settings is not None and "Deploy" in modes:
        failed = settings.deployment_status.lower() in {"error", "failed"}
        upgrades = (Outcome("failure" if failed else "success"), *upgrades)
    syncs = (facts.connectivity or "").lower() == "connected"
    return Behaviour(validations=validations, upgrades=upgrades, syncs=syncs)
