"""A cluster that is ready but for what is changed, the plan it stands in, and what is decided of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone

from azlocal.core.data.thresholds import MINIMUM_REVISION
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    Step,
)
from azlocal.core.ids import key
from azlocal.core.plan import Attestation, FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.rollout import decide_fleet
from azlocal.core.tags import Intent
from azlocal.core.windows import Window

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
GROUP = "/subscriptions/s/resourceGroups/rg/providers"
ID = f"{GROUP}/Microsoft.AzureStackHCI/clusters/oslo"
BUILD = f"10.0.25398.{MINIMUM_REVISION[25398]}"
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")
CONFIGURATION, TEMPLATE = "ab" * 32, "cd" * 32


def lock(level):
    return RelatedFacts(id=f"{ID}/providers/Microsoft.Authorization/locks/l", kind="locks", status=level)


def cluster(**changes):
    machine = MachineFacts(
        id=f"{GROUP}/Microsoft.HybridCompute/machines/m", name="m", status="Connected", os_version=BUILD,
        lcm=ExtensionFacts(id="lcm", version="30.2604.0.1", provisioning_state="Succeeded"), observed_at=NOW,
    )  # fmt: skip
    ready = ClusterFacts(
        id=ID, name="oslo", location="eastus", identity_type="SystemAssigned", status="ConnectedRecently",
        connectivity="Connected", last_sync_at=NOW - HOUR, observed_at=NOW,
        nodes=(NodeFacts(name="m", os_version=BUILD, model="X1"),), machines=(machine,), workloads=(), appliances=(),
        custom_locations=(), locks=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def plan(*stated, **changes):
    """Return a plan that lets everything go but what is not attested; *stated* are keys that are."""
    ring = Ring(name="one", select=Selector(all=True), expect=1, gate="none", windows=(ALWAYS,))
    statements = tuple(Attestation(key=one, value="yes", by="op", until=None) for one in stated)
    usual = {"control": "/control", "lease": "/lease", "rings": (ring,), "attestations": statements}
    return FleetPlan(digest="ef" * 32, scope=Scope(), **(usual | changes))


def inputs(template=TEMPLATE, configuration=CONFIGURATION):
    return Inputs(cluster_id=ID, parameters={}, digest=configuration, source="oslo.yaml", template=template)


def validated(said, mode="validate"):
    """Return the facts after *said* (inputs) were validated by azlocal, and then what *mode* was announced."""
    step = Step(name="all", status="Success", started_at=NOW - 2 * HOUR, ended_at=NOW - HOUR)
    settings = SettingsFacts(
        id="ds", mode="Validate", operation_type="ClusterUpgrade", provisioning_state="Succeeded",
        validation_status="Success", validation_steps=(step,), echo=CONFIGURATION,
    )  # fmt: skip
    at = NOW - 3 * HOUR if mode == "validate" else NOW - HOUR / 2
    intent = Intent(mode=mode, attempt=1, failures=0, inputs=said.request_digest[:12], plan="p", at=at)
    return cluster(settings=settings, tags={"azlocal-op": intent.text()})


def upgrade_failed(said):
    """Return the facts after an upgrade that azlocal sent with *said* has failed."""
    step = Step(name="all", status="Error", started_at=NOW - 2 * HOUR, ended_at=NOW - HOUR, exceptions=("it broke",))
    settings = SettingsFacts(
        id="ds", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="Failed",
        deployment_status="Error", deployment_steps=(step,), echo=CONFIGURATION,
    )  # fmt: skip
    intent = Intent(mode="deploy", attempt=1, failures=0, inputs=said.request_digest[:12], plan="p", at=NOW - 3 * HOUR)
    deployment = DeploymentFacts(
        id="d", provisioning_state="Failed", mode="deploy", attempt=1, inputs=said.request_digest[:12]
    )
    return cluster(settings=settings, deployment=deployment, tags={"azlocal-op": intent.text()})


def decide(one, wanted, said=None, **control):
    """Return what is decided of *one* under *wanted* with the inputs *said*."""
    group = ControlFacts(id="/control", paused=False, **control)
    facts = FleetFacts(cloud="public", clusters=(one,), control=group, observed_at=NOW)
    found = decide_fleet(facts, wanted, {key(ID): said or inputs()}, NOW)
    return found.clusters[0].decision
