"""Puts a scenario's resources into the world."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from azlocal.sandbox import documents, documents_arc, documents_hci, documents_shared
from azlocal.sandbox.documents import resource_id
from azlocal.sandbox.identity import IDENTITY_CLIENT, OBJECTS, PERSON_CLIENT
from azlocal.sandbox.journey_world import Upgraded, add_appliance, add_location, add_updates, security_document
from azlocal.sandbox.scenarios.model import ClusterSpec, GroupSpec, MachineSpec, Scenario
from azlocal.sandbox.scenarios.plan import container_id, control_id
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

# Built-in roles. Source: MicrosoftDocs/azure-docs, articles/role-based-access-control/built-in-roles.
_OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_TAG_CONTRIBUTOR = "4a9ae827-6dc8-4573-8ac7-8239d42aa03f"
_HCI_ADMINISTRATOR = "bda0d508-adf1-4af0-9c28-88919fc3ae06"
_STORAGE_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
_BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
_BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
# What the published template gives each machine, prepared beforehand (Azure/azure-quickstart-templates).
_MACHINE_ROLES = (
    "865ae368-6a45-4bd1-8fbf-0d5151f56fc1",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "c99c945f-8bd1-4fb1-a903-01460aae6068",
)
_RULE = Path(__file__).parent / "telemetry_rule.json"


def streams() -> dict[str, list[dict[str, str]]]:
    """Return the streams of the data collection rule, each with its columns."""
    found: dict[str, list[dict[str, str]]] = json.loads(_RULE.read_text("utf-8"))
    return found


def populate(azure: Azure, scenario: Scenario, now: datetime) -> None:
    """Fill an empty world with what *scenario* says is there at *now*; what lies in the past is not yet."""
    azure.control_group = control_id(scenario)
    azure.cloud = scenario.cloud
    azure.switches.update(scenario.switches)
    azure.quotas_on = scenario.quotas
    azure.rbac = scenario.rbac
    azure.index_lag = azure.index_lag if scenario.index_lag is None else scenario.index_lag
    azure.page_size = scenario.page_size or azure.page_size
    for document in _all(scenario, now):
        azure.store.put(document)
    for name in streams():
        azure.tables.setdefault(_table_of(name), [])
    for spec in scenario.clusters:
        version = spec.solution or spec.behaviour.solution_version
        azure.behaviours[spec.id.lower()] = replace(spec.behaviour, solution_version=version)
        if spec.solution:
            _become_solution(azure, spec, now)


def _become_solution(azure: Azure, spec: ClusterSpec, now: datetime) -> None:
    """Let there be what the upgrade that this cluster has long had left behind."""
    since = now - timedelta(days=60 + documents.number(200, spec.id, "solution"))
    upgraded = Upgraded(spec.id, {})
    for change in (add_appliance, add_location, add_updates):
        change(azure, upgraded, since)
    # Its owners have applied the baselines since.
    cluster = azure.store.get(spec.id)
    if cluster is not None:
        azure.store.put(security_document(cluster, "Compliant", "Compliant", since))


def _all(scenario: Scenario, now: datetime) -> Iterator[Document]:
    for one in scenario.subscriptions:
        yield documents.subscription(one.id, one.name, one.tags)
    yield from _groups(scenario, now)
    yield from _rights(scenario, now)
    yield from _operations(scenario, now)
    for spec in scenario.clusters:
        yield from cluster_documents(spec, now, extras=scenario.extras)
    yield from _vaults(scenario, now)


def _rights(scenario: Scenario, now: datetime) -> Iterator[Document]:
    """Yield who may do what: the identity reads everything and works where clusters are, never on the control group."""
    identity, person = OBJECTS[IDENTITY_CLIENT][1], OBJECTS[PERSON_CLIENT][1]
    for one in scenario.subscriptions:
        yield documents_shared.role_assignment(f"/subscriptions/{one.id}", _READER, identity, now)
        yield documents_shared.role_assignment(f"/subscriptions/{one.id}", _OWNER, person, now)
    operations = documents.group_id(scenario.subscriptions[0].id, scenario.places.operations)
    for role in (_STORAGE_CONTRIBUTOR, _BLOB_READER, _METRICS_PUBLISHER):
        yield documents_shared.role_assignment(operations, role, identity, now)
    if scenario.rbac:  # an Owner has no right to data
        yield documents_shared.role_assignment(operations, _BLOB_CONTRIBUTOR, person, now)
    for group in _groups_of_clusters(scenario):
        for role in (_TAG_CONTRIBUTOR, _HCI_ADMINISTRATOR):
            yield documents_shared.role_assignment(group, role, identity, now)


def _groups_of_clusters(scenario: Scenario) -> list[str]:
    """Return the groups that clusters lie in, and where rights matter those of their machines."""
    wanted = [(one.subscription, one.group) for one in scenario.clusters if scenario.extras or scenario.rbac]
    wanted += [(one.subscription, one.machine_group) for one in scenario.clusters if scenario.rbac]
    return list(dict.fromkeys(documents.group_id(*one) for one in wanted))


def _groups(scenario: Scenario, now: datetime) -> Iterator[Document]:
    """Yield the groups that the scenario names, then those that its resources need, each once."""
    first, places = scenario.subscriptions[0].id, scenario.places
    needed = [
        GroupSpec(name=name, subscription=first, region=scenario.region) for name in (places.control, places.operations)
    ]
    needed += [
        GroupSpec(name=name, subscription=spec.subscription, region=spec.region)
        for spec in scenario.clusters
        for name in (spec.group, spec.machine_group)
    ]
    made: set[str] = set()
    for told in (*scenario.groups, *needed):
        group = documents.resource_group(told.subscription, told.name, told.region, told.tags)
        if group["id"].lower() in made:
            continue
        made.add(group["id"].lower())
        yield group
        for level in told.locks:
            yield documents.lock(group["id"], f"azl-{level.lower()}", level, now)


def _operations(scenario: Scenario, now: datetime) -> Iterator[Document]:
    account = container_id(scenario, "").split("/blobServices/")[0]
    yield documents_shared.storage_account(account, scenario.region, now)
    for name in (scenario.places.lease, scenario.places.files):
        yield documents_shared.container(account, name, now)
    workspace, customer = workspace_of(scenario)
    yield documents_shared.workspace(workspace, scenario.region, customer, now)
    for stream, columns in streams().items():
        yield documents_shared.log_table(workspace, _table_of(stream), columns)
    rule, immutable = rule_of(scenario)
    yield documents_shared.collection_rule(
        rule, scenario.region, immutable_id=immutable, streams=streams(),
        workspace_id=workspace, customer_id=customer,
    )  # fmt: skip


def workspace_of(scenario: Scenario) -> tuple[str, str]:
    """Return the workspace's resource id and the id that queries name."""
    places = scenario.places
    kind = "Microsoft.OperationalInsights/workspaces"
    found = resource_id(scenario.subscriptions[0].id, places.operations, kind, places.workspace)
    return found, documents.guid(found, "customer")


