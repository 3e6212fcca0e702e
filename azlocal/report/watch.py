"""The fleet as it moves: a screen for terminals, and lines that tell what changed for everything else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azlocal.core.durations import Durations, measure
from azlocal.core.facts import SettingsFacts, Step
from azlocal.core.forecast import VALIDATION_EXPECTED, FleetForecast
from azlocal.core.ids import key
from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import moments
from azlocal.core.tags import Intent
from azlocal.core.times import format_time
from azlocal.report.state import in_flight, since, waiting, why
from azlocal.report.status import headline
from azlocal.report.tables import Column, table
from azlocal.report.text import clean, count, cut, moment, some, span, wrap
from azlocal.service.look import FleetLook

PLAIN, TITLE, HEAD, GOOD, BAD, WORK, DIM = "plain", "title", "head", "good", "bad", "work", "dim"
"""What a line is, for whoever gives it a colour; each says the same without one."""
_BAR, _SHORT_BAR = 20, 10
_MOST_FLIGHT, _MOST_FINDINGS = 30, 12
_QUIET, _LONGEST = 5, timedelta(minutes=15)
_POLITE = 10
"""A look may take no more than a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the screen, and what it is."""

    text: str
    kind: str = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look, and what is foreseen by it."""

    look: FleetLook
    forecast: FleetForecast | None = None
    durations: Durations = field(default_factory=Durations)

    @classmethod
    def of(cls, look: FleetLook, forecast: FleetForecast | None = None) -> Sight:
        """Return the sight of a look, with the durations that this fleet shows."""
        return cls(look=look, forecast=forecast, durations=measure(one.cluster for one in look.clusters))


# pace and end


def next_look(every: timedelta, look: FleetLook, took: timedelta) -> timedelta:
    """Return how long to wait: as asked while something runs, five times that while nothing does.

    Never so short that looking, which throttling makes longer, takes more than a tenth of the time.
    """
    wait = every if in_flight(look) else max(every, min(every * _QUIET, _LONGEST))
    return max(wait, took * (_POLITE - 1))


def finished(look: FleetLook) -> bool:
    """Return whether nothing is left to do: every cluster of every ring is upgraded, or never will be.

    Without a plan: whether nothing runs.
    """
    if look.problems or in_flight(look):
        return False
    if not look.plan_digest:
        return True
    ended = {Phase.SOLUTION, Phase.NOT_APPLICABLE}
    return all(one.reading.phase in ended for one in look.clusters if one.ring) and all(
        ring.state != "halted" for ring in look.rings
    )


# lines without a terminal: one for each change


def first_lines(sight: Sight) -> Iterator[str]:
    """Yield what stands when the watch begins: the fleet, its rings, and what runs."""
    look = sight.look
    yield _stamped(look, headline(look))
    yield from (_stamped(look, f"ring {ring.name}: {_ring_state(ring)}") for ring in look.rings)
    yield from (_stamped(look, f"{one.cluster.name}: {_state(one)}") for one in in_flight(look))
    yield from (_stamped(look, f"not read: {problem}") for problem in look.problems)


def changes(before: FleetLook, after: FleetLook) -> Iterator[str]:
    """Yield a line for each thing that is not as it was; nothing when all is as before."""
    told = [*_differences(_rings(before), _rings(after)), *_cluster_changes(before, after), *_problems(before, after)]
    yield from (_stamped(after, text) for text in told)


def _stamped(look: FleetLook, text: str) -> str:
    return f"{format_time(look.now)} {clean(text)}"


def _rings(look: FleetLook) -> dict[str, tuple[str, str]]:
    return {ring.name: (f"ring {ring.name}", _ring_state(ring)) for ring in look.rings}


def _ring_state(ring: RingState) -> str:
    told = [f"{ring.state} ({ring.reason})", f"{ring.done} of {max(ring.expected, len(ring.members))} upgraded"]
    told += [f"{ring.failed} failed"] if ring.failed else []
    told += [ring.message] if ring.state == "halted" else []
    return ", ".join(told) + ("" if ring.approved else ", not approved")


