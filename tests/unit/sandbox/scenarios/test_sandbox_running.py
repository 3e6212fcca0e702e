"""The sandbox in this process: its files, its clock, its ready file."""

from __future__ import annotations

import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

pytest.importorskip("trustme")

from azlocal.cli import sandbox as door
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.run import Sandbox, ready_of, world, write_ready
from azlocal.sandbox.scenarios import load

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


def test_a_world_in_this_process_comes_with_its_plan_and_inputs():
    front, plan, inputs = world("fleet-small", VirtualClock(NOW))
    assert front.azure.control_group in plan
    assert len(inputs) == 23
    assert "clu-lyon-01.yaml" not in inputs


def test_plan_and_inputs_lie_in_blobs_too():
    front, plan, inputs = world("fleet-small", VirtualClock(NOW))
    held = {name: content.decode() for (_, _, name), content in front.azure.blobs.items()}
    assert held == {"plan.yaml": plan, **{f"inputs/{name}": text for name, text in inputs.items()}}


def test_a_folder_of_ones_own_stays_when_the_sandbox_stops(tmp_path: Path):
    with Sandbox.start("single-happy", folder=tmp_path / "kept") as running:
        assert running.ready["plan"] == str(tmp_path / "kept" / "plan.yaml")
        assert Path(running.ready["ca_bundle"]).read_text("utf-8").startswith("-----BEGIN CERTIFICATE-----")
    assert sorted(one.name for one in (tmp_path / "kept").iterdir()) == ["ca.pem", "inputs", "plan.yaml"]


def test_sandbox_time_runs_as_fast_as_told():
    with Sandbox.start("single-happy", speed=60.0) as running:
        clock = running.front.azure.clock
        before, began = clock.now(), time.monotonic()
        passed, after = time.monotonic() - began, clock.now()
        assert (after - before).total_seconds() >= 60 * passed


def test_a_sandbox_begins_now():
    before = datetime.now(timezone.utc)
    with Sandbox.start("single-happy") as running:
        assert before <= running.front.azure.clock.now() <= datetime.now(timezone.utc)


def test_the_ready_file_is_never_there_in_part(tmp_path: Path):
    place = tmp_path / "ready.json"
    place.write_text("older", "utf-8")
    ready = ready_of(load("single-happy"), "https://127.0.0.1:1", tmp_path)
    write_ready(place, ready)
    assert json.loads(place.read_text("utf-8")) == ready
    assert [one.name for one in tmp_path.iterdir()] == ["ready.json"]


def test_export_lines_survive_a_shell():
    ready = ready_of(load("single-happy"), "https://127.0.0.1:1", Path("/tmp/a folder with 'quotes'"))
    lines = door.shell_lines(ready).splitlines()
    assert "export AZLOCAL_PLAN='/tmp/a folder with '\"'\"'quotes'\"'\"'/plan.yaml'" in lines


def test_before_python_3_11_one_line_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("sys.version_info", (3, 10, 14, "final", 0))
    with pytest.raises(SystemExit) as ended:
        door.sandbox(["start", "--scenario", "single-happy"])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: python: the sandbox needs Python 3.11 or newer (its query engine has no older build)\n"
