"""What the upgrade of each cluster needs around it: its LCM secret and vault, its machines' roles, no lock."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from azlocal.core.facts import RelatedFacts
from azlocal.core.ids import key, subscription_of
from azlocal.core.locks import scope_of
from azlocal.core.loose import Json, items, mapping, texts
from azlocal.core.preflight import Notice, Target, names

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
MACHINE_ROLES: Mapping[str, str] = {
    "865ae368-6a45-4bd1-8fbf-0d5151f56fc1": "Azure Stack HCI Device Management Role",
    "c99c945f-8bd1-4fb1-a903-01460aae6068": "Azure Stack HCI Connected InfraVMs",
    SECRETS_USER: "Key Vault Secrets User",
}
"""What the published upgrade template gives each machine. Source: Azure/azure-quickstart-templates, upgrade-cluster."""
SOON = timedelta(days=7)
"""A secret that ends within this is told: validation, soak and approval take days."""
_PREPARE = "deploy solution-upgrade-prepare.json for the cluster"
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """What a secret's URI says: `https://<vault>.vault.<domain>/secrets/<name>/<version>`."""

    vault: str
    name: str
    version: str


def place_of(uri: str) -> SecretPlace | None:
    """Take a secret's URI apart; None when it is none."""
    host, _, path = uri.partition("://")[2].partition("/")
    parts = path.strip("/").split("/")
    if not host or len(parts) != 3 or parts[0].lower() != "secrets":
        return None
    return SecretPlace(host.partition(".")[0].lower(), parts[1], parts[2])


def grouped(values: Iterable[T], by: Callable[[T], K]) -> dict[K, list[T]]:
    """Return values by what they have in common, in order."""
    found: dict[K, list[T]] = {}
    for one in values:
        found.setdefault(by(one), []).append(one)
    return found


# vaults and secrets


def vault_notices(targets: Sequence[Target], vaults: Mapping[str, Json], deleted: Iterable[str]) -> Iterator[Notice]:
    """Yield what is amiss with the vaults of LCM secrets: *vaults* by name, *deleted* the names of deleted ones."""
    gone = {one.lower() for one in deleted}
    for name, users in _by_vault(targets).items():
        vault = vaults.get(name)
        if vault is not None:
            yield from _reachable(vault, names(users))
        elif name in gone:
            yield Notice(
                name="vault-deleted", where=name, clusters=names(users),
                message=f"the vault {name} is deleted and can still be recovered", evidence="deletedVaults",
                remedy=f"az keyvault recover --name {name}",
            )  # fmt: skip
        else:
            yield Notice(
                name="vault-missing", where=name, clusters=names(users),
                message=f"no vault {name} is seen in any subscription that the identity reads",
                evidence="Resource Graph", remedy=f"correct lcmSecretUri in the inputs, or {_PREPARE}",
            )  # fmt: skip


def _by_vault(targets: Iterable[Target]) -> dict[str, list[Target]]:
    told = ((place_of(one.secret), one) for one in targets)
    return {
        name: [one for _, one in pairs]
        for name, pairs in grouped(((place.vault, one) for place, one in told if place), lambda pair: pair[0]).items()
    }


def _reachable(vault: Json, users: tuple[str, ...]) -> Iterator[Notice]:
    acls = mapping(vault.get("acls"))
    where = str(vault.get("id"))
    more = "allow the machines' addresses, or give them a private endpoint that they resolve"
    if str(vault.get("access", "")).lower() == "disabled":
        yield Notice(
            name="vault-network", where=where, clusters=users, message="the vault takes no requests from public networks",
            evidence="properties.publicNetworkAccess: Disabled", remedy=f"enable public network access, or {more[6:]}",
        )  # fmt: skip
    elif str(acls.get("defaultAction", "")).lower() == "deny" and not _lets_in(acls):
        yield Notice(
            name="vault-network", where=where, clusters=users,
            message="the vault's firewall denies by default and names nobody: no machine reaches the secret",
            evidence="properties.networkAcls", remedy=more,
        )  # fmt: skip


def _lets_in(acls: Json) -> bool:
    """Return whether the firewall names addresses or networks: whether the machines are among them is not known."""
    return bool(items(acls.get("ipRules")) or items(acls.get("virtualNetworkRules")))


def secret_notices(targets: Sequence[Target], secrets: Mapping[str, Sequence[Json]], now: datetime) -> Iterator[Notice]:
    """Yield what is amiss with LCM secrets; *secrets* are those of each vault that was read, by its name."""
    for one in targets:
        place = place_of(one.secret)
        if place is None or place.vault not in secrets:
            continue
        found = next((each for each in secrets[place.vault] if _named(each, place.name)), None)
        yield from _missing(one, place) if found is None else _secret(one, place, found, now)


def _named(secret: Json, name: str) -> bool:
    return str(secret.get("name", "")).rsplit("/", 1)[-1].lower() == name.lower()


def _missing(one: Target, place: SecretPlace) -> Iterator[Notice]:
    yield Notice(
        name="secret-missing", where=one.secret, clusters=(one.name,),
        message=f"the vault {place.vault} has no secret {place.name}", evidence="secrets of the vault, as ARM lists them",
        remedy="create it (az keyvault secret set), and write its URI with version into the inputs",
    )  # fmt: skip


