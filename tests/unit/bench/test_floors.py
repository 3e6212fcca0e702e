"""What nothing can be faster than: pages by rows, seconds by Azure's quotas."""

from __future__ import annotations

import pytest

from bench import floors


@pytest.mark.parametrize(
    ("rows", "pages"), [([], 0), ([0], 1), ([1], 1), ([1000], 1), ([1001], 2), ([12_443, 1_756, 2], 16)]
)
def test_every_query_needs_a_page_and_one_more_for_each_thousand_rows(rows, pages):
    assert floors.pages(rows) == pages


@pytest.mark.parametrize(("pages", "seconds"), [(0, 0), (15, 0), (16, 5), (30, 5), (31, 10), (300, 95)])
def test_fifteen_pages_in_five_seconds_and_the_first_fifteen_at_once(pages, seconds):
    assert floors.seconds_of_pages(pages) == seconds


@pytest.mark.parametrize(
    ("reads", "subscriptions", "seconds"), [(250, 1, 0), (3_000, 1, 110), (30_000, 10, 110), (3_000, 10, 2), (10, 0, 0)]
)
def test_reads_are_bounded_by_the_bucket_of_each_subscription(reads, subscriptions, seconds):
    assert floors.seconds_of_reads(reads, subscriptions) == seconds


def test_writes_refill_more_slowly_than_reads():
    assert floors.seconds_of_writes(1_000, 1) == 80


def test_who_reads_subscription_after_subscription_waits_for_each():
    assert floors.seconds_in_a_row(30_000, 10) == 1_100


@pytest.mark.parametrize(("power", "cost"), [(1, 10), (2, 100), (0, 1)])
def test_the_exponent_of_growth_tells_linear_from_quadratic(power, cost):
    assert floors.exponent((10, 3.0), (100, 3.0 * cost)) == pytest.approx(power)
