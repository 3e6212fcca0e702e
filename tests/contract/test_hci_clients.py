"""The real AzureStackHCIClient against the sandbox, in process and over HTTPS, on an advanced clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.azurestackhci import AzureStackHCIClient
from azure.mgmt.azurestackhci.models import ClusterPatch, HciEdgeDevice, HciEdgeDeviceProperties, ValidateRequest

from azlocal.sandbox import identity
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.journey import Behaviour, Outcome
from azlocal.sandbox.providers import (
    arc_settings,
    clusters,
    deployment_settings,
    edge_devices,
    operation_status,
    updates,
)
from azlocal.sandbox.world import Azure

START = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
SUBSCRIPTION, GROUP = "11111111-1111-4111-8111-111111111111", "rg-oslo"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
CLUSTER = f"{SCOPE}/providers/Microsoft.AzureStackHCI/clusters/clu-oslo"
MACHINES = [f"{SCOPE}/providers/Microsoft.HybridCompute/machines/oslo-n{place}" for place in (1, 2)]


def populated() -> Azure:
    azure = Azure(VirtualClock(START))
    for module in (clusters, deployment_settings, edge_devices, arc_settings, updates, operation_status):
        module.register(azure)
    for scope in (f"/subscriptions/{SUBSCRIPTION}", SCOPE):
        azure.store.put({"id": scope, "name": "s", "type": "Microsoft.Resources/scope"})
    nodes = [
        {"name": one.rsplit("/", 1)[-1], "ehcResourceId": one, "osVersion": "10.0.26100.32814"} for one in MACHINES
    ]
    azure.store.put({
        "id": CLUSTER, "name": "clu-oslo", "type": "microsoft.azurestackhci/clusters", "location": "westeurope",
        "tags": {"site": "oslo"},
        "properties": {
            "status": "ConnectedRecently", "connectivityStatus": "Connected",
            "reportedProperties": {"clusterName": "OSLOHCI01", "nodes": nodes},
        },
    })  # fmt: skip
    for one in MACHINES:
        azure.store.put({
            "id": one, "name": one.rsplit("/", 1)[-1], "type": "Microsoft.HybridCompute/machines",
            "location": "westeurope", "properties": {"status": "Connected", "osVersion": "10.0.26100.32814"},
        })  # fmt: skip
        azure.store.put({
            "id": f"{one}/extensions/AzureEdgeLifecycleManager", "name": "AzureEdgeLifecycleManager",
            "type": "Microsoft.HybridCompute/machines/extensions",
            "properties": {
                "publisher": "Microsoft.AzureStack.Orchestration", "type": "LcmController",
                "typeHandlerVersion": "30.2604.0.2017", "provisioningState": "Succeeded",
            },
        })  # fmt: skip
    return azure


def settings(mode: str) -> dict[str, Any]:
    data = {
        "cluster": {"name": "OSLOHCI01"}, "domainFqdn": "ad.northwind.example", "namingPrefix": "HCI001",
        "storage": {"configurationMode": "InfraOnly"},
        "infrastructureNetwork": [{
            "subnetMask": "255.255.255.0", "gateway": "10.20.0.1", "dnsServers": ["10.20.0.10"],
            "ipPools": [{"startingAddress": "10.20.0.40", "endingAddress": "10.20.0.49"}],
        }],
        "physicalNodes": [{"name": f"oslo-n{one}", "ipv4Address": f"10.20.0.2{one}"} for one in (1, 2)],
        "optionalServices": {"customLocation": "oslo-location"},
        "secrets": [{
            "secretName": "clu-oslo-AzureStackLCMUserCredential", "eceSecretName": "AzureStackLCMUserCredential",
            "secretLocation": "https://kv-oslo.vault.azure.net/secrets/clu-oslo-AzureStackLCMUserCredential/1",
        }],
    }  # fmt: skip
    return {"properties": {
        "arcNodeResourceIds": MACHINES, "deploymentMode": mode, "operationType": "ClusterUpgrade",
        "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": data}]},
    }}  # fmt: skip


class _Credential:
    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        text = identity.token(self._azure, identity.IDENTITY_CLIENT, "https://management.azure.com", 10**8)
        return AccessToken(text, 2**40)


class _OnTheSandboxClock(RequestsTransport):
    """Real HTTPS, but what the client sleeps passes on the sandbox's clock."""

    def __init__(self, azure: Azure, **options: Any) -> None:
        super().__init__(**options)
        self._azure = azure

    def sleep(self, duration: float) -> None:
        self._azure.clock.sleep(duration)


