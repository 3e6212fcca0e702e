"""What Event Grid has to tell: of every write through ARM, in its own schema, and never of a read."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.azure.starter import extension_body
from azlocal.sandbox import identity
from azlocal.sandbox.control import Control
from azlocal.sandbox.wire import Request
from azlocal.simulation.world import World

EXTENSION_API = "2024-07-10"


@pytest.fixture
def world():
    return World("single-happy")


def events(world, after=0):
    return [one.document() for one in world.azure.events.after(after)]


def cluster_of(world):
    return next(iter(world.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))


def write_extension(world):
    machine = next(iter(world.azure.store.of_type("Microsoft.HybridCompute/machines")))
    path = f"{machine['id']}/extensions/AzureEdgeLifecycleManager"
    assert world.person().person.request("PUT", path, EXTENSION_API, extension_body("westeurope")).status == 202
    return path


def test_a_look_raises_nothing(world):
    world.app().census()
    assert events(world) == []


def test_a_write_is_told_in_event_grids_own_schema(world):
    person, cluster = world.person().person, cluster_of(world)
    person.request("PATCH", cluster["id"], "2026-10-01", {"tags": {"site": "oslo"}})
    (event,) = events(world)
    assert (event["subject"], event["topic"]) == (cluster["id"], "/".join(cluster["id"].split("/")[:3]))
    assert (event["dataVersion"], event["eventType"]) == ("2", "Microsoft.Resources.ResourceWriteSuccess")
    data = event["data"]
    assert (data["operationName"], data["status"]) == ("Microsoft.AzureStackHCI/clusters/write", "Succeeded")
    assert data["claims"]["appid"] == identity.PERSON_CLIENT
    assert data["resourceUri"] == cluster["id"]


def test_a_refused_write_is_told_as_a_failure(world):
    cluster = cluster_of(world)
    answer = world.person().person.request("PUT", f"{cluster['id']}/deploymentSettings/default", "2026-10-01", {})
    assert answer.status == 400
    (event,) = events(world)
    assert event["eventType"] == "Microsoft.Resources.ResourceWriteFailure"
    assert event["data"]["operationName"] == "Microsoft.AzureStackHCI/clusters/deploymentSettings/write"


def test_a_write_that_goes_on_is_told_when_it_has_ended(world):
    path = write_extension(world)
    assert events(world) == []
    world.advance(timedelta(minutes=15))
    (event,) = events(world)
    assert (event["subject"], event["data"]["status"]) == (path, "Succeeded")
    assert event["data"]["operationName"] == "Microsoft.HybridCompute/machines/extensions/write"


def test_or_when_it_is_accepted_for_no_source_says_which(world):
    world.azure.switches["event-of-long-write"] = "acceptance"
    path = write_extension(world)
    world.advance(timedelta(minutes=15))
    assert [one["subject"] for one in events(world)] == [path]


def test_what_a_deployment_writes_is_told_as_the_deployers_write(world):
    world.tick()
    world.advance(timedelta(minutes=30))
    told = {one["data"]["operationName"]: one["data"]["claims"]["appid"] for one in events(world)}
    wanted = "Microsoft.AzureStackHCI/clusters/deploymentSettings/write"
    assert told[wanted] == identity.IDENTITY_CLIENT
    assert "Microsoft.Resources/deployments/write" in told


def test_what_a_cluster_reports_by_itself_raises_nothing(world):
    world.advance(timedelta(days=2))
    assert events(world) == []


def test_every_event_has_an_id_of_its_own(world):
    world.tick()
    world.advance(timedelta(hours=1))
    ids = [one["id"] for one in events(world)]
    assert len(set(ids)) == len(ids) > 1


def test_the_control_route_gives_events_from_a_number_on(world):
    world.front.control = Control(dict)
    person, cluster = world.person().person, cluster_of(world)

    def asked(**query):
        answer = world.front.handle(Request("GET", "/_sandbox/events", query))
        return answer.status, json.loads(answer.body)

    for site in ("a", "b"):
        person.request("PATCH", cluster["id"], "2026-10-01", {"tags": {"site": site}})
    status, told = asked()
    assert (status, len(told["value"]), told["last"]) == (200, 2, 2)
    assert asked(after="1")[1]["value"] == told["value"][1:]
    assert asked(after="2") == (200, {"value": [], "last": 2})
    assert asked(after="x")[0] == 400
