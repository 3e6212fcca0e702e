"""Arc machines and the extensions on them: reads, and writes that take their time."""

from __future__ import annotations

import pytest
from resource_world import CLUSTER, MACHINE, G, S, World, code, machine

from azlocal.sandbox.journey import Behaviour
from azlocal.sandbox.providers.machines import KIND

NODE_2 = MACHINE[:-1] + "2"
LCM = f"{MACHINE}/extensions/AzureEdgeLifecycleManager"
NEWEST = "30.2604.0.2017"


@pytest.fixture
def world():
    return World()


def lcm(**more):
    properties = {"publisher": "Microsoft.AzureStack.Orchestration", "type": "LcmController", **more}
    return {"location": "westeurope", "properties": properties}


def local(url):
    return url.removeprefix("https://sandbox.invalid")


def state(world, path=LCM):
    return world.get(path)["properties"]["provisioningState"]


def test_a_machine_is_read_in_any_case_and_with_the_views_of_its_extensions(world):
    world.ask("PUT", LCM, lcm())
    world.pass_(minutes=15)
    plain = world.get(MACHINE.replace("HybridCompute", "hybridcompute"))
    assert "extensions" not in plain["properties"]
    (view,) = world.get(MACHINE + "?$expand=instanceView")["properties"]["extensions"]
    assert (view["name"], view["typeHandlerVersion"]) == ("AzureEdgeLifecycleManager", NEWEST)


def test_machines_are_listed_by_group_and_subscription_in_pages(world):
    world.azure.page_size = 1
    first = world.get(f"{S}/providers/{KIND.type}")
    second = world.get(local(first["nextLink"]))
    assert [one["name"] for one in first["value"] + second["value"]] == ["node-1", "node-2"]
    assert "nextLink" not in second
    assert world.get(f"{G}/providers/{KIND.type}")["value"][0]["id"] == MACHINE


def test_patching_a_machine_changes_its_tags_and_nothing_else(world):
    before = world.get(MACHINE)
    after = world.ask("PATCH", MACHINE, {"tags": {"a": "b"}}).json()
    assert after["tags"] == {"a": "b"}
    assert after["properties"].items() >= before["properties"].items()


def test_an_unknown_machine_is_not_found_and_an_unknown_version_not_served(world):
    assert code(world.ask("GET", MACHINE + "9")) == "ResourceNotFound"
    answer = world.ask("GET", MACHINE, api="2017-01-01")
    assert (answer.status, code(answer)) == (400, "NoRegisteredProviderFound")
    assert code(world.ask("GET", MACHINE, api="")) == "MissingApiVersionParameter"


def test_a_machine_is_deleted_with_its_extensions_after_a_while(world):
    world.ask("PUT", LCM, lcm())
    begun = world.ask("DELETE", MACHINE)
    assert (begun.status, state(world, MACHINE)) == (202, "Deleting")
    assert {"location", "azure-asyncoperation"} <= set(begun.headers)
    world.pass_(minutes=1)
    assert code(world.ask("GET", MACHINE)) == "ResourceNotFound"
    assert code(world.ask("GET", LCM)) == "ResourceNotFound"
    assert world.ask("DELETE", MACHINE).status == 204


def test_a_new_extension_is_creating_for_minutes_and_then_there(world):
    begun = world.ask("PUT", LCM, lcm(protectedSettings={"key": "hidden"}))
    assert begun.status == 202
    assert begun.headers["retry-after"].isdecimal()
    assert "hidden" not in begun.body.decode()
    assert world.last.body["properties"]["protectedSettings"] == "***"
    operation = local(begun.headers["azure-asyncoperation"])
    world.pass_(minutes=3, seconds=59)
    assert (state(world), world.get(operation)["status"]) == ("Creating", "InProgress")
    world.pass_(minutes=8, seconds=1)
    assert (state(world), world.get(operation)["status"]) == ("Succeeded", "Succeeded")
    document = world.get(LCM)
    assert "protectedSettings" not in document["properties"]
    assert document["properties"]["typeHandlerVersion"] == NEWEST
    assert document["properties"]["instanceView"]["status"]["code"] == "0"
    assert world.ask("GET", local(begun.headers["location"])).json()["id"] == LCM


