"""What is going to happen: moments on the sandbox clock and what they bring."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime

Happening = Callable[[datetime], None]


class Agenda:
    """A queue of happenings, run in order of their moment; `moment` is that of the one that runs."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Happening]] = []
        self._ties = itertools.count()
        self.moment: datetime | None = None

    def at(self, moment: datetime, happening: Happening) -> None:
        """Let *happening* run when the sandbox clock has reached *moment*; it is given that moment."""
        heapq.heappush(self._heap, (moment, next(self._ties), happening))

    def waiting(self) -> Iterator[tuple[datetime, Happening]]:
        """Yield what is going to happen, in no order."""
        return ((moment, happening) for moment, _, happening in self._heap)

    def next_moment(self) -> datetime | None:
        """Return when the next happening is due, or None."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, now: datetime) -> None:
        """Run everything due at *now*, including what falls due on the way."""
        while self._heap and self._heap[0][0] <= now:
            self.moment, _, happening = heapq.heappop(self._heap)
            try:
                happening(self.moment)
            finally:
                self.moment = None
