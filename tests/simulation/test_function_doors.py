"""Histories whose runners are the Function app's doors keep the same promises as any other."""

from __future__ import annotations

import logging

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from function_world import FunctionWorld

from azlocal.simulation import drive
from azlocal.simulation.many import case_of

DAYS = 60
# Seeds of small fleets, whose histories take little time.
FEW = (500, 501, 502, 504, 505, 508, 509, 513, 514, 515, 516, 519)
MANY = range(1000, 1300)


def histories(seeds):
    """Yield what came of a history for each seed, with the doors as its runners."""
    logging.disable(logging.CRITICAL)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(drive, "World", FunctionWorld)
            yield from ((seed, drive.run(case_of(seed, DAYS), DAYS)) for seed in seeds)
    finally:
        logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def outcomes():
    return dict(histories(FEW))


def test_no_promise_is_broken_when_timer_and_events_are_the_runners(outcomes):
    assert len(outcomes) == len(FEW)
    assert {seed: list(one.breaks) for seed, one in outcomes.items() if one.breaks} == {}


def test_the_histories_put_the_doors_to_the_test(outcomes):
    worlds = [one.world for one in outcomes.values()]
    words = [word for world in worlds for word in world.seen.events]
    assert all(isinstance(world, FunctionWorld) for world in worlds)
    assert min(words.count("own"), words.count("seen")) >= 20
    assert sum(world.seen.asked for world in worlds) >= 20
    assert sum(one.starts for one in outcomes.values()) >= 60


@pytest.mark.long
def test_no_promise_is_broken_in_hundreds_of_histories_either():
    assert {seed: list(one.breaks) for seed, one in histories(MANY) if one.breaks} == {}
