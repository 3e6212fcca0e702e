"""Rounding: a share is rounded down, a limit is never 0 for a ring that has members, a budget may be."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.limits import Share, budget_of, limit_of
from azlocal.core.ramps import open_stage

members = st.integers(0, 20_000)
shares = st.builds(Share, st.integers(1, 100))
amounts = st.integers(1, 500) | shares


@pytest.mark.parametrize(
    ("percent", "count", "limit", "budget"),
    [(20, 0, 0, 0), (20, 1, 1, 0), (20, 4, 1, 0), (20, 5, 1, 1), (20, 9, 1, 1), (20, 10, 2, 2), (1, 99, 1, 0),
     (1, 100, 1, 1), (10, 50, 5, 5), (33, 10, 3, 3), (50, 3, 1, 1), (100, 7, 7, 7), (99, 100, 99, 99)],
)  # fmt: skip
def test_a_share_is_rounded_down_and_a_limit_is_at_least_one(percent, count, limit, budget):
    assert (limit_of(Share(percent), count), budget_of(Share(percent), count)) == (limit, budget)


@given(shares, members)
def test_a_share_allows_no_more_than_itself_except_the_one_that_lets_a_ring_move(share, count):
    exact = Fraction(count * share.percent, 100)
    assert budget_of(share, count) <= exact < budget_of(share, count) + 1
    assert limit_of(share, count) == (max(1, budget_of(share, count)) if count else 0)


@given(shares, members)
def test_more_members_never_make_a_share_smaller(share, count):
    assert limit_of(share, count) <= limit_of(share, count + 1) <= limit_of(share, count) + 1


@given(st.integers(1, 500), members)
def test_a_number_is_that_number_whatever_the_ring(number, count):
    assert limit_of(number, count) == budget_of(number, count) == number


# ramps


@pytest.mark.parametrize(
    ("good", "stage", "bound"),
    [(0, 1, 1), (1, 2, 6), (5, 2, 6), (6, 3, 16), (15, 3, 16), (16, 4, 26), (25, 4, 26), (26, 5, 36), (50, 7, 56)],
)
def test_a_stage_opens_when_all_before_it_are_good_and_the_last_size_repeats(good, stage, bound):
    found = open_stage((1, 5, Share(20)), 50, good)
    assert (found.number, found.bound) == (stage, bound)


@given(st.lists(amounts, min_size=1, max_size=5), st.integers(1, 300), st.data())
def test_a_stage_lets_in_no_more_than_its_size_beyond_what_is_good(ramp, count, data):
    good = data.draw(st.integers(0, count))
    stage = open_stage(ramp, count, good)
    assert good < stage.bound <= good + stage.size
    assert stage.size == limit_of(ramp[min(stage.number, len(ramp)) - 1], count)


@given(st.lists(amounts, min_size=1, max_size=5), st.integers(1, 300))
def test_a_ring_whose_clusters_turn_out_good_passes_through_all_of_its_stages(ramp, count):
    good, numbers = 0, []
    while good < count:
        stage = open_stage(ramp, count, good)
        numbers.append(stage.number)
        good = min(stage.bound, count)
    assert numbers == list(range(1, len(numbers) + 1))
