"""Ingestion down for ten ticks, then back: the tables end equal to those of a twin that nothing disturbed.

Both are driven in this process on virtual time, tick for tick at the same moments. What is compared is what
`docs/telemetry.md` calls the state of a table: of every thing the newest row.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from azlocal.core.tables import TABLES
from azlocal.core.times import parse_time
from azlocal.sandbox.faults import Fault
from azlocal.simulation.world import World

HOUR = timedelta(hours=1)
DOWN, LONGEST = range(2, 12), 16
"""Ticks that ingestion is down for, and how many there are. Whole upgrades begin and end in between."""
INGESTION = r"/dataCollectionRules/"
TROUBLES = {
    "the identity may not send": Fault("status", path=INGESTION, times=None, status=403, code="OperationFailed"),
    "the service is broken": Fault("status", path=INGESTION, times=None, status=503),
    "nobody answers": Fault("drop-before", path=INGESTION, times=None),
}


@cache
def drive(name=""):
    """Run a fleet for some hours, a tick an hour, in some trouble; return its world and the reports."""
    trouble = TROUBLES.get(name)
    world, reports = World("fleet-small"), []
    began = world.clock.now()
    for number in range(LONGEST):
        world.advance(began + number * HOUR - world.clock.now())
        if trouble is not None and number == DOWN.start:
            world.front.faults.ordered.append(trouble)
        if trouble is not None and number == DOWN.stop:
            world.front.faults.ordered.remove(trouble)
        reports.append(world.tick())
        people(world, reports[-1], number)
    return world, reports


def people(world, report, number):
    """Approve what waits for an approval, and at the end accept a failure: then its row must be there."""
    for ring in {one.ring for one in report.clusters if one.decision.reason == "ApprovalNeeded"}:
        world.person().approve(ring, None, by="ada")
    if number == DOWN.stop:
        for one in report.clusters:
            if one.cluster.name == "clu-bremen-01":
                world.person().resume(one.cluster.id, by="ada")


KEYS = {
    "AzLocalCluster_CL": ("ClusterId",),
    "AzLocalStep_CL": ("ClusterId", "Mode", "StepPath"),
    "AzLocalAction_CL": ("ClusterId", "Mode", "Attempt"),
}


def state(driven, table):
    """Return the state of a table: of each thing its newest row; of findings those of the cluster's newest look.

    Azure draws correlation ids at random; what they mean is the start that they name.
    """
    world, reports = driven
    starts = {
        one.correlation_id.lower(): (one.cluster_id, one.mode, one.attempt)
        for report in reports
        for one in report.actions
    }
    rows = [
        {**row, "CorrelationId": starts.get(row.get("CorrelationId", "").lower(), row.get("CorrelationId"))}
        for row in world.azure.tables[table]
    ]
    if table == "AzLocalTick_CL":
        return {"": max(rows, key=lambda row: row["TimeGenerated"])}
    if table == "AzLocalFinding_CL":
        newest = {name[0]: row["TickId"] for name, row in state(driven, "AzLocalCluster_CL").items()}
        return {row["RowId"]: row for row in rows if row["TickId"] == newest[row["ClusterId"]]}
    found = {}
    for row in rows:
        name = tuple(row[column] for column in KEYS[table])
        if name not in found or found[name]["TimeGenerated"] <= row["TimeGenerated"]:
            found[name] = row
    return found


@pytest.fixture(scope="module")
def twin():
    return drive()


@pytest.mark.parametrize("name", TROUBLES)
def test_after_ten_ticks_without_ingestion_the_tables_end_equal_to_those_of_an_undisturbed_twin(twin, name):
    disturbed = drive(name)
    lost = [number for number, report in enumerate(disturbed[1]) if report.delivery.lost]
    assert lost == list(DOWN)
    for table in TABLES:
        assert len(disturbed[0].azure.tables[table]) < len(twin[0].azure.tables[table])
        assert state(disturbed, table) == state(twin, table), table


def test_in_those_ten_ticks_the_fleet_goes_on_as_its_twin_does_and_the_ticks_say_that_rows_were_lost(twin):
    _, reports = drive("the service is broken")
    started = [(action.at, action.cluster_id, action.kind) for report in reports for action in report.actions]
    undisturbed = [(action.at, action.cluster_id, action.kind) for report in twin[1] for action in report.actions]
    assert started == undisturbed
    during = [action for number in DOWN for action in reports[number].actions]
    assert {action.kind for action in during} >= {"StartValidation", "StartUpgrade"}
    assert all(reports[number].failed and reports[number].delivery.problems for number in DOWN)


def test_of_every_start_of_those_ten_ticks_a_row_tells_in_the_end_with_its_moment_and_its_correlation_id():
    world, reports = drive("the identity may not send")
    rows = {(row["ClusterId"], row["Mode"], row["Attempt"]): row for row in world.azure.tables["AzLocalAction_CL"]}
    started = [action for number in DOWN for action in reports[number].actions]
    assert len(started) > 5
    for action in started:
        row = rows[(action.cluster_id.lower(), action.mode, action.attempt)]
        assert parse_time(row["RequestedAt"]) == action.at
        if action.mode != "extension":
            assert (row["Outcome"], row["CorrelationId"].lower()) == ("accepted", action.correlation_id.lower())
