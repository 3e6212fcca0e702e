"""`watch`: the fleet as it moves. One census at a time, politely, and nothing is ever started or written."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import click

from azlocal.cli import output
from azlocal.cli.door import Door, door, whole
from azlocal.core.times import parse_duration
from azlocal.errors import AzlocalError, BadInput
from azlocal.report.text import clean, span
from azlocal.report.watch import Sight, changes, finished, first_lines, next_look, screen

if TYPE_CHECKING:
    from rich.text import Text

LEAST, MOST = timedelta(seconds=10), timedelta(hours=24)
_MOST_FAILURES = 5
_STYLES = {"title": "bold", "head": "bold", "good": "green", "bad": "bold red", "work": "cyan", "dim": "dim"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When to look and when to end. *clock* and *sleep* are the machine's, in seconds."""

    every: timedelta
    lasting: timedelta | None = None
    until_done: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class View(Protocol):
    """Where a watch is seen."""

    def show(self, sight: Sight) -> None:
        """Show a look."""

    def trouble(self, error: AzlocalError) -> None:
        """Tell that a look failed, and that the watch goes on."""

    def wait(self, seconds: float, sleep: Callable[[float], None]) -> None:
        """Let time pass."""


def follow(look: Callable[[], Sight], view: View, pace: Pace) -> Sight:
    """Look and show until time is over or all is done; return the last sight.

    The first look must succeed; later ones may fail, five in a row at most.
    """
    ends = None if pace.lasting is None else pace.clock() + pace.lasting.total_seconds()
    last: Sight | None = None
    failures = 0
    while True:
        began = pace.clock()
        try:
            last, failures = look(), 0
            view.show(last)
        except AzlocalError as error:
            failures += 1
            if last is None or failures > _MOST_FAILURES:
                raise
            view.trouble(error)
        if pace.until_done and not failures and finished(last.look):
            return last
        seconds = _wait(last, pace, pace.clock() - began, failures)
        if ends is not None and pace.clock() + seconds >= ends:
            view.wait(max(0.0, ends - pace.clock()), pace.sleep)
            return last
        view.wait(seconds, pace.sleep)


def _wait(last: Sight, pace: Pace, took: float, failures: int) -> float:
    wait = next_look(pace.every, last.look, timedelta(seconds=took)).total_seconds()
    return float(wait * 2**failures)


class Lines:
    """A view for pipes and logs: what stands at first, then a line for each change."""

    def __init__(self) -> None:
        self._last: Sight | None = None

    def show(self, sight: Sight) -> None:
        """Print what changed since the look before."""
        told = first_lines(sight) if self._last is None else changes(self._last.look, sight.look)
        self._last = sight
        for line in told:
            print(line, flush=True)

    def trouble(self, error: AzlocalError) -> None:
        """Tell it on standard error."""
        output.tell(f"warning: {error}; the watch goes on")

    def wait(self, seconds: float, sleep: Callable[[float], None]) -> None:
        """Sleep."""
        sleep(seconds)


class Screen:
    """A view for terminals, drawn in place; it follows the terminal's size."""

    def __init__(self, until_done: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, redirect_stderr=False, redirect_stdout=False)
        self._ends = "ends when all is done" if until_done else "Ctrl-C ends"
        self._sight: Sight | None = None
        self._note = ""

    def __enter__(self) -> Screen:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last drawing where it stands."""
        self._live.stop()

    def show(self, sight: Sight) -> None:
        """Draw a look."""
        self._sight, self._note = sight, ""
        self._draw("")

    def trouble(self, error: AzlocalError) -> None:
        """Keep the last look, and say why there is no newer one."""
        self._note = f"not read: {error}; "

    def wait(self, seconds: float, sleep: Callable[[float], None]) -> None:
        """Count down, second by second."""
        left = seconds
        while left > 0:
            self._draw(f"{self._note}next look in {span(timedelta(seconds=left))}; {self._ends}")
            sleep(min(1.0, left))
            left -= 1.0

    def _draw(self, note: str) -> None:
        if self._sight is not None:
            width, height = self._console.size
            self._live.update(_text(self._sight, width, height, note), refresh=True)


def _text(sight: Sight, width: int, height: int, note: str) -> Text:
    from rich.text import Text

    told = Text(no_wrap=True, overflow="ellipsis", end="")
    for line in screen(sight, max(20, width), max(5, height - 1), note):
        told.append(f"{line.text}\n", style=_STYLES.get(line.kind, ""))
    return told


@click.command()
@click.option("--every", metavar="DURATION", default="PT1M", show_default=True, help="How often to look, at most.")
@click.option("--for", "lasting", metavar="DURATION", help="End after so long, such as PT10M.")
@click.option("--until-done", is_flag=True, help="End when nothing is left to upgrade.")
@door
def watch(here: Door, every: str, lasting: str | None, *, until_done: bool) -> int:
    """Watch the fleet move: rings, progress, current steps, likely ends, findings.

    On a terminal a screen, elsewhere a line for each change. Each look is one census; while nothing
    runs it looks five times less often. Nothing is started or written. Ctrl-C ends it with exit code 130.
    """
    if here.form != "table" or here.query is not None:
        raise BadInput(["output: a watch has no documents"], remedy="use azlocal-upgrade status -o json instead")
    long = None if lasting is None else _duration("for", lasting, timedelta(0))
    pace = Pace(every=_duration("every", every, LEAST), lasting=long, until_done=until_done)

    def look() -> Sight:
        found = here.app.census(here.scope)
        forecast = here.app.forecast(found) if found.plan_digest else None
        return Sight.of(replace(found, clusters=tuple(here.shown(found.clusters))), forecast)

    if not _drawable():
        return whole(follow(look, Lines(), pace).look.problems)
    with Screen(until_done) as view:
        last = follow(look, view, pace)
    return whole(last.look.problems)


def _drawable() -> bool:
    """Return whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}


def _duration(name: str, text: str, least: timedelta) -> timedelta:
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise BadInput([f"{name}: {error}"], remedy=f"write --{name} PT10M, say") from error
    if not least <= found <= MOST:
        told = f"{name}: '{clean(text)}' is not from {span(least)} to {span(MOST)}"
        raise BadInput([told], remedy=f"write --{name} PT10M, say")
    return found
