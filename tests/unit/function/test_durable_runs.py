"""The fleet observed in shards by Microsoft's own orchestrator code: it starts what one process would, however it dies."""

from __future__ import annotations

import ast
import contextlib
import json
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from durable_backend import LARGE, NOON, Activity, Backend, HostDied, handled
from house import House
from hypothesis import given
from hypothesis import strategies as st

from azlocal.azure import sharding
from azlocal.errors import Incomplete
from azlocal.function import durable, orchestration
from azlocal.function.doors import FunctionFailed, TickFailed, at
from azlocal.simulation.turns import Killed
from azlocal.simulation.world import Told


@pytest.fixture(autouse=True)
def _a_shard_for_each_subscription(monkeypatch):
    monkeypatch.setattr(sharding, "CLUSTERS_IN_A_SHARD", 1)


class Fleet(House):
    """A house whose timer starts an orchestration. `faults` are raised instead of, or after, the n-th call of a name."""

    def __init__(self, scenario="fleet-small", **more):
        super().__init__(scenario, **more)
        self.faults, self.seen, self.fate = {}, {}, None

    def mortal(self):
        """Return a door whose process dies once, at the request that `fate` names."""
        fate, self.fate = self.fate, None
        return at(self.world.app(told=Told(dies=fate)), self.settings)

    def blob(self, name):
        return self.azure.blobs["stazlocalops", "azlocal-function", name]

    def blobs(self, slot="fleet"):
        prefix = f"shards/{slot}/"
        return sorted(name.removeprefix(prefix) for _, _, name in self.azure.blobs if name.startswith(prefix))

    def activity(self, name):
        def run(given):
            number = self.seen[name] = self.seen.get(name, 0) + 1
            fault = self.faults.get((name, number))
            if fault is not None:
                raise fault
            try:
                return getattr(durable, name)(self.mortal() if name == "act" else self.door(), given)
            except Killed:
                raise HostDied(name) from None

        return run

    def orchestrated(self, dies=None, told=None, later=0):
        activities = {name: self.activity(name) for name in ("divide", "observe", "act")}
        return Backend(handled(orchestration.orchestrate), activities, told, dies, now=NOON + timedelta(seconds=later))

    def what_started(self):
        return sorted((one.path.lower(), one.method) for one in self.starts())

    def decisions(self):
        """Return what the last tick decided, by cluster."""
        return {one["name"]: (one["phase"], one["verdict"], one["decision"]) for one in self.view()["clusters"]}


def ran(backend):
    try:
        return backend.run()
    except RuntimeError as error:
        return str(error)


@pytest.fixture(scope="module")
def alone():
    """Return what one process starts and decides in the same world."""
    house = Fleet()
    with contextlib.suppress(TickFailed):
        house.door().timer()
    return house.what_started(), house.decisions()


def test_a_fleet_in_shards_is_seen_decided_and_started_as_by_one_process(alone):
    fleet = Fleet()
    backend = fleet.orchestrated()
    assert "see the log" in ran(backend)  # one ring of this fleet is halted
    assert [name for name, _ in backend.calls] == ["divide", "observe", "observe", "observe", "act"]
    assert (fleet.what_started(), fleet.decisions()) == alone
    assert alone[0]


def test_what_the_orchestrator_carries_is_numbers_and_names():
    fleet = Fleet()
    backend = fleet.orchestrated()
    ran(backend)
    assert max(backend.sizes) < 300 < LARGE
    assert "/subscriptions/" not in json.dumps(backend.history).lower()


DEATHS = 22
"""Points at which a host may die in an undisturbed run of three shards: around each episode and each activity."""


def test_every_point_at_which_a_host_may_die_is_tried():
    backend = Fleet().orchestrated()
    ran(backend)
    assert len(backend.points) == DEATHS


@pytest.mark.parametrize("at", range(1, DEATHS + 1))
def test_a_host_that_dies_anywhere_comes_to_the_same_starts(alone, at):
    fleet = Fleet()
    backend = fleet.orchestrated(dies=at)
    ran(backend)
    assert backend.done
    assert fleet.what_started() == alone[0]
    assert [name for name, _ in backend.calls].count("act") == (2 if at == DEATHS - 2 else 1)


