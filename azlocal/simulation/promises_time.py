"""What azlocal promises of time: upgrades in windows, with enough of them left, and nothing in a freeze."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from azlocal.core.tags import WINDOW
from azlocal.core.windows import Freeze, Window
from azlocal.simulation.history import History, StartSent
from azlocal.simulation.planned import READABLE, planned, told

TAKES = timedelta(hours=2, minutes=10)
"""What an upgrade takes at least, here as documented: so much must be left of a window."""
_STEP = timedelta(minutes=10)


def deploys_only_inside_windows(history: History) -> Iterator[str]:
    """An upgrade starts while a window of its ring, and one of its cluster's tag, is open, with enough of it left."""
    for start, _, ring in planned(history):
        if start.mode != "Deploy" or ring is None:
            continue
        tags = [history.timeline.cluster_at(start.cluster, moment).tags for moment in _either(start)]
        for what, windows in (("its ring", [ring.windows] * 2), ("its tag", [own_windows(one) for one in tags])):
            shut = [_shut(each, moment) for each, moment in zip(windows, _either(start))]
            text = f"{told(start)} was sent at {start.sent_at}; the windows of {what} are shut at {shut[-1]}"
            yield text if all(shut) else ""


def _either(start: StartSent) -> tuple[datetime, datetime]:
    """Return the two moments by either of which a start may have been judged."""
    return start.sent_at - READABLE, start.sent_at


def _shut(windows: Sequence[Window] | None, since: datetime) -> datetime | None:
    """Return the first moment of an upgrade begun at *since* at which no window is open; None for no windows at all."""
    if windows is None:
        return None
    needed = (since + _STEP * step for step in range(int(TAKES / _STEP) + 1))
    return next((moment for moment in needed if not any(_open(one, moment) for one in windows)), None)


def _open(window: Window, moment: datetime) -> bool:
    """Return whether a window is open, by the clock on the wall of its zone."""
    local = moment.astimezone(ZoneInfo(window.zone))
    today, yesterday, clock = local.weekday(), (local.weekday() - 1) % 7, local.time()
    if window.opens < window.closes:
        return today in window.days and window.opens <= clock < window.closes
    late = today in window.days and clock >= window.opens
    return late or (yesterday in window.days and clock < window.closes)


def own_windows(tags: Mapping[str, str]) -> list[Window] | None:
    """Return the windows that a cluster's own tag names, where it is as simulated fleets write it."""
    text = next((text for name, text in tags.items() if name.lower() == WINDOW), None)
    if text is None:
        return None
    days, _, rest = text.partition("_")
    opens, closes = (time.fromisoformat(one.replace("24:00", "00:00")) for one in rest.partition("@")[0].split("-"))
    wanted = frozenset(range(7)) if days == "all" else frozenset({_DAYS.index(days)})
    return [Window(days=wanted, opens=opens, closes=closes, zone=rest.partition("@")[2] or "UTC")]


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def nothing_starts_in_a_freeze(history: History) -> Iterator[str]:
    """On frozen days nothing starts."""
    for run in history.record.ticks:
        yield from ("" for freeze in run.plan.freezes if _frozen(freeze, run.began)) if run.plan is not None else ()
    for start, plan, _ in planned(history):
        for freeze in plan.freezes:
            text = f"{told(start)} was sent at {start.sent_at}, frozen from {freeze.first} to {freeze.last}"
            yield text if all(_frozen(freeze, moment) for moment in _either(start)) else ""


def _frozen(freeze: Freeze, moment: datetime) -> bool:
    today = moment.astimezone(ZoneInfo(freeze.zone)).date()
    if not freeze.yearly:
        return freeze.first <= today <= freeze.last
    first, last, day = ((one.month, one.day) for one in (freeze.first, freeze.last, today))
    return first <= day <= last if first <= last else (day >= first or day <= last)
