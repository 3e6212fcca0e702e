"""The pages of the whole fleet: status, tick, census, and what an approval would let go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fleets import (
    CONTROL,
    HOSTILE,
    HOUR,
    NOW,
    action,
    after,
    cluster,
    ident,
    look,
    look_without_plan,
    old,
    plan,
    report,
    ring,
    without_lcm,
)

from azlocal.core.digest import members_digest
from azlocal.core.facts import ControlFacts, SolutionFacts
from azlocal.core.tags import Approval
from azlocal.ports import Delivery
from azlocal.report import approval as approval_page
from azlocal.report import tick as tick_page
from azlocal.report.census import census
from azlocal.report.status import headline, status
from azlocal.report.text import width_of
from azlocal.service.consent import Proposal
from azlocal.service.forecast import of_ring

FLEET = (
    cluster("ready"), old("old"), without_lcm("bare"), without_lcm("bald"),
    after("moving", "deploy", "InProgress", "InProgress"), after("broken", "deploy", "Error", "Failed", "no disk"),
    cluster("held", tags={"azlocal-hold": "reason=disk;by=anna"}), cluster("stray", ring="nowhere"),
)  # fmt: skip


def control(**changes):
    return replace(ControlFacts(id=CONTROL, paused=False), **changes)


def approved(*names, until=NOW + HOUR):
    members = members_digest(map(ident, names))[:12]
    return control(approvals={"one": Approval(plan="cd" * 6, members=members, until=until, by="anna")})


# status


def test_status_begins_with_the_fleet_in_a_sentence():
    text = status(look(*FLEET))
    assert text.startswith(
        "2026-11-24 12:00 UTC, plan cdcdcdcdcdcd: 8 clusters, 0 on the solution, 1 in flight, 1 failed, "
    )
    assert "Phases: 3 Candidate, 2 Blocked, 1 ApplyFailed, 1 Applying, 1 Os22H2" in text


def test_status_shows_each_ring_with_state_progress_slots_and_approval():
    text = status(look(cluster("a"), cluster("b", ring="two"), wanted=plan(ring(), ring("two")), control=approved("a")))
    first, second = "one  open (Open); 0 of 1 upgraded; 0 of 9 slots taken", "two  closed (RingClosed); 0 of 1 upgraded"
    assert f"  {first}; approved until 2026-11-24 13:00 UTC by anna\n" in text
    assert f"  {second}" in text
    assert "ring one is not complete (0 of 1 upgraded)" in text


def test_status_shows_what_is_in_flight_with_its_step_and_since_when():
    text = status(look(*FLEET))
    row = next(line for line in text.splitlines() if line.startswith("  moving"))
    assert [part.strip() for part in row.split("  ")[1:] if part] == [
        "moving",
        "Applying",
        "Inner",
        "11-24 11:00 (1 h)",
        "one",
        "1",
    ]


def test_status_shows_a_halted_ring_and_what_ends_the_halt():
    text = status(look(*FLEET, wanted=plan(ring(failure_budget=0))))
    assert "one  halted (FailureBudgetSpent)" in text
    assert "  FailureBudgetSpent: ring one\n" in text
    assert "approver: diagnose the failures, then accept each with: azlocal-upgrade resume CLUSTER" in text


def test_status_says_who_must_do_what_grouped_by_the_same_remedy():
    text = status(look(*FLEET))
    assert "  Blocked: bare, bald\n    m: the LCM extension is missing\n    operator: install or update" in text
    assert "operator: fix the cause, then allow one retry: azlocal-upgrade resume broken" in text
    assert "operator: run: azlocal-upgrade release held" in text
    assert "plan owner: select it in a ring of the plan" in text


def test_a_remedy_for_several_clusters_names_none_of_them():
    text = status(look(after("a", "deploy", "Error", "Failed"), after("ab", "deploy", "Error", "Failed")))
    assert "ApplyFailed: a, ab\n" in text
    assert "azlocal-upgrade resume CLUSTER" in text


def test_an_open_ring_that_nobody_approved_names_the_approver_and_the_command():
    text = status(look(cluster("a")))
    assert "  ApprovalNeeded: ring one\n    validation goes on without; nobody has approved it\n" in text
    assert "    approver: run: azlocal-upgrade approve one\n" in text
    assert "(an approver may write tags on the control group control)" in text


@pytest.mark.parametrize(
    "wanted", [plan(ring(gate="none")), plan(ring("none", expect=0), ring())], ids=["no gate", "closed"]
)
def test_a_ring_that_needs_no_approval_now_waits_for_none(wanted):
    assert "ApprovalNeeded" not in status(look(cluster("a"), wanted=wanted))


def test_an_upgraded_cluster_waits_for_nobody_though_no_ring_has_it():
    done = cluster("done", ring="nowhere", solution=SolutionFacts(id="s", version="12.2510.1002.531"))
    assert "NoRing" not in status(look(done, cluster("a")))


def test_clusters_of_which_nothing_is_known_are_told_as_taking_slots():
    text = status(look(cluster("a", error="no answer"), cluster("b")))
    assert "  not known whether anything runs, so each takes a slot: a\n" in text


def test_a_pause_and_what_was_not_read_are_shown_at_the_top():
    text = status(look(cluster("a"), control=control(paused=True, pause_reason="incident"), gaps=("no rights on s",)))
    assert text.splitlines()[2:4] == ["PAUSED: incident", "NOT READ: no rights on s"]


def test_without_a_plan_status_shows_phases_and_no_rings():
    text = status(look_without_plan(*FLEET))
    assert "no plan: 8 clusters" in text
    assert "Rings" not in text
    assert "Waiting" not in text


def test_an_empty_fleet_has_a_status():
    found = look(wanted=plan())
    assert headline(found).startswith("0 clusters")
    assert "halted (ScopeShrunk)" in status(found)


# tick


def test_a_tick_tells_what_was_started_and_why_every_other_cluster_was_not():
    first = cluster("first")
    text = tick_page.tick(
        report(first, *FLEET, actions=(action(first), action(FLEET[0], "refused", status=409, code="ScopeLocked")))
    )
    assert "2 starts (1 accepted, 1 refused); 9 clusters" in text
    started, rest = text.split("Not started")
    assert "first  StartValidation  1        accepted  201" in started
    assert "refused   409 ScopeLocked" in started
    assert all(one.name in rest for one in FLEET[1:])
    assert "first" not in rest


def test_a_dry_run_tells_what_would_start():
    validation = replace(report(cluster("a")).clusters[0].decision, reason="x")
    found = report(cluster("a"), dry_run=True, delivery=None)
    assert "dry run, nothing was started" in tick_page.tick(found)
    assert "telemetry: none in a dry run" in tick_page.tick(found)
    assert validation.reason == "x"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "12 calls, 0 throttled, 5 s; lease clean; telemetry: 7 rows sent"),
        ({"delivery": None}, "telemetry: off (AZLOCAL_INGESTION_ENDPOINT and AZLOCAL_DCR_ID are not both set)"),
        ({"delivery": Delivery(sent=1, lost=2, problems=("HTTP 413",))}, "1 row sent, 2 LOST: HTTP 413"),
        ({"problems": ("the lease could not be taken",)}, "Problems\n  the lease could not be taken"),
        ({"lease": "held"}, "lease held"),
    ],
)
def test_a_tick_tells_of_calls_lease_telemetry_and_problems(changes, text):
    assert text in tick_page.tick(report(cluster("a"), **changes))


def test_a_tick_shows_a_halted_ring_at_the_top():
    text = tick_page.tick(report(*FLEET, wanted=plan(ring(failure_budget=0))))
    assert text.splitlines()[1].startswith("HALTED: ring one (FailureBudgetSpent): ")


def test_a_tick_over_many_clusters_tells_them_by_reason():
    many = [cluster(f"c{n:03}") for n in range(150)]
    text = tick_page.tick(report(*many))
    assert len(text.splitlines()) < 12
    assert "InputsMissing (150): c000, c001, c002 and 147 more" in text


def test_a_tick_shows_only_the_clusters_that_are_wanted():
    found = report(cluster("a"), cluster("b"))
    text = tick_page.tick(found, None, found.clusters[1:])
    assert "  b " in text
    assert "  a " not in text


# census


def test_a_census_has_one_row_for_each_cluster():
    found = look(*FLEET)
    lines = census(found.clusters).lines
    assert len(lines) == len(FLEET) + 2
    assert lines[0].split() == [
        "Name",
        "Group",
        "Phase",
        "Verdict",
        "Confidence",
        "OsBuild",
        "Ring",
        "Decision",
        "Reason",
        "Why",
    ]
    assert lines[2].split()[:9] == ["ready", "rg", "Candidate", "Candidate", "medium", "10.0.25398.1904", "one", "Hold", "InputsMissing"]  # fmt: skip


def test_a_narrow_census_keeps_name_phase_decision_and_reason():
    found = census(look(*FLEET).clusters, 80)
    assert {"Name", "Phase", "Decision", "Reason"} <= set(found.lines[0].split())
    assert found.hidden


def test_a_narrow_census_without_a_plan_says_why_instead_of_what_was_not_decided():
    found = census(look_without_plan(*FLEET).clusters, 100, planned=False)
    assert "Why" in found.lines[0].split()
    assert "Decision" in found.hidden


# approval


def asked(*clusters, **changes):
    found = look(*clusters, wanted=plan(ring(**changes)))
    bound = Approval(plan="cd" * 6, members="ab" * 6, until=NOW + timedelta(days=7), by="anna")
    return Proposal(
        ring=ring(**changes),
        state=found.rings[0],
        approval=bound,
        control=CONTROL,
        members=found.clusters,
        look=found,
        forecast=of_ring(found, plan(ring(**changes)), "one"),
    )


def test_a_proposal_tells_what_it_is_bound_to_and_who_is_in_it():
    text = approval_page.proposal(asked(cluster("a"), old("b")))
    assert "Ring one: 2 clusters (members abababababab, plan cdcdcdcdcdcd), at most 9 at once, failure budget 9" in text
    assert "Approval until 2026-12-01 12:00 UTC by anna" in text
    assert "  Candidate (1): a\n" in text


def test_a_proposal_tells_its_risks_the_gravest_first():
    told = list(
        approval_page.risks(asked(cluster("a"), old("b"), after("c", "deploy", "InProgress", "InProgress"), windows=()))
    )
    assert told[0] == "a solution upgrade cannot be undone"
    assert "not ready: b" in told
    assert "under way: c" in told
    assert "the ring has no window, so nothing is ever deployed in it" in told


def test_a_halted_ring_is_a_risk():
    found = asked(after("a", "deploy", "Error", "Failed"), failure_budget=0)
    assert any(text.startswith("the ring is halted") for text in approval_page.risks(found))


# safety


HOSTILE_FLEET = tuple(
    replace(one, name=f"{HOSTILE}{n}")
    for n, one in enumerate((*FLEET, after("x", "deploy", "Error", "Failed", HOSTILE * 20)))
)
PAGES = {
    "status": lambda width: status(look(*HOSTILE_FLEET, gaps=(HOSTILE,), control=control(paused=True, pause_reason=HOSTILE)), width),
    "census": lambda width: census(look(*HOSTILE_FLEET).clusters, width).text,
    "tick": lambda width: tick_page.tick(
        report(*HOSTILE_FLEET, problems=(HOSTILE,), lease=HOSTILE, actions=(action(HOSTILE_FLEET[0], message=HOSTILE),)), width
    ),
    "approval": lambda width: approval_page.proposal(asked(*HOSTILE_FLEET), width),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [60, 80, 120, None])
def test_no_page_lets_azures_words_break_a_line_or_the_width(name, width):
    lines = PAGES[name](width).split("\n")
    assert all(line.isprintable() for line in lines)
    if width is not None:
        assert all(width_of(line) <= width or "/subscriptions/" in line for line in lines)
