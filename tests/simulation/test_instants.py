"""Virtual time jumps from one interesting instant to the next: between two of them nothing is decided otherwise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.service.tick import TickRequest
from azlocal.simulation.drawing import draw
from azlocal.simulation.drive import Drive
from azlocal.simulation.instants import upcoming

INTERVALS = 12


def decided(report):
    """Return all that a tick would do and say, but for what only tells how much time is left."""
    clusters = {
        one.cluster.name: (str(one.reading.phase), one.reading.reason, one.decision.kind, one.decision.reason)
        for one in report.clusters
    }
    return clusters, {ring.name: (ring.state, ring.reason, ring.in_flight, ring.done) for ring in report.rings}


def look(world):
    return world.app().tick(TickRequest(dry_run=True))


def go_to(world, moment):
    world.advance(moment - world.clock.now())


@pytest.mark.parametrize("seed", range(8))
def test_between_two_interesting_instants_every_decision_is_the_same(seed):
    chance = random.Random(f"instants-{seed}")
    case = replace(draw(500 + seed, 60), troubles=())
    drive = Drive(case)
    world, compared = drive.world, 0
    for number in range(INTERVALS):
        if number % 3 == 0:
            drive._round()
            drive._people(1.0)
        report = look(world)
        instants = upcoming(world.azure, world.timeline, drive._plan(), report)
        if not instants:
            break
        go_to(world, instants[0])
        first = look(world)
        begins = world.clock.now()
        instants = upcoming(world.azure, world.timeline, drive._plan(), first)
        ends = next((one for one in instants if one - begins > timedelta(seconds=2)), None)
        # Of intervals of a second nothing is between their ends; the next longer one is looked at.
        if ends is None or instants[0] != ends:
            continue
        for share in sorted(chance.random() for _ in range(2)):
            go_to(world, max(begins + (ends - begins) * share, world.clock.now()))
            later = look(world)
            if world.clock.now() < ends:  # a look may have to wait, and see what comes after
                assert decided(later) == decided(first), (begins, world.clock.now(), ends)
                compared += 1
    assert compared


def test_the_instants_are_looked_for_again_after_what_happens_at_one():
    drive = Drive(replace(draw(3, 60), troubles=()))
    drive._round()
    world = drive.world
    instants = upcoming(world.azure, world.timeline, drive._plan(), look(world))
    assert instants == sorted(set(instants))
    assert instants[0] > world.clock.now()
