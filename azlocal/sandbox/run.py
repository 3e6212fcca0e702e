"""The sandbox as a running thing: a world from a scenario, its files, a listener, and what a shell needs."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from azlocal.sandbox import identity
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import Clock, RealClock, VirtualClock
from azlocal.sandbox.control import Control
from azlocal.sandbox.documents import TENANT
from azlocal.sandbox.front import Front
from azlocal.sandbox.scenarios import load
from azlocal.sandbox.scenarios.history import live_through
from azlocal.sandbox.scenarios.inputs import input_text
from azlocal.sandbox.scenarios.model import Scenario
from azlocal.sandbox.scenarios.plan import container_id, control_id, plan_text
from azlocal.sandbox.scenarios.population import populate, rule_of, workspace_of

PLAN, INPUTS, CA = "plan.yaml", "inputs", "ca.pem"
Ready = dict[str, Any]
Prelude = Callable[[Scenario, Front, VirtualClock, Path], None]
"""Does a scenario's acts, on its world, its clock and its files."""


@dataclass(frozen=True, slots=True)
class Built:
    """A world behind its front door, and the files people have beside it."""

    front: Front
    plan: str
    inputs: Mapping[str, str]


def world(scenario: str, clock: Clock, seed: int = 0) -> tuple[Front, str, dict[str, str]]:
    """Return a scenario's world in this process, its plan's text, and its input files by name.

    It begins at the moment that *clock* shows. Raises ScenarioError for a scenario that cannot be used.
    """
    built = build(load(scenario, seed), clock, seed, dict)
    return built.front, built.plan, dict(built.inputs)


def build(scenario: Scenario, clock: Clock, seed: int, ready: Callable[[], Ready]) -> Built:
    """Build a scenario's world, beginning at the moment that *clock* shows; *ready* gives the ready file's content."""
    from azlocal.sandbox.assemble import assemble

    now = clock.now()
    azure = assemble(clock, seed=seed)
    populate(azure, scenario, now)
    live_through(azure, scenario, now)
    front = Front(azure, control=Control(ready))
    for fault in scenario.faults:
        front.faults.order(fault)
    inputs = {f"{one.name}.yaml": input_text(one) for one in scenario.clusters if one.inputs is not None}
    built = Built(front, plan_text(scenario, now), inputs)
    _store_blobs(built, scenario)
    return built


def _store_blobs(built: Built, scenario: Scenario) -> None:
    blobs = built.front.azure.blobs
    account, container = scenario.places.storage, scenario.places.files
    blobs[(account, container, PLAN)] = built.plan.encode()
    for name, text in built.inputs.items():
        blobs[(account, container, f"{INPUTS}/{name}")] = text.encode()


class Sandbox:
    """A sandbox that answers on loopback until it is stopped. Use `Sandbox.start`; it is a context manager."""

    def __init__(self, front: Front, server: Server, folder: Path, ready: Ready, *, keeps_folder: bool) -> None:
        self.front = front
        self.folder = folder
        self.ready = ready
        self._server = server
        self._keeps_folder = keeps_folder

    @classmethod
    def start(
        cls,
        scenario: str,
        *,
        speed: float = 1.0,
        port: int = 0,
        folder: Path | None = None,
        seed: int = 0,
        rbac: bool = False,
        log: Callable[[str], None] | None = None,
        prelude: Prelude | None = None,
    ) -> Sandbox:
        """Start a sandbox; *speed* is sandbox seconds to one real second, *port* 0 takes a free one.

        *rbac* lets role assignments decide what callers may do, whatever the scenario says.
        Its files lie in *folder*, else in one of its own that goes when it stops. *prelude* does the
        scenario's acts before anybody is served. Raises ScenarioError for a scenario that cannot be used,
        OSError when the port is taken.
        """
        found = load(scenario, seed)
        told = replace(found, rbac=found.rbac or rbac)
        ready: Ready = {}
        clock = VirtualClock(datetime.now(timezone.utc) - told.lead)
        built = build(told, clock, seed, lambda: ready)
        server = Server(built.front.handle, port=port, log=log)
        place = write_files(built, (folder or Path(tempfile.mkdtemp(prefix="azlocal-sandbox-"))).absolute())
        ready.update(ready_of(told, server.base, place))
        if prelude is not None:
            prelude(told, built.front, clock, place)
        # However long building took, the world begins when it is ready.
        built.front.azure.prepare()
        built.front.azure.clock = RealClock(clock.now(), speed)
        server.start(place / CA)
        return cls(built.front, server, place, ready, keeps_folder=folder is not None)

    @property
    def base(self) -> str:
        """Return the origin it answers on."""
        return self._server.base

    def stop(self) -> None:
        """Stop answering, and remove the files that nobody asked to keep."""
        self._server.stop()
        if not self._keeps_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def write_files(built: Built, place: Path) -> Path:
    """Write the plan and the inputs into a folder, and return it."""
    (place / INPUTS).mkdir(parents=True, exist_ok=True)
    (place / PLAN).write_text(built.plan, "utf-8")
    for name, text in built.inputs.items():
        (place / INPUTS / name).write_text(text, "utf-8")
    return place


