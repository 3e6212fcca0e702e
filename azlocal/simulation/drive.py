"""Drives one case: ticks, trouble and deeds first, then calm until the fleet has come to rest."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from azlocal.core.decisions import Done, Hold, Wait
from azlocal.core.garbage import uncollected
from azlocal.core.plan import FleetPlan
from azlocal.core.rollout import ClusterDecision
from azlocal.errors import AzlocalError
from azlocal.service.tick import TickReport
from azlocal.simulation.case import Case, Deed
from azlocal.simulation.deeds import do, mend_intents, set_right
from azlocal.simulation.hopes import hopes
from azlocal.simulation.instants import next_opening, stirs, upcoming
from azlocal.simulation.weather import Weather
from azlocal.simulation.wire import Before, Dies
from azlocal.simulation.world import Told, World

CALM_ROUNDS = 150
"""Ticks after which a fleet that does not come to rest is given up."""
_CALM_LEAST = timedelta(minutes=150)
"""A little more than an upgrade takes: what is begun in one tick has mostly ended at the next."""
_SURELY = timedelta(hours=13)
"""In which every cluster that reports has reported again."""
_LONG_IDLE = timedelta(days=8)
"""Every window of a week has opened in it."""
_LOOKS = 3
"""Ticks after a window has opened in which a validation made anew may be followed by its upgrade."""
_GZIPPED = b"\x1f\x8b"
_FINAL_WAITS = frozenset({"RingClosed", "NoRing", "NoWindow"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history after it happened, and what broke in it."""

    world: World
    breaks: Sequence[str]
    digest: str
    occasions: Mapping[str, int]
    """Promise → how often there was something to judge it by."""

    @property
    def ticks(self) -> int:
        """Return how many ticks there were, of all runners."""
        return len(self.world.record.ticks)

    @property
    def starts(self) -> int:
        """Return how many starts Azure took."""
        return len(self.world.history().accepted)


def run(case: Case, days: int = 60) -> Outcome:
    """Let *case* happen within *days*, and judge it."""
    with uncollected():
        drive = Drive(case, days)
        drive.run()
        breaks, occasions = drive.world.judged()
        return Outcome(drive.world, breaks, digest_of(drive.world), occasions)


