"""What people and others do in a simulated world, each deed by its name."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from azlocal.core.ids import deployment_name
from azlocal.core.tags import APPROVE, HOLD, OP, PAUSE, RING, WINDOW, Approval, Intent, value_of
from azlocal.errors import AzlocalError
from azlocal.sandbox.providers.storage_lease import Asked, decide
from azlocal.sandbox.scenarios.history import send
from azlocal.sandbox.scenarios.model import ClusterSpec, Past, ScenarioError
from azlocal.sandbox.wire import ArmError
from azlocal.simulation.case import Deed
from azlocal.simulation.fleets import NARROW, freezes, windows
from azlocal.simulation.world import World

_PERSON = "reason=stocktaking;by=ops@northwind.example"
_ACTIVE = frozenset({"Accepted", "Running", "Updating", "Deleting"})
_NEVER = timedelta(0)


def do(world: World, deed: Deed) -> None:
    """Let *deed* be done now; what Azure or azlocal says no to is simply not done."""
    spec = next((one for one in world.scenario.clusters if one.name == deed.target), None)
    world.record.deeds.append((world.clock.now(), deed.told()))
    try:
        _DEEDS[deed.kind](world, deed, spec)
    except (AzlocalError, ArmError, ScenarioError) as error:
        world.record.deeds[-1] = (world.clock.now(), f"{deed.told()} (refused: {str(error)[:80]})")


def _chance(deed: Deed) -> random.Random:
    return random.Random(deed.more.get("draw", "0"))


# tags, as anybody with rights writes them


def set_tag(world: World, scope: str, name: str, text: str | None) -> None:
    """Set a tag of a resource, group or subscription, or remove it where *text* is None."""
    document = world.azure.store.get(scope)
    if document is None:
        return
    tags = {tag: value for tag, value in (document.get("tags") or {}).items() if tag.lower() != name.lower()}
    if text is not None:
        tags[name] = text
    if tags != (document.get("tags") or {}):
        world.azure.changed({**document, "tags": tags})


def _scope_of(kind: str, spec: ClusterSpec) -> str:
    if kind.endswith("subscription"):
        return f"/subscriptions/{spec.subscription}"
    return "/".join(spec.id.split("/")[:5]) if kind.endswith("group") else spec.id


def _hold(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    if spec is not None:
        text = _PERSON if deed.kind.startswith("hold") else None
        set_tag(world, _scope_of(deed.kind, spec), HOLD, text)


def _pause(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    set_tag(world, world.azure.control_group, PAUSE, _PERSON if deed.kind == "pause" else None)


def _tag(name: str, text: Callable[[World, ClusterSpec], str | None]) -> Callable[..., None]:
    def tagged(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
        if spec is not None:
            if name == OP:
                world.record.wiped.add(spec.id.lower())
            set_tag(world, spec.id, name, text(world, spec))

    return tagged


def _narrow(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    if spec is not None:
        set_tag(world, spec.id, WINDOW, _chance(deed).choice(NARROW))


def _change_ring(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    """Put the cluster into another ring: rather into one that is at work, whose approval that voids."""
    chance, rings = _chance(deed), [str(one["name"]) for one in world.plan_document.get("rings", ())]
    busy = sorted(_at_work(world).intersection(rings))
    if spec is not None and rings:
        set_tag(world, spec.id, RING, chance.choice(busy if busy and chance.random() < 0.8 else rings))


def _unring(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    """Take the cluster out of its ring, or rather one that still waits in a ring that is at work."""
    chance, busy = _chance(deed), _at_work(world)
    waiting = [
        one for one in world.scenario.clusters
        if one.tags.get(RING) in busy and world.timeline.settings_at(one.id, world.clock.now()) is None
    ]  # fmt: skip
    if waiting and chance.random() < 0.8:
        spec = chance.choice(waiting)
    if spec is not None:
        world.record.deeds[-1] = (world.record.deeds[-1][0], f"{deed.kind} {spec.name}")
        set_tag(world, spec.id, RING, None)


def _at_work(world: World) -> frozenset[str]:
    """Return the rings, by the tags their clusters began with, in which something was begun that is no upgrade yet."""
    now, found = world.clock.now(), set()
    for one in world.scenario.clusters:
        if world.timeline.settings_at(one.id, now) is not None and not world.timeline.solved_at(one.id.lower(), now):
            found.add(one.tags.get(RING, ""))
    return frozenset(found - {""})


# approvals


def _withdraw(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    set_tag(world, world.azure.control_group, f"{APPROVE}{deed.target}", None)


def _approve(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    if deed.target:
        until = timedelta(minutes=_chance(deed).choice((30, 120, 600, 1500)))
        world.person().approve(deed.target, until, by="ops")


def _move_on(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    """Write an approval as of another plan or of other members, as somebody might who copies tags."""
    tags = (world.azure.store.get(world.azure.control_group) or {}).get("tags") or {}
    name = f"{APPROVE}{deed.target}"
    standing = Approval.parse(str(tags.get(name, "")))
    other = "0123456789ab"
    plan, members = _chance(deed).choice(((other, standing.members), (standing.plan, other)))
    until = world.clock.now().replace(microsecond=0) + timedelta(days=7)
    set_tag(world, world.azure.control_group, name, Approval(plan=plan, members=members, until=until).text())


# files


def _change_plan(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    chance, document = _chance(deed), world.plan_document
    rings = document.get("rings")
    if not rings:
        return
    ring = chance.choice(rings)
    zone = ring["windows"][0]["zone"] if ring.get("windows") else "UTC"
    change = chance.choice(("windows", "maxConcurrent", "failureBudget", "soak", "gate", "freezes"))
    if change == "windows":
        ring["windows"] = windows(chance, zone)
    elif change == "freezes":
        document["freezes"] = list(freezes(chance, world.clock.now(), 4, zone))
    else:
        values: Mapping[str, tuple[Any, ...]] = {
            "maxConcurrent": (1, 2, 3, "50%"), "failureBudget": (0, 1, 2), "soak": ("PT0S", "PT2H", "P1D"),
            "gate": ("approval", "none"),
        }  # fmt: skip
        ring[change] = chance.choice(values[change])
    world.write_plan()


def _plan_paused(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    world.plan_document["paused"] = deed.kind == "pause plan"
    world.write_plan()


def _change_inputs(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    """Change the inputs of the cluster, or of one that has just been validated: there a change matters most."""
    chance = _chance(deed)
    validated = [one for one in world.scenario.clusters if _is_validated(world, one)]
    if validated and chance.random() < 0.8:
        spec = chance.choice(validated)
    if spec is not None:
        world.record.edited.add(spec.name)
        world.record.deeds[-1] = (world.record.deeds[-1][0], f"{deed.kind} {spec.name}")
        world.write_input(spec, {"namingPrefix": f"HCI{chance.randrange(100, 999)}"})


def _is_validated(world: World, spec: ClusterSpec) -> bool:
    seen = world.timeline.settings_at(spec.id, world.clock.now())
    return spec.inputs is not None and seen is not None and (seen.mode, seen.validation) == ("Validate", "Success")


# others at work


def _foreign(mode: str) -> Callable[..., None]:
    def begin(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
        if spec is not None:
            inputs = _chance(deed).choice(("own", "other"))
            world.record.foreign.add((spec.id.lower(), mode))
            send(world.azure, spec, Past(mode=mode, ago=_NEVER, inputs=inputs), world.azure.settle())

    return begin


def _prune(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    if spec is None:
        return
    group = "/".join(spec.id.split("/")[:5])
    world.record.pruned |= {one.id.lower() for one in world.scenario.clusters if one.id.startswith(f"{group}/")}
    for one in list(world.azure.store.of_type("Microsoft.Resources/deployments", under=f"{group}/")):
        if one["properties"]["provisioningState"] not in _ACTIVE:
            world.azure.store.delete(one["id"])


def _connection(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    cluster = world.azure.store.get(spec.id) if spec else None
    if cluster is not None:
        word = "Connected" if deed.kind == "connect" else "NotConnectedRecently"
        world.azure.changed({**cluster, "properties": {**cluster["properties"], "connectivityStatus": word}})


def _break_lease(world: World, deed: Deed, spec: ClusterSpec | None) -> None:
    leases, place = world.azure.leases, world.lease
    outcome = decide(leases.get(place), Asked("Break", period=0), world.azure.settle(), "")
    leases[place] = outcome.lease


_DEEDS: Mapping[str, Callable[[World, Deed, ClusterSpec | None], None]] = {
    "hold cluster": _hold, "hold group": _hold, "hold subscription": _hold,
    "release cluster": _hold, "release group": _hold, "release subscription": _hold,
    "pause": _pause, "lift pause": _pause, "pause plan": _plan_paused, "lift plan's pause": _plan_paused,
    "withdraw approval": _withdraw, "approve briefly": _approve, "move approval on": _move_on,
    "change plan": _change_plan, "change inputs": _change_inputs,
    "foreign validate": _foreign("Validate"), "foreign deploy": _foreign("Deploy"), "prune deployments": _prune,
    "remove intent": _tag(OP, lambda world, spec: None),
    "garble intent": _tag(OP, lambda world, spec: "m=deploy;n=many"),
    "unring": _unring, "ring again": _tag(RING, lambda world, spec: spec.tags.get(RING)),
    "change ring": _change_ring, "disconnect": _connection, "connect": _connection, "break lease": _break_lease,
    "narrow window": _narrow, "widen window": _tag(WINDOW, lambda world, spec: None),
    "attest no": _tag("azlocal-attest-oem-supported", lambda world, spec: "v=no;by=vendor"),
    "attest no more": _tag("azlocal-attest-oem-supported", lambda world, spec: None),
}  # fmt: skip


_RELEASES = ("release cluster", "release group", "release subscription")


def _mend_intent(world: World, spec: ClusterSpec) -> None:
    """Do what azlocal asks for where its intent is lost or cannot be read: remove it, and the deployment behind it."""
    text = value_of((world.azure.store.get(spec.id) or {}).get("tags") or {}, OP)
    place = f"{'/'.join(spec.id.split('/')[:5])}/providers/Microsoft.Resources/deployments/{deployment_name(spec.id)}"
    deployment = world.azure.store.get(place)
    if text is not None and Intent.parse(text) is not None:
        return
    if deployment is None or deployment["properties"]["provisioningState"] not in _ACTIVE:
        set_tag(world, spec.id, OP, None)
        world.azure.store.delete(place)


def mend_intents(world: World) -> None:
    """Let people mend every intent that is lost or cannot be read."""
    for spec in world.scenario.clusters:
        _mend_intent(world, spec)


def set_right(world: World) -> None:
    """Take back all that still keeps the fleet from going on: holds, pauses, lost rings, wrong words, lost connections."""
    now = world.clock.now()
    world.record.deeds.append((now, "holds, pauses and wrong words are taken back, lost connections restored"))
    for spec in world.scenario.clusters:
        for kind in (*_RELEASES, "ring again", "connect", "widen window"):
            _DEEDS[kind](world, Deed(kind=kind, at=_NEVER, target=spec.name), spec)
        if spec.connectivity != "Connected":
            continue
        if "azlocal-attest-oem-supported" not in spec.tags:
            set_tag(world, spec.id, "azlocal-attest-oem-supported", None)
    set_tag(world, world.azure.control_group, PAUSE, None)
    if world.plan_document.get("paused"):
        world.plan_document["paused"] = False
        world.write_plan()
