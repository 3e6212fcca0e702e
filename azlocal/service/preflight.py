"""Everything that a first tick would stumble over, looked at once: rights, providers, telemetry, plan, clusters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azlocal.core.facts import ClusterFacts, FleetFacts, RelatedFacts
from azlocal.core.ids import group_id_of, key, subscription_of
from azlocal.core.loose import Json, mapping
from azlocal.core.plan import FleetPlan, Inputs, RingFinder
from azlocal.core.preflight import CHECKS, Notice, Target, names
from azlocal.core.preflight_clusters import (
    grouped,
    lock_notices,
    machine_notices,
    place_of,
    secret_notices,
    subscriptions_of,
    vault_notices,
)
from azlocal.core.preflight_policy import governed, policy_notices, questions
from azlocal.core.preflight_rights import (
    EXTENSION,
    LEASE,
    OBSERVER,
    OPERATOR,
    SEND,
    allowed,
    consent_notices,
    held_roles,
    right_notices,
)
from azlocal.core.preflight_telemetry import Telemetry, destination_of, setting_notices, telemetry_notices
from azlocal.core.tables import TABLES
from azlocal.errors import AzlocalError, Incomplete
from azlocal.service.preflight_parts import RULES, Flight, Outside, Preflight, Told


def preflight(outside: Outside, told: Told) -> Preflight:
    """Look at everything; raise AzlocalError when nobody signs or the fleet cannot be listed at all."""
    signer = outside.looker.signer()
    facts = outside.reader.census(told.plan.scope)
    now = outside.watch.first
    if now is None:
        raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
    members = _members(facts, told.plan)
    ahead = [one for one in members if not one.solved and told.wants(one.id)]
    inputs = outside.inputs.read(ahead)
    flight = Flight(outside, told, signer, facts, now, [_target(one, inputs) for one in ahead if key(one.id) in inputs])
    notices = [*_scope(flight, members), *_plan(flight), *_around(flight)]
    return Preflight(
        now=now, cloud=facts.cloud, signer=signer, identity=told.identity, clusters=len(flight.targets),
        without=tuple(one.name for one in ahead if key(one.id) not in inputs),
        looked=tuple(name for name in CHECKS if name in flight.looked),
        notices=tuple(dict.fromkeys([*notices, *outside.looker.unread])), calls=outside.watch.calls,
    )  # fmt: skip


def _members(facts: FleetFacts, plan: FleetPlan) -> list[ClusterFacts]:
    finder = RingFinder(plan)
    return [one for one in facts.clusters if finder.ring_of(one) is not None]


def _target(cluster: ClusterFacts, inputs: Mapping[str, Inputs]) -> Target:
    machines = cluster.machines or ()
    named = [node.machine_id for node in cluster.nodes if node.machine_id]
    secret = inputs[key(cluster.id)].parameters.get("lcmSecretUri")
    return Target(
        id=cluster.id, name=cluster.name, location=cluster.location, group=_group(cluster.id),
        machines=tuple({key(one): one for one in (*(one.id for one in machines), *named)}.values()),
        principals=tuple(one.principal for one in machines if one.principal),
        secret=secret if isinstance(secret, str) else "",
    )  # fmt: skip


def _group(resource_id: str) -> str:
    return "/".join(resource_id.split("/")[:5])


def _around(flight: Flight) -> Iterator[Notice]:
    """Yield what is amiss around clusters and telemetry, which one query shows."""
    flight.around = flight.looker.around() or {}
    flight.rule = _rule_row(flight)
    for subscription in _assigned_in(flight):
        found = flight.looker.assignments(subscription)
        if found is not None:
            flight.assignments[subscription] = found
    yield from _rights(flight)
    yield from _providers(flight)
    yield from _telemetry(flight)
    yield from _secrets(flight)
    yield from _roles(flight)
    yield from _locks(flight)
    yield from _policies(flight)


# scope and plan


def _scope(flight: Flight, members: Sequence[ClusterFacts]) -> Iterator[Notice]:
    flight.look("subscription-invisible", "ring-short")
    for gap in flight.facts.gaps:
        yield Notice(
            name="subscription-invisible", where="scope", message=gap, evidence="Resource Graph",
            remedy="correct the scope, or give the identity azlocal Observer (or Reader) there",
        )  # fmt: skip
    finder = RingFinder(flight.told.plan)
    sizes = {name: len(found) for name, found in grouped(members, lambda one: _ring_name(finder, one)).items()}
    for ring in flight.told.plan.rings:
        seen = sizes.get(ring.name, 0)
        if seen < ring.expect:
            yield Notice(
                name="ring-short", where=f"rings.{ring.name}.expect",
                message=f"ring {ring.name} expects {ring.expect} clusters, and {seen} are seen: it halts (ScopeShrunk)",
                evidence="Resource Graph", remedy="see that the identity reads their subscriptions; else correct expect",
            )  # fmt: skip


def _ring_name(finder: RingFinder, cluster: ClusterFacts) -> str:
    ring = finder.ring_of(cluster)
    return ring.name if ring is not None else ""


def _plan(flight: Flight) -> Iterator[Notice]:
    flight.look("plan-warning", "control-missing", "lease-missing")
    plan = flight.told.plan
    for warning in flight.told.warnings:
        yield Notice(
            name="plan-warning", where=flight.told.place, message=warning, evidence="azlocal-upgrade plan check",
            remedy="correct the plan, or leave it when it is meant",
        )  # fmt: skip
    places = (
        ("control-missing", plan.control, flight.looker.group, "the control group"),
        ("lease-missing", plan.lease, flight.looker.container, "the container of the lease"),
    )
    for name, where, read, what in places:
        before = len(flight.looker.unread)
        if where and read(where) is None and len(flight.looker.unread) == before:
            flight.gone.add(where)
            yield Notice(
                name=name, where=where, message=f"{what} is not there: nothing starts", evidence="GET: 404",
                remedy="deploy main.json (or create it), and correct its id in the plan",
            )  # fmt: skip


# rights and providers


def _assigned_in(flight: Flight) -> list[str]:
    """Return the subscriptions whose role assignments are read: with an identity, wherever it needs rights."""
    found = subscriptions_of(flight.targets, machines=True)
    if flight.told.identity:
        plan, rule = flight.told.plan, mapping(flight.rule).get("id", "")
        found += [*_subscriptions(flight), *(subscription_of(str(one)) for one in (plan.control, plan.lease, rule))]
    return [one for one in dict.fromkeys(found) if one]


def _permissions(flight: Flight, where: str) -> Sequence[Json] | None:
    """Return what the identity may do at a scope: by its assignments where one is named, else as Azure tells the caller."""
    if not flight.told.identity:
        return flight.looker.permissions(where)
    assigned = flight.assignments.get(subscription_of(where))
    if assigned is None:
        return None
    roles = [role for role in held_roles(assigned, flight.told.identity, where) if _role(flight, role) is None]
    if roles:
        return None
    return [one for role in held_roles(assigned, flight.told.identity, where) for one in flight.roles[role]]


def _role(flight: Flight, role: str) -> Sequence[Json] | None:
    if role not in flight.roles:
        found = flight.looker.role(role)
        if found is None:
            return None
        flight.roles[role] = found
    return flight.roles[role]


def _rights(flight: Flight) -> Iterator[Notice]:
    flight.look("right-missing")
    plan = flight.told.plan
    for subscription in _subscriptions(flight):
        where = f"/subscriptions/{subscription}"
        yield from _lacking(flight, where, OBSERVER, (), "azlocal Observer (or Reader)")
    wanted = [one for one in OPERATOR if plan.update_extension or one != EXTENSION]
    for group, clusters in _groups(flight):
        yield from _lacking(flight, group, wanted, clusters, "azlocal Operator")
    if plan.lease and plan.lease not in flight.gone:
        yield from _lacking(flight, plan.lease, LEASE, (), "azlocal Lease Holder")
    if plan.control and plan.control not in flight.gone and (flight.told.identity or flight.signer.kind != "user"):
        flight.look("control-writable")
        found = _permissions(flight, plan.control)
        yield from consent_notices(plan.control, found or ())


def _lacking(
    flight: Flight, where: str, wanted: Iterable[str], clusters: tuple[str, ...], role: str, *, data: bool = False
) -> Iterator[Notice]:
    found = _permissions(flight, where)
    if found is not None:
        yield from right_notices(where, found, wanted, clusters, role=role, data=data)


def _subscriptions(flight: Flight) -> list[str]:
    """Return the subscriptions that are seen; of the others a gap tells."""
    gaps = " ".join(flight.facts.gaps).lower()
    named = {one.lower() for one in flight.told.plan.scope.subscriptions if one.lower() not in gaps}
    return sorted(named | set(subscriptions_of(flight.targets, machines=True)))


def _groups(flight: Flight) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield one group of each set of groups in which the same roles are given, and whose clusters they hold.

    Roles given above groups reach all of them alike; those of machines say nothing of the identity.
    """
    holding: dict[str, list[Target]] = {}
    for one in flight.targets:
        for group in dict.fromkeys([key(one.group), *(group_id_of(each) for each in one.machines)]):
            holding.setdefault(group, []).append(one)
    given = _given(flight)
    read = flight.assignments.keys()
    for alike in grouped(
        holding, lambda group: (subscription_of(group), given.get(group) if subscription_of(group) in read else group)
    ).values():
        yield alike[0], names(one for group in alike for one in holding[group])


