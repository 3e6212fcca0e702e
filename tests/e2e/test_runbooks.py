"""The five runbooks as Automation runs them: a child process on Python 3.10 with run-time packages only."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

ROOT = Path(__file__).parents[2]
RUNBOOKS = ("detect_candidates", "validate_readiness", "apply_upgrade", "fleet_tick", "fleet_report")
pytestmark = pytest.mark.full("python3.10")


@pytest.fixture(scope="module")
def automation(tmp_path_factory):
    """Return a Python 3.10 that has the wheel and what it needs at run time, and nothing else of ours."""
    from programs import find

    folder = tmp_path_factory.mktemp("automation")
    subprocess.run([find("python3.10"), "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return python


class Running:
    """A sandbox process, and runbooks against it as the account's managed identity runs them."""

    def __init__(self, ready, python, folder):
        self.ready, self.python, self.folder = ready, python, folder

    def run(self, runbook, argument=None, **environment):
        known = {name: value for name, value in self.ready["environment"].items() if not name.startswith("AZURE_")}
        arguments = [] if argument is None else [argument if isinstance(argument, str) else json.dumps(argument)]
        return subprocess.run(
            [self.python, ROOT / "runbooks" / f"{runbook}.py", *arguments],
            env={"PATH": os.environ["PATH"], **known, **environment},
            cwd=self.folder, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    def control(self, method, what, body=None):
        trust = ssl.create_default_context(cafile=self.ready["ca_bundle"])
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.ready['arm_endpoint']}/_sandbox/{what}"
        with urlopen(Request(url, data=data, method=method), context=trust) as answer:
            return json.loads(answer.read())

    def advance(self, span):
        self.control("POST", "clock", {"advance": span})

    def starts(self):
        return [
            entry["body"]["properties"]["parameters"]["deploymentMode"]["value"]
            for entry in self.control("GET", "journal")["value"]
            if entry["method"] == "PUT" and "/deployments/azl-up-" in entry["path"].lower() and entry["effect"]
        ]


@pytest.fixture
def running(automation, tmp_path):
    place = tmp_path / "ready.json"
    command = [sys.executable, "-m", "azlocal.cli.main", "sandbox", "start", "--scenario", "single-happy"]
    process = subprocess.Popen(
        [*command, "--ready-file", str(place)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while not place.exists():
        assert process.stdout.readline(), process.stderr and process.stderr.read()
    yield Running(json.loads(place.read_text("utf-8")), automation, tmp_path)
    process.terminate()
    process.communicate(timeout=30)


def test_the_runbooks_take_a_cluster_the_whole_road_each_within_its_ceiling(running):
    """detect starts nothing, validate at most Validate, apply at most Deploy, and the fleet's tick sees it done."""
    seen = {}
    for runbook, span in (("detect_candidates", ""), ("apply_upgrade", ""), ("validate_readiness", "PT40M")):
        seen[runbook] = running.run(runbook)
        assert seen[runbook].returncode == 0, seen[runbook].stdout + seen[runbook].stderr
        if span:
            running.advance(span)
    assert running.starts() == ["Validate"]
    assert "NotThisDoor" in seen["detect_candidates"].stdout
    for runbook in ("validate_readiness", "detect_candidates", "apply_upgrade"):
        assert running.run(runbook).returncode == 0
    assert running.starts() == ["Validate", "Deploy"]
    running.advance("PT5H")
    done = running.run("fleet_tick")
    assert (done.returncode, done.stderr) == (0, "")
    assert "clu-oslo-01: Solution, Done (Upgraded)" in done.stdout
    report = running.run("fleet_report")
    assert report.returncode == 0
    assert "1 on the solution" in report.stdout


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_a_runbook_refuses_an_unknown_key_by_name_and_sends_nothing(running, runbook):
    before = len(running.control("GET", "journal")["value"])
    done = running.run(runbook, {"dryrun": True})
    assert done.returncode == 1
    assert "ERROR: dryrun: unknown key; did you mean dryRun?" in done.stdout
    assert len(running.control("GET", "journal")["value"]) == before


def test_an_argument_in_quotes_that_names_plan_inputs_and_clusters_is_taken(running):
    known = running.ready
    told = {"plan": known["plan_url"], "inputs": known["inputs_url"], "clusters": ["clu-oslo-01"], "dryRun": True}
    done = running.run("fleet_tick", f"'{json.dumps(told)}'", AZLOCAL_PLAN="/nowhere", AZLOCAL_INPUTS="/nowhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "StartValidation" in done.stdout
    assert running.starts() == []


def test_a_job_that_cannot_reach_azure_fails_with_one_clear_line_on_standard_output(running):
    done = running.run("fleet_tick", AZLOCAL_CLOUD="https://127.0.0.1:9")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("ERROR: ")]
    assert len(lines) == 2
    assert "127.0.0.1:9" in lines[0]
    assert lines[1].startswith("ERROR: do: ")


def test_run_time_packages_alone_carry_the_library(running):
    """`azlocal.app` imports without the command line's, the sandbox's or the tests' packages, and quickly."""
    code = "import azlocal.app, azlocal.automation, sys; print(sorted({'click', 'rich', 'duckdb'} & set(sys.modules)))"
    done = subprocess.run([running.python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    listed = subprocess.run([running.python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
    assert "click" not in listed
    assert "duckdb" not in listed
