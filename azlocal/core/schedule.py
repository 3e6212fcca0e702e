"""One ring from its opening to its last upgrade: slots, stages, caps and windows played through, tick by tick.

Every upgrade succeeds and takes as long as it is told to. Only ticks at which something can change are visited.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from azlocal.core.domains import Cap, domain_of
from azlocal.core.facts import ClusterFacts
from azlocal.core.outlook import Calendars, Work
from azlocal.core.ramps import Stage
from azlocal.core.recurrence import Ticks

VERIFIED_AFTER = timedelta(minutes=15)
"""How long after an upgrade what must follow it is there; until then it keeps its slot."""

Lasts: TypeAlias = Callable[[ClusterFacts], timedelta]
_Turn: TypeAlias = tuple[int, str, str]
_Domain: TypeAlias = tuple[Cap, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What holds in one ring.

    `stage` tells the open stage by the number of upgrades known to be good, or is None without a ramp; `takes`
    is how long an upgrade takes here, `needed` how much time it must find; `ready` is when a cluster is validated.
    """

    calendars: Calendars
    ticks: Ticks
    slots: int
    caps: Sequence[Cap]
    stage: Callable[[int], Stage] | None
    good: int
    takes: Lasts
    needed: Lasts
    ready: Callable[[Work], datetime]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a ring: start and end of each upgrade by cluster id, and the clusters that can never start."""

    starts: dict[str, datetime]
    ends: dict[str, datetime]
    never: list[Work]


def play(rules: Rules, works: Iterable[Work], opens: datetime) -> Played:
    """Play a ring from the moment it *opens* until nothing is left that can ever start."""
    return _Board(rules, works, opens).played()


class _Board:
    """The pieces: who waits for a window, who is due, who for room in a domain, and what runs."""

    def __init__(self, rules: Rules, works: Iterable[Work], opens: datetime) -> None:
        self._rules = rules
        self._now = rules.ticks.from_(opens)
        self._good = self._began = rules.good
        self._result = Played({}, {}, [])
        self._waiting: list[tuple[datetime, _Turn, Work]] = []
        self._due: list[tuple[_Turn, Work]] = []
        self._parked: dict[_Domain, list[tuple[_Turn, Work]]] = {}
        self._running: list[tuple[datetime, _Turn, Work]] = []
        self._taken: Counter[_Domain] = Counter()
        for work in works:
            self._set_up(work, opens)

    def _set_up(self, work: Work, opens: datetime) -> None:
        if work.running_since is None:
            self._wait(work, max(opens, self._rules.ready(work)))
        else:
            self._run(work, work.running_since)

    def _wait(self, work: Work, after: datetime) -> None:
        """Let a cluster wait for the first tick that its calendar allows."""
        spans = self._rules.calendars.starts(work.cluster, self._rules.needed(work.cluster))
        at = self._rules.ticks.next_in(spans, after)
        if at is None:
            self._result.never.append(work)
        else:
            heapq.heappush(self._waiting, (at, work.turn, work))

    def _run(self, work: Work, since: datetime) -> None:
        end = max(since + self._rules.takes(work.cluster), self._now)
        self._began += 1
        self._taken.update(self._domains(work))
        self._result.ends[work.cluster.id] = end
        heapq.heappush(self._running, (end + VERIFIED_AFTER, work.turn, work))

    def _domains(self, work: Work) -> list[_Domain]:
        return [(cap, domain_of(work.cluster, cap.by)) for cap in self._rules.caps]

    def played(self) -> Played:
        """Return what came of it."""
        while self._waiting or self._due or self._parked:
            self._let_end()
            self._gather()
            while self._due and self._free > 0:
                self._try(heapq.heappop(self._due)[1])
            later = self._later()
            if later is None:
                break
            self._now = self._rules.ticks.from_(later)
        return self._result

    @property
    def _free(self) -> int:
        """Return how many upgrades may start now by slots and stage."""
        stage = self._rules.stage
        room = self._rules.slots - len(self._running)
        return room if stage is None else min(room, stage(self._good).bound - self._began)

    def _let_end(self) -> None:
        while self._running and self._running[0][0] <= self._now:
            _, _, work = heapq.heappop(self._running)
            self._good += 1
            self._taken.subtract(self._domains(work))

    def _gather(self) -> None:
        """Let those be due whose time has come, and of those that wait for a domain as many as it has room for."""
        while self._waiting and self._waiting[0][0] <= self._now:
            _, turn, work = heapq.heappop(self._waiting)
            heapq.heappush(self._due, (turn, work))
        for domain in list(self._parked):
            parked = self._parked[domain]
            for _ in range(domain[0].max - self._taken[domain]):
                if parked:
                    heapq.heappush(self._due, heapq.heappop(parked))
            if not parked:
                del self._parked[domain]

    def _try(self, work: Work) -> None:
        rules = self._rules
        spans = rules.calendars.starts(work.cluster, rules.needed(work.cluster))
        full = next((one for one in self._domains(work) if self._taken[one] >= one[0].max), None)
        if rules.ticks.next_in(spans, self._now) != self._now:
            self._wait(work, self._now)
        elif full is not None:
            heapq.heappush(self._parked.setdefault(full, []), (work.turn, work))
        else:
            self._result.starts[work.cluster.id] = self._now
            self._run(work, self._now)

    def _later(self) -> datetime | None:
        """Return when something may change next, or None."""
        ends = self._running[0][0] if self._running else None
        if self._free <= 0 or not self._waiting:
            return ends
        opens = self._waiting[0][0]
        return min(opens, ends) if ends is not None and (self._due or self._parked) else opens
