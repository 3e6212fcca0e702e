"""What nothing can be faster than, for one identity: pages by rows, and seconds by Azure's quotas.

Sources: Azure Resource Graph (15 queries in 5 seconds, 1,000 rows a page); ARM's limits since 2024 (reads: 250 at
once, 25 a second more; writes: 200, and 10 a second), each for one subscription.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

PAGE = 1000
QUERIES, WINDOW = 15, 5.0
READS = (250, 25.0)
WRITES = (200, 10.0)


def pages(rows: Iterable[int]) -> int:
    """Return the fewest pages for queries that find so many rows each."""
    return sum(max(1, ceil(count / PAGE)) for count in rows)


def seconds_of_pages(count: int) -> float:
    """Return the fewest seconds in which so many pages can be asked for."""
    return max(0, ceil(count / QUERIES) - 1) * WINDOW


def seconds_of_reads(count: int, subscriptions: int) -> float:
    """Return the fewest seconds for so many reads, spread evenly over subscriptions that are read side by side."""
    return _seconds(count, subscriptions, *READS)


def seconds_of_writes(count: int, subscriptions: int) -> float:
    """Return the fewest seconds for so many writes, spread evenly over subscriptions that are written side by side."""
    return _seconds(count, subscriptions, *WRITES)


def _seconds(count: int, subscriptions: int, bucket: int, refill: float) -> float:
    return max(0.0, (count / max(1, subscriptions) - bucket) / refill)


def seconds_in_a_row(count: int, subscriptions: int) -> float:
    """Return the fewest seconds for so many reads where subscription is read after subscription, as loops do."""
    return subscriptions * seconds_of_reads(count, subscriptions)


def exponent(small: tuple[float, float], large: tuple[float, float]) -> float:
    """Return the exponent of growth between two measurements (size, cost): 1 is linear."""
    from math import log

    return log(large[1] / small[1]) / log(large[0] / small[0])
