"""Words on a terminal: nothing that Azure says can break a line or command the terminal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fleets import HOSTILE, HOUR, NOW
from hypothesis import given
from hypothesis import strategies as st

from azlocal.report.text import age, clean, count, cut, moment, pad, some, span, tally, width_of, wrap

TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


@given(TEXT)
def test_a_clean_text_is_one_printable_line(text):
    assert clean(text).isprintable()


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=50))
def test_a_text_without_spaces_and_control_characters_stays_as_it_is(text):
    assert clean(text) == text


def test_a_hostile_text_stays_readable():
    assert clean(HOSTILE) == "\\x1b[31mred\\x07 new line\\u202eback\\ud800\\x9b tab"


@given(TEXT, st.integers(1, 60))
def test_a_cut_text_fits_and_begins_like_the_text(text, width):
    short = cut(clean(text), width)
    assert width_of(short) <= width
    assert clean(text).startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("oslo", 4, "oslo"),
        ("bergen", 4, "ber…"),
        ("a bc", 3, "a…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("x", 0, ""),
    ],
)
def test_a_text_is_cut_by_the_columns_it_takes(text, width, short):
    assert cut(text, width) == short


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("", 0)])
def test_width_counts_wide_and_combining_characters_as_terminals_do(text, width):
    assert width_of(text) == width
    assert pad(text, 6) == text + " " * (6 - width)


@given(
    st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=6), max_size=40), st.integers(20, 90)
)
def test_wrapped_lines_fit_and_lose_no_word(words, width):
    lines = wrap(" ".join(words), width, first="  do: ")
    assert all(width_of(line) <= width for line in lines)
    assert " ".join(lines).split()[1:] == words


def test_a_word_longer_than_the_line_stays_whole():
    path = "/subscriptions/" + "x" * 90
    assert wrap(f"see {path} now", 40, first="- ") == ["- see", f"  {path}", "  now"]


def test_without_a_width_nothing_is_wrapped():
    assert wrap("a " * 200, None, first="do: ") == [("do: " + "a " * 200).strip()]


@given(st.text(max_size=900), st.integers(1, 4))
def test_what_does_not_fit_into_the_lines_is_cut_with_a_sign(text, most):
    whole, short = wrap(text, 40, first=">> "), wrap(text, 40, first=">> ", most=most)
    assert len(short) == min(most, len(whole))
    assert short == whole if len(whole) <= most else short[-1].endswith("…")


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=59), "59 s"), (timedelta(minutes=5, seconds=50), "5 min"), (HOUR, "1 h"),
        (timedelta(hours=2, minutes=7), "2 h 7 min"), (timedelta(hours=47), "47 h"), (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=3), "3 d"), (timedelta(seconds=-5), "0 s"),
    ],
)  # fmt: skip
def test_a_duration_is_told_by_its_two_largest_units(length, told):
    assert span(length) == told


def test_an_age_is_told_only_where_it_is_known():
    assert (age(NOW - HOUR, NOW), age(None, NOW)) == ("1 h ago", "age not known")
    assert (moment(NOW), moment(None)) == ("2026-11-24 12:00 UTC", "not known")


def test_words_are_tallied_most_frequent_first_and_names_are_cut_with_a_count():
    assert list(tally(["b", "a", "b", "c"])) == [("b", 2), ("a", 1), ("c", 1)]
    assert some(list("abcdefg"), 3) == "a, b, c and 4 more"
    assert (count(1, "row"), count(0, "row"), count(2, "entry", "entries")) == ("1 row", "0 rows", "2 entries")
