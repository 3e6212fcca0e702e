"""The fleet at a glance: rings, what is in flight, what is halted, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterator

from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.report.state import Waiting, approval, attempt, halted, in_flight, since, waiting, who_approves
from azlocal.report.support import between
from azlocal.report.tables import Column, table
from azlocal.report.text import clean, count, moment, pad, some, span, tally, width_of, wrap
from azlocal.service.look import FleetLook

MOST_ROWS = 100


def status(look: FleetLook, width: int | None = None) -> str:
    """Return the page of the whole fleet."""
    parts = (
        _head(look, width), _rings(look, width), _in_flight(look, width), _between(look, width), _waiting(look, width),
    )  # fmt: skip
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part)


def headline(look: FleetLook) -> str:
    """Return the fleet in one sentence."""
    phases = [one.reading.phase for one in look.clusters]
    told = [
        count(len(phases), "cluster"),
        f"{sum(phase is Phase.SOLUTION for phase in phases)} on the solution",
        f"{len(in_flight(look))} in flight",
        f"{sum(phase.failed for phase in phases)} failed",
        f"{count(len(halted(look)), 'ring')} halted",
    ]
    return ", ".join(told)


def _head(look: FleetLook, width: int | None) -> Iterator[str]:
    plan = f"plan {look.plan_digest}" if look.plan_digest else "no plan"
    yield from wrap(f"{moment(look.now)}, {plan}: {headline(look)}", width)
    counts = ", ".join(f"{number} {phase}" for phase, number in tally(str(one.reading.phase) for one in look.clusters))
    yield from wrap(counts, width, first="Phases: ") if counts else ()
    control = look.facts.control
    if control is not None and control.paused:
        yield from wrap(f"PAUSED: {control.pause_reason or 'no reason given'}", width)
    for problem in look.problems:
        yield from wrap(problem, width, first="NOT READ: ")


def _rings(look: FleetLook, width: int | None) -> Iterator[str]:
    if not look.rings:
        return
    yield "Rings"
    longest = max(width_of(ring.name) for ring in look.rings)
    for ring in look.rings:
        yield from _ring(look, ring, longest, width)


def _ring(look: FleetLook, ring: RingState, longest: int, width: int | None) -> Iterator[str]:
    told = [
        f"{ring.state} ({ring.reason})",
        f"{ring.done} of {max(ring.expected, len(ring.members))} upgraded",
        f"{ring.in_flight} of {count(ring.max_concurrent, 'slot')} taken",
        f"{ring.validating} validating" if ring.validating else "",
        f"stage {ring.stage} of the ramp" if ring.stage and ring.state == "open" else "",
        f"{ring.failed} failed" if ring.failed else "",
        f"soaks until {moment(ring.soaked_at)}" if ring.soaked_at and look.now < ring.soaked_at else "",
        approval(ring, look.facts),
    ]
    first = f"  {pad(ring.name, longest)}  "
    yield from wrap("; ".join(part for part in told if part), width, first=first)
    if ring.message and ring.state != "open":
        yield from wrap(ring.message, width, first=" " * width_of(first))


_FLIGHT = (
    Column("Name", 15, middle=True),
    Column("Phase"),
    Column("Step", 16),
    Column("Since"),
    Column("Ring", 6, 2),
    Column("Attempt", 0, 1),
)


def _in_flight(look: FleetLook, width: int | None) -> Iterator[str]:
    known = [one for one in in_flight(look) if one.reading.phase.running]
    unknown = [one.cluster.name for one in in_flight(look) if not one.reading.phase.running]
    if known or unknown:
        yield "In flight"
    if known:
        rows = (_flight(look, one) for one in known[:MOST_ROWS])
        yield from (f"  {line}" for line in table(_FLIGHT, rows, None if width is None else width - 2).lines)
    if len(known) > MOST_ROWS:
        yield f"  and {len(known) - MOST_ROWS} more: azlocal-upgrade status -o json"
    if unknown:
        told = f"not known whether anything runs, so each takes a slot: {some(unknown)}"
        yield from wrap(told, width, first="  ", then="    ")


def _flight(look: FleetLook, one: ClusterDecision) -> tuple[str, ...]:
    began = since(one)
    when = f"{began:%m-%d %H:%M} ({span(look.now - began)})" if began else "not known"
    stuck = " STUCK" if one.reading.stuck else ""
    number = str(attempt(one) or "") if one.reading.ours else "foreign"
    return one.cluster.name, f"{one.reading.phase}{stuck}", one.reading.step, when, one.ring, number


def _between(look: FleetLook, width: int | None) -> Iterator[str]:
    """Yield the clusters that take no updates until their solution upgrade, the longest there first."""
    found = between(look.clusters)
    if not found:
        return
    head = "Between OS upgrade and solution upgrade (until then no updates from the portal; days, at least)"
    yield from wrap(head, width)
    told = [f"{one.cluster.name} {days} d" for one, days, _ in found if days]
    young = len(found) - len(told)
    if young:
        told.append(f"{count(young, 'cluster')} less than a day by what Azure shows")
    yield from wrap(some(told, 20), width, first="  ")


def _waiting(look: FleetLook, width: int | None) -> Iterator[str]:
    found = waiting(look)
    if not found:
        return
    yield "Waiting for a person"
    for one in found:
        yield from _one(one, width)
    if any(one.who == "approver" for one in found):
        yield from wrap(f"({who_approves(look.facts)})", width, first="  ")


def _one(one: Waiting, width: int | None) -> Iterator[str]:
    subject = f"ring {one.ring}" if one.ring else ""
    what = ": ".join(part for part in (subject, some(one.clusters)) if part)
    yield from wrap(f"{one.reason}: {what}", width, first="  ", then="    ")
    if one.message:
        yield from wrap(one.message, width, first="    ")
    if one.do:
        yield from wrap(clean(one.do), width, first=f"    {one.who}: ")
