"""The real HybridCompute client over HTTPS: machines, and extensions as operations to the end."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from resource_server import CLUSTER, GROUP, SUB, G, served
from shape import SHAPES, problems

from azlocal.sandbox.journey import Behaviour

LCM = {
    "location": "westeurope",
    "properties": {"publisher": "Microsoft.AzureStack.Orchestration", "type": "LcmController"},
}
NAME = "AzureEdgeLifecycleManager"
NEWEST = "30.2604.0.2017"


@pytest.fixture
def sandbox(tmp_path):
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def client(sandbox):
    with HybridComputeManagementClient(**sandbox.arguments()) as client:
        yield client


def test_machines_are_listed_over_pages_read_and_tagged(client, sandbox):
    sandbox.azure.page_size = 1
    assert [one.name for one in client.machines.list_by_subscription()] == ["node-1", "node-2"]
    assert [one.name for one in client.machines.list_by_resource_group(GROUP)] == ["node-1", "node-2"]
    assert client.machines.update(GROUP, "node-1", {"tags": {"a": "b"}}).tags == {"a": "b"}
    machine = client.machines.get(GROUP, "node-1", expand="instanceView")
    assert (machine.properties.status, machine.properties.parent_cluster_resource_id) == ("Connected", CLUSTER)


def test_an_extension_is_installed_updated_listed_and_removed(client, sandbox):
    made = client.machine_extensions.begin_create_or_update(GROUP, "node-1", NAME, LCM).result()
    assert (made.properties.provisioning_state, made.properties.type_handler_version) == ("Succeeded", NEWEST)
    patch = {"properties": {"settings": {"a": 1}}}
    assert client.machine_extensions.begin_update(GROUP, "node-1", NAME, patch).result().properties.settings == {"a": 1}
    assert [one.name for one in client.machine_extensions.list(GROUP, "node-1")] == [NAME]
    document = sandbox.azure.store.get(f"{G}/providers/Microsoft.HybridCompute/machines/node-1/extensions/{NAME}")
    assert list(problems(SHAPES["machineExtension"], document)) == []
    client.machine_extensions.begin_delete(GROUP, "node-1", NAME).result()
    assert list(client.machine_extensions.list(GROUP, "node-1")) == []


def test_a_failing_extension_fails_its_poller_with_the_code(client, sandbox):
    sandbox.azure.behaviours[CLUSTER.lower()] = Behaviour(extension="failure")
    with pytest.raises(HttpResponseError) as failed:
        client.machine_extensions.begin_create_or_update(GROUP, "node-1", NAME, LCM).result()
    assert (failed.value.status_code, failed.value.error.code) == (200, "HCRP400")


def test_a_second_write_is_a_conflict_for_the_client(client):
    client.machine_extensions.begin_create_or_update(GROUP, "node-1", NAME, LCM, polling=False)
    with pytest.raises(ResourceExistsError) as refused:
        client.machine_extensions.begin_create_or_update(GROUP, "node-1", NAME, LCM, polling=False)
    assert refused.value.error.code == "HCRP409"


def test_extensions_are_upgraded_to_a_version(client):
    old = {**LCM, "properties": {**LCM["properties"], "typeHandlerVersion": "30.2408.0.660"}}
    client.machine_extensions.begin_create_or_update(GROUP, "node-1", NAME, old).result()
    target = {"Microsoft.AzureStack.Orchestration.LcmController": {"targetVersion": NEWEST}}
    client.begin_upgrade_extensions(GROUP, "node-1", {"extensionTargets": target}).result()
    assert client.machine_extensions.get(GROUP, "node-1", NAME).properties.type_handler_version == NEWEST


def test_the_catalogue_is_read_in_both_forms(client):
    place = ("westeurope", "Microsoft.AzureStack.Orchestration", "LcmController")
    assert NEWEST in [one.properties.version for one in client.extension_metadata.list(*place)]
    assert client.extension_metadata_v2.get(*place, NEWEST).properties.version == NEWEST


def test_a_machine_is_removed_to_the_end(client, sandbox):
    client.machines.begin_delete(GROUP, "node-2").result()
    assert [one.name for one in client.machines.list_by_subscription()] == ["node-1"]
    assert sandbox.front.journal.after()[-1].path == f"/subscriptions/{SUB}/providers/Microsoft.HybridCompute/machines"
