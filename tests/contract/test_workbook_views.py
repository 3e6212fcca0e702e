"""The workbook that main.json deploys: each of its views runs over rows of ticks and over the index, whatever is in them."""

from __future__ import annotations

import json
import subprocess

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from workbook_portal import Portal
from workbook_reading import COLUMN, QUERY, actions, fill, formatters, queries, walk

from azlocal.core.tables import TABLES

HOSTILE = [
    'clu"; AzLocalTick_CL | take 1 //', "clu' or true", "{Workspace}", '["HoldPath"]', "clu\\", "clu☃é\u202e", "clu\nx", "}{",
    "<img src=x>", "a|b`c", "%2e%2e",
]  # fmt: skip
LATER = "2026-11-23T09:30:00Z"


@pytest.fixture(scope="module")
def portal():
    """A fleet after two ticks, half an hour after the second."""
    portal = Portal(ticks=1)
    portal.tick(hours=0.75)
    return portal


def columns_of(item):
    """Return the columns that a view's settings, links and buttons speak of."""
    content = item["content"]
    grid, chart, tile = (content.get(f"{kind}Settings", {}) for kind in ("grid", "chart", "tile"))
    told = [one["columnMatch"].strip("^$") for one in formatters(item)]
    told += [one["columnId"] for one in grid.get("labelSettings", ())]
    told += [
        one["formatOptions"]["linkColumn"] for one in formatters(item) if "linkColumn" in one.get("formatOptions", {})
    ]
    told += [one["columnMatch"] for one in tile.values() if isinstance(one, dict)]
    told += [chart[name] for name in ("xAxis", "group") if name in chart] + chart.get("yAxis", [])
    told += [one["fieldName"] for one in content.get("exportedParameters", ())]
    for _, action in actions({"items": [item]}):
        told += COLUMN.findall(action["path"] + action["body"] + action["description"])
    return set(told)


def views(portal):
    return {one["name"]: one for one in walk(portal.content["items"]) if one["type"] == QUERY}


def test_every_query_runs_whatever_is_chosen(portal):
    cluster = portal.view("fleet clusters")[0]["ClusterId"]
    chosen = portal.chosen(Rings=["canary", "early"], Cluster=cluster, TimeRange={"durationMs": 86400000})
    for _, told in queries(portal.content):
        portal.ask(told, chosen)


def test_every_column_that_a_view_speaks_of_is_in_its_result(portal):
    chosen = portal.chosen(Cluster=portal.view("fleet clusters")[0]["ClusterId"])
    empty = set()
    for name, item in views(portal).items():
        rows = portal.ask(item["content"], chosen)
        empty |= set() if rows else {name}
        assert not rows or columns_of(item) - set(rows[0]) == set(), name
    assert empty == {"live containers held"}


def test_rows_of_chosen_rings_are_shown_and_all_when_none_is(portal):
    everyone, canary = portal.view("fleet clusters"), portal.view("fleet clusters", Rings=["canary"])
    assert {one["Ring"] for one in canary} == {"canary"} < {one["Ring"] for one in everyone}
    assert len(everyone) == len(list(portal.azure.store.of_type("Microsoft.AzureStackHCI/clusters")))


def test_the_rings_that_may_be_chosen_are_those_of_the_rows(portal):
    assert [one["Ring"] for one in portal.view("Rings")] == ["broad", "canary", "early", "tail"]


def test_the_live_view_knows_clusters_before_the_first_tick():
    portal = Portal("single-happy")
    (row,) = portal.view("live clusters")
    assert (row["Held"], row["HoldPath"]) == (False, row["ClusterId"])
    assert portal.view("fleet clusters") == []


# hostile names


