"""What a simulation writes down beside the journal: whose request was whose, what each tick read and said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from azlocal.core.plan import FleetPlan
from azlocal.sandbox.journal import Entry
from azlocal.sandbox.wire import Request
from azlocal.service.tick import TickReport


# No slots: what a tick read is parsed when an invariant asks for it.
@dataclass(eq=False)
class TickRun:
    """One tick of one runner. `report` is None when the runner was killed or the tick raised."""

    number: int
    runner: int
    began: datetime
    plan: FleetPlan | None = None
    ended: datetime | None = None
    report: TickReport | None = None
    killed: bool = False
    crashed: bool = False
    raised: str = ""
    answers: list[bytes] = field(default_factory=list)
    """What Resource Graph answered, page by page."""

    @cached_property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Return the rows that Resource Graph gave, by id in lower case; of one that came twice, the later."""
        found = (row for page in self.answers for row in json.loads(page).get("data", ()) if isinstance(row, dict))
        return {str(row["id"]).lower(): row for row in found if row.get("id")}


@dataclass(frozen=True, slots=True)
class Sending:
    """One request on its way: when it was sent, by which tick (None for a person's), and how many step rows there were."""

    at: datetime
    tick: TickRun | None
    order: int
    """How many events the timeline had by then."""
    steps: int = 0


@dataclass
class Record:
    """Everything written down of one history."""

    ticks: list[TickRun] = field(default_factory=list)
    calm_since: datetime | None = None
    ended: datetime | None = None
    rested: bool = False
    """Whether the fleet has come to rest: nothing is going to happen any more."""
    cut: bool = False
    """Whether the history's days ran out before that."""
    hopes: Mapping[str, str] = field(default_factory=dict)
    """Cluster → what keeps it from being upgraded in the end, by the world itself; empty where nothing does."""
    accepted: Counter[str] = field(default_factory=Counter)
    """Cluster → how often people have accepted a failure of it."""
    foreign: set[tuple[str, str]] = field(default_factory=set)
    """Clusters on which others have begun a Validate or a Deploy."""
    wiped: set[str] = field(default_factory=set)
    """Clusters whose intent people have removed or made unreadable."""
    pruned: set[str] = field(default_factory=set)
    """Clusters of whose group people have deleted the deployments."""
    edited: set[str] = field(default_factory=set)
    """Clusters (by name) whose inputs people have changed."""
    deeds: list[tuple[datetime, str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    """Texts that must never be seen in what azlocal sends or says."""
    _sendings: dict[int, tuple[Request, Sending]] = field(default_factory=dict)

    def sends(self, request: Request, sending: Sending) -> None:
        """Note a request on its way."""
        # The request itself is kept, so that its identity stays its own.
        self._sendings[id(request)] = (request, sending)

    def of(self, entry: Entry) -> Sending | None:
        """Return how a journaled request was sent, or None for one that was not noted."""
        known = self._sendings.get(id(entry.sent))
        return known[1] if known is not None and known[0] is entry.sent else None

    def sent(self) -> Iterator[tuple[Request, Sending]]:
        """Yield every request that was sent, in order, whether it arrived or not."""
        yield from self._sendings.values()
