"""What clusters do by themselves, and what their owners do on premises."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hci_world import CLUSTER, START, Sandbox, cluster, machine_id

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey import Behaviour
from azlocal.sandbox.journey_life import begin_life, upgrade_os


def synced(sandbox: Sandbox, cluster_id: str = CLUSTER) -> datetime:
    text = sandbox.get(cluster_id)["properties"]["lastSyncTimestamp"]
    return datetime.fromisoformat(text[:-2] + "+00:00")


def test_a_connected_cluster_reports_about_every_twelve_hours():
    sandbox = Sandbox()
    begin_life(sandbox.azure)
    moments = {synced(sandbox)}
    for _ in range(5 * 48):
        sandbox.advance(minutes=30)
        moments.add(synced(sandbox))
        assert sandbox.azure.clock.now() - synced(sandbox) < timedelta(hours=15)
        told = sandbox.get(CLUSTER)["properties"]
        assert told["reportedProperties"]["lastUpdated"] == told["lastSyncTimestamp"]
    gaps = [after - before for before, after in pairwise(sorted(moments))]
    assert 8 <= len(gaps) <= 11
    assert all(timedelta(hours=10) < gap < timedelta(hours=14) for gap in gaps)


def test_clusters_report_at_different_times():
    sandbox = Sandbox()
    ids = [f"{CLUSTER}-{place}" for place in range(40)]
    for one in ids:
        sandbox.azure.store.put({**cluster(), "id": one})
    begin_life(sandbox.azure)
    sandbox.advance(hours=24)
    assert len({synced(sandbox, one) for one in ids}) > 20


@pytest.mark.parametrize(
    ("connectivity", "syncs"), [("Disconnected", True), ("NotConnectedRecently", True), ("Connected", False)]
)
def test_a_cluster_that_is_not_connected_or_does_not_sync_falls_silent(connectivity: str, syncs: bool):
    sandbox = Sandbox()
    before = synced(sandbox)
    sandbox.change(CLUSTER, connectivityStatus=connectivity)
    sandbox.azure.behaviours[CLUSTER.lower()] = Behaviour(syncs=syncs)
    begin_life(sandbox.azure)
    sandbox.advance(days=3)
    assert synced(sandbox) == before


def test_life_is_one_entry_on_the_agenda_for_ten_thousand_clusters():
    sandbox = Sandbox()
    for place in range(10_000):
        sandbox.azure.store.put(
            {"id": f"{CLUSTER}-{place}", "name": "c", "type": "Microsoft.AzureStackHCI/clusters", "properties": {}}
        )
    begin_life(sandbox.azure)
    sandbox.advance(hours=2)
    assert len(sandbox.azure.agenda._heap) == 1


def test_a_cluster_that_appears_later_lives_too():
    sandbox = Sandbox()
    begin_life(sandbox.azure)
    sandbox.azure.store.put({**cluster(), "id": f"{CLUSTER}-late"})
    sandbox.advance(hours=26)
    assert synced(sandbox, f"{CLUSTER}-late") > START


def test_the_stub_of_the_summary_is_there_for_the_index_when_the_switch_says_so():
    sandbox = Sandbox()
    sandbox.switch("update-summary-before-upgrade", "stub")
    begin_life(sandbox.azure)
    stub: Any = sandbox.azure.store.get(f"{CLUSTER}/updateSummaries/default")
    assert stub["properties"]["currentVersion"] == ""
    sandbox.switch("update-summary-before-upgrade", "absent")
    assert sandbox.ask("GET", f"{CLUSTER}/updateSummaries/default").status == 404


def versions(sandbox: Sandbox) -> tuple[list[str], list[str]]:
    machines = [sandbox.azure.store.get(machine_id(place)) or {} for place in (1, 2)]
    nodes = sandbox.get(CLUSTER)["properties"]["reportedProperties"]["nodes"]
    return [one["properties"]["osVersion"][5:] for one in machines], [one["osVersion"][5:] for one in nodes]


def test_an_os_upgrade_shows_on_the_machines_first_and_hours_later_in_the_census():
    sandbox = Sandbox(build="20349.3692")
    at = START + timedelta(hours=1)
    upgrade_os(sandbox.azure, CLUSTER, "26100.32814", at=at, census_after=timedelta(hours=3))
    old, new = ["20349.3692"] * 2, ["26100.32814"] * 2
    assert versions(sandbox) == (old, old)
    sandbox.advance(hours=1)
    assert versions(sandbox) == (new, old)
    sandbox.advance(hours=3)
    assert versions(sandbox) == (new, new)
    told = sandbox.get(CLUSTER)["properties"]
    assert told["reportedProperties"]["nodes"][0]["osDisplayVersion"] == "24H2"
    assert told["reportedProperties"]["clusterVersion"] == "10.0.26100.32814"
    assert told["lastSyncTimestamp"] == stamp(START + timedelta(hours=4))


def test_nodes_may_follow_one_another_so_that_builds_differ_on_the_way():
    sandbox = Sandbox(build="20349.3692")
    upgrade_os(
        sandbox.azure, CLUSTER, "10.0.25398.1904", at=START, census_after=timedelta(0), between=timedelta(minutes=40)
    )
    sandbox.advance(minutes=39)
    assert versions(sandbox)[0] == ["25398.1904", "20349.3692"]
    sandbox.advance(minutes=1)
    assert versions(sandbox) == (["25398.1904"] * 2, ["25398.1904"] * 2)


def test_the_census_of_a_cluster_that_does_not_sync_stays_stale():
    sandbox = Sandbox(build="20349.3692")
    sandbox.azure.behaviours[CLUSTER.lower()] = Behaviour(syncs=False)
    upgrade_os(sandbox.azure, CLUSTER, "26100.32814", at=START, census_after=timedelta(hours=3))
    sandbox.advance(days=2)
    assert versions(sandbox) == (["26100.32814"] * 2, ["20349.3692"] * 2)


def test_a_cluster_or_machine_that_is_gone_by_then_is_no_trouble():
    sandbox = Sandbox()
    upgrade_os(sandbox.azure, f"{CLUSTER}-none", "26100.32814", at=START)
    upgrade_os(sandbox.azure, CLUSTER, "26100.40000", at=START + timedelta(hours=1))
    sandbox.azure.store.delete(machine_id(2))
    sandbox.advance(hours=6)
    assert (sandbox.azure.store.get(machine_id(1)) or {})["properties"]["osVersion"] == "10.0.26100.40000"
