"""Azure's moments and durations: what is read, what is written, and what is not known."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.times import (
    format_duration,
    format_stamp,
    format_time,
    parse_duration,
    parse_stamp,
    parse_time,
)

UTC = timezone.utc
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

moments = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
whole_seconds = moments.map(lambda moment: moment.replace(microsecond=0))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
zoned = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=offsets)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T12:00:00Z", NOON),
        ("2026-11-24T12:00:00z", NOON),
        ("2026-11-24t12:00:00Z", NOON),
        ("2026-11-24 12:00:00", NOON),
        ("2026-11-24T12:00", NOON),
        ("  2026-11-24T12:00:00Z\n", NOON),
        ("2026-11-24T12:00:00", NOON),
        ("2026-11-24T12:00:00 +00:00", NOON),
        ("2026-11-24T13:30:00+01:30", NOON),
        ("2026-11-24T13:30:00+0130", NOON),
        ("2026-11-24T02:00:00-10:00", NOON),
        ("2026-11-25T02:00:00+14:00", NOON),
        ("2028-02-29T23:59:59Z", datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_every_form_azure_writes(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        None, 5, 1.5, b"2026-11-24T12:00:00Z", NOON, [], "", "   ", "never", "2026-11-24", "24/11/2026 12:00:00",
        "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T12:60:00Z",
        "2026-11-24T12:00:61Z", "0000-01-01T00:00:00Z", "2026-11-24T12:00:00.Z", "2026-11-24T12:00:00.1234567890Z",
        "2026-11-24T12:00:00ZZ", "2026-11-24T12:00:00+1", "2026-11-24T12:00:00Z; drop", "20261124T120000Z",
    ],
)  # fmt: skip
def test_anything_that_is_no_moment_is_not_known(text):
    assert parse_time(text) is None


@given(whole_seconds, st.text("0123456789", max_size=9), st.sampled_from(["Z", "", "+00:00"]))
def test_any_number_of_fractional_digits_is_read_and_cut_to_microseconds(moment, digits, zone):
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}" if digits else "") + zone
    assert parse_time(text) == moment.replace(microsecond=int((digits + "000000")[:6]))


@given(zoned)
def test_an_offset_is_taken_into_account_and_the_answer_is_in_utc(moment):
    found = parse_time(moment.isoformat())
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z?", fullmatch=True))
def test_no_text_without_an_offset_makes_the_reader_fail(text):
    found = parse_time(text)
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_moment_outside_the_calendar_is_not_known(text):
    assert parse_time(text) is None


@pytest.mark.parametrize("offset", ["+24:00", "-99:99", "+01:60"])
def test_a_moment_with_an_offset_that_no_clock_has_is_not_known(offset):
    assert parse_time(f"2026-11-24T12:00:00{offset}") is None


@given(zoned)
def test_a_written_moment_is_read_back_to_the_second(moment):
    assert parse_time(format_time(moment)) == moment.replace(microsecond=0)


def test_a_moment_is_written_in_utc_with_whole_seconds():
    late = datetime(2026, 11, 24, 13, 30, 5, 999999, tzinfo=timezone(timedelta(hours=1, minutes=30)))
    assert format_time(late) == "2026-11-24T12:00:05Z"
    assert format_stamp(late) == "20261124T120005Z"


@pytest.mark.parametrize(("write", "text"), [(format_time, "0001-01-01T00:00:00Z"), (format_stamp, "00010101T000000Z")])
def test_azures_zero_moment_is_written_with_four_digits_of_year(write, text):
    assert write(parse_time("0001-01-01T00:00:00")) == text


@given(zoned)
def test_a_stamp_is_read_back_to_the_second(moment):
    assert parse_stamp(format_stamp(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261124",
        "2026-11-24T12:00:00Z",
        "20261124T120000",
        "20261324T120000Z",
        "20260229T000000Z",
        "20261124T120000Z ",
    ],
)
def test_what_is_no_stamp_is_not_known(text):
    assert parse_stamp(text) is None


@pytest.mark.parametrize("text", ["20261231T1230Z", "2026123T120000Z", "20261231T12000Z"])
def test_a_stamp_with_missing_digits_is_not_another_moment(text):
    assert parse_stamp(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1D", timedelta(days=1)),
        ("PT72H", timedelta(hours=72)),
        ("PT6H30M", timedelta(hours=6, minutes=30)),
        ("P1W2DT3H4M5S", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("PT0S", timedelta(0)),
        ("PT1.5H", timedelta(minutes=90)),
        ("PT0.25S", timedelta(milliseconds=250)),
        (" pt30m ", timedelta(minutes=30)),
    ],
)
def test_a_duration_is_read_from_weeks_to_seconds(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "1D",
        "P1",
        "D1",
        "P1Y",
        "P1M",
        "PT1D",
        "P1H",
        "-P1D",
        "P-1D",
        "PT1M1H",
        "PT1,5H",
        "3 days",
        "P1D PT1H",
    ],
)
def test_what_is_no_duration_is_refused_by_its_own_text(text):
    with pytest.raises(ValueError, match="ISO 8601") as refused:
        parse_duration(text)
    assert f"'{text}'" in str(refused.value)


def test_a_duration_that_breaks_off_after_t_is_refused():
    with pytest.raises(ValueError, match="P1DT"):
        parse_duration("P1DT")


def test_a_duration_longer_than_can_be_kept_is_refused_by_its_own_text():
    with pytest.raises(ValueError, match="P9999999999D"):
        parse_duration("P9999999999D")


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(microseconds=999999), "PT0S"),
        (timedelta(seconds=59), "PT59S"),
        (timedelta(minutes=60), "PT1H"),
        (timedelta(hours=24), "P1D"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        (timedelta(days=9, hours=1, minutes=2, seconds=3), "P9DT1H2M3S"),
    ],
)
def test_a_duration_is_written_in_its_largest_units(span, text):
    assert format_duration(span) == text


@given(
    st.timedeltas(timedelta(0), timedelta(days=99999)).map(lambda span: timedelta(seconds=int(span.total_seconds())))
)
def test_a_written_duration_is_read_back(span):
    assert parse_duration(format_duration(span)) == span
