"""Every unconfirmed behaviour of deploymentSettings, in each of its settings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hci_world import CLUSTER, SETTINGS, Sandbox, data_of, flat, request

from azlocal.sandbox.journey import Outcome
from azlocal.sandbox.world import SWITCHES


def validated() -> Sandbox:
    sandbox = Sandbox()
    sandbox.run("Validate")
    return sandbox


def failed() -> Sandbox:
    sandbox = validated()
    sandbox.behave(upgrades=(Outcome("failure", "Deploy appliance"), Outcome()))
    sandbox.run("Deploy")
    return sandbox


@pytest.mark.parametrize("mode", ["Validate", "Deploy"])
def test_a_second_put_of_a_running_operation_is_a_conflict(mode: str):
    sandbox = validated()
    first = sandbox.put("Deploy")
    sandbox.advance(minutes=20)
    before = sandbox.settings()
    response = sandbox.put(mode)
    assert (response.status, response.json()["error"]["code"]) == (409, "AnotherOperationInProgress")
    assert sandbox.settings() == before
    sandbox.advance(hours=4)
    assert sandbox.operation(first)["status"] == "Succeeded"


def test_or_it_overwrites_what_runs_and_the_first_operation_is_canceled():
    sandbox = validated()
    sandbox.switch("second-put-while-running", "overwrite")
    first = sandbox.put("Deploy")
    sandbox.advance(minutes=20)
    second = sandbox.put("Validate")
    assert second.status == 200
    assert sandbox.settings()["deploymentMode"] == "Validate"
    assert sandbox.operation(first)["status"] == "Canceled"
    sandbox.advance(hours=4)
    assert sandbox.operation(second)["status"] == "Succeeded"
    assert sandbox.status() == "ValidationSuccess"


def test_what_is_being_deleted_is_never_overwritten():
    sandbox = validated()
    sandbox.switch("second-put-while-running", "overwrite")
    sandbox.ask("DELETE", SETTINGS)
    assert sandbox.put("Validate").status == 409
    sandbox.advance(minutes=1)
    assert sandbox.put("Validate").status == 201


def test_settings_that_a_world_shows_as_running_are_a_conflict_too():
    sandbox = validated()
    sandbox.change(SETTINGS, provisioningState="InProgress")
    assert sandbox.put("Deploy").status == 409


def test_a_repeated_deploy_resumes():
    sandbox = failed()
    before = flat(sandbox.reported()["deploymentStatus"])["Deploy orchestrator services"]
    began = sandbox.azure.clock.now()
    sandbox.put("Deploy")
    assert sandbox.moments()[-1] - began < timedelta(hours=1.5)
    assert flat(sandbox.reported()["deploymentStatus"])["Deploy orchestrator services"] == before


def test_or_restarts_from_the_beginning():
    sandbox = failed()
    sandbox.switch("repeated-deploy", "restart")
    before = flat(sandbox.reported()["deploymentStatus"])["Deploy orchestrator services"]
    began = sandbox.azure.clock.now()
    sandbox.put("Deploy")
    assert "deploymentStatus" not in sandbox.reported()
    assert sandbox.moments()[-1] - began > timedelta(hours=2.5)
    after = flat(sandbox.reported()["deploymentStatus"])["Deploy orchestrator services"]
    assert (after["status"], before["startTimeUtc"] < after["startTimeUtc"]) == ("Success", True)


def test_or_has_no_effect_at_all():
    sandbox = failed()
    sandbox.switch("repeated-deploy", "no-op")
    before, effects = sandbox.settings(), sandbox.azure.effects
    response = sandbox.put("Deploy")
    assert (response.status, sandbox.azure.effects) == (200, effects)
    assert sandbox.operation(response)["status"] == "InProgress"
    sandbox.advance(hours=4)
    assert sandbox.operation(response)["status"] == "Succeeded"
    assert sandbox.settings() == before
    assert sandbox.status() == "DeploymentFailed"


def test_or_is_refused_by_state():
    sandbox = failed()
    sandbox.switch("repeated-deploy", "refuse")
    response = sandbox.put("Deploy")
    assert response.status == 409
    assert (
        "Deploy Operation is not allowed in Current State [DeploymentFailed] for HciCluster"
        in (response.json()["error"]["message"])
    )


@pytest.mark.parametrize("setting", ["no-op", "refuse", "restart"])
def test_a_first_deploy_does_not_care_what_a_repeated_one_does(setting: str):
    sandbox = validated()
    sandbox.switch("repeated-deploy", setting)
    sandbox.run("Deploy")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


def test_a_deploy_without_validation_is_accepted():
    sandbox = Sandbox()
    assert sandbox.run("Deploy").status == 201
    assert sandbox.settings()["provisioningState"] == "Succeeded"


@pytest.mark.parametrize("before", ["nothing", "a failed validation"])
def test_or_it_is_refused(before: str):
    sandbox = Sandbox()
    sandbox.switch("deploy-without-validate", "refuse")
    sandbox.behave(validations=(Outcome("failure"), Outcome()))
    if before != "nothing":
        sandbox.run("Validate")
    assert sandbox.put("Deploy").status == 409
    sandbox.run("Validate")
    sandbox.run("Validate")
    assert sandbox.put("Deploy").status == 200


ECHOES = {
    "complete": lambda data: data,
    "without-secrets": lambda data: {name: value for name, value in data.items() if name != "secrets"},
    "without-optional": lambda data: {
        name: value for name, value in data.items() if name not in {"optionalServices", "observability", "adouPath"}
    },
}


@pytest.mark.parametrize("setting", SWITCHES["echo"])
def test_the_echo_is_complete_or_lacks_a_part(setting: str):
    sandbox = Sandbox()
    sandbox.switch("echo", setting)
    answered = sandbox.run("Validate").json()
    expected = request()
    units = expected["properties"]["deploymentConfiguration"]["scaleUnits"]
    units[0]["deploymentData"] = ECHOES[setting](data_of(expected))
    for document in (answered, sandbox.get(SETTINGS)):
        configuration = document["properties"]["deploymentConfiguration"]
        assert configuration == expected["properties"]["deploymentConfiguration"]
    sandbox.run("Deploy")
    assert any(
        one["name"] == "oslo-location"
        for one in sandbox.azure.store.of_type("Microsoft.ExtendedLocation/customLocations")
    )


@pytest.mark.parametrize(("setting", "kept"), [("kept", True), ("dropped", False)])
def test_the_validation_status_survives_deploy_or_does_not(setting: str, kept: bool):
    sandbox = validated()
    sandbox.switch("validation-status-after-deploy", setting)
    before = sandbox.reported()["validationStatus"]
    sandbox.put("Deploy")
    for minutes in (0, 5, 60, 300):
        sandbox.advance(minutes=minutes)
        assert ("validationStatus" in sandbox.reported()) is kept
        assert sandbox.reported().get("validationStatus", before) == before


@pytest.mark.parametrize(("setting", "status"), [("accept", 200), ("refuse", 409)])
def test_a_second_validation_in_place_is_accepted_or_refused(setting: str, status: int):
    sandbox = validated()
    sandbox.switch("validate-in-place", setting)
    assert sandbox.put("Validate").status == status
    if setting == "refuse":
        sandbox.ask("DELETE", SETTINGS)
        sandbox.advance(minutes=1)
        assert sandbox.put("Validate").status == 201


def test_a_validation_without_edge_devices_fails_before_the_cluster_reports():
    sandbox = Sandbox(devices=False)
    response = sandbox.put("Validate")
    assert response.status == 201
    sandbox.advance(minutes=2)
    told, operation = sandbox.settings(), sandbox.operation(response)
    assert (told["provisioningState"], told["reportedProperties"]) == ("Failed", {})
    assert operation["error"]["details"][0]["code"] == "EdgeDeviceNotFound"
    assert "oslo-n1" in operation["error"]["details"][0]["message"]


def test_or_passes_without_them():
    sandbox = Sandbox(devices=False)
    sandbox.switch("validate-without-edge-device", "accept")
    sandbox.run("Validate")
    assert sandbox.settings()["provisioningState"] == "Succeeded"


@pytest.mark.parametrize("setting", ["Failed", "Succeeded"])
def test_the_provisioning_state_after_a_failed_deploy_is_no_verdict(setting: str):
    sandbox = validated()
    sandbox.switch("provisioning-state-after-failed-deploy", setting)
    sandbox.behave(upgrades=(Outcome("failure"),))
    response = sandbox.run("Deploy")
    assert sandbox.settings()["provisioningState"] == setting
    assert sandbox.reported()["deploymentStatus"]["status"] == "Error"
    assert sandbox.operation(response)["status"] == setting
    assert ("error" in sandbox.operation(response)) is (setting == "Failed")
    assert sandbox.status() == "DeploymentFailed"


def test_that_setting_says_nothing_of_failed_validations_and_refused_deploys():
    sandbox = Sandbox()
    sandbox.switch("provisioning-state-after-failed-deploy", "Succeeded")
    sandbox.behave(validations=(Outcome("failure"),), upgrades=(Outcome("refused"), Outcome("silent")))
    for mode in ("Validate", "Deploy", "Deploy"):
        sandbox.run(mode)
        assert sandbox.settings()["provisioningState"] == "Failed"


@pytest.mark.parametrize(
    ("setting", "later"), [("DeploymentSuccess", "DeploymentSuccess"), ("ConnectedRecently", "ConnectedRecently")]
)
def test_the_clusters_status_after_the_upgrade_stays_or_goes_back(setting: str, later: str):
    sandbox = validated()
    sandbox.switch("status-after-upgrade", setting)
    sandbox.put("Deploy")
    while sandbox.status() != "DeploymentSuccess":
        sandbox.advance(minutes=1)
    sandbox.advance(hours=1)
    assert sandbox.status() == later


def test_it_does_not_go_back_over_what_was_begun_meanwhile():
    sandbox = validated()
    sandbox.switch("status-after-upgrade", "ConnectedRecently")
    sandbox.put("Deploy")
    while sandbox.status() != "DeploymentSuccess":
        sandbox.advance(minutes=1)
    sandbox.put("Validate")
    sandbox.advance(minutes=11)
    assert sandbox.status() == "ValidationInProgress"


def test_a_read_follows_a_write_at_once():
    sandbox = Sandbox()
    sandbox.put("Validate")
    assert sandbox.settings()["provisioningState"] == "Accepted"


def test_or_shows_the_state_of_before_for_some_seconds():
    sandbox = Sandbox()
    sandbox.switch("read-after-write", "delayed")
    assert sandbox.put("Validate").json()["properties"]["provisioningState"] == "Accepted"
    assert sandbox.ask("GET", SETTINGS).status == 404
    assert sandbox.get(SETTINGS.rpartition("/")[0]) == {"value": []}
    sandbox.advance(seconds=30)
    assert sandbox.settings()["deploymentMode"] == "Validate"
    sandbox.advance(hours=1)
    sandbox.put("Deploy")
    assert sandbox.settings()["deploymentMode"] == "Validate"
    assert sandbox.get(SETTINGS.rpartition("/")[0])["value"][0]["properties"]["provisioningState"] == "Succeeded"
    assert sandbox.put("Deploy").status == 409
    sandbox.advance(seconds=30)
    assert sandbox.settings()["deploymentMode"] == "Deploy"


def test_before_the_upgrade_there_is_no_update_summary():
    sandbox = Sandbox()
    for path in ("updateSummaries/default", "updateSummaries", "updates", "updates/Solution12", "updates/x/updateRuns"):
        response = sandbox.ask("GET", f"{CLUSTER}/{path}")
        assert (response.status, response.json()["error"]["code"]) == (404, "ResourceNotFound")


def test_or_there_is_a_stub_without_version():
    sandbox = Sandbox()
    sandbox.switch("update-summary-before-upgrade", "stub")
    told = sandbox.get(f"{CLUSTER}/updateSummaries/default")["properties"]
    assert (told["currentVersion"], told["packageVersions"], told["state"]) == ("", [], "Unknown")
    assert len(sandbox.get(f"{CLUSTER}/updateSummaries")["value"]) == 1
    sandbox.run("Validate")
    sandbox.run("Deploy")
    assert sandbox.get(f"{CLUSTER}/updateSummaries/default")["properties"]["currentVersion"] == "12.2510.1002.531"
