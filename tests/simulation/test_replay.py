"""A seed is one history, wherever and in whatever order it is replayed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from azlocal.simulation.drawing import draw
from azlocal.simulation.many import many

SEEDS = (2, 3, 24)
"""Small fleets; runners side by side, a hazy index, jobs killed, faults on the wire."""
DAYS = 60
_TELL = (
    "import json, sys; from azlocal.simulation.many import one; "
    f"print(json.dumps({{seed: one(int(seed), {DAYS}).digest for seed in sys.argv[1:]}}))"
)


def replayed(seeds, hash_seed):
    told = subprocess.run(
        [sys.executable, "-c", _TELL, *map(str, seeds)], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )  # fmt: skip
    return json.loads(told.stdout)


def test_a_seed_replays_to_the_identical_history_in_another_process_and_another_order():
    first, second = replayed(SEEDS, "1"), replayed(SEEDS[::-1], "20261124")
    assert {len(digest) for digest in first.values()} == {64}
    assert len(set(first.values())) == len(SEEDS)
    assert first == second


def test_side_by_side_processes_tell_what_one_process_tells():
    # Fewer than five histories are not worth a second process.
    apart = many(0, 6, 1, jobs=2)
    assert apart == many(0, 6, 1, jobs=1)


def test_another_seed_is_another_case_and_the_same_seed_the_same():
    assert draw(7, DAYS) == draw(7, DAYS)
    assert draw(7, DAYS) != draw(8, DAYS)


def test_a_history_is_the_same_however_its_bodies_are_compressed(monkeypatch):
    # Pythons come with different versions of zlib, which pack the same text differently.
    monkeypatch.setattr("azlocal.azure.telemetry._LEVEL", 9)
    tight = many(SEEDS[0], 1, DAYS).digest
    monkeypatch.setattr("azlocal.azure.telemetry._LEVEL", 1)
    assert many(SEEDS[0], 1, DAYS).digest == tight


def test_a_history_that_is_over_leaves_no_files(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    many(SEEDS[0], 1, 1)
    assert list(tmp_path.iterdir()) == []
