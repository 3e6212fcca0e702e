"""The main job as a newcomer runs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")


def demo(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "azlocal.cli.main", "demo", *arguments],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_demo_tells_the_whole_road_and_the_journal_agrees(tmp_path):
    done = demo()
    assert (done.returncode, done.stderr) == (0, "")
    assert "The sandbox's journal agrees with every claim above." in done.stdout
    for title in ("Upgraded and verified: 8", "Failed: 2", "Held: 12"):
        assert title in done.stdout
    sent, read = re.search(r"Telemetry: (\d+) rows ingested, (\d+) read back", done.stdout).groups()
    assert sent == read
    assert "at step 'Register with Azure'" in done.stdout
    assert "throttled: 0" in done.stdout


def test_a_scenario_that_does_not_exist_is_one_clear_line():
    done = demo("--scenario", "fleet-tiny")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "scenario" in done.stderr
    assert len(done.stderr.splitlines()) == 1
