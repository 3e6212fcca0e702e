"""What was read of Azure, frozen. `None` means not known; `ABSENT` means read, and not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Literal

from azlocal.core.tags import HOLD, OP, Acceptance, Approval, Intent, value_of


class Absence(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
Absent = Literal[Absence.ABSENT]
_ENDED = frozenset({"succeeded", "failed", "canceled", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a validation or an upgrade. Azure may leave any field empty before it starts."""

    name: str
    index: str = ""
    status: str = ""
    description: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    percent: float | None = None
    exceptions: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsFacts:
    """`deploymentSettings/default` as read by GET. Statuses keep Azure's words, empty when missing."""

    id: str
    name: str = "default"
    mode: str = ""
    operation_type: str = ""
    provisioning_state: str = ""
    validation_status: str = ""
    deployment_status: str = ""
    validation_steps: tuple[Step, ...] = ()
    deployment_steps: tuple[Step, ...] = ()
    vault: str = ""
    """Name of the vault in which the echoed configuration finds the LCM user's secret."""
    echo: str | None = None
    """The digest (64 hex digits) of the configuration Azure echoes; None when it echoes none."""
    observed_at: datetime | None = None

    @property
    def ended(self) -> bool | None:
        """Return whether the request has ended, by its provisioning state; None when that is not known.

        Azure's three terminal words, and `Error`, in which HCI resources stay (azure-apis reference, 1.3).
        """
        return self.provisioning_state.lower() in _ENDED if self.provisioning_state else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFacts:
    """Our ARM deployment of one cluster, as read by GET."""

    id: str
    provisioning_state: str
    correlation_id: str = ""
    timestamp: datetime | None = None
    mode: str = ""
    inputs: str = ""
    attempt: int | None = None
    intended_at: datetime | None = None
    """The moment of the intent behind it, from its tag `azlocal-tick`."""
    error_code: str = ""
    error_message: str = ""
    observed_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Return whether ARM still works on it; an unknown word counts as active."""
        return self.provisioning_state.lower() not in {"succeeded", "failed", "canceled", "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionFacts:
    """An extension of one machine."""

    id: str
    version: str = ""
    provisioning_state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """One Arc machine of a cluster."""

    id: str
    name: str
    status: str = ""
    os_version: str = ""
    location: str = ""
    principal: str = ""
    """Object id of its system identity."""
    lcm: ExtensionFacts | Absent | None = None
    unready: tuple[ExtensionFacts, ...] | None = None
    """Its extensions, of any kind, that are not Succeeded."""
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """One node as the cluster itself reports it."""

    name: str
    os_version: str = ""
    manufacturer: str = ""
    model: str = ""
    machine_id: str = ""
    oem_activation: str = ""
    windows_server_subscription: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedFacts:
    """A resource that tells something about a cluster: a workload, an appliance, a custom location, a lock.

    `status` of a lock is its level, of a role assignment the principal that holds it.
    """

    id: str
    kind: str
    status: str = ""
    provisioning_state: str = ""
    host: str = ""
    """Id of the resource it rests on: of a custom location its appliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFacts:
    """One update that a solution could take, in Azure's words."""

    id: str
    version: str = ""
    state: str = ""
    health: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionFacts:
    """`updateSummaries/default`: its `currentVersion` is the proof that the solution is there."""

    id: str
    version: str = ""
    state: str = ""
    health: str = ""
    updates: tuple[UpdateFacts, ...] | None = None
    """The updates that are offered and not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityFacts:
    """`securitySettings/default`: Compliant, NonCompliant or Pending for each of four; empty when missing."""

    id: str
    secured_core: str = ""
    wdac: str = ""
    at_rest: str = ""
    in_transit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterFacts:
    """What ARM shows of an upgraded cluster beyond the census. Each part is None when it could not be read."""

    resources: tuple[RelatedFacts, ...] | None = None
    """What lies in the cluster's resource group, by id and kind."""
    vault: RelatedFacts | Absent | None = None
    """The vault of the LCM user's secret."""
    roles: tuple[RelatedFacts, ...] | None = None
    """Role assignments that hold on the group: `kind` is the role's guid, `status` the principal."""
    edge_devices: tuple[RelatedFacts, ...] | None = None
    """Those that are there of the machines' `edgeDevices/default`."""
    security: SecurityFacts | Absent | None = None
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterFacts:
    """One cluster at one moment."""

    id: str
    name: str
    location: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    identity_type: str | None = None
    status: str | None = None
    connectivity: str | None = None
    last_sync_at: datetime | None = None
    failover_name: str = ""
    version: str = ""
    nodes: tuple[NodeFacts, ...] = ()
    machines: tuple[MachineFacts, ...] | None = None
    workloads: tuple[RelatedFacts, ...] | None = None
    appliances: tuple[RelatedFacts, ...] | None = None
    custom_locations: tuple[RelatedFacts, ...] | None = None
    locks: tuple[RelatedFacts, ...] | None = None
    """Those that stand on it, on what belongs to it, or on a scope above."""
    solution: SolutionFacts | Absent | None = None
    settings: SettingsFacts | Absent | None = None
    deployment: DeploymentFacts | Absent | None = None
    after: AfterFacts | None = None
    observed_at: datetime | None = None
    error: str = ""
    """Why this cluster could not be read whole; empty when it could."""

    @property
    def intent(self) -> Intent | Absent | None:
        """Return the intent in the tag `azlocal-op`: absent, or None when it is there but unreadable."""
        text = value_of(self.tags, OP)
        return ABSENT if text is None else Intent.parse(text)

    @property
    def hold(self) -> str | None:
        """Return the text of the tag `azlocal-hold`, which may be empty; None when there is none."""
        return value_of(self.tags, HOLD)

    @property
    def says_running(self) -> bool:
        """Return whether its own status says that an operation runs (`…InProgress`)."""
        return (self.status or "").lower().endswith("inprogress")

    @property
    def solved(self) -> bool:
        """Return whether the solution is shown to be there; False also when that is not known."""
        return bool(self.solution_version)

    @property
    def solution_version(self) -> str:
        """Return the version of the solution; empty when it reports none, or when that is not known."""
        return self.solution.version if isinstance(self.solution, SolutionFacts) else ""

    @property
    def correlation_id(self) -> str:
        """Return ARM's correlation id of azlocal's last deployment of it; empty when none is known."""
        return self.deployment.correlation_id if isinstance(self.deployment, DeploymentFacts) else ""

    @property
    def model(self) -> str:
        """Return the hardware model of the first node that names one."""
        return next((node.model for node in self.nodes if node.model), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFacts:
    """The control group's tags, read by GET: what people decided."""

    id: str
    paused: bool
    pause_reason: str = ""
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    """By ring name."""
    acceptances: Mapping[str, Acceptance] = field(default_factory=dict)
    """By the ten hex digits of the cluster."""
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFacts:
    """Everything one tick read."""

    cloud: str
    """`public`, `usgovernment`, `china` or `custom`."""
    clusters: tuple[ClusterFacts, ...]
    control: ControlFacts | None = None
    holds: Mapping[str, str] = field(default_factory=dict)
    """Ids (keys) of resource groups and subscriptions tagged `azlocal-hold`, and the tag's text."""
    gaps: tuple[str, ...] = ()
    """What could not be read: invisible subscriptions, incomplete pages. Any gap shuts every gate."""
    observed_at: datetime | None = None