def _differences(before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for name, (title, told) in after.items():
        if name not in before:
            yield f"{title}: new, {told}"
        elif before[name][1] != told:
            yield f"{title}: {told}"
    yield from (f"{title}: gone" for name, (title, _) in before.items() if name not in after)


def _cluster_changes(before: FleetLook, after: FleetLook) -> Iterator[str]:
    known = {key(one.cluster.id): one for one in before.clusters}
    for one in after.clusters:
        then = known.pop(key(one.cluster.id), None)
        if then is None:
            yield f"{one.cluster.name}: new, {_state(one)}"
        elif _mark(then) != _mark(one):
            was = f"{then.reading.phase} -> " if then.reading.phase is not one.reading.phase else ""
            yield f"{one.cluster.name}: {was}{_state(one)}"
    yield from (f"{one.cluster.name}: gone" for one in known.values())


def _mark(one: ClusterDecision) -> tuple[object, ...]:
    """Return what makes a change of a cluster: where it stands, its step, and why it goes on or not."""
    decision = one.decision
    return one.reading.phase, one.reading.step, one.reading.stuck, decision.kind, decision.reason, one.ring


def _state(one: ClusterDecision) -> str:
    stuck = " STUCK" if one.reading.stuck else ""
    step = f", step {one.reading.step}" if one.reading.step else ""
    if one.reading.phase.running:
        return f"{one.reading.phase}{stuck}{step}"
    return f"{one.reading.phase}{stuck}{step}, {one.decision.kind} ({one.decision.reason}): {why(one)}"


def _problems(before: FleetLook, after: FleetLook) -> Iterator[str]:
    yield from (f"not read: {one}" for one in after.problems if one not in before.problems)
    if before.problems and not after.problems:
        yield "the fleet is read whole again"


# how far a cluster is


def progress(one: ClusterDecision) -> float | None:
    """Return the share of steps that have ended, from 0 to 1; None when nothing shows it."""
    settings = one.cluster.settings
    if not isinstance(settings, SettingsFacts):
        return None
    steps = list(
        _leaves(settings.deployment_steps if one.reading.phase is Phase.APPLYING else settings.validation_steps)
    )
    if not steps or not one.reading.phase.running:
        return None
    return sum(map(_share, steps)) / len(steps)


def _leaves(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if step.steps:
            yield from _leaves(step.steps)
        else:
            yield step


def _share(step: Step) -> float:
    word = step.status.lower()
    if word in {"success", "succeeded", "skipped"}:
        return 1.0
    told = step.percent if word == "inprogress" and step.percent is not None else 0.0
    return min(max(told, 0.0), 100.0) / 100


def expected_end(one: ClusterDecision, durations: Durations) -> datetime | None:
    """Return when half of such operations would be over, from when this one began; None when that is not known."""
    began = _began(one)
    if began is None or one.reading.phase not in {Phase.APPLYING, Phase.VALIDATING}:
        return None
    applies = one.reading.phase is Phase.APPLYING
    return began + (durations.usual(len(one.cluster.nodes)) if applies else VALIDATION_EXPECTED)


def _began(one: ClusterDecision) -> datetime | None:
    """Return when the whole operation began: by azlocal's announcement, else by its first step."""
    intent, settings = one.cluster.intent, one.cluster.settings
    if one.reading.ours and isinstance(intent, Intent):
        return intent.at
    if not isinstance(settings, SettingsFacts):
        return None
    steps = settings.deployment_steps if one.reading.phase is Phase.APPLYING else settings.validation_steps
    return min(moments(steps), default=None)


# the screen


def screen(sight: Sight, width: int, height: int = 0, note: str = "") -> list[Line]:
    """Return the screen: at most *width* columns, and *height* lines where that is given; *note* ends it."""
    look = sight.look
    parts = [_head(sight, width), _ring_lines(sight, width), _flight_lines(sight, width), _finding_lines(look, width)]
    lines: list[Line] = []
    for part in map(list, parts):
        lines += [Line("")] * bool(lines and part) + part
    end = [Line(cut(clean(note), width), DIM)] if note else []
    room = height - len(end)
    if height and len(lines) > room:
        lines = [*lines[: max(0, room - 1)], Line(cut(f"({count(len(lines) - room + 1, 'more line')})", width), DIM)]
    return [*lines, *end]


def _head(sight: Sight, width: int) -> Iterator[Line]:
    look = sight.look
    plan = f"plan {look.plan_digest}" if look.plan_digest else "no plan"
    yield Line(cut(f"{moment(look.now)}, {plan}", width), TITLE)
    yield from (Line(cut(text, width)) for text in wrap(headline(look), width))
    control = look.facts.control
    if control is not None and control.paused:
        yield Line(cut(f"PAUSED: {clean(control.pause_reason) or 'no reason given'}", width), BAD)
    for problem in look.problems[:3]:
        yield Line(cut(f"NOT READ: {clean(problem)}", width), BAD)


_RINGS = (
    Column("Ring", 6, middle=True), Column("State", 8), Column("Upgraded", 0, 4), Column("Done"), Column("Run", 0, 3),
    Column("Failed", 0, 2), Column("Likely done", 0, 5),
)  # fmt: skip


def _ring_lines(sight: Sight, width: int) -> Iterator[Line]:
    rings = sight.look.rings
    ends = {one.name: one.p50.last_finish for one in sight.forecast.rings} if sight.forecast else {}
    rows = [_ring_row(ring, ends.get(ring.name)) for ring in rings]
    yield from _table(_RINGS, rows, width, [_ring_kind(ring) for ring in rings])


def _ring_row(ring: RingState, end: datetime | None) -> tuple[str, ...]:
    total = max(ring.expected, len(ring.members))
    gate = "" if ring.approved or ring.state != "open" else ", not approved"
    likely = "done" if ring.state == "complete" else moment(end) if end else "not known"
    return (
        ring.name, f"{ring.state}{gate}", bar(ring.done / total if total else 1.0), f"{ring.done}/{total}",
        str(ring.in_flight + ring.validating), str(ring.failed), likely,
    )  # fmt: skip


def _ring_kind(ring: RingState) -> str:
    if ring.state == "halted":
        return BAD
    return GOOD if ring.state == "complete" else WORK if ring.in_flight + ring.validating else PLAIN


def bar(share: float, width: int = _BAR) -> str:
    """Return a bar in plain characters: `[#####-----]`."""
    done = int(min(max(share, 0.0), 1.0) * width)
    return f"[{'#' * done}{'-' * (width - done)}]"


_FLIGHT = (
    Column("In flight", 15, middle=True), Column("Phase", 8), Column("Progress", 0, 2), Column("Step", 12),
    Column("For", 0, 4), Column("Likely end", 0, 3),
)  # fmt: skip


def _flight_lines(sight: Sight, width: int) -> Iterator[Line]:
    running = in_flight(sight.look)
    shown = running[:_MOST_FLIGHT]
    kinds = [BAD if one.reading.stuck else WORK for one in shown]
    yield from _table(_FLIGHT, [_flight_row(sight, one) for one in shown], width, kinds)
    if len(running) > len(shown):
        yield Line(cut(f"and {len(running) - len(shown)} more in flight: azlocal-upgrade status", width), DIM)


def _flight_row(sight: Sight, one: ClusterDecision) -> tuple[str, ...]:
    share, began, now = progress(one), since(one), sight.look.now
    phase = f"{one.reading.phase}{' STUCK' if one.reading.stuck else ''}"
    far = "" if share is None else f"{bar(share, _SHORT_BAR)} {share:4.0%}"
    return one.cluster.name, phase, far, one.reading.step, span(now - began) if began else "", _likely(sight, one)


def _likely(sight: Sight, one: ClusterDecision) -> str:
    end, now = expected_end(one, sight.durations), sight.look.now
    if end is None:
        return ""
    return f"{end:%m-%d %H:%M} UTC" if end >= now else f"{span(now - end)} late"


def _table(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, kinds: Sequence[str]
) -> Iterator[Line]:
    if not rows:
        return
    head, _, *body = table(columns, rows, width).lines
    yield Line(head, HEAD)
    yield from map(Line, body, kinds)


def _finding_lines(look: FleetLook, width: int) -> Iterator[Line]:
    """Yield what failed or is stuck, then what waits for a person, each with what to do."""
    found = sorted(waiting(look), key=lambda one: not _is_failure(one.reason))
    stuck = [one for one in look.clusters if one.reading.stuck]
    if not found and not stuck:
        return
    yield Line("Findings", HEAD)
    for one in stuck:
        yield Line(cut(f"{clean(one.cluster.name)} is stuck: {clean(one.reading.message)}", width), BAD)
    for told in found[:_MOST_FINDINGS]:
        what = ": ".join(part for part in (f"ring {told.ring}" if told.ring else "", some(told.clusters, 3)) if part)
        yield Line(cut(f"{told.reason}: {what}", width), BAD if _is_failure(told.reason) else PLAIN)
        if told.do:
            yield Line(cut(f"  {told.who}: {clean(told.do)}", width), DIM)
    if len(found) > _MOST_FINDINGS:
        yield Line(cut(f"and {len(found) - _MOST_FINDINGS} more: azlocal-upgrade status", width), DIM)


def _is_failure(reason: str) -> bool:
    return any(word in reason for word in ("Failed", "Spent", "Shrunk", "Refused"))
