"""The world behind the wire: one clock, one store, and everything that happens in it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from azlocal.sandbox.agenda import Agenda
from azlocal.sandbox.clock import Clock
from azlocal.sandbox.events import Events
from azlocal.sandbox.operations import Operation, Operations
from azlocal.sandbox.rbac import Rights, link_forbidden
from azlocal.sandbox.router import Router
from azlocal.sandbox.store import Document, Store, subscription_of
from azlocal.sandbox.wire import ArmError, Request

# Every behaviour of Azure that no source confirms, with the settings it may have; the first is the
# default. `docs/contracts.md` describes each; scenarios and `POST /_sandbox/switches` set them.
SWITCHES: dict[str, tuple[str, ...]] = {
    "second-put-while-running": ("conflict", "overwrite"),
    "repeated-deploy": ("resume", "restart", "no-op", "refuse"),
    "deploy-without-validate": ("accept", "refuse"),
    "echo": ("complete", "without-secrets", "without-optional"),
    "validation-status-after-deploy": ("kept", "dropped"),
    "cluster-patch-tags": ("merge", "replace"),
    "read-after-write": ("immediate", "delayed"),
    "storage-firewall-lease": ("passes", "refused"),
    "validate-in-place": ("accept", "refuse"),
    "provisioning-state-after-failed-deploy": ("Failed", "Succeeded"),
    "update-summary-before-upgrade": ("absent", "stub"),
    "ingestion-undeclared-column": ("refuse", "drop"),
    "validate-without-edge-device": ("fail", "accept"),
    "status-after-upgrade": ("DeploymentSuccess", "ConnectedRecently"),
    "graph-id-case": ("kept", "lower"),
    "graph-default-top": ("100", "1000"),
    "event-of-long-write": ("end", "acceptance"),
    "graph-action": ("not-needed", "needed"),
    "lists-without-right": ("filtered", "refused"),
    "upgrade-linked-rights": ("not-checked", "checked"),
    "security-settings-after-upgrade": ("reported", "absent"),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: `name` is `managed-identity` or `person`."""

    name: str
    client_id: str
    object_id: str
    audience: str


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request on its way to a handler."""

    azure: Azure
    request: Request
    params: Mapping[str, str]
    api_version: str
    principal: Principal | None
    now: datetime
    sees: Callable[[str], bool] | None = None
    """Which ids of a list the caller may read, where the list itself is above its rights; None for all."""

    def param(self, name: str) -> str:
        """Return a value from the path."""
        return self.params[name]


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: the document as stored, whether it is new, and what goes on."""

    document: Document
    created: bool
    operation: Operation | None = None


class ResourceType(Protocol):
    """How resources of one type are written, by a client's PUT or by a template deployment."""

    def put(
        self, azure: Azure, resource_id: str, body: Document, *, now: datetime, principal: Principal | None
    ) -> Written:
        """Create or replace the resource, or raise `ArmError` as Azure would."""


