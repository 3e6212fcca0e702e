"""Moments and durations as clients write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.query.moments import duration, moment, span
from azlocal.sandbox.query.values import Column, timespan

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-11-23T12:00:00Z", NOON), ("2026-11-23 12:00", NOON), ("2026-11-23T13:00:00+01:00", NOON),
        ("2026-11-23T05:30:00-0630", NOON), ("2026-11-23T12:00:00.0000009Z", NOON),
        ("2026-11-23T12:00:00.5z", NOON + timedelta(milliseconds=500)), ("2026-11-23", NOON - timedelta(hours=12)),
    ],
)  # fmt: skip
def test_a_moment_is_read_in_utc(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["", "now", "2026-11-23T25:00:00Z", "2026-02-30", "23.11.2026", "2026-11-23T12"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError):
        moment(text)


@given(st.datetimes())
def test_a_moment_is_read_as_python_writes_it(at):
    assert moment(at.isoformat()) == at.replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "text, hours", [("PT1H", 1), ("P1D", 24), ("P1W", 168), ("P1DT1H30M", 25.5), ("PT5400S", 1.5), ("pt0.5h", 0.5)]
)
def test_a_duration_is_read(text, hours):
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "P", "PT", "1H", "P1Y", "PT-1H"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        duration(text)


def test_a_span_has_two_ends_and_one_may_be_a_duration():
    hour = timedelta(hours=1)
    assert span("PT1H", NOON) == (NOON - hour, NOON)
    assert span("PT1H/2026-11-23T12:00:00Z", NOON + hour) == (NOON - hour, NOON)
    assert span("2026-11-23T12:00:00Z/PT1H", NOON - hour) == (NOON, NOON + hour)
    assert span("2026-11-23T12:00Z/2026-11-23T13:00Z", NOON) == (NOON, NOON + hour)


@pytest.mark.parametrize(
    "value, text",
    [
        (timedelta(0), "00:00:00"), (timedelta(hours=25), "1.01:00:00"), (timedelta(seconds=-90), "-00:01:30"),
        (timedelta(milliseconds=1), "00:00:00.0010000"),
    ],
)  # fmt: skip
def test_a_timespan_is_written_as_kusto_writes_it(value, text):
    assert timespan(value) == text


@pytest.mark.parametrize(
    "engine_type, kind, value, graph, logs",
    [
        ("VARCHAR", "string", None, "", ""), ("JSON", "dynamic", '{"a": 1}', {"a": 1}, '{"a":1}'),
        ("JSON", "dynamic", '"a"', "a", "a"), ("JSON", "dynamic", None, None, None),
        ("JSON[]", "dynamic", ['{"a":1}', None, "2"], [{"a": 1}, None, 2], '[{"a":1},null,2]'),
        ("VARCHAR[]", "dynamic", ["1", "true"], ["1", "true"], '["1","true"]'),
        ("DECIMAL(18,3)", "decimal", Decimal("1.5"), 1.5, 1.5), ("BOOLEAN", "bool", True, True, True),
        ("TIMESTAMP", "datetime", NOON.replace(tzinfo=None), "2026-11-23T12:00:00.0000000Z", "2026-11-23T12:00:00Z"),
        ("DOUBLE", "real", float("inf"), "Infinity", "Infinity"), ("HUGEINT", "long", 2**70, 2**70, 2**70),
        ("INTERVAL", "timespan", timedelta(hours=1), "01:00:00", "01:00:00"),
    ],
)  # fmt: skip
def test_values_are_written_as_each_service_writes_them(engine_type, kind, value, graph, logs):
    column = Column("x", engine_type)
    assert (column.type, column.graph_writer()(value), column.logs_writer()(value)) == (kind, graph, logs)