def _secret(one: Target, place: SecretPlace, found: Json, now: datetime) -> Iterator[Notice]:
    properties = mapping(found.get("properties"))
    current = str(properties.get("secretUriWithVersion", "")).rstrip("/").rsplit("/", 1)[-1]
    where, about = str(found.get("id") or one.secret), mapping(properties.get("attributes"))
    if current and current.lower() != place.version.lower():
        yield Notice(
            name="secret-version", where=where, clusters=(one.name,),
            message=f"the inputs name version {place.version}, the current one is {current}",
            evidence="properties.secretUriWithVersion",
            remedy=f"write the current version into the inputs; if the older one is meant, see whether it is still there: "
            f"az keyvault secret show --id {one.secret} --query attributes",
        )  # fmt: skip
        return  # dates are those of the current version
    if about.get("enabled") is False:
        yield Notice(
            name="secret-disabled", where=where, clusters=(one.name,), message="the secret is disabled",
            evidence="properties.attributes.enabled: false",
            remedy=f"az keyvault secret set-attributes --id {one.secret} --enabled true",
        )  # fmt: skip
    yield from _in_its_time(one, where, about, now)


def _in_its_time(one: Target, where: str, about: Json, now: datetime) -> Iterator[Notice]:
    ends, begins = _moment(about.get("exp")), _moment(about.get("nbf"))
    amiss = ""
    if ends is not None and ends <= now + SOON:
        amiss = f"the secret {'ended' if ends <= now else 'ends'} at {ends:%Y-%m-%d %H:%M} UTC"
    elif begins is not None and begins > now:
        amiss = f"the secret begins at {begins:%Y-%m-%d %H:%M} UTC only"
    if amiss:
        yield Notice(
            name="secret-expired", where=where, clusters=(one.name,), message=amiss,
            evidence="properties.attributes", remedy="set a new version, and write its URI into the inputs",
        )  # fmt: skip


def _moment(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None


# roles of the machines


def machine_notices(
    targets: Sequence[Target], assignments: Iterable[Json], vaults: Mapping[str, Json]
) -> Iterator[Notice]:
    """Yield the machines' missing roles; clusters that lack the same are told together, at the group of the first."""
    held = _held(assignments)
    for lacking, members in grouped(targets, lambda one: _lacking(one, vaults, held)).items():
        if lacking:
            yield Notice(
                name="machine-role", where=members[0].group, clusters=names(members),
                message=f"identities of machines lack {'; '.join(lacking)}",
                evidence="role assignments at the cluster's group and its vault, and above them", remedy=_PREPARE,
            )  # fmt: skip


def _lacking(one: Target, vaults: Mapping[str, Json], held: Held) -> tuple[str, ...]:
    place = place_of(one.secret)
    vault = vaults.get(place.vault) if place is not None else None
    counts = {
        title: sum(not _has(principal, role, one, vault, held) for principal in one.principals)
        for role, title in MACHINE_ROLES.items()
    }
    return tuple(f"{title} ({count} of {len(one.principals)} machines)" for title, count in counts.items() if count)


Held = Mapping[tuple[str, str], Sequence[str]]


def _held(assignments: Iterable[Json]) -> Held:
    found: dict[tuple[str, str], list[str]] = {}
    for one in assignments:
        told = mapping(one.get("properties"))
        role = str(told.get("roleDefinitionId", "")).rsplit("/", 1)[-1].lower()
        found.setdefault((str(told.get("principalId", "")).lower(), role), []).append(key(str(told.get("scope", ""))))
    return found


def _has(principal: str, role: str, one: Target, vault: Json | None, held: Held) -> bool:
    where = one.group
    if role == SECRETS_USER:
        if vault is None:
            return True  # the vault is told of by itself
        if not vault.get("rbac"):
            return _by_policy(principal, vault)
        where = str(vault.get("id"))
    return any(covers(scope, key(where)) for scope in held.get((principal.lower(), role), ()))


def _by_policy(principal: str, vault: Json) -> bool:
    for policy in items(vault.get("policies")):
        if str(policy.get("objectId", "")).lower() == principal.lower():
            rights = {one.lower() for one in texts(mapping(policy.get("permissions")).get("secrets"))}
            return bool(rights & {"get", "all"})
    return False


def covers(scope: str, where: str) -> bool:
    """Return whether what holds at *scope* holds at *where*, both as keys. Of management groups Azure lists only those above."""
    above_all = scope in {"", "/"} or scope.startswith("/providers/microsoft.management/managementgroups/")
    return above_all or where == scope or where.startswith(f"{scope}/")


# locks


def lock_notices(
    targets: Sequence[Target], places: Mapping[str, str], locks: Iterable[RelatedFacts]
) -> Iterator[Notice]:
    """Yield locks that refuse writes over clusters and their machines, and over *places* (id → what it is)."""
    for lock in (one for one in locks if one.status.lower() == "readonly"):
        scope = scope_of(lock)
        under = [one for one in targets if any(covers(scope, key(each)) for each in (one.id, *one.machines))]
        what = [told for place, told in places.items() if covers(scope, key(place))]
        if under or what:
            yield Notice(
                name="locked", where=lock.id, clusters=names(under),
                message=f"a ReadOnly lock refuses every write to {', '.join([*what, *(one.name for one in under[:5])])}",
                evidence="properties.level: ReadOnly", remedy="remove the lock, or replace it by CanNotDelete",
            )  # fmt: skip


def subscriptions_of(targets: Iterable[Target], *, machines: bool) -> list[str]:
    """Return the subscriptions of clusters, with those of their machines where they are wanted."""
    found = [each for one in targets for each in (one.id, *(one.machines if machines else ()))]
    return sorted({subscription_of(one) for one in found} - {""})
