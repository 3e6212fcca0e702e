"""Azure's own client of deployments against the sandbox, over HTTPS and in process; its sleeps move the clock."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.resource.deployments import DeploymentsMgmtClient

from azlocal.sandbox import identity
from azlocal.sandbox.assemble import assemble
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.inprocess import InProcessTransport

SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"
ABOVE = f"/subscriptions/{SUBSCRIPTION}"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
OURS = json.loads((Path(__file__).parents[2] / "arm-templates" / "solution-upgrade.json").read_text("utf-8"))
CLUSTER = "Microsoft.AzureStackHCI/clusters"


class Person:
    """A credential that holds one token for ever."""

    def __init__(self, azure):
        self._token = identity.token(azure, identity.PERSON_CLIENT, "https://management.azure.com", 10**9)

    def get_token(self, *scopes, **options):
        return AccessToken(self._token, 10**11)


class Moving(RequestsTransport):
    """Real HTTPS whose sleeps pass on the sandbox's clock."""

    def __init__(self, sleep, ca_bundle):
        super().__init__(connection_verify=str(ca_bundle))
        self._sleep = sleep

    def sleep(self, duration):
        self._sleep(duration)


@pytest.fixture
def azure():
    world = assemble(VirtualClock(datetime(2026, 11, 23, 8, tzinfo=timezone.utc)))
    kind = "Microsoft.Resources/subscriptions"
    world.store.put(
        {
            "id": ABOVE,
            "name": SUBSCRIPTION,
            "type": kind,
            "subscriptionId": SUBSCRIPTION,
            "displayName": "Northwind",
            "state": "Enabled",
            "tenantId": world.tenant_id,
        }
    )
    for name in ("rg-oslo", "rg-machines"):
        world.store.put(
            {
                "id": f"{ABOVE}/resourceGroups/{name}",
                "name": name,
                "type": "Microsoft.Resources/resourceGroups",
                "location": "westeurope",
                "properties": {"provisioningState": "Succeeded"},
            }
        )
    return world


@pytest.fixture(params=["https", "in-process"])
def client(request, azure, tmp_path):
    front = Front(azure)
    options = {"credential": Person(azure), "subscription_id": SUBSCRIPTION, "polling_interval": 1}
    if request.param == "in-process":
        transport = InProcessTransport(front.handle, azure.clock.sleep)
        with DeploymentsMgmtClient(base_url="https://sandbox.invalid", transport=transport, **options) as found:
            yield found
        return
    server = Server(front.handle)
    server.start(tmp_path / "ca.pem")
    try:
        transport = Moving(azure.clock.sleep, tmp_path / "ca.pem")
        with DeploymentsMgmtClient(base_url=server.base, transport=transport, **options) as found:
            yield found
    finally:
        server.stop()


def template(*resources, **sections):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources), **sections}


def asked(raw, given=None, **members):
    parameters = {name: {"value": one} for name, one in (given or {}).items()}
    return {"properties": {"mode": "Incremental", "template": raw, "parameters": parameters}, **members}


def identity_resource(name="id-oslo", **members):
    return {
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "apiVersion": "2024-11-30",
        "name": name,
        "location": "westeurope",
        **members,
    }


IDENTITY = template(
    identity_resource(),
    outputs={
        "id": {"type": "string", "value": "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'id-oslo')]"}
    },
)


def test_create_follows_to_the_end_and_get_shows_the_same(client, azure):
    raw = template(identity_resource(), parameters={"secret": {"type": "securestring"}}, outputs=IDENTITY["outputs"])
    found = client.deployments.begin_create_or_update(
        "rg-oslo", "d", asked(raw, {"secret": "hidden"}, tags={"run": "1"})
    ).result()
    assert (found.name, found.tags, found.properties.provisioning_state) == ("d", {"run": "1"}, "Succeeded")
    resource_id = f"{ABOVE}/resourceGroups/rg-oslo/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-oslo"
    assert found.properties.outputs == {"id": {"type": "String", "value": resource_id}}
    assert [one.id for one in found.properties.output_resources] == [resource_id]
    assert found.properties.parameters == {"secret": {"type": "SecureString"}}
    assert timedelta(0) < azure.clock.now() - datetime(2026, 11, 23, 8, tzinfo=timezone.utc) < timedelta(minutes=1)
    assert client.deployments.get("rg-oslo", "d").as_dict() == found.as_dict()
    assert client.deployments.check_existence("rg-oslo", "d") is True
    assert client.deployments.check_existence("rg-oslo", "gone") is False


