"""The Function app as it is deployed, under Microsoft's own worker on Python 3.13, against a sandbox over HTTPS."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from function_worker import Host, built, subscribed

from azlocal.azure.starter import extension_body
from azlocal.function.bell import SETTLES
from azlocal.sandbox import identity
from azlocal.sandbox.run import Sandbox
from azlocal.sandbox.wire import Request

pytestmark = pytest.mark.full("python3.13")
TRIGGERS = {
    "timerTrigger": {"fleet_tick"},
    "queueTrigger": {"asked_tick"},
    "eventGridTrigger": {"resource_written"},
    "httpTrigger": {"ring", "ticket", "fleet", "cluster", "report", "health"},
}
NOT_YET = ("azlocal.app", "azlocal.azure", "azlocal.core", "azure.core", "azure.identity", "pydantic", "yaml")
MOST_MEMORY = 300 * 1024 * 1024
"""Bytes; the smallest instance of the plan has 512 MB, of which the host takes its share."""


@pytest.fixture(scope="module")
def app():
    """Return the app's folder with every package in it, as it is zipped."""
    return built()


@pytest.fixture(scope="module")
def host(app):
    """A fleet of one cluster, and the app."""
    from programs import find

    with Sandbox.start("single-happy") as sandbox:
        here = Host(sandbox, find("python3.13"), app)
        yield here
        here.stop()


def by_person(host, method, path, version, body):
    signed = {
        "authorization": f"Bearer {identity.token(host.azure, identity.PERSON_CLIENT, 'https://management.azure.com')}"
    }
    answer = host.front.handle(Request(method, path, {"api-version": version}, signed, json.dumps(body).encode()))
    assert answer.status < 300, answer.body


def machines(host):
    return list(host.azure.store.of_type("Microsoft.HybridCompute/machines"))


def extension(machine):
    return f"{machine['id']}/extensions/AzureEdgeLifecycleManager"


def made_up(host, **changes):
    """Return an event of a write to the cluster by somebody else."""
    cluster = next(iter(host.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))["id"]
    data = {
        "operationName": "Microsoft.AzureStackHCI/clusters/write", "resourceUri": cluster, "status": "Succeeded",
        "claims": {"appid": identity.PERSON_CLIENT, "name": "Ada Secret"},
    }  # fmt: skip
    return {
        "id": "made-up", "topic": "/".join(cluster.split("/")[:3]), "subject": cluster, "dataVersion": "2",
        "eventType": "Microsoft.Resources.ResourceWriteSuccess", "eventTime": "2026-11-23T08:14:41.2204071Z",
        "data": data, **changes,
    }  # fmt: skip


def logged(answer):
    return [text for level, name, text in answer["log"] if name.startswith("azlocal")]


def test_the_worker_finds_every_function_and_imports_nothing_it_does_not_need_yet(host):
    found = {}
    for name, bindings in host.worker.functions.items():
        (trigger,) = (one["type"] for one in bindings if one["type"].endswith("Trigger"))
        found.setdefault(trigger, set()).add(name)
    assert found == TRIGGERS
    assert not {module for module in host.worker.modules if module.startswith(NOT_YET)}


