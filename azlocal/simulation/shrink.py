"""Makes a case that breaks a promise smaller, as long as it breaks that promise: fewer troubles, deeds, clusters, days."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from azlocal.sandbox.scenarios.model import ClusterSpec
from azlocal.simulation.case import Case

T = TypeVar("T")
Judge = Callable[[Case], Sequence[str]]
MOST = 80
"""Histories that shrinking may cost."""


def promise(text: str) -> str:
    """Return the name of the promise that a break tells of."""
    return text.split(":", 1)[0]


def shrunk(case: Case, broken: Sequence[str], judge: Judge, most: int = MOST) -> tuple[Case, Sequence[str]]:
    """Return the smallest case found that breaks the first of the *broken* promises, and its breaks."""
    wanted, best, told, left = promise(broken[0]), case, list(broken), most
    progress = True
    while progress and left > 0:
        progress = False
        for smaller in _smaller(best):
            if left <= 0:
                break
            left -= 1
            found = [text for text in judge(smaller) if promise(text) == wanted]
            if found:
                best, told, progress = smaller, found, True
                break
    return best, told


def _smaller(case: Case) -> Iterator[Case]:
    """Yield smaller cases, those that save most first."""
    for troubles in _without_some(case.troubles):
        yield replace(case, troubles=troubles)
    for deeds in _without_some(case.deeds):
        yield replace(case, deeds=deeds)
    for clusters in _without_some(case.scenario.clusters):
        if clusters:
            yield _with(case, clusters)
    if case.pace.runners > 1:
        yield replace(case, pace=replace(case.pace, runners=case.pace.runners - 1))
    if case.days > 1:
        yield replace(case, days=case.days // 2)
    if case.pace.rounds > 1:
        yield replace(case, pace=replace(case.pace, rounds=case.pace.rounds // 2))


def _without_some(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """Yield *items* without halves, quarters and single ones."""
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
