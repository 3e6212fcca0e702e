"""Numbers and durations in sentences."""

from __future__ import annotations

from datetime import timedelta

import pytest

from azlocal.words import count, length, one_line


@pytest.mark.parametrize(
    "number, told", [(0, "0 clusters"), (1, "1 cluster"), (2, "2 clusters")],
)  # fmt: skip
def test_a_number_goes_with_its_noun(number, told):
    assert count(number, "cluster") == told


def test_a_plural_of_its_own_is_taken():
    assert [count(number, "fix", "fixes") for number in (1, 2)] == ["1 fix", "2 fixes"]


@pytest.mark.parametrize(
    "span, told",
    [
        (timedelta(hours=2), "2 hours"), (timedelta(hours=1, minutes=30), "1 hour 30 minutes"),
        (timedelta(days=1), "1 day"), (timedelta(days=2, minutes=1), "2 days 1 minute"),
        (timedelta(seconds=45), "45 seconds"), (timedelta(0), "0 minutes"), (timedelta(minutes=-5), "0 minutes"),
    ],
)  # fmt: skip
def test_a_duration_is_told_in_words(span, told):
    assert length(span) == told


def test_what_a_person_writes_stays_on_one_line_without_control_characters():
    assert one_line("  disk\x1b[2J\tis \u202ebad\r\n\ud800now ") == "disk [2J is bad now"
