"""Edge devices: an extension resource on an Arc machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hci_world import GROUP, START, Sandbox, device_id, extension, machine_id

from azlocal.sandbox.wire import ArmError

BODY = {"kind": "HCI", "properties": {}}


def test_a_put_is_201_first_and_200_after_and_takes_twenty_to_forty_seconds():
    sandbox = Sandbox(devices=False)
    first = sandbox.ask("PUT", device_id(1), BODY)
    assert (first.status, first.json()["properties"]["provisioningState"]) == (201, "Accepted")
    sandbox.advance(seconds=19)
    assert sandbox.operation(first)["status"] == "InProgress"
    sandbox.advance(seconds=21)
    assert sandbox.operation(first)["status"] == "Succeeded"
    assert sandbox.ask("PUT", device_id(1), BODY).status == 200


def test_a_device_reports_what_machine_and_extensions_are():
    sandbox = Sandbox(devices=False)
    sandbox.ask("PUT", device_id(1), BODY)
    assert sandbox.get(device_id(1))["properties"]["reportedProperties"] == {}
    sandbox.advance(minutes=1)
    device = sandbox.get(device_id(1))
    told = device["properties"]["reportedProperties"]
    assert (device["type"], device["kind"], device["name"]) == ("microsoft.azurestackhci/edgedevices", "HCI", "default")
    assert told["deviceState"] == "Connected"
    assert told["extensionProfile"]["extensions"] == [{
        "extensionName": "AzureEdgeLifecycleManager", "state": "Succeeded", "errorDetails": [],
        "extensionResourceId": f"{machine_id(1)}/extensions/AzureEdgeLifecycleManager",
        "typeHandlerVersion": "30.2604.0.2017", "managedBy": "Azure",
    }]  # fmt: skip
    adapter = told["networkProfile"]["nicDetails"][0]
    assert (adapter["ip4Address"], adapter["subnetMask"], adapter["defaultGateway"]) == (
        "10.20.0.21", "255.255.255.0", "10.20.0.1",
    )  # fmt: skip
    assert told["osProfile"]["assemblyVersion"] == "10.2604.0.2017"
    assert device["properties"]["deviceConfiguration"]["nicDetails"][0]["ip4Address"] == "10.20.0.21"


def test_later_changes_on_the_server_show_in_the_report():
    sandbox = Sandbox(devices=False)
    sandbox.ask("PUT", device_id(1), BODY)
    sandbox.advance(minutes=1)
    sandbox.azure.store.put(extension(1, "30.2607.0.1", "Failed"))
    told = sandbox.get(device_id(1))["properties"]["reportedProperties"]["extensionProfile"]["extensions"][0]
    assert (told["typeHandlerVersion"], told["state"]) == ("30.2607.0.1", "Failed")
    assert told["errorDetails"] == [{"exception": "handler says Failed"}]


def test_a_failed_extension_makes_the_device_fail():
    sandbox = Sandbox(devices=False)
    sandbox.azure.store.put(extension(1, state="Failed"))
    response = sandbox.ask("PUT", device_id(1), BODY)
    sandbox.advance(minutes=1)
    assert sandbox.get(device_id(1))["properties"]["provisioningState"] == "Failed"
    assert sandbox.operation(response)["error"]["code"] == "EdgeDeviceExtensionFailed"


def test_a_server_that_is_not_connected_never_reports():
    sandbox = Sandbox(devices=False)
    sandbox.change(machine_id(1), status="Disconnected")
    response = sandbox.ask("PUT", device_id(1), BODY)
    sandbox.advance(seconds=599)
    assert sandbox.operation(response)["status"] == "InProgress"
    sandbox.advance(seconds=1)
    assert sandbox.operation(response)["error"]["code"] == "OperationTimeout"
    assert sandbox.get(device_id(1))["properties"]["reportedProperties"] == {}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (device_id(9), BODY, 404, "ResourceNotFound"),
        (device_id(1), {"kind": "Other", "properties": {}}, 400, "InvalidRequestContent"),
        (device_id(1), {"properties": {}}, 400, "InvalidRequestContent"),
        (device_id(1), None, 400, "InvalidRequestContent"),
        (device_id(1).replace("default", "x"), BODY, 400, "InvalidResourceName"),
    ],
)
def test_a_put_that_cannot_be_is_refused(path: str, body: Any, status: int, code: str):
    response = Sandbox(devices=False).ask("PUT", path, body)
    assert (response.status, response.json()["error"]["code"]) == (status, code)


def test_the_missing_machine_is_the_one_that_is_named():
    message = Sandbox().ask("PUT", device_id(9), BODY).json()["error"]["message"]
    assert "'Microsoft.HybridCompute/machines/oslo-n9'" in message


def test_a_template_writes_a_device_by_the_same_writer_in_any_spelling():
    sandbox = Sandbox(devices=False)
    writer = sandbox.azure.types["microsoft.azurestackhci/edgedevices"]
    written = writer.put(sandbox.azure, device_id(1).upper(), dict(BODY), now=START, principal=None)
    assert (written.document["id"], written.created) == (device_id(1).replace("default", "DEFAULT"), True)
    assert written.operation is not None
    ends: list[str] = []
    written.operation.on_end(lambda operation, at: ends.append(operation.status), START)
    sandbox.advance(minutes=1)
    assert ends == ["Succeeded"]


def test_the_type_extends_machines_only():
    sandbox = Sandbox()
    writer = sandbox.azure.types["microsoft.azurestackhci/edgedevices"]
    path = (
        f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm/providers/Microsoft.AzureStackHCI/edgeDevices/default"
    )
    with pytest.raises(ArmError, match="InvalidResourceType"):
        writer.put(sandbox.azure, path, dict(BODY), now=START, principal=None)


def test_devices_are_listed_by_machine():
    sandbox = Sandbox()
    listed = sandbox.get(device_id(2).rpartition("/")[0])["value"]
    assert [one["id"] for one in listed] == [device_id(2)]
    assert sandbox.ask("GET", device_id(9).rpartition("/")[0]).status == 404


@pytest.mark.parametrize("short", [False, True])
def test_validate_is_a_202_whose_location_ends_in_success(short: bool):
    sandbox = Sandbox()
    ids = [device_id(1), device_id(2)]
    if short:
        ids = [one.replace("/providers/Microsoft.AzureStackHCI", "") for one in ids]
    response = sandbox.ask("POST", f"{device_id(1)}/validate", {"edgeDeviceIds": ids, "additionalInfo": ""})
    path = urlsplit(response.headers["location"]).path
    assert (response.status, sandbox.ask("GET", path).status) == (202, 202)
    sandbox.advance(minutes=1)
    answered = sandbox.ask("GET", path)
    assert (answered.status, answered.json()) == (200, {"status": "success"})


def test_validate_of_an_unknown_device_fails_and_without_devices_is_refused():
    sandbox = Sandbox()
    response = sandbox.ask("POST", f"{device_id(1)}/validate", {"edgeDeviceIds": [device_id(9)]})
    sandbox.advance(minutes=1)
    answered = sandbox.ask("GET", urlsplit(response.headers["location"]).path)
    assert answered.json()["error"]["code"] == "EdgeDeviceNotFound"
    assert sandbox.ask("POST", f"{device_id(1)}/validate", {"edgeDeviceIds": []}).status == 400
    assert sandbox.ask("POST", f"{device_id(9)}/validate", {"edgeDeviceIds": [device_id(1)]}).status == 404


def test_delete_takes_some_seconds_and_a_second_one_finds_nothing():
    sandbox = Sandbox()
    assert sandbox.ask("DELETE", device_id(1)).status == 202
    sandbox.advance(minutes=1)
    assert sandbox.ask("GET", device_id(1)).status == 404
    assert sandbox.ask("DELETE", device_id(1)).status == 204


def test_a_report_that_comes_while_the_device_is_deleted_changes_nothing():
    sandbox = Sandbox(devices=False)
    sandbox.ask("PUT", device_id(1), BODY)
    sandbox.advance(seconds=19)
    sandbox.ask("DELETE", device_id(1))
    seen = set()
    while (response := sandbox.ask("GET", device_id(1))).status == 200:
        seen.add(response.json()["properties"]["provisioningState"])
        sandbox.advance(seconds=1)
    assert seen == {"Deleting"}


def test_a_device_deleted_before_it_reports_ends_its_put_as_canceled():
    sandbox = Sandbox(devices=False)
    response = sandbox.ask("PUT", device_id(1), BODY)
    sandbox.ask("DELETE", device_id(1))
    sandbox.advance(minutes=2)
    assert sandbox.operation(response)["status"] == "Canceled"
    assert sandbox.azure.clock.now() - START == timedelta(minutes=2)