def test_a_banner_that_becomes_plausible_by_an_extension_write_shows_within_one_coalesced_tick(host):
    for machine in machines(host):
        host.azure.store.delete(extension(machine))
    host.azure.advance(timedelta(minutes=2))
    assert host.timer()["status"] == "Success"
    status, fleet = host.document("fleet", "reader")
    assert (status, fleet["clusters"][0]["phase"]) == (200, "Blocked")

    for machine in machines(host):
        by_person(host, "PUT", extension(machine), "2024-07-10", extension_body("westeurope"))
    written, since, fleet = None, 0.0, {}
    for _ in range(200):
        host.azure.advance(timedelta(seconds=5))
        latest = max((one.at for one in host.azure.events.after() if subscribed(one.document())), default=None)
        if latest != written:
            written, since = latest, time.monotonic()
        looked, ticked = host.events(), host.messages()
        assert all(one["status"] == "Success" for one in looked + ticked)
        fleet = host.document("fleet", "reader")[1] if ticked else fleet
        if fleet.get("phases") == {"Candidate": 1}:
            break
    assert fleet["clusters"][0]["verdict"] == "Candidate"
    # Ten seconds is how finely this test looks; the sandbox's clock goes on while calls take their time.
    took = timedelta(seconds=time.monotonic() - since)
    assert host.azure.clock.now() - written <= SETTLES + timedelta(minutes=1, seconds=10) + took
    # Every event was looked at and recorded before that, under an id that is no tick's.
    ticks = {row["TickId"] for row in host.azure.tables["AzLocalTick_CL"]}
    looks = {row["TickId"] for row in host.azure.tables["AzLocalCluster_CL"]} - ticks
    assert len(looks) == len(machines(host))


def test_the_doorbell_rings_for_a_tick_and_tells_what_became_of_it(host):
    status, told = host.document("ring", "doorbell", method="POST")
    assert status == 202
    assert host.document("ticket", "doorbell", ticket=told["id"])[1]["state"] in {"asked", "done"}
    host.azure.advance(timedelta(minutes=2))
    assert all(one["status"] == "Success" for one in host.messages())
    status, known = host.document("ticket", "reader", ticket=told["id"])
    assert (status, known["state"]) == (200, "done")
    assert known["tick"]["tickId"] in {row["TickId"] for row in host.azure.tables["AzLocalTick_CL"]}
    assert host.starts()


def test_a_cluster_is_told_whole_and_health_tells_nothing(host):
    status, told = host.document("cluster", "reader", cluster="clu-oslo-01")
    assert (status, told["name"]) == (200, "clu-oslo-01")
    assert told["lastTick"]["name"] == "clu-oslo-01"
    answer = host.http("health", headers={})
    assert (answer["status"], answer["body"]) == (204, "")


def test_the_report_is_a_page(host):
    page = pytest.importorskip("azlocal.report.page")
    answer = host.http("report", "reader")
    assert answer["status"] == 200, answer
    assert answer["headers"]["content-type"] == "text/html; charset=utf-8"
    assert "clu-oslo-01" in answer["body"]
    assert page


def test_events_of_azlocals_own_writes_are_dropped(host):
    if not host.starts():
        host.timer()
    host.azure.advance(timedelta(minutes=20))
    before = len(host.front.journal.after())
    told = [text for answer in host.events() for text in logged(answer)]
    assert [text.rsplit(": ", 1)[1] for text in told] == ["own"] * len(told)
    assert told
    assert {entry.path for entry in host.front.journal.after(before)} <= {
        "/metadata/endpoints", "/msi/token", "/stazlocalops/azlocal-files/plan.yaml",
    }  # fmt: skip


