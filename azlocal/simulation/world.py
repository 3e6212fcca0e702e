"""A sandbox world in this process, and the product's doors over it: no socket, virtual time, one switching point."""

from __future__ import annotations

import copy
import json
import random
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from azlocal.app import App, Settings
from azlocal.azure.clients import Connection
from azlocal.core.facts import ClusterFacts
from azlocal.core.plan import FleetPlan, Inputs
from azlocal.errors import AzlocalError
from azlocal.files.document import read_yaml
from azlocal.ports import InputsSource
from azlocal.sandbox import documents, documents_shared, identity
from azlocal.sandbox.documents_hci import SETTINGS
from azlocal.sandbox.journey import behaviour_of, outcome_of
from azlocal.sandbox.journey_run import Runs
from azlocal.sandbox.operations import TERMINAL
from azlocal.sandbox.run import build
from azlocal.sandbox.scenarios import load
from azlocal.sandbox.scenarios.inputs import input_text
from azlocal.sandbox.scenarios.model import ClusterSpec, Scenario
from azlocal.sandbox.scenarios.plan import container_id, plan_document
from azlocal.sandbox.wire import Request, Response
from azlocal.sandbox.world import Azure
from azlocal.service.tick import Ports, TickReport, TickRequest
from azlocal.simulation.answers import know_answers
from azlocal.simulation.history import Timeline
from azlocal.simulation.invariants import History, breaks, judged
from azlocal.simulation.record import Record, Sending, TickRun
from azlocal.simulation.turns import Killed, SharedClock, Take, Turns
from azlocal.simulation.wire import Before, Dies, RunnerTransport, StandingCredential

__all__ = ["START", "StandingCredential", "Told", "World"]
START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
_HOST = "https://sandbox.invalid"
_GRAPH = "/providers/microsoft.resourcegraph/resources"


@dataclass(frozen=True, slots=True)
class Told:
    """What a runner is told beside its plan: the tick it runs, its fate, the machine's clock."""

    tick: TickRun | None = None
    before: Before = lambda number, kind: None
    dies: Dies | None = None
    clock: Callable[[], float] = lambda: 0.0


