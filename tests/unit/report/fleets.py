"""Small fleets, judged, for views to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone

from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.events import ActionOutcome
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    ControlFacts,
    ExtensionFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    SettingsFacts,
    Step,
)
from azlocal.core.plan import Attestation, FleetPlan, Ring, Scope, Selector
from azlocal.core.tags import Intent
from azlocal.core.windows import Window
from azlocal.ports import Delivery
from azlocal.service.look import judge
from azlocal.service.tick import TickReport

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
SUB, BUILD, DIGEST = "11111111-2222-3333-4444-555555555555", "10.0.25398.1904", "ab" * 32
CONTROL = f"/subscriptions/{SUB}/resourceGroups/control"
HOSTILE = "\x1b[31mred\x07\r\nnew\u2028line\u202eback\ud800\x9b\ttab"
ALWAYS = Window(days=frozenset(range(7)), opens=time(0), closes=time(0), zone="UTC")


def ident(name, group="rg"):
    return f"/subscriptions/{SUB}/resourceGroups/{group}/providers/Microsoft.AzureStackHCI/clusters/{name}"


def machine(name, **changes):
    lcm = ExtensionFacts(id="lcm", version="30.2408.0.1", provisioning_state="Succeeded")
    path = f"/subscriptions/{SUB}/resourceGroups/arc/providers/Microsoft.HybridCompute/machines/{name}"
    usual = MachineFacts(id=path, name=name, status="Connected", os_version=BUILD, lcm=lcm, observed_at=NOW - HOUR)
    return replace(usual, **changes)


def cluster(name="oslo", *, ring="one", tags=(), **changes):
    ready = ClusterFacts(
        id=ident(name), name=name, location="eastus", tags={"ring": ring, **dict(tags)}, identity_type="SystemAssigned",
        status="ConnectedRecently", connectivity="Connected", last_sync_at=NOW - HOUR, observed_at=NOW,
        nodes=(NodeFacts(name="m", os_version=BUILD, model="X1"),), machines=(machine("m"),), workloads=(),
        appliances=(), custom_locations=(), locks=(), solution=ABSENT, settings=ABSENT, deployment=ABSENT,
    )  # fmt: skip
    return replace(ready, **changes)


def after(name, mode, status, state, text=""):
    """Return a cluster whose first attempt of *mode* stands at *status*: one step in another."""
    told = (text,) if text else ()
    inner = Step(name="Inner", index="0.1", status=status, started_at=NOW - HOUR, exceptions=told)
    steps = (Step(name="Outer", index="0", status=status, started_at=NOW - 2 * HOUR, steps=(inner,)),)
    deploys = mode == "deploy"
    shown = SettingsFacts(
        id="s", mode=mode.title(), operation_type="ClusterUpgrade", provisioning_state=state, echo=DIGEST,
        validation_status="Success" if deploys else status, deployment_status=status if deploys else "",
        validation_steps=() if deploys else steps, deployment_steps=steps if deploys else (),
    )  # fmt: skip
    intent = Intent(mode=mode, attempt=1, failures=0, inputs=DIGEST[:12], plan="p", at=NOW - 3 * HOUR)
    return cluster(name, tags={"azlocal-op": intent.text()}, settings=shown, status="ConnectedRecently")


def old(name):
    build = "10.0.20349.2700"
    return cluster(name, nodes=(NodeFacts(name="m", os_version=build),), machines=(machine("m", os_version=build),))


def without_lcm(name):
    return cluster(name, machines=(machine("m", lcm=ABSENT),))


def ring(name="one", **changes):
    usual = {"expect": 1, "windows": (ALWAYS,), "max_concurrent": 9, "failure_budget": 9}
    return Ring(name=name, select=Selector(tags={"ring": name}), **(usual | changes))


def plan(*rings):
    stated = tuple(Attestation(key=one, value="yes", by="op", until=None) for one in NEEDED_BEFORE_DEPLOY)
    scope = Scope(subscriptions=(SUB,))
    return FleetPlan(digest="cd" * 32, scope=scope, rings=rings or (ring(),), control=CONTROL, attestations=stated)


def facts(*clusters, control=None, **changes):
    usual = FleetFacts(cloud="public", clusters=clusters, control=control or ControlFacts(id=CONTROL, paused=False))
    return replace(usual, **changes)


def look(*clusters, wanted=None, control=None, **changes):
    return judge(facts(*clusters, control=control, **changes), wanted or plan(), {}, NOW)


def look_without_plan(*clusters):
    return judge(facts(*clusters), None, {}, NOW)


def report(*clusters, wanted=None, **changes):
    found = look(*clusters, wanted=wanted)
    usual = TickReport(
        tick_id="t", now=NOW, facts=found.facts, plan_digest="cd" * 6, rings=found.rings, clusters=found.clusters,
        lease="clean", delivery=Delivery(sent=7), calls=12, duration=timedelta(seconds=5),
    )  # fmt: skip
    return replace(usual, **changes)


def action(one, outcome="accepted", **changes):
    usual = ActionOutcome(
        cluster_id=one.id, kind="StartValidation", mode="validate", attempt=1, outcome=outcome, at=NOW,
        reason="Candidate", status=201,
    )  # fmt: skip
    return replace(usual, **changes)
