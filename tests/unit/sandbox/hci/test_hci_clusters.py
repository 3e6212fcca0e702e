"""Clusters: list, get, put, patch, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from hci_world import CLUSTER, GROUP, SETTINGS, SUBSCRIPTION, Sandbox, cluster, request

ALL = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.AzureStackHCI/clusters"


def with_many(count: int) -> Sandbox:
    sandbox = Sandbox()
    for place in range(count - 1):
        sandbox.azure.store.put({**cluster(), "id": f"{CLUSTER}-{place}", "name": f"clu-oslo-{place}"})
    return sandbox


def test_clusters_are_listed_by_subscription_in_pages_with_an_absolute_next_link():
    sandbox = with_many(7)
    sandbox.azure.page_size = 3
    names: list[str] = []
    pages, link = 0, f"https://arm.test{ALL}"
    while link:
        parts = urlsplit(link)
        assert (parts.scheme, parts.netloc) == ("https", "arm.test")
        page = sandbox.get(f"{parts.path}?{parts.query}")
        names += [one["name"] for one in page["value"]]
        pages, link = pages + 1, page.get("nextLink", "")
    assert pages == 3
    assert len(set(names)) == len(names) == 7


def test_clusters_are_listed_by_group():
    sandbox = with_many(2)
    sandbox.azure.store.put({**cluster(), "id": CLUSTER.replace("rg-oslo", "rg-oslo-2")})
    found = sandbox.get(f"{GROUP}/providers/microsoft.azurestackhci/CLUSTERS")["value"]
    assert [one["id"] for one in found] == [CLUSTER, f"{CLUSTER}-0"]


@pytest.mark.parametrize("version", ["2020-10-01", "2023-03-01", "2024-04-01", "2026-10-01"])
def test_a_cluster_is_found_by_any_spelling_and_by_every_known_version(version: str):
    assert (
        Sandbox().get(CLUSTER.replace("rg-oslo", "RG-OSLO").replace("clusters", "Clusters"), version)["id"] == CLUSTER
    )


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (CLUSTER + "-none", "ResourceNotFound"),
        (CLUSTER.replace("rg-oslo", "rg-none"), "ResourceGroupNotFound"),
        (CLUSTER.replace("11111111", "99999999"), "SubscriptionNotFound"),
    ],
)
def test_what_is_not_there_is_named_by_its_outermost_missing_part(path: str, code: str):
    response = Sandbox().ask("GET", path)
    assert (response.status, response.json()["error"]["code"]) == (404, code)


def test_a_missing_cluster_is_named_by_type_and_group():
    message = Sandbox().ask("GET", f"{CLUSTER}-none").json()["error"]["message"]
    assert message.startswith(
        "The Resource 'Microsoft.AzureStackHCI/clusters/clu-oslo-none' under resource group 'rg-oslo' was not found."
    )


@pytest.mark.parametrize(
    ("setting", "tags"),
    [("merge", {"site": "oslo", "ring": "broad", "new": "1"}), ("replace", {"RING": "broad", "new": "1"})],
)
def test_a_patch_of_tags_merges_or_replaces(setting: str, tags: dict[str, str]):
    sandbox = Sandbox()
    sandbox.switch("cluster-patch-tags", setting)
    before = sandbox.get(CLUSTER)["properties"]
    answered = sandbox.ask("PATCH", CLUSTER, {"tags": {"RING": "broad", "new": "1"}})
    assert (answered.status, answered.json()["tags"]) == (200, tags)
    assert sandbox.get(CLUSTER)["tags"] == tags
    assert sandbox.get(CLUSTER)["properties"] == before


def test_a_patch_changes_identity_and_the_few_properties_a_client_may_change():
    sandbox = Sandbox()
    body = {
        "identity": {"type": "SystemAssigned"},
        "properties": {"desiredProperties": {"diagnosticLevel": "Basic"}, "status": "Error"},
    }
    told = sandbox.ask("PATCH", CLUSTER, body).json()
    assert told["identity"]["type"] == "SystemAssigned"
    assert told["identity"]["principalId"]
    assert told["properties"]["desiredProperties"] == {"diagnosticLevel": "Basic"}
    assert told["properties"]["status"] == "ConnectedRecently"
    assert told["systemData"]["lastModifiedByType"] == "Application"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tags": ["a"]}, "InvalidRequestContent"),
        ({"tags": {"a": 1}}, "InvalidRequestContent"),
        ({"tags": {f"tag{place}": "" for place in range(50)}}, "TooManyTags"),
        ({"identity": {"type": "Sometimes"}}, "InvalidRequestContent"),
        ({"properties": 3}, "InvalidRequestContent"),
        (None, "InvalidRequestContent"),
    ],
)
def test_a_patch_that_makes_no_sense_is_refused_and_changes_nothing(body: Any, code: str):
    sandbox = Sandbox()
    before = sandbox.get(CLUSTER)
    response = sandbox.ask("PATCH", CLUSTER, body)
    assert (response.status, response.json()["error"]["code"]) == (400, code)
    assert sandbox.get(CLUSTER) == before


def test_a_put_creates_a_cluster_that_is_not_registered_yet():
    sandbox = Sandbox()
    response = sandbox.ask("PUT", f"{CLUSTER}-new", {"location": "westeurope", "tags": {"a": "b"}})
    told = sandbox.get(f"{CLUSTER}-new")
    assert (response.status, response.json()) == (200, told)
    assert (told["name"], told["tags"], told["properties"]["status"]) == (
        "clu-oslo-new",
        {"a": "b"},
        "NotYetRegistered",
    )
    refused = sandbox.ask("PUT", SETTINGS.replace("clu-oslo", "clu-oslo-new"), request())
    assert "[NotYetRegistered]" in refused.json()["error"]["message"]


def test_a_put_of_an_existing_cluster_keeps_what_it_reports():
    sandbox = Sandbox()
    before = sandbox.get(CLUSTER)["properties"]
    told = sandbox.ask("PUT", CLUSTER, {"location": "westeurope", "properties": {"status": "Error"}}).json()
    assert (told["properties"], told["tags"]) == (before, {})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({}, 400, "LocationRequired"), ({"location": "eastus"}, 409, "InvalidResourceLocation")],
)
def test_a_put_needs_the_location_the_cluster_has(body: dict[str, Any], status: int, code: str):
    response = Sandbox().ask("PUT", CLUSTER, body)
    assert (response.status, response.json()["error"]["code"]) == (status, code)


def test_delete_takes_some_seconds_and_takes_what_belongs_to_the_cluster_along():
    sandbox = Sandbox()
    sandbox.put("Validate")
    response = sandbox.ask("DELETE", CLUSTER)
    location = urlsplit(response.headers["location"]).path
    assert (response.status, sandbox.ask("GET", location).status) == (202, 202)
    sandbox.advance(hours=1)
    assert sandbox.ask("GET", location).status == 204
    assert sandbox.ask("GET", CLUSTER).status == 404
    assert sandbox.azure.store.get(SETTINGS) is None
    assert sandbox.ask("DELETE", CLUSTER).status == 204


@pytest.mark.parametrize(
    ("level", "method"),
    [("CanNotDelete", "DELETE"), ("ReadOnly", "DELETE"), ("ReadOnly", "PATCH"), ("ReadOnly", "PUT")],
)
def test_a_lock_forbids_writing_or_deleting(level: str, method: str):
    sandbox = Sandbox()
    sandbox.azure.store.put({
        "id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "name": "keep",
        "type": "Microsoft.Authorization/locks", "properties": {"level": level},
    })  # fmt: skip
    response = sandbox.ask(method, CLUSTER, {"location": "westeurope"})
    assert (response.status, response.json()["error"]["code"]) == (409, "ScopeLocked")
    assert sandbox.get(CLUSTER)["properties"]["provisioningState"] == "Succeeded"


def test_methods_that_the_type_does_not_have_are_refused():
    assert Sandbox().ask("POST", CLUSTER).status == 405
