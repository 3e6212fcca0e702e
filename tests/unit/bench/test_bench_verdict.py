"""The verdict that the other contenders use says what azlocal says, on every cluster of generated fleets."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from azlocal.core.candidate import assess
from azlocal.core.facts import ABSENT, ClusterFacts, ExtensionFacts, MachineFacts, NodeFacts, SolutionFacts
from bench.measure import differences
from bench.verdict import Facts, Machine, verdict

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
GOOD = "10.0.26100.32860"
USUAL = {
    "region": "westeurope", "identity": "SystemAssigned", "status": "ConnectedRecently", "connectivity": "Connected",
    "synced": NOW - timedelta(hours=1), "builds": (GOOD, GOOD), "lcm": ("30.2510.0.1", "30.2510.0.1"),
    "machine": "Connected", "solution": "", "machine_build": "",
}  # fmt: skip
CASES = {
    "nothing": {},
    "region": {"region": "brazilsouth"},
    "solution": {"solution": "12.2510.1002.531"},
    "both": {"region": "brazilsouth", "solution": "12.2510.1002.531"},
    "identity": {"identity": "None"},
    "status": {"status": "Disconnected"},
    "connectivity": {"connectivity": "Disconnected"},
    "old sync": {"synced": NOW - timedelta(hours=40)},
    "22H2": {"builds": ("10.0.20349.2700", "10.0.20349.2700")},
    "one upgraded": {"builds": ("10.0.20349.2700", GOOD), "machine_build": ""},
    "machines differ": {"machine_build": "10.0.25398.1904"},
    "patch": {"builds": ("10.0.25398.1849",) * 2},
    "machine": {"machine": "Disconnected"},
    "no manager": {"lcm": ("", "30.2510.0.1")},
    "old manager": {"lcm": ("30.2407.0.1", "30.2510.0.1")},
    "no manager of an old machine": {"lcm": ("", ""), "machine": "Expired"},
}  # fmt: skip


def plain(told):
    machines = [
        Machine(build=told["machine_build"] or build, status=told["machine"], lcm=lcm, lcm_state="Succeeded" if lcm else "")
        for build, lcm in zip(told["builds"], told["lcm"])
    ]  # fmt: skip
    names = ("region", "identity", "status", "connectivity", "synced", "builds", "solution")
    return Facts(**{name: told[name] for name in names}, machines=machines, aks=False)


def ours(told):
    def machine(place, build, lcm):
        manager = ExtensionFacts(id=f"/m{place}/e", version=lcm, provisioning_state="Succeeded") if lcm else ABSENT
        return MachineFacts(
            id=f"/m{place}", name=f"m{place}", status=told["machine"], os_version=told["machine_build"] or build, lcm=manager
        )  # fmt: skip

    places = range(len(told["builds"]))
    return ClusterFacts(
        id="/c", name="c", location=told["region"], identity_type=told["identity"], status=told["status"],
        connectivity=told["connectivity"], last_sync_at=told["synced"],
        nodes=tuple(NodeFacts(name=f"m{at}", os_version=told["builds"][at], machine_id=f"/m{at}") for at in places),
        machines=tuple(machine(at, told["builds"][at], told["lcm"][at]) for at in places),
        solution=SolutionFacts(id="/s", version=told["solution"]) if told["solution"] else ABSENT, workloads=(), locks=(),
    )  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_afternoons_verdict_is_azlocals(case):
    told = {**USUAL, **CASES[case]}
    found = assess(ours(told), None, cloud="public", now=NOW)
    expected = f"{found.verdict} {found.decides.check}" if found.decides else str(found.verdict)
    assert verdict(plain(told), NOW) == expected


def test_the_cases_reach_every_verdict_that_a_generated_fleet_has():
    found = {verdict(plain({**USUAL, **more}), NOW).split()[0] for more in CASES.values()}
    assert found == {"Candidate", "Blocked", "NotApplicable", "OsUpgradeRequired", "OsUpgradeRunning", "Unknown"}


def test_a_difference_is_told_by_cluster_and_one_that_is_missing_is_one():
    assert differences({"a": "x", "b": "y"}, {"a": "x", "b": "z", "c": "y"}) == ["b: y and z", "c: None and y"]
    assert differences({"a": "x"}, {"a": "x"}) == []


def test_the_command_says_what_it_takes():
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--help"],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(option in done.stdout for option in ("--sizes", "--rounds", "--cli", "--out"))