class World:
    """One scenario, its clock and its timeline; ticks and decisions of people are run on it."""

    def __init__(self, scenario: str | Scenario, *, seed: int = 0, start: datetime = START, plan: str = "") -> None:
        self.scenario = load(scenario, seed) if isinstance(scenario, str) else scenario
        self.clock = SharedClock(start)
        built = build(self.scenario, self.clock, seed, dict)
        self.front, self.azure = built.front, built.front.azure
        know_answers(self.azure)
        self.timeline = Timeline.watch(self.azure)
        self.record = Record()
        self._names = random.Random(f"names-{seed}")
        self._tokens: dict[tuple[str, str], str] = {}
        self._known: dict[Any, Any] = {}
        self.edition = 0
        self.patience = 4
        """How often people accept that one cluster has failed."""
        self.lease = container_id(self.scenario, self.scenario.places.lease).lower()
        self.plan_document: dict[str, Any] = copy.deepcopy(plan_document(self.scenario, start))
        if plan:
            self.plan_document, self.lease = found(self.azure, plan, start)
        self._folder = tempfile.TemporaryDirectory(prefix="azlocal-world-")
        self.plan = Path(self._folder.name) / "plan.yaml"
        self.plan.write_text(plan or built.plan, "utf-8")
        self.inputs = Path(self._folder.name) / "inputs"
        self.inputs.mkdir()
        for name, text in built.inputs.items():
            (self.inputs / name).write_text(text, "utf-8")
        self.app().connection  # noqa: B018 - from now on the cloud's endpoints are known

    def close(self) -> None:
        """Remove the world's files; nothing can be run in it any more."""
        self._folder.cleanup()

    def write_plan(self) -> None:
        """Put the plan's document, which may have been changed, into its file."""
        self.plan.write_text(json.dumps(self.plan_document), "utf-8")

    def write_input(self, spec: ClusterSpec, more: Mapping[str, Any]) -> None:
        """Let a cluster's inputs say *more* than its scenario does; nothing for one that has none."""
        if spec.inputs is not None:
            changed = replace(spec, inputs={**spec.inputs, **more})
            (self.inputs / f"{spec.name}.yaml").write_text(input_text(changed), "utf-8")
            self.edition += 1

    def app(self, client: str = identity.IDENTITY_CLIENT, told: Told | None = None) -> App:
        """Return the product as one identity runs it here."""
        here = told or Told()
        rule = next(iter(self.azure.rules), "")
        settings = Settings(
            plan=str(self.plan), inputs=str(self.inputs), cloud=_HOST, ingestion_endpoint=_HOST, dcr_id=rule
        )
        transport = RunnerTransport(
            lambda request: self._handled(request, here.tick), self.clock.sleep, here.before, here.dies
        )
        credential = StandingCredential(self.azure, client, self._tokens)
        return _Remembering(
            self._known, self.edition, settings, {},
            transport=transport, credential=credential, clock=here.clock, new_id=self._new_id,
        )  # fmt: skip

    def person(self) -> App:
        """Return the product as a person runs it."""
        return self.app(identity.PERSON_CLIENT)

    def _new_id(self) -> uuid.UUID:
        return uuid.UUID(int=self._names.getrandbits(128), version=4)

    def _handled(self, request: Request, tick: TickRun | None) -> Response:
        """Hand a request over, and write down whose it was and what it was told."""
        steps = len(self.azure.tables.get("AzLocalStep_CL", ())) if request.method == "PUT" else 0
        self.record.sends(request, Sending(self.azure.settle(), tick, len(self.timeline.times), steps))
        response = self.front.handle(request)
        if tick is not None and request.path.lower() == _GRAPH and response.status == 200:
            tick.answers.append(response.body)
        return response

    # ticks

    def tick(self, *, dies: Dies | None = None, request: TickRequest | None = None) -> TickReport | None:
        """Run one tick; None when it was killed on the way."""
        run = self.begin_tick()
        return self.finish_tick(run, lambda: self.app(told=Told(run, dies=dies)), request)

    def begin_tick(self, runner: int = 0) -> TickRun:
        """Return a new tick, written down from its start."""
        run = TickRun(len(self.record.ticks) + 1, runner, self.clock.now())
        self.record.ticks.append(run)
        return run

    def finish_tick(
        self, run: TickRun, app: Callable[[], App], request: TickRequest | None = None,
        deadline: float | None = None,
    ) -> TickReport | None:  # fmt: skip
        """Run a tick to its end, whatever that is, and write that down; raise what it raises but a kill."""
        try:
            here = app()
            run.plan = here.plan
            run.report = here.tick(request or TickRequest(), deadline_minutes=deadline)
        except Killed:
            run.killed = True
        except BaseException as error:
            run.raised, run.crashed = f"{type(error).__name__}: {error}", not isinstance(error, AzlocalError)
            raise
        finally:
            run.ended = self.clock.now()
        return run.report

    def ticks_at_once(self, count: int, seed: int, *, dies: Sequence[Any] = ()) -> list[Any]:
        """Run *count* ticks side by side, changing places at requests; return reports or what was raised."""
        fates = [*dies, *([None] * count)][:count]
        return self.side_by_side([Told(self.begin_tick(number), dies=fate) for number, fate in enumerate(fates)], seed)

    def side_by_side(self, told: Sequence[Told], seed: int, deadline: float | None = None) -> list[Any]:
        """Run ticks side by side, each as it is told; return their reports, None for one that was killed."""

        def job(one: Told) -> Callable[[Take], Any]:
            turn = _Later(one.before)
            app = self.app(told=replace(one, before=turn))
            run = one.tick or self.begin_tick()

            def work(take: Take) -> Any:
                turn.begin(take)
                return self.finish_tick(run, lambda: app, None, deadline)

            return work

        return Turns(seed, self.clock).run([job(one) for one in told])

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.azure.advance(by)

    # what happened

    @property
    def runs(self) -> Runs:
        """Return the attempts that are under way, and how many there were."""
        found: Runs = self.azure.types[SETTINGS].runs  # type: ignore[attr-defined]
        return found

    def next_ends_well(self, cluster_id: str, mode: str) -> bool:
        """Return whether the next attempt of *mode* (validate, deploy or extension) on a cluster is going to succeed."""
        behaviour = behaviour_of(self.azure.behaviours, cluster_id)
        if mode == "extension":
            return behaviour.extension == "success"
        word = mode.title()
        done = self.runs.attempts.get((cluster_id.lower(), word), 0)
        return outcome_of(behaviour, word, done + 1).ends == "success"

    def delete_settings(self, cluster_id: str) -> None:
        """Let somebody delete the deployment settings of a cluster, as where Azure does not validate in place.

        The cluster is then taken to report anew that it is connected, not how its last validation ended.
        """
        settings = self.azure.store.get(f"{cluster_id}/deploymentSettings/default")
        cluster = self.azure.store.get(cluster_id)
        if cluster is None or settings is None or settings["properties"].get("provisioningState") not in TERMINAL:
            return
        self.azure.store.delete(settings["id"])
        self.azure.changed({**cluster, "properties": {**cluster["properties"], "status": "ConnectedRecently"}})

    def history(self) -> History:
        """Return what happened so far, ready to be judged."""
        entries = self.front.journal.after()
        # Of a token the claims are what tells it apart; half of them is more than anybody may see.
        self.record.secrets = [token.split(".")[1][:200] for token in self._tokens.values()]
        return History.of(entries, self.timeline, self.azure.control_group, self.record, self.azure.tables)

    def breaks(self) -> list[str]:
        """Return every invariant that broke, in words."""
        return breaks(self.history())

    def judged(self) -> tuple[list[str], dict[str, int]]:
        """Return every invariant that broke, in words, and on how many occasions each was judged."""
        return judged(self.history())


