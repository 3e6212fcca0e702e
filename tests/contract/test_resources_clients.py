"""The real resource client over HTTPS: groups, resources, providers, tags."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.resources import ResourceManagementClient
from resource_server import CLUSTER, GROUP, SUB, G, served

from azlocal.sandbox.providers.policies import deny_tags
from azlocal.sandbox.providers.resource_providers import provider


@pytest.fixture
def sandbox(tmp_path):
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def client(sandbox):
    with ResourceManagementClient(**sandbox.arguments()) as client:
        yield client


def tags(client, operation, given):
    body = {"operation": operation, "properties": {"tags": given}}
    return client.tags.begin_update_at_scope(CLUSTER.strip("/"), body).result().properties.tags


def test_tags_are_merged_deleted_and_read_at_a_scope(client, sandbox):
    assert tags(client, "Merge", {"RING": "two", "azlocal-hold": "disk"}) == {"ring": "two", "azlocal-hold": "disk"}
    assert tags(client, "Delete", {"azlocal-hold": "other"}) == {"ring": "two", "azlocal-hold": "disk"}
    assert tags(client, "Delete", {"azlocal-hold": "disk"}) == {"ring": "two"}
    assert client.tags.get_at_scope(CLUSTER.strip("/")).properties.tags == {"ring": "two"}
    assert sandbox.azure.store.get(CLUSTER)["tags"] == {"ring": "two"}
    client.tags.begin_create_or_update_at_scope(CLUSTER.strip("/"), {"properties": {"tags": {"a": "b"}}}).result()
    client.tags.begin_delete_at_scope(CLUSTER.strip("/")).result()
    assert not client.tags.get_at_scope(CLUSTER.strip("/")).properties.tags


def test_a_denied_tag_write_is_an_error_with_the_policys_name(client, sandbox):
    deny_tags(sandbox.azure, G)
    with pytest.raises(HttpResponseError) as refused:
        tags(client, "Merge", {"a": "b"})
    assert (refused.value.status_code, refused.value.error.code) == (403, "RequestDisallowedByPolicy")
    assert refused.value.error.additional_info[0].type == "PolicyViolation"


def test_groups_are_made_listed_and_deleted(client, sandbox):
    assert client.resource_groups.check_existence(GROUP) is True
    made = client.resource_groups.create_or_update("rg-two", {"location": "westeurope", "tags": {"a": "b"}})
    assert made.properties.provisioning_state == "Succeeded"
    assert [one.name for one in client.resource_groups.list()] == [GROUP, "rg-two"]
    assert client.resource_groups.update("rg-two", {"tags": {"a": "c"}}).tags == {"a": "c"}
    client.resource_groups.begin_delete("rg-two").result()
    assert client.resource_groups.check_existence("rg-two") is False
    with pytest.raises(ResourceNotFoundError) as missing:
        client.resource_groups.get("rg-two")
    assert missing.value.error.code == "ResourceGroupNotFound"


def test_resources_are_listed_by_type_over_pages(client, sandbox):
    sandbox.azure.page_size = 1
    found = client.resources.list(filter="resourceType eq 'Microsoft.HybridCompute/machines'")
    assert [one.name for one in found] == ["node-1", "node-2"]
    assert [one.name for one in client.resources.list_by_resource_group(GROUP, filter="name eq 'clu-1'")] == ["clu-1"]


def test_a_resource_is_written_read_and_deleted_by_its_id(client):
    identifier = f"{G}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one"
    api = {"api_version": "2024-11-30"}
    made = client.resources.begin_create_or_update_by_id(
        identifier, parameters={"location": "westeurope"}, **api
    ).result()
    assert made.properties["clientId"]
    assert client.resources.get_by_id(identifier, **api).id == identifier
    assert client.resources.check_existence_by_id(identifier, **api) is True
    client.resources.begin_delete_by_id(identifier, **api).result()
    assert client.resources.check_existence_by_id(identifier, **api) is False


def test_providers_are_registered_and_say_their_types(client, sandbox):
    sandbox.azure.store.put(provider(f"/subscriptions/{SUB}/providers/Microsoft.Storage", "NotRegistered"))
    assert client.providers.get("Microsoft.Storage").registration_state == "NotRegistered"
    assert client.providers.register("Microsoft.Storage").registration_state == "Registering"
    types = [one.resource_type for one in client.providers.get("Microsoft.HybridCompute").resource_types]
    assert {"machines", "machines/extensions"} <= set(types)
    assert "Microsoft.Insights" in [one.namespace for one in client.providers.list()]
