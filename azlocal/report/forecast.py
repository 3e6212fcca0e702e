"""The forecast: when each ring starts and finishes, what never fits, and whether a tick meets each window."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from azlocal.core.coverage import CHANCE, FROZEN, MET, SHORT, YEAR, Coverage, Opening
from azlocal.core.durations import ENOUGH
from azlocal.core.forecast import FleetForecast, Outcome, RingForecast, Told
from azlocal.core.times import format_duration, format_time
from azlocal.report.tables import Column, table
from azlocal.report.text import count, moment, some, span, wrap
from azlocal.service.look import FleetLook

MOST_NAMED = 5
_ASSUMED = (
    "It assumes that nothing fails, that approvals are given at once, and that what waits for a person is settled in "
    "time. p50 and p90: every upgrade takes as long as half of them, or nine of ten, take at most."
)


def forecast(found: FleetForecast, plan: str, width: int | None = None) -> str:
    """Return the page of a forecast for the plan of that digest."""
    parts = (_head(found, plan, width), _rings(found, width), _never(found, width), _needs(found, width),
             _coverage(found, width))  # fmt: skip
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part)


def _head(found: FleetForecast, plan: str, width: int | None) -> Iterator[str]:
    yield from wrap(
        f"Forecast of {moment(found.now)}, plan {plan}: {takes(found)}, a tick every {span(found.every)}.", width
    )
    yield from wrap(_ASSUMED, width)


def takes(found: FleetForecast) -> str:
    """Return in words how long an upgrade takes, and how that is known."""
    durations = found.durations
    if durations.measured < ENOUGH:
        return (
            f"an upgrade takes {span(durations.usual(0))} (p50) to {span(durations.expected(0))} (p90), as documented"
        )
    return f"how long upgrades take is measured on {count(durations.measured, 'finished upgrade')}"


_COLUMNS = (
    Column("Ring"), Column("Left", 0, 1), Column("First start", 0, 3), Column("Last finish p50", 0, 2),
    Column("Last finish p90"), Column("Windows", 0, 4), Column("Gate", 0, 5),
)  # fmt: skip


def _rings(found: FleetForecast, width: int | None) -> Iterator[str]:
    if not found.rings:
        yield "The plan has no ring, so nothing is ever started."
        return
    yield from table(_COLUMNS, map(row, found.rings), width).lines
    for ring in found.rings:
        if ring.blocked:
            yield from wrap(ring.blocked, width, first=f"ring {ring.name}: ")
        if ring.halted:
            yield from wrap(f"halted ({ring.halted}); taken as cleared now", width, first=f"ring {ring.name}: ")


def row(ring: RingForecast) -> Sequence[str]:
    """Return a ring's row: name, clusters left, first start, last finish (p50, p90), windows, gate."""
    gate = "none" if ring.gate == "none" else "approved" if ring.approved else "needs approval"
    windows = (
        f"{ring.p50.windows}" if ring.p50.windows == ring.p90.windows else f"{ring.p50.windows}-{ring.p90.windows}"
    )
    return (
        ring.name, f"{ring.left} of {ring.members}", _first(ring), _last(ring, ring.p50), _last(ring, ring.p90),
        windows if ring.left and not ring.blocked else "", gate,
    )  # fmt: skip


def _first(ring: RingForecast) -> str:
    if not ring.left:
        return "done" if ring.members else "never"
    if ring.p50.first_start is None:
        return "running" if ring.p50.last_finish else "never"
    return moment(ring.p50.first_start)


def _last(ring: RingForecast, outcome: Outcome) -> str:
    if not ring.left:
        return "done" if ring.members else "never"
    return moment(outcome.last_finish) if outcome.last_finish else "never"


def _never(found: FleetForecast, width: int | None) -> Iterator[str]:
    every = [(ring.name, one) for ring in found.rings for one in ring.never]
    if every or found.outside:
        yield "Never"
    yield from _by_reason(every, width)
    if found.outside:
        yield from wrap(
            f"in no ring of the plan: {some(one.name for one in found.outside)}", width, first="  ", then="    "
        )


def _needs(found: FleetForecast, width: int | None) -> Iterator[str]:
    every = [(ring.name, one) for ring in found.rings for one in ring.needs]
    if every:
        yield from wrap("Waits for a person (taken as settled when its ring opens)", width)
    yield from _by_reason(every, width)


def _by_reason(told: Sequence[tuple[str, Told]], width: int | None) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[Told]] = {}
    for ring, one in told:
        groups.setdefault((ring, one.reason, _why(one)), []).append(one)
    shown: dict[tuple[str, str], int] = {}
    for (ring, reason, why), ones in groups.items():
        place = shown[ring, reason] = shown.get((ring, reason), 0) + 1
        if place <= MOST_NAMED:
            yield from wrap(f"{reason} (ring {ring}): {_names(ones)}: {why}", width, first="  ", then="    ")
    for (ring, reason), number in shown.items():
        if number > MOST_NAMED:
            yield from wrap(
                f"{reason} (ring {ring}): {count(number - MOST_NAMED, 'more kind')}: -o json has all", width, first="  "
            )