@pytest.mark.parametrize(
    "dies", [(1, "before"), (4, "after"), ("intent", "after"), ("start", "before"), ("start", "after")]
)
def test_an_act_that_is_killed_on_its_way_and_run_again_comes_to_the_same_starts(alone, dies):
    fleet = Fleet()
    fleet.fate = dies
    backend = fleet.orchestrated()
    ran(backend)
    assert [name for name, _ in backend.calls].count("act") == 2
    once = fleet.what_started()
    assert len(set(once)) == len(once)
    assert set(once) <= set(alone[0])
    if dies[0] in {"intent", "start"}:
        # What was announced and not started is tried again after its intent has closed.
        fleet.azure.advance(timedelta(minutes=16))
        ran(fleet.orchestrated())
    assert set(fleet.what_started()) >= set(alone[0])


def test_the_orchestrator_knows_nothing_but_its_context():
    """No clock, no chance, no input or output: a replay must come to the same. What it imports are types and durations."""
    code = ast.parse(Path(orchestration.__file__).read_text("utf-8"))
    found = [one for one in ast.walk(code) if isinstance(one, (ast.Import, ast.ImportFrom))]
    modules = {one.module if isinstance(one, ast.ImportFrom) else one.names[0].name for one in found}
    names = {one.name for each in found for one in each.names}
    assert modules == {"__future__", "collections.abc", "datetime", "typing"}
    assert names == {"annotations", "Generator", "timedelta", "Any"}


def moved(fleet):
    """Let the machines of every cluster lie in the subscription after its cluster's."""
    known = sorted({one["id"].split("/")[2] for one in fleet.clusters})
    after = dict(zip(known, [*known[1:], known[0]], strict=True))
    for kind in ("Microsoft.HybridCompute/machines", "Microsoft.HybridCompute/machines/extensions"):
        for one in list(fleet.azure.store.of_type(kind)):
            own = one["id"].split("/")[2]
            fleet.azure.store.delete(one["id"])
            fleet.azure.store.put({**one, "id": one["id"].replace(own, after[own])})
    return fleet


def test_machines_in_another_shard_than_their_cluster_are_its_machines_as_for_one_process():
    alone, fleet = moved(Fleet()), moved(Fleet())
    with contextlib.suppress(TickFailed):
        alone.door().timer()
    ran(fleet.orchestrated())
    assert fleet.decisions() == alone.decisions()
    assert fleet.what_started() == alone.what_started()
    assert alone.starts()


# shards that fail


def test_a_shard_that_fails_once_is_observed_again_and_nothing_differs(alone):
    fleet = Fleet()
    fleet.faults = {("observe", 2): OSError("the network is gone")}
    backend = fleet.orchestrated()
    ran(backend)
    assert [given["shard"] for name, given in backend.calls if name == "observe"] == [0, 1, 2, 1]
    assert (fleet.what_started(), fleet.decisions()) == alone


def failing(shard, error=OSError):
    """Return a fleet in which one shard is never observed."""
    fleet = Fleet()
    plain = fleet.activity("observe")

    def observe(given):
        if given["shard"] == shard:
            raise error("no answer")
        return plain(given)

    activities = {"divide": fleet.activity("divide"), "observe": observe, "act": fleet.activity("act")}
    return fleet, Backend(handled(orchestration.orchestrate), activities)


@pytest.mark.parametrize("error", [OSError, Activity], ids=["fails", "never answers"])
def test_the_clusters_of_a_shard_that_is_never_observed_are_unknown_and_nothing_starts(error):
    fleet, backend = failing(0, error)
    began = backend.now
    assert "halted" in ran(backend) or fleet.view()["rings"][0]["state"] == "halted"
    lost = set(json.loads(fleet.blob("shards/fleet/index.json"))["shards"][0])
    clusters = fleet.view()["clusters"]
    assert len(clusters) == len(fleet.clusters)
    theirs = [one for one in clusters if one["id"].split("/")[2].lower() in lost]
    assert theirs
    assert {one["phase"] for one in theirs} == {"Unknown"}
    assert {one["state"] for one in fleet.view()["rings"]} <= {"halted", "closed"}
    assert fleet.starts() == []
    assert [given["shard"] for name, given in backend.calls if name == "observe"].count(0) == orchestration.TRIES
    if error is Activity:
        assert backend.now - began >= orchestration.TRIES * orchestration.PATIENCE


