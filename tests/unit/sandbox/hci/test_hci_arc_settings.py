"""Arc settings and their extensions, gathered from the machines."""

from __future__ import annotations

import pytest
from hci_world import CLUSTER, Sandbox, cluster, extension, machine_id

SETTINGS = f"{CLUSTER}/arcSettings/default"
LCM = f"{SETTINGS}/extensions/AzureEdgeLifecycleManager"


def test_arc_settings_tell_every_node_and_its_machine():
    told = Sandbox(nodes=3).get(SETTINGS)
    assert (told["name"], told["type"]) == ("default", "microsoft.azurestackhci/clusters/arcsettings")
    assert told["properties"]["aggregateState"] == "Connected"
    assert told["properties"]["arcInstanceResourceGroup"] == "rg-oslo"
    assert told["properties"]["perNodeDetails"] == [
        {
            "name": f"oslo-n{place}", "arcInstance": machine_id(place), "state": "Connected",
            "arcNodeServicePrincipalObjectId": f"principal-{place}",
        }
        for place in (1, 2, 3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("Connected", "Disconnected"), "PartiallyConnected"),
        (("Disconnected", "Disconnected"), "Disconnected"),
        (("Error", "Error"), "Error"),
        (("Error", "Disconnected"), "Disconnected"),
    ],
)
def test_the_whole_is_as_connected_as_its_nodes(states: tuple[str, str], whole: str):
    sandbox = Sandbox()
    for place, state in enumerate(states, start=1):
        sandbox.change(machine_id(place), status=state)
    assert sandbox.get(SETTINGS)["properties"]["aggregateState"] == whole


def test_they_are_listed_and_what_a_world_stored_goes_first():
    sandbox = Sandbox()
    assert len(sandbox.get(f"{CLUSTER}/arcSettings")["value"]) == 1
    stored = {"id": SETTINGS, "name": "default", "type": "t", "properties": {"aggregateState": "Error"}}
    sandbox.azure.store.put(stored)
    assert sandbox.get(SETTINGS) == stored


def test_a_cluster_without_arc_machines_has_none():
    sandbox = Sandbox()
    for place in (1, 2):
        sandbox.azure.store.delete(machine_id(place))
    assert sandbox.get(f"{CLUSTER}/arcSettings") == {"value": []}
    assert sandbox.ask("GET", SETTINGS).status == 404
    assert sandbox.ask("GET", f"{SETTINGS}/extensions").status == 404
    assert sandbox.ask("GET", f"{CLUSTER}/arcSettings/other").status == 404


def test_an_extension_is_gathered_over_the_nodes():
    told = Sandbox().get(LCM.replace("AzureEdge", "azureedge"))
    properties = told["properties"]
    assert (told["id"], properties["aggregateState"], properties["managedBy"]) == (LCM, "Succeeded", "Azure")
    assert properties["extensionParameters"]["type"] == "LcmController"
    assert [(one["name"], one["state"]) for one in properties["perNodeExtensionDetails"]] == [
        ("oslo-n1", "Succeeded"), ("oslo-n2", "Succeeded"),
    ]  # fmt: skip
    assert properties["perNodeExtensionDetails"][0]["instanceView"]["name"] == "AzureEdgeLifecycleManager"


@pytest.mark.parametrize(("state", "whole"), [("Failed", "PartiallySucceeded"), ("", "PartiallySucceeded")])
def test_a_failed_or_missing_extension_makes_the_whole_partial(state: str, whole: str):
    sandbox = Sandbox()
    if state:
        sandbox.azure.store.put(extension(2, state=state))
    else:
        sandbox.azure.store.delete(f"{machine_id(2)}/extensions/AzureEdgeLifecycleManager")
    assert sandbox.get(LCM)["properties"]["aggregateState"] == whole


def test_extensions_are_listed_and_more_of_them_after_an_upgrade():
    sandbox = Sandbox()
    assert [one["name"] for one in sandbox.get(f"{SETTINGS}/extensions")["value"]] == ["AzureEdgeLifecycleManager"]
    sandbox.run("Validate")
    sandbox.run("Deploy")
    assert len(sandbox.get(f"{SETTINGS}/extensions")["value"]) == 4


def test_what_is_on_no_node_is_not_found():
    sandbox = Sandbox()
    for name in ("AzureEdgeRemoteSupport", "SomethingElse"):
        assert sandbox.ask("GET", f"{SETTINGS}/extensions/{name}").status == 404


def test_machines_may_lie_in_another_group():
    sandbox = Sandbox()
    told = cluster(1)
    other = machine_id(1).replace("rg-oslo", "rg-machines")
    told["properties"]["reportedProperties"]["nodes"][0]["ehcResourceId"] = other
    sandbox.azure.store.put(told)
    sandbox.azure.store.put({**(sandbox.azure.store.get(machine_id(1)) or {}), "id": other})
    assert sandbox.get(SETTINGS)["properties"]["arcInstanceResourceGroup"] == "rg-machines"