@contextmanager
def client_of(azure: Azure, carrier: str, folder: Path, **options: Any) -> Iterator[AzureStackHCIClient]:
    front = Front(azure)
    told: dict[str, Any] = {
        "credential": _Credential(azure), "subscription_id": SUBSCRIPTION, **options,
        "credential_scopes": ["https://management.azure.com/.default"],
    }  # fmt: skip
    if carrier == "in process":
        transport: Any = InProcessTransport(front.handle, azure.clock.sleep)
        with AzureStackHCIClient(base_url="https://arm.test", transport=transport, **told) as client:
            yield client
        return
    server = Server(front.handle)
    server.start(folder / "ca.pem")
    try:
        transport = _OnTheSandboxClock(azure, connection_verify=str(folder / "ca.pem"))
        with AzureStackHCIClient(base_url=server.base, transport=transport, **told) as client:
            yield client
    finally:
        server.stop()


@pytest.fixture(params=["in process", "https"])
def carrier(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def azure() -> Azure:
    return populated()


@pytest.fixture
def client(azure: Azure, carrier: str, tmp_path: Path) -> Iterator[AzureStackHCIClient]:
    with client_of(azure, carrier, tmp_path) as one:
        yield one


def begin(client: AzureStackHCIClient, mode: str) -> Any:
    return client.deployment_settings.begin_create_or_update(GROUP, "clu-oslo", settings(mode))


def with_devices(client: AzureStackHCIClient) -> None:
    for machine in MACHINES:
        client.edge_devices.begin_create_or_update(
            machine.lstrip("/"), HciEdgeDevice(properties=HciEdgeDeviceProperties())
        ).result()


def test_validate_and_deploy_are_polled_to_their_ends(client: AzureStackHCIClient, azure: Azure):
    with_devices(client)
    validated = begin(client, "Validate").result()
    assert validated.provisioning_state == "Succeeded"
    assert validated.reported_properties.validation_status.status == "Success"
    took = azure.clock.now() - START
    assert timedelta(minutes=10) < took < timedelta(minutes=16)
    deployed = begin(client, "Deploy").result()
    steps = deployed.reported_properties.deployment_status.steps
    assert (deployed.provisioning_state, deployed.deployment_mode) == ("Succeeded", "Deploy")
    assert [step.status for step in steps[0].steps if step.status != "Skipped"] == ["Success"] * 8
    assert azure.clock.now() - START > timedelta(hours=2.6)
    assert client.clusters.get(GROUP, "clu-oslo").status == "DeploymentSuccess"
    assert client.update_summaries.get(GROUP, "clu-oslo").current_version == "12.2510.1002.531"


def test_a_failed_validation_raises_with_the_services_code_and_the_step_in_the_details(
    client: AzureStackHCIClient, azure: Azure
):
    azure.behaviours[CLUSTER.lower()] = Behaviour(validations=(Outcome("failure", text="val-bitlocker"),))
    with_devices(client)
    with pytest.raises(HttpResponseError) as raised:
        begin(client, "Validate").result()
    assert raised.value.error.code == "UpdateDeploymentSettingsDataFailed"
    assert "Name=Azure Stack HCI Upgrade" in raised.value.error.details[0].message
    step = client.deployment_settings.get(GROUP, "clu-oslo").reported_properties.validation_status.steps[2]
    assert (step.status, step.error.code) == ("Error", "DeploymentStepFailed")


def test_a_second_put_is_an_exists_error_and_a_bad_body_names_the_field(client: AzureStackHCIClient):
    with_devices(client)
    client.deployment_settings.begin_create_or_update(GROUP, "clu-oslo", settings("Validate"), polling=False)
    with pytest.raises(ResourceExistsError) as conflict:
        client.deployment_settings.begin_create_or_update(GROUP, "clu-oslo", settings("Deploy"), polling=False)
    assert conflict.value.error.code == "AnotherOperationInProgress"
    bad = settings("Validate")
    bad["properties"]["arcNodeResourceIds"] = []
    with pytest.raises(HttpResponseError, match=r"properties\.arcNodeResourceIds") as refused:
        client.deployment_settings.begin_create_or_update(GROUP, "clu-oslo", bad, polling=False)
    assert refused.value.status_code == 400


def test_settings_are_listed_got_and_deleted(client: AzureStackHCIClient):
    with_devices(client)
    with pytest.raises(ResourceNotFoundError):
        client.deployment_settings.get(GROUP, "clu-oslo")
    begin(client, "Validate").result()
    assert [one.name for one in client.deployment_settings.list_by_clusters(GROUP, "clu-oslo")] == ["default"]
    client.deployment_settings.begin_delete(GROUP, "clu-oslo").result()
    assert list(client.deployment_settings.list_by_clusters(GROUP, "clu-oslo")) == []


def test_clusters_are_paged_got_and_tagged(client: AzureStackHCIClient, azure: Azure):
    azure.page_size = 2
    document = azure.store.get(CLUSTER) or {}
    for place in range(4):
        azure.store.put({**document, "id": f"{CLUSTER}-{place}", "name": f"clu-oslo-{place}"})
    assert len({one.name for one in client.clusters.list_by_subscription()}) == 5
    assert len(list(client.clusters.list_by_resource_group(GROUP))) == 5
    tagged = client.clusters.update(GROUP, "clu-oslo", ClusterPatch(tags={"ring": "pilot"}))
    assert tagged.tags == {"site": "oslo", "ring": "pilot"}
    assert client.clusters.get(GROUP, "clu-oslo").reported_properties.cluster_name == "OSLOHCI01"
    client.clusters.begin_delete(GROUP, "clu-oslo").result()
    with pytest.raises(ResourceNotFoundError) as missing:
        client.clusters.get(GROUP, "clu-oslo")
    assert missing.value.error.code == "ResourceNotFound"


def test_edge_devices_are_put_got_listed_validated_and_deleted(client: AzureStackHCIClient):
    with_devices(client)
    machine = MACHINES[0].lstrip("/")
    device = client.edge_devices.get(machine)
    assert isinstance(device, HciEdgeDevice)
    assert device.properties.reported_properties.device_state == "Connected"
    assert [one.name for one in client.edge_devices.list(machine)] == ["default"]
    ids = [f"{one}/providers/Microsoft.AzureStackHCI/edgeDevices/default" for one in MACHINES]
    answered = client.edge_devices.begin_validate(machine, ValidateRequest(edge_device_ids=ids)).result()
    assert answered.status == "success"
    client.edge_devices.begin_delete(machine).result()
    assert list(client.edge_devices.list(machine)) == []


def test_arc_settings_and_their_extensions_are_got_and_listed(client: AzureStackHCIClient):
    found = client.arc_settings.get(GROUP, "clu-oslo", "default")
    assert found.aggregate_state == "Connected"
    assert [one.arc_instance for one in found.per_node_details] == MACHINES
    assert len(list(client.arc_settings.list_by_cluster(GROUP, "clu-oslo"))) == 1
    extensions = list(client.extensions.list_by_arc_setting(GROUP, "clu-oslo", "default"))
    assert [one.name for one in extensions] == ["AzureEdgeLifecycleManager"]
    one = client.extensions.get(GROUP, "clu-oslo", "default", "AzureEdgeLifecycleManager")
    assert one.properties.aggregate_state == "Succeeded"


def test_updates_are_applied_after_the_upgrade(client: AzureStackHCIClient):
    with_devices(client)
    with pytest.raises(ResourceNotFoundError):
        client.update_summaries.get(GROUP, "clu-oslo")
    begin(client, "Validate").result()
    begin(client, "Deploy").result()
    update = next(iter(client.updates.list(GROUP, "clu-oslo")))
    assert update.properties.state == "Ready"
    client.update_summaries_operation_group.begin_check_health(GROUP, "clu-oslo").result()
    client.updates.begin_post(GROUP, "clu-oslo", update.name).result()
    run = next(iter(client.update_runs.list(GROUP, "clu-oslo", update.name)))
    assert run.properties.state == "Succeeded"
    assert client.updates.get(GROUP, "clu-oslo", update.name).properties.state == "Installed"
    summary = next(iter(client.update_summaries.list(GROUP, "clu-oslo")))
    assert (summary.current_version, summary.state) == (update.properties.version, "AppliedSuccessfully")


@pytest.mark.parametrize("version", ["2024-04-01", "2026-02-01"])
def test_an_older_client_follows_the_same_road(azure: Azure, tmp_path: Path, version: str):
    with client_of(azure, "in process", tmp_path, api_version=version) as client:
        with_devices(client)
        settled = begin(client, "Validate").result()
    assert settled.provisioning_state == "Succeeded"
    assert "percentComplete" not in str(settled.as_dict())
