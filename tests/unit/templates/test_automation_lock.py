"""The lock: complete by name, exact by version and hash, free of places where packages come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINES = [
    line
    for line in (ROOT / "arm-templates" / "automation" / "lock.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.fixture
def bundle(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bundle

    return bundle


def test_every_line_is_a_name_a_version_and_a_hash():
    form = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*==[\w.!+]+ --hash=sha256:[0-9a-f]{64}")
    assert [line for line in LINES if not form.fullmatch(line)] == []
    names = [line.split("==")[0] for line in LINES]
    assert sorted(set(names)) == names


def test_what_the_project_declares_is_locked_at_a_version_that_it_allows(bundle):
    locked = dict(line.split(" ")[0].split("==") for line in LINES)
    for requirement in bundle.declared():
        name, _, least = requirement.partition(">=")
        assert name in locked
        assert _parts(locked[name]) >= _parts(least or "0")


def _parts(version):
    return [int(part) for part in re.findall(r"\d+", version)]


def test_what_only_other_doors_need_is_not_locked():
    names = {line.split("==")[0] for line in LINES}
    assert not names & {"click", "rich", "jmespath", "trustme", "duckdb", "duckdb-kql", "pytest"}


def test_the_template_takes_packages_and_hashes_as_defaults_and_nothing_else(bundle):
    manifest = {
        "packages": [{"name": "p", "version": "1", "file": "p.whl", "sha256": "0", "size": 5}],
        "runbooks": [{"name": "fleet_tick", "file": "fleet_tick.py", "sha256": "1", "size": 3}],
    }
    template = {
        "parameters": {name: {"type": "x"} for name in ("packages", "runbookHashes", "location")},
        "outputs": {},
    }
    filled = bundle.filled(template, manifest)
    assert filled["parameters"] == {
        "packages": {"type": "x", "defaultValue": [{"name": "p", "version": "1", "file": "p.whl", "sha256": "0"}]},
        "runbookHashes": {"type": "x", "defaultValue": {"fleet_tick": "1"}},
        "location": {"type": "x"},
    }
    assert "defaultValue" not in template["parameters"]["packages"]
