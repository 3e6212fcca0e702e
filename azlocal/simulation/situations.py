"""Plays what happens in a scenario before anybody looks at it: azlocal's own ticks, people, time, and accidents."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from azlocal.app import App, Settings
from azlocal.core.ids import deployment_name
from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.journal import Journal
from azlocal.sandbox.run import INPUTS, PLAN, build, write_files
from azlocal.sandbox.scenarios import load
from azlocal.sandbox.scenarios.acts import PLACES
from azlocal.sandbox.scenarios.history import send
from azlocal.sandbox.scenarios.inputs import input_text
from azlocal.sandbox.scenarios.model import ClusterSpec, Past, Scenario
from azlocal.sandbox.scenarios.plan import plan_text, typed
from azlocal.sandbox.wire import Request
from azlocal.simulation.wire import StandingCredential

_HOST = "https://sandbox.invalid"
_BY = "operator"
_LONGEST = timedelta(days=3)
_PLACE = re.compile(rf"\{{({'|'.join(PLACES)})\}}")


def scene_of(scenario: str, looked_at: datetime, folder: Path) -> Scene:
    """Return a scenario's world in this process, its acts done; its files lie in *folder*."""
    told = load(scenario)
    began = looked_at - told.lead
    clock = VirtualClock(began)
    built = build(told, clock, 0, dict)
    write_files(built, folder)
    return prelude(told, built.front, clock, folder)


def prelude(scenario: Scenario, front: Front, clock: VirtualClock, folder: Path) -> Scene:
    """Do the acts of a scenario on its world; its files lie in *folder*. Return the scene as it stands then."""
    scene = Scene(scenario, front, clock, folder, clock.now())
    scene.play()
    return scene


