"""The stories that the scenarios tell, lived through with the product's own ticks and a person's consent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from azlocal.core.decisions import Hold
from azlocal.sandbox.scenarios import load
from azlocal.service.tick import TickReport
from azlocal.simulation.world import World

STEP = timedelta(minutes=45)
MOST_TICKS = 30
END_OF_FLEET_SMALL = {
    "clu-aarhus-01": ("Solution", "Upgraded"),
    "clu-aarhus-02": ("Solution", "Upgraded"),
    "clu-bergen-01": ("Solution", "Upgraded"),
    "clu-bremen-01": ("Solution", "Upgraded"),
    "clu-dublin-01": ("Solution", "Upgraded"),
    "clu-geneva-01": ("Solution", "Upgraded"),
    "clu-ghent-01": ("Solution", "AlreadySolution"),
    "clu-leeds-01": ("Solution", "Upgraded"),
    "clu-boston-01": ("Solution", "Upgraded"),
    "clu-lyon-01": ("Candidate", "InputsMissing"),
    "clu-malmo-01": ("Validated", "AttestationMissing"),
    "clu-milan-01": ("Candidate", "Held"),
    "clu-porto-01": ("ApplyFailed", "ApplyFailed"),
    "clu-chennai-01": ("Blocked", "ExtensionNotUpdated"),
    "clu-turin-01": ("Validated", "RingClosed"),
    "clu-zurich-01": ("NotApplicable", "NotApplicable"),
    "clu-austin-01": ("ApplyFailed", "ApplyFailed"),
    "clu-dallas-01": ("Os22H2", "OsUpgradeRequired"),
    "clu-denver-01": ("OsUpgrading", "OsUpgradeRunning"),
    "clu-halifax-01": ("Unknown", "EvidenceMissing"),
    "clu-miami-01": ("Blocked", "Blocked"),
    "clu-brisbane-01": ("Blocked", "Blocked"),
    "clu-kobe-01": ("Blocked", "Blocked"),
    "clu-perth-01": ("Blocked", "Blocked"),
}


def lived(scenario: str, *, with_people: bool = True) -> Iterator[tuple[World, TickReport]]:
    """Yield a world and the report of every tick, until the fleet has settled."""
    world, people, before = World(scenario), load(scenario).people, None
    approve, resume = (set(people.approve), set(people.resume)) if with_people else (set(), set())
    for _ in range(MOST_TICKS):
        report = world.tick()
        assert report is not None
        yield world, report
        for one in report.clusters:
            if one.decision.reason == "ApprovalNeeded" and one.ring in approve:
                approve.discard(one.ring)
                world.person().approve(one.ring, None)
            if one.reading.phase.failed and one.cluster.name in resume:
                resume.discard(one.cluster.name)
                world.person().resume(one.cluster.name)
        now = [(one.reading.phase, one.decision.reason) for one in report.clusters]
        moving = any(one.reading.phase.running for one in report.clusters)
        soaking = any(ring.soaked_at is not None and ring.soaked_at > report.now for ring in report.rings)
        if now == before and not moving and not soaking:
            return
        before = now
        world.advance(STEP)
    raise AssertionError(f"not settled after {MOST_TICKS} ticks")


@pytest.fixture(scope="module")
def with_people() -> list[TickReport]:
    return [report for _, report in lived("fleet-small")]


@pytest.fixture(scope="module")
def without_people() -> list[TickReport]:
    return [report for _, report in lived("fleet-small", with_people=False)]


def ends(report: TickReport) -> dict[str, tuple[str, str]]:
    return {one.cluster.name: (str(one.reading.phase), one.decision.reason) for one in report.clusters}


def test_fleet_small_begins_in_every_phase_and_ends_as_its_story_says(with_people: list[TickReport]):
    reports = with_people
    first = ends(reports[0])
    assert {phase for phase, _ in first.values()} == {
        "Candidate", "Solution", "Applying", "Validating", "Validated", "ApplyFailed",
        "Os22H2", "OsUpgrading", "Blocked", "Unknown", "NotApplicable",
    }  # fmt: skip
    assert first["clu-geneva-01"] == ("Applying", "Applying")
    assert first["clu-turin-01"] == ("Validating", "Validating")
    assert first["clu-boston-01"][0] == "Validated"
    assert ends(reports[-1]) == END_OF_FLEET_SMALL
    failed = {one.cluster.name: one.reading.step for one in reports[-1].clusters if one.reading.phase.failed}
    assert failed == {"clu-porto-01": "Register with Azure", "clu-austin-01": "Check deployment package"}


def test_in_fleet_small_two_clusters_of_one_group_are_upgraded_at_once(without_people: list[TickReport]):
    pair = {"clu-aarhus-01", "clu-aarhus-02"}
    at_once = [
        {one.cluster.name for one in report.clusters if str(one.reading.phase) == "Applying"} >= pair
        for report in without_people
    ]
    assert any(at_once)


def test_in_fleet_small_a_failed_upgrade_halts_its_ring_until_a_person_accepts_it(with_people: list[TickReport]):
    states = [next(ring.state for ring in report.rings if ring.name == "early") for report in with_people]
    assert states.count("halted") >= 1
    assert states.index("open") < states.index("halted") < states.index("complete")


def test_without_people_fleet_small_stops_behind_its_first_ring(without_people: list[TickReport]):
    report = without_people[-1]
    assert [ring.state for ring in report.rings] == ["complete", "open", "closed", "closed"]
    assert ends(report)["clu-bergen-01"] == ("Validated", "ApprovalNeeded")


def test_single_happy_is_upgraded_by_bare_ticks():
    *_, (world, report) = lived("single-happy", with_people=False)
    assert ends(report) == {"clu-oslo-01": ("Solution", "Upgraded")}
    writers = {one.principal for one in world.front.journal.after() if one.effect}
    assert writers == {"managed-identity"}


@pytest.mark.parametrize(
    ("scenario", "phase", "step"),
    [
        ("single-validation-fails", "ValidationFailed", "Azure Stack HCI Upgrade"),
        ("single-upgrade-fails-and-resumes", "ApplyFailed", "Set trusted hosts"),
    ],
)
def test_a_failure_stands_with_its_step_until_a_person_accepts_it(scenario: str, phase: str, step: str):
    *_, (_, alone) = lived(scenario, with_people=False)
    one = alone.clusters[0]
    assert (str(one.reading.phase), one.reading.step) == (phase, step)
    assert isinstance(one.decision, Hold)
    *_, (_, together) = lived(scenario)
    assert ends(together) == {"clu-oslo-01": ("Solution", "Upgraded")}


def test_a_generated_fleet_is_upgraded_without_anybody():
    *_, (world, report) = lived("fleet-8", with_people=False)
    planned = [one for one in report.clusters if one.ring]
    assert len(planned) == 4
    assert {str(one.reading.phase) for one in planned} == {"Solution"}
    assert all(ring.state == "complete" for ring in report.rings)
    assert {one.principal for one in world.front.journal.after() if one.effect} == {"managed-identity"}