def test_a_version_that_was_asked_for_is_the_version_that_comes(world):
    world.ask("PUT", LCM, lcm(typeHandlerVersion="30.2408.0.660", enableAutomaticUpgrade=False))
    world.pass_(minutes=13)
    assert world.get(LCM)["properties"]["typeHandlerVersion"] == "30.2408.0.660"
    patched = world.ask("PATCH", LCM, {"properties": {"enableAutomaticUpgrade": True}})
    assert patched.json()["properties"]["provisioningState"] == "Updating"
    assert patched.json()["properties"]["typeHandlerVersion"] == "30.2408.0.660"
    world.pass_(minutes=13)
    assert world.get(LCM)["properties"]["typeHandlerVersion"] == NEWEST


def test_patching_settings_leaves_the_version(world):
    world.ask("PUT", LCM, lcm(typeHandlerVersion="30.2408.0.660"))
    world.pass_(minutes=13)
    world.ask("PATCH", LCM, {"properties": {"settings": {"a": 1}}})
    world.pass_(minutes=13)
    properties = world.get(LCM)["properties"]
    assert (properties["typeHandlerVersion"], properties["settings"]) == ("30.2408.0.660", {"a": 1})


@pytest.mark.parametrize("node", [MACHINE, NODE_2])
def test_the_cluster_decides_how_the_write_of_its_lcm_extension_ends(world, node):
    world.azure.behaviours[CLUSTER.lower()] = Behaviour(extension="failure")
    path = LCM.replace(MACHINE, node)
    begun = world.ask("PUT", path, lcm())
    other = world.ask(
        "PUT", f"{node}/extensions/Other", {"location": "x", "properties": {"publisher": "P", "type": "T"}}
    )
    world.pass_(minutes=13)
    assert state(world, path) == "Failed"
    told = world.get(local(begun.headers["azure-asyncoperation"]))
    assert (told["status"], told["error"]["code"]) == ("Failed", "HCRP400")
    assert world.get(path)["properties"]["instanceView"]["status"]["level"] == "Error"
    assert world.ask("GET", local(begun.headers["location"])).status == 409
    assert world.get(local(other.headers["azure-asyncoperation"]))["status"] == "Succeeded"


def test_an_update_that_fails_leaves_the_version_that_was_there(world):
    world.ask("PUT", LCM, lcm(typeHandlerVersion="30.2408.0.660"))
    world.pass_(minutes=13)
    world.azure.behaviours[CLUSTER.lower()] = Behaviour(extension="failure")
    world.ask("PUT", LCM, lcm())
    world.pass_(minutes=13)
    properties = world.get(LCM)["properties"]
    assert (properties["provisioningState"], properties["typeHandlerVersion"]) == ("Failed", "30.2408.0.660")


def test_a_second_write_while_one_runs_is_a_conflict(world):
    world.ask("PUT", LCM, lcm())
    for method in ("PUT", "PATCH"):
        answer = world.ask(method, LCM, lcm())
        assert (answer.status, code(answer)) == (409, "HCRP409")
    assert code(world.ask("DELETE", LCM)) == "HCRP409"


def test_a_disconnected_machine_keeps_the_write_waiting_for_six_hours(world):
    world.azure.store.put(machine("node-1", status="Disconnected", parent=CLUSTER))
    begun = world.ask("PUT", LCM, lcm())
    world.pass_(hours=5, minutes=59)
    assert state(world) == "Creating"
    world.pass_(minutes=1)
    assert state(world) == "Failed"
    told = world.get(local(begun.headers["azure-asyncoperation"]))
    assert (told["status"], told["error"]["code"]) == ("Failed", "HCRP408")


def test_a_machine_that_comes_back_in_time_takes_the_write(world):
    world.azure.store.put(machine("node-1", status="Disconnected"))
    world.ask("PUT", LCM, lcm())
    world.pass_(hours=2)
    world.azure.store.put(machine("node-1"))
    world.pass_(minutes=6)
    assert state(world) == "Succeeded"


