"""Each alert fires on rows that tell of its matter, and stays silent on those of a fleet that goes well.

The rows are those that ticks of a sandbox fleet sent, changed in the one thing that the alert is about.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from installation import Installation
from query_world import ALERTS, PACK, ask, parsed, rows_instead, story, text_of

from azlocal.core.tables import TABLES
from azlocal.core.times import format_time
from azlocal.simulation.world import World

pytest.importorskip("duckdb_kql")
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
CLUSTERS, STEPS, ACTIONS, TICKS = "AzLocalCluster_CL", "AzLocalStep_CL", "AzLocalAction_CL", "AzLocalTick_CL"
MODULE = json.loads((Path(__file__).parents[2] / "arm-templates" / "modules" / "alerts.json").read_text("utf-8"))
RULES = {one["name"]: one for one in MODULE["variables"]["rules"]}


@pytest.fixture(scope="module")
def calm():
    """Return a world of one good cluster after two ticks, and a copy of its rows: nothing is wrong in it."""
    world = World("single-happy")
    for _ in range(2):
        world.tick()
        world.advance(10 * MINUTE)
    return world, {table: [dict(row) for row in world.azure.tables.get(table, [])] for table in TABLES}


def newest(rows):
    return max(row["TimeGenerated"] for row in rows)


def many(rows, count, **changes):
    """Return the newest row for as many clusters, each changed."""
    (last,) = [row for row in rows if row["TimeGenerated"] == newest(rows)]
    return [
        {**last, "ClusterId": f"/c{at}", "ClusterName": f"c{at}", "RowId": f"r{at}", **changes} for at in range(count)
    ]


def cluster(tables, count=1, **changes):
    return {CLUSTERS: many(tables[CLUSTERS], count, **changes)}


def ring(tables, **changes):
    rows = [{**row, "Rings": [{**one, **changes} for one in row["Rings"]]} for row in tables[TICKS]]
    return {TICKS: rows}


def failing(tables, count, **changes):
    """Return rows of clusters whose validation failed, all with one signature."""
    told = cluster(tables, count, Phase="ValidationFailed")
    step = dict.fromkeys((one.name for one in TABLES[STEPS]), "") | {
        "StartedAt": None, "EndedAt": None, "DurationSeconds": None, "Failing": True, "Mode": "validate",
        "Signature": "val-bitlocker", "StepName": "Validate", "Attempt": 1,
    }  # fmt: skip
    kept = ("TimeGenerated", "RowId", "TickId", "ClusterId", "ClusterName", "Ring")
    told[STEPS] = [{**step, **{name: row[name] for name in kept}, **changes} for row in told[CLUSTERS]]
    return told


def late(tables, minutes):
    """Return rows in which the start that a tick announced was told only later."""
    (row,) = [row for row in tables[ACTIONS] if row["TimeGenerated"] == newest(tables[ACTIONS])][:1]
    at = story_moment(row["TimeGenerated"]) - minutes * MINUTE
    return {ACTIONS: [{**row, "RowId": "late", "RequestedAt": format_time(at)}]}


def story_moment(text):
    from azlocal.core.times import parse_time

    return parse_time(text)


def in_days(world, days):
    return format_time(world.clock.now() + days * DAY)


FIRES = {
    "ring-halted": lambda world, tables: ring(tables, state="halted", reason="FailureBudgetSpent"),
    "operation-stuck": lambda world, tables: cluster(tables, Phase="Applying", Stuck=True),
    "apply-failed": lambda world, tables: cluster(tables, Phase="ApplyFailed"),
    "validation-failed-wide": lambda world, tables: failing(tables, 3),
    "no-tick": lambda world, tables: {TICKS: [{**row, "TimeGenerated": in_days(world, -0.1)} for row in tables[TICKS]]},
    "ingestion-gap": lambda world, tables: {TICKS: [{**row, "RowsLost": 3} for row in tables[TICKS]]},
    "approval-waiting": lambda world, tables: ring(tables, waiting=True),
    "support-ends": lambda world, tables: cluster(tables, Phase="Candidate", SupportEnds=in_days(world, 59)),
}
ALSO = {
    "no-tick: never": ("no-tick", lambda world, tables: {TICKS: []}),
    "ingestion-gap: a cluster's row is missing": ("ingestion-gap", lambda world, tables: {CLUSTERS: tables[CLUSTERS][:-1]}),
    "ingestion-gap: a start was told late": ("ingestion-gap", lambda world, tables: late(tables, 45)),
}  # fmt: skip
SILENT = {
    "ring-halted: it was, and is not any more": ("ring-halted", lambda world, tables: {
        TICKS: [*ring(tables, state="halted")[TICKS][:1], *tables[TICKS][1:]]}),
    "operation-stuck: it moves again": ("operation-stuck", lambda world, tables: {
        CLUSTERS: [*cluster(tables, Stuck=True, TimeGenerated=in_days(world, -0.1)), *cluster(tables)[CLUSTERS]][1:]}),
    "apply-failed: it was resumed": ("apply-failed", lambda world, tables: {
        CLUSTERS: [*cluster(tables, Phase="ApplyFailed", TimeGenerated=in_days(world, -0.1))[CLUSTERS],
                   *cluster(tables, Phase="Applying")[CLUSTERS]]}),
    "validation-failed-wide: on two clusters": ("validation-failed-wide", lambda world, tables: failing(tables, 2)),
    "validation-failed-wide: by three signatures": ("validation-failed-wide", lambda world, tables: {
        **failing(tables, 3), STEPS: [{**row, "Signature": row["ClusterId"]} for row in failing(tables, 3)[STEPS]]}),
    "validation-failed-wide: of upgrades": ("validation-failed-wide", lambda world, tables: failing(tables, 3, Mode="deploy")),
    "no-tick: an hour ago": ("no-tick", lambda world, tables: {
        TICKS: [{**tables[TICKS][-1], "TimeGenerated": in_days(world, -1 / 24)}]}),
    "ingestion-gap: told with the start": ("ingestion-gap", lambda world, tables: late(tables, 5)),
    "approval-waiting: approved": ("approval-waiting", lambda world, tables: ring(tables, waiting=False, approved=True)),
    "support-ends: in a year": ("support-ends", lambda world, tables: cluster(tables, SupportEnds=in_days(world, 365))),
    "support-ends: long ago": ("support-ends", lambda world, tables: cluster(tables, SupportEnds=in_days(world, -365))),
    "support-ends: upgraded": ("support-ends", lambda world, tables: cluster(
        tables, Phase="Solution", SupportEnds=in_days(world, 9))),
}  # fmt: skip


def test_there_is_a_case_a_query_and_a_rule_for_each_alert():
    assert set(FIRES) == set(ALERTS) == set(RULES)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_silent_where_all_goes_well(calm, name):
    assert ask(calm[0], name) == []


@pytest.mark.parametrize("case", [*FIRES, *ALSO])
def test_an_alert_fires_with_a_row_that_holds_its_dimensions(calm, case):
    name, changed = ALSO.get(case) or (case, FIRES[case])
    world, tables = calm
    with rows_instead(world, changed(world, tables)):
        rows = ask(world, name)
    assert rows
    for dimension in ("TimeGenerated", *RULES[name]["dimensions"]):
        assert all(row[dimension] for row in rows), dimension


@pytest.mark.parametrize("case", SILENT)
def test_an_alert_stays_silent_where_its_matter_is_over_or_too_small(calm, case):
    name, changed = SILENT[case]
    world, tables = calm
    with rows_instead(world, changed(world, tables)):
        assert ask(world, name) == []


def test_the_alerts_of_a_fleet_with_failures_are_those_that_its_story_gives_reason_for():
    world = story()[0]
    told = {name: len(ask(world, name)) for name in ALERTS}
    failed = {row["ClusterName"] for row in ask(world, "apply-failed")}
    assert failed == {"clu-porto-01", "clu-austin-01"}
    assert {name for name, number in told.items() if number} == {"apply-failed"}


@pytest.mark.full("node")
def test_microsofts_parser_finds_nothing_wrong_and_every_dimension_is_a_column_of_text(node_packages):
    answers = parsed(node_packages, {name: text_of(name) for name in ALERTS})
    for name, answer in answers.items():
        columns = dict(answer["columns"])
        assert answer["problems"] == []
        assert columns["TimeGenerated"] == "datetime"
        assert {columns[dimension] for dimension in RULES[name]["dimensions"]} <= {"string"}


# the rules


@pytest.fixture(scope="module")
def rules():
    """Return the alert rules that main.json makes, by name."""
    place = Installation()
    place.install(alertEmail="ops@example.com")
    found = place.of_type("Microsoft.Insights/scheduledQueryRules")
    return {one["name"].split("-", 1)[1]: one["properties"] for one in found}


def test_every_alert_is_a_rule_with_its_query_and_calls_the_action_group(rules):
    assert set(rules) == set(ALERTS)
    for name, rule in rules.items():
        (criterion,) = rule["criteria"]["allOf"]
        assert criterion["query"] == (PACK / "alerts" / f"{name}.kql").read_text("utf-8").strip()
        assert (criterion["timeAggregation"], criterion["operator"], criterion["threshold"]) == (
            "Count",
            "GreaterThan",
            0,
        )
        assert [one["name"] for one in criterion["dimensions"]] == RULES[name]["dimensions"]
        assert len(rule["actions"]["actionGroups"]) == 1
        assert rule["autoMitigate"] is True


@pytest.mark.parametrize("name", ALERTS)
def test_a_rule_sees_as_far_back_as_its_query_looks(rules, name):
    (lookback,) = re.findall(r"^let lookback = (\d+[dh]);$", text_of(name), re.M)
    assert rules[name]["windowSize"] == (f"P{lookback}" if lookback.endswith("d") else f"PT{lookback}").upper()


@pytest.mark.parametrize("name", ALERTS)
def test_what_wakes_somebody_is_what_cannot_wait(rules, name):
    urgent = {"ring-halted", "operation-stuck", "apply-failed", "no-tick"}
    assert (rules[name]["severity"] <= 1) == (name in urgent)
    assert rules[name]["evaluationFrequency"] in {"PT15M", "PT30M", "PT1H", "P1D"}
