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
from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azlocal.core.plan import FleetPlan, Scope
from azlocal.plan_source import no_plan, plan_text, remote
from azlocal.service import consent
from azlocal.service.choosing import check_word
from azlocal.service.look import FleetLook, in_scope, judge, look, pick
from azlocal.service.tick import Ports, TickReport, TickRequest, tick
from azlocal.settings import ENVIRONMENT, Settings, read_settings

if TYPE_CHECKING:
    from azlocal.azure.clients import Connection
    from azlocal.azure.inputs_source import InputFiles
    from azlocal.core.forecast import FleetForecast
    from azlocal.core.probe import Probe
    from azlocal.core.rollout import ClusterDecision
    from azlocal.ports import Lease, Reader, Sink
    from azlocal.service.attesting import Statement
    from azlocal.service.diagnose import ClusterDiagnosis, FleetDiagnosis
    from azlocal.service.evidence import Change
    from azlocal.service.inputs import Check, Drafts, Fleet, Wish
    from azlocal.service.planning import Checked
    from azlocal.service.preflight_parts import Preflight
__all__ = ["ENVIRONMENT", "App", "Settings", "read_settings", "unknown_settings"]


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

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment that this App was made for."""
        return self._environment

    # what doors ask for

    def tick(
        self, request: TickRequest | None = None, *, deadline_minutes: float | None = None, reader: Reader | None = None
    ) -> TickReport:
        """Run one tick, *deadline_minutes* from now by the machine's time; *reader* may know a census taken before."""
        wanted = request or TickRequest()
        for word in wanted.clusters:
            check_word(word)
        plan, ports = self.needed_plan(), self.ports(reader)
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

        facts, plan = in_scope(read_snapshot(document), self.plan), self.plan
        members = [one for one in facts.clusters if plan is not None and plan.ring_of(one) is not None]
        return judge(facts, plan, self._inputs().read(members) if members else {}, read_moment(document))

    def diagnose(self, cluster: str, scope: Scope | None = None) -> ClusterDiagnosis:
        """Return why one cluster failed, by everything that Azure tells of it, and who else has the same now."""
        from azlocal.azure.failures import FailureReader
        from azlocal.service.diagnose import diagnose_one

        found = self.census(scope, detail=cluster)
        return diagnose_one(found, cluster, self._eyes().reader, FailureReader(self.connection))

    def diagnose_fleet(self, scope: Scope | None = None) -> FleetDiagnosis:
        """Return what fails over the fleet, by what is alike in it."""
        from azlocal.service.diagnose import diagnose_fleet

        return diagnose_fleet(self.census(scope), self._eyes().reader)

    def evidence(self, cluster: str, scope: Scope | None = None, found: FleetLook | None = None) -> Change:
        """Return everything that is known of one cluster's change; of a look that is given, nothing but that."""
        from azlocal.azure.traces import AzureTraces
        from azlocal.service.evidence import gather

        traces = AzureTraces(self.connection, self.settings.workspace_id) if found is None else None
        look = self.census(scope, detail=cluster) if found is None else found
        text = plan_text(self.settings.plan, lambda: self.connection) if self.settings.plan else ""
        return gather(look, cluster, self.plan, text, traces)

    def forecast(self, found: FleetLook | None = None, every: timedelta = timedelta(hours=1)) -> FleetForecast:
        """Return when the plan's rings start and finish, with a tick *every* so often, by a look at the fleet."""
        from azlocal.service.forecast import foresee

        plan = self.needed_plan()
        return foresee(found or self.census(), plan, every)

    def check_plan(self, census: object = None) -> Checked:
        """Check the plan, by a snapshot that `census -o json` wrote where one is given; Azure is not asked."""
        from azlocal.report.snapshot import read_moment, read_snapshot
        from azlocal.service.planning import check

        text = plan_text(self.settings.plan, lambda: self.connection)
        seen = None if census is None else (read_snapshot(census), read_moment(census))
        return check(text, self.settings.plan, datetime.now(timezone.utc), seen)

    def preflight(self, identity: str = "", subscriptions: Sequence[str] = (), group: str = "") -> Preflight:
        """Return what a first tick of *identity* (an object id; empty: of whoever signs) would stumble over."""
        from azlocal.azure.preflight import PreflightReader
        from azlocal.service.preflight import preflight
        from azlocal.service.preflight_parts import Outside, Told

        checked, eyes, told = self.check_plan(), self._eyes(), self.settings
        outside = Outside(
            reader=eyes.reader, watch=eyes.watch, inputs=eyes.inputs, looker=PreflightReader(self.connection)
        )
        return preflight(outside, Told(
            plan=checked.plan, warnings=checked.told, place=checked.place, endpoint=told.ingestion_endpoint,
            rule_id=told.dcr_id, workspace_id=told.workspace_id, known_cloud=not self.connection.cloud.custom,
            identity=identity, subscriptions=tuple(subscriptions), group=group,
        ))  # fmt: skip

    def probe(self, subscriptions: Sequence[str] = ()) -> Probe:
        """Return how real answers differ from what azlocal assumes; nothing of it is a customer's."""
        from azlocal.azure.probe import Prober

        return Prober(self.connection).probe(subscriptions)

    def with_plan(self, place: str) -> App:
        """Return the same App with another plan."""
        other = copy(self)
        other.settings = replace(self.settings, plan=place)
        other.__dict__.pop("plan", None)
        return other

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

    def attest(self, cluster: str, key: str, wish: Statement, scope: Scope | None = None) -> str:
        """State for one cluster what Azure cannot show; a statement that is there already is replaced."""
        from azlocal.service import attesting

        attesting.check(cluster, key, wish)
        where = self._signers_scope(scope)
        return attesting.attest(self._desk(), where, cluster, key, replace(wish, by=wish.by or self._signer))

    # upgrade inputs

    def check_inputs(self, words: Sequence[str] = (), *, offline: bool = False, scope: Scope | None = None) -> Check:
        """Check the inputs that the plan names, by themselves, together, and against what Azure knows."""
        from azlocal.azure.inputs_source import InputFiles, check_place, sent_template
        from azlocal.azure.surroundings import AzureSurveyor
        from azlocal.service.inputs import check_files, check_fleet

        for word in words:
            check_word(word)
        place = check_place(self.settings, self._inputs_place, offline=offline)
        files = InputFiles.at(place, lambda: self.connection).files
        if offline:
            return check_files(files(), words, sent_template())
        fleet = self._fleet(scope)
        return check_fleet(files(), fleet, AzureSurveyor(self.connection), words, sent_template())

    def draft_inputs(self, wish: Wish, folder: str = "", scope: Scope | None = None) -> Drafts:
        """Write first drafts of inputs into *folder* (default: the plan's), filled in with what Azure knows."""
        from azlocal.azure.surroundings import AzureSurveyor
        from azlocal.service.inputs import draft, drafts_folder

        wish.check(self.plan)
        place = drafts_folder(folder or self._inputs_place())
        return draft(place, wish, self._fleet(scope), AzureSurveyor(self.connection))

    def _fleet(self, scope: Scope | None) -> Fleet:
        from azlocal.azure.reader import AzureReader
        from azlocal.service.inputs import Fleet

        facts = AzureReader(self.connection).census(self.plan.scope if self.plan else scope or Scope())
        return Fleet.of(facts, self.plan, self.connection.first)

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
        return self.plan or no_plan()

    def _signers_plan(self) -> FleetPlan:
        """Return the plan as the person reads it: a plan in a blob, too, is read with their own rights."""
        return (self._read_plan(lambda: self.person) if remote(self.settings.plan) else self.plan) or no_plan()

    def _signers_scope(self, scope: Scope | None) -> Scope:
        return self._signers_plan().scope if self.settings.plan else scope or Scope()

    def _read_plan(self, by: Callable[[], Connection]) -> FleetPlan | None:
        if not self.settings.plan:
            return None
        text = plan_text(self.settings.plan, by)
        from azlocal.files.plan_file import read_plan

        return read_plan(text, self.settings.plan)

    def _inputs_place(self) -> str:
        if self.settings.inputs:
            return self.settings.inputs
        named = self.plan.inputs if self.plan else ""
        if not named or remote(named):
            return named
        if remote(self.settings.plan):
            return self.settings.plan.rsplit("/", 1)[0] + "/" + named.strip("/") + "/"
        return str(Path(self.settings.plan).parent / named)

    def _inputs(self) -> InputFiles:
        from azlocal.azure.inputs_source import InputFiles

        return InputFiles.at(self._inputs_place() if self.plan is not None else "", lambda: self.connection)

    # the ports of the use cases

    def ports(self, reader: Reader | None = None) -> Ports:
        """Return the outside as a tick uses it, through the acting identity."""
        eyes = self._eyes()
        lease, sink = self._lease(self.connection), self._sink(self.connection)
        return replace(eyes, reader=reader or eyes.reader, lease=lease, sink=sink, new_id=self._new_id)

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