def rule_of(scenario: Scenario) -> tuple[str, str]:
    """Return the data collection rule's resource id and its immutable id."""
    places = scenario.places
    kind = "Microsoft.Insights/dataCollectionRules"
    found = resource_id(scenario.subscriptions[0].id, places.operations, kind, places.rule)
    return found, "dcr-" + documents.guid(found).replace("-", "")


def _table_of(stream: str) -> str:
    return stream.removeprefix("Custom-")


# clusters


def cluster_documents(spec: ClusterSpec, now: datetime, *, extras: bool = True) -> Iterator[Document]:
    """Yield a cluster, its machines and what hangs on both."""
    machines = [_machine(spec, place, now) for place in range(len(spec.machines))]
    yield _cluster(spec, now)
    if extras:  # without them the provider tells what the machines do
        yield documents_hci.arc_settings(spec.id, machines, group=spec.machine_group, now=now)
    for machine, told in zip(machines, spec.machines):
        yield machine
        yield from _extensions(spec, machine["id"], told, now, extras=extras)
    yield from _workloads(spec, now)
    for level in spec.locks:
        yield documents.lock(spec.id, f"azl-{level.lower()}", level, now)
    if extras and spec.inputs is not None:
        yield from _machine_roles(spec, machines, now)


def _cluster(spec: ClusterSpec, now: datetime) -> Document:
    nodes = [
        documents_hci.Node(name=told.name, os_version=told.reported_version, machine_id=machine_id)
        for told, machine_id in zip(spec.machines, spec.machine_ids)
    ]
    return documents_hci.cluster(
        spec.id, location=spec.region, tags=spec.tags, nodes=nodes, hardware=spec.hardware,
        failover_name=spec.failover_name, now=now, synced=now - spec.synced_ago, status=spec.status,
        connectivity=spec.connectivity, identity=spec.identity, licences=spec.licences,
    )  # fmt: skip


