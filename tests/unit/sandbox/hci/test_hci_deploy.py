"""The solution upgrade as a client sees it, and what it leaves behind."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hci_world import CLUSTER, GROUP, SETTINGS, START, Sandbox, extension, flat, machine_id, request

from azlocal.sandbox.journey import Behaviour, Outcome
from azlocal.sandbox.journey_world import next_release

ARB = f"{GROUP}/providers/Microsoft.ResourceConnector/appliances/clu-oslo-arcbridge"
LOCATION = f"{GROUP}/providers/Microsoft.ExtendedLocation/customLocations/oslo-location"


def validated(**options: object) -> Sandbox:
    sandbox = Sandbox(**options)  # type: ignore[arg-type]
    sandbox.run("Validate")
    return sandbox


def failed(*, then: Outcome | None = None, step: str = "Deploy appliance") -> Sandbox:
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("failure", step), then or Outcome()))
    sandbox.run("Deploy")
    return sandbox


def test_an_upgrade_takes_hours_and_its_checker_runs_first():
    sandbox = validated()
    began = sandbox.azure.clock.now()
    assert sandbox.put("Deploy").status == 200
    sandbox.advance(minutes=3)
    assert sandbox.settings()["provisioningState"] == "InProgress"
    assert set(sandbox.reported()) == {"validationStatus"}
    assert sandbox.status() == "DeploymentInProgress"
    moments = sandbox.moments()
    assert timedelta(hours=2.5) < moments[-1] - began < timedelta(hours=3)


def test_success_is_told_by_every_step_the_state_the_operation_and_the_cluster():
    sandbox = validated()
    response = sandbox.run("Deploy")
    told = sandbox.settings()
    steps = flat(told["reportedProperties"]["deploymentStatus"])
    assert {step["status"] for step in steps.values()} == {"Success", "Skipped"}
    assert told["reportedProperties"]["deploymentStatus"]["status"] == "Success"
    assert (told["provisioningState"], sandbox.status()) == ("Succeeded", "DeploymentSuccess")
    assert sandbox.operation(response)["status"] == "Succeeded"


def test_the_steps_are_done_some_seconds_before_the_state_is_terminal():
    sandbox = validated()
    sandbox.put("Deploy")
    seen = []
    while (moment := sandbox.azure.agenda.next_moment()) is not None:
        sandbox.azure.advance(moment - sandbox.azure.clock.now())
        told = sandbox.settings()
        seen.append((told["provisioningState"], told["reportedProperties"].get("deploymentStatus", {}).get("status")))
    assert seen[-2:] == [("InProgress", "Success"), ("Succeeded", "Success")]


def test_after_success_bridge_location_extensions_summary_and_one_update_are_there():
    sandbox = validated()
    sandbox.run("Deploy")
    store = sandbox.azure.store
    bridge, location = store.get(ARB), store.get(LOCATION)
    assert bridge is not None
    assert (bridge["properties"]["status"], bridge["location"]) == ("Running", "West Europe")
    assert location is not None
    assert location["properties"]["hostResourceId"] == ARB
    assert location["properties"]["provisioningState"] == "Succeeded"
    for place in (1, 2):
        kept = [
            one["name"] for one in store.of_type("microsoft.hybridcompute/machines/extensions", under=machine_id(place))
        ]
        assert len(kept) == 4
        assert "AzureEdgeLifecycleManager" in kept
    summary = sandbox.get(f"{CLUSTER}/updateSummaries/default")["properties"]
    assert (summary["currentVersion"], summary["state"]) == ("12.2510.1002.531", "UpdateAvailable")
    assert [one["name"] for one in sandbox.get(f"{CLUSTER}/updates")["value"]] == ["Solution12.2511.1002.502"]


def test_extensions_that_a_server_has_stay_as_they_are():
    sandbox = validated()
    own = {**extension(1, "1.0.0.0"), "id": f"{machine_id(1)}/extensions/AzureEdgeRemoteSupport"}
    sandbox.azure.store.put(own)
    sandbox.run("Deploy")
    assert sandbox.azure.store.get(own["id"]) is own


def test_the_world_changes_within_the_last_steps_and_not_before():
    sandbox = validated()
    sandbox.put("Deploy")
    first: dict[str, object] = {}
    while (moment := sandbox.azure.agenda.next_moment()) is not None:
        sandbox.azure.advance(moment - sandbox.azure.clock.now())
        for name in (ARB, LOCATION, f"{CLUSTER}/updateSummaries/default"):
            if name not in first and sandbox.azure.store.get(name) is not None:
                first[name] = sandbox.azure.clock.now()
    ended = sandbox.azure.clock.now()
    assert all(ended - moment < timedelta(minutes=30) for moment in first.values())  # type: ignore[operator]
    assert list(first) == [ARB, LOCATION, f"{CLUSTER}/updateSummaries/default"]


@pytest.mark.parametrize(
    ("build", "told", "version"),
    [
        ("26100.32814", "", "12.2510.1002.531"),
        ("25398.1904", "", "10.2510.1002.93"),
        ("25398.1904", "10.2507.0.6", "10.2507.0.6"),
    ],
)
def test_the_version_after_the_upgrade_is_by_os_family_unless_the_scenario_says(build: str, told: str, version: str):
    sandbox = Sandbox(build=build)
    sandbox.azure.behaviours[CLUSTER.lower()] = Behaviour(solution_version=told)
    sandbox.run("Validate")
    sandbox.run("Deploy")
    assert sandbox.get(f"{CLUSTER}/updateSummaries/default")["properties"]["currentVersion"] == version


@pytest.mark.parametrize(
    ("version", "following"),
    [
        ("10.2510.1002.93", "12.2510.1002.531"),
        ("11.2510.1002.87", "12.2510.1002.531"),
        ("10.2507.0.6", "12.2510.1002.531"),
        ("12.2510.1002.531", "12.2511.1002.502"),
        ("12.2606.1003.205", ""),
    ],
)
def test_the_next_release_is_the_one_microsoft_names(version: str, following: str):
    assert next_release(version) == following


def test_without_a_name_the_custom_location_gets_the_portals_default():
    sandbox, body = validated(), request()
    del body["properties"]["deploymentConfiguration"]["scaleUnits"][0]["deploymentData"]["optionalServices"]
    sandbox.run("Deploy", body)
    assert sandbox.azure.store.get(LOCATION.replace("oslo-location", "clu-oslo-cl")) is not None


def test_a_failed_upgrade_tells_step_exception_error_and_what_to_do():
    sandbox = failed(step="Create infrastructure volume")
    told = sandbox.settings()
    steps = flat(told["reportedProperties"]["deploymentStatus"])
    assert steps["Create infrastructure volume"]["status"] == "Error"
    assert steps["Create infrastructure volume"]["error"]["code"] == "DeploymentStepFailed"
    assert steps["Create infrastructure volume"]["exception"][0].startswith(
        "Type 'SetTrustedHosts' of Role 'BareMetal'"
    )
    assert "status" not in steps["Register with Azure"]
    assert (told["provisioningState"], sandbox.status()) == ("Failed", "DeploymentFailed")


def test_the_operation_of_a_failed_upgrade_carries_both_statuses_flattened():
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("failure"),))
    error = sandbox.operation(sandbox.run("Deploy"))["error"]
    assert error["message"] == "Deployment Settings deployment failed."
    assert "\nDeployment Status is {Status=Error, Steps={Name=Deploy Azure Stack HCI," in error["details"][0]["message"]


def test_an_upgrade_that_fails_late_leaves_a_bridge_and_no_summary():
    sandbox = failed(step="Register with Azure")
    assert sandbox.azure.store.get(ARB) is not None
    assert sandbox.azure.store.get(f"{CLUSTER}/updateSummaries/default") is None


def test_a_failed_upgrade_may_be_validated_again_in_spite_of_the_bridge_it_left():
    sandbox = failed(step="Register with Azure")
    sandbox.run("Validate")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


def test_a_refused_upgrade_shows_the_checkers_error_and_no_deployment_status():
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("refused"),))
    response = sandbox.run("Deploy")
    told = sandbox.settings()
    assert set(told["reportedProperties"]) == {"validationStatus"}
    assert told["reportedProperties"]["validationStatus"]["status"] == "Error"
    assert (told["provisioningState"], sandbox.status()) == ("Failed", "DeploymentFailed")
    assert sandbox.operation(response)["error"]["message"] == "Deployment Settings validation failed."
    assert sandbox.azure.clock.now() - START < timedelta(days=1)


def test_the_checker_before_the_upgrade_looks_at_the_world_too():
    sandbox = validated()
    sandbox.change(machine_id(1), osVersion="10.0.26100.100")
    sandbox.run("Deploy")
    assert "deploymentStatus" not in sandbox.reported()
    assert "AzStackHci_Upgrade_Windows_OS_Version" in json.dumps(sandbox.reported()["validationStatus"])


def test_a_stuck_upgrade_shows_a_running_step_for_ever():
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("stuck"),))
    sandbox.put("Deploy")
    sandbox.advance(days=2)
    steps = flat(sandbox.reported()["deploymentStatus"])
    assert (steps["Deploy appliance"]["status"], steps["Deploy appliance"]["endTimeUtc"]) == ("InProgress", "")
    assert sandbox.settings()["provisioningState"] == "InProgress"
    assert sandbox.azure.agenda.next_moment() is None


def test_a_silent_device_times_an_upgrade_out():
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("silent"),))
    response = sandbox.run("Deploy")
    assert sandbox.operation(response)["error"]["code"] == "OperationTimeout"
    assert "deploymentStatus" not in sandbox.reported()
    assert sandbox.status() == "DeploymentFailed"


def test_a_resume_keeps_the_times_of_what_was_done_and_ends_well():
    sandbox = failed()
    before = flat(sandbox.reported()["deploymentStatus"])
    sandbox.put("Deploy")
    assert sandbox.reported()["deploymentStatus"]["status"] == "Error"
    sandbox.advance(minutes=1)
    assert sandbox.reported()["deploymentStatus"]["status"] == "InProgress"
    sandbox.advance(hours=3)
    after = flat(sandbox.reported()["deploymentStatus"])
    kept = [name for name, step in before.items() if step.get("status") == "Success"]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert sandbox.settings()["provisioningState"] == "Succeeded"
    assert sandbox.azure.store.get(LOCATION) is not None


def test_a_resume_may_fail_again_and_be_resumed_again():
    sandbox = validated()
    sandbox.behave(
        upgrades=(Outcome("failure", "Set trusted hosts"), Outcome("failure", "Register with Azure"), Outcome())
    )
    states = []
    for _ in range(3):
        sandbox.run("Deploy")
        states.append(sandbox.settings()["provisioningState"])
    assert states == ["Failed", "Failed", "Succeeded"]


def test_a_resumed_attempt_that_is_refused_is_asked_by_the_checker():
    sandbox = failed(then=Outcome("refused"))
    sandbox.run("Deploy")
    assert "deploymentStatus" not in sandbox.reported()
    sandbox.behave(upgrades=(Outcome(),))
    sandbox.run("Deploy")
    assert sandbox.settings()["provisioningState"] == "Succeeded"
    assert sandbox.azure.store.get(ARB) is not None


def test_a_failed_upgrade_is_resumed_even_after_another_validation():
    sandbox = failed()
    done = flat(sandbox.reported()["deploymentStatus"])["Create infrastructure volume"]
    sandbox.run("Validate")
    assert "deploymentStatus" not in sandbox.reported()
    sandbox.run("Deploy")
    assert flat(sandbox.reported()["deploymentStatus"])["Create infrastructure volume"] == done


def test_settings_that_a_world_began_with_are_resumed_as_well():
    first = failed()
    document = first.azure.store.get(SETTINGS)
    second = Sandbox()
    second.azure.store.put(dict(document or {}))
    second.run("Deploy")
    before, after = (flat(one.reported()["deploymentStatus"]) for one in (first, second))
    assert after["Deploy orchestrator services"] == before["Deploy orchestrator services"]
    assert second.settings()["provisioningState"] == "Succeeded"


def test_two_clusters_run_side_by_side():
    sandbox = Sandbox()
    other = {**(sandbox.azure.store.get(CLUSTER) or {}), "id": f"{CLUSTER}-b", "name": "clu-oslo-b"}
    sandbox.azure.store.put(other)
    responses = [sandbox.ask("PUT", one, request()) for one in (SETTINGS, SETTINGS.replace("clu-oslo", "clu-oslo-b"))]
    sandbox.advance(hours=1)
    assert [response.status for response in responses] == [201, 201]
    assert [sandbox.operation(response)["status"] for response in responses] == ["Succeeded"] * 2


def test_delete_takes_some_seconds_and_a_second_one_finds_nothing():
    sandbox = validated()
    response = sandbox.ask("DELETE", SETTINGS)
    path = response.headers["location"].removeprefix("https://arm.test")
    assert response.status == 202
    assert sandbox.settings()["provisioningState"] == "Deleting"
    assert sandbox.ask("GET", path).status == 202
    sandbox.advance(minutes=1)
    assert sandbox.ask("GET", path).status == 204
    assert sandbox.ask("GET", SETTINGS).status == 404
    assert sandbox.ask("DELETE", SETTINGS).status == 204


def test_deleting_what_runs_gives_it_up():
    sandbox = validated()
    put = sandbox.put("Deploy")
    sandbox.advance(minutes=30)
    sandbox.ask("DELETE", SETTINGS)
    assert sandbox.put("Deploy").status == 409
    sandbox.advance(hours=4)
    assert sandbox.operation(put)["status"] == "Canceled"
    assert sandbox.ask("GET", SETTINGS).status == 404
    assert sandbox.status() == "DeploymentFailed"
    assert sandbox.azure.store.get(ARB) is None


def test_deleted_settings_are_new_again_and_the_attempts_go_on_counting():
    sandbox = Sandbox()
    sandbox.behave(validations=(Outcome("failure"), Outcome()))
    sandbox.run("Validate")
    sandbox.ask("DELETE", SETTINGS)
    sandbox.advance(minutes=1)
    assert sandbox.put("Validate").status == 201
    sandbox.advance(hours=1)
    assert sandbox.settings()["provisioningState"] == "Succeeded"


def test_a_foreign_kind_of_operation_is_taken_and_echoed():
    sandbox, body = Sandbox(), request()
    body["properties"]["operationType"] = "ClusterProvisioning"
    assert sandbox.put("Validate", body).status == 201
    assert sandbox.settings()["operationType"] == "ClusterProvisioning"


def test_a_lock_forbids_writing_or_deleting():
    sandbox = validated()
    lock = {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "name": "keep"}
    for level, method in (("ReadOnly", "PUT"), ("CanNotDelete", "DELETE")):
        sandbox.azure.store.put({**lock, "type": "Microsoft.Authorization/locks", "properties": {"level": level}})
        response = sandbox.ask(method, SETTINGS, request())
        assert (response.status, response.json()["error"]["code"]) == (409, "ScopeLocked")
