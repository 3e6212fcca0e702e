"""Timer, events and the queue over a sandbox: what they do, what they never do, and what they say."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from desks import event
from house import DOWN, House

from azlocal.app import App
from azlocal.azure.starter import extension_body
from azlocal.function.bell import SETTLES
from azlocal.function.doors import INSTALLED_AFTER, FunctionFailed, TickFailed, opened
from azlocal.sandbox import identity


@pytest.fixture
def house():
    return House()


@pytest.fixture(autouse=True)
def _listening(caplog):
    caplog.set_level(logging.INFO, "azlocal.function")


def written(house, by="9b1d2c3e-4f50-4a61-8b72-9c83ad94be05"):
    """Return an event of a write to the world's own cluster."""
    subject = house.clusters[0]["id"]
    return event(
        subject, "Microsoft.AzureStackHCI/clusters/write", data={"claims": {"appid": by, "name": "Ada Secret"}}
    )


# ticks


def test_the_timer_ticks_once_as_any_door_and_leaves_the_fleet_to_be_read(house, caplog):
    report = house.door().timer()
    assert [action.kind for action in report.actions] == ["StartValidation"]
    assert len(house.starts()) == 1
    view = house.view()
    assert (view["tick"]["tickId"], view["clusters"][0]["decision"]) == (report.tick_id, "StartValidation")
    assert [row["TickId"] for row in house.rows("AzLocalTick_CL")] == [report.tick_id]
    assert f"tick {report.tick_id}: 1 start (1 accepted)" in caplog.text


def test_a_tick_in_which_something_failed_marks_the_invocation_and_is_told_all_the_same(house, caplog):
    house.world.plan_document["rings"][0]["expect"] = 9
    house.world.write_plan()
    with pytest.raises(TickFailed) as failed:
        house.door().timer()
    assert failed.value.report.rings[0].state == "halted"
    assert house.view()["halted"][0]["reason"] == "ScopeShrunk"
    assert "halted (ScopeShrunk)" in caplog.text
    assert house.starts() == []


def test_a_tick_that_cannot_read_azure_says_what_to_do_and_shows_no_traceback(house, caplog):
    house.world.front.faults.order(DOWN)
    with pytest.raises(FunctionFailed) as failed:
        house.door().timer()
    assert failed.value.__suppress_context__
    assert "do: grant the identity" in caplog.text
    assert house.view() is None


def test_without_its_storage_the_app_still_ticks(house, caplog):
    house.azure.store.delete(next(one["id"] for one in house.azure.store.all() if one["name"] == "azlocal-function"))
    house.door().timer()
    assert len(house.starts()) == 1
    assert "the fleet could not be left to be read" in caplog.text


def test_a_setting_that_is_missing_is_named(caplog):
    with pytest.raises(FunctionFailed):
        opened(App.from_environment(environment={"IDENTITY_ENDPOINT": "https://127.0.0.1:1", "IDENTITY_HEADER": "x"}))
    assert "AzureWebJobsStorage__accountName" in caplog.text


# events


def test_an_event_is_looked_at_recorded_and_asks_for_a_tick_and_starts_nothing(house):
    before = len(house.journal())
    assert house.door().event(written(house)) == "seen"
    assert house.writes(before) == []
    (row,) = house.rows("AzLocalCluster_CL")
    assert (row["ClusterName"], row["Phase"], row["DecisionReason"]) == ("clu-oslo-01", "Candidate", "FleetTickDecides")
    assert house.rows("AzLocalTick_CL") == []
    assert len(house.messages()) == 1


def test_a_look_reads_only_the_cluster_that_was_written_to():
    house = House("fleet-small")
    assert house.door().event(written(house)) == "seen"
    name = house.clusters[0]["name"]
    others = [one["name"] for one in house.clusters[1:]]
    paths = [entry.path for entry in house.journal()]
    assert any(f"/clusters/{name}/deploymentSettings/" in path for path in paths)
    assert not [path for path in paths if path.rsplit("/", 1)[-1] in others]
    assert {row["ClusterName"] for row in house.rows("AzLocalCluster_CL")} == {name}


@pytest.mark.parametrize(
    "by", [identity.IDENTITY_CLIENT, identity.IDENTITY_CLIENT.upper(), identity.OBJECTS[identity.IDENTITY_CLIENT][1]]
)
def test_what_azlocal_wrote_itself_is_dropped(house, by):
    before = len(house.journal())
    assert house.door().event(written(house, by)) == "own"
    assert house.journal(before) == []
    assert house.messages() == []


