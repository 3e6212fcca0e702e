"""A scenario as values: what the world is when it begins, and what the people in it do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azlocal.sandbox.documents import resource_id
from azlocal.sandbox.documents_arc import LCM, MACHINES, Hardware
from azlocal.sandbox.documents_hci import Network
from azlocal.sandbox.journey import Behaviour


class ScenarioError(ValueError):
    """A scenario that cannot be used: where, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSpec:
    """One subscription."""

    id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSpec:
    """One resource group. *locks* are levels: CanNotDelete, ReadOnly."""

    name: str
    subscription: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSpec:
    """One node and its Arc machine. `lcm` is the version of the LCM extension, empty when it is missing."""

    name: str
    os_version: str
    reported_version: str
    """What the cluster's census says of this node; older than `os_version` when the census is."""
    status: str = "Connected"
    lcm: str = LCM.version
    lcm_state: str = "Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An operation that somebody requested before the world began.

    `mode` is Validate or Deploy, `ago` how long before the start it was requested; `inputs` is `own`
    (those of the scenario's inputs file) or `other`.
    """

    mode: str
    ago: timedelta
    inputs: str = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OsUpgrade:
    """The owners upgrade all nodes to *version*, *after* the start; the census tells of it hours later."""

    after: timedelta
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """One cluster. *subscription* is a GUID; *site* numbers its subnet; `inputs` are None when it has no file."""

    name: str
    subscription: str
    group: str
    machine_group: str
    region: str
    site: int
    failover_name: str
    machines: tuple[MachineSpec, ...]
    hardware: Hardware = field(default_factory=Hardware)
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "ConnectedRecently"
    connectivity: str = "Connected"
    identity: str = "SystemAssigned"
    synced_ago: timedelta = timedelta(minutes=25)
    solution: str = ""
    """Version of the solution it has from the start; empty before the upgrade."""
    workloads: tuple[str, ...] = ()
    """Preview workloads beside it: aks, vm, and bridge for a resource bridge that was left over."""
    locks: tuple[str, ...] = ()
    """Levels of the locks on the cluster itself."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """What it reports of oemActivation and windowsServerSubscription, where that is not Disabled."""
    inputs: Mapping[str, Any] | None = field(default_factory=dict)
    """What its inputs file says other than the usual, None where it leaves a key out; None when there is no file."""
    vault: str = ""
    past: tuple[Past, ...] = ()
    behaviour: Behaviour = field(default_factory=Behaviour)
    os_upgrade: OsUpgrade | None = None
    story: str = ""

    @property
    def id(self) -> str:
        """Return the cluster's resource id."""
        return resource_id(self.subscription, self.group, "Microsoft.AzureStackHCI/clusters", self.name)

    @property
    def machine_ids(self) -> list[str]:
        """Return the ids of the Arc machines, in the order of the nodes."""
        return [resource_id(self.subscription, self.machine_group, MACHINES, one.name) for one in self.machines]

    @property
    def vault_id(self) -> str:
        """Return the id of the vault that holds the secret of the deployment user."""
        return resource_id(self.subscription, self.group, "Microsoft.KeyVault/vaults", self.vault)

    @property
    def network(self) -> Network:
        """Return the cluster's subnet: its own among 58,750; sites further apart share one, as closed networks do."""
        return Network(prefix=f"10.{20 + self.site // 250 % 235}.{self.site % 250}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the fleet's own resources lie, all in the first subscription."""

    control: str = "rg-azlocal-control"
    operations: str = "rg-azlocal-operations"
    storage: str = "stazlocalops"
    lease: str = "azlocal-lease"
    files: str = "azlocal-files"
    rule: str = "dcr-azlocal"
    workspace: str = "law-azlocal"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What the person of the story does: which rings to approve, whose failures to accept once."""

    approve: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that is done in a world before anybody looks at it: one word, and what it takes (`acts`)."""

    word: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything a world starts with. *plan* holds the plan's keys that the scenario decides."""

    name: str
    about: str
    region: str
    subscriptions: tuple[SubscriptionSpec, ...]
    groups: tuple[GroupSpec, ...]
    clusters: tuple[ClusterSpec, ...]
    plan: Mapping[str, Any]
    places: Places = field(default_factory=Places)
    people: People = field(default_factory=People)
    switches: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    quotas: bool = False
    rbac: bool = False
    """Whether role assignments decide what a caller may do."""
    index_lag: timedelta | None = None
    page_size: int | None = None
    extras: bool = True
    """Whether machines carry the extensions, and clusters the roles, that decide nothing."""
    cloud: str = "AzureCloud"
    """The name by which the ARM endpoint introduces its cloud."""
    acts: tuple[Act, ...] = ()
    """What happens, in order, before the world is looked at."""

    @property
    def lead(self) -> timedelta:
        """Return how much time the acts let pass by themselves: so long before the look the world begins."""
        return sum((act.told["by"] for act in self.acts if act.word == "advance"), timedelta(0))