def _machine(spec: ClusterSpec, place: int, now: datetime) -> Document:
    told = spec.machines[place]
    resource = resource_id(spec.subscription, spec.machine_group, documents_arc.MACHINES, told.name)
    hours = 4 + documents.number(160, resource)
    return documents_arc.machine(
        resource, cluster=spec.id, location=spec.region, os_version=told.os_version, status=told.status,
        changed=now - timedelta(hours=hours), address=spec.network.host(place), hardware=spec.hardware,
        tags={"site": spec.tags["site"]} if "site" in spec.tags else {},
    )  # fmt: skip


def _extensions(
    spec: ClusterSpec, machine_id: str, told: MachineSpec, now: datetime, *, extras: bool
) -> Iterator[Document]:
    if told.lcm:
        yield documents_arc.machine_extension(
            machine_id, documents_arc.LCM, location=spec.region, at=now, version=told.lcm, state=told.lcm_state
        )
    others = [documents_arc.TELEMETRY]
    if extras:
        others += [documents_arc.DEVICE_MANAGEMENT, documents_arc.REMOTE_SUPPORT, documents_arc.MONITOR]
    for what in others:
        yield documents_arc.machine_extension(machine_id, what, location=spec.region, at=now)


def _workloads(spec: ClusterSpec, now: datetime) -> Iterator[Document]:
    def named(kind: str, name: str) -> str:
        return resource_id(spec.subscription, spec.group, kind, name)

    if "aks" in spec.workloads:
        clusters = "Microsoft.HybridContainerService/provisionedClusters"
        yield documents_shared.aks_hybrid(named(clusters, f"aks-{spec.name}"), spec.region, now)
    if {"vm", "bridge"} & set(spec.workloads):
        bridge = named("Microsoft.ResourceConnector/appliances", f"{spec.name}-preview-bridge")
        place = named("Microsoft.ExtendedLocation/customLocations", f"{spec.name}-preview")
        yield documents_shared.preview_bridge(bridge, spec.region, now)
        yield documents_shared.preview_location(place, spec.region, bridge, now)
        if "vm" in spec.workloads:
            machine = named("Microsoft.AzureStackHCI/virtualMachines", f"vm-{spec.name}-1")
            yield documents_shared.preview_machine(machine, spec.region, place, now)


def _machine_roles(spec: ClusterSpec, machines: list[Document], now: datetime) -> Iterator[Document]:
    scope = documents.group_id(spec.subscription, spec.group)
    for machine in machines:
        for role in _MACHINE_ROLES:
            yield documents_shared.role_assignment(scope, role, machine["identity"]["principalId"], now)


def _vaults(scenario: Scenario, now: datetime) -> Iterator[Document]:
    made: set[str] = set()
    for spec in scenario.clusters:
        if spec.inputs is None or not spec.vault:
            continue
        if spec.vault_id.lower() not in made:
            made.add(spec.vault_id.lower())
            yield documents_shared.vault(spec.vault_id, spec.region, now)
        name = f"{spec.name}-{documents_hci.SECRET}"
        yield documents_shared.secret(spec.vault_id, name, spec.region, now)
