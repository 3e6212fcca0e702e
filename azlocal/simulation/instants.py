"""When something may be decided otherwise next: the instants to which virtual time jumps.

Between two of them nothing that decisions rest on changes, neither in the world nor by the plan's clock; a property
test holds the list to that. Every instant comes twice, the second time a second later: Azure tells the time in whole
seconds, and some limits are passed only after they are reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from azlocal.core.data.thresholds import (
    EXTENSION_EXPECTED,
    INTENT_OPEN,
    UPGRADE_EXPECTED,
    UPGRADE_STUCK,
    VALIDATION_STUCK,
)
from azlocal.core.narrowing import narrowing
from azlocal.core.plan import FleetPlan
from azlocal.core.tags import APPROVE, OP, Approval, Intent, value_of
from azlocal.core.windows import Window
from azlocal.sandbox.journey_life import _look
from azlocal.sandbox.journey_run import Run, Runs
from azlocal.sandbox.world import Azure
from azlocal.service.tick import TickReport
from azlocal.simulation.history import Timeline

_SETTINGS = "microsoft.azurestackhci/clusters/deploymentsettings"
_CLUSTERS = "Microsoft.AzureStackHCI/clusters"
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)


def upcoming(
    azure: Azure, timeline: Timeline, plan: FleetPlan | None, report: TickReport | None = None
) -> list[datetime]:
    """Return the instants after now, in order: of the world, of the plan, and those that the last *report* names.

    Windows count for the rings that the report calls open, or for all without one.
    """
    now = azure.clock.now()
    found = {*_world(azure, timeline), *_tags(azure, timeline, now)}
    if plan is not None:
        found |= {*_plan(plan, now, report), *_told(report, plan)}
    found |= {instant + _SECOND for instant in found}
    return sorted(instant for instant in found if instant > now)


def _told(report: TickReport | None, plan: FleetPlan) -> Iterator[datetime]:
    """Yield the instants that a tick's own words name: ends of soaks, and when what was read is too old."""
    for ring in report.rings if report else ():
        if ring.soaked_at is not None:
            yield ring.soaked_at
    for one in report.clusters if report else ():
        if one.reading.validated_at is not None:
            yield one.reading.validated_at + plan.validation_fresh_for
        if one.cluster.last_sync_at is not None:
            yield one.cluster.last_sync_at + plan.facts_fresh_for


# the world


def _world(azure: Azure, timeline: Timeline) -> Iterator[datetime]:
    lag = azure.index_lag if azure.haze is None else azure.haze.longest
    moments = {moment for moment, happening in azure.agenda.waiting() if _matters(happening)}
    for run in _runs(azure):
        moments |= {run.moments[0] + run.late, *_end(run)}
    yield from moments
    settings: Any = azure.types[_SETTINGS]
    yield from (one.until for one in settings.before.values())  # until then a read shows what was before a write
    yield from (moment + lag for moment in (*moments, *timeline.moved))
    for lease in azure.leases.values():
        if lease is not None and lease.ends is not None:
            yield lease.ends


def stirs(azure: Azure, timeline: Timeline) -> bool:
    """Return whether anything is still going to happen, or to be seen, in the world by itself."""
    now = azure.clock.now()
    lag = azure.index_lag if azure.haze is None else azure.haze.longest
    if any(_matters(happening) for _, happening in azure.agenda.waiting()):
        return True
    ongoing = any(run.course.ends is not None for run in _runs(azure))
    return ongoing or any(moment + lag >= now for moment in timeline.moved)


def _matters(happening: object) -> bool:
    """Return whether a happening is more than a cluster's next report, or the next step of an attempt."""
    if not isinstance(happening, partial):
        return True
    return happening.func is not _look and getattr(happening.func, "__func__", None) is not Runs._turn


def _runs(azure: Azure) -> Iterable[Run]:
    found: Iterable[Run] = azure.types[_SETTINGS].runs.current.values()  # type: ignore[attr-defined]
    return found


def _end(run: Run) -> Iterator[datetime]:
    """Yield when an attempt ends, or when it is seen to hang."""
    last = run.moments[-1] + run.late
    yield last
    if run.course.ends is None:
        yield from (last + VALIDATION_STUCK, last + UPGRADE_STUCK, last - run.late + VALIDATION_STUCK)
        yield last - run.late + UPGRADE_STUCK


# what tags say of time


def _tags(azure: Azure, timeline: Timeline, now: datetime) -> Iterator[datetime]:
    for cluster in azure.store.of_type(_CLUSTERS):
        if timeline.solved_at(cluster["id"].lower(), now):
            continue
        text = value_of(cluster.get("tags") or {}, OP)
        intent = Intent.parse(text) if text else None
        if intent is not None:
            spans = (INTENT_OPEN, EXTENSION_EXPECTED, VALIDATION_STUCK, UPGRADE_STUCK, timedelta(days=2))
            yield from (intent.at + span for span in spans)
    control = azure.store.get(azure.control_group) or {}
    for name, text in (control.get("tags") or {}).items():
        until = Approval.parse(text).until if name.lower().startswith(APPROVE) else None
        if until is not None:
            yield until


# the plan


def _plan(plan: FleetPlan, now: datetime, report: TickReport | None) -> Iterator[datetime]:
    shut = {ring.name for ring in report.rings if ring.state != "open"} if report else set()
    read = [narrowing(one.cluster.tags) for one in report.clusters if one.ring not in shut] if report else []
    own = {window for one in read for _, windows in (*one.windows, *one.gates) for window in windows}
    needed = {UPGRADE_EXPECTED, *(one.expected for one in report.clusters if one.ring not in shut)} if report else set()
    for window in {window for ring in plan.rings for window in ring.windows if ring.name not in shut} | own:
        yield from _edges(window, now, needed or {UPGRADE_EXPECTED})
    for freeze in (*plan.freezes, *(freeze for one in read for freeze in one.freezes)):
        for first, last in freeze.runs(now.year - 1, now.year + 1):
            yield from (_utc(first, time(0), freeze.zone), _utc(last + _DAY, time(0), freeze.zone))
    for statement in plan.attestations:
        if statement.until is not None:
            yield _utc(statement.until + _DAY, time(0), "UTC")


def next_opening(plan: FleetPlan, report: TickReport, now: datetime) -> datetime | None:
    """Return when a window of a ring that is open, by the last *report*, opens next."""
    rings = {ring.name for ring in report.rings if ring.state == "open"}
    windows = {window for ring in plan.rings for window in ring.windows if ring.name in rings}
    found: list[datetime] = []
    for window in windows:
        today = now.astimezone(ZoneInfo(window.zone)).date()
        days = (today + _DAY * passed for passed in range(9))
        found += (_utc(day, window.opens, window.zone) for day in days if day.weekday() in window.days)
    return min((one for one in found if one > now), default=None)


def _edges(window: Window, now: datetime, needed: Iterable[timedelta]) -> Iterator[datetime]:
    today = now.astimezone(ZoneInfo(window.zone)).date()
    for day in (today + timedelta(days=passed) for passed in range(-1, 9)):
        if day.weekday() in window.days:
            last = day + _DAY if window.closes <= window.opens else day
            closes = _utc(last, window.closes, window.zone)
            yield from (_utc(day, window.opens, window.zone), closes, *(closes - span for span in needed))


def _utc(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(timezone.utc)
