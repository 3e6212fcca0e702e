"""Whatever happens to a request or a runner, the end is the one it would have had, and no promise is broken."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.core.phases import Phase
from azlocal.simulation.story import Story
from azlocal.simulation.verdict import disagreements
from azlocal.simulation.world import World

STEP = timedelta(minutes=20)
LONGEST = 60


def phases(world):
    return {one.cluster.name: str(one.reading.phase) for one in world.app().census().clusters}


def drive(world, tick=None, until=None):
    """Tick and let time pass until the (single) cluster is done; return how many ticks that took."""
    tick = tick or (lambda number: world.tick())
    done = until or (lambda: set(phases(world).values()) == {"Solution"})
    for number in range(LONGEST):
        tick(number)
        world.advance(STEP)
        if number % 3 == 2 and done():
            return number
    pytest.fail(f"not done after {LONGEST} ticks: {phases(world)}")


def accepted(world, mode):
    return [
        (start.cluster.rsplit("/", 1)[-1], start.attempt) for start in world.history().accepted if start.mode == mode
    ]


@pytest.mark.parametrize(
    "scenario", ["single-happy", "single-validation-fails", "single-upgrade-fails-and-resumes", "fleet-small"]
)
def test_a_scenarios_story_ends_and_the_world_bears_out_every_claim(scenario):
    world = World(scenario)
    people = world.scenario.people
    story = Story(
        acting=world.app, person=world.person, advance=world.advance,
        approves=frozenset(people.approve), resumes=frozenset(people.resume),
    )  # fmt: skip
    reports = [chapter.report for chapter in story.chapters()]
    assert disagreements(world.history(), reports, world.azure) == []
    assert not any(one.reading.phase.running and one.reading.ours for one in reports[-1].clusters)


@pytest.mark.parametrize("mode", ["Validate", "Deploy"])
@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_start_whose_reply_is_lost_is_neither_lost_nor_repeated(kind, mode):
    world = World("single-happy")
    world.front.faults.order({"kind": kind, "method": "PUT", "path": "/deployments/azl-up-", "mode": mode})
    drive(world)
    assert accepted(world, "Deploy") == [("clu-oslo-01", 1)]
    assert accepted(world, "Validate") == [("clu-oslo-01", 1)]
    assert world.breaks() == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_start_that_azure_throttles_or_breaks_on_is_tried_again_by_a_later_tick(status):
    world = World("single-happy")
    world.front.faults.order({
        "kind": "status", "status": status, "retryAfter": 30, "method": "PUT", "path": "/deployments/azl-up-", "times": 2,
    })  # fmt: skip
    drive(world)
    assert accepted(world, "Deploy") == [("clu-oslo-01", 1)]
    assert world.breaks() == []


@pytest.mark.parametrize("seed", range(12))
def test_two_runners_at_once_start_everything_once(seed):
    world = World("single-happy", seed=seed)
    draw = random.Random(seed)

    def tick(number):
        outcomes = world.ticks_at_once(2, draw.randrange(2**31))
        assert not [one for one in outcomes if isinstance(one, BaseException)], outcomes

    drive(world, tick)
    assert accepted(world, "Deploy") == [("clu-oslo-01", 1)]
    assert accepted(world, "Validate") == [("clu-oslo-01", 1)]
    assert world.breaks() == []


@pytest.mark.parametrize("seed", range(24))
def test_runners_killed_at_random_requests_change_nothing_but_latency(seed):
    world = World("single-happy", seed=seed)
    draw = random.Random(seed)

    def tick(number):
        fate = (draw.randint(1, 24), draw.choice(["before", "after"])) if draw.random() < 0.6 else None
        world.tick(dies=fate)

    drive(world, tick)
    assert [attempt for _, attempt in accepted(world, "Deploy")] == [1]
    assert world.breaks() == []


@pytest.mark.parametrize("seed", range(6))
def test_killed_and_competing_runners_on_a_whole_fleet_keep_every_promise(seed):
    world = World("fleet-small", seed=seed)
    draw = random.Random(seed)
    for ring in world.scenario.people.approve:
        world.person().approve(ring)
    for _ in range(14):
        fates = [
            (draw.randint(1, 60), draw.choice(["before", "after"])) if draw.random() < 0.3 else None for _ in range(2)
        ]
        world.ticks_at_once(2, draw.randrange(2**31), dies=fates)
        world.advance(timedelta(minutes=draw.choice([2, 20, 60])))
    assert world.breaks() == []
    assert len(accepted(world, "Deploy")) >= 2


def test_a_held_cluster_is_not_started_until_it_is_released():
    world = World("single-happy")
    world.person().hold("clu-oslo-01", "stocktaking")
    world.advance(timedelta(minutes=2))
    for _ in range(3):
        world.tick()
        world.advance(STEP)
    assert world.history().starts == []
    world.person().release("clu-oslo-01")
    drive(world)
    assert world.breaks() == []


def test_a_failed_upgrade_is_tried_again_only_when_a_person_has_accepted_the_failure():
    world = World("single-upgrade-fails-and-resumes")
    drive(world, until=lambda: phases(world) == {"clu-oslo-01": str(Phase.APPLY_FAILED)})
    for _ in range(4):
        world.tick()
        world.advance(STEP)
    assert accepted(world, "Deploy") == [("clu-oslo-01", 1)]
    world.person().resume("clu-oslo-01")
    drive(world)
    assert accepted(world, "Deploy") == [("clu-oslo-01", 1), ("clu-oslo-01", 2)]
    assert world.breaks() == []
