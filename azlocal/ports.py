"""What the use cases need of the outside. `azlocal.azure` provides it; nothing here does anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from azlocal.core.decisions import Start
from azlocal.core.events import Row
from azlocal.core.facts import (
    Absent,
    AfterFacts,
    ClusterFacts,
    ControlFacts,
    DeploymentFacts,
    FleetFacts,
    RelatedFacts,
    SettingsFacts,
)
from azlocal.core.plan import Inputs, Scope
from azlocal.core.tags import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of the one request of a start.

    `outcome` is accepted, refused, unknown (no answer, or one that says nothing of the effect), or not-sent.
    """

    outcome: str
    status: int | None = None
    code: str = ""
    message: str = ""
    correlation_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of sending telemetry: rows accepted, rows lost, and why."""

    sent: int = 0
    lost: int = 0
    problems: tuple[str, ...] = ()

    def __add__(self, other: Delivery) -> Delivery:
        """Return what came of both."""
        return Delivery(
            sent=self.sent + other.sent, lost=self.lost + other.lost, problems=self.problems + other.problems
        )


class Watch(Protocol):
    """Azure's time, as its answers tell it."""

    @property
    def first(self) -> datetime | None:
        """Return the `Date` of the first ARM answer of this tick."""

    @property
    def newest(self) -> datetime | None:
        """Return the newest `Date` seen."""

    @property
    def calls(self) -> int:
        """Return how many requests were sent."""

    @property
    def throttled(self) -> int:
        """Return how many answers were 429."""


class Reader(Protocol):
    """Reads of the fleet. Every one of them raises `AzlocalError` when Azure cannot be read."""

    def census(self, scope: Scope) -> FleetFacts:
        """Return the fleet by Resource Graph alone: wide, cheap, and a little behind."""

    def clusters_now(self, subscription: str) -> Iterable[ClusterFacts]:
        """Yield the clusters of a subscription as ARM lists them now (own properties and tags only)."""

    def cluster(self, cluster_id: str) -> ClusterFacts:
        """Return one cluster's own properties and tags as ARM has them now."""

    def settings(self, cluster_id: str) -> SettingsFacts | Absent:
        """Return `deploymentSettings/default`, or ABSENT."""

    def deployment(self, cluster_id: str) -> DeploymentFacts | Absent:
        """Return our deployment of the cluster, or ABSENT."""

    def locks(self, subscription: str) -> Sequence[RelatedFacts]:
        """Return every lock in a subscription, whatever it stands on."""

    def after(self, cluster: ClusterFacts) -> AfterFacts:
        """Return what ARM shows of an upgraded cluster beyond the census; never raises for a part that it cannot read."""

    def control(self, group_id: str) -> ControlFacts:
        """Return the control group's tags."""

    def tags(self, scope_id: str) -> Mapping[str, str]:
        """Return the tags of a resource group or subscription."""


class Lease(Protocol):
    """The fleet's lease: one starter at a time."""

    def acquire(self) -> str:
        """Take the lease; return `clean`, `taken-over` or `held` (by another runner)."""

    def wait_out(self) -> bool:
        """After a takeover: keep the lease until a request of the lost holder can no longer land."""

    def keep(self) -> bool:
        """Renew when needed; False when the lease is lost."""

    def release(self) -> None:
        """Give the lease back; never raises."""


class Starter(Protocol):
    """The one thing that starts anything."""

    def write_intent(self, cluster_id: str, intent: Intent) -> bool:
        """Write `azlocal-op`; False, or AzlocalError, when it is not certain that it stands."""

    def start(self, start: Start, cluster: ClusterFacts, inputs: Inputs | None, intent: Intent) -> Sent:
        """Send the start: exactly one request, never repeated. An extension is written on one machine at a time."""


class Sink(Protocol):
    """Where telemetry goes."""

    def send(self, rows: Iterable[Row]) -> Delivery:
        """Send rows as they come; never raises."""


class InputsSource(Protocol):
    """Where upgrade inputs come from."""

    def read(self, clusters: Sequence[ClusterFacts]) -> Mapping[str, Inputs]:
        """Return the inputs of those clusters that have any, by id key."""


Json = dict[str, Any]