def test_a_shard_that_can_neither_be_observed_nor_listed_is_told_of_and_nothing_starts():
    fleet, backend = failing(0)
    fleet.world.front.faults.order(
        {"kind": "status", "status": 403, "code": "AuthorizationFailed", "method": "GET",
         "path": "/providers/microsoft.azurestackhci/clusters", "times": 999}
    )  # fmt: skip
    ran(backend)
    told = " ".join(fleet.view()["tick"]["problems"])
    assert "shard 0 of the fleet was not observed" in told
    assert "could not be listed" in told
    assert fleet.starts() == []


def test_the_same_in_a_plan_over_a_management_group_that_names_no_subscription():
    fleet, backend = failing(0)
    scope = fleet.world.plan_document["scope"]
    children = [
        {"id": f"/subscriptions/{one}", "type": "/subscriptions", "name": one} for one in scope["subscriptions"]
    ]
    group = "/providers/Microsoft.Management/managementGroups/edge"
    kind = "Microsoft.Management/managementGroups"
    fleet.azure.store.put({"id": group, "name": "edge", "type": kind, "properties": {"children": children}})
    fleet.world.plan_document["scope"] = {"managementGroups": ["edge"], "exclude": scope.get("exclude", [])}
    fleet.world.write_plan()
    ran(backend)
    assert len(fleet.view()["clusters"]) == len(fleet.clusters)
    assert fleet.starts() == []


def test_acting_is_never_tried_again():
    fleet = Fleet()
    fleet.faults = {("act", 1): OSError("the worker is gone")}
    backend = fleet.orchestrated()
    assert "the worker is gone" in ran(backend)
    assert [name for name, _ in backend.calls].count("act") == 1
    assert fleet.starts() == []


def test_a_fleet_that_cannot_be_divided_ends_the_run():
    fleet = Fleet()
    fleet.faults = {("divide", 1): OSError("no answer")}
    backend = fleet.orchestrated()
    assert "no answer" in ran(backend)
    assert [name for name, _ in backend.calls] == ["divide"]


# what lies in the blobs


def observing(fleet, **more):
    """Divide and observe; return what act is given."""
    run = {"run": "r1", "ticket": "", **more}
    count = durable.divide(fleet.door(), run)["shards"]
    for number in range(count):
        durable.observe(fleet.door(), {**run, "shard": number})
    return {**run, "shards": count, "missing": []}


def acted(fleet, given):
    with contextlib.suppress(TickFailed):
        durable.act(fleet.door(), given)


def test_every_run_writes_over_the_blobs_of_the_one_before():
    fleet = Fleet()
    ran(fleet.orchestrated())
    first = fleet.blobs()
    fleet.azure.advance(timedelta(hours=1))
    ran(fleet.orchestrated())
    assert fleet.blobs() == first == ["0.json", "1.json", "2.json", "index.json"]


def spoilt(fleet, change):
    name = ("stazlocalops", "azlocal-function", "shards/fleet/1.json")
    told = change(json.loads(fleet.azure.blobs[name]))
    fleet.azure.blobs[name] = told if isinstance(told, bytes) else json.dumps(told).encode()


