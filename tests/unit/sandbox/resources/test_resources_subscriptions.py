"""Subscriptions, groups, providers and generic lists as a client meets them."""

from __future__ import annotations

import pytest
from resource_world import CLUSTER, CONTROL, MACHINE, SUB, G, S, World, code

from azlocal.sandbox.providers.resource_providers import provider


@pytest.fixture
def world():
    return World()


def test_the_list_of_subscriptions_has_ids_tenants_and_states(world):
    (one,) = world.get("/subscriptions", api="2022-12-01")["value"]
    assert one["subscriptionId"] == SUB
    assert one["tenantId"] == world.azure.tenant_id
    assert (one["displayName"], one["state"]) == ("Fleet", "Enabled")


def test_one_subscription_its_locations_and_the_tenant_are_answered(world):
    assert world.get(S, api="2022-12-01")["id"] == S
    names = [one["name"] for one in world.get(f"{S}/locations", api="2022-12-01")["value"]]
    assert {"westeurope", "eastus"} <= set(names)
    assert world.get("/tenants", api="2022-12-01")["value"][0]["tenantId"] == world.azure.tenant_id


def test_an_unknown_subscription_and_a_malformed_one_are_told_apart(world):
    assert code(world.ask("GET", "/subscriptions/99999999-1111-4111-8111-111111111111")) == "SubscriptionNotFound"
    assert code(world.ask("GET", "/subscriptions/abc")) == "InvalidSubscriptionId"


def test_groups_are_listed_and_found_in_any_case(world):
    names = [one["name"] for one in world.get(f"{S}/resourcegroups")["value"]]
    assert names == ["rg-one", "rg-control"]
    assert world.get(G.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))["name"] == "rg-one"
    assert world.ask("HEAD", G).status == 204
    assert world.ask("HEAD", f"{S}/resourceGroups/none").status == 404
    assert code(world.ask("GET", f"{S}/resourceGroups/none")) == "ResourceGroupNotFound"


def test_groups_are_filtered_by_tag(world):
    world.ask("PATCH", G, {"tags": {"site": "oslo"}})
    wanted = f"{S}/resourcegroups?$filter=tagName eq 'SITE' and tagValue eq 'oslo'"
    assert [one["name"] for one in world.get(wanted)["value"]] == ["rg-one"]
    assert world.get(f"{S}/resourcegroups?$filter=tagName eq 'site' and tagValue eq 'rome'")["value"] == []


def test_a_group_is_made_patched_and_keeps_its_location(world):
    made = world.ask("PUT", f"{S}/resourceGroups/rg-new", {"location": "West Europe", "tags": {"a": "1"}})
    assert (made.status, made.json()["location"]) == (201, "westeurope")
    assert world.ask("PUT", f"{S}/resourceGroups/rg-new", {"location": "westeurope"}).json()["tags"] == {}
    assert (
        code(world.ask("PUT", f"{S}/resourceGroups/rg-new", {"location": "eastus"})) == "InvalidResourceGroupLocation"
    )
    assert code(world.ask("PUT", f"{S}/resourceGroups/rg-new2", {})) == "LocationRequired"
    assert code(world.ask("PUT", f"{S}/resourceGroups/rg*", {"location": "x"})) == "InvalidResourceGroup"


def test_deleting_a_group_takes_all_that_is_in_it_after_a_while(world):
    begun = world.ask("DELETE", G)
    status = begun.headers["location"].removeprefix("https://sandbox.invalid")
    assert begun.status == 202
    assert world.ask("GET", status).status == 202
    world.pass_(minutes=3)
    assert world.ask("GET", status).status == 204
    assert world.azure.store.get(CLUSTER) is None
    assert world.ask("HEAD", G).status == 404


def test_the_managed_identity_may_not_write_the_control_group_and_a_person_may(world):
    assert code(world.ask("PATCH", CONTROL, {"tags": {}}, who="identity")) == "AuthorizationFailed"
    assert world.ask("PATCH", CONTROL, {"tags": {"a": "b"}}).status == 200


def test_resources_are_listed_without_properties_and_by_type(world):
    every = world.get(f"{S}/resources")["value"]
    assert {one["type"].lower() for one in every} == {
        "microsoft.azurestackhci/clusters", "microsoft.hybridcompute/machines", "microsoft.storage/storageaccounts",
    }  # fmt: skip
    assert all("properties" not in one for one in every)
    wanted = f"{S}/resources?$filter=resourceType eq 'Microsoft.HybridCompute/machines'&$top=1"
    first = world.get(wanted)
    assert [one["name"] for one in first["value"]] == ["node-1"]
    following = first["nextLink"].removeprefix("https://sandbox.invalid")
    assert [one["name"] for one in world.get(following)["value"]] == ["node-2"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("name eq 'CLU-1'", ["clu-1"]),
        ("substringof('ode', name)", ["node-1", "node-2"]),
        ("resourceType eq 'a/b' or name eq 'clu-1'", ["clu-1"]),
        ("tagName eq 'ring' and tagValue eq 'pilot'", ["clu-1"]),
        ("tagName eq 'site'", ["node-1", "node-2"]),
        ("resourceType eq 'Microsoft.HybridCompute/machines' and name ne 'node-1'", ["node-2"]),
        ("startswith(name, 'st')", ["stone"]),
    ],
)
def test_a_filter_of_resources_finds_what_it_says(world, wanted, names):
    found = world.get(f"{G}/resources?$filter={wanted}")["value"]
    assert [one["name"] for one in found] == names


@pytest.mark.parametrize("wanted", ["name", "name eq", "name eq 'a' xor name eq 'b'", "name eq 'a"])
def test_a_filter_that_cannot_be_read_is_refused(world, wanted):
    assert code(world.ask("GET", f"{G}/resources?$filter={wanted}")) == "InvalidFilterInQueryString"


def test_an_expanded_list_tells_states(world):
    (one,) = world.get(f"{G}/resources?$filter=name eq 'stone'&$expand=provisioningState")["value"]
    assert one["provisioningState"] == "Succeeded"


def test_a_provider_tells_the_api_versions_that_its_routes_take(world):
    told = world.get(f"{S}/providers/microsoft.hybridcompute")
    assert (told["namespace"], told["registrationState"]) == ("Microsoft.HybridCompute", "Registered")
    kinds = {one["resourceType"]: one for one in told["resourceTypes"]}
    assert "2026-07-15" in kinds["machines"]["apiVersions"]
    assert "defaultApiVersion" in kinds["machines/extensions"]
    assert code(world.ask("GET", f"{S}/providers/Microsoft.Nothing")) == "InvalidResourceNamespace"
    assert len(world.get("/providers")["value"]) == len(world.get(f"{S}/providers")["value"])


def test_an_unregistered_provider_refuses_writes_until_it_is_registered(world):
    world.azure.store.put(provider(f"{S}/providers/Microsoft.Storage", "NotRegistered"))
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}}
    put = ("PUT", f"{G}/providers/Microsoft.Storage/storageAccounts/sttwo", body)
    assert code(world.ask(*put)) == "MissingSubscriptionRegistration"
    told = world.ask("POST", f"{S}/providers/Microsoft.Storage/register", api="2016-02-01").json()
    assert told["registrationState"] == "Registering"
    world.pass_(seconds=25)
    assert world.get(f"{S}/providers/Microsoft.Storage")["registrationState"] == "Registered"
    assert world.ask(*put).status == 200


def test_a_resource_of_an_unknown_group_is_answered_by_the_group(world):
    missing = MACHINE.replace("rg-one", "rg-none")
    assert code(world.ask("GET", missing)) == "ResourceGroupNotFound"
