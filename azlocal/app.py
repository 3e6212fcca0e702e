"""The composition root: the only reader of the environment and of the machine's clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azlocal.core.plan import FleetPlan, Inputs, Scope
from azlocal.errors import BadInput
from azlocal.service import consent
from azlocal.service.tick import Ports, TickReport, TickRequest, tick

if TYPE_CHECKING:
    from azlocal.azure.clients import Connection
    from azlocal.core.facts import ClusterFacts
    from azlocal.service.look import FleetLook

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
    """What a door was told: flag, then JSON key, then environment, then default (design, §8)."""

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


class App:
    """Everything a door can ask for, over one connection to Azure for each identity."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        transport: Any = None,
        credential: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self._environment = environment
        self._transport = transport
        self._credential = credential
        self._clock = clock

    @classmethod
    def from_environment(
        cls, given: Mapping[str, str | None] | None = None, environment: Mapping[str, str] | None = None
    ) -> App:
        """Return an App for the process's environment; *given* holds flags by setting name."""
        told = os.environ if environment is None else environment
        return cls(read_settings(given or {}, told), told)

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

    # what people wrote

    @cached_property
    def plan(self) -> FleetPlan | None:
        """Return the plan, or None when no plan was named. Raises BadInput with all its mistakes."""
        if not self.settings.plan:
            return None
        from azlocal.files.plan_file import read_plan

        return read_plan(self._text(self.settings.plan, "plan"), self.settings.plan)

    def needed_plan(self) -> FleetPlan:
        """Return the plan; raise BadInput when none was named."""
        if self.plan is None:
            raise BadInput(
                ["plan: no fleet plan was named"],
                remedy="name one with --plan, the key `plan`, or AZLOCAL_PLAN (a file or an https blob URL)",
            )
        return self.plan

    def _text(self, place: str, what: str) -> str:
        if place.lower().startswith("https://"):
            from azlocal.azure.blobs import read_text

            return read_text(self.connection, place)
        try:
            return Path(place).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                [f"{what}: '{place}' could not be read: {error}"], remedy=f"check the path of the {what}"
            ) from error

    def _inputs_place(self) -> str:
        if self.settings.inputs:
            return self.settings.inputs
        named = self.plan.inputs if self.plan else ""
        if not named or named.lower().startswith("https://"):
            return named
        if self.settings.plan.lower().startswith("https://"):
            return self.settings.plan.rsplit("/", 1)[0] + "/" + named.strip("/") + "/"
        return str(Path(self.settings.plan).parent / named)

    # the ports of the use cases

    def ports(self) -> Ports:
        """Return the outside as the use cases see it, through the acting identity."""
        return self._ports(self.connection)

    def _ports(self, connection: Connection) -> Ports:
        from azlocal.azure.reader import AzureReader
        from azlocal.azure.starter import AzureStarter

        return Ports(
            reader=AzureReader(connection),
            starter=AzureStarter(connection),
            watch=connection,
            inputs=_Inputs(self),
            lease=self._lease(connection),
            sink=self._sink(connection),
        )

    def _lease(self, connection: Connection) -> Any:
        if self.plan is None or not self.plan.lease:
            return None
        from azlocal.azure.lease import ContainerLease

        return ContainerLease(connection, self.plan.lease)

    def _sink(self, connection: Connection) -> Any:
        if not (self.settings.ingestion_endpoint and self.settings.dcr_id):
            return None
        from azlocal.azure.telemetry import Sink

        return Sink(connection, self.settings.ingestion_endpoint, self.settings.dcr_id)

    # what doors ask for

    def tick(self, request: TickRequest, *, deadline_minutes: float | None = None) -> TickReport:
        """Run one tick. *deadline_minutes* is the machine's time, counted from now."""
        from dataclasses import replace

        plan = self.needed_plan()
        if deadline_minutes is not None:
            ends = self._clock() + deadline_minutes * 60
            request = replace(request, out_of_time=lambda: self._clock() > ends)
        return tick(self.ports(), plan, request)

    def census(self, scope: Scope | None = None) -> FleetLook:
        """Look at the fleet and decide nothing but words. *scope* narrows it where there is no plan."""
        from azlocal.service.look import look

        return look(self.ports(), self.plan, scope)

    def explain(self, cluster: str, scope: Scope | None = None) -> Any:
        """Return what is known and decided of one cluster: a name, group/name or id."""
        from azlocal.service.look import look, pick

        found = look(self.ports(), self.plan, scope, detail=cluster)
        return pick(found, cluster)

    def approve(self, ring: str, until: datetime | None, by: str = "") -> str:
        """Approve *ring* for the plan and members as they are, with the person's own rights."""
        return consent.approve(self._signing(), self.needed_plan(), ring, until, by)

    def hold(self, cluster: str, reason: str, by: str = "") -> str:
        """Keep one cluster from being started."""
        return consent.hold(self._signing(), self.needed_plan(), cluster, reason, by)

    def release(self, cluster: str) -> str:
        """Take a hold off."""
        return consent.release(self._signing(), self.needed_plan(), cluster)

    def pause(self, reason: str, by: str = "") -> str:
        """Stop every start of the fleet."""
        return consent.pause(self._signing(), self.needed_plan(), reason, by)

    def resume(self, cluster: str | None, by: str = "") -> str:
        """Lift the pause, or accept one cluster's failed attempt so that it may be tried once more."""
        return consent.resume(self._signing(), self.needed_plan(), cluster, by)

    def _signing(self) -> consent.Desk:
        from azlocal.azure.reader import AzureReader
        from azlocal.azure.tagging import drop_tags, merge_tags

        person = self.person
        return consent.Desk(
            reader=AzureReader(person),
            watch=person,
            merge=lambda scope, tags: merge_tags(person, scope, tags),
            drop=lambda scope, names: drop_tags(person, scope, names),
        )


class _Inputs:
    """Upgrade inputs from a folder, a CSV file or a blob prefix, read when first needed."""

    def __init__(self, app: App) -> None:
        self._app = app

    def read(self, clusters: Sequence[ClusterFacts]) -> Mapping[str, Inputs]:
        """Return the inputs of *clusters* that have any, by id key."""
        from azlocal.files.inputs_file import read_inputs

        place = self._app._inputs_place()
        return read_inputs(_files(self._app, place), [(one.id, one.name) for one in clusters]) if place else {}


def _files(app: App, place: str) -> Mapping[str, str]:
    if place.lower().startswith("https://"):
        from azlocal.azure.blobs import read_folder

        return read_folder(app.connection, place)
    folder = Path(place)
    if folder.is_file():
        return {folder.name: folder.read_text("utf-8")}
    if not folder.is_dir():
        raise BadInput([f"inputs: '{place}' is neither a folder nor a file"], remedy="check the path of the inputs")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".yaml", ".yml", ".csv"})
    return {path.name: path.read_text("utf-8") for path in found}