@pytest.fixture
def hostile(portal):
    """Rows of a tick as if clusters and rings had names that Azure and plans do not allow."""
    standing = {name: list(rows) for name, rows in portal.azure.tables.items()}
    for table in ("AzLocalCluster_CL", "AzLocalFinding_CL", "AzLocalStep_CL", "AzLocalAction_CL"):
        last = standing[table][-1]
        for name in HOSTILE:
            names = {
                "ClusterId": f"{last['ClusterId']}{name}",
                "ClusterName": name,
                "Ring": name,
                "RowId": f"{table}{name}",
            }
            portal.azure.tables[table].append(
                {**last, **names, **({"ResourceGroupName": name} if "Phase" in last else {})}
            )
    tick = standing["AzLocalTick_CL"][-1]
    rings = [{**tick["Rings"][1], "name": name} for name in HOSTILE]
    rings += [
        {**tick["Rings"][1], field: name}
        for name in HOSTILE
        for field in ("planDigest", "membersDigest", "approveUntil")
    ]
    portal.azure.tables["AzLocalTick_CL"].append({**tick, "TimeGenerated": LATER, "Rings": rings})
    yield portal
    for name, rows in standing.items():
        portal.azure.tables[name][:] = rows


def test_hostile_names_break_no_view_and_are_shown_as_they_are(hostile):
    chosen = hostile.chosen()
    for _, told in queries(hostile.content):
        hostile.ask(told, chosen)
    assert set(HOSTILE) <= {one["ClusterName"] for one in hostile.view("fleet clusters")}


def test_a_hostile_name_gets_neither_a_button_nor_a_link_made_of_it(hostile):
    for row in hostile.view("fleet clusters"):
        if row["ClusterName"] in HOSTILE:
            assert (row["HoldPath"], row["GroupId"], row["Updates"], row["Logs"]) == ("", "", "", ""), row
    assert {one["ApprovePath"] for one in hostile.view("rollout approve") if one["Ring"] in HOSTILE} <= {""}
    assert not {one["Ring"] for one in hostile.view("Rings")} & set(HOSTILE)


def test_no_approval_is_offered_over_digests_or_an_end_that_are_none(hostile):
    rows = [
        one
        for one in hostile.view("rollout approve")
        if {one["PlanDigest"], one["MembersDigest"], one["ApproveUntil"]} & set(HOSTILE)
    ]
    assert rows
    assert {one["ApprovePath"] for one in rows} == {""}


def test_a_hostile_cluster_that_is_chosen_is_asked_for_and_nothing_else(hostile):
    ids = {one["ClusterName"]: one["ClusterId"] for one in hostile.view("fleet clusters")}
    for name in HOSTILE[:5]:
        rows = hostile.view("fleet evidence", Cluster=ids[name])
        assert {one["ClusterId"] for one in rows} == {ids[name]}


# Microsoft's own parser

INDEX = {
    "id": "string", "name": "string", "type": "string", "location": "string", "resourceGroup": "string",
    "subscriptionId": "string", "tags": "dynamic", "properties": "dynamic",
}  # fmt: skip


@pytest.mark.full("node")
def test_microsofts_parser_finds_nothing_wrong_with_any_query_and_every_column_in_its_result(
    portal, programs, node_packages
):
    """Also of views that have no row here."""
    tables = {table: [[one.name, one.type] for one in columns] for table, columns in TABLES.items()}
    tables |= {name: list(INDEX.items()) for name in ("resources", "resourcecontainers", "extensibilityresources")}
    chosen = portal.chosen(Rings=["canary"], Cluster=HOSTILE[0])
    told = {name: fill(one["query"], chosen) for name, one in queries(portal.content)}
    told["planted"] = "AzLocalTick_CL | where Weather > 1"
    done = subprocess.run(
        [programs["node"], "kusto.js"], cwd=node_packages, input=json.dumps({"tables": tables, "queries": told}),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    wrong = {name: one["problems"] for name, one in found.items()}
    assert wrong.pop("planted")
    severe = {
        name: [one for one in problems if one["severity"] in {"Error", "Warning"}] for name, problems in wrong.items()
    }
    assert {name: problems for name, problems in severe.items() if problems} == {}
    for name, item in views(portal).items():
        assert columns_of(item) <= {column for column, _ in found[name]["columns"]}, name