SPOILT = {
    "of another run": lambda told: {**told, "run": "r0"},
    "not JSON": lambda told: b"\xff\xfe",
    "of another form": lambda told: {**told, "version": "azlocal.shard/9"},
    "without rows": lambda told: {**told, "rows": {}},
    "with rows that are none": lambda told: {**told, "rows": {**told["rows"], "resources": [{"type": "x"}, "y"]}},
    "without a moment": lambda told: {**told, "now": "yesterday"},
    "a list": lambda told: [told],
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_blob_that_is_not_this_runs_shard_counts_as_not_observed(how):
    fleet = Fleet()
    given = observing(fleet)
    spoilt(fleet, SPOILT[how])
    acted(fleet, given)
    assert fleet.starts() == []
    assert any("shard 1 of the fleet was not observed" in one for one in fleet.view()["tick"]["problems"])


def test_shards_that_are_too_old_start_nothing():
    fleet = Fleet()
    given = observing(fleet)
    fleet.azure.advance(sharding.TOO_OLD + timedelta(minutes=1))
    acted(fleet, given)
    assert fleet.starts() == []
    assert {one["phase"] for one in fleet.view()["clusters"]} == {"Unknown"}


def test_what_changed_after_a_shard_was_observed_is_read_again_before_a_start(alone):
    fleet = Fleet()
    given = observing(fleet)
    for cluster in fleet.clusters:
        document = fleet.azure.store.get(cluster["id"])
        fleet.azure.changed({**document, "tags": {**document.get("tags", {}), "azlocal-hold": "wait"}})
    acted(fleet, given)
    assert fleet.starts() == []
    assert alone[0]


def test_a_run_of_another_plan_or_of_another_division_starts_nothing():
    fleet = Fleet()
    given = observing(fleet)
    with pytest.raises(FunctionFailed, match="divided anew"):
        durable.act(fleet.door(), {**given, "shards": 2})
    with pytest.raises(FunctionFailed, match="another run goes on"):
        durable.act(fleet.door(), {**given, "run": "r2"})
    fleet.world.plan_document["rings"][0]["soak"] = "P9D"
    fleet.world.write_plan()
    with pytest.raises(FunctionFailed, match="the plan changed"):
        durable.act(fleet.door(), given)
    assert fleet.starts() == []


def test_a_shard_that_is_too_large_has_failed(monkeypatch):
    fleet = Fleet()
    connection = fleet.door().app.connection
    scope = fleet.door().app.needed_plan().scope
    with pytest.raises(Incomplete, match=r"bytes, more than 1000"):
        sharding.observed(connection, scope, scope.subscriptions[:1], most=1000)


# tickets, and one run at a time


def test_a_ticket_is_answered_by_the_run_that_it_started(alone):
    fleet = Fleet()
    ticket = fleet.door().ring()
    backend = fleet.orchestrated(told={"ticket": ticket.id})
    assert backend.run() == {"ticket": "ran"}
    assert fleet.what_started() == alone[0]
    assert fleet.door().desk.read(f"ticks/{ticket.id}.json")["state"] == "done"
    assert fleet.orchestrated(told={"ticket": ticket.id}).run() == {"ticket": "answered"}
    assert fleet.blobs("asked") == ["0.json", "1.json", "2.json", "index.json"]


@pytest.mark.parametrize("lead", range(0, 12, 2))
def test_two_runs_at_once_start_no_more_than_one(alone, lead):
    """That there is one run at a time is a convenience; the lease, and what is read under it, is what keeps starts apart."""
    fleet = Fleet()
    first, second = fleet.orchestrated(), fleet.orchestrated(later=1)
    for _ in range(lead):
        first.step()
    while not (first.done and second.done):
        for one in (second, first):
            if not one.done:
                one.step()
    once = fleet.what_started()
    assert len(set(once)) == len(once)
    assert set(once) <= set(alone[0])
    fleet.azure.advance(timedelta(minutes=1))
    ran(fleet.orchestrated())
    assert fleet.what_started() == alone[0]


def test_a_run_that_comes_between_takes_the_shards_of_the_other_and_neither_mixes_them():
    fleet = Fleet()
    first = fleet.orchestrated()
    while [name for name, _ in first.calls].count("observe") < 2:
        first.step()
    ran(fleet.orchestrated(later=90))
    assert "another run goes on" in ran(first)
    assert len(fleet.view()["clusters"]) == len(fleet.clusters)


# how a fleet is divided


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 900), max_size=200))
def test_every_subscription_is_in_one_shard_and_shards_are_few(clusters):
    shards = sharding.packed(clusters)
    assert sorted(name for one in shards for name in one) == sorted(clusters)
    assert len(shards) <= sharding.MOST_SHARDS
    assert all(shards)


def test_ten_thousand_subscriptions_are_as_many_shards_as_the_orchestrator_can_carry(monkeypatch):
    monkeypatch.undo()
    assert len(sharding.packed({f"{number:05}": 1 for number in range(10_000)})) <= sharding.MOST_SHARDS
    assert len(sharding.packed(dict.fromkeys("abcd", 250))) == 2
