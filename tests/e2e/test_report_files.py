"""JUnit, sheet and evidence as files, from a sandbox fleet over HTTPS, with a tick's rows in the workspace."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from xml.etree import ElementTree as ET

import pytest
from test_cli import Sandbox

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")


@pytest.fixture(scope="module")
def ticked(tmp_path_factory):
    """Return a sandbox in which a cluster's validation was started and is over, and what that allows was started."""
    sandbox = Sandbox("fleet-small", tmp_path_factory.mktemp("reported"))
    started = sandbox.json("tick", check=None)
    sandbox.control("clock", {"advance": "PT40M"})
    sandbox.run("tick")
    yield sandbox, next(one["name"] for one in started["actions"] if one["action"] == "StartValidation")
    sandbox.stop()


def opened(place):
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_junit_and_sheet_tell_of_every_cluster(ticked, tmp_path):
    sandbox, _ = ticked
    junit, sheet = tmp_path / "fleet.xml", tmp_path / "fleet.csv"
    sandbox.run("report", "--junit", str(junit), "--csv", str(sheet), check=0)
    root = ET.fromstring(junit.read_bytes())
    rows = list(csv.DictReader(io.StringIO(sheet.read_bytes().decode("utf-8-sig"), newline="")))
    assert root.get("tests") == "24"
    assert int(root.get("failures")) >= 1
    assert {one.get("name") for one in root.iter("testcase")} == {row["Name"] for row in rows}
    by_name = {row["Name"]: row for row in rows}
    assert by_name["clu-austin-01"]["Phase"] == "ApplyFailed"


def test_the_evidence_of_a_validation_tells_what_the_workspace_and_arm_remember(ticked, tmp_path):
    sandbox, name = ticked
    place = tmp_path / "evidence.zip"
    told = sandbox.json("report", "--evidence", name, "--out", str(place))
    assert told["files"][0]["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
    files = opened(place)
    before, decisions, steps = (json.loads(files[one]) for one in ("before.json", "decisions.json", "steps.json"))
    assert (before["known"], before["firstKnown"]["Phase"]) == (True, "Candidate")
    starts = decisions["starts"]
    assert (starts[0]["Action"], {one["Outcome"] for one in starts}) == ("StartValidation", {"accepted"})
    assert len(decisions["history"]) >= 2
    assert steps["settings"]["validationStatus"] == "Success"
    correlation = steps["deployment"]["correlationId"]
    assert correlation == starts[-1]["CorrelationId"]
    support = files["support.txt"].decode()
    assert correlation in support
    assert all(one["operationId"] in support for one in steps["operations"])
    assert steps["operations"]
    assert json.loads(files["inputs.json"])["echoIsWhatWouldBeSent"] is True


def test_an_evidence_file_names_no_vault_and_no_secret(ticked, tmp_path):
    sandbox, name = ticked
    place = tmp_path / "evidence.zip"
    sandbox.run("report", "--evidence", name, "--out", str(place), check=0)
    text = b"\n".join(opened(place).values()).decode()
    assert ".vault.azure.net/secrets" not in text
    assert sandbox.ready["person"]["client_secret"] not in text
    assert "(left out)" in text


def test_the_same_census_gives_the_same_evidence_without_azure(ticked, tmp_path):
    sandbox, name = ticked
    census = tmp_path / "census.json"
    census.write_text(sandbox.run("census", "-o", "json").stdout)
    seen = sandbox.seen()
    bodies = []
    for number in range(2):
        place = tmp_path / f"{number}.zip"
        sandbox.run("report", "--evidence", name, "--census", str(census), "--out", str(place), check=0)
        bodies.append(place.read_bytes())
    assert bodies[0] == bodies[1]
    assert [one for one in sandbox.journal(seen) if "/providers/" in one["path"]] == []
    assert json.loads(opened(tmp_path / "0.zip")["manifest.json"])["complete"] is False
