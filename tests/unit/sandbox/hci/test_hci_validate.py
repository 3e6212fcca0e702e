"""Readiness validation as a client sees it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hci_world import BUILD, CLUSTER, GROUP, SETTINGS, START, Sandbox, data_of, flat, machine_id, request

from azlocal.sandbox.journey import Outcome
from azlocal.sandbox.journey_texts import TEXTS


def test_the_first_put_is_answered_201_with_the_echo_accepted_and_where_to_follow_it():
    sandbox = Sandbox()
    response = sandbox.put("Validate")
    document = response.json()
    assert response.status == 201
    assert document["id"] == SETTINGS
    assert document["type"] == "microsoft.azurestackhci/clusters/deploymentsettings"
    told = document["properties"]
    assert {"provisioningState": told.pop("provisioningState"), "reportedProperties": told.pop("reportedProperties")} == {
        "provisioningState": "Accepted", "reportedProperties": {},
    }  # fmt: skip
    assert told == request()["properties"]
    assert re.fullmatch(
        r"https://arm\.test/subscriptions/[0-9a-f-]{36}/providers/Microsoft\.AzureStackHCI/locations/WESTEUROPE/"
        r"operationStatuses/[0-9a-f-]{36}\?api-version=2026-10-01",
        response.headers["azure-asyncoperation"],
    )
    assert response.headers["retry-after"] == "15"
    assert sandbox.operation(response)["status"] == "InProgress"


def test_the_second_put_is_answered_200():
    sandbox = Sandbox()
    sandbox.run("Validate")
    assert sandbox.put("Validate").status == 200


def test_a_validation_goes_from_accepted_to_succeeded_with_steps_appearing_one_after_another():
    sandbox = Sandbox()
    response = sandbox.put("Validate")
    seen = []
    while (moment := sandbox.azure.agenda.next_moment()) is not None:
        sandbox.azure.advance(moment - sandbox.azure.clock.now())
        told = sandbox.settings()
        steps = told["reportedProperties"]["validationStatus"]["steps"]
        seen.append((
            told["provisioningState"], told["reportedProperties"]["validationStatus"]["status"],
            [step.get("status", "-") for step in steps], sandbox.status(),
        ))  # fmt: skip
    states = [one[0] for one in seen]
    assert states == ["InProgress"] * (len(seen) - 1) + ["Succeeded"]
    assert seen[0][1:] == ("InProgress", ["InProgress", "-", "-", "-", "-"], "ValidationInProgress")
    assert seen[-2][:3] == ("InProgress", "Success", ["Success"] * 5)
    assert seen[-1][3] == "ValidationSuccess"
    assert timedelta(minutes=10) < sandbox.azure.clock.now() - START < timedelta(minutes=14)
    ended = sandbox.operation(response)
    assert (ended["status"], ended["percentComplete"]) == ("Succeeded", 100)


def test_running_steps_have_an_empty_end_and_waiting_ones_no_times_and_no_status():
    sandbox = Sandbox()
    sandbox.put("Validate")
    sandbox.advance(minutes=4)
    steps = flat(sandbox.reported()["validationStatus"])
    assert steps["Azure Stack HCI Network"]["endTimeUtc"] == ""
    assert re.fullmatch(r"2026-11-23T08:0\d:\d\d", steps["Azure Stack HCI Network"]["startTimeUtc"])
    assert set(steps["Azure Stack HCI Hardware"]) == {"name", "description", "fullStepIndex", "steps", "exception"}


def test_one_entry_on_the_agenda_at_a_time_and_few_in_all():
    sandbox = Sandbox()
    sandbox.put("Validate")
    moments = sandbox.moments()
    assert len(moments) <= 10
    sandbox.put("Deploy")
    assert len(sandbox.azure.agenda._heap) == 1
    assert len(sandbox.moments()) <= 24


def test_a_document_once_stored_is_never_changed_in_place():
    sandbox = Sandbox()
    kept: list[tuple[str, object]] = []
    sandbox.azure.store.listen(lambda key, document: kept.append((json.dumps(document), document)))
    sandbox.run("Validate")
    sandbox.run("Deploy")
    assert len(kept) > 20
    assert all(json.dumps(document) == text for text, document in kept)


def test_a_failed_validation_tells_it_in_the_step_the_state_the_operation_and_the_cluster():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure", text="val-language"),))
    response = sandbox.run("Validate")
    told, operation = sandbox.settings(), sandbox.operation(response)
    step = flat(told["reportedProperties"]["validationStatus"])["Azure Stack HCI Upgrade"]
    assert (told["provisioningState"], step["status"], sandbox.status()) == ("Failed", "Error", "ValidationFailed")
    assert "AzStackHci_Upgrade_Language" in step["exception"][0]
    assert step["error"]["target"] == "oslo-n2"
    assert step["recommendedSteps"]
    assert step["additionalData"] == [{"key": "NodeName", "value": "oslo-n2"}]
    assert operation["status"] == "Failed"
    assert operation["error"]["code"] == "UpdateDeploymentSettingsDataFailed"
    assert operation["error"]["message"] == "Deployment Settings validation failed."


def test_the_operations_error_flattens_the_steps_as_the_service_prints_them():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure", text="plain words"),))
    detail = sandbox.operation(sandbox.run("Validate"))["error"]["details"][0]
    assert detail["target"] == CLUSTER
    assert detail["message"].startswith(
        "Failed to create deployment settings. \nValidation status is {Status=Error, Steps={Name=Azure Stack HCI "
        "Connectivity, Description=Check external connectivity requirements, FullStepIndex=0, StartTimeUtc=2026-11-23T"
    )
    assert re.search(r"\{Name=Azure Stack HCI Upgrade, .*FullStepIndex=2, .*Status=Error, Exception=plain words, Steps=\}", detail["message"])  # fmt: skip
    assert detail["message"].endswith("\nDeployment Status is {Status=, Steps=null}")


@pytest.mark.parametrize("key", ["val-connectivity-cut", "val-msi-no-access", "lcm-access-denied", "val-ip-pool"])
def test_known_texts_appear_in_their_own_step(key: str):
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure", text=key),))
    sandbox.run("Validate")
    failing = [name for name, step in flat(sandbox.reported()["validationStatus"]).items() if step["status"] == "Error"]
    assert failing == [TEXTS[key].step]


def test_attempts_are_counted_and_the_second_may_end_differently():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure"), Outcome()))
    states = []
    for _ in range(3):
        sandbox.run("Validate")
        states.append(sandbox.settings()["provisioningState"])
    assert states == ["Failed", "Succeeded", "Succeeded"]


def test_a_silent_device_times_out_after_600_seconds_without_a_step():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("silent"),))
    response = sandbox.put("Validate")
    sandbox.advance(seconds=599)
    assert sandbox.settings()["provisioningState"] == "InProgress"
    sandbox.advance(seconds=1)
    told = sandbox.settings()
    assert (told["provisioningState"], told["reportedProperties"]) == ("Failed", {})
    assert sandbox.operation(response)["error"]["code"] == "OperationTimeout"
    assert sandbox.status() == "ValidationFailed"


def test_a_stuck_validation_stays_in_progress():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("stuck"),))
    response = sandbox.put("Validate")
    sandbox.advance(days=3)
    assert sandbox.settings()["provisioningState"] == "InProgress"
    assert sandbox.operation(response)["status"] == "InProgress"
    assert sandbox.status() == "ValidationInProgress"


def test_a_request_in_the_past_has_gone_its_course_by_now():
    sandbox = Sandbox()
    writer = sandbox.azure.types["microsoft.azurestackhci/clusters/deploymentsettings"]
    writer.put(sandbox.azure, SETTINGS, request(), now=START - timedelta(hours=2), principal=None)
    sandbox.azure.settle()
    assert sandbox.settings()["provisioningState"] == "Succeeded"
    assert (
        flat(sandbox.reported()["validationStatus"])["Azure Stack HCI Connectivity"]["startTimeUtc"]
        < "2026-11-23T06:05"
    )


@pytest.mark.parametrize(
    ("connectivity", "status", "shown"),
    [
        ("Disconnected", "ConnectedRecently", "Disconnected"),
        ("Connected", "Disconnected", "Disconnected"),
        ("NotConnectedRecently", "NotConnectedRecently", "NotConnectedRecently"),
        ("NotYetRegistered", "ConnectedRecently", "NotYetRegistered"),
    ],
)
@pytest.mark.parametrize("mode", ["Validate", "Deploy"])
def test_a_cluster_out_of_reach_is_refused_by_state(connectivity: str, status: str, shown: str, mode: str):
    sandbox = Sandbox()
    sandbox.change(CLUSTER, connectivityStatus=connectivity, status=status)
    response = sandbox.put(mode)
    assert response.status == 409
    expected = f"{mode} Operation is not allowed in Current State [{shown}] for HciCluster {CLUSTER}."
    assert response.json()["error"]["message"] == expected
    assert sandbox.ask("GET", SETTINGS).status == 404


def test_an_unknown_cluster_is_a_missing_parent():
    sandbox = Sandbox()
    for method in ("GET", "PUT", "DELETE"):
        response = sandbox.ask(method, SETTINGS.replace("clu-oslo", "clu-none"), request())
        assert (response.status, response.json()["error"]["code"]) == (404, "ParentResourceNotFound")


def test_settings_that_were_never_put_are_not_found_and_not_listed():
    sandbox = Sandbox()
    response = sandbox.ask("GET", SETTINGS)
    assert (response.status, response.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert "clusters/clu-oslo/deploymentSettings/default" in response.json()["error"]["message"]
    assert sandbox.get(SETTINGS.rpartition("/")[0]) == {"value": []}


def test_settings_are_found_by_any_spelling_and_listed():
    sandbox = Sandbox()
    sandbox.put("Validate")
    assert sandbox.get(SETTINGS.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))["id"] == SETTINGS
    assert [one["id"] for one in sandbox.get(SETTINGS.rpartition("/")[0])["value"]] == [SETTINGS]


@pytest.mark.parametrize("version", ["2024-04-01", "2024-09-01-preview", "2026-05-01-preview", "2026-04-30"])
def test_older_api_versions_do_not_know_the_newer_step_fields(version: str):
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure", step="Test network intents"),))
    sandbox.run("Validate")
    newer = {"error", "percentComplete", "additionalData", "recommendedSteps"}
    full = flat(sandbox.settings()["reportedProperties"]["validationStatus"])
    older = flat(sandbox.settings(version)["reportedProperties"]["validationStatus"])
    assert newer & set(full["Test network intents"]) == newer - {"percentComplete"}
    assert not any(newer & set(step) for step in older.values())
    assert older["Test network intents"]["exception"] == full["Test network intents"]["exception"]
    listed = sandbox.get(SETTINGS.rpartition("/")[0], version)["value"][0]
    assert not any(
        newer & set(one) for one in flat(listed["properties"]["reportedProperties"]["validationStatus"]).values()
    )


def test_versions_before_the_first_preview_do_not_know_the_type():
    response = Sandbox().ask("GET", SETTINGS, version="2022-09-01")
    assert (response.status, response.json()["error"]["code"]) == (400, "NoRegisteredProviderFound")


# --- what the checker finds in the world, even when the scenario says success


def broken_build(sandbox: Sandbox) -> None:
    sandbox.change(machine_id(2), osVersion="10.0.26100.32000")


def store(sandbox: Sandbox, kind: str, name: str, **properties: object) -> None:
    sandbox.azure.store.put(
        {"id": f"{GROUP}/providers/{kind}/{name}", "name": name, "type": kind, "properties": properties}
    )


def lcm(sandbox: Sandbox, **properties: object) -> None:
    sandbox.change(f"{machine_id(1)}/extensions/AzureEdgeLifecycleManager", **properties)


def without_lcm(sandbox: Sandbox) -> None:
    sandbox.azure.store.delete(f"{machine_id(2)}/extensions/AzureEdgeLifecycleManager")


WORLD = {
    "a build below the minimum": (broken_build, "AzStackHci_Upgrade_Windows_OS_Version"),
    "builds that differ": (broken_build, "AzStackHci_Upgrade_Test_Unsupported_OS_Build"),
    "a controller too old": (
        lambda one: lcm(one, typeHandlerVersion="30.2405.0.412"), "AzStackHci_Upgrade_Minimum_LCM_Version"
    ),
    "a failed controller": (
        lambda one: lcm(one, provisioningState="Failed"), "AzStackHci_Upgrade_Minimum_LCM_Version"
    ),
    "no controller": (without_lcm, "AzStackHci_Upgrade_Minimum_LCM_Version"),
    "AKS hybrid": (
        lambda one: store(one, "Microsoft.HybridContainerService/provisionedClusters", "aks-1"),
        "AzStackHci_Upgrade_AksHci",
    ),
    "preview virtual machines": (
        lambda one: store(one, "Microsoft.AzureStackHCI/virtualMachines", "vm-1"), "AzStackHci_Upgrade_Moc"
    ),
    "a preview bridge": (
        lambda one: store(one, "Microsoft.ResourceConnector/appliances", "arb-preview"),
        "AzStackHci_Upgrade_MocServices",
    ),
    "a preview bridge called like the cluster": (
        lambda one: store(one, "Microsoft.ResourceConnector/appliances", "clu-oslo"),
        "AzStackHci_Upgrade_MocServices",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WORLD)
def test_the_checker_finds_in_the_world(what: str):
    prepare, name = WORLD[what]
    sandbox = Sandbox()
    prepare(sandbox)
    sandbox.run("Validate")
    step = flat(sandbox.reported()["validationStatus"])["Azure Stack HCI Upgrade"]
    results = json.loads(step["exception"][0].split("raised an exception: ")[1])["ErrorMessage"]["Results"]
    assert name in {one["Name"] for one in results if one["Status"] == 1}
    assert any(one["Status"] == 0 for one in results)
    assert sandbox.settings()["provisioningState"] == "Failed"


@pytest.mark.parametrize(("build", "controller"), [(BUILD, "30.2604.0.2017"), ("25398.1904", "30.2408.0.1")])
def test_a_cluster_at_the_limits_of_either_family_passes(build: str, controller: str):
    sandbox = Sandbox(build=build)
    lcm(sandbox, typeHandlerVersion=controller)
    sandbox.run("Validate")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


def test_the_bridge_of_another_clusters_upgrade_in_the_group_is_no_preview():
    sandbox = Sandbox()
    store(sandbox, "Microsoft.ResourceConnector/appliances", "CLU-OSLO-arcbridge", status="Running")
    sandbox.run("Validate")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


def test_workloads_of_another_group_do_not_count():
    sandbox = Sandbox()
    kind = "Microsoft.AzureStackHCI/virtualMachines"
    sandbox.azure.store.put({"id": f"{GROUP}-2/providers/{kind}/vm", "name": "vm", "type": kind, "properties": {}})
    sandbox.run("Validate")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("10.20.0.40", "10.20.0.44", "AzStackHci_Network_Test_Management_IP_Range_Size"),
        ("10.20.1.40", "10.20.1.49", "AzStackHci_Network_Test_IP_Pools_Subnet_No_Duplicates"),
    ],
)
def test_the_checker_looks_at_the_address_pool(start: str, end: str, name: str):
    sandbox, body = Sandbox(), request()
    data_of(body)["infrastructureNetwork"][0]["ipPools"] = [{"startingAddress": start, "endingAddress": end}]
    sandbox.run("Validate", body)
    step = flat(sandbox.reported()["validationStatus"])["Azure Stack HCI Network"]
    assert step["status"] == "Error"
    assert name in step["exception"][0]


def test_a_machine_that_is_not_connected_fails_the_arc_step():
    sandbox = Sandbox()
    sandbox.change(machine_id(2), status="Disconnected")
    sandbox.run("Validate")
    step = flat(sandbox.reported()["validationStatus"])["Azure Stack HCI Arc Integration"]
    assert (step["status"], step["error"]["target"]) == ("Error", "oslo-n2")


def test_a_cluster_that_is_a_solution_already_cannot_be_validated():
    sandbox = Sandbox()
    sandbox.run("Validate")
    sandbox.run("Deploy")
    sandbox.run("Validate")
    step = flat(sandbox.reported()["validationStatus"])["Azure Stack HCI Upgrade"]
    assert "AzStackHci_Upgrade_AlreadyDeployedEnvironment" in step["exception"][0]
    assert sandbox.settings()["provisioningState"] == "Failed"