class Drive:
    """One case on its way."""

    def __init__(self, case: Case, days: int = 60) -> None:
        self.case = case
        self.world = World(case.scenario, seed=case.seed, start=case.start, plan=case.plan)
        self.world.azure.index_lag = case.lag
        self.weather = Weather(case, self.world.azure)
        self.world.front.faults = self.weather
        self._ends = case.start + timedelta(days=days)
        self._chance = random.Random(f"drive-{case.seed}")
        self._deeds = sorted(case.deeds, key=lambda one: one.at)
        self._last: TickReport | None = None
        self._busy_at = case.start
        self._looks = 0
        self._validated: Counter[str] = Counter()

    @property
    def now(self) -> datetime:
        """Return the virtual moment."""
        return self.world.clock.now()

    def run(self) -> None:
        """Let the case happen from its first tick to its rest."""
        for _ in range(self.case.pace.rounds):
            if self.now >= self.case.trouble_ends:
                break
            self._round()
            self._people(0.6)
            self._go_to(min(self._next(), self.case.trouble_ends))
        self._become_calm()
        self._rest()
        record, plan = self.world.record, self._plan()
        record.ended, record.hopes = self.now, hopes(self.world, plan) if plan and record.rested else {}

    # rounds of ticks

    def _round(self) -> None:
        """Run one tick, or several at once, with whatever befalls them."""
        self.weather.settle_in(self.now)
        due = [one for one in self._deeds if one.request and self.case.start + one.at <= self.now]
        waiting: dict[int | str, Deed] = {one.request: one for one in due}
        runners = self._runners()
        told = [
            Told(self.world.begin_tick(place), self._deeds_at(waiting if place == 0 else {}), self._fate(), self._clock)
            for place in range(runners)
        ]
        if runners == 1:
            self._alone(told[0])
        else:
            found = self.world.side_by_side(told, self._chance.randrange(2**31), self._deadline())
            self._note([one for one in found if isinstance(one, TickReport)])
        for deed in waiting.values():
            do(self.world, deed)
        for deed in due:
            self._deeds.remove(deed)

    def _alone(self, told: Told) -> None:
        run = told.tick or self.world.begin_tick()
        try:
            found = self.world.finish_tick(run, lambda: self.world.app(told=told), None, self._deadline())
        except Exception:  # what a tick raised is written down, and judged later
            found = None
        self._note([found] if found is not None else [])

    def _note(self, reports: Sequence[TickReport]) -> None:
        whole = [one for one in reports if one.clusters]
        self._last = whole[-1] if whole else self._last

    def _deeds_at(self, waiting: dict[int | str, Deed]) -> Before:
        def before(number: int, kind: str) -> None:
            for name in (number, kind):
                deed = waiting.pop(name, None)
                if deed is not None:
                    # What people do in the midst of a tick takes no time: the runner would stand still meanwhile.
                    with self.weather.held_off():
                        do(self.world, deed)

        return before

    def _runners(self) -> int:
        trouble = self.weather.active("several runners")
        if trouble is None or self.weather.chance(trouble).random() >= trouble.rate:
            return 1
        return max(2, self.case.pace.runners)

    def _fate(self) -> Dies | None:
        trouble = self.weather.active("job killed")
        if trouble is None or self.weather.chance(trouble).random() >= trouble.rate:
            return None
        chance = self.weather.chance(trouble)
        at = chance.choice((chance.randint(1, 45), chance.randint(1, 45), "start", "intent"))
        return at, chance.choice(("before", "after"))

    def _clock(self) -> float:
        trouble = self.weather.active("clock skewed")
        skew = float(trouble.more["hours"]) * 3600 if trouble else 0.0
        return self.now.timestamp() + skew

    def _deadline(self) -> float | None:
        trouble = self.weather.active("deadline")
        return 0.5 if trouble is not None and self.weather.chance(trouble).random() < trouble.rate else None

    # people

    def _people(self, share: float) -> bool:
        """Let people approve and accept what the fleet asks of them; return whether they did anything."""
        report, done = self._last, False
        for ring in report.rings if report else ():
            if not ring.approved and _asked(report, ring.name) and self._chance.random() < share:
                done |= self._sign(partial(self._approve, ring.name))
        for one in report.clusters if report else ():
            if _failed(one) and self._repaired(one) and self._chance.random() < share:
                done |= self._sign(partial(self._accept, one.cluster.id))
        return done

    def _approve(self, ring: str) -> str:
        return self.world.person().approve(ring, timedelta(days=9), by="ops")

    def _accept(self, cluster_id: str) -> str:
        said = self.world.person().resume(cluster_id, by="ops")
        self.world.record.accepted[cluster_id.lower()] += 1
        return said

    def _sign(self, signs: Callable[[], str]) -> bool:
        try:
            said = signs()
        except AzlocalError:
            return False
        self.world.record.deeds.append((self.now, said))
        return True

    def _repaired(self, one: ClusterDecision) -> bool:
        """Return whether somebody has mended what failed: people accept a failure once its cause is gone."""
        mode = one.reading.mode or "validate"
        tried = self.world.record.accepted[one.cluster.id.lower()]
        if tried >= self.world.patience or not self.world.next_ends_well(one.cluster.id, mode):
            return False
        if mode == "validate" and self.world.azure.switch("validate-in-place") == "refuse":
            if self._changed_since(one.cluster.id):
                return False  # they look again before they delete anything
            self.world.delete_settings(one.cluster.id)
        return True

    def _changed_since(self, cluster_id: str) -> bool:
        """Return whether the settings of a cluster have changed since the last report was begun."""
        told = self._last.now if self._last else self.now
        timeline = self.world.timeline
        return timeline.settings_at(cluster_id, told) is not timeline.settings_at(cluster_id, self.now)

    # time

    def _next(self) -> datetime:
        """Return when the next tick is due while trouble lasts: mostly when something may be decided otherwise."""
        least, now, draw = self.case.pace.least, self.now, self._chance.random()
        instants = self._instants()
        if draw < 0.15 and instants:
            return instants[0]
        if draw < 0.25 and instants:
            return max(
                now + timedelta(seconds=1),
                self._chance.choice(instants[:12]) - timedelta(seconds=self._chance.randint(1, 90)),
            )
        if draw < 0.4:
            return now + least * (0.2 + 2 * self._chance.random())
        return next((one for one in instants if one >= now + least), now + max(least, timedelta(hours=6)))

    def _instants(self) -> list[datetime]:
        return upcoming(self.world.azure, self.world.timeline, self._plan(), self._last)

    def _plan(self) -> FleetPlan | None:
        return next((run.plan for run in reversed(self.world.record.ticks) if run.plan is not None), None)

    def _go_to(self, moment: datetime) -> None:
        """Let time pass, and on the way let be done what is due."""
        for deed in [one for one in self._deeds if not one.request and self.case.start + one.at <= moment]:
            self._deeds.remove(deed)
            self._advance_to(self.case.start + deed.at)
            do(self.world, deed)
        self._advance_to(moment)

    def _advance_to(self, moment: datetime) -> None:
        self.world.advance(max(timedelta(0), moment - self.now))

    # rest

    def _become_calm(self) -> None:
        self.weather.calm = True
        self.weather.settle_in(self.now)
        self.world.record.calm_since = self.now
        self._deeds.clear()
        set_right(self.world)
        self._busy_at = self.now

    def _rest(self) -> None:
        """Tick on without trouble until nothing changes any more; the second look comes when all have reported."""
        before: Mapping[str, tuple[str, str]] = {}
        for _ in range(CALM_ROUNDS):
            mend_intents(self.world)
            self._round()
            now = standing(self._last)
            quiet = not self._people(1.0) and self._at_rest()
            if (quiet and now == before) or self._idle_for() > _LONG_IDLE:
                self.world.record.rested = True
                return
            before = now if quiet else {}
            if self.now >= self._ends:
                self.world.record.cut = True
                return
            self._go_to(self.now + _SURELY if quiet else self._calm_next())

    def _idle_for(self) -> timedelta:
        """Return for how long nothing moved on: no start but that of one more validation, and nothing in the world."""
        actions = self._last.actions if self._last else ()
        self._validated.update(one.cluster_id for one in actions if one.mode == "validate")
        moves = any(one.mode != "validate" or self._validated[one.cluster_id] <= 2 for one in actions)
        if moves or (not actions and stirs(self.world.azure, self.world.timeline)):
            self._busy_at = self.now
        return self.now - self._busy_at

    def _calm_next(self) -> datetime:
        """Return when to look next: where nothing has moved for long, when a window opens, and shortly after that."""
        report, plan = self._last, self._plan()
        if report is not None and plan is not None and self.now - self._busy_at > _SURELY:
            self._looks = self._looks + 1 if report.actions and self._looks < _LOOKS else 0
            opens = next_opening(plan, report, self.now) if self._looks == 0 else None
            if opens is not None:
                return opens
        return next((one for one in self._instants() if one >= self.now + _CALM_LEAST), self.now + _SURELY)

    def _at_rest(self) -> bool:
        report = self._last
        if report is None or report.actions or report.facts.gaps or stirs(self.world.azure, self.world.timeline):
            return False
        soaking = any(ring.soaked_at is not None and ring.soaked_at > report.now for ring in report.rings)
        full = _full_for_ever(report)
        return not soaking and all(one.ring in full or _is_final(one) for one in report.clusters)


