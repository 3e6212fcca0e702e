"""A ramp: how many clusters of a ring may have begun their upgrade, stage by stage.

`[1, 5, "20%"]` lets one cluster begin; once it is upgraded and verified, five more; once those are, a fifth
of the ring, and so on in steps of the last size. A stage opens when every cluster of the stages before is
known good: one that failed, runs or cannot be read keeps the next stage shut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, repeat

from azlocal.core.limits import Amount, limit_of


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage that is open: its number from 1, how many it brings, and how many may have begun by its end."""

    number: int
    size: int
    bound: int


def open_stage(ramp: Sequence[Amount], members: int, good: int) -> Stage:
    """Return the open stage of a ring of *members*, of which *good* are known to be upgraded."""
    sizes = [max(1, limit_of(amount, members)) for amount in ramp]
    for number, (size, bound) in enumerate(_bounds(sizes), 1):
        if bound > good:
            return Stage(number, size, bound)
    raise AssertionError("the last stage repeats for ever")


def _bounds(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    every = list(sizes)
    endless = chain(every, repeat(every[-1]))
    return zip(chain(every, repeat(every[-1])), accumulate(endless))