def test_extensions_are_listed_and_deleted(world):
    world.ask("PUT", LCM, lcm())
    world.pass_(minutes=13)
    assert [one["id"] for one in world.get(f"{MACHINE}/extensions")["value"]] == [LCM]
    begun = world.ask("DELETE", LCM)
    assert (begun.status, state(world)) == (202, "Deleting")
    world.pass_(minutes=13)
    assert world.get(f"{MACHINE}/extensions")["value"] == []
    assert world.get(local(begun.headers["azure-asyncoperation"]))["status"] == "Succeeded"
    assert world.ask("DELETE", LCM).status == 204


def test_an_extension_needs_its_machine_a_location_and_a_type(world):
    assert code(world.ask("PUT", LCM.replace("node-1", "node-9"), lcm())) == "ParentResourceNotFound"
    assert code(world.ask("PUT", LCM, {"properties": lcm()["properties"]})) == "LocationRequired"
    assert code(world.ask("PUT", LCM, {"location": "x", "properties": {"publisher": "P"}})) == "HCRP400"
    assert code(world.ask("PUT", LCM, ["x"])) == "InvalidRequestContent"


def test_upgrading_extensions_is_one_operation_over_all_of_them(world):
    world.ask("PUT", LCM, lcm(typeHandlerVersion="30.2408.0.660"))
    world.pass_(minutes=13)
    target = {"Microsoft.AzureStack.Orchestration.LcmController": {"targetVersion": "30.2505.0.961"}}
    begun = world.ask("POST", f"{MACHINE}/upgradeExtensions", {"extensionTargets": target})
    assert (begun.status, state(world)) == (202, "Updating")
    world.pass_(minutes=13)
    assert world.get(local(begun.headers["azure-asyncoperation"]))["status"] == "Succeeded"
    assert world.get(LCM)["properties"]["typeHandlerVersion"] == "30.2505.0.961"


def test_an_upgrade_fails_with_the_extension_that_fails(world):
    world.ask("PUT", LCM, lcm())
    world.pass_(minutes=13)
    world.azure.behaviours[CLUSTER.lower()] = Behaviour(extension="failure")
    target = {"Microsoft.AzureStack.Orchestration.LcmController": {}}
    begun = world.ask("POST", f"{MACHINE}/upgradeExtensions", {"extensionTargets": target})
    world.pass_(minutes=13)
    assert world.get(local(begun.headers["azure-asyncoperation"]))["error"]["code"] == "HCRP400"


def test_an_upgrade_of_what_is_not_there_is_refused(world):
    answer = world.ask("POST", f"{MACHINE}/upgradeExtensions", {"extensionTargets": {"A.B": {}}})
    assert (answer.status, code(answer)) == (404, "HCRP404")
    assert code(world.ask("POST", f"{MACHINE}/upgradeExtensions", {})) == "InvalidRequestContent"


@pytest.mark.parametrize("base", [S, ""])
def test_the_catalogue_tells_the_versions_of_an_extension(world, base):
    path = (
        f"{base}/providers/Microsoft.HybridCompute/locations/westeurope/publishers/microsoft.azurestack.orchestration"
        "/extensionTypes/lcmcontroller/versions"
    )
    listed = world.get(path)["value"]
    assert listed[-1]["properties"]["version"] == NEWEST
    assert world.get(f"{path}/{NEWEST}")["id"] == listed[-1]["id"]
    assert world.ask("GET", f"{path}/1.2.3.4").status == 404


def test_a_read_only_lock_stops_an_extension_write(world):
    lock = f"{G}/providers/Microsoft.Authorization/locks/still"
    world.ask("PUT", lock, {"properties": {"level": "ReadOnly"}})
    assert code(world.ask("PUT", LCM, lcm())) == "ScopeLocked"
    assert code(world.ask("POST", f"{MACHINE}/upgradeExtensions", {"extensionTargets": {}})) == "ScopeLocked"
