"""Completeness is proved by counts: what Resource Graph truncates, changes or refuses on the way is found out.

Over TLS on loopback, with the sandbox's own departures from a clear index; only waiting is virtual.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

import pytest
from azure.core.pipeline.transport import RequestsTransport
from served import Credential

pytest.importorskip("duckdb_kql", reason="the sandbox's query engine needs Python 3.11")

from azlocal.app import App, read_settings
from azlocal.errors import Incomplete
from azlocal.sandbox import documents
from azlocal.sandbox.carriers import Server
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.query.haze import Haze
from azlocal.sandbox.run import world

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
GRAPH = "/providers/microsoft.resourcegraph/resources"
CLUSTERS = "microsoft.azurestackhci/clusters"
LAG_NONE = timedelta(0)


class Transport(RequestsTransport):
    """Reaches the sandbox over TLS, and waits on its clock."""

    def __init__(self, clock, **more):
        super().__init__(**more)
        self._clock = clock

    def sleep(self, duration):
        self._clock.sleep(duration)


class Wire:
    """A world behind a listener."""

    def __init__(self, folder, scenario):
        self.front, _, _ = world(scenario, VirtualClock(NOW))
        self.azure = self.front.azure
        self._server = Server(self.front.handle)
        self._server.start(folder / "ca.pem")
        self._transport = Transport(self.azure.clock, connection_verify=str(folder / "ca.pem"))

    def stop(self):
        self._transport.close()
        self._server.stop()

    def census(self):
        """Return the clusters of a fresh census and the statuses of the pages it took."""
        environment = {"AZLOCAL_CLOUD": self._server.base}
        app = App(
            read_settings({}, environment), environment, transport=self._transport, credential=Credential(self.azure)
        )
        seen = len(self.front.journal.after())
        try:
            found = {one.cluster.id.lower() for one in app.census().clusters}
        except Incomplete:
            found = None
        return found, [one.status for one in self.front.journal.after(seen) if one.path.lower() == GRAPH]

    @property
    def truth(self):
        return {one["id"].lower() for one in self.azure.store.of_type(CLUSTERS)}


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    found = Wire(tmp_path_factory.mktemp("wire"), "fleet-40")
    found.census()  # the index begins
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def clear(request):
    yield
    if "wire" in request.fixturenames:
        request.getfixturevalue("wire").azure.haze = None


def test_a_page_that_always_lacks_a_row_is_never_taken_for_the_whole(wire):
    wire.azure.haze = Haze(random.Random(1), longest=LAG_NONE, loses=1.0)
    found, pages = wire.census()
    assert found is None
    assert len(pages) == 3
    assert set(pages) == {200}


@pytest.mark.parametrize("kind", ["loses", "doubles"])
def test_whatever_pages_lose_or_repeat_the_fleet_is_read_exactly_or_not_at_all(wire, kind):
    clear_pages = len(wire.census()[1])
    outcomes = []
    for seed in range(12):
        wire.azure.haze = Haze(random.Random(seed), longest=LAG_NONE, short=0.5, **{kind: 0.08})
        found, pages = wire.census()
        assert found in (None, wire.truth)
        outcomes.append((found is not None, len(pages) > clear_pages))
    # Among them are fleets that were read again and then whole, and fleets that were given up.
    assert (True, True) in outcomes


class Vanishing(Haze):
    """Takes the second page from a later moment, at which one more of *victims* is gone."""

    def __init__(self, wire, times):
        super().__init__(random.Random(3), longest=LAG_NONE, short=1.0)
        self._wire, self._times = wire, times

    def size(self, size):
        return min(size, 100)

    def forgotten(self):
        if not self._times:
            return False
        self._times -= 1
        victim = next(one for one in self._wire.azure.store.of_type(CLUSTERS) if not one["name"].startswith("kept"))
        self._wire.azure.changed({**victim, "tags": {"seen": "yes"}})
        self._wire.azure.store.delete(victim["id"])
        return True


@pytest.mark.parametrize(("times", "read"), [(1, True), (2, True), (3, False)])
def test_a_total_that_changes_between_pages_is_read_again_and_given_up_after_three_readings(wire, times, read):
    before = wire.truth
    wire.azure.haze = Vanishing(wire, times)
    found, pages = wire.census()
    assert len(wire.truth) == len(before) - times
    assert found == (wire.truth if read else None)
    assert set(pages) == {200}


def test_pages_of_more_than_sixteen_megabytes_are_refused_and_the_fleet_is_read_in_smaller_ones(tmp_path):
    heavy = Wire(tmp_path, "fleet-1")
    (cluster,) = heavy.azure.store.of_type(CLUSTERS)
    subscription = cluster["id"].split("/")[2]
    tags = {f"{'k' * 500}{number}": "v" * 256 for number in range(50)}  # what Azure lets a resource have
    group = documents.resource_group(subscription, "rg-heavy", "westeurope", {})
    heavy.azure.store.put(group)
    for number in range(600):
        name = f"clu-heavy-{number:03}"
        there = f"{group['id']}/providers/Microsoft.AzureStackHCI/clusters/{name}"
        heavy.azure.store.put({**cluster, "id": there, "name": name, "tags": tags})
    try:
        found, pages = heavy.census()
    finally:
        heavy.stop()
    assert found == heavy.truth
    assert len(found) == 601
    assert pages.count(400) == 2  # a thousand rows, then five hundred
