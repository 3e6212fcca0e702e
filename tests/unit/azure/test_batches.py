"""Rows cut into batches: none above the service's limit, none lost, none reordered."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azlocal.azure.telemetry import BATCH_BYTES, FIELD_CHARACTERS, batches
from azlocal.core.events import Row
from azlocal.core.tables import TABLES

LIMIT = 1_000_000
"""Bytes the Logs Ingestion service takes in one call."""
FIELD_BYTES = 64 * 1024

# One character of each width: 1, 2 and 6 bytes as plain, quoted and escaped JSON; 12 for a pair.
alphabet = st.sampled_from('a"\n\u00f8\u20ac\U0001f600')
short_texts = st.text(max_size=30)
long_texts = st.builds(lambda one, count: one * count, alphabet, st.integers(0, 20_000))
values = short_texts | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.lists(short_texts)
small_rows = st.dictionaries(st.text(max_size=8), values, max_size=5)
large_rows = st.fixed_dictionaries({"RowId": short_texts, "Message": long_texts, "Remedy": long_texts})
# A few rows said many times: thousands of rows without thousands of draws.
fleets = st.builds(
    lambda rows, times: [{**row, "n": n} for n, row in enumerate(rows * times)],
    st.lists(small_rows | large_rows, max_size=6),
    st.integers(1, 40),
)
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def cut(fleet):
    """The batches of rows of one stream, read back from what is sent."""
    return (json.loads(batch.body) for batch in batches(Row("AzLocalTick_CL", row) for row in fleet))


def weight(batch):
    """Bytes of the body as it is written, before it is compressed."""
    return len(json.dumps(batch).encode())


def shortened(row):
    """The row as it must arrive: only text above the limit may differ."""
    return {name: value for name, value in row.items() if not too_long(value)}


def too_long(value):
    return isinstance(value, str) and len(value) > FIELD_CHARACTERS


def flat(found):
    return [row for batch in found for row in batch]


@thorough
@given(fleets)
def test_no_batch_is_ever_above_one_million_bytes(fleet):
    assert all(weight(batch) <= LIMIT for batch in cut(fleet))


@thorough
@given(fleets)
def test_no_row_is_lost_repeated_or_reordered(fleet):
    arrived = flat(cut(fleet))
    assert [row["n"] for row in arrived] == list(range(len(fleet)))
    for sent, came in zip(fleet, arrived, strict=True):
        assert came.keys() == sent.keys()
        assert shortened(sent).items() <= came.items()


@thorough
@given(fleets)
def test_a_batch_ends_only_where_the_next_row_would_not_fit(fleet):
    for batch, following in pairwise(cut(fleet)):
        assert weight([*batch, following[0]]) > BATCH_BYTES - 4


@thorough
@given(fleets)
def test_no_batch_is_empty(fleet):
    assert all(cut(fleet))


@given(long_texts)
def test_text_is_cut_only_when_too_long_and_then_shows_it(text):
    ((row,),) = cut([{"Message": text}])
    if len(text) <= FIELD_CHARACTERS:
        assert row["Message"] == text
    else:
        assert row["Message"] == text[: FIELD_CHARACTERS - 1] + "…"
    assert len(row["Message"].encode()) <= FIELD_BYTES


def test_no_rows_make_no_batch():
    assert list(cut([])) == []


def test_the_rows_given_are_not_changed():
    row = {"Message": "m" * 20_000}
    list(cut([row]))
    assert row == {"Message": "m" * 20_000}


def test_many_tiny_rows_count_their_separators():
    """By their own lengths these rows fit in one call; with brackets and separators they do not."""
    fleet = [{"n": n % 10} for n in range(120_000)]
    assert sum(len(json.dumps(row)) for row in fleet) < LIMIT < weight(fleet)
    found = list(cut(fleet))
    assert [weight(batch) <= BATCH_BYTES for batch in found] == [True, True]
    assert flat(found) == fleet


def test_two_rows_that_fit_only_apart_are_sent_apart():
    row = dict.fromkeys(("Message", "Remedy", "Value"), "\U0001f600" * FIELD_CHARACTERS)
    assert list(cut([row, row])) == [[row], [row]]


def test_rows_are_taken_as_they_come_and_never_all_held():
    taken = []

    def source():
        for n in range(1000):
            taken.append(n)
            yield {"n": n, "Message": "m" * 15_000}

    first = next(cut(source()))
    assert len(taken) == len(first) + 1


@pytest.mark.parametrize("table", TABLES)
def test_rows_whose_every_text_is_as_long_as_telemetry_writes_it_fit(table):
    """Telemetry cuts text at 8,000 characters; ASCII text of that length in every column of 600 rows."""
    texts = [column.name for column in TABLES[table] if column.type == "string"]
    fleet = [{"n": n} | dict.fromkeys(texts, "m" * 8000) for n in range(600)]
    found = list(cut(fleet))
    assert all(weight(batch) <= LIMIT for batch in found)
    assert flat(found) == fleet


@pytest.mark.parametrize(
    "row",
    [
        {"RowId": "r", "Problems": ["\u00f8" * 8000] * 50},
        {"RowId": "r", "Rings": [{"name": f"ring-{n}", "message": "m" * 500} for n in range(2500)]},
        {"RowId": "r"} | {f"Text{n}": "\U0001f600" * 16_000 for n in range(6)},
    ],
    ids=["fifty long problems", "very many rings", "six long texts"],
)
def test_one_row_above_the_limit_is_made_to_fit(row):
    assert all(weight(batch) <= LIMIT for batch in cut([row]))


def test_a_dynamic_field_is_kept_below_the_limit_of_one_field():
    ((row,),) = cut([{"RowId": "r", "Problems": ["m" * 8000] * 50}])
    assert len(json.dumps(row["Problems"]).encode()) <= FIELD_BYTES