def _given(flight: Flight) -> dict[str, frozenset[tuple[str, str]]]:
    machines = {one.lower() for target in flight.targets for one in target.principals}
    found: dict[str, set[tuple[str, str]]] = {}
    for assignment in (one for listed in flight.assignments.values() for one in listed):
        told = mapping(assignment.get("properties"))
        principal = str(told.get("principalId", "")).lower()
        if principal not in machines:
            role = str(told.get("roleDefinitionId", "")).lower()
            found.setdefault(key(str(told.get("scope", ""))), set()).add((principal, role))
    return {scope: frozenset(pairs) for scope, pairs in found.items()}


def _providers(flight: Flight) -> Iterator[Notice]:
    flight.look("provider-unregistered")
    wanted: dict[str, list[str]] = {one: [] for one in subscriptions_of(flight.targets, machines=True)}
    rule = flight.rule
    if rule is not None:
        wanted.setdefault(subscription_of(str(rule.get("id"))), []).extend(
            ["Microsoft.Insights", "Microsoft.OperationalInsights"]
        )
    clusters = set(subscriptions_of(flight.targets, machines=True))
    for subscription, more in wanted.items():
        found = [*(flight.looker.unregistered(subscription) if subscription in clusters else ())]
        found += flight.looker.unregistered(subscription, more) if more else ()
        for name in found:
            yield Notice(
                name="provider-unregistered", where=f"/subscriptions/{subscription}",
                message=f"the resource provider {name} is not registered", evidence="registrationState",
                remedy=f"az provider register --namespace {name} --subscription {subscription}",
            )  # fmt: skip