def ready_of(scenario: Scenario, base: str, folder: Path) -> Ready:
    """Return what a client must know of a sandbox that answers on *base*: the content of the ready file."""
    _, immutable = rule_of(scenario)
    _, customer = workspace_of(scenario)
    blobs = f"{base}/{scenario.places.storage}/{scenario.places.files}"
    known: Ready = {
        "scenario": scenario.name,
        "arm_endpoint": base,
        "ca_bundle": str(folder / CA),
        "identity_endpoint": f"{base}/msi/token",
        "identity_header": identity.IDENTITY_HEADER,
        "identity_client_id": identity.IDENTITY_CLIENT,
        "tenant_id": TENANT,
        "subscriptions": [one.id for one in scenario.subscriptions],
        "rbac": scenario.rbac,
        "ingestion_endpoint": base,
        "dcr_immutable_id": immutable,
        "query_endpoint": base,
        "workspace_id": customer,
        "person": {
            "tenant_id": TENANT,
            "client_id": identity.PERSON_CLIENT,
            "client_secret": identity.PERSON_SECRET,
            "authority": base,
        },
        "plan": str(folder / PLAN),
        "inputs": str(folder / INPUTS),
        "plan_url": f"{blobs}/{PLAN}",
        "inputs_url": f"{blobs}/{INPUTS}/",
        "control_group": control_id(scenario),
        "lease": container_id(scenario, scenario.places.lease),
        "people": {"approve": list(scenario.people.approve), "resume": list(scenario.people.resume)},
    }
    return {**known, "environment": environment_of(known)}


def environment_of(ready: Ready) -> dict[str, str]:
    """Return the variables by which azlocal and the Azure SDKs find the sandbox, and sign as its person."""
    person = ready["person"]
    return {
        "AZLOCAL_CLOUD": ready["arm_endpoint"],
        "AZLOCAL_PLAN": ready["plan"],
        "AZLOCAL_INPUTS": ready["inputs"],
        "AZLOCAL_INGESTION_ENDPOINT": ready["ingestion_endpoint"],
        "AZLOCAL_DCR_ID": ready["dcr_immutable_id"],
        "AZLOCAL_WORKSPACE_ID": ready["workspace_id"],
        "IDENTITY_ENDPOINT": ready["identity_endpoint"],
        "IDENTITY_HEADER": ready["identity_header"],
        "REQUESTS_CA_BUNDLE": ready["ca_bundle"],
        "NODE_EXTRA_CA_CERTS": ready["ca_bundle"],
        "AZURE_TENANT_ID": person["tenant_id"],
        "AZURE_CLIENT_ID": person["client_id"],
        "AZURE_CLIENT_SECRET": person["client_secret"],
        "AZURE_AUTHORITY_HOST": person["authority"],
    }


def write_ready(path: Path, ready: Ready) -> None:
    """Write the ready file whole: under another name first, then renamed into place."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(ready, stream, indent=1)
    os.replace(name, path)
