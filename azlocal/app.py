"""The composition root: the only reader of the environment and of the machine's clock.

The Python API of azlocal is `App`:

    app = App.from_environment({"plan": "fleet.yaml"})
    look = app.census()                       # read, decide nothing but words
    report = app.tick(TickRequest())          # one step for the whole fleet
    app.approve("canary")                     # with the rights of the person who runs this

Every method raises `azlocal.errors.AzlocalError` with what to do; input is checked before anything is sent.
"""

from __future__ import annotations

import getpass
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azlocal.core.plan import FleetPlan, Inputs, Scope
from azlocal.errors import BadInput
from azlocal.service import consent
from azlocal.service.choosing import check_word
from azlocal.service.look import FleetLook, judge, look, pick
from azlocal.service.tick import Ports, TickReport, TickRequest, tick

if TYPE_CHECKING:
    from azlocal.azure.clients import Connection
    from azlocal.core.facts import ClusterFacts
    from azlocal.core.rollout import ClusterDecision
    from azlocal.ports import Lease, Sink

ENVIRONMENT = {
    "plan": "AZLOCAL_PLAN",
    "inputs": "AZLOCAL_INPUTS",
    "cloud": "AZLOCAL_CLOUD",
    "client_id": "AZLOCAL_CLIENT_ID",
    "ingestion_endpoint": "AZLOCAL_INGESTION_ENDPOINT",
    "dcr_id": "AZLOCAL_DCR_ID",
    "workspace_id": "AZLOCAL_WORKSPACE_ID",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a door was told: flag, then JSON key, then environment, then default (design, §8).

    `plan` is a file or an https blob URL; `inputs` a folder, a CSV file or a blob prefix, by default
    the plan's own; `cloud` is public, usgovernment or an https ARM endpoint; `client_id` selects a
    user-assigned managed identity; the rest says where telemetry goes.
    """

    plan: str = ""
    inputs: str = ""
    cloud: str = "public"
    client_id: str = ""
    ingestion_endpoint: str = ""
    dcr_id: str = ""
    workspace_id: str = ""


def read_settings(given: Mapping[str, str | None], environment: Mapping[str, str]) -> Settings:
    """Return the settings: what is *given* (by field name) beats the environment, which beats defaults."""
    told = {name: environment[variable] for name, variable in ENVIRONMENT.items() if environment.get(variable)}
    told |= {name: value for name, value in given.items() if value}
    known = {field.name for field in fields(Settings)}
    return Settings(**{name: value for name, value in told.items() if name in known})


def unknown_settings(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the `AZLOCAL_*` variables that are no settings: most likely a name was mistyped."""
    told = os.environ if environment is None else environment
    known = set(ENVIRONMENT.values())
    return tuple(sorted(name for name in told if name.startswith("AZLOCAL_") and name not in known))


class App:
    """Everything a door can ask for, over one connection to Azure for each identity.

    *transport* and *credential* replace those of azure-core and azure-identity; *clock* is the
    machine's, in seconds, and serves deadlines only; *new_id* names ticks and leases, which must never be alike.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        transport: Any = None,
        credential: Any = None,
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], uuid.UUID] = uuid.uuid4,
    ) -> None:
        self.settings = settings
        self._environment = environment
        self._transport = transport
        self._credential = credential
        self._clock = clock
        self._new_id = new_id

    @classmethod
    def from_environment(
        cls, given: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
    ) -> App:
        """Return an App for the process's environment; *given* holds flags by setting name."""
        told = os.environ if environment is None else environment
        return cls(read_settings(given or {}, told), told)

    # what doors ask for

    def tick(self, request: TickRequest | None = None, *, deadline_minutes: float | None = None) -> TickReport:
        """Run one tick. *deadline_minutes* is the machine's time, counted from now."""
        wanted = request or TickRequest()
        for word in wanted.clusters:
            check_word(word)
        plan, ports = self.needed_plan(), self.ports()
        if deadline_minutes is not None:
            ends = self._clock() + deadline_minutes * 60
            wanted = replace(wanted, out_of_time=lambda: self._clock() > ends)
        return tick(ports, plan, wanted)

    def census(self, scope: Scope | None = None, *, detail: str = "") -> FleetLook:
        """Look at the fleet without starting or recording anything.

        *scope* says where to look when no plan was named (default: every subscription that the
        identity sees); *detail* is a CLUSTER that is read whole in any case.
        """
        if detail:
            check_word(detail)
        plan = self.plan
        return look(self._eyes(), plan, scope, detail)

    def explain(self, cluster: str, scope: Scope | None = None) -> ClusterDecision:
        """Return what is known and decided of one cluster: a name, group/name or id."""
        return pick(self.census(scope, detail=cluster), cluster)

    def recall(self, document: object) -> FleetLook:
        """Judge a snapshot that `census -o json` wrote, at its own moment; Azure is not asked."""
        from azlocal.report.snapshot import read_moment, read_snapshot

        facts, plan = read_snapshot(document), self.plan
        members = [one for one in facts.clusters if plan is not None and plan.ring_of(one) is not None]
        return judge(facts, plan, self._inputs().read(members) if members else {}, read_moment(document))

    # what people sign, always with their own rights

    def approve(self, ring: str, until: datetime | timedelta | None = None, by: str = "") -> str:
        """Approve *ring* for the plan and members as they are; return what was approved, in a sentence."""
        return self.sign(self.propose(ring, until, by))

    def propose(self, ring: str, until: datetime | timedelta | None = None, by: str = "") -> consent.Proposal:
        """Return what approving *ring* would let go, without writing anything."""
        plan = self._signers_plan()
        consent.check_ring(plan, ring)
        return consent.propose(self._desk(), plan, ring, until, by or self._signer)

    def sign(self, proposal: consent.Proposal) -> str:
        """Write the approval that was proposed."""
        return consent.sign(self._desk(), proposal)

    def hold(self, cluster: str, reason: str = "", by: str = "", scope: Scope | None = None) -> str:
        """Keep a cluster from being started; the id of a group or a subscription holds all in it."""
        consent.check_target(cluster)
        where = self._signers_scope(scope)
        return consent.hold(self._desk(), where, cluster, reason, by or self._signer)

    def release(self, cluster: str, scope: Scope | None = None) -> str:
        """Take a hold off."""
        consent.check_target(cluster)
        where = self._signers_scope(scope)
        return consent.release(self._desk(), where, cluster)

    def pause(self, reason: str = "", by: str = "") -> str:
        """Stop every start of the fleet."""
        plan = self._signers_plan()
        consent.check_control(plan)
        return consent.pause(self._desk(), plan, reason, by or self._signer)

    def resume(self, cluster: str | None = None, by: str = "") -> str:
        """Lift the pause, or accept one cluster's failed attempt so that it may be tried once more."""
        if cluster is not None:
            check_word(cluster)
        plan = self._signers_plan()
        consent.check_control(plan)
        return consent.resume(self._desk(), plan, cluster, by or self._signer)

    # what Azure is reached by

    @cached_property
    def connection(self) -> Connection:
        """Return the connection that detects, starts and reports: the managed identity where there is one."""
        return self._connect("acting")

    @cached_property
    def person(self) -> Connection:
        """Return the connection that signs decisions: the person's own credential, never the identity."""
        return self._connect("person")

    def _connect(self, role: str) -> Connection:
        from azlocal.azure.clients import connect

        return connect(
            self.settings.cloud, role, self._environment, client_id=self.settings.client_id,
            transport=self._transport, credential=self._credential,
        )  # fmt: skip

    @cached_property
    def _signer(self) -> str:
        """Return who signs, by what the token claims, else by the machine's user. A claim, not a proof."""
        from azlocal.azure.credentials import signer

        claimed = signer(self.person.credential, self.person.cloud)
        try:
            return claimed or getpass.getuser()
        except (OSError, KeyError, ImportError):
            return ""

    # what people wrote

    @cached_property
    def plan(self) -> FleetPlan | None:
        """Return the plan, or None when no plan was named. Raises BadInput with all its mistakes."""
        return self._read_plan(lambda: self.connection)

    def needed_plan(self) -> FleetPlan:
        """Return the plan; raise BadInput when none was named."""
        return _needed(self.plan)

    def _signers_plan(self) -> FleetPlan:
        """Return the plan as the person reads it: a plan in a blob, too, is read with their own rights."""
        return _needed(self._read_plan(lambda: self.person) if _remote(self.settings.plan) else self.plan)

    def _signers_scope(self, scope: Scope | None) -> Scope:
        return self._signers_plan().scope if self.settings.plan else scope or Scope()

    def _read_plan(self, by: Callable[[], Connection]) -> FleetPlan | None:
        place = self.settings.plan
        if not place:
            return None
        from azlocal.files.inputs_folder import read_file
        from azlocal.files.plan_file import read_plan

        if not _remote(place):
            return read_plan(read_file(Path(place), "plan"), place)
        from azlocal.azure.blobs import read_text

        return read_plan(read_text(by(), place), place)

    def _inputs_place(self) -> str:
        if self.settings.inputs:
            return self.settings.inputs
        named = self.plan.inputs if self.plan else ""
        if not named or _remote(named):
            return named
        if _remote(self.settings.plan):
            return self.settings.plan.rsplit("/", 1)[0] + "/" + named.strip("/") + "/"
        return str(Path(self.settings.plan).parent / named)

    def _inputs(self) -> _Inputs:
        """Return where inputs come from; local files are read at once, so that mistakes show before a call."""
        place = self._inputs_place() if self.plan is not None else ""
        if not place:
            return _Inputs(dict)
        if not _remote(place):
            from azlocal.files.inputs_folder import read_files

            files = read_files(Path(place))
            return _Inputs(lambda: files)
        from azlocal.azure.blobs import read_folder

        return _Inputs(lambda: read_folder(self.connection, place))

    # the ports of the use cases

    def ports(self) -> Ports:
        """Return the outside as a tick uses it, through the acting identity."""
        eyes = self._eyes()
        lease, sink = self._lease(self.connection), self._sink(self.connection)
        return replace(eyes, lease=lease, sink=sink, new_id=self._new_id)

    def _eyes(self) -> Ports:
        """Return the outside as a look uses it: no lease, no telemetry."""
        inputs = self._inputs()
        from azlocal.azure.reader import AzureReader
        from azlocal.azure.starter import AzureStarter

        here = self.connection
        return Ports(reader=AzureReader(here), starter=AzureStarter(here), watch=here, inputs=inputs)

    def _lease(self, connection: Connection) -> Lease | None:
        if self.plan is None or not self.plan.lease:
            return None
        from azlocal.azure.lease import ContainerLease

        return ContainerLease(connection, self.plan.lease, self._new_id)

    def _sink(self, connection: Connection) -> Sink | None:
        if not (self.settings.ingestion_endpoint and self.settings.dcr_id):
            return None
        from azlocal.azure.telemetry import Sink as IngestionSink

        return IngestionSink(connection, self.settings.ingestion_endpoint, self.settings.dcr_id)

    def _desk(self) -> consent.Desk:
        from azlocal.azure.reader import AzureReader
        from azlocal.azure.tagging import drop_tags, merge_tags

        person = self.person
        _ = self._signer  # refuses a managed identity, whoever `by` names
        return consent.Desk(
            reader=AzureReader(person),
            watch=person,
            merge=lambda scope, tags: merge_tags(person, scope, tags),
            drop=lambda scope, names: drop_tags(person, scope, names),
        )


class _Inputs:
    """Upgrade inputs out of files, which *files* gives by name when they are first needed."""

    def __init__(self, files: Callable[[], Mapping[str, str]]) -> None:
        self.files = files

    def read(self, clusters: Sequence[ClusterFacts]) -> Mapping[str, Inputs]:
        """Return the inputs of *clusters* that have any, by id key."""
        files = self.files()
        if not files:
            return {}
        from azlocal.azure.starter import template
        from azlocal.core.digest import template_digest
        from azlocal.files.inputs_file import read_inputs

        return read_inputs(files, [(one.id, one.name) for one in clusters], template_digest(template()))


def _needed(plan: FleetPlan | None) -> FleetPlan:
    if plan is None:
        raise BadInput(
            ["plan: no fleet plan was named"],
            remedy="name one with --plan, the key `plan`, or AZLOCAL_PLAN (a file or an https blob URL)",
        )
    return plan


def _remote(place: str) -> bool:
    return place.lower().startswith("https://")