# telemetry


def _rule_row(flight: Flight) -> Json | None:
    """Return the rule as the index has it; one made a moment ago as ARM has it, where the lease is."""
    wanted, home = flight.told.rule_id.lower(), subscription_of(flight.told.plan.lease)
    if not wanted or not flight.around:
        return None
    known = flight.around[RULES].get(wanted)
    return known if known is not None or not home else flight.looker.rules(home).get(wanted)


def _telemetry(flight: Flight) -> Iterator[Notice]:
    told, looker = flight.told, flight.looker
    flight.look("telemetry-settings")
    yield from setting_notices(told.endpoint, told.rule_id)
    if told.endpoint:
        flight.look("ingestion-unreachable")
        problem = looker.reaches(told.endpoint)
        if problem:
            yield Notice(
                name="ingestion-unreachable", where=told.endpoint, message=problem, evidence="GET without a token",
                remedy="check AZLOCAL_INGESTION_ENDPOINT, name resolution and the firewall on the way",
            )  # fmt: skip
    if told.rule_id and flight.around:
        flight.look("rule-missing", "rule-endpoint", "rule-stream", "rule-flow", "workspace-missing", "table-columns")
        yield from _rule(flight)


def _rule(flight: Flight) -> Iterator[Notice]:
    told, looker = flight.told, flight.looker
    before, row = len(looker.unread), flight.rule
    if row is None and not _reads_rules(flight):
        yield Notice(
            name="rule-missing", where=told.rule_id, unknown=True, message="the identity may not read data collection rules",
            evidence="Microsoft.Authorization/permissions", remedy="look as somebody with Reader, or give it Reader on the rule",
        )  # fmt: skip
        return
    rule = looker.rule(str(row["id"])) if row is not None else None
    if len(looker.unread) > before:
        return
    workspace_id = str(destination_of(rule or {}).get("workspaceResourceId") or "")
    workspace = looker.workspace(workspace_id) if workspace_id else None
    if len(looker.unread) == before:
        seen = Telemetry(
            endpoint=told.endpoint, rule_id=told.rule_id, workspace_id=told.workspace_id, rule=rule,
            endpoint_of=looker.endpoint_of(rule) if rule is not None else "", workspace=workspace,
            tables=looker.tables(workspace_id, list(TABLES)) if workspace is not None else {},
            known_cloud=told.known_cloud,
        )  # fmt: skip
        yield from telemetry_notices(seen)
    if rule is not None:
        yield from _lacking(flight, str(rule.get("id")), SEND, (), "Monitoring Metrics Publisher", data=True)


