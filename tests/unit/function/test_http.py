"""The fleet over HTTP, and the doorbell: who is let in, what is told, and that nothing is ever started by it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from function_worker import principal
from house import DOWN, House

from azlocal.function import http
from azlocal.function.incoming import MOST_TEXT
from azlocal.function.web import Asked

ROUTES = {
    "ring": {"method": "POST"}, "ticket": {"ticket": "20261124T1201Z"}, "fleet": {}, "cluster": {"cluster": "clu-oslo-01"},
    "report": {},
}  # fmt: skip


@pytest.fixture
def house():
    return House()


@pytest.fixture(scope="module")
def ticked():
    """A fleet that a tick has seen; nothing here changes it."""
    house = House("fleet-small")
    house.door().tick()
    return house


# who is let in


STRANGERS = {
    "nobody": {},
    "a header that is no login": {"X-MS-CLIENT-PRINCIPAL": "e30="},
    "somebody of another provider": principal("reader", "doorbell", kind="github"),
    "a name in the clear": {"X-MS-CLIENT-PRINCIPAL-NAME": "ada@example.com", "X-MS-CLIENT-PRINCIPAL-ID": "1"},
    "a bearer token of their own": {"Authorization": "Bearer e30.e30.e30"},
}


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("route", ROUTES)
def test_nobody_is_let_in_without_a_login(route, who, house, caplog):
    before = len(house.journal())
    status, told = house.document(route, headers=STRANGERS[who], **ROUTES[route])
    assert (status, told["status"]) == (401, 401)
    assert house.journal(before) == []
    assert f"{route}: 401" in caplog.text


@pytest.mark.parametrize("route", ROUTES)
def test_a_login_that_nothing_has_checked_lets_nobody_in(route, house):
    before = len(house.journal())
    status, told = house.document(route, "reader", "doorbell", guarded=False, **ROUTES[route])
    assert (status, told["detail"]) == (401, "no authentication stands before this app")
    assert house.journal(before) == []


@pytest.mark.parametrize("role", ["doorbell", "Reader", "admin", ""])
@pytest.mark.parametrize("route", ["fleet", "cluster", "report"])
def test_only_readers_read(route, role, house, caplog):
    before = len(house.journal())
    assert house.document(route, role, **ROUTES[route])[0] == 403
    assert house.journal(before) == []
    assert "app role reader" in caplog.text


@pytest.mark.parametrize("role", ["reader", "Doorbell", "admin", ""])
def test_only_who_may_ring_rings(role, house):
    before = len(house.journal())
    assert house.document("ring", role, method="POST")[0] == 403
    assert house.journal(before) == []


def test_health_is_for_everybody_and_tells_nothing(house):
    for guarded in (True, False):
        answer = house.ask("health", headers={}, guarded=guarded)
        assert (answer.status, answer.body) == (204, b"")
    assert not [entry for entry in house.journal() if entry.principal]


# the doorbell


def test_a_ring_is_taken_and_tells_where_to_look_and_what_became_of_it(house):
    answer = house.ask("ring", "doorbell", method="POST")
    told = json.loads(answer.body)
    assert (answer.status, told["coalesced"]) == (202, False)
    assert answer.headers["location"] == told["statusUrl"] == f"/api/ticks/{told['id']}"
    assert house.starts() == []
    for role in ("doorbell", "reader"):
        status, known = house.document("ticket", role, ticket=told["id"])
        assert (status, known["state"]) == (200, "asked")
    house.world.advance(timedelta(minutes=2))
    house.door().asked(house.messages()[0])
    known = house.document("ticket", "doorbell", ticket=told["id"])[1]
    assert (known["state"], known["tick"]["actions"][0]["action"]) == ("done", "StartValidation")


def test_who_rings_in_the_same_minute_shares_the_tick(house):
    told = [house.document("ring", "doorbell", method="POST")[1] for _ in range(4)]
    assert len({one["id"] for one in told}) == 1
    assert [one["coalesced"] for one in told] == [False, True, True, True]
    assert len(house.messages()) == 1


@pytest.mark.parametrize(
    "name", ["", "x", "../fleet", "20261124T1201Z/../../fleet", "20261124T1201Z", "٢٠٢٦١١٢٤T1201Z"]
)
def test_a_tick_that_nobody_asked_for_is_not_there(house, name):
    assert house.document("ticket", "reader", ticket=name)[0] == 404
    assert not [entry for entry in house.journal() if "fleet.json" in entry.path]


# reading


def test_before_any_tick_the_fleet_is_looked_at(house):
    status, told = house.document("fleet", "reader")
    assert (status, told["tick"], [one["phase"] for one in told["clusters"]]) == (200, None, ["Candidate"])
    assert house.writes() == []


def test_after_a_tick_the_fleet_is_as_that_tick_saw_it_and_azure_is_not_asked(ticked):
    before = len(ticked.journal())
    status, told = ticked.document("fleet", "reader")
    assert (status, told["version"], len(told["clusters"])) == (200, "azlocal.fleet-view/1", len(ticked.clusters))
    assert told["tick"]["tickId"] == ticked.rows("AzLocalTick_CL")[0]["TickId"]
    assert [entry.path for entry in ticked.journal(before)] == ["/stazlocalops/azlocal-function/fleet.json"]


@pytest.mark.parametrize("form", ["{name}", "{NAME}", "{group}/{name}", "{id}", "{bare}"])
def test_a_cluster_is_told_whole_however_it_is_named(ticked, form):
    one = ticked.clusters[0]
    name, group = one["name"], one["id"].split("/")[4]
    word = form.format(name=name, NAME=name.upper(), group=group, id=one["id"], bare=one["id"][1:])
    status, told = ticked.document("cluster", "reader", cluster=word)
    assert (status, told["name"], told["version"]) == (200, name, "azlocal.explain/1")
    assert told["lastTick"]["decision"]
    assert told["findings"]


HOSTILE = [
    "", "/", "..", "../../metadata/endpoints", "clu-oslo-01/../x", "%2e%2e%2f", "clu-oslo-01' or 1==1 --", "clu?api-version=1",
    "<script>alert(1)</script>", "clu-oslo-01\r\nSet-Cookie: x=1", "\x00", "\u202eolso", "a" * (MOST_TEXT + 1),
    "subscriptions/x", "https://evil.example.com/x", "😀", "{{7*7}}", "/subscriptions/a/resourceGroups/b/providers/c/d/e",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_and_never_sent_to_azure(ticked, name, caplog):
    before = len(ticked.journal())
    answer = ticked.ask("cluster", "reader", cluster=name)
    assert answer.status in {400, 404}
    assert {entry.path for entry in ticked.journal(before)} == {"/stazlocalops/azlocal-function/fleet.json"}
    told = json.loads(answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert not any(character < " " or character == "\u202e" for value in told.values() for character in str(value))
    assert "\r" not in caplog.text
    assert len(answer.body) < 2000


def test_an_answer_is_kept_by_nobody_and_framed_by_nobody(ticked):
    for route in ("fleet", "report"):
        headers = ticked.ask(route, "reader").headers
        assert (headers["cache-control"], headers["x-frame-options"]) == ("no-store", "DENY")
        assert headers["x-content-type-options"] == "nosniff"


def test_the_report_is_the_page_of_the_command_line(ticked):
    pytest.importorskip("azlocal.report.page")
    answer = ticked.ask("report", "reader")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    text = answer.body.decode()
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert all(one["name"] in text for one in ticked.clusters)


def test_reading_starts_and_writes_nothing(house):
    for route, more in ROUTES.items():
        if route not in {"ring", "report"}:
            house.ask(route, "reader", "doorbell", **more)
    assert house.writes() == []
    assert house.messages() == []


# what goes wrong


def test_what_azure_refuses_is_a_problem_with_what_to_do(house):
    house.world.front.faults.order(DOWN)
    status, told = house.document("fleet", "reader")
    assert (status, told["title"]) == (502, "Azure did not answer as needed")
    assert "grant the identity" in told["remedy"]


def test_a_plan_that_cannot_be_used_is_told_to_the_log_and_not_to_the_caller(house, caplog):
    house.world.plan.write_text("version: azlocal.fleet/1\nsecret-word: hunter2\n", "utf-8")
    status, told = house.document("fleet", "reader")
    assert (status, told["title"]) == (503, "the app is not set up")
    assert "secret-word" not in json.dumps(told)
    assert "secret-word" in caplog.text


def test_what_nobody_foresaw_is_logged_and_shows_nothing_of_itself(caplog):
    def broken():
        raise RuntimeError("with hunter2 in it")

    headers = {name.lower(): value for name, value in principal("reader").items()}
    answer = http.answer(broken, "fleet", Asked("GET", headers), guarded=True)
    assert (answer.status, json.loads(answer.body)["title"]) == (500, "something broke")
    assert b"hunter2" not in answer.body
    assert [one.levelno for one in caplog.records] == [logging.ERROR]


def test_a_cluster_that_has_gone_since_the_tick_is_not_there(house):
    house.door().tick()
    house.azure.store.delete(house.clusters[0]["id"])
    house.world.advance(timedelta(minutes=5))
    assert house.document("cluster", "reader", cluster="clu-oslo-01")[0] == 404


def test_a_cluster_that_is_looked_at_is_told_as_it_is_now(house):
    house.door().tick()
    house.world.advance(timedelta(minutes=1))
    told = house.document("cluster", "reader", cluster="clu-oslo-01")[1]
    assert (told["lastTick"]["phase"], told["phase"]) == ("Candidate", "Validating")