def test_the_events_of_a_tick_of_our_own_wake_nobody(house):
    house.door().timer()
    house.world.advance(timedelta(minutes=30))
    told = [one.document() for one in house.azure.events.after()]
    assert {house.door().event(one) for one in told} == {"own", "ignored"}
    assert house.messages() == []


def test_an_event_that_comes_again_is_the_same_rows_and_the_same_tick(house):
    for _ in range(3):
        assert house.door().event(written(house)) == "seen"
    ids = [row["RowId"] for row in house.rows("AzLocalCluster_CL")]
    assert (len(ids), len(set(ids))) == (3, 1)
    assert len(house.messages()) == 1


def test_events_out_of_order_tell_what_is_there_now_and_not_what_was(house):
    old = written(house)
    house.world.person().person.request("DELETE", house.clusters[0]["id"], "2026-10-01", None)
    new = event(old["subject"], "Microsoft.AzureStackHCI/clusters/write", end="Failure", id="later")
    house.world.advance(timedelta(minutes=5))
    assert [house.door().event(one) for one in (new, old)] == ["unknown", "unknown"]
    assert house.rows("AzLocalCluster_CL") == []


def test_an_event_of_somewhere_else_is_unknown_before_anything_is_sent(house):
    forged = event("/subscriptions/99999999-1111-4111-8111-111111111111/resourceGroups/g/providers/Microsoft.AzureStackHCI/clusters/c", "Microsoft.AzureStackHCI/clusters/write")  # fmt: skip
    before = len(house.journal())
    assert house.door().event(forged) == "unknown"
    assert house.journal(before) == []


def test_an_event_of_a_cluster_that_is_not_there_asks_for_nothing(house):
    subject = house.clusters[0]["id"] + "-forged"
    before = len(house.journal())
    assert house.door().event(event(subject, "Microsoft.AzureStackHCI/clusters/write")) == "unknown"
    assert house.writes(before) == []
    assert not [entry for entry in house.journal(before) if "forged" in entry.path]
    assert (house.messages(), house.rows("AzLocalCluster_CL")) == ([], [])


@pytest.mark.parametrize("told", [None, "x", [], {}, event(id="x" * 9999), event() | {"data": {"claims": "y" * 10**6}}])
def test_an_event_that_makes_no_sense_is_logged_and_does_nothing(house, told, caplog):
    before = len(house.journal())
    assert house.door().event(told) == "ignored"
    assert house.journal(before) == []
    assert "an event is ignored" in caplog.text
    assert len(caplog.text) < 1000


def test_an_event_that_cannot_be_looked_at_fails_so_that_event_grid_brings_it_again(house):
    house.world.front.faults.order(DOWN)
    with pytest.raises(FunctionFailed):
        house.door().event(written(house))
    house.world.front.faults.ordered.clear()
    assert house.door().event(written(house)) == "seen"


def test_nothing_of_who_caused_an_event_is_logged_or_recorded(house, caplog):
    house.door().event(written(house))
    told = caplog.text + str(house.azure.tables) + str(house.azure.blobs) + str(house.messages())
    assert "Ada" not in told
    assert "9b1d2c3e" not in told


# the queue


def install(house):
    """Let a person install the LCM extension on every machine."""
    person = house.world.person().person
    for machine in house.azure.store.of_type("Microsoft.HybridCompute/machines"):
        path = f"{machine['id']}/extensions/AzureEdgeLifecycleManager"
        assert person.request("PUT", path, "2024-07-10", extension_body("westeurope")).status == 202


def bare(house):
    """Take the LCM extension off every machine, and let a tick see that."""
    for machine in list(house.azure.store.of_type("Microsoft.HybridCompute/machines")):
        house.azure.store.delete(f"{machine['id']}/extensions/AzureEdgeLifecycleManager")
    house.world.advance(timedelta(minutes=5))
    house.door().timer()
    assert house.view()["clusters"][0]["phase"] == "Blocked"