FORGED = {
    "another subscription": lambda one: {"subject": one["subject"].replace("11111111-", "99999999-"), "data": one["data"] | {"resourceUri": None}},
    "a cluster that is not there": lambda one: {"subject": one["subject"] + "x", "data": one["data"] | {"resourceUri": None}},
    "a subject that its data deny": lambda one: {"subject": one["subject"] + "x"},
    "no id of a resource": lambda one: {"subject": "../../x"},
    "data that is no object": lambda one: {"data": "x"},
    "another type": lambda one: {"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"},
    "oversized data": lambda one: {"data": {"operationName": "x" * 1_000_000}},
    "an oversized subject": lambda one: {"subject": one["subject"] + "x" * 100_000},
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_event_is_harmless_logged_and_starts_nothing(host, name):
    event, starts, waiting = made_up(host), len(host.starts()), len(host.azure.queues[host.queue])
    answer = host.event(made_up(host, **FORGED[name](event)))
    assert answer["status"] == "Success"
    (line,) = logged(answer)
    assert "ignored" in line or line.endswith(": unknown")
    assert "Ada" not in line
    assert len(line) < 500
    assert (len(host.starts()), len(host.azure.queues[host.queue])) == (starts, waiting)


def test_events_twice_and_out_of_order_are_one_tick_and_the_same_rows(host):
    starts, rows = len(host.starts()), len(host.azure.tables["AzLocalCluster_CL"])
    host.azure.queues[host.queue].clear()
    host.azure.advance(timedelta(minutes=2))
    events = [made_up(host, id=f"order-{number}") for number in (2, 1, 2, 1, 3)]
    assert [host.event(one)["status"] for one in events] == ["Success"] * 5
    ids = [row["RowId"] for row in host.azure.tables["AzLocalCluster_CL"][rows:]]
    assert (len(ids), len(set(ids))) == (5, 3)
    assert len(host.starts()) == starts
    assert len(host.azure.queues[host.queue]) <= 2  # the five may lie on both sides of a full minute


def test_an_event_in_the_form_of_cloudevents_is_taken_too(host):
    told = made_up(host, id="cloud")
    cloud = {
        "id": told["id"], "source": told["topic"], "subject": told["subject"], "type": told["eventType"],
        "time": told["eventTime"], "specversion": "1.0", "data": told["data"],
    }  # fmt: skip
    answer = host.event(cloud)
    assert answer["status"] == "Success"
    assert logged(answer)[-1].endswith(": seen")


HTTP = {
    "ring": {"method": "POST"},
    "ticket": {"ticket": "x"},
    "fleet": {},
    "cluster": {"cluster": "clu-oslo-01"},
    "report": {},
}


@pytest.mark.parametrize("route", HTTP)
def test_without_a_login_or_with_the_wrong_role_nothing_is_told_and_nothing_sent(host, route):
    before = len(host.front.journal.after())
    assert host.document(route, headers={}, **HTTP[route])[0] == 401
    assert host.document(route, "somebody", **HTTP[route])[0] == 403
    assert host.front.journal.after(before) == []
    assert [text for level, _, text in host.worker.log[-2:]] == [
        f"{HTTP[route].get('method', 'GET')} {route}: 401 sign in first",
        *(text for _, _, text in host.worker.log[-1:] if "403 this takes the app role" in text),
    ]


@pytest.mark.parametrize("name", ["../../metadata", "x\r\ny", "<script>", "a" * 5000, "clu-oslo-01?x=1", "\u202e"])
def test_a_hostile_cluster_name_is_refused_and_never_sent(host, name):
    before, starts = len(host.front.journal.after()), len(host.starts())
    status, told = host.document("cluster", "reader", cluster=name)
    assert status in {400, 404}
    assert "Traceback" not in json.dumps(told)
    asked = {entry.path for entry in host.front.journal.after(before)}
    assert asked <= {"/metadata/endpoints", "/msi/token", "/stazlocalops/azlocal-function/fleet.json"}
    assert len(host.starts()) == starts


def test_a_broken_invocation_fails_with_a_sentence_and_is_brought_again(host):
    host.front.faults.order(
        {"kind": "status", "status": 403, "code": "AuthorizationFailed", "path": "resourcegraph", "times": 99}
    )
    try:
        for answer in (host.timer(), host.event(made_up(host, id="broken"))):
            assert answer["status"] == "Failure"
            assert answer["exception"].startswith("FunctionFailed: could not query Azure Resource Graph")
            assert any(text.startswith("do: grant the identity") for text in logged(answer))
    finally:
        host.front.faults.ordered.clear()
    assert host.event(made_up(host, id="broken"))["status"] == "Success"


def test_no_token_or_name_was_ever_logged_and_little_memory_used(host):
    told = json.dumps(host.worker.log)
    assert "eyJ" not in told
    assert "Ada" not in told
    assert identity.IDENTITY_HEADER not in told
    assert host.timer()["memory"] <= MOST_MEMORY
