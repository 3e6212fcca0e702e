"""`watch`: one census at a time, a line for each change, and nothing written; on a terminal a screen."""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from fleets import HOUR, NOW, after, cluster, look, plan, ring
from town import Town, command

from azlocal.cli.watch import Lines, Pace, Screen, follow
from azlocal.core.facts import SolutionFacts
from azlocal.errors import AzureUnreachable
from azlocal.report.watch import Sight

BUSY = after("moving", "deploy", "InProgress", "InProgress")
DONE = cluster("moving", solution=SolutionFacts(id="s", version="12.2510.1002.531"))
MINUTE = timedelta(minutes=1)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Machine:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Seen:
    """A view that keeps what it is shown."""

    def __init__(self):
        self.shown, self.troubles = [], []

    def show(self, sight):
        self.shown.append(sight)

    def trouble(self, error):
        self.troubles.append(error)

    def wait(self, seconds, sleep):
        sleep(seconds)


def looks(*answers):
    """Return a function that gives one answer after another, the last one for ever; an error is raised."""
    left = list(answers)

    def answer():
        told = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(told, Exception):
            raise told
        return Sight.of(told)

    return answer


def pace(machine, **changes):
    return Pace(every=MINUTE, clock=machine.clock, sleep=machine.sleep, **changes)


NO_ANSWER = AzureUnreachable("no answer", remedy="look")


# following


def test_it_looks_until_time_is_over_and_sleeps_to_the_end():
    machine, seen = Machine(), Seen()
    follow(looks(look(BUSY)), seen, pace(machine, lasting=timedelta(seconds=150)))
    assert (len(seen.shown), machine.slept) == (3, [60, 60, 30])


def test_it_ends_when_all_is_done():
    machine, seen = Machine(), Seen()
    last = follow(looks(look(BUSY), look(BUSY), look(DONE)), seen, pace(machine, until_done=True))
    assert len(seen.shown) == 3
    assert last.look.clusters[0].cluster.solved


def test_it_goes_on_after_looks_that_fail_and_waits_longer():
    machine, seen = Machine(), Seen()
    follow(looks(look(BUSY), NO_ANSWER, NO_ANSWER, look(DONE)), seen, pace(machine, until_done=True))
    assert (len(seen.shown), len(seen.troubles), machine.slept) == (2, 2, [60, 120, 240])


def test_a_first_look_that_fails_ends_it_and_so_do_six_in_a_row():
    with pytest.raises(AzureUnreachable):
        follow(looks(NO_ANSWER), Seen(), pace(Machine()))
    seen = Seen()
    with pytest.raises(AzureUnreachable):
        follow(looks(look(BUSY), NO_ANSWER), seen, pace(Machine()))
    assert len(seen.troubles) == 5


# the command


def test_without_a_terminal_it_tells_what_stands_and_exits_0(capsys):
    town = Town(BUSY)
    assert command(town, "watch", "--for", "PT0S") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("2026-11-24T12:00:00Z 1 cluster, 0 on the solution, 1 in flight")
    assert any(line.endswith("moving: Applying, step Inner") for line in told)
    assert (len(town.scopes), town.sent) == (1, [])


def test_later_looks_tell_changes_only(capsys):
    view = Lines()
    for found in (look(BUSY), look(BUSY), replace(look(DONE), now=NOW + HOUR)):
        view.show(Sight.of(found))
    told = capsys.readouterr().out.splitlines()
    assert sum("13:00:00Z" in line for line in told) == 2
    assert told[-1].startswith("2026-11-24T13:00:00Z moving: Applying -> Solution")


def test_a_fleet_that_was_not_read_whole_ends_with_3(capsys):
    assert command(Town(BUSY, gaps=("no rights on s",)), "watch", "--for", "PT0S") == 3
    assert "not read: no rights on s" in capsys.readouterr().out


def test_until_done_ends_at_once_when_all_is_done(capsys):
    assert command(Town(DONE), "watch", "--until-done", wanted=plan(ring())) == 0
    assert "1 on the solution" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--every", "PT1S"), "every: 'PT1S' is not from 10 s to 24 h"),
        (("--every", "1m"), "'1m' is not an ISO 8601 duration"),
        (("--for", "P2D"), "for: 'P2D' is not from 0 s to 24 h"),
        (("-o", "json"), "a watch has no documents"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_read(capsys, arguments, told):
    town = Town(BUSY)
    assert command(town, "watch", *arguments) == 2
    assert told in capsys.readouterr().err
    assert town.scopes == []


def test_ctrl_c_ends_it_with_130(capsys):
    town = Town(BUSY)
    town.broken = KeyboardInterrupt()
    assert command(town, "watch") == 130
    assert capsys.readouterr().out == ""


# the screen


class Terminal(io.StringIO):
    """A standard output that says it is a terminal."""

    def isatty(self):
        return True


def terminal(monkeypatch):
    """Put a terminal in place of standard output. Not as a fixture: pytest takes the output back after set-up."""
    found = Terminal()
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "LINES", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return found


def drawn(monkeypatch, columns=80, **environment):
    seen = terminal(monkeypatch)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", "24")
    with Screen(until_done=False) as view:
        view.show(Sight.of(look(BUSY)))
        view.wait(2.0, lambda _: None)
    return seen.getvalue()


def test_a_screen_shows_the_fleet_and_counts_down(monkeypatch):
    told = drawn(monkeypatch)
    assert "moving" in told
    assert "next look in 2 s; Ctrl-C ends" in told
    assert "next look in 1 s" in told


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_no_drawn_line_is_wider_than_the_terminal(monkeypatch, columns):
    told = _ESCAPES.sub("", drawn(monkeypatch, columns))
    assert max(map(len, re.split(r"[\r\n]+", told))) <= columns


def test_colours_are_left_out_when_nobody_wants_them(monkeypatch):
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
    assert colour.search(drawn(monkeypatch))
    assert not colour.search(drawn(monkeypatch, NO_COLOR="1"))


def test_a_look_that_fails_leaves_the_last_one_standing(monkeypatch):
    seen = terminal(monkeypatch)
    monkeypatch.setenv("COLUMNS", "80")
    with Screen(until_done=True) as view:
        view.show(Sight.of(look(BUSY)))
        view.trouble(NO_ANSWER)
        view.wait(1.0, lambda _: None)
    assert "not read: no answer; next look in 1 s; ends when all is done" in seen.getvalue()


def test_a_terminal_that_cannot_be_drawn_on_gets_lines(monkeypatch):
    seen = terminal(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    assert command(Town(BUSY), "watch", "--for", "PT0S") == 0
    assert "moving" in seen.getvalue()
    assert "\x1b" not in seen.getvalue()