def live(house, span):
    """Let sandbox time pass as the host does: deliver events as they come, hand out messages as they fall due.

    Yield what GET /api/fleet answers, every five seconds, with the moment of the last event before.
    """
    seen, last = 0, None
    for _ in range(span // timedelta(seconds=5)):
        house.world.advance(timedelta(seconds=5))
        for one in house.azure.events.after(seen):
            seen, last = one.seq, one.at
            house.door().event(one.document())
        standing = house.azure.queues.get(house.queue, [])
        for message in [one for one in standing if one.visible <= house.world.clock.now()]:
            house.door().asked(base64.b64decode(message.text).decode())
            standing.remove(message)
        yield last, house.document("fleet", "reader")[1]


def test_a_banner_that_becomes_plausible_shows_in_the_fleet_within_one_coalesced_tick():
    house = House()
    bare(house)
    install(house)
    shown = (
        (at, fleet) for at, fleet in live(house, timedelta(minutes=20)) if fleet["clusters"][0]["phase"] == "Candidate"
    )
    at, fleet = next(shown)
    assert fleet["clusters"][0]["verdict"] == "Candidate"
    assert house.world.clock.now() - at <= SETTLES + timedelta(minutes=1) + timedelta(seconds=5)
    assert len(house.rows("AzLocalTick_CL")) <= 1 + len(
        list(house.azure.store.of_type("Microsoft.HybridCompute/machines"))
    )


def test_where_azure_tells_of_a_write_when_it_accepts_it_a_second_tick_sees_the_end():
    house = House()
    house.azure.switches["event-of-long-write"] = "acceptance"
    bare(house)
    install(house)
    shown = (at for at, fleet in live(house, timedelta(minutes=20)) if fleet["clusters"][0]["phase"] == "Candidate")
    accepted = next(shown)
    latest = INSTALLED_AFTER + SETTLES + timedelta(minutes=1) + timedelta(seconds=5)
    assert house.world.clock.now() - accepted <= latest


def test_only_what_goes_on_is_looked_at_twice(house):
    house.door().event(written(house))
    assert len(house.messages()) == 1
    machine = next(iter(house.azure.store.of_type("Microsoft.HybridCompute/machines")))["id"]
    path, operation = f"{machine}/extensions/x", "Microsoft.HybridCompute/machines/extensions/write"
    assert house.door().event(event(path, operation)) == "seen"
    assert len(house.messages()) == 2


@pytest.mark.parametrize("message", ["", "x", "{}", '{"ticket": "../fleet"}', "null"])
def test_a_message_that_asks_for_no_tick_is_dropped(house, message, caplog):
    assert house.door().asked(message) == "dropped"
    assert [entry.path for entry in house.journal()] == ["/metadata/endpoints"]
    assert "it is dropped" in caplog.text


def test_what_was_asked_for_is_ticked_once(house):
    house.door().event(written(house))
    (message,) = house.messages()
    house.world.advance(timedelta(minutes=2))
    assert [house.door().asked(message) for _ in range(3)] == ["ran", "answered", "answered"]
    assert len(house.rows("AzLocalTick_CL")) == 1
    assert len(house.starts()) == 1


def test_a_tick_that_fails_to_read_azure_brings_its_message_back(house):
    house.door().event(written(house))
    (message,) = house.messages()
    house.world.advance(timedelta(minutes=2))
    house.world.front.faults.order(DOWN)
    with pytest.raises(FunctionFailed):
        house.door().asked(message)
    house.world.front.faults.ordered.clear()
    assert house.door().asked(message) == "ran"


def test_a_tick_that_found_the_lease_held_is_asked_for_once_more(house):
    plan = house.world.app().needed_plan()
    body = {"action": "Acquire", "leaseDuration": 60, "proposedLeaseId": "aaaaaaaa-1111-4111-8111-111111111111"}
    house.door().event(written(house))
    house.world.advance(timedelta(minutes=2))
    house.world.person().person.post(f"{plan.lease}/lease", "2023-05-01", body)
    assert house.door().asked(house.messages()[0]) == "ran"
    assert (house.starts(), house.view()["tick"]["lease"]) == ([], "held")
    house.world.advance(timedelta(minutes=2))
    assert house.door().asked(house.messages()[1]) == "ran"
    assert len(house.starts()) == 1
    assert len(house.messages()) == 2


def test_a_fleet_that_is_halted_is_no_reason_to_bring_the_message_back(house):
    house.world.plan_document["rings"][0]["expect"] = 9
    house.world.write_plan()
    house.door().event(written(house))
    house.world.advance(timedelta(minutes=2))
    assert house.door().asked(house.messages()[0]) == "ran"
    assert house.view()["tick"]["failed"] is True
