"""Runners side by side: one goes on at a time, the seed says which, and time passes only when all of them wait."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.simulation.turns import Killed, SharedClock, Turns

START = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


def told(seed, *jobs):
    """Run jobs side by side; each is given a way to say something at its turn, and the clock."""
    clock, said = SharedClock(START), []

    def job(name, work):
        def run(take):
            def say(text):
                take()
                said.append((name, text, (clock.now() - START).total_seconds()))

            return work(say, clock)

        return run

    results = Turns(seed, clock).run([job(name, work) for name, work in enumerate(jobs)])
    return said, results, (clock.now() - START).total_seconds()


def steps(count):
    def work(say, clock):
        for step in range(count):
            say(step)
        return count

    return work


def waits(*seconds):
    def work(say, clock):
        for one in seconds:
            clock.sleep(one)
            say(one)

    return work


def test_each_runner_keeps_its_own_order_and_the_seed_says_how_they_mix():
    mixed = {seed: told(seed, steps(6), steps(6))[0] for seed in range(8)}
    for said in mixed.values():
        assert [text for name, text, _ in said if name == 0] == list(range(6))
        assert [text for name, text, _ in said if name == 1] == list(range(6))
    assert len({str(said) for said in mixed.values()}) > 4
    assert told(3, steps(6), steps(6))[0] == mixed[3]


def test_a_runner_that_waits_lets_the_others_go_on_before_any_time_passes():
    said, _, ended = told(1, waits(60.0), steps(5))
    assert [moment for name, _, moment in said if name == 1] == [0.0] * 5
    assert said[-1] == (0, 60.0, 60.0)
    assert ended == 60.0


def test_waits_at_the_same_time_are_not_added_up():
    said, _, ended = told(2, waits(10.0, 10.0), waits(15.0))
    assert said == [(0, 10.0, 10.0), (1, 15.0, 15.0), (0, 10.0, 20.0)]
    assert ended == 20.0


def test_alone_or_outside_of_turns_waiting_moves_the_clock():
    clock = SharedClock(START)
    clock.sleep(5)
    assert clock.now() == START + timedelta(seconds=5)
    assert told(0, waits(7.0))[2] == 7.0


def test_a_runner_that_dies_is_a_result_and_the_others_end():
    def dies(say, clock):
        say("last words")
        raise Killed

    said, results, _ = told(4, dies, steps(3))
    assert isinstance(results[0], Killed)
    assert results[1] == 3
    assert len(said) == 4
