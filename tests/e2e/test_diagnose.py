"""`diagnose` as a process: over HTTPS on a fleet in which several things failed, and offline on a pasted text."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import MAIN, Sandbox

SCENARIO = """
version: azlocal.sandbox/1
about: validations, an upgrade and an extension that failed before the first tick
region: westeurope
subscriptions:
- {name: Northwind Edge}
defaults: {ring: all}
clusters:
- name: clu-oslo-01
  past: [{mode: Validate, ago: PT2H}]
  behaviour: {validations: [{ends: failure, text: val-bitlocker}]}
- name: clu-bergen-01
  past: [{mode: Validate, ago: PT3H}]
  behaviour: {validations: [{ends: failure, text: val-bitlocker}]}
- name: clu-malmo-01
  past: [{mode: Validate, ago: PT3H}]
  behaviour: {validations: [{ends: failure, text: val-connectivity-cut}]}
- name: clu-leeds-01
  past: [{mode: Validate, ago: PT9H}, {mode: Deploy, ago: PT8H}]
  behaviour: {upgrades: [{ends: failure, text: upg-trustedhosts-gpo}]}
- name: clu-lyon-01
  past: [{mode: Validate, ago: PT2H}]
  behaviour: {validations: [{ends: failure, text: "Type 'Measure' of Role 'Fans' raised an exception: fan 3 of @node@ stands still"}]}
- name: clu-bern-01
  past: [{mode: Validate, ago: PT2H}]
  behaviour: {validations: [{ends: silent}]}
- name: clu-turin-01
  lcm: [failed]
  nodes: 1
- name: clu-porto-01
plan:
  rings:
  - {name: all, gate: none, windows: [{days: all, from: '00:00', to: '24:00', zone: UTC}]}
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failures")
    place = folder / "failures.yaml"
    place.write_text(SCENARIO)
    sandbox = Sandbox(str(place), folder)
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize(
    ("cluster", "name", "others"),
    [
        ("clu-oslo-01", "val-bitlocker", ["clu-bergen-01"]), ("clu-malmo-01", "val-connectivity", []),
        ("clu-leeds-01", "upg-trustedhosts-gpo", []),
    ],
)  # fmt: skip
def test_a_failure_is_recognised_through_the_wire(fleet, cluster, name, others):
    (told,) = fleet.json("diagnose", cluster)
    assert (told["id"], told["certainty"], told["alsoOn"]) == (name, "certain", others)
    assert told["resourceId"].startswith("/subscriptions/")


def test_a_cluster_on_which_nothing_failed_has_an_empty_list(fleet):
    assert fleet.json("diagnose", "clu-porto-01") == []


def test_the_page_of_a_cluster_names_step_line_machine_and_what_comes_next(fleet):
    page = fleet.run("diagnose", "clu-oslo-01", check=0).stdout
    for told in (
        "ValidationFailed",
        "Step      Azure Stack HCI Upgrade",
        "Said      Test Bitlocker Suspension: ",
        "1 other cluster now",
        "azlocal-upgrade resume clu-oslo-01",
    ):
        assert told in page


def test_a_stranger_is_told_without_an_invention(fleet):
    page = fleet.run("diagnose", "clu-lyon-01", check=0).stdout
    assert "Measure (Fans): fan 3 of " in page
    assert "Known issues: none matches, so a person decides" in page


def test_a_failure_of_which_azure_kept_no_word_says_so(fleet):
    page = fleet.run("diagnose", "clu-bern-01", check=0).stdout
    assert page.startswith("clu-bern-01: StartRefused")
    assert "Azure keeps no word of why" in " ".join(page.split())


def test_an_extension_that_failed_is_read_although_nothing_was_started(fleet):
    page = fleet.run("diagnose", "clu-turin-01", check=0).stdout
    assert "Shown by  /subscriptions/" in page
    assert "/extensions/AzureEdgeLifecycleManager" in page


def test_the_fleet_is_told_by_what_is_alike_and_nothing_is_written(fleet):
    seen = fleet.seen()
    told = fleet.json("diagnose")
    assert (told[0]["signature"], told[0]["count"]) == ("val-bitlocker", 2)
    assert {one["id"] for one in told[1:]} == {"val-connectivity", "upg-trustedhosts-gpo", None}
    assert {one["method"] for one in fleet.journal(seen)} <= {"GET", "POST"}
    assert not any(one["effect"] for one in fleet.journal(seen))


def test_without_a_plan_a_cluster_is_diagnosed_too(fleet):
    done = fleet.run("diagnose", "clu-oslo-01", "-o", "json", check=0, AZLOCAL_PLAN=None, AZLOCAL_INPUTS=None)
    (told,) = json.loads(done.stdout)
    assert (told["id"], told["alsoOn"]) == ("val-bitlocker", ["clu-bergen-01"])


def test_what_azure_says_of_a_failed_operation_can_be_pasted(fleet, tmp_path):
    place = tmp_path / "pasted.json"
    told = fleet.json("diagnose", "clu-leeds-01")[0]
    place.write_text(json.dumps({"error": {"code": "X", "message": told["evidence"]}}))
    bare = {name: text for name, text in os.environ.items() if name in {"PATH", "HOME", "SYSTEMROOT"}}
    done = subprocess.run(
        [*MAIN, "diagnose", "--text", str(place), "-o", "json"], env=bare, capture_output=True, text=True, check=True
    )
    assert [one["id"] for one in json.loads(done.stdout)] == ["upg-trustedhosts-gpo"]


OFFLINE = """
import socket, sys
def never(*_, **__): raise AssertionError("offline means offline")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = never
from azlocal.cli.main import run
code = run(["diagnose", "--text", sys.argv[1], "-o", "json"])
assert not [name for name in sys.modules if name.split(".")[0] in {"azure", "pydantic", "yaml"}], "imported for nothing"
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("", []),
        ("unheard of", []),
        ("Item 'CustomerConfiguration.xml' not found in store 'Default'", ["lcm-customerconfiguration-missing"]),
    ],
)
def test_a_pasted_text_needs_no_network_and_no_sdk(tmp_path: Path, content, ids):
    place = tmp_path / "error.txt"
    place.write_text(content)
    done = subprocess.run([sys.executable, "-c", OFFLINE, str(place)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["id"] for one in json.loads(done.stdout)] == ids