@dataclass
class Azure:
    """The sandbox's whole state. Carriers call `azlocal.sandbox.front.Front.handle` over it."""

    clock: Clock
    tenant_id: str = "22222222-2222-4222-8222-222222222222"
    seed: int = 0
    store: Store = field(default_factory=Store)
    agenda: Agenda = field(default_factory=Agenda)
    operations: Operations = field(init=False)
    router: Router = field(default_factory=Router)
    switches: dict[str, str] = field(default_factory=lambda: {name: values[0] for name, values in SWITCHES.items()})
    types: dict[str, ResourceType] = field(default_factory=dict)
    control_group: str = ""
    cloud: str = "AzureCloud"
    """The name by which `/metadata/endpoints` introduces this cloud."""
    effects: int = 0
    blobs: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    queues: dict[str, Any] = field(default_factory=dict)
    events: Events = field(default_factory=Events)
    behaviours: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    leases: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    workspaces: dict[str, Any] = field(default_factory=dict)
    page_size: int = 500
    index_lag: timedelta = timedelta(seconds=30)
    haze: Any = None
    """How Resource Graph departs from the world (`azlocal.sandbox.query.haze.Haze`), or None."""
    preparing: list[Callable[[], None]] = field(default_factory=list)
    """What may be done before the first request comes, so that it needs not wait for it."""
    answers: dict[str, Any] = field(default_factory=dict)
    """Query text → its answer without the engine (`azlocal.sandbox.query.fast.Answer`)."""
    ingestion_lag: timedelta = timedelta(0)
    quotas_on: bool = False
    rbac: bool = False
    """Whether role assignments decide what a caller may do; else it may do all but what `may_write` forbids."""
    unreadable: set[str] = field(default_factory=set)
    """Subscriptions (GUIDs in lower case) that the managed identity has lost its rights in."""
    report_lag: timedelta = timedelta(0)
    """How much later than it happens a device's report of an attempt becomes visible."""

    def __post_init__(self) -> None:
        self.rights = Rights(self.store, self.tenant_id)
        self.random = random.Random(self.seed)
        self.operations = Operations(self.random)

    def resource_type(self, kind: str, handling: ResourceType) -> None:
        """Register how resources of type *kind* are written."""
        self.types[kind.lower()] = handling

    @property
    def moment(self) -> datetime:
        """Return when what happens now happens: inside a jump of the clock, not its end but the happening's own."""
        return self.agenda.moment or self.clock.now()

    def prepare(self) -> None:
        """Do beforehand what the first requests would have to wait for; nothing that a caller sees depends on it."""
        for one in self.preparing:
            one()

    def settle(self) -> datetime:
        """Let everything due happen and return the sandbox moment."""
        now = self.clock.now()
        self.agenda.run_due(now)
        return now

    def advance(self, by: timedelta) -> datetime:
        """Move the clock, let everything that fell due happen in order, and return the new moment."""
        self.clock.advance(by)
        return self.settle()

    def after(self, now: datetime, delay: timedelta, happening: Callable[[datetime], None]) -> None:
        """Let *happening* run *delay* after *now*."""
        self.agenda.at(now + delay, happening)

    def changed(self, document: Document) -> None:
        """Store a document and count the change as an effect of the request being served."""
        self.effects += 1
        self.store.put(document)

    def is_hidden(self, principal: Principal, path: str) -> bool:
        """Return whether *principal* has no right to what lies at *path* (in lower case)."""
        return (
            bool(self.unreadable) and principal.name == "managed-identity" and subscription_of(path) in self.unreadable
        )

    def may_write(self, principal: Principal | None, resource_id: str) -> bool:
        """Return whether *principal* may write there without RBAC: the managed identity not in the control group."""
        control, target = self.control_group.lower(), resource_id.lower()
        if not control or principal is None or principal.name != "managed-identity":
            return True
        return target != control and not target.startswith(f"{control}/")

    def may(self, principal: Principal | None, action: str, scope: str, *, data: bool = False) -> bool:
        """Return whether roles let *principal* do *action* at *scope*; without RBAC, and to Azure itself, all is let."""
        if not self.rbac or principal is None:
            return True
        return self.rights.allows(principal.object_id, action, scope, data=data)

    def require_linked(self, principal: Principal | None, write: tuple[str, str], link: tuple[str, str]) -> None:
        """Raise LinkedAuthorizationFailed (403) when *principal* may do *write* but not *link* (action, scope)."""
        if principal is not None and not self.may(principal, *link):
            raise link_forbidden(principal, *write, *link)

    def switch(self, name: str) -> str:
        """Return the setting of an unconfirmed behaviour."""
        return self.switches[name]


def require(body: Any, kind: type, message: str) -> Any:
    """Return *body* when it is of *kind*, else raise ARM's answer to content of the wrong shape."""
    if not isinstance(body, kind):
        raise ArmError(400, "InvalidRequestContent", message)
    return body
