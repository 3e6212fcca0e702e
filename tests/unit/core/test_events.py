"""The telemetry schema, and rows that keep to it."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from importlib.resources import files

import pytest

from azlocal.core.decisions import StartUpgrade
from azlocal.core.events import (
    ActionOutcome,
    TickSummary,
    action_rows,
    cluster_rows,
    row_id,
    tick_rows,
)
from azlocal.core.facts import (
    ABSENT,
    ClusterFacts,
    DeploymentFacts,
    FleetFacts,
    MachineFacts,
    NodeFacts,
    RelatedFacts,
    SettingsFacts,
    SolutionFacts,
    Step,
)
from azlocal.core.plan import FleetPlan, Inputs, Ring, Scope, Selector
from azlocal.core.rollout import decide_fleet
from azlocal.core.tables import TABLES
from azlocal.core.tags import Earlier, Intent
from azlocal.core.times import parse_time

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ID = "/subscriptions/AAAA/resourceGroups/RG/providers/Microsoft.AzureStackHCI/clusters/C1"
ALL = Selector(all=True)
PLAN = FleetPlan(digest="cd" * 32, scope=Scope(), rings=(Ring(name="one", select=ALL, expect=1),))
INPUTS = {ID.lower(): Inputs(cluster_id=ID, parameters={}, digest="ab" * 32, source="c1.yaml")}
RESERVED = {"type", "tenantid", "resource", "resourceid", "resourcename", "resourcetype", "subscriptionid"}
TYPES = {"string", "int", "long", "real", "boolean", "dynamic", "datetime"}
COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]
KINDS = {
    "string": str,
    "int": int,
    "long": int,
    "real": (int, float),
    "boolean": bool,
    "dynamic": (dict, list),
    "datetime": str,
}


def steps():
    inner = Step(name="Inner", status="Error", started_at=NOW - HOUR, ended_at=NOW, exceptions=("it broke", "twice"))
    return (
        Step(name="Outer", index="0", status="Error", started_at=NOW - HOUR, steps=(inner,)),
        Step(name="Later", index="1"),
    )


def cluster(**changes):
    intent = Intent(mode="deploy", attempt=2, failures=1, inputs="ab" * 6, plan="cd" * 6, at=NOW - HOUR)
    shown = SettingsFacts(
        id="ds", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="Failed", validation_status="Success", deployment_status="Error",
        validation_steps=(Step(name="Checked", index="0", status="Success"),), deployment_steps=steps(),
    )  # fmt: skip
    whole = ClusterFacts(
        id=ID, name="C1", location="eastus", tags={"azlocal-op": intent.text()}, identity_type="SystemAssigned",
        status="DeploymentFailed", connectivity="Connected", last_sync_at=NOW - HOUR, observed_at=NOW,
        nodes=(NodeFacts(name="n1", os_version="10.0.25398.1904"),), machines=(MachineFacts(id="m1", name="n1"),),
        solution=ABSENT, settings=shown,
        deployment=DeploymentFacts(id="d", provisioning_state="Failed", correlation_id="corr", mode="deploy"),
    )  # fmt: skip
    return replace(whole, **changes)


BARE = ClusterFacts(id=f"{ID}-bare", name="C1-bare")
SOLVED = cluster(id=f"{ID}-done", solution=SolutionFacts(id="s", version="11.2510.1002.5"))
FLEET = (cluster(), BARE, SOLVED)
DAY = timedelta(days=1)


def on_its_way(**changes):
    """Return a cluster in the middle of its upgrade, whose validation went through."""
    intent = Intent(
        mode="deploy", attempt=1, failures=0, inputs="ab" * 6, plan="cd" * 6, at=NOW - HOUR, before=(VALIDATED,)
    )
    shown = SettingsFacts(
        id="ds", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="Accepted", validation_status="Success",
        deployment_status="InProgress", validation_steps=(Step(name="Checked", index="0", status="Success", ended_at=NOW - DAY),),
        deployment_steps=(Step(name="One", index="0", status="Success", started_at=NOW - HOUR, ended_at=NOW - HOUR / 2),
                          Step(name="Two", index="1", status="InProgress", started_at=NOW - HOUR / 2), Step(name="Three", index="2")),
    )  # fmt: skip
    ours = DeploymentFacts(
        id="d", provisioning_state="Running", correlation_id=CORRELATION, mode="deploy", inputs="ab" * 6, attempt=1
    )
    usual = {"id": f"{ID}-runs", "tags": {"azlocal-op": intent.text()}, "settings": shown, "deployment": ours}
    return cluster(**(usual | {"status": "DeploymentInProgress"} | changes))


def upgraded():
    """Return the same cluster some hours later."""
    running = on_its_way()
    done = (Step(name="One", index="0", status="Success", started_at=NOW - HOUR, ended_at=NOW - HOUR / 4),)
    shown = replace(
        running.settings, deployment_status="Success", provisioning_state="Succeeded", deployment_steps=done
    )
    return on_its_way(
        id=f"{ID}-up",
        deployment=replace(running.deployment, provisioning_state="Succeeded"),
        settings=shown,
        appliances=(RelatedFacts(id="b", kind="appliance", status="Running", provisioning_state="Succeeded"),),
        custom_locations=(RelatedFacts(id="l", kind="location", provisioning_state="Succeeded"),),
        machines=(MachineFacts(id="m1", name="n1", status="Connected"),),
        solution=SolutionFacts(id="s", version="10.2510.1002.93"),
        status="DeploymentSuccess",
    )


CORRELATION = "0c6e1c6e-58a2-4d6a-9c43-3f1d1a4b7a10"
VALIDATED = Earlier(mode="validate", attempt=3, at=NOW - DAY, correlation="ab" * 16)


def decided(*clusters, now=NOW):
    facts = FleetFacts(cloud="public", clusters=clusters, observed_at=now)
    return decide_fleet(facts, PLAN, INPUTS, now)


def action(**changes):
    done = ActionOutcome(
        cluster_id=ID, kind="Resume", mode="deploy", attempt=2, outcome="accepted", at=NOW, reason="Ready",
        status=201, correlation_id="corr",
    )  # fmt: skip
    return replace(done, **changes)


def summary(**changes):
    read = decided(*FLEET)
    told = TickSummary(
        tick_id="t1", now=NOW, plan="cd" * 6, cloud="public", lease="taken-over:someone", dry_run=False,
        clusters=read.clusters, rings=read.rings, actions=(action(), action(outcome="refused")),
        problems=("a page was incomplete",), calls=7, throttled=1, duration=timedelta(seconds=2.5),
    )  # fmt: skip
    return replace(told, **changes)


def told(tick_id="t1", now=NOW, clusters=FLEET):
    """Return every row of one tick."""
    read = decided(*clusters, now=now).clusters
    acted = action_rows([action(), action(cluster_id=f"{ID}-gone", status=None)], read, PLAN, tick_id)
    return [*cluster_rows(read, PLAN, tick_id, now), *acted, *tick_rows(summary(tick_id=tick_id, now=now))]


def of(table, rows):
    return [row.values for row in rows if row.table == table]


def ids(table, rows):
    return [values["RowId"] for values in of(table, rows)]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table}.{column.name}" for table, column in COLUMNS])
def test_a_column_has_a_free_name_an_allowed_type_and_a_meaning(table, column):
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,44}", column.name)
    assert column.name.lower() not in RESERVED
    assert column.type in TYPES
    assert column.meaning


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_custom_name_its_moment_and_no_column_twice(table):
    names = [column.name.lower() for column in TABLES[table]]
    assert re.fullmatch(r"AzLocal[A-Za-z]+_CL", table)
    assert len(names) == len(set(names))
    assert ("TimeGenerated", "datetime") in {(column.name, column.type) for column in TABLES[table]}


def test_a_column_of_two_tables_has_one_type():
    types = {}
    for _, column in COLUMNS:
        types.setdefault(column.name, set()).add(column.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_the_rule_of_the_sandbox_declares_exactly_the_tables():
    rule = json.loads(files("azlocal.sandbox").joinpath("scenarios", "telemetry_rule.json").read_text("utf-8"))
    assert rule == {
        f"Custom-{table}": [{"name": column.name, "type": column.type} for column in columns]
        for table, columns in TABLES.items()
    }


def test_one_tick_tells_something_to_every_table():
    assert {row.table for row in told()} == set(TABLES)
    assert {row.stream for row in told()} == {f"Custom-{table}" for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_a_row_has_exactly_the_declared_columns(table):
    declared = {column.name for column in TABLES[table]}
    assert {frozenset(values) for values in of(table, told())} == {frozenset(declared)}


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{table}.{column.name}" for table, column in COLUMNS])
def test_a_value_is_of_its_columns_type(table, column):
    rows = of(table, [*told(), *told("t2", clusters=(on_its_way(), upgraded()))])
    values = [value for row in rows if (value := row[column.name]) is not None]
    assert values
    for value in values:
        assert isinstance(value, KINDS[column.type])
        assert column.type == "boolean" or not isinstance(value, bool)
        assert column.type != "datetime" or parse_time(value) is not None


def test_rows_are_plain_json():
    sent = [dict(row.values) for row in told()]
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_the_same_tick_told_twice_has_the_same_rows():
    assert told() == told()


@pytest.mark.parametrize("table", TABLES)
def test_no_two_rows_of_a_tick_share_an_id(table):
    found = ids(table, told())
    assert len(found) == len(set(found))
    assert {uuid.UUID(one).version for one in found} == {5}


@pytest.mark.parametrize("table", ["AzLocalFinding_CL", "AzLocalStep_CL", "AzLocalAction_CL"])
def test_what_did_not_change_keeps_its_id_in_the_next_tick(table):
    assert ids(table, told()) == ids(table, told("t2", NOW + timedelta(minutes=15)))


@pytest.mark.parametrize("table", ["AzLocalCluster_CL", "AzLocalTick_CL"])
def test_the_state_of_each_tick_has_an_id_of_its_own(table):
    assert not set(ids(table, told("t1"))) & set(ids(table, told("t2")))


@pytest.mark.parametrize("table", ["AzLocalCluster_CL", "AzLocalFinding_CL", "AzLocalStep_CL"])
def test_the_case_of_a_cluster_id_does_not_change_row_ids(table):
    assert ids(table, told(clusters=(cluster(),))) == ids(table, told(clusters=(cluster(id=ID.upper()),)))


def test_parts_of_an_id_do_not_run_into_each_other():
    assert row_id("a", "bc") != row_id("ab", "c")


def test_a_step_that_moves_on_is_a_new_row():
    moved = replace(cluster().settings, validation_steps=(Step(name="Checked", index="0", status="InProgress"),))
    before, after = (ids("AzLocalStep_CL", told(clusters=(one,))) for one in (cluster(), cluster(settings=moved)))
    assert len(set(before) - set(after)) == 1


def test_the_state_row_tells_what_was_read_and_decided():
    row = of("AzLocalCluster_CL", told())[0]
    expected = {
        "ClusterId": ID.lower(), "ClusterName": "C1", "Ring": "one", "SubscriptionGuid": "aaaa", "ResourceGroupName": "RG",
        "Phase": "ApplyFailed", "Attempt": 2, "AttemptMode": "deploy", "Failures": 1, "NodeCount": 1,
        "DeploymentStatus": "Error", "CorrelationId": "corr", "PlanDigest": "cd" * 6, "InputsDigest": "ab" * 6,
        "TimeGenerated": "2026-11-24T12:00:00Z", "LastSync": "2026-11-24T11:00:00Z",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_cluster_of_which_nothing_is_known_still_has_its_row():
    row = next(one for one in of("AzLocalCluster_CL", told()) if one["ClusterName"] == "C1-bare")
    assert (row["LastSync"], row["NodeCount"], row["OsVersion"], row["Attempt"]) == (None, 0, "", 0)


def test_steps_are_told_with_path_time_and_failure():
    rows = {row["StepName"]: row for row in of("AzLocalStep_CL", told(clusters=(cluster(),)))}
    inner, later, checked = rows["Inner"], rows["Later"], rows["Checked"]
    assert (inner["Failing"], inner["DurationSeconds"], inner["Message"]) == (True, 3600.0, "it broke twice")
    assert inner["StepPath"].startswith(rows["Outer"]["StepPath"] + ".")
    assert (later["Failing"], later["StartedAt"], later["DurationSeconds"]) == (False, None, None)
    assert (inner["Attempt"], checked["Attempt"]) == (2, 0)


def test_a_long_exception_is_cut_and_says_so():
    long = replace(cluster().settings, deployment_steps=(Step(name="S", status="Error", exceptions=("x" * 20000,)),))
    rows = of("AzLocalStep_CL", told(clusters=(cluster(settings=long),)))
    message = next(row["Message"] for row in rows if row["StepName"] == "S")
    assert len(message) == 8000
    assert message.endswith("…")


def test_a_secret_in_a_text_of_azures_is_told_to_no_table():
    text = "New-Thing failed: password=hunter2!x at https://kv.vault.azure.net/secrets/lcm/0123456789abcdef"
    told_so = replace(cluster().settings, deployment_steps=(Step(name="S", status="Error", exceptions=(text,)),))
    rows = told(clusters=(cluster(settings=told_so),))
    acted = list(action_rows([action(message=text)], (), PLAN, "t1"))
    ticked = list(tick_rows(summary(problems=(text,))))
    sent = json.dumps([dict(row.values) for row in (*rows, *acted, *ticked)])
    assert "hunter2" not in sent
    assert "0123456789abcdef" not in sent
    assert "New-Thing failed" in sent


def test_an_action_of_a_cluster_that_is_gone_is_told_without_ring_and_inputs():
    here, gone = (one for one in of("AzLocalAction_CL", told()) if one["Reason"])
    assert (here["Ring"], here["InputsDigest"], here["HttpStatus"]) == ("one", "ab" * 6, 201)
    assert (gone["Ring"], gone["InputsDigest"], gone["HttpStatus"]) == ("", "", None)


def test_the_row_of_the_tick_counts_accepted_starts_and_names_the_lease_state_alone():
    (row,) = of("AzLocalTick_CL", told())
    assert (row["Starts"], row["Lease"], row["Clusters"], row["DurationSeconds"]) == (1, "taken-over", 3, 2.5)
    assert sum(row["Phases"].values()) == sum(row["Decisions"].values()) == 3
    assert [ring["name"] for ring in row["Rings"]] == ["one"]


def test_the_state_row_tells_how_far_a_running_upgrade_is_and_since_when():
    row = of("AzLocalCluster_CL", told(clusters=(on_its_way(),)))[0]
    expected = {
        "Phase": "Applying", "Mode": "deploy", "Ours": True, "InFlight": True, "StepName": "Two", "StepsDone": 1, "StepsTotal": 3,
        "OperationStartedAt": "2026-11-24T11:00:00Z", "StepStartedAt": "2026-11-24T11:30:00Z",
        "ExpectedEnd": "2026-11-24T15:00:00Z", "ValidatedAt": "2026-11-23T12:00:00Z", "UpgradedAt": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_the_state_row_of_an_upgraded_cluster_tells_when_it_began_and_when_it_ended():
    row = of("AzLocalCluster_CL", told(clusters=(upgraded(),)))[0]
    assert (row["UpgradeStartedAt"], row["UpgradedAt"]) == ("2026-11-24T11:00:00Z", "2026-11-24T11:45:00Z")
    assert (row["Phase"], row["OperationStartedAt"], row["ExpectedEnd"]) == ("Solution", None, None)


def test_the_starts_that_azure_remembers_are_told_again_by_every_tick_with_the_ids_they_had():
    first = ActionOutcome(
        cluster_id=f"{ID}-runs", kind="StartValidation", mode="validate", attempt=3, outcome="accepted",
        at=NOW - DAY, reason="Ready", status=201,
    )  # fmt: skip
    sent = [row.values for row in action_rows([first], (), PLAN, "t0")]
    again = {row["Mode"]: row for row in of("AzLocalAction_CL", told(clusters=(on_its_way(),))) if not row["Reason"]}
    assert again["validate"]["RowId"] == sent[0]["RowId"]
    assert again["deploy"]["CorrelationId"] == CORRELATION
    assert {name: row["Outcome"] for name, row in again.items()} == {"validate": "accepted", "deploy": "accepted"}
    assert {row["TimeGenerated"] for row in again.values()} == {"2026-11-24T12:00:00Z"}


def test_of_an_announced_start_that_nothing_shows_no_more_is_told():
    rows = of(
        "AzLocalAction_CL", told(clusters=(on_its_way(deployment=ABSENT, settings=ABSENT, status="ConnectedRecently"),))
    )
    again = {row["Mode"]: row["Outcome"] for row in rows if not row["Reason"]}
    assert again == {"validate": "accepted", "deploy": "announced"}


def test_a_ring_is_told_with_what_an_approval_is_bound_to():
    (row,) = of("AzLocalTick_CL", told())
    (ring,) = row["Rings"]
    assert (ring["planDigest"], len(ring["membersDigest"]), ring["approveUntil"]) == ("cd" * 6, 12, "20261201T120000Z")
    assert (ring["waiting"], ring["gate"], ring["forecast"]) == (False, "approval", None)


def test_problems_of_a_tick_are_at_most_fifty():
    (row,) = (one.values for one in tick_rows(summary(problems=tuple(map(str, range(80))))))
    assert row["Problems"] == [str(n) for n in range(50)]


def checks_told(one):
    rows = cluster_rows([one], PLAN, "t", NOW)
    return [row.values["Check"] for row in rows if row.table == "AzLocalFinding_CL"]


def test_what_is_in_order_has_rows_only_when_it_is_the_reason_for_a_start():
    (one,) = decide_fleet(FleetFacts(cloud="public", clusters=(on_its_way(),)), PLAN, {}, NOW).clusters
    told = checks_told(one)
    assert told == [finding.check for finding in one.findings if not finding.passes]
    assert 0 < len(told) < len(one.findings)
    started = replace(one, decision=StartUpgrade(reason="r", message="m", attempt=1))
    assert checks_told(started) == [finding.check for finding in one.findings]
