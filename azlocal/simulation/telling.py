"""A history that broke a promise, told so that a person can follow it: facts, decisions and requests, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from azlocal.core.ids import name_of
from azlocal.simulation.case import Case
from azlocal.simulation.history import History
from azlocal.simulation.record import TickRun
from azlocal.simulation.world import World

MOST = 160
"""Lines of a story; of a longer one the middle is left out."""
Line = tuple[datetime, int, str]


def tell(case: Case, world: World, broken: Sequence[str]) -> str:
    """Return the story of a case that broke a promise."""
    history = world.history()
    names = [one.name for one in case.scenario.clusters if any(one.name in text for text in broken)]
    concerned = set(names or [one.name for one in case.scenario.clusters])
    lines = sorted(_lines(history, concerned), key=lambda one: one[:2])
    body = [f"{at:%Y-%m-%d %H:%M:%S}  {text}" for at, _, text in lines]
    if len(body) > MOST:
        body = [*body[: MOST // 4], f"… {len(body) - MOST} lines left out …", *body[-(MOST - MOST // 4) :]]
    return "\n".join([*_head(case, broken), *body, "", *(f"BROKEN  {text}" for text in broken)])


def _head(case: Case, broken: Sequence[str]) -> Iterator[str]:
    yield f"Seed {case.seed}: {broken[0]}"
    sizes = f"{len(case.scenario.clusters)} clusters, {case.days} days of trouble from {case.start:%Y-%m-%d %H:%M} UTC"
    yield f"The smallest case found: {sizes}, at most {case.pace.rounds} ticks in them"
    for ring in case.scenario.plan.get("rings", ()):
        told = ", ".join(f"{name} {_short(value)}" for name, value in ring.items() if name != "name")
        yield f"  ring {ring['name']}: {told}"
    more = {
        name: value for name, value in case.scenario.plan.items() if name not in {"rings", "attestations"} and value
    }
    if more:
        yield f"  plan: {', '.join(f'{name} {_short(value)}' for name, value in more.items())}"
    yield f"  switches: {', '.join(f'{name} {value}' for name, value in case.scenario.switches.items()) or 'as usual'}"
    for trouble in case.troubles:
        begins, ends = case.start + trouble.begins, case.start + trouble.ends
        yield f"  trouble from {begins:%m-%d %H:%M} to {ends:%m-%d %H:%M}: {trouble.told()}"
    yield ""


def _short(value: object) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "; ".join(" ".join(map(str, one.values())) for one in value)
    return str(value)


def _lines(history: History, concerned: set[str]) -> Iterator[Line]:
    yield from ((at, 0, f"people: {text}") for at, text in history.record.deeds)
    yield from _facts(history, concerned)
    yield from _requests(history, concerned)
    yield from _decisions(history.record.ticks, concerned)
    if history.record.calm_since is not None:
        yield history.record.calm_since, 0, "--- trouble is over ---"


def _facts(history: History, concerned: set[str]) -> Iterator[Line]:
    for cluster, known in history.timeline.settings.items():
        before = ""
        for seen in known if name_of(cluster) in concerned else ():
            text = f"fact:   {name_of(cluster)}: {seen}"
            if text != before:
                yield seen.at, 1, text
            before = text


def _requests(history: History, concerned: set[str]) -> Iterator[Line]:
    for start in history.starts:
        if name_of(start.cluster) in concerned:
            who = f"tick {start.tick.number}" if start.tick else "somebody"
            became = "taken" if start.accepted else f"not taken ({start.status})"
            late = f", reached Azure at {start.at:%H:%M:%S}" if start.at != start.sent_at else ""
            text = f"SENT:   {who}: {start.mode} of {name_of(start.cluster)}, attempt {start.attempt}: {became}{late} #{start.seq}"
            yield start.sent_at, 3, text


def _decisions(ticks: Iterable[TickRun], concerned: set[str]) -> Iterator[Line]:
    before: dict[str, str] = {}
    for run in ticks:
        if run.report is None:
            why = "killed" if run.killed else run.raised[:120] or "gave no report"
            yield run.began, 2, f"tick {run.number} (runner {run.runner}): {why}"
            continue
        changed = [_decided(one, before) for one in run.report.clusters if one.cluster.name in concerned]
        rings = [f"{ring.name} {ring.state} ({ring.reason})" for ring in run.report.rings]
        standing = ", ".join(rings)
        if before.get("") != standing:
            changed.insert(0, f"rings: {standing}")
            before[""] = standing
        told = [text for text in changed if text]
        if told:
            yield (
                run.began,
                2,
                f"tick {run.number} (runner {run.runner}, lease {run.report.lease[:10]}): {'; '.join(told)}",
            )


def _decided(one: object, before: dict[str, str]) -> str:
    from azlocal.core.rollout import ClusterDecision

    assert isinstance(one, ClusterDecision)
    text = f"{one.cluster.name} is {one.reading.phase}, decided {one.decision.kind}({one.decision.reason})"
    changed = before.get(one.cluster.name) != text
    before[one.cluster.name] = text
    return text if changed else ""