def _full_for_ever(report: TickReport) -> frozenset[str]:
    """Return the rings in which nothing can start any more: stuck operations keep all slots, or Azure refuses the lease."""
    stuck = Counter(one.ring for one in report.clusters if one.reading.stuck)
    refused = report.lease.startswith("refused")
    return frozenset(ring.name for ring in report.rings if refused or stuck[ring.name] >= ring.max_concurrent)


def _is_final(one: ClusterDecision) -> bool:
    decision = one.decision
    return isinstance(decision, Done | Hold) or (isinstance(decision, Wait) and decision.reason in _FINAL_WAITS)


def _asked(report: TickReport | None, ring: str) -> bool:
    return report is not None and any(
        one.ring == ring and one.decision.reason == "ApprovalNeeded" for one in report.clusters
    )


def _failed(one: ClusterDecision) -> bool:
    return bool(one.ring) and one.reading.phase.failed and isinstance(one.decision, Hold)


def standing(report: TickReport | None) -> Mapping[str, tuple[str, str]]:
    """Return where every cluster stands, free of what only time changes."""
    clusters = report.clusters if report else ()
    return {one.cluster.id: (str(one.reading.phase), one.decision.reason) for one in clusters}


def digest_of(world: World) -> str:
    """Return what tells two histories apart: SHA-256 over every request, what became of it, and every deed.

    Bodies count as they were before they were compressed: how that is done differs between versions of zlib.
    """
    found = hashlib.sha256()
    for entry in world.front.journal.after():
        told = (
            entry.seq, entry.at, entry.method, entry.path, sorted(entry.query.items()), entry.status, entry.effect,
            entry.fault, entry.principal,
        )  # fmt: skip
        found.update(json.dumps(told).encode())
        found.update(_plain(entry.sent.body))
    for at, deed in world.record.deeds:
        found.update(f"{at.isoformat()} {deed}".encode())
    return found.hexdigest()


def _plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(_GZIPPED) else body
