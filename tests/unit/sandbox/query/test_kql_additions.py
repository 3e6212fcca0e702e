"""Functions that the engine's translator lacks give what Kusto's documentation says they give."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

pytest.importorskip("duckdb_kql")

from graph_world import World, cluster

from azlocal.sandbox.query.additions import AGGREGATES, ALIASES, ELEMENT, SCALARS
from azlocal.sandbox.query.dialect import common
from azlocal.sandbox.query.engine import Engine

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
BAG = 'dynamic({"a": 1, "b": {"c": 2}})'


@pytest.fixture(scope="module")
def engine():
    found = Engine({"t": ("s", "n")})
    found.database.execute("CREATE TABLE t (s VARCHAR, n BIGINT)")
    found.database.execute("INSERT INTO t VALUES ('x', 1), ('y', 2), ('x', 3), (NULL, 4)")
    return found


def value(engine, query):
    result = engine.run(engine.translate(common(query)), NOW)
    found = result.rows[0][0]
    return json.loads(found) if found is not None and result.columns[0].type == "dynamic" else found


@pytest.mark.parametrize(
    "call, expected",
    [
        (f"bag_keys({BAG})", ["a", "b"]),
        ("bag_keys(dynamic([1]))", None),
        (f"bag_has_key({BAG}, 'b')", True),
        (f"bag_has_key({BAG}, 'c')", False),
        (f"bag_merge({BAG}, dynamic({{'b': 3, 'd': 4}}))", {"a": 1, "b": {"c": 2}, "d": 4}),
        (f"bag_set_key({BAG}, 'a', 5)", {"a": 5, "b": {"c": 2}}),
        (f"bag_set_key({BAG}, 'z', 'text')", {"a": 1, "b": {"c": 2}, "z": "text"}),
        (f"bag_remove_keys({BAG}, dynamic(['b', 'no']))", {"a": 1}),
        (f"{BAG}[strcat('a', '')]", 1),
        (f"{BAG}['b'][tolower('C')]", 2),
        (f"{BAG}[strcat('n', 'o')]", None),
        ("dynamic([5, 6])[toint('1')]", 6),
        ("dynamic([5, 6])[toint('-1')]", 6),
        ("split('a/b', '/')[array_length(split('a/b', '/')) - 1]", "b"),
        ("array_sort_asc(set_union(dynamic([1, 2]), dynamic([2, 3])))", [1, 2, 3]),
        ("set_intersect(dynamic(['a', 'b']), dynamic(['b', 'c']))", ["b"]),
        ("set_difference(dynamic(['a', 'b']), dynamic(['b', 'c']))", ["a"]),
        ("range(1, 7, 3)", [1, 4, 7]),
        ("repeat('a', 2)", ["a", "a"]),
        ("strcmp('ABC', 'ABD')", -1),
        ("strcmp('b', 'b')", 0),
        ("strcmp('b', 'a')", 1),
        ("string_size('é')", 2),
        ("tohex(256)", "100"),
        ("tohex(-256)", "ffffffffffffff00"),
        ("url_encode('a b/é')", "a+b%2F%C3%A9"),
        ("url_encode_component('a b')", "a%20b"),
        ("url_decode('a+b%2F')", "a b/"),
        ("unixtime_seconds_todatetime(1546300800) == datetime(2019-01-01)", True),
        ("unixtime_milliseconds_todatetime(1546300800500) == datetime(2019-01-01 00:00:00.5)", True),
        ("parse_version('10.2510.1002.93') > parse_version('10.2510.999.1200')", True),
        ("parse_version('1.2') == parse_version('1.2.0.0')", True),
        ("parse_version('not one')", None),
        ('extract_json(\'$.b.c\', \'{"b": {"c": "x"}}\')', "x"),
        ("strlen(new_guid())", 36),
        ("rand() between (0.0 .. 1.0)", True),
    ],
)
def test_a_function_gives_what_kusto_gives(engine, call, expected):
    assert value(engine, f"print found = {call}") == expected


@pytest.mark.parametrize(
    "call, expected",
    [
        ("maxif(n, s == 'x')", 3),
        ("minif(n, s == 'y')", 2),
        ("take_anyif(n, s == 'y')", 2),
        ("count_distinct(s)", 2),
        ("count_distinctif(s, n > 1)", 2),
        ("make_list_if(s, n != 2)", ["x", "x"]),
        ("make_set_if(s, n != 2)", ["x"]),
        ("array_length(makelist(s))", 3),
        ("array_sort_asc(makeset(s))", ["x", "y"]),
        ("anyif(n, n > 3)", 4),
    ],
)
def test_an_aggregation_gives_what_kusto_gives(engine, call, expected):
    assert value(engine, f"t | summarize found = {call}") == expected


def test_percentiles_are_columns_named_as_kusto_names_them(engine):
    result = engine.run(engine.translate(common("t | summarize percentiles(n, 50, 100)")), NOW)
    assert [column.name for column in result.columns] == ["percentile_n_50", "percentile_n_100"]
    assert result.rows == [(2, 4)]


def test_every_added_function_is_tried_here():
    tried = Path(__file__).read_text("utf-8")
    assert [name for name in (*SCALARS, *AGGREGATES, *ALIASES) if f"{name}(" not in tried] == [ELEMENT, "extractjson"]


def test_tags_are_told_apart_as_microsofts_sample_does():
    world = World(cluster("c1", tags={"ring": "pilot"}), cluster("c2", tags={"ring": "broad", "owner": "ops"}))
    query = (
        "resources | where isnotempty(tags) | mvexpand tags | extend tagKey = tostring(bag_keys(tags)[0]) "
        "| extend tagValue = tostring(tags[tagKey]) | distinct tagKey, tagValue | order by tagKey asc, tagValue asc"
    )
    assert world.rows(query) == [
        {"tagKey": "owner", "tagValue": "ops"},
        {"tagKey": "ring", "tagValue": "broad"},
        {"tagKey": "ring", "tagValue": "pilot"},
    ]