def _reads_rules(flight: Flight) -> bool:
    """Return whether a rule that is not seen is one that is not there, as far as it is known."""
    home = subscription_of(flight.told.plan.lease)
    found = flight.looker.permissions(f"/subscriptions/{home}") if home else None
    return found is None or allowed(found, "Microsoft.Insights/dataCollectionRules/read")


# clusters


def _secrets(flight: Flight) -> Iterator[Notice]:
    if not flight.around:
        return
    flight.look("vault-missing", "vault-deleted", "vault-network")
    flight.look("secret-missing", "secret-version", "secret-disabled", "secret-expired")
    named = {place.vault for one in flight.targets if (place := place_of(one.secret))}
    vaults, secrets = _opened(flight, {name: one for name, one in flight.vaults().items() if name in named})
    lost = subscriptions_of(flight.targets, machines=True) if named - vaults.keys() else ()
    deleted = [name for subscription in lost for name in flight.looker.deleted_vaults(subscription)]
    yield from vault_notices(flight.targets, vaults, deleted)
    yield from secret_notices(flight.targets, secrets, flight.now)


def _opened(flight: Flight, vaults: Mapping[str, Json]) -> tuple[Mapping[str, Json], Mapping[str, Sequence[Json]]]:
    """Return the vaults that are still there (the index is a little behind), and the secrets of those that were read."""
    there, secrets = dict(vaults), dict[str, Sequence[Json]]()
    for name in sorted(vaults):
        before = len(flight.looker.unread)
        found = flight.looker.secrets(str(vaults[name]["id"]))
        if found is not None:
            secrets[name] = found
        elif len(flight.looker.unread) == before:
            del there[name]
    return there, secrets


def _roles(flight: Flight) -> Iterator[Notice]:
    """Yield missing roles of machines, of clusters whose subscriptions' assignments could all be read."""
    known = [
        one
        for one in flight.targets
        if one.principals and set(subscriptions_of([one], machines=True)) <= flight.assignments.keys()
    ]
    if flight.around:
        flight.look("machine-role")
        every = [one for listed in flight.assignments.values() for one in listed]
        yield from machine_notices(known, every, flight.vaults())


def _locks(flight: Flight) -> Iterator[Notice]:
    flight.look("locked")
    plan = flight.told.plan
    places = {plan.lease: "the lease", plan.control: "the control group"}
    wanted = subscriptions_of(flight.targets, machines=True) + [subscription_of(one) for one in places if one]
    locks: dict[str, RelatedFacts] = {}
    for subscription in dict.fromkeys(wanted):
        try:
            locks.update({key(one.id): one for one in flight.outside.reader.locks(subscription)})
        except AzlocalError as error:
            flight.looker.unread.append(_unknown("locked", f"/subscriptions/{subscription}", error))
    yield from lock_notices(flight.targets, {place: what for place, what in places.items() if place}, locks.values())


def _unknown(name: str, where: str, error: AzlocalError) -> Notice:
    return Notice(
        name=name, where=where, message=str(error), evidence=error.evidence, remedy=error.remedy, unknown=True
    )  # fmt: skip


def _policies(flight: Flight) -> Iterator[Notice]:
    flight.look("policy-denies")
    found: dict[str, Any] = {}
    for subscription in subscriptions_of(flight.targets, machines=True):
        listed = flight.looker.policies(subscription)
        found.update({key(str(one.get("id"))): one for one in listed or ()})
    for alike in governed(flight.targets, list(found.values())):
        for asked in questions(alike, extension=flight.told.plan.update_extension):
            yield from policy_notices(asked, flight.looker.restrictions(asked) or {})
