"""What is kept in tags: read back as written, never more than Azure takes, never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from azlocal.core.tags import LONGEST, Acceptance, Approval, Earlier, Intent, parse_day, read_pairs, write_pairs

UTC = timezone.utc
AT = datetime(2026, 11, 23, 14, 5, 12, tzinfo=UTC)
MODES = ["validate", "deploy", "extension"]
INTENT = Intent(mode="deploy", attempt=2, failures=1, inputs="a1b2c3d4e5f6", plan="0123456789ab", at=AT)
INTENT_TEXT = "m=deploy;n=2;f=1;i=a1b2c3d4e5f6;p=0123456789ab;t=20261123T140512Z"

names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
values = st.text(max_size=40).map(str.strip).filter(lambda text: text and not set(text) & set(";="))
hex12 = st.text("0123456789abcdef", min_size=12, max_size=12)
seconds = st.datetimes(datetime(2000, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
intents = st.builds(
    Intent, mode=st.sampled_from(MODES), attempt=st.integers(1, 9999), failures=st.integers(0, 9999),
    inputs=hex12, plan=hex12, at=seconds,
)  # fmt: skip
correlations = st.just("") | st.text("0123456789abcdef", min_size=32, max_size=32)
earlier = st.builds(
    Earlier, mode=st.sampled_from(MODES), attempt=st.integers(1, 9999), at=seconds, correlation=correlations
)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", {}),
        (";;", {}),
        ("a=1", {"a": "1"}),
        (" a = 1 ; b = 2 ", {"a": "1", "b": "2"}),
        ("a=1;noise;b=2;", {"a": "1", "b": "2"}),
        ("a=x=y", {"a": "x=y"}),
        ("a=", {"a": ""}),
        ("a=1;a=2", {"a": "2"}),
    ],
)
def test_pairs_are_read_and_everything_else_is_passed_over(text, pairs):
    assert read_pairs(text) == pairs


@given(st.dictionaries(names, values, max_size=5))
def test_pairs_are_read_back_as_they_were_written(pairs):
    assume(len(";".join(f"{name}={value}" for name, value in pairs.items())) <= LONGEST)
    assert read_pairs(write_pairs(pairs)) == pairs


@given(st.text(max_size=100))
def test_no_value_can_smuggle_in_another_pair(value):
    found = read_pairs(write_pairs({"n": 2, "by": value, "m": "deploy"}))
    assert set(found) <= {"n", "by", "m"}
    assert (found["n"], found["m"]) == ("2", "deploy")


def test_separators_inside_a_value_are_replaced_and_nothing_of_it_is_lost():
    assert write_pairs({"by": "ops; team=a", "n": 1}) == "by=ops, team:a;n=1"
    assert read_pairs("by=ops, team:a;n=1")["by"] == "ops, team:a"


def test_zero_is_written_and_an_empty_value_is_not():
    assert write_pairs({"f": 0, "by": ""}) == "f=0"


def test_a_value_of_256_characters_is_written_and_one_more_is_refused():
    assert len(write_pairs({"by": "x" * 253})) == LONGEST == 256
    with pytest.raises(ValueError, match="257 characters"):
        write_pairs({"by": "x" * 254})


def test_the_length_that_counts_is_that_of_all_pairs_together():
    with pytest.raises(ValueError, match="258 characters"):
        write_pairs({"a": "x" * 126, "b": "y" * 127})


def test_an_intent_is_written_as_the_contract_shows_it():
    assert INTENT.text() == INTENT_TEXT
    assert Intent.parse(INTENT_TEXT) == INTENT


@given(intents)
def test_an_intent_is_read_back_as_it_was_written(intent):
    assert Intent.parse(intent.text()) == intent


@given(intents, st.lists(earlier, max_size=9))
def test_an_intent_remembers_as_many_of_the_starts_before_it_as_its_tag_has_room_for(intent, before):
    text = replace(intent, before=tuple(before)).text()
    read = Intent.parse(text)
    assert replace(read, before=()) == intent
    assert read.before == tuple(before[: len(read.before)])
    assert len(text) <= LONGEST
    assert len(read.before) >= min(2, len(before))


@pytest.mark.parametrize(
    "text",
    ["x1.20261123T140512Z", "v0.20261123T140512Z", "v1.20260229T140512Z", "v1.20261123T140512Z.ab", "v1", "\u06f1"],
)
def test_what_cannot_be_read_of_the_starts_before_is_left_out(text):
    told = f"{INTENT_TEXT};b={text},d1.20261122T100000Z"
    assert Intent.parse(told).before == (Earlier(mode="deploy", attempt=1, at=datetime(2026, 11, 22, 10, tzinfo=UTC)),)


def test_the_longest_intent_fits_a_tag():
    longest = Intent(mode="extension", attempt=10**9, failures=10**9, inputs="f" * 12, plan="f" * 12, at=AT)
    assert len(longest.text()) <= LONGEST // 2


def test_the_order_of_an_intents_pairs_and_unknown_pairs_do_not_matter():
    shuffled = ";".join(reversed(INTENT_TEXT.split(";"))) + ";later=1"
    assert Intent.parse(shuffled) == INTENT


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("m=deploy", ""), ("m=deploy", "m=Deploy"), ("m=deploy", "m=delete"), ("m=deploy", "m="),
        ("n=2", ""), ("n=2", "n=0"), ("n=2", "n=-1"), ("n=2", "n=two"), ("n=2", "n=2.0"), ("n=2", "n=²"),
        ("f=1", ""), ("f=1", "f=-1"), ("f=1", "f=x"),
        ("t=20261123T140512Z", ""), ("t=20261123T140512Z", "t=yesterday"), ("t=20261123T140512Z", "t=20260229T140512Z"),
    ],
)  # fmt: skip
def test_an_intent_of_which_one_part_cannot_be_read_is_not_known(part, instead):
    assert part in INTENT_TEXT
    assert Intent.parse(INTENT_TEXT.replace(part, instead)) is None


@pytest.mark.parametrize(
    "text", ["", "hello", "{}", "m;n;f;t", INTENT_TEXT.replace(";", ","), INTENT_TEXT.replace("=", ":")]
)
def test_a_tag_that_is_no_intent_is_not_known(text):
    assert Intent.parse(text) is None


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_of_intents_fail(text):
    assert Intent.parse(text) is None or Intent.parse(text).mode in MODES


@given(st.builds(Approval, plan=hex12, members=hex12, until=st.none() | seconds, by=values | st.just("")))
def test_an_approval_is_read_back_as_it_was_written(approval):
    assert Approval.parse(approval.text()) == approval


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("20261231T180000Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("2026-12-31T18:00:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("2026-12-31T18:00:00+02:00", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        ("2026-12-31", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)),
        ("2026-02-29", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_end_of_an_approval_may_be_a_stamp_a_moment_or_a_day(until, expected):
    assert Approval.parse(f"plan=p;members=m;until={until}") == Approval(plan="p", members="m", until=expected)


@pytest.mark.parametrize("text", ["", "yes", "approved by the board"])
def test_what_cannot_be_read_approves_no_plan_no_members_and_has_no_end(text):
    assert Approval.parse(text) == Approval(plan="", members="", until=None)


def test_an_approval_whose_author_names_other_members_still_names_its_own():
    approval = Approval(plan="p", members="m", until=AT, by="x;members=others;until=29991231T000000Z")
    found = Approval.parse(approval.text())
    assert (found.members, found.until) == ("m", AT)


def test_an_author_too_long_for_a_tag_is_refused_instead_of_cut():
    with pytest.raises(ValueError, match="Azure takes 256"):
        Approval(plan="0" * 12, members="1" * 12, until=AT, by="x" * 256).text()


def test_no_end_that_a_person_can_write_makes_the_reader_of_approvals_fail():
    assert Approval.parse("plan=p;members=m;until=9999-12-31T23:59:59-01:00").until is None


def test_an_end_written_without_seconds_is_read_as_written_or_not_at_all():
    written = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert Approval.parse("plan=p;members=m;until=20261231T2330Z").until in (None, written)


@given(st.builds(Acceptance, mode=st.sampled_from(MODES), attempt=st.integers(1, 9999), by=values | st.just("")))
def test_an_acceptance_is_read_back_as_it_was_written(acceptance):
    assert Acceptance.parse(acceptance.text()) == acceptance


@pytest.mark.parametrize(
    "text",
    ["", "yes", "m=deploy", "n=1", "m=Deploy;n=1", "m=delete;n=1", "m=deploy;n=", "m=deploy;n=-1", "m=deploy;n=one"],
)
def test_an_acceptance_that_names_no_attempt_accepts_nothing(text):
    assert Acceptance.parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", date(2026, 12, 31)), (" 2026-12-31 ", date(2026, 12, 31)), ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None), ("2026-12-31T00:00:00", None), ("31.12.2026", None), ("2026-1-1", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_is_read_as_year_month_and_day_or_not_at_all(text, expected):
    assert parse_day(text) == expected


@pytest.mark.parametrize("text", ["20261231", "2026-W53-4"])
def test_a_day_means_the_same_on_every_python(text):
    assert parse_day(text) is None
