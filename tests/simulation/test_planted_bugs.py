"""The simulator alone catches bugs that are planted on purpose; each run has its own bug, seed and promise."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from planted import BUGS, Planter, changed
from test_histories import SEEDS

from azlocal.simulation.invariants import INVARIANTS

TOGETHER = 5
"""Bugs that one process takes in turn, each in a fork of its own: what they share is loaded once."""
GROUPS = [BUGS[start : start + TOGETHER] for start in range(0, len(BUGS), TOGETHER)]


@pytest.mark.parametrize("bugs", GROUPS, ids=[f"from-{start}" for start in range(0, len(BUGS), TOGETHER)])
def test_every_planted_bug_breaks_the_promise_that_it_was_planted_against(bugs):
    told = subprocess.run(
        [sys.executable, str(Path(__file__).parent / "planted.py"), "catch", *(bug.name for bug in bugs)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(told.stdout)
    missed = {name: broken for name, (seed, broken) in found.items() if seed is None}
    assert missed == {}
    assert set(found) == {bug.name for bug in bugs}


def test_the_seeds_that_catch_bugs_are_among_the_histories_of_the_normal_run():
    assert [(bug.name, seed) for bug in BUGS for seed in bug.seeds if seed not in SEEDS] == []
    assert [bug.name for bug in BUGS if not bug.seeds] == []
    assert len(BUGS) >= 15


def test_a_promise_that_no_planted_bug_breaks_is_none_that_was_shown_to_be_judged():
    assert sorted({check.__name__ for check in INVARIANTS} - {bug.caught for bug in BUGS}) == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_the_patch_of_a_planted_bug_fits_the_source_as_it_is(bug):
    for module, _, _ in bug.patches:
        compile(changed(bug, module), module, "exec")


@pytest.mark.parametrize("text", ["this stands nowhere", "\n"])
def test_a_patch_that_no_longer_applies_is_noticed(text):
    module = BUGS[0].patches[0][0]
    with pytest.raises(ValueError, match="no longer applies"):
        Planter(replace(BUGS[0], patches=((module, text, ""),)))