def test_a_start_without_polling_sends_one_request_and_the_name_is_a_lock(client, azure):
    headers = {"x-ms-correlation-request-id": "9d9f5f5e-45e1-4d4c-9bd5-2d6b7f2c7301"}
    answers = []
    client.deployments.begin_create_or_update(
        "rg-oslo", "d", asked(IDENTITY), polling=False, headers=headers, raw_response_hook=lambda one: answers.append(one.http_response)
    )  # fmt: skip
    (answer,) = answers
    assert (answer.status_code, answer.headers["x-ms-correlation-request-id"]) == (
        201,
        headers["x-ms-correlation-request-id"],
    )
    assert int(answer.headers["retry-after"]) > 0
    with pytest.raises(ResourceExistsError) as refused:
        client.deployments.begin_create_or_update("rg-oslo", "d", asked(IDENTITY), polling=False)
    assert refused.value.error.code == "DeploymentActive"
    found = client.deployments.get("rg-oslo", "d")
    assert (found.properties.provisioning_state, found.properties.correlation_id) == (
        "Accepted",
        headers["x-ms-correlation-request-id"],
    )


def test_lists_filter_and_page(client):
    for name in ("a", "b", "c"):
        client.deployments.begin_create_or_update("rg-oslo", name, asked(IDENTITY)).result()
    client.deployments.begin_create_or_update("rg-oslo", "going", asked(IDENTITY), polling=False)
    listed = client.deployments.list_by_resource_group("rg-oslo", filter="provisioningState eq 'Succeeded'", top=2)
    assert [one.name for one in listed] == ["c", "b", "a"]
    assert [
        one.name
        for one in client.deployments.list_by_resource_group("rg-oslo", filter="provisioningState eq 'Accepted'")
    ] == ["going"]
    assert list(client.deployments.list_by_resource_group("rg-machines")) == []


def test_a_failure_raises_with_the_providers_words_and_the_operations_tell_more(client):
    raw = template(
        identity_resource(),
        {
            "type": "Microsoft.Storage/storageAccounts",
            "apiVersion": "2023-01-01",
            "name": "Not-A-Name",
            "location": "westeurope",
            "sku": {"name": "Standard_LRS"},
            "kind": "StorageV2",
        },
    )
    with pytest.raises(HttpResponseError) as failed:
        client.deployments.begin_create_or_update("rg-oslo", "d", asked(raw)).result()
    assert failed.value.error.code == "DeploymentFailed"
    found = client.deployments.get("rg-oslo", "d").properties
    assert found.provisioning_state == "Failed"
    said = json.loads(found.error.details[0].message)
    operations = {
        one.properties.target_resource.resource_name: one for one in client.deployment_operations.list("rg-oslo", "d")
    }
    bad = operations["Not-A-Name"]
    assert operations["id-oslo"].properties.status_code == "OK"
    assert (bad.properties.provisioning_state, bad.properties.status_message.error.code) == (
        "Failed",
        said["error"]["code"],
    )
    assert client.deployment_operations.get("rg-oslo", "d", bad.operation_id).as_dict() == bad.as_dict()


def test_validation_answers_or_raises_or_returns_the_error(client):
    found = client.deployments.begin_validate("rg-oslo", "d", asked(IDENTITY)).result()
    assert (found.error, found.properties.provisioning_state) == (None, "Succeeded")
    broken = asked(template(identity_resource("[nonsense()]")))
    with pytest.raises(HttpResponseError) as refused:
        client.deployments.begin_validate("rg-oslo", "d", broken).result()
    assert (refused.value.status_code, refused.value.error.code) == (400, "InvalidTemplate")
    unpolled = client.deployments.begin_validate("rg-oslo", "d", broken, polling=False).result()
    assert unpolled.error.code == "InvalidTemplate"
    with pytest.raises(ResourceNotFoundError):
        client.deployments.get("rg-oslo", "d")


def test_what_if_follows_its_location_to_the_changes(client):
    found = client.deployments.begin_what_if("rg-oslo", "d", asked(IDENTITY)).result()
    assert (found.status, [(one.change_type, one.after["name"]) for one in found.changes]) == (
        "Succeeded",
        [("Create", "id-oslo")],
    )
    client.deployments.begin_create_or_update("rg-oslo", "d", asked(IDENTITY)).result()
    changed = asked(template(identity_resource(tags={"ring": "pilot"})))
    (change,) = client.deployments.begin_what_if("rg-oslo", "d", changed).result().changes
    assert (change.change_type, change.delta[0].path, change.delta[0].property_change_type) == (
        "Modify",
        "tags.ring",
        "Create",
    )


