"""The query pack on the rows of a sandbox fleet, by Microsoft's parser, and with texts that mean harm."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from query_world import ALERTS, NAMES, PACK, ask, by, parsed, rows_instead, story, text_of

from azlocal.core.tables import TABLES
from azlocal.simulation.world import World

pytest.importorskip("duckdb_kql")
PARAMETERS = {"lookback": r"\d+d", "rings": r"dynamic\(\[\]\)", "cluster": r'""'}
HOSTILE = (
    "'; drop table X | union * //", '"] | where true //', "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0", "[x](javascript:alert(1))", "\u202egnirts\u202c \u2066x\u2069", "a\x00b\x1b[31m\x07\r\n\tc",
    "\U0001f525 \u00e9\u0301 \u0627\u0644", "{Cluster} {{x}} ${y} %s \\", "x" * 65_000,
)  # fmt: skip


def documented():
    """Return what the pack's README says: of each query its parameters and its columns."""
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \| (.+) \|$", (PACK / "README.md").read_text("utf-8"), re.M)
    return {
        name: (parameters.split(", "), re.findall(r"[A-Z]\w*", re.sub(r"\([^)]*\)", "", columns)))
        for name, parameters, columns in rows
    }


def test_the_pack_holds_the_queries_that_its_readme_names():
    assert set(NAMES) == set(documented())


@pytest.mark.parametrize("name", NAMES)
def test_a_query_says_what_it_answers_and_then_what_may_be_set_one_on_a_line(name):
    lines = text_of(name).splitlines()
    assert re.fullmatch(r"// \w.+[^.?]", lines[0])
    assert re.fullmatch(r"// .+\?", lines[1])
    parameters = documented()[name][0]
    for line, parameter in zip(lines[2:], parameters):
        assert re.fullmatch(rf"let {parameter} = {PARAMETERS[parameter]};", line)
    assert not re.search(rf"^let ({'|'.join(PARAMETERS)}) =", "\n".join(lines[2 + len(parameters) :]), re.M)


@pytest.mark.full("node")
def test_microsofts_parser_finds_nothing_wrong_with_any_query_and_the_columns_are_those_of_the_readme(node_packages):
    answers = parsed(node_packages, {name: text_of(name) for name in (*NAMES, *ALERTS)})
    assert {name: answer["problems"] for name, answer in answers.items() if answer["problems"]} == {}
    for name in NAMES:
        assert [column for column, _ in answers[name]["columns"]] == documented()[name][1], name


@pytest.mark.full("node")
def test_the_parser_knows_the_schema(node_packages):
    wrong = {
        "table": "AzLocalNope_CL", "column": "AzLocalTick_CL | where Nope == 1", "syntax": "AzLocalTick_CL | where",
        "type": "AzLocalTick_CL | where Calls has 'x'",
    }  # fmt: skip
    answers = parsed(node_packages, wrong)
    assert [name for name, answer in answers.items() if not answer["problems"]] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_query_answers_with_the_columns_of_the_readme(name):
    lets = {"cluster": '"clu-bremen-01"'} if "cluster" in documented()[name][0] else {}
    rows = ask(story()[0], name, **lets)
    assert rows
    assert list(rows[0]) == documented()[name][1]


@pytest.mark.parametrize("name", [name for name in NAMES if "rings" in documented()[name][0]])
def test_a_query_narrowed_to_a_ring_answers_of_that_ring_alone(name):
    world = story()[0]
    whole, narrowed = ask(world, name), ask(world, name, rings='dynamic(["early", "tail"])')
    assert ask(world, name, rings='dynamic(["none of these"])') == [] or name == "journey-funnel"
    if "Ring" in whole[0]:
        assert narrowed == [row for row in whole if row["Ring"] in {"early", "tail"}]
    elif name == "journey-funnel":
        assert sum(row["Clusters"] for row in narrowed) == 14
    else:
        assert {row["Names"] for row in narrowed} == {"clu-bremen-01", "clu-austin-01"}


@pytest.mark.parametrize("name", [*NAMES, *ALERTS])
def test_a_query_runs_before_the_first_row_has_come(name):
    rows = ask(World("single-happy"), name)
    assert rows == [] or name in {"journey-funnel", "no-tick", "tool-health"}


def test_a_look_back_is_as_far_as_it_is_set():
    world = story()[0]
    assert ask(world, "fleet-now", lookback="0s") == []
    assert len(ask(world, "tool-health", lookback="3h")) < len(ask(world, "tool-health"))


