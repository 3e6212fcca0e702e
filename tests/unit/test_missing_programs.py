"""A test that lacks a program is skipped by name and counted in the last line; where all must be here, it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from programs import ALL, NEED_ALL, find

TESTS = Path(__file__).parents[1]
SAMPLE = """
import pytest

@pytest.mark.full("no-such-program")
def test_lacks_a_program(): pass

@pytest.mark.full("python3.10", "no-such-program", "nor-this-one")
def test_lacks_two_programs(): pass

@pytest.mark.full("a-tool")
def test_has_its_program(programs): assert programs["a-tool"].endswith("a-tool")

@pytest.mark.long
def test_takes_long(): pass

def test_needs_nothing(programs): assert programs == {}
"""


@pytest.fixture
def suite(tmp_path):
    for name in ("conftest.py", "programs.py", "node_packages.py"):
        shutil.copy(TESTS / name, tmp_path)
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")
    tool = tmp_path / "a-tool"
    tool.write_text("#!/bin/sh\n", "utf-8")
    tool.chmod(0o755)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  full: x\n  long: x\n", "utf-8")
    return tmp_path


def run(suite, *arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", NEED_ALL))}
    path = f"{suite}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=suite, env=kept | {"PATH": path} | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["one process", "workers"])
def test_what_lacks_a_program_is_skipped_by_name_and_counted_in_the_last_line(suite, arguments):
    done = run(suite, *arguments)
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert "not run for want of no-such-program: test_sample.py::test_lacks_a_program" in lines
    assert lines[-1].startswith("2 tests were not run: ")
    assert "1 for want of no-such-program" in lines[-1]
    assert "2 passed, 2 skipped" in lines[-2]


def test_where_all_must_be_here_a_missing_program_is_a_failure(suite):
    done = run(suite, **{NEED_ALL: "1"})
    assert done.returncode == 1
    assert "2 passed, 1 deselected, 2 errors" in done.stdout
    assert "no-such-program must be installed" in done.stdout


def test_nothing_is_said_where_nothing_is_missing(suite):
    done = run(suite, "-k", "needs_nothing")
    assert "not run" not in done.stdout


def test_long_tests_run_when_they_are_asked_for(suite):
    assert "1 passed" in run(suite, "-m", "long").stdout


def test_a_program_that_does_not_start_is_not_found(tmp_path, monkeypatch):
    shim = tmp_path / "python3.10"
    shim.write_text("#!/bin/sh\nexit 127\n", "utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert find.__wrapped__("python3.10") is None


def test_a_found_python_is_the_one_that_was_asked_for():
    for program in ALL:
        if program.startswith("python") and (path := find(program)):
            told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            assert told.startswith(f"Python {program.removeprefix('python')}.")