def test_cancel_and_delete(client):
    client.deployments.begin_create_or_update("rg-oslo", "d", asked(IDENTITY), polling=False)
    client.deployments.cancel("rg-oslo", "d")
    assert client.deployments.get("rg-oslo", "d").properties.provisioning_state == "Canceled"
    with pytest.raises(ResourceExistsError):
        client.deployments.cancel("rg-oslo", "d")
    client.deployments.begin_delete("rg-oslo", "d").result()
    assert client.deployments.check_existence("rg-oslo", "d") is False


def test_subscription_scope_has_all_of_it_too(client):
    group = {
        "type": "Microsoft.Resources/resourceGroups",
        "apiVersion": "2024-03-01",
        "name": "rg-new",
        "location": "[deployment().location]",
    }
    inner = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2025-04-01",
        "name": "inner",
        "resourceGroup": "rg-new",
        "dependsOn": ["rg-new"],
        "properties": {"mode": "Incremental", "template": IDENTITY, "expressionEvaluationOptions": {"scope": "inner"}},
    }
    body = asked(template(group, inner), location="westeurope")
    deployments = client.deployments
    assert deployments.begin_validate_at_subscription_scope("d", body).result().error is None
    assert deployments.begin_what_if_at_subscription_scope("d", body).result().status == "Succeeded"
    found = deployments.begin_create_or_update_at_subscription_scope("d", body).result()
    assert (found.location, found.properties.provisioning_state) == ("westeurope", "Succeeded")
    assert [one.name for one in deployments.list_at_subscription_scope()] == ["d"]
    assert deployments.check_existence_at_subscription_scope("d") is True
    assert len(list(client.deployment_operations.list_at_subscription_scope("d"))) == 2
    assert (
        deployments.get("rg-new", "inner")
        .properties.outputs["id"]["value"]
        .startswith(f"{ABOVE}/resourceGroups/rg-new/")
    )
    assert deployments.export_template_at_subscription_scope("d").template == body["properties"]["template"]
    assert (
        deployments.calculate_template_hash(body["properties"]["template"]).template_hash
        == found.properties.template_hash
    )


def cluster_world(azure):
    cluster = f"{ABOVE}/resourceGroups/rg-oslo/providers/{CLUSTER}/clu-oslo"
    machines = [f"{ABOVE}/resourceGroups/rg-machines/providers/Microsoft.HybridCompute/machines/n{at}" for at in (1, 2)]
    nodes = [{"name": f"n{at}", "osVersion": "10.0.26100.32814"} for at in (1, 2)]
    azure.store.put(
        {
            "id": cluster,
            "name": "clu-oslo",
            "type": "microsoft.azurestackhci/clusters",
            "location": "westeurope",
            "properties": {
                "provisioningState": "Succeeded",
                "reportedProperties": {"clusterVersion": "10.0.26100.32814", "nodes": nodes},
            },
        }
    )
    for machine in machines:
        azure.store.put(
            {
                "id": machine,
                "name": machine[-2:],
                "type": "Microsoft.HybridCompute/machines",
                "location": "westeurope",
                "properties": {"provisioningState": "Succeeded", "status": "Connected"},
            }
        )
    return cluster, machines


def test_our_template_begins_a_validation_with_machines_in_another_group(client, azure):
    cluster, machines = cluster_world(azure)
    given = {
        "deploymentMode": "Validate", "clusterName": "clu-oslo", "failoverClusterName": "OSLOHCI01",
        "arcNodeResourceIds": machines, "domainFqdn": "ad.northwind.example",
        "physicalNodesSettings": [{"name": f"n{at}", "ipv4Address": f"10.20.0.2{at}"} for at in (1, 2)],
        "startingIPAddress": "10.20.0.40", "endingIPAddress": "10.20.0.49", "subnetMask": "255.255.255.0",
        "defaultGateway": "10.20.0.1", "dnsServers": ["10.20.0.10"], "customLocation": "oslo",
        "lcmSecretUri": "https://kv.vault.azure.net/secrets/clu-oslo-AzureStackLCMUserCredential/0123456789abcdef0123456789abcdef",
    }  # fmt: skip
    assert client.deployments.begin_validate("rg-oslo", "up", asked(OURS, given)).result().error is None
    client.deployments.begin_create_or_update("rg-oslo", "up", asked(OURS, given), polling=False)
    azure.advance(timedelta(minutes=5))
    devices = [one["id"] for one in azure.store.of_type("Microsoft.AzureStackHCI/edgeDevices")]
    assert sorted(devices) == [
        f"{machine}/providers/Microsoft.AzureStackHCI/edgeDevices/default" for machine in machines
    ]
    settings = azure.store.get(f"{cluster}/deploymentSettings/default")
    assert settings["properties"]["deploymentMode"] == "Validate"
    assert settings["properties"]["arcNodeResourceIds"] == machines
    assert len(list(client.deployments.list_by_resource_group("rg-machines"))) == 2