def test_duplicates_change_no_answer():
    world = story()[0]
    before = {name: ask(world, name) for name in NAMES}
    tables = {table: [*rows, *map(dict, rows)] for table, rows in world.azure.tables.items() if table in TABLES}
    with rows_instead(world, tables):
        assert {name: ask(world, name) for name in NAMES} == before


def test_hours_without_a_tick_and_hours_whose_rows_were_lost_are_told_apart():
    world = story()[0]
    health = by(ask(world, "tool-health"), "Hour")
    busy = [hour for hour, row in health.items() if row["Starts"]]
    lost = busy[0][:13]
    actions = [row for row in world.azure.tables["AzLocalAction_CL"] if row["TimeGenerated"][:13] != lost]
    quiet = next(hour for hour in sorted(health) if hour[:13] > lost and not health[hour]["Starts"])[:13]
    ticks = [row for row in world.azure.tables["AzLocalTick_CL"] if row["TimeGenerated"][:13] not in {lost, quiet}]
    with rows_instead(world, {"AzLocalTick_CL": ticks, "AzLocalAction_CL": actions}):
        after = {hour[:13]: row for hour, row in by(ask(world, "tool-health"), "Hour").items()}
    assert (after[lost]["Ticks"], after[lost]["Gap"], after[lost]["Missed"]) == (0, True, False)
    assert (after[quiet]["Ticks"], after[quiet]["Gap"], after[quiet]["Missed"]) == (0, False, True)


def test_a_cluster_that_no_tick_tells_of_any_more_is_called_stale():
    world = story()[0]
    assert not any(row["Stale"] for row in ask(world, "fleet-now"))
    old = (world.clock.now() - timedelta(hours=6)).isoformat()
    rows = [
        row for row in world.azure.tables["AzLocalCluster_CL"]
        if row["ClusterName"] != "clu-ghent-01" or row["TimeGenerated"] < old
    ]  # fmt: skip
    with rows_instead(world, {"AzLocalCluster_CL": rows}):
        assert [row["ClusterName"] for row in ask(world, "fleet-now") if row["Stale"]] == ["clu-ghent-01"]


# texts that mean harm, last: the tables hold them from here on

FREE = {
    "ClusterName", "Message", "PhaseMessage", "DecisionMessage", "Remedy", "Question", "Value", "StepName", "Model",
    "EvidenceProperty", "Reason",
}  # fmt: skip
"""Columns whose texts people or machines choose."""


@pytest.fixture(scope="module")
def harmed():
    """Yield the story's world while such texts mean harm, with how many rows each query answered before."""
    world = story()[0]
    told = {name: len(ask(world, name)) for name in (*NAMES, *ALERTS)}
    tables = {table: [dict(row) for row in rows] for table, rows in world.azure.tables.items() if table in TABLES}
    for table, columns in TABLES.items():
        free = [one.name for one in columns if one.name in FREE]
        for row in tables[table]:
            # A name stays one cluster's.
            place = sum(row.get("ClusterId", "").encode())
            row.update({name: HOSTILE[(place + at) % len(HOSTILE)] for at, name in enumerate(free) if row[name]})
        for place, row in enumerate(tables["AzLocalTick_CL"]):
            row["Rings"] = [{**ring, "message": HOSTILE[place % len(HOSTILE)]} for ring in row["Rings"]]
    with rows_instead(world, tables):
        yield world, told


@pytest.mark.parametrize("name", [*NAMES, *ALERTS])
def test_texts_that_mean_harm_break_no_query_and_take_no_row_away(harmed, name):
    world, told = harmed
    assert len(ask(world, name)) == told[name]


def test_texts_that_mean_harm_come_out_as_they_went_in(harmed):
    rows = ask(harmed[0], "fleet-now")
    assert {row["ClusterName"] for row in rows} <= {*HOSTILE}
    assert len({row["ClusterName"] for row in rows}) > 5


@pytest.mark.parametrize("text", [one for one in HOSTILE if len(one) < 100 and one.isprintable()])
def test_a_cluster_is_found_by_a_name_that_means_harm_once_it_is_quoted(harmed, text):
    world = harmed[0]
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    wanted = {row["RowId"] for row in world.azure.tables["AzLocalAction_CL"] if row["ClusterName"] == text}
    rows = [row for row in ask(world, "change-evidence", cluster=quoted) if row["What"] == "start"]
    assert len(rows) == len(wanted)
