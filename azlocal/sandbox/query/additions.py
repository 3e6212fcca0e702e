"""Functions of KQL that the engine's translator does not know, as rows of its own registry.

A row of the translator's own wins. Meanings and argument orders: Kusto documentation, scalar functions and
aggregation functions; what a function gives for the wrong kind of value is null, as there.

Needs Python 3.11 or newer; importing this module does not.
"""

from __future__ import annotations

import functools

ELEMENT = "element_of"
"""The function by which `bag[expression]` is written for the engine."""
_BAG = "CAST(CAST({} AS JSON) AS MAP(VARCHAR, JSON))"
_ARRAY = "CAST(to_json({}) AS JSON[])"
_ONE, _OTHER = (_ARRAY.format(f"{{{place}}}") for place in (0, 1))
_LATER, _EARLIER = (_BAG.format(f"{{{place}}}") for place in (1, 0))
_IS_BAG = "json_type(TRY_CAST({0} AS JSON)) = 'OBJECT'"

_PLACE = "CASE typeof({1}) WHEN 'JSON' THEN CAST({1} AS JSON) ->> '$' ELSE CAST({1} AS VARCHAR) END"
_FOUND = (
    f"list_transform([{_PLACE}], lambda _e: CASE json_type(TRY_CAST({{0}} AS JSON)) "
    "WHEN 'ARRAY' THEN json_extract(CAST({0} AS JSON), '$[' || replace(_e, '-', '#-') || ']') "
    "WHEN 'OBJECT' THEN json_extract(CAST({0} AS JSON), '$.\"' || _e || '\"') END)[1]"
)

_WITHOUT = (
    f"to_json(map_from_entries(list_filter(map_entries({_EARLIER}), "
    "lambda _e: NOT list_contains(CAST(to_json({1}) AS VARCHAR[]), _e.key))))"
)
_VERSION = (
    "CASE WHEN regexp_full_match(CAST({0} AS VARCHAR), '[0-9]{{1,8}}([.][0-9]{{1,8}}){{0,3}}') THEN list_reduce("
    "list_resize(list_transform(string_split(CAST({0} AS VARCHAR), '.'), lambda _e: CAST(_e AS HUGEINT)), 4, "
    "CAST(0 AS HUGEINT)), lambda _a, _b: _a * 100000000 + _b) END"
)

SCALARS: dict[str, tuple[str, tuple[int, ...]]] = {
    ELEMENT: (_FOUND, (2,)),
    "bag_keys": (f"CASE WHEN {_IS_BAG} THEN to_json(json_keys(CAST({{0}} AS JSON))) END", (1,)),
    "bag_has_key": (f"CASE WHEN {_IS_BAG} THEN list_contains(json_keys(CAST({{0}} AS JSON)), {{1}}) END", (2,)),
    # Of a key that both have, the leftmost value stays; the engine keeps the last.
    "bag_merge": (f"to_json(map_concat({_LATER}, {_EARLIER}))", (2,)),
    "bag_set_key": (f"to_json(map_concat({_EARLIER}, MAP {{{{{{1}}: to_json({{2}})}}}}))", (3,)),
    "bag_remove_keys": (_WITHOUT, (2,)),
    "set_union": (f"to_json(list_distinct(list_concat({_ONE}, {_OTHER})))", (2,)),
    "set_intersect": (f"to_json(list_filter(list_distinct({_ONE}), lambda _e: list_contains({_OTHER}, _e)))", (2,)),
    "set_difference": (
        f"to_json(list_filter(list_distinct({_ONE}), lambda _e: NOT list_contains({_OTHER}, _e)))",
        (2,),
    ),
    "range": ("to_json(generate_series({0}, {1}, {2}))", (3,)),
    "repeat": ("to_json(list_transform(range({1}), lambda _e: {0}))", (2,)),
    "strcmp": ("CASE WHEN {0} < {1} THEN -1 WHEN {0} = {1} THEN 0 ELSE 1 END", (2,)),
    "string_size": ("strlen(CAST({0} AS VARCHAR))", (1,)),
    "tohex": ("lower(to_hex(CAST({0} AS BIGINT)))", (1,)),
    "url_encode": ("replace(url_encode(CAST({0} AS VARCHAR)), '%20', '+')", (1,)),
    "url_encode_component": ("url_encode(CAST({0} AS VARCHAR))", (1,)),
    "url_decode": ("url_decode(replace(CAST({0} AS VARCHAR), '+', ' '))", (1,)),
    "unixtime_seconds_todatetime": ("make_timestamp(CAST({0} * 1000000 AS BIGINT))", (1,)),
    "unixtime_milliseconds_todatetime": ("make_timestamp(CAST({0} * 1000 AS BIGINT))", (1,)),
    # Up to four parts of up to eight digits each, as one number that orders versions.
    "parse_version": (_VERSION, (1,)),
    "extract_json": ("json_extract_string(TRY_CAST({1} AS JSON), {0})", (2,)),
    "extractjson": ("json_extract_string(TRY_CAST({1} AS JSON), {0})", (2,)),
    "new_guid": ("CAST(uuid() AS VARCHAR)", (0,)),
    "rand": ("random()", (0,)),
}
"""Name → (SQL with a placeholder for each argument, how many arguments it takes)."""

ALIASES = {"makelist": "make_list", "makeset": "make_set", "anyif": "take_anyif"}
"""Aggregations by the name that they had before, which old queries use still."""
AGGREGATES: dict[str, tuple[str, tuple[int, ...], str]] = {
    "maxif": ("max({0}) FILTER (WHERE {1})", (2,), "maxif"),
    "minif": ("min({0}) FILTER (WHERE {1})", (2,), "minif"),
    "take_anyif": ("any_value({0}) FILTER (WHERE {1})", (2,), "take_anyif"),
    "count_distinct": ("count(DISTINCT {0})", (1,), "count_distinct"),
    "count_distinctif": ("count(DISTINCT {0}) FILTER (WHERE {1})", (2,), "count_distinctif"),
    "make_list_if": ("to_json(coalesce(list({0}) FILTER (WHERE {1} AND {0} IS NOT NULL), []))", (2,), "list"),
    "make_set_if": ("to_json(coalesce(list(DISTINCT {0}) FILTER (WHERE {1} AND {0} IS NOT NULL), []))", (2,), "set"),
}
"""Name → (SQL, how many arguments it takes, what the name of its column begins with)."""


@functools.lru_cache(maxsize=1)
def register() -> None:
    """Add the rows to the translator's registry, once."""
    from duckdb_kql.translate.functions import AGGREGATE_FUNCTIONS, SCALAR_FUNCTIONS, AggregateSpec, FunctionSpec

    for name, (template, arities) in SCALARS.items():
        SCALAR_FUNCTIONS.setdefault(name, FunctionSpec(name, "template", template, arities))
    for name, (template, arities, prefix) in AGGREGATES.items():
        AGGREGATE_FUNCTIONS.setdefault(name, AggregateSpec(name, template, arities, prefix))
    for name, now in ALIASES.items():
        AGGREGATE_FUNCTIONS.setdefault(name, AGGREGATE_FUNCTIONS[now])
