"""Many histories, one seed after another, on as many cores as there are."""

from __future__ import annotations

import gc
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from multiprocessing import get_context

from azlocal.core.facts import FleetFacts
from azlocal.core.plan import FleetPlan
from azlocal.simulation.case import Case
from azlocal.simulation.drawing import draw, surround, switches
from azlocal.simulation.drive import run
from azlocal.simulation.invariants import INVARIANTS
from azlocal.simulation.shrink import shrunk
from azlocal.simulation.snapshots import scenario_of
from azlocal.simulation.telling import tell

PROMISES = tuple(check.__name__ for check in INVARIANTS)
FEW = 4
"""Histories that are not worth a second process."""
TOLD = 3
"""Stories that are told; the seeds of further breaks are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFleet:
    """An operator's fleet and plan: *facts* at *now*, and the plan as its file has it."""

    facts: FleetFacts
    now: datetime
    plan: FleetPlan
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one seed."""

    seed: int
    ticks: int
    starts: int
    digest: str
    breaks: tuple[str, ...] = ()
    rested: bool = True
    occasions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of many seeds. `digest` is SHA-256 over the histories' own, in the order of the seeds."""

    results: Sequence[Result] = field(default_factory=tuple)
    digest: str = ""

    @property
    def broken(self) -> list[Result]:
        """Return the histories in which a promise was broken."""
        return [one for one in self.results if one.breaks]

    @property
    def occasions(self) -> Mapping[str, int]:
        """Return on how many occasions each promise was judged; one without any was not put to the test."""
        return {name: sum(one.occasions.get(name, 0) for one in self.results) for name in PROMISES}


def case_of(seed: int, days: int, own: OwnFleet | None = None) -> Case:
    """Return the case of a seed: a random fleet, or the operator's own in random trouble."""
    if own is None:
        return draw(seed, days)
    chance = random.Random(f"own-{seed}")
    scenario = scenario_of(own.facts, own.plan, chance, own.now)
    scenario = replace(scenario, switches=switches(chance))
    days_of_trouble = max(1, min(days // 2, chance.choice((2, 4, 8))))
    rings = [ring.name for ring in own.plan.rings]
    case = surround(seed, chance, scenario, own.now, days_of_trouble, rings)
    return replace(case, plan=own.text)


def one(seed: int, days: int, own: OwnFleet | None = None) -> Result:
    """Let the history of one seed happen and judge it."""
    outcome = run(case_of(seed, days, own), days)
    outcome.world.close()
    if seed % 8 == 0:
        gc.collect()  # worlds hold each other in circles, and are large
    return Result(
        seed=seed, ticks=outcome.ticks, starts=outcome.starts, digest=outcome.digest, breaks=tuple(outcome.breaks),
        rested=outcome.world.record.rested, occasions=outcome.occasions,
    )  # fmt: skip


def many(
    seed: int, fleets: int, days: int, own: OwnFleet | None = None, *, jobs: int = 1,
    shown: Callable[[Result], None] = lambda result: None,
) -> Summary:  # fmt: skip
    """Let *fleets* histories happen, of the seeds from *seed* on; *shown* is called with each result, in order."""
    work, seeds = partial(one, days=days, own=own), range(seed, seed + fleets)
    results = []
    for result in _results(work, seeds, jobs if fleets > FEW else 1):
        results.append(result)
        shown(result)
    digest = hashlib.sha256("\n".join(one.digest for one in results).encode()).hexdigest()
    return Summary(results=results, digest=digest)


def _results(work: Callable[[int], Result], seeds: range, jobs: int) -> Iterator[Result]:
    if jobs <= 1:
        yield from map(work, seeds)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, seeds, chunksize=4)


def story(result: Result, days: int, own: OwnFleet | None = None) -> str:
    """Return the shrunk story of a history in which a promise was broken."""
    case, broken = shrunk(case_of(result.seed, days, own), result.breaks, lambda smaller: run(smaller, days).breaks)
    return tell(case, run(case, days).world, broken)
