"""The normal run's histories, and what they put to the test: every promise, every kind of trouble, every guess about Azure."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.sandbox.world import SWITCHES
from azlocal.simulation.drawing import KINDS_OF_DEED, KINDS_OF_TROUBLE, draw
from azlocal.simulation.fleets import LARGEST, SMALLEST
from azlocal.simulation.many import PROMISES, many, story

DAYS, FLEETS, BLOCK = 60, 300, 10
SEEDS = range(FLEETS)
LONG_FLEETS, LONG_BLOCK, LONG_FIRST = 10_000, 100, 100_000
MENDED = {
    100211: "the intent of a failed attempt is garbled, so its retry has its number",
    100296: "the intent is removed in the second of the tick, and its number is told twice",
    100390: "a cluster leaves its ring in the second of the tick, and Azure shows it in it still",
    101652: "a Deploy never begins, and people delete the deployment that tells its number",
    102039: "somebody begins an upgrade of what is the solution already, and the checker refuses it",
    102790: "a hold comes while an announcement is on its way, 60 seconds before the start is sent",
    102861: "somebody upgrades a cluster, and then validates it once more",
    103166: "somebody upgrades a cluster, and begins that once more",
    103725: "a person approves something else just before a start is sent, while answers are lost",
    103799: "somebody validates what is the solution already, and that hangs",
    104257: "somebody validates over an upgrade that runs, so that nothing tells how it ended",
    104605: "an upgrade and a validation of others start in the second in which a validation ends",
    105835: "a person reads an old report, and deletes settings that show success since",
}
"""Seeds of the long run that once broke a promise, and what happens in them."""


def keep_their_promises(first, count):
    summary = many(first, count, DAYS)
    told = "\n\n".join(story(result, DAYS) for result in summary.broken[:1])
    assert [(result.seed, result.breaks) for result in summary.broken] == [], told
    return summary


@pytest.mark.parametrize("first", range(0, FLEETS, BLOCK))
def test_every_promise_is_kept_in_every_history(first):
    summary = keep_their_promises(first, BLOCK)
    if first == 0:  # a few histories together put every promise to the test
        assert [name for name in PROMISES if not summary.occasions[name]] == []


@pytest.mark.parametrize("seed", MENDED)
def test_a_history_of_the_long_run_that_broke_a_promise_keeps_it_now(seed):
    keep_their_promises(seed, 1)


@pytest.mark.long
@pytest.mark.parametrize("first", range(LONG_FIRST, LONG_FIRST + LONG_FLEETS, LONG_BLOCK))
def test_every_promise_is_kept_in_ten_thousand_histories(first):
    keep_their_promises(first, LONG_BLOCK)


@lru_cache
def cases():
    return [draw(seed, DAYS) for seed in SEEDS]


def test_the_fleets_are_as_large_and_last_as_long_as_they_should():
    sizes = {len(case.scenario.clusters) for case in cases()}
    assert min(sizes) == SMALLEST == 5
    assert max(sizes) >= 40
    assert max(sizes) <= LARGEST == 60
    assert max(case.days for case in cases()) <= DAYS


def test_every_kind_of_trouble_befalls_some_history():
    counted = Counter(trouble.kind for case in cases() for trouble in case.troubles)
    assert {kind: counted[kind] for kind in KINDS_OF_TROUBLE if counted[kind] < 5} == {}


def test_every_variety_of_trouble_befalls_some_history():
    counted = Counter(
        (trouble.kind, trouble.more.get("kind", "")) for case in cases() for trouble in case.troubles
    )  # fmt: skip
    wanted = {
        *(("hazy index", kind) for kind in ("lag", "hide", "lose", "double", "short", "all")),
        *(("time-outs", kind) for kind in ("drop-before", "drop-after", "late")),
        *(("bad starts", kind) for kind in ("drop-before", "drop-after", "late", "429", "500", "503", "401")),
        *(("ingestion down", kind) for kind in ("503", "403", "429", "drop-after", "drop-before")),
        *(("slow intents", kind) for kind in ("429", "503", "slow")),
    }
    assert sorted(wanted - set(counted)) == []


def test_every_kind_of_deed_is_done_in_some_history_between_ticks_and_in_the_midst_of_one():
    deeds = [deed for case in cases() for deed in case.deeds]
    assert sorted(set(KINDS_OF_DEED) - {deed.kind for deed in deeds}) == []
    assert {"intent", "start", 0} < {deed.request for deed in deeds}


def test_one_two_and_three_runners_work_side_by_side_in_some_histories():
    runners = {
        case.pace.runners for case in cases() if any(one.kind == "several runners" for one in case.troubles)
    }  # fmt: skip
    assert runners == {1, 2, 3}


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_setting_of_a_switch_is_drawn_for_some_history(switch):
    counted = Counter(case.scenario.switches[switch] for case in cases())
    assert set(counted) == set(SWITCHES[switch])


def test_the_switches_are_drawn_each_by_itself():
    pairs = Counter(
        (case.scenario.switches["read-after-write"], case.scenario.switches["cluster-patch-tags"]) for case in cases()
    )
    assert min(pairs.values()) > FLEETS // 10
    assert len(pairs) == 4
