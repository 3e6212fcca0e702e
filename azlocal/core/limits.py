"""How many: an absolute number, or a share of a ring, with the one rule by which shares are rounded.

A share is rounded down. A limit is never 0 for a ring that has members, else the ring would never move;
a failure budget may be 0, which means that the first failure halts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Share:
    """A share of a ring's visible members, in whole percent (0 to 100)."""

    percent: int

    def __str__(self) -> str:
        return f"{self.percent}%"


Amount: TypeAlias = int | Share


def limit_of(amount: Amount, members: int) -> int:
    """Return how many an amount allows among *members*: at least 1 when there is any, never more than a share."""
    if isinstance(amount, int):
        return amount
    return max(1, _rounded_down(amount, members)) if members else 0


def budget_of(amount: Amount, members: int) -> int:
    """Return how many failures an amount bears among *members*; the ring halts on the one after them."""
    return amount if isinstance(amount, int) else _rounded_down(amount, members)


def _rounded_down(share: Share, members: int) -> int:
    return members * share.percent // 100
