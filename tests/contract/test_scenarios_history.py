"""What a scenario says of the past has happened when the world is first looked at, and goes on from there."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.front import Front
from azlocal.sandbox.run import world
from azlocal.sandbox.scenarios.model import ScenarioError
from azlocal.sandbox.wire import Request

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


def ask(front: Front, method: str, path: str, body: Any = None, version: str = "2026-10-01") -> Any:
    token = identity.token(front.azure, identity.IDENTITY_CLIENT, "https://management.azure.com")
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "host": "127.0.0.1"}
    answer = front.handle(Request(method, path, {"api-version": version}, headers, content))
    assert answer.status == 200, answer.body
    return answer.json()


def clusters(front: Front) -> dict[str, str]:
    return {one["name"]: one["id"] for one in front.azure.store.of_type("microsoft.azurestackhci/clusters")}


def words(front: Front, name: str) -> tuple[str, str, str, str]:
    told = ask(front, "GET", f"{clusters(front)[name]}/deploymentSettings/default")["properties"]
    reported = told["reportedProperties"]
    return (
        told["deploymentMode"], told["provisioningState"],
        reported.get("validationStatus", {}).get("status", ""), reported.get("deploymentStatus", {}).get("status", ""),
    )  # fmt: skip


def test_operations_of_the_past_are_where_they_should_be_by_now():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    assert words(front, "clu-boston-01") == ("Validate", "Succeeded", "Success", "")
    assert words(front, "clu-turin-01") == ("Validate", "InProgress", "InProgress", "")
    assert words(front, "clu-geneva-01") == ("Deploy", "InProgress", "Success", "InProgress")
    assert words(front, "clu-austin-01") == ("Deploy", "Failed", "Success", "Error")


def test_operations_of_the_past_go_on():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    front.azure.advance(timedelta(hours=3))
    assert words(front, "clu-turin-01") == ("Validate", "Succeeded", "Success", "")
    assert words(front, "clu-geneva-01") == ("Deploy", "Succeeded", "Success", "Success")
    summary = ask(front, "GET", f"{clusters(front)['clu-geneva-01']}/updateSummaries/default")
    assert summary["properties"]["currentVersion"].startswith("12.")


def test_what_was_requested_in_the_past_is_no_request_of_a_client():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    assert front.journal.after() == []


def test_a_cluster_reported_when_its_scenario_says_whatever_ran_on_it_before():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    for name in ("clu-geneva-01", "clu-austin-01", "clu-bergen-01"):
        assert (
            ask(front, "GET", clusters(front)[name])["properties"]["lastSyncTimestamp"]
            == "2026-11-24T11:35:00.0000000Z"
        )
    assert ask(front, "GET", clusters(front)["clu-halifax-01"])["properties"]["lastSyncTimestamp"].startswith(
        "2026-11-22T10:"
    )


def test_resource_graph_knows_the_whole_world_from_the_first_query_on():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    query = (
        "resources | where type =~ 'microsoft.azurestackhci/clusters' "
        "| project id, status = tostring(properties.status) | order by id asc"
    )
    body = {"query": query, "options": {"resultFormat": "objectArray"}}
    told = ask(front, "POST", "/providers/Microsoft.ResourceGraph/resources", body, "2024-04-01")["data"]
    assert {one["id"].lower() for one in told} == {one.lower() for one in clusters(front).values()}
    statuses = {one["id"].rsplit("/", 1)[-1]: one["status"] for one in told}
    assert statuses["clu-geneva-01"] == "DeploymentInProgress"
    assert statuses["clu-austin-01"] == "DeploymentFailed"


def test_an_os_upgrade_to_come_comes():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    denver = clusters(front)["clu-denver-01"]

    def builds() -> set[str]:
        told = ask(front, "GET", denver)["properties"]["reportedProperties"]["nodes"]
        machines = [ask(front, "GET", one["ehcResourceId"], version="2026-07-15") for one in told]
        return {one["osVersion"] for one in told} | {one["properties"]["osVersion"] for one in machines}

    assert builds() == {"10.0.26100.33158", "10.0.20349.2700"}
    front.azure.advance(timedelta(days=2, hours=5))
    assert builds() == {"10.0.26100.33158"}


def test_clusters_go_on_reporting_except_those_that_do_not():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    front.azure.advance(timedelta(days=3))
    for name, cluster in clusters(front).items():
        synced = ask(front, "GET", cluster)["properties"]["lastSyncTimestamp"]
        assert (synced > "2026-11-27T") == (name != "clu-halifax-01")


def test_a_solution_of_old_has_what_its_upgrade_left_behind():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    ghent = clusters(front)["clu-ghent-01"]
    group = ghent.split("/providers/")[0]
    summary = ask(front, "GET", f"{ghent}/updateSummaries/default")["properties"]
    bridge = ask(
        front,
        "GET",
        f"{group}/providers/Microsoft.ResourceConnector/appliances/clu-ghent-01-arcbridge",
        version="2022-10-27",
    )
    place = ask(
        front,
        "GET",
        f"{group}/providers/Microsoft.ExtendedLocation/customLocations/clu-ghent-01-cl",
        version="2021-08-15",
    )
    assert summary["currentVersion"] == "12.2510.1002.531"
    assert bridge["properties"]["status"] == "Running"
    assert place["properties"]["hostResourceId"].lower() == bridge["id"].lower()


def test_a_past_that_azure_would_have_refused_is_refused_by_name(tmp_path: Path):
    place = tmp_path / "refused.yaml"
    place.write_text(
        "version: azlocal.sandbox/1\nabout: x\nsubscriptions: [{name: Only}]\nclusters:\n"
        "- {name: clu-oslo-01, status: Disconnected, past: [{mode: Validate, ago: PT1H}]}\n",
        "utf-8",
    )
    with pytest.raises(
        ScenarioError, match=r"clu-oslo-01\.past: Azure would not have taken this Validate: .*Disconnected"
    ):
        world(str(place), VirtualClock(NOW))
