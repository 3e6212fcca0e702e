"""A history that broke a promise, told so that a person can follow it: facts, decisions and requests, in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from azlocal.core.ids import name_of
from azlocal.core.rollout import ClusterDecision
from azlocal.sandbox.world import SWITCHES
from azlocal.simulation.case import Case
from azlocal.simulation.history import History, StartSent
from azlocal.simulation.invariants import promised
from azlocal.simulation.record import TickRun
from azlocal.simulation.world import World
from azlocal.words import count

MOST, FIRST = 48, 8
"""Lines of a time line, and how many of them are its beginning; of a longer one the middle is left out."""
_WIDE = 110
"""Characters of a message; of a longer one the end is left out."""
Line = tuple[datetime, int, str]


def tell(case: Case, world: World, broken: Sequence[str]) -> str:
    """Return the story of a case that broke a promise."""
    history = world.history()
    known = [one.name for one in case.scenario.clusters]
    names = [one for one in known if any(one in text for text in broken)]
    lines = sorted(_lines(history, set(names or known), broken), key=lambda one: one[:2])
    body = [f"{at:%Y-%m-%d %H:%M:%S}  {text}" for at, _, text in lines]
    if len(body) > MOST:
        left_out = f"{'…':>21}  {len(body) - MOST} lines are left out here"
        body = [*body[:FIRST], left_out, *body[FIRST - MOST :]]
    who = f"of {', '.join(names)}" if names else "of every cluster"
    return "\n".join([*_head(case, broken), "", f"Time line (UTC) {who}:", *body])


def _head(case: Case, broken: Sequence[str]) -> Iterator[str]:
    name, _, what = broken[0].partition(": ")
    yield f"Seed {case.seed} breaks a promise: {promised(name)}"
    yield _told("broken", what)
    for more in broken[1:4]:
        yield _told("", more.partition(": ")[2])
    yield _told("promise", name)
    size, ticks = count(len(case.scenario.clusters), "cluster"), count(case.pace.rounds, "tick")
    yield _told("smallest case", f"{size}; at most {ticks} before everything is well again")
    plan = case.scenario.plan
    for ring in plan.get("rings", ()):
        told = ", ".join(f"{key} {_short(value)}" for key, value in ring.items() if key != "name" and value != [])
        yield _told(f"ring {ring['name']}", told)
    more_of_plan = {key: value for key, value in plan.items() if key not in {"rings", "attestations"} and value}
    if more_of_plan:
        yield _told("plan", ", ".join(f"{key} {_short(value)}" for key, value in more_of_plan.items()))
    odd = {key: value for key, value in case.scenario.switches.items() if value != SWITCHES[key][0]}
    if odd:
        yield _told("Azure", ", ".join(f"{key} {value}" for key, value in odd.items()))
    yield from (_told("trouble", text) for text in _troubles(case))


def _told(title: str, text: str) -> str:
    return f"  {title + ':' if title else '':<15} {text}"


def _troubles(case: Case) -> Iterator[str]:
    for trouble in case.troubles:
        begins, ends = case.start + trouble.begins, min(case.start + trouble.ends, case.trouble_ends)
        yield f"{trouble.told()}, from {begins:%m-%d %H:%M} to {ends:%m-%d %H:%M}"


def _short(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(" ".join(map(str, one.values())) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name} {one}" for name, one in value.items())
    return "yes" if value is True else str(value)


def _lines(history: History, concerned: set[str], broken: Sequence[str]) -> Iterator[Line]:
    yield from ((at, 0, f"people   {text}") for at, text in history.record.deeds)
    yield from _facts(history, concerned)
    yield from _requests(history, concerned, broken)
    yield from _decisions(history.record.ticks, concerned)
    if history.record.calm_since is not None:
        yield history.record.calm_since, 0, "people   from now on nothing goes wrong any more"


def _facts(history: History, concerned: set[str]) -> Iterator[Line]:
    for cluster, known in history.timeline.settings.items():
        before = ""
        for seen in known if name_of(cluster) in concerned else ():
            text = f"fact     {name_of(cluster)}: {seen}"
            if text != before:
                yield seen.at, 1, text
            before = text


def _requests(history: History, concerned: set[str], broken: Sequence[str]) -> Iterator[Line]:
    for start in history.starts:
        if name_of(start.cluster) in concerned:
            blamed = any(re.search(rf"#{start.seq}\b", text) for text in broken)
            yield start.sent_at, 3, f"{'>> SENT' if blamed else 'SENT':<8} {_sent(start)}{' <<' if blamed else ''}"


def _sent(start: StartSent) -> str:
    who = f"tick {start.tick.number}" if start.tick else "somebody"
    became = "Azure took it" if start.accepted else f"not taken ({start.status})"
    late = f", it reached Azure at {start.at:%H:%M:%S}" if start.at != start.sent_at else ""
    return f"{who}: {start.mode} of {name_of(start.cluster)}, attempt {start.attempt}, #{start.seq}: {became}{late}"


def _decisions(ticks: Iterable[TickRun], concerned: set[str]) -> Iterator[Line]:
    before: dict[str, str] = {}
    for run in ticks:
        who = f"tick {run.number:<3}"
        who += f" runner {run.runner + 1}:" if run.runner else ""
        if run.report is None:
            yield run.began, 2, f"{who} {'killed on its way' if run.killed else run.raised[:_WIDE] or 'gave no report'}"
            continue
        for ring in run.report.rings:
            text = f"ring {ring.name} is {ring.state}" + (f": {ring.message}" if ring.message else "")
            yield from _changed(run.began, who, ring.name, text, before)
        for one in run.report.clusters:
            if one.cluster.name in concerned:
                yield from _changed(run.began, who, one.cluster.id, _decided(one), before)


def _changed(at: datetime, who: str, what: str, text: str, before: dict[str, str]) -> Iterator[Line]:
    if before.get(what) != text:
        yield at, 2, f"{who} {text}"
    before[what] = text


def _decided(one: ClusterDecision) -> str:
    decision = one.decision
    message = decision.message if len(decision.message) <= _WIDE else f"{decision.message[: _WIDE - 1]}…"
    return f"{one.cluster.name} is {one.reading.phase}: {decision.kind}({decision.reason}), {message}"
