"""What is looked at before the first tick, and how what is amiss is told.

Pure: documents as Azure gave them in, notices out. Reading is in `azlocal.azure.preflight`, the order of things in
`azlocal.service.preflight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from azlocal.core.loose import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is not as a tick needs it, or (`unknown`) could not be seen.

    `name` is stable: one of `CHECKS`. `where` is a resource id, a subscription or a setting; `clusters` are the names
    of the clusters it concerns, empty when it concerns the whole fleet.
    """

    name: str
    where: str
    message: str
    evidence: str = ""
    remedy: str = ""
    clusters: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at: the area it belongs to, and what it means that it is well."""

    area: str
    title: str


CHECKS: Mapping[str, Check] = {
    "right-missing": Check("rights", "the identity may do what a tick does, where it does it"),
    "control-writable": Check("rights", "the identity that starts cannot write the control group"),
    "subscription-invisible": Check("scope", "every subscription of the scope is seen"),
    "ring-short": Check("scope", "every ring has the clusters that it expects"),
    "provider-unregistered": Check("providers", "the resource providers are registered"),
    "telemetry-settings": Check("telemetry", "endpoint and rule are both given, or neither"),
    "ingestion-unreachable": Check("telemetry", "the ingestion endpoint answers"),
    "rule-missing": Check("telemetry", "the data collection rule is there"),
    "rule-endpoint": Check("telemetry", "the endpoint is the rule's own"),
    "rule-stream": Check("telemetry", "the rule declares the streams as azlocal sends them"),
    "rule-flow": Check("telemetry", "each stream flows into the table of its name"),
    "workspace-missing": Check("telemetry", "the rule's workspace is there, and the one that is named"),
    "table-columns": Check("telemetry", "the workspace's tables have the columns"),
    "plan-warning": Check("plan", "the plan says what was meant"),
    "control-missing": Check("plan", "the control group is there"),
    "lease-missing": Check("plan", "the container of the fleet's lease is there"),
    "vault-missing": Check("clusters", "the vault of the LCM secret is there"),
    "vault-deleted": Check("clusters", "the vault is not deleted"),
    "vault-network": Check("clusters", "the machines reach the vault"),
    "secret-missing": Check("clusters", "the LCM secret is there"),
    "secret-version": Check("clusters", "its version is the one that the inputs name"),
    "secret-disabled": Check("clusters", "it is enabled"),
    "secret-expired": Check("clusters", "it is in its time, and still will be"),
    "machine-role": Check("clusters", "the machines have the roles that the upgrade needs"),
    "policy-denies": Check("clusters", "no policy denies what a tick writes"),
    "locked": Check("clusters", "no lock refuses what a tick writes"),
}
"""Name → what is looked at. Names are only ever added."""

BY_HAND: tuple[tuple[str, str], ...] = (
    (
        "whether the LCM secret's value is base64 of user:password (preflight never reads a secret)",
        "with data-plane rights: az keyvault secret show --id <lcmSecretUri> --query attributes",
    ),
    (
        "whether the machines resolve and reach the vault, ARM and the registration endpoints",
        "on a machine: Test-NetConnection <vault>.vault.azure.net -Port 443; the readiness validation tests the rest",
    ),
    (
        "whether Azure takes the ClusterUpgrade write with these rights (what the provider checks beyond ARM is not published)",
        "the first readiness validation in the canary ring tells: it changes nothing on the cluster",
    ),
)
"""What Azure does not show to readers, each with what to run by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One cluster that is still to go, by what preflight needs of it. `secret` is the URI that its inputs name."""

    id: str
    name: str
    location: str
    group: str
    machines: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    secret: str = ""


def names(targets: Iterable[Target]) -> tuple[str, ...]:
    """Return the names of clusters, each once, in order."""
    return tuple(dict.fromkeys(one.name for one in targets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who the token says that it is: `kind` is managed identity, application or user. A claim, but Azure's own."""

    object_id: str
    client_id: str
    kind: str
    name: str = ""
    tenant: str = ""


def signer_of(claims: Json) -> Signer:
    """Return who the claims of an access token name. Source: Microsoft identity platform, access token claims."""
    told = {name: str(value) for name, value in claims.items() if isinstance(value, str)}
    user = next((told[one] for one in ("upn", "preferred_username", "unique_name") if told.get(one)), "")
    kind = "managed identity" if told.get("xms_mirid") else "user" if user or told.get("scp") else "application"
    return Signer(
        object_id=told.get("oid", ""), client_id=told.get("appid") or told.get("azp", ""), kind=kind,
        name=user or told.get("xms_mirid", ""), tenant=told.get("tid", ""),
    )  # fmt: skip
