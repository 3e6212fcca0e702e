"""`simulate`: what it prints, when it fails, and the story that it tells of a promise that was broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from planted import BUGS, DAYS, named

from azlocal.cli.main import run
from azlocal.simulation.invariants import promised
from azlocal.simulation.many import PROMISES
from azlocal.simulation.world import World

SMALL = ("--seed", "3", "--fleets", "2", "--days", "4")
TOLD = named("unknown counts as pass")


def printed(capsys, *words):
    code = run(["simulate", *words])
    return code, capsys.readouterr()


def test_the_document_counts_what_was_simulated(capsys):
    code, seen = printed(capsys, *SMALL, "-o", "json")
    document = json.loads(seen.out)
    assert code == 0
    assert {name: type(document[name]) for name in ("fleets", "ticks", "starts", "breaks")} == dict.fromkeys(
        ("fleets", "ticks", "starts", "breaks"), int
    )
    assert (document["fleets"], document["breaks"], document["failures"]) == (2, 0, [])
    assert document["ticks"] > 10
    assert int(document["history_digest"], 16) >= 0
    assert len(document["history_digest"]) == 64
    assert tuple(document["promises"]) == PROMISES


def test_the_same_seed_gives_the_same_document_and_another_seed_another(capsys):
    first, again = (printed(capsys, *SMALL, "-o", "json")[1].out for _ in range(2))
    other = printed(capsys, "--seed", "2", "--fleets", "2", "--days", "4", "-o", "json")[1].out
    assert first == again
    assert json.loads(other)["history_digest"] != json.loads(first)["history_digest"]


def test_the_page_says_what_was_done_and_what_nothing_put_to_the_test(capsys):
    code, seen = printed(capsys, "--seed", "3", "--fleets", "1", "--days", "1")
    assert code == 0
    assert "1 history of fleets in trouble (seed 3)" in seen.out
    assert "No promise was broken." in seen.out
    assert "Nothing put these to the test (more histories will): " in seen.out


@pytest.mark.parametrize(
    "words",
    [
        ["--fleets", "0"], ["--fleets", "-3"], ["--fleets", "many"], ["--days", "0"], ["--days", "61"], ["--seed", "-1"],
        ["--jobs", "0"], ["--plan", "nowhere.yaml"], ["--census", "nowhere.json"],
        ["--plan", "nowhere.yaml", "--census", "nowhere.json"], ["--fleet", "3"], ["--output", "html"], ["more"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_cannot_be_simulated_is_the_callers_mistake(capsys, words):
    code, seen = printed(capsys, *words)
    assert code == 2
    assert seen.out == ""
    assert seen.err.strip()


def test_half_of_an_own_fleet_is_asked_for_by_name(capsys):
    _, seen = printed(capsys, "--plan", "plan.yaml")
    assert "--census" in seen.err


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Return the plan and the census of the 24-cluster scenario, as files."""
    folder, world = tmp_path_factory.mktemp("own"), World("fleet-small")
    plan, census = folder / "plan.yaml", folder / "census.json"
    plan.write_text(world.plan.read_text("utf-8"), "utf-8")
    sys.stdout.flush()
    with pytest.MonkeyPatch.context() as patched, census.open("w", encoding="utf-8") as out:
        patched.setattr(sys, "stdout", out)
        assert run(["census", "-o", "json"], lambda flags: world.app()) == 0
    return plan, census


def test_an_own_fleet_is_simulated_under_its_own_plan(own, capsys):
    plan, census = map(str, own)
    code, seen = printed(capsys, "--plan", plan, "--census", census, "--fleets", "1", "--days", "3", "-o", "json")
    assert code == 0, seen.err
    document = json.loads(seen.out)
    assert (document["fleets"], document["breaks"]) == (1, 0)
    assert document["starts"] > 0


def test_a_census_that_is_none_is_refused(own, tmp_path, capsys):
    (tmp_path / "census.json").write_text("[]", "utf-8")
    code, seen = printed(capsys, "--plan", str(own[0]), "--census", str(tmp_path / "census.json"))
    assert code == 2
    assert "census -o json" in seen.err


@pytest.fixture(scope="module")
def broken():
    """Return what the command does of a seed that breaks a promise, because a bug is planted."""
    command = ("simulate", "--seed", str(TOLD.seeds[0]), "--fleets", "1", "--days", str(DAYS), "-o", "json")
    return subprocess.run(
        [sys.executable, str(Path(__file__).parent / "planted.py"), "run", TOLD.name, *command],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_broken_promise_is_exit_code_1_and_counted(broken):
    assert broken.returncode == 1, broken.stderr
    document = json.loads(broken.stdout)
    assert document["breaks"] > 0
    assert [one["seed"] for one in document["failures"]] == [TOLD.seeds[0]]
    assert any(text.startswith(f"{TOLD.caught}: ") for text in document["failures"][0]["breaks"])
    assert f"seed {TOLD.seeds[0]}: {TOLD.caught}" in broken.stderr


def test_its_story_is_short_and_names_the_promise_the_clusters_the_facts_the_decisions_and_the_requests(broken):
    story = json.loads(broken.stdout)["failures"][0]["story"]
    lines = story.splitlines()
    assert len(lines) <= 64
    assert lines[0] == f"Seed {TOLD.seeds[0]} breaks a promise: {promised(TOLD.caught)}"
    assert TOLD.caught in story
    time_line = lines[lines.index(next(line for line in lines if line.startswith("Time line"))) :]
    assert "of clu-" in time_line[0]
    kinds = [line[21:].split()[0] for line in time_line[1:]]
    assert {"fact", "tick", ">>"} <= set(kinds)
    assert any(">> SENT" in line and line.endswith("<<") for line in time_line)
    assert any("StartValidation(" in line or "StartUpgrade(" in line for line in time_line)
    assert time_line[1:] == sorted(time_line[1:], key=lambda line: line[:19] if line[0] == "2" else "")


def test_every_promise_is_told_in_words():
    assert [name for name in PROMISES if len(promised(name).split()) < 5] == []
    assert {bug.caught for bug in BUGS} <= set(PROMISES)
