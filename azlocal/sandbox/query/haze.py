"""How Resource Graph may depart from the world: rows that lag each on its own and not always the same, rows lost or
doubled, pages cut short, pages of one result taken from two moments.

Source: Azure Resource Graph documentation (eventual consistency, troubleshooting of paging); reports of duplicated and
missing rows between pages. How often is a scenario's choice. `Azure.haze` None means the clear index: one lag for all.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Haze:
    """What *chance* does to the reads of one world; every rate is a share of all reads, from 0 to 1.

    *longest* is the most that a row lags behind: each read draws anew for each row, so that a later read may show
    an older state. *hides* leaves a row out as if it had not been indexed yet; *loses* and *doubles* do so to a page
    whose total goes on counting; *short* cuts pages; *forgets* takes the next page from a later moment.
    """

    chance: random.Random
    longest: timedelta = timedelta(minutes=3)
    hides: float = 0.0
    loses: float = 0.0
    doubles: float = 0.0
    short: float = 0.0
    forgets: float = 0.0

    def lag(self) -> timedelta:
        """Return how far one row is behind in this read."""
        return self.longest * self.chance.random()

    def hidden(self, keys: Sequence[str]) -> list[str]:
        """Return the rows that this read does not show."""
        if not keys or self.chance.random() >= self.hides:
            return []
        return self.chance.sample(keys, min(len(keys), self.chance.choice((1, 1, 2, 5))))

    def size(self, size: int) -> int:
        """Return how many rows a page of *size* gets."""
        return self.chance.randint(1, 20) if self.chance.random() < self.short else size

    def page(self, rows: list[T]) -> list[T]:
        """Return the rows of a page as they arrive."""
        if rows and self.chance.random() < self.loses:
            rows = rows[:-1] if self.chance.random() < 0.5 else rows[1:]
        if rows and self.chance.random() < self.doubles:
            rows = [*rows, self.chance.choice(rows)]
        return rows

    def forgotten(self) -> bool:
        """Return whether the next page comes from another moment than the one before."""
        return self.chance.random() < self.forgets
