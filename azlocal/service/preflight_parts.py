"""The parts of a preflight: the reads it needs (`azlocal.azure.preflight` has them), what was said, what is known, what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from azlocal.core.facts import FleetFacts
from azlocal.core.ids import group_name_of, subscription_of
from azlocal.core.loose import Json
from azlocal.core.plan import FleetPlan
from azlocal.core.preflight import Notice, Signer, Target
from azlocal.core.preflight_policy import Question
from azlocal.ports import InputsSource, Reader, Watch

VAULTS, RULES = "microsoft.keyvault/vaults", "microsoft.insights/datacollectionrules"


class Looker(Protocol):
    """Reads around a tick. What could not be read is None, and in `unread`."""

    unread: list[Notice]

    def signer(self) -> Signer:
        """Return who signs; raise AzureRefused when nobody does."""

    def permissions(self, scope: str) -> Sequence[Json] | None:
        """Return what the caller may do at a scope."""

    def role(self, role_id: str) -> Sequence[Json] | None:
        """Return the permissions of a role definition."""

    def unregistered(self, subscription: str, more: Sequence[str] = ()) -> Sequence[str]:
        """Return the needed providers that are known not to be registered; with *more*, of those instead."""

    def around(self) -> Mapping[str, Mapping[str, Json]] | None:
        """Return vaults by name, rules by immutable id, workspaces by id key, each below its type."""

    def rule(self, rule_id: str) -> Json | None:
        """Return a data collection rule."""

    def rules(self, subscription: str) -> Mapping[str, Json]:
        """Return a subscription's rules by immutable id, as they are now."""

    def endpoint_of(self, rule: Json) -> str:
        """Return the ingestion endpoint of a rule."""

    def workspace(self, workspace_id: str) -> Json | None:
        """Return a workspace."""

    def tables(self, workspace_id: str, names: Sequence[str]) -> Mapping[str, Json | None]:
        """Return tables of a workspace by name."""

    def container(self, container: str) -> Json | None:
        """Return a blob container."""

    def group(self, group: str) -> Json | None:
        """Return a resource group."""

    def secrets(self, vault_id: str) -> Sequence[Json] | None:
        """Return a vault's secrets, without values; None without a word in `unread` when there is no such vault."""

    def deleted_vaults(self, subscription: str) -> Sequence[str]:
        """Return the names of deleted vaults."""

    def assignments(self, subscription: str) -> Sequence[Json] | None:
        """Return the role assignments in a subscription."""

    def policies(self, subscription: str) -> Sequence[Json] | None:
        """Return the policy assignments in a subscription."""

    def restrictions(self, asked: Question) -> Json | None:
        """Return what policies would do to a resource."""

    def reaches(self, url: str) -> str:
        """Return why an endpoint does not answer, empty when it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What preflight reads by."""

    reader: Reader
    looker: Looker
    watch: Watch
    inputs: InputsSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the person said: the plan with its warnings, and where telemetry goes."""

    plan: FleetPlan
    warnings: tuple[str, ...] = ()
    place: str = ""
    endpoint: str = ""
    rule_id: str = ""
    workspace_id: str = ""
    known_cloud: bool = True
    """Whether services have their public names in this cloud."""
    identity: str = ""
    """Object id of the identity whose rights are meant; empty: whoever signs."""
    subscriptions: tuple[str, ...] = ()
    group: str = ""
    """Only clusters in these are looked at; empty: in all."""

    def wants(self, cluster_id: str) -> bool:
        """Return whether a cluster is to be looked at."""
        if self.subscriptions and subscription_of(cluster_id) not in self.subscriptions:
            return False
        return not self.group or group_name_of(cluster_id).lower() == self.group.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What was looked at and found. `without` are clusters whose inputs are not written yet: nothing of theirs is asked."""

    now: datetime
    cloud: str
    signer: Signer
    identity: str
    """Whose rights were looked at, by object id; empty: the signer's."""
    clusters: int
    without: tuple[str, ...]
    looked: tuple[str, ...]
    notices: tuple[Notice, ...]
    calls: int = 0

    @property
    def found(self) -> tuple[Notice, ...]:
        """Return what is amiss."""
        return tuple(one for one in self.notices if not one.unknown)

    @property
    def unread(self) -> tuple[Notice, ...]:
        """Return what could not be seen."""
        return tuple(one for one in self.notices if one.unknown)


@dataclass(slots=True)
class Flight:
    """One preflight under way: what is known so far."""

    outside: Outside
    told: Told
    signer: Signer
    facts: FleetFacts
    now: datetime
    targets: list[Target]
    around: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    assignments: dict[str, Sequence[Json]] = field(default_factory=dict)
    rule: Json | None = None
    roles: dict[str, Sequence[Json]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    """What the plan names and is not there: nothing more is asked of it."""
    looked: dict[str, None] = field(default_factory=dict)

    @property
    def looker(self) -> Looker:
        """Return what reads."""
        return self.outside.looker

    def look(self, *checks: str) -> None:
        """Note that something was looked at."""
        self.looked.update(dict.fromkeys(checks))

    def vaults(self) -> Mapping[str, Json]:
        """Return the vaults that are seen, by name."""
        return self.around.get(VAULTS, {})