def _why(one: Told) -> str:
    """Return a cluster's message with its own id cut to its name."""
    return re.sub(re.escape(one.id), lambda _: one.name, one.message, flags=re.IGNORECASE)


def _names(ones: Iterable[Told]) -> str:
    return some((one.name for one in ones), MOST_NAMED)


# the coverage of windows


def _coverage(found: FleetForecast, width: int | None) -> Iterator[str]:
    if found.rings:
        yield from wrap(f"Windows of the next year, with a tick every {span(found.every)}", width)
    for ring in found.rings:
        yield from wrap(covered(ring.coverage), width, first=f"  {ring.name}: ", then="    ")
        for one in _odd(ring.coverage)[:MOST_NAMED]:
            yield from wrap(_room(one, ring.coverage), width, first="    ", then="      ")


def _odd(coverage: Coverage) -> list[Opening]:
    """Return the openings that are not like most: those too short, then those met by chance."""
    kinds = ([*coverage.of(SHORT)], [*coverage.of(CHANCE)])
    return [one for kind in kinds if len(kind) * 2 < len(coverage.openings) for one in kind]


def covered(coverage: Coverage) -> str:
    """Return a ring's coverage in words."""
    if not coverage.openings:
        return "no window, so nothing is ever deployed"
    if len(coverage.openings) == 1 and coverage.openings[0].closes - coverage.openings[0].opens >= YEAR:
        return "always open"
    words = {
        MET: "sure to be met by a tick", CHANCE: "met by chance", SHORT: f"too short for {span(coverage.needed)}",
        FROZEN: "frozen",
    }  # fmt: skip
    parts = [f"{coverage.count(verdict)} {word}" for verdict, word in words.items() if coverage.count(verdict)]
    return f"{count(len(coverage.openings), 'opening')}: {', '.join(parts)}"


def _room(one: Opening, coverage: Coverage) -> str:
    length = one.closes - one.opens
    if one.verdict == SHORT:
        return f"{moment(one.opens)}: open for {span(length)}, an upgrade needs {span(coverage.needed)}"
    room = span(max(length - coverage.needed, length * 0))
    return f"{moment(one.opens)}: starts are allowed for {room}, ticks are {span(coverage.every)} apart"


# for programs


def forecast_document(found: FleetForecast, look: FleetLook) -> dict[str, Any]:
    """Return the forecast as a document: moments in UTC, durations in ISO 8601."""
    return {
        "version": "azlocal.forecast/1",
        "now": format_time(found.now),
        "cloud": look.cloud,
        "planDigest": look.plan_digest,
        "complete": not look.problems,
        "problems": list(look.problems),
        "tickEvery": format_duration(found.every),
        "measuredUpgrades": found.durations.measured,
        "rings": [ring_document(ring) for ring in found.rings],
        "noRing": [_told(one) for one in found.outside],
    }


def ring_document(ring: RingForecast) -> dict[str, Any]:
    """Return one ring's forecast as a document."""
    return {
        "name": ring.name, "members": ring.members, "left": ring.left, "gate": ring.gate, "approved": ring.approved,
        "blocked": ring.blocked, "halted": ring.halted,
        "p50": _outcome(ring.p50), "p90": _outcome(ring.p90),
        "neverFit": [_told(one) for one in ring.never],
        "needsPerson": [_told(one) for one in ring.needs],
        "coverage": _coverage_document(ring.coverage),
    }  # fmt: skip


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "opens": _time(outcome.opens), "firstStart": _time(outcome.first_start),
        "lastFinish": _time(outcome.last_finish), "soakedAt": _time(outcome.soaked), "windows": outcome.windows,
    }  # fmt: skip


def _coverage_document(coverage: Coverage) -> dict[str, Any]:
    return {
        "needed": format_duration(coverage.needed), "openings": len(coverage.openings),
        "met": coverage.count(MET), "chance": coverage.count(CHANCE), "tooShort": coverage.count(SHORT),
        "frozen": coverage.count(FROZEN),
        "notMet": [
            {"opens": format_time(one.opens), "closes": format_time(one.closes), "verdict": one.verdict}
            for one in coverage.of(CHANCE, SHORT, FROZEN)
        ],
    }  # fmt: skip


def _told(one: Told) -> dict[str, Any]:
    return {"name": one.name, "id": one.id, "reason": one.reason, "message": one.message}


def _time(at: datetime | None) -> str | None:
    return format_time(at) if at else None
