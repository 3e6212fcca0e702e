"""Makes a case that breaks a promise smaller, as long as it breaks that promise: fewer troubles, deeds, clusters, ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from azlocal.sandbox.scenarios.model import ClusterSpec
from azlocal.sandbox.world import SWITCHES
from azlocal.simulation.case import Case

T = TypeVar("T")
Judge = Callable[[Case], Sequence[str]]
MOST = 60
"""Histories that shrinking may cost."""


def promise(text: str) -> str:
    """Return the name of the promise that a break tells of."""
    return text.split(":", 1)[0]


class _Search:
    """The smallest case that was found so far, and how many histories may still be spent."""

    def __init__(self, case: Case, broken: Sequence[str], judge: Judge, most: int) -> None:
        self.best, self.told, self.left = case, list(broken), most
        self._wanted, self._judge = promise(broken[0]), judge

    def takes(self, smaller: Case) -> bool:
        """Return whether a smaller case breaks the promise, too; it is the best one then."""
        if self.left <= 0 or smaller == self.best:
            return False
        self.left -= 1
        found = [text for text in self._judge(smaller) if promise(text) == self._wanted]
        if found:
            self.best, self.told = smaller, found
        return bool(found)

    def along(self, smaller: Callable[[Case], Iterator[Case]]) -> None:
        """Make the case smaller in one way until that leads no further."""
        while any(self.takes(case) for case in smaller(self.best)):
            pass


def shrunk(case: Case, broken: Sequence[str], judge: Judge, most: int = MOST) -> tuple[Case, Sequence[str]]:
    """Return the smallest case found that breaks the first of the *broken* promises, and its breaks."""
    search = _Search(case, broken, judge, most)
    for way in (_clusters, _troubles, _deeds, _runners, _rounds, _usual, _plain_plan, _clusters):
        search.along(way)
    return search.best, search.told


def _troubles(case: Case) -> Iterator[Case]:
    yield from (replace(case, troubles=rest) for rest in _without_some(case.troubles))


def _deeds(case: Case) -> Iterator[Case]:
    yield from (replace(case, deeds=rest) for rest in _without_some(case.deeds))


def _clusters(case: Case) -> Iterator[Case]:
    yield from (_with(case, rest) for rest in _without_some(case.scenario.clusters) if rest)


def _runners(case: Case) -> Iterator[Case]:
    if case.pace.runners > 1:
        yield replace(case, pace=replace(case.pace, runners=case.pace.runners - 1))


def _rounds(case: Case) -> Iterator[Case]:
    if case.pace.rounds > 1:
        yield replace(case, pace=replace(case.pace, rounds=case.pace.rounds // 2))


def _usual(case: Case) -> Iterator[Case]:
    """Let Azure behave as usual, and its index lag as usual."""
    usual = {name: values[0] for name, values in SWITCHES.items()}
    scenario = replace(case.scenario, switches=usual, page_size=None)
    yield replace(case, scenario=scenario, lag=timedelta(seconds=30))


def _plain_plan(case: Case) -> Iterator[Case]:
    """Leave out of the plan, piece by piece, what it could do without."""
    plan = case.scenario.plan
    for name in ("freezes", "caps", "validate", "retry", "validationFreshFor"):
        if plan.get(name):
            left = {key: value for key, value in plan.items() if key != name}
            yield replace(case, scenario=replace(case.scenario, plan=left))


def _without_some(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """Yield *items* without all, halves, quarters and single ones."""
    size = len(items)
    while size:
        for start in range(0, len(items), size):
            yield items[:start] + items[start + size :]
        size //= 2


def _with(case: Case, clusters: tuple[ClusterSpec, ...]) -> Case:
    """Return the case with these clusters only, and without the rings that have none of them."""
    left = {one.tags.get("azlocal-ring", "") for one in clusters}
    plan = dict(case.scenario.plan)
    if "rings" in plan:
        plan["rings"] = [ring for ring in plan["rings"] if ring["name"] in left]
    deeds = tuple(one for one in case.deeds if one.target in {"", *left, *(each.name for each in clusters)})
    return replace(case, deeds=deeds, scenario=replace(case.scenario, clusters=clusters, plan=plan))
