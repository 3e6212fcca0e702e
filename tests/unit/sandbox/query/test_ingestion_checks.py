"""Logs Ingestion: what a stream takes, what it refuses, and when rows can be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs_world import COLUMNS, RULE, STREAM, TABLE, World, record

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.providers import ingestion
from azlocal.sandbox.query.streams import LONGEST, cut, fitted


@pytest.fixture
def world():
    return World()


def refusal(answer):
    return answer.status, answer.json()["error"]["code"], answer.json()["error"].get("target")


def test_records_that_fit_are_taken_without_a_word(world):
    whole = record(
        Small=-5, Big=2**62, Seconds=1.5, Done=True, Details={"a": [1]}, Run="3f0f6c5e-0c9e-5b7e-9f58-0c2c6e1f7601"
    )
    answer = world.upload([whole, record("b", Seconds=2, Details=None, Name=None)])
    assert (answer.status, answer.body) == (204, b"")
    assert world.azure.tables[TABLE] == [whole, record("b", Seconds=2, Details=None, Name=None)]


def test_an_unpacked_body_is_taken_too(world):
    assert world.upload([record()], pack=False).status == 204
    assert len(world.azure.tables[TABLE]) == 1


def test_an_upload_is_an_effect_and_an_empty_one_is_none(world):
    before = world.azure.effects
    world.upload([record()])
    assert world.azure.effects == before + 1
    assert world.upload([]).status == 204
    assert world.azure.effects == before + 1


def test_rows_without_a_time_get_the_time_of_arrival(world):
    world.upload([{"Name": "a"}, {"Name": "b", "TimeGenerated": None}])
    assert {row["TimeGenerated"] for row in world.azure.tables[TABLE]} == {stamp(world.azure.clock.now())}


def test_rows_show_when_the_lag_has_passed():
    world = World(ingestion_lag=timedelta(seconds=90))
    world.upload([record()])
    world.azure.advance(timedelta(seconds=89))
    assert world.azure.tables[TABLE] == []
    world.azure.advance(timedelta(seconds=1))
    assert world.azure.tables[TABLE] == [record()]


@pytest.mark.parametrize(
    "column, value",
    [
        ("Name", 7), ("Name", {}), ("Small", 2**31), ("Small", 1.0), ("Small", True), ("Small", "1"), ("Big", 2**63),
        ("Big", 1.5), ("Seconds", "1"), ("Seconds", False), ("Done", "true"), ("Done", 1), ("TimeGenerated", "yesterday"),
        ("TimeGenerated", 5), ("TimeGenerated", "2026-13-01T00:00:00Z"), ("Run", "nonsense"), ("Run", 1),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_refused_by_its_column_and_nothing_lands(world, column, value):
    answer = world.upload([record(), {**record(), column: value}])
    assert refusal(answer) == (400, "InvalidPayload", column)
    assert (
        f"Record 1 has in column '{column}' a value that is no {COLUMNS[column]}." == answer.json()["error"]["message"]
    )
    assert world.azure.tables[TABLE] == []


def test_an_undeclared_column_is_refused_or_dropped_by_the_switch(world):
    assert refusal(world.upload([record(Nope=1)])) == (400, "InvalidPayload", "Nope")
    world.azure.switches["ingestion-undeclared-column"] = "drop"
    assert world.upload([record(Nope=1)]).status == 204
    assert world.azure.tables[TABLE] == [record()]


@pytest.mark.parametrize("body", [{"Name": "a"}, "text", 7, None, [1], [record(), "x"]])
def test_a_body_that_is_no_array_of_objects_is_refused(world, body):
    assert refusal(world.upload(body))[:2] == (400, "InvalidPayload")


@pytest.mark.parametrize("body", [b"[{", b"", b'[{"Seconds": NaN}]', b"\xff\xfe[]x"])
def test_a_body_that_is_no_json_is_refused(world, body):
    assert refusal(world.upload(body))[:2] == (400, "InvalidPayload")


def test_a_body_that_only_says_it_is_packed_is_refused(world):
    assert refusal(world.upload([record()], pack=False, content_encoding="gzip"))[:2] == (400, "InvalidPayload")


def test_an_unknown_packing_is_refused(world):
    assert world.upload([record()], pack=False, content_encoding="br").status == 415


@pytest.mark.parametrize("pack", [True, False])
def test_more_than_a_megabyte_is_too_much_packed_or_not(world, pack):
    def body(size):
        return b'[{"Name":"' + b"x" * (size - 13) + b'"}]'

    assert len(body(1_048_576)) == 1_048_576
    assert world.upload(body(1_048_576), pack=pack).status == 204
    answer = world.upload(body(1_048_577), pack=pack)
    assert refusal(answer)[:2] == (413, "ContentLengthLimitExceeded")
    assert answer.json()["error"]["message"].startswith("Maximum allowed content length: 1048576 bytes (1 MB).")


def test_a_long_field_is_cut(world):
    world.upload([record(name="ü" * LONGEST)])
    assert world.azure.tables[TABLE][0]["Name"] == "ü" * (LONGEST // 2)


@given(st.text(max_size=50_000), st.sampled_from(["", "x", "ü€"]))
def test_a_cut_field_is_a_beginning_that_fits(text, filling):
    whole = text + filling * 40_000
    assert whole.startswith(cut(whole))
    assert len(cut(whole).encode()) <= LONGEST
    assert cut(whole) == whole or len(cut(whole).encode()) > LONGEST - 4


@pytest.mark.parametrize("rule, stream", [("dcr-nope", STREAM), (RULE, "Custom-Nope_CL"), (RULE, "Custom-steps_cl")])
def test_an_unknown_rule_or_stream_is_not_found(world, rule, stream):
    assert refusal(world.upload([record()], rule=rule, stream=stream))[:2] == (404, "NotFound")


def test_a_rule_is_known_in_any_case(world):
    assert world.upload([record()], rule=RULE.upper()).status == 204


def test_a_rules_flow_says_which_table_a_stream_goes_to(world):
    world.azure.rules[RULE]["tables"] = {STREAM: "Elsewhere_CL"}
    world.upload([record()])
    assert world.azure.tables["Elsewhere_CL"] == [record()]


def test_a_token_for_another_audience_is_forbidden(world):
    answer = world.upload([record()], audience="https://management.azure.com")
    assert refusal(answer)[:2] == (403, "OperationFailed")
    assert world.azure.tables[TABLE] == []


def test_without_an_api_version_nothing_is_taken(world):
    path = f"/dataCollectionRules/{RULE}/streams/{STREAM}"
    assert world.send("POST", path, [record()], audience="https://monitor.azure.com").status == 400


def test_requests_beyond_the_limit_of_a_minute_are_throttled(monkeypatch):
    monkeypatch.setattr(ingestion, "PER_MINUTE", 5)
    world = World()
    assert {world.upload([]).status for _ in range(5)} == {204}
    answer = world.upload([])
    assert (answer.status, answer.headers["retry-after"]) == (429, "61")
    world.azure.clock.sleep(61)
    assert world.upload([]).status == 204


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"Name": st.text(max_size=20) | st.none(), "Big": st.integers(-(2**63), 2**63 - 1)}
        )
    )
)
def test_records_that_fit_come_back_as_they_were(records):
    assert fitted(records, COLUMNS, drop_undeclared=False) == records
