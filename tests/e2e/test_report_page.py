"""`report --html` as a process of its own, from a sandbox fleet over HTTPS and from a snapshot of it."""

from __future__ import annotations

import json
import os
import re

import pytest
from test_cli import Sandbox

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    sandbox = Sandbox("fleet-small", tmp_path_factory.mktemp("paged"))
    yield sandbox
    sandbox.stop()


def block(page, name):
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', page, re.DOTALL)[1])


def test_a_page_is_written_from_azure_and_nothing_is_started(fleet, tmp_path):
    place, seen = tmp_path / "fleet.html", fleet.seen()
    printed = fleet.run("report", "--html", str(place), check=0).stdout
    page = place.read_text("utf-8")
    assert re.match(rf"html: {re.escape(str(place))} \([\d,]+ bytes, SHA-256 [0-9a-f]{{64}}\)", printed)
    assert len(block(page, "rows")) == 24
    assert block(page, "keys")["rings"] == ["canary", "early", "broad", "tail"]
    assert "foreseen, p90" in page
    assert not [one for one in fleet.journal(seen) if one["method"] in {"PUT", "PATCH", "DELETE"}]


def test_a_snapshot_makes_the_same_page_without_azure(fleet, tmp_path):
    snapshot, place = tmp_path / "census.json", tmp_path / "fleet.html"
    snapshot.write_text(fleet.run("census", "-o", "json", check=0).stdout, "utf-8")
    seen = fleet.seen()
    for name in ("one.html", "two.html"):
        fleet.run("report", "--census", str(snapshot), "--html", str(tmp_path / name), check=0)
    assert fleet.seen() == seen
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert not place.exists()


def test_without_a_plan_the_page_shows_the_fleet_alone(fleet, tmp_path):
    place = tmp_path / "fleet.html"
    fleet.run("report", "--html", str(place), check=0, AZLOCAL_PLAN=None, AZLOCAL_INPUTS=None)
    page = place.read_text("utf-8")
    assert len(block(page, "rows")) == 24
    assert "No fleet plan was named" in page


@pytest.mark.parametrize(
    "arguments, word",
    [
        ((), "no file was asked for"),
        (("--html", "/no/such/folder/x.html"), "no such folder"),
        (("--html", os.devnull), "is not a file"),
        (("--html", "same", "--csv", "./same"), "two files have the same name"),
        (("--out", "x.zip"), "names the file of --evidence"),
    ],
    ids=["nothing", "folder", "device", "twice", "out alone"],
)
def test_a_wish_that_makes_no_sense_is_refused_before_anything_is_asked(fleet, arguments, word):
    seen = fleet.seen()
    done = fleet.run("report", *arguments, check=2)
    assert word in done.stderr
    assert fleet.seen() == seen


def test_a_folder_is_not_replaced_and_nothing_is_left_behind(fleet, tmp_path):
    (tmp_path / "taken").mkdir()
    fleet.run("report", "--html", str(tmp_path / "taken"), check=2)
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_a_page_replaces_the_one_of_before_and_is_readable_as_other_files_are(fleet, tmp_path):
    place, other = tmp_path / "fleet.html", tmp_path / "other"
    place.write_text("old")
    other.write_text("as usual")
    fleet.run("report", "--html", str(place), check=0)
    assert place.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert place.stat().st_mode == other.stat().st_mode
    assert sorted(one.name for one in tmp_path.iterdir()) == ["fleet.html", "other"]
