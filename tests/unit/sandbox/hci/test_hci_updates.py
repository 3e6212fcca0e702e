"""Updates after the upgrade."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hci_world import CLUSTER, Sandbox, machine_id

UPDATE = f"{CLUSTER}/updates/Solution12.2511.1002.502"
SUMMARY = f"{CLUSTER}/updateSummaries/default"


@pytest.fixture
def solution() -> Sandbox:
    sandbox = Sandbox()
    sandbox.run("Validate")
    sandbox.run("Deploy")
    return sandbox


def told(sandbox: Sandbox, path: str) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.get(path)["properties"]
    return found


def test_summary_and_update_are_got_and_listed(solution: Sandbox):
    assert solution.get(SUMMARY)["type"] == "Microsoft.AzureStackHCI/updateSummaries"
    assert solution.get(f"{CLUSTER}/updateSummaries")["value"] == [solution.get(SUMMARY)]
    assert solution.get(f"{CLUSTER}/updates")["value"] == [solution.get(UPDATE)]
    assert told(solution, UPDATE)["state"] == "Ready"
    assert solution.get(f"{UPDATE}/updateRuns") == {"value": []}
    for path in (f"{UPDATE}-none", f"{UPDATE}/updateRuns/none", f"{CLUSTER}/updateSummaries/other"):
        assert solution.ask("GET", path).status == 404


def test_the_index_knows_the_summary_by_its_whole_type(solution: Sandbox):
    assert (solution.azure.store.get(SUMMARY) or {})["type"] == "Microsoft.AzureStackHCI/clusters/updateSummaries"


def test_apply_begins_a_run_of_hours_that_ends_well(solution: Sandbox):
    response = solution.ask("POST", f"{UPDATE}/apply")
    assert response.status == 202
    assert {"location", "azure-asyncoperation", "retry-after"} <= set(response.headers)
    run = solution.get(f"{UPDATE}/updateRuns")["value"][0]
    assert run["name"] == f"Solution12.2511.1002.502/{run['id'].rsplit('/', 1)[-1]}"
    assert run["properties"]["state"] == "InProgress"
    assert run["properties"]["timeStarted"].endswith("+00:00")
    assert (told(solution, SUMMARY)["state"], told(solution, UPDATE)["state"]) == ("UpdateInProgress", "Installing")
    began = solution.azure.clock.now()
    moments = solution.moments()
    assert timedelta(hours=3) < moments[4] - began < timedelta(hours=5)
    ended = told(solution, run["id"])
    assert (ended["state"], ended["progress"]["status"]) == ("Succeeded", "Success")
    assert {step["status"] for step in ended["progress"]["steps"]} == {"Success"}
    assert solution.operation(response)["status"] == "Succeeded"
    assert solution.ask("GET", urlsplit(response.headers["location"]).path).json()["name"] == "Solution12.2511.1002.502"
    summary = told(solution, SUMMARY)
    assert (summary["currentVersion"], summary["state"]) == ("12.2511.1002.502", "AppliedSuccessfully")
    assert {one["packageType"]: one["version"] for one in summary["packageVersions"]}["SBE"] == "2.1.0.0"
    assert told(solution, UPDATE)["state"] == "Installed"
    assert told(solution, CLUSTER)["reportedProperties"]["nodes"][0]["osVersion"] == "10.0.26100.7171"


def test_a_run_shows_nested_progress_on_the_way(solution: Sandbox):
    solution.ask("POST", f"{UPDATE}/apply")
    solution.advance(hours=1, minutes=30)
    run = solution.get(f"{UPDATE}/updateRuns")["value"][0]["properties"]
    assert [step["status"] for step in run["progress"]["steps"]] == ["Success", "Success", "InProgress", "NotStarted"]
    assert told(solution, UPDATE)["updateStateProperties"]["progressPercentage"] == 50.0


def test_a_second_update_at_once_is_a_conflict_and_an_installed_one_is_not_ready(solution: Sandbox):
    solution.ask("POST", f"{UPDATE}/apply")
    second = solution.ask("POST", f"{UPDATE}/apply")
    assert (second.status, second.json()["error"]["code"]) == (409, "AnotherOperationInProgress")
    solution.advance(hours=6)
    third = solution.ask("POST", f"{UPDATE}/apply")
    assert (third.status, third.json()["error"]["code"]) == (409, "UpdateNotReady")


@pytest.mark.parametrize(("action", "stamped"), [("checkUpdates", "lastChecked"), ("checkHealth", "healthCheckDate")])
def test_a_check_is_a_202_and_stamps_the_summary(solution: Sandbox, action: str, stamped: str):
    before = told(solution, SUMMARY)
    response = solution.ask("POST", f"{SUMMARY}/{action}", {"updateName": "x"} if action == "checkUpdates" else None)
    location = urlsplit(response.headers["location"]).path
    assert (response.status, solution.ask("GET", location).status) == (202, 202)
    solution.advance(minutes=1)
    after = told(solution, SUMMARY)
    assert solution.ask("GET", location).status == 200
    assert after[stamped] > before[stamped]
    assert after["healthState"] == "Success"


def test_checks_exist_since_2026_04_30_only(solution: Sandbox):
    response = solution.ask("POST", f"{SUMMARY}/checkUpdates", version="2026-02-01")
    assert (response.status, response.json()["error"]["code"]) == (400, "NoRegisteredProviderFound")


def test_a_check_or_an_update_before_the_upgrade_finds_nothing():
    sandbox = Sandbox()
    for path in (f"{SUMMARY}/checkUpdates", f"{SUMMARY}/checkHealth", f"{UPDATE}/apply"):
        assert sandbox.ask("POST", path).status == 404
    assert sandbox.ask("GET", f"{CLUSTER}-none/updates").json()["error"]["code"] == "ParentResourceNotFound"
    assert sandbox.azure.store.get(machine_id(1)) is not None