def found(azure: Azure, plan: str, now: datetime) -> tuple[dict[str, Any], str]:
    """Let there be what an operator's own plan names: the control group, and the container of the lease.

    Returns the plan's document, and the lease's container in lower case.
    """
    document: dict[str, Any] = read_yaml(plan, "plan").data
    control, lease = (str(document.get(name, "")).rstrip("/") for name in ("control", "lease"))
    for scope in (control, "/".join(lease.split("/")[:5])):
        parts = scope.split("/")
        if len(parts) == 5 and azure.store.get(scope) is None:
            if azure.store.get(f"/subscriptions/{parts[2]}") is None:
                azure.store.put(documents.subscription(parts[2], parts[2], {}))
            azure.store.put(documents.resource_group(parts[2], parts[4], "westeurope", {}))
    if lease:
        account = lease.lower().split("/blobservices/")[0]
        azure.store.put(documents_shared.storage_account(account, "westeurope", now))
        azure.store.put(documents_shared.container(account, lease.rsplit("/", 1)[-1], now))
    azure.control_group = control
    return document, lease.lower()


class _Later:
    """Takes turns from the moment it is told how, and then lets happen what is to happen before a request."""

    def __init__(self, before: Before) -> None:
        self._before = before
        self._take: Take = lambda: None

    def begin(self, take: Take) -> None:
        """Take turns by *take* from now on."""
        self._take = take

    def __call__(self, number: int, kind: str) -> None:
        self._take()
        self._before(number, kind)


class _Remembering(App):
    """The product, which reads a plan or inputs that have not changed only once in a world, and knows its cloud.

    Connecting sends nothing, therefore: until Python 3.12 one lock guards a cached property of all instances, and a
    runner that waited for its turn inside one would stop the others for ever.
    """

    def __init__(self, known: dict[Any, Any], edition: int, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._known = known
        self._edition = edition

    def _connect(self, role: str) -> Connection:
        if "cloud" not in self._known:
            self._known["cloud"] = super()._connect(role).cloud
        return Connection(self._known["cloud"], self._credential, self._transport)

    def _read_plan(self, by: Callable[[], Any]) -> FleetPlan | None:
        text = Path(self.settings.plan).read_text("utf-8")
        if text not in self._known:
            self._known[text] = super()._read_plan(by)
        plan: FleetPlan = self._known[text]
        return plan

    def _inputs(self) -> Any:
        place = ("inputs", self._edition)
        if place not in self._known:
            self._known[place] = super()._inputs()
        return self._known[place]

    def _eyes(self) -> Ports:
        eyes = super()._eyes()
        return replace(eyes, inputs=_Remembered(eyes.inputs, self._edition, self._known))


@dataclass(frozen=True, slots=True)
class _Remembered:
    """Inputs that are read again only when their files, or the clusters asked for, have changed."""

    inner: InputsSource
    edition: int
    known: dict[Any, Any]

    def read(self, clusters: Sequence[ClusterFacts]) -> Mapping[str, Inputs]:
        """Return the inputs of *clusters* that have any, by id key."""
        asked = (self.edition, tuple(one.id for one in clusters))
        if asked not in self.known:
            self.known[asked] = self.inner.read(clusters)
        found: Mapping[str, Inputs] = self.known[asked]
        return found
