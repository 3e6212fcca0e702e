"""The fleet as it moves: what a screen shows at every width, and the lines that tell of changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fleets import HOSTILE, HOUR, NOW, after, cluster, look, look_without_plan, old, plan, ring, without_lcm

from azlocal.core.facts import ControlFacts, SettingsFacts, SolutionFacts, Step
from azlocal.report.text import width_of
from azlocal.report.watch import Sight, bar, changes, expected_end, finished, first_lines, next_look, progress, screen
from azlocal.service.forecast import foresee

DONE = SolutionFacts(id="s", version="12.2510.1002.531")
MINUTE = timedelta(minutes=1)
FLEET = (
    cluster("ready"), old("old"), without_lcm("bare"), after("moving", "deploy", "InProgress", "InProgress"),
    after("broken", "deploy", "Error", "Failed", "no disk"), cluster("done", solution=DONE),
)  # fmt: skip


def stepped(*statuses, name="moving", **changes):
    inner = tuple(
        Step(name=f"S{n}", index=f"0.{n}", status=status, started_at=NOW - HOUR) for n, status in enumerate(statuses)
    )
    steps = (Step(name="All", index="0", status="InProgress", started_at=NOW - 2 * HOUR, steps=inner),)
    settings = SettingsFacts(
        id="s", mode="Deploy", operation_type="ClusterUpgrade", provisioning_state="InProgress", validation_status="Success",
        deployment_status="InProgress", deployment_steps=steps,
    )  # fmt: skip
    return cluster(name, settings=settings, **changes)


def texts(sight, width=100, height=0, note=""):
    return [line.text for line in screen(sight, width, height, note)]


# progress and likely ends


@pytest.mark.parametrize(
    "statuses, share",
    [
        (("Success", "Success", "InProgress", "NotStarted"), 0.5), (("InProgress",), 0.0), (("Success", "Skipped"), 1.0),
    ],
)  # fmt: skip
def test_progress_is_the_share_of_steps_that_have_ended(statuses, share):
    assert progress(look(stepped(*statuses)).clusters[0]) == share


def test_what_does_not_run_shows_no_progress():
    assert progress(look(cluster("a")).clusters[0]) is None


def test_an_upgrade_is_likely_over_when_half_of_them_are():
    sight = Sight.of(look(after("moving", "deploy", "InProgress", "InProgress")))
    assert expected_end(sight.look.clusters[0], sight.durations) == NOW - 3 * HOUR + timedelta(hours=2, minutes=45)
    assert any("15 min late" in text for text in texts(sight))


def test_a_foreign_upgrade_counts_from_its_first_step():
    sight = Sight.of(look(stepped("InProgress")))
    assert expected_end(sight.look.clusters[0], sight.durations) == NOW + timedelta(minutes=45)
    assert any("11-24 12:45 UTC" in text for text in texts(sight))


@pytest.mark.parametrize(
    "share, told", [(0, "[----------]"), (0.55, "[#####-----]"), (1, "[##########]"), (7, "[##########]")]
)
def test_a_bar_is_made_of_plain_characters(share, told):
    assert bar(share, 10) == told


# the screen


def test_the_screen_shows_rings_what_runs_and_what_waits_for_a_person():
    wanted = plan(ring(), ring("two"))
    found = look(*FLEET, cluster("later", ring="two"), wanted=wanted)
    told = texts(Sight.of(found, foresee(found, wanted)))
    assert told[0] == "2026-11-24 12:00 UTC, plan cdcdcdcdcdcd"
    assert any(line.split()[:4] == ["one", "open,", "not", "approved"] and "1/6" in line for line in told)
    assert any(line.startswith("two") and "closed" in line for line in told)
    assert any(line.startswith("moving") and "Applying" in line and "Inner" in line for line in told)
    assert "ApplyFailed: broken" in told
    assert any("azlocal-upgrade resume broken" in line for line in told)


def test_failures_come_before_other_findings():
    told = texts(Sight.of(look(*FLEET)))
    assert told.index("ApplyFailed: broken") < told.index("Blocked: bare")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width):
    found = look(*FLEET, control=ControlFacts(id="c", paused=True, pause_reason="x" * 300), gaps=("y" * 300,))
    lines = screen(Sight.of(found, foresee(found, plan())), width, 0, "z" * 300)
    assert max(width_of(line.text) for line in lines) <= width


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_narrow_screen_keeps_names_phases_and_counts(width):
    told = "\n".join(texts(Sight.of(look(*FLEET)), width))
    for word in ("moving", "Applying", "one", "1/6", "ApplyFailed"):
        assert word in told, word


def test_a_low_screen_says_how_much_is_left_out():
    told = texts(Sight.of(look(*FLEET)), 80, 8, "next look in 30 s")
    assert len(told) == 8
    assert "more lines)" in told[-2]
    assert told[-1] == "next look in 30 s"


def test_the_screen_says_paused_not_read_and_stuck():
    found = look(*FLEET, control=ControlFacts(id="c", paused=True, pause_reason="incident"), gaps=("no rights on s",))
    moving = next(one for one in found.clusters if one.cluster.name == "moving")
    stuck = replace(moving, reading=replace(moving.reading, stuck=True))
    told = texts(Sight.of(replace(found, clusters=(stuck,))), 120)
    assert "PAUSED: incident" in told
    assert "NOT READ: no rights on s" in told
    assert any(line.startswith("moving is stuck: ") for line in told)
    assert any("Applying STUCK" in line for line in told)


def test_a_fleet_without_a_plan_and_an_empty_one_have_screens():
    assert any("no plan" in text for text in texts(Sight.of(look_without_plan(*FLEET))))
    assert any("0 clusters" in text for text in texts(Sight.of(look_without_plan())))


# lines


def test_the_first_lines_tell_the_fleet_its_rings_and_what_runs():
    told = list(first_lines(Sight.of(look(*FLEET, gaps=("no rights",)))))
    assert all(line.startswith("2026-11-24T12:00:00Z ") for line in told)
    bare = [line.partition(" ")[2] for line in told]
    assert bare[0].startswith("6 clusters, 1 on the solution")
    assert "moving: Applying, step Inner" in bare
    assert "not read: no rights" in bare
    assert any(line.startswith("ring one: halted (ScopeShrunk)") for line in bare)


def test_nothing_is_told_when_nothing_changed():
    assert list(changes(look(*FLEET), replace(look(*FLEET), now=NOW + HOUR))) == []


@pytest.mark.parametrize(
    "before, now, told",
    [
        ([cluster("a")], [after("a", "validate", "InProgress", "InProgress")], ["a: Candidate -> Validating, step Inner"]),
        ([stepped("InProgress", "x", name="a")], [stepped("Success", "InProgress", name="a")], ["a: Applying, step S1"]),
        ([after("a", "deploy", "InProgress", "InProgress")], [after("a", "deploy", "Error", "Failed", "no disk")],
         ["ring one: open (Open), 0 of 1 upgraded, 1 failed, not approved", "a: Applying -> ApplyFailed, step Inner, Hold (ApplyFailed): "]),
        ([cluster("a")], [cluster("a"), cluster("b", ring="x")], ["b: new, Candidate, Wait (NoRing): no ring of the plan selects it"]),
        ([cluster("a"), cluster("b", ring="x")], [cluster("a")], ["b: gone"]),
    ],
    ids=["phase", "step", "failure", "new", "gone"],
)  # fmt: skip
def test_there_is_one_line_for_each_change(before, now, told):
    found = [line.partition(" ")[2] for line in changes(look(*before), look(*now))]
    assert len(found) == len(told)
    assert all(line.startswith(wanted) for line, wanted in zip(found, told))


def test_what_cannot_be_read_is_told_once_and_when_it_can_be_again():
    whole, part = look(cluster("a")), look(cluster("a"), gaps=("no rights",))
    assert any("not read: no rights" in line for line in changes(whole, part))
    assert not any("not read" in line for line in changes(part, part))
    assert any("read whole again" in line for line in changes(part, whole))


def test_hostile_names_and_texts_stay_on_their_lines():
    hostile = tuple(replace(one, name=f"{HOSTILE}{n}") for n, one in enumerate(FLEET))
    lines = [*changes(look(), look(*hostile)), *texts(Sight.of(look(*hostile)))]
    assert all(line.isprintable() for line in lines)


# pace and end


def test_it_looks_as_often_as_asked_while_something_runs_and_five_times_less_while_nothing_does():
    busy, quiet = look(after("a", "deploy", "InProgress", "InProgress")), look(cluster("a"))
    nothing = timedelta(0)
    assert next_look(MINUTE, busy, nothing) == MINUTE
    assert next_look(MINUTE, quiet, nothing) == 5 * MINUTE
    assert next_look(10 * MINUTE, quiet, nothing) == 15 * MINUTE
    assert next_look(20 * MINUTE, quiet, nothing) == 20 * MINUTE


def test_looking_takes_no_more_than_a_tenth_of_the_time():
    busy = look(after("a", "deploy", "InProgress", "InProgress"))
    assert next_look(MINUTE, busy, timedelta(seconds=30)) == timedelta(seconds=270)


@pytest.mark.parametrize(
    "found, over",
    [
        (look(cluster("a", solution=DONE)), True),
        (look(cluster("a", solution=DONE), cluster("b")), False),
        (look(cluster("a", solution=DONE), gaps=("g",)), False),
        (look(cluster("a", solution=DONE), wanted=plan(ring(expect=2))), False),
        (look(cluster("a", solution=DONE), cluster("stray", ring="x")), True),
        (look_without_plan(cluster("a")), True),
        (look_without_plan(stepped("InProgress")), False),
    ],
    ids=["done", "one left", "not read", "shrunk", "outside of rings", "no plan, quiet", "no plan, busy"],
)
def test_a_watch_is_over_when_nothing_is_left_to_do(found, over):
    assert finished(found) is over