@dataclass(slots=True)
class Scene:
    """A scenario's world on a virtual clock, and the product over it without a socket."""

    scenario: Scenario
    front: Front
    clock: VirtualClock
    folder: Path
    began: datetime

    @property
    def subject(self) -> ClusterSpec:
        """Return the cluster that the scenario is about."""
        return self.scenario.clusters[0]

    def app(self, client: str = identity.IDENTITY_CLIENT) -> App:
        """Return the product as one identity runs it here, without telemetry."""
        settings = Settings(plan=str(self.folder / PLAN), inputs=str(self.folder / INPUTS), cloud=_HOST)
        transport = InProcessTransport(self.front.handle, self.clock.sleep)
        return App(settings, {}, transport=transport, credential=StandingCredential(self.front.azure, client))

    def person(self) -> App:
        """Return the product as a person runs it."""
        return self.app(identity.PERSON_CLIENT)

    def play(self) -> None:
        """Do every act of the scenario in order; what it sends is forgotten by the journal."""
        for act in self.scenario.acts:
            _DONE[act.word](self, act.told)
        self.front.journal = Journal()

    def write(self, name: str, text: str) -> None:
        """Write a file of the scenario, beside the world and in its storage account."""
        (self.folder / name).write_text(text, "utf-8")
        places = self.scenario.places
        self.front.azure.blobs[(places.storage, places.files, name)] = text.encode()

    def place(self, text: str) -> str:
        """Return a text with the places in it filled in."""
        spec = self.subject
        group = "/".join(spec.id.split("/")[:5])
        places = {
            "cluster": spec.id, "settings": f"{spec.id}/deploymentSettings/default", "group": group,
            "machine": spec.machine_ids[-1], "first": spec.machine_ids[0], "control": self.front.azure.control_group,
            "deployment": f"{group}/providers/Microsoft.Resources/deployments/{deployment_name(spec.id)}",
        }  # fmt: skip
        return _PLACE.sub(lambda found: places[found[1]], text)

    def placed(self, value: Any) -> Any:
        """Return a document of a scenario file as it is sent: places filled in, numbers and truths as such."""
        if isinstance(value, Mapping):
            return {name: self.placed(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.placed(part) for part in value]
        return typed(self.place(value) if isinstance(value, str) else value)


def _tick(scene: Scene, told: Mapping[str, Any]) -> None:
    for _ in range(told["times"]):
        scene.app().tick()


def _advance(scene: Scene, told: Mapping[str, Any]) -> None:
    scene.front.azure.advance(told["by"])


def _watch(scene: Scene, told: Mapping[str, Any]) -> None:
    """Go from one thing that happens to the next until the settings show what is waited for."""
    azure, ends = scene.front.azure, scene.clock.now() + _LONGEST
    while not _shows(scene, told):
        moment = azure.agenda.next_moment()
        if moment is None or moment > ends:
            raise RuntimeError(f"{scene.scenario.name}: {dict(told)} is never seen")
        azure.advance(max(moment - scene.clock.now(), timedelta(0)))


def _shows(scene: Scene, told: Mapping[str, Any]) -> bool:
    settings = scene.front.azure.store.get(scene.place("{settings}"))
    properties = (settings or {}).get("properties") or {}
    reported = properties.get("reportedProperties") or {}
    seen = {name: (reported.get(name) or {}).get("status", "") for name in ("validationStatus", "deploymentStatus")}
    seen["provisioningState"] = properties.get("provisioningState", "")
    return all(seen[name] == value for name, value in told.items())


def _ask(scene: Scene, told: Mapping[str, Any]) -> None:
    past = Past(mode=told["mode"], ago=timedelta(0), inputs=told["inputs"])
    send(scene.front.azure, scene.subject, past, scene.clock.now())


def _send(scene: Scene, told: Mapping[str, Any]) -> None:
    azure, path = scene.front.azure, scene.place(told["path"])
    token = identity.token(azure, identity.PERSON_CLIENT, "https://management.azure.com")
    headers = {"authorization": f"Bearer {token}", "host": _HOST.removeprefix("https://")}
    body = b"" if told["body"] is None else json.dumps(scene.placed(told["body"])).encode()
    answer = scene.front.handle(Request(told["method"], path, {"api-version": told["version"]}, headers, body))
    if answer.status >= 300:
        raise RuntimeError(f"{scene.scenario.name}: {told['method']} {path}: {answer.status} {answer.body.decode()}")


def _change(scene: Scene, told: Mapping[str, Any]) -> None:
    azure, path = scene.front.azure, scene.place(told["path"])
    document = azure.store.get(path)
    if document is None:
        raise RuntimeError(f"{scene.scenario.name}: there is no {path}")
    azure.changed(_merged(copy.deepcopy(document), scene.placed(told["to"])))


def _merged(value: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    for name, told in change.items():
        if told == "null":
            value.pop(name, None)
        elif isinstance(told, Mapping):
            value[name] = _merged(dict(value.get(name) or {}), told)
        else:
            value[name] = told
    return value


def _gone(scene: Scene, told: Mapping[str, Any]) -> None:
    scene.front.azure.effects += scene.front.azure.store.delete(scene.place(told["path"]))


def _plan(scene: Scene, told: Mapping[str, Any]) -> None:
    scene.scenario = replace(scene.scenario, plan={**scene.scenario.plan, **told})
    scene.write(PLAN, plan_text(scene.scenario, scene.began))


def _inputs(scene: Scene, told: Mapping[str, Any]) -> None:
    spec = replace(scene.subject, inputs={**(scene.subject.inputs or {}), **told})
    scene.scenario = replace(scene.scenario, clusters=(spec, *scene.scenario.clusters[1:]))
    scene.write(f"{INPUTS}/{spec.name}.yaml", input_text(spec))


def _fault(scene: Scene, told: Mapping[str, Any]) -> None:
    scene.front.faults.order(told)


def _switch(scene: Scene, told: Mapping[str, Any]) -> None:
    scene.front.azure.switches.update(told)


_DONE: Mapping[str, Callable[[Scene, Mapping[str, Any]], Any]] = {
    "tick": _tick, "advance": _advance, "watch": _watch, "ask": _ask, "send": _send, "change": _change, "gone": _gone,
    "plan": _plan, "inputs": _inputs, "switch": _switch, "fault": _fault,
    "approve": lambda scene, told: scene.person().approve(told["text"] or "all", by=_BY),
    "resume": lambda scene, told: scene.person().resume(told["text"] or scene.subject.id, by=_BY),
    "hold": lambda scene, told: scene.person().hold(scene.subject.id, told["text"], by=_BY),
    "release": lambda scene, told: scene.person().release(scene.place(told["text"] or "{cluster}")),
    "pause": lambda scene, told: scene.person().pause(told["text"], by=_BY),
}  # fmt: skip
