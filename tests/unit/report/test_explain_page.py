"""The page of one cluster: verdict, next action, evidence; short, safe, and never wider than asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checked import told, validated
from fleets import (
    ABSENT,
    CONTROL,
    HOSTILE,
    HOUR,
    NOW,
    after,
    cluster,
    facts,
    ident,
    look,
    look_without_plan,
    machine,
    old,
    plan,
    ring,
    without_lcm,
)
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.facts import ControlFacts, NodeFacts, SolutionFacts
from azlocal.core.ids import key
from azlocal.core.plan import Inputs
from azlocal.core.tags import Approval
from azlocal.report.explain import explain, next_action
from azlocal.report.text import width_of
from azlocal.service.look import judge

UPGRADED = cluster(
    "oslo", solution=SolutionFacts(id=ident("oslo") + "/updateSummaries/default", version="12.2510.1002.531")
)


def page(one, width=100, **more):
    found = look(one, **more)
    return explain(found, found.clusters[0], width).split("\n")


FIRST = {
    "unreadable": (cluster(error="no answer"), "oslo: Unknown: no answer"),
    "candidate": (cluster(), "oslo: Candidate, medium confidence, but no upgrade inputs for this cluster"),
    "blocked": (without_lcm("oslo"), "oslo: Blocked, medium confidence: m: the LCM extension is missing"),
    "old": (old("oslo"), "oslo: OsUpgradeRequired, "),
    "upgraded": (UPGRADED, "oslo: Solution: already the solution, "),
    "validating": (after("oslo", "validate", "InProgress", "InProgress"), "oslo: Validating: Inner, for 1 h"),
    "failed": (
        after("oslo", "deploy", "Error", "Failed", "the disk is full"),
        "oslo: ApplyFailed: Inner: the disk is full",
    ),
}


@pytest.mark.parametrize("case", FIRST)
def test_the_first_line_is_the_verdict_or_the_operation_that_tells_more(case):
    one, beginning = FIRST[case]
    assert page(one)[0].startswith(beginning)


@pytest.mark.parametrize("case", FIRST)
def test_the_second_line_is_what_to_do(case):
    assert page(FIRST[case][0])[1].startswith("do: ")


def acted(one, **more):
    found = look(one, **more)
    return next_action(found.clusters[0])


def test_the_next_action_is_the_remedy_where_there_is_one():
    assert "install or update the extension" in acted(without_lcm("oslo"))
    assert "azlocal-upgrade resume oslo" in acted(after("oslo", "deploy", "Error", "Failed"))


def test_the_next_action_is_nothing_where_azlocal_or_time_goes_on():
    assert acted(UPGRADED).startswith("nothing to upgrade; ")
    assert acted(after("oslo", "deploy", "InProgress", "InProgress")).startswith("nothing; an upgrade takes ")
    assert acted(cluster("oslo", ring="two"), wanted=plan(ring("one"), ring("two"))).startswith("nothing now; ")


def test_what_the_verdict_has_told_is_not_told_again_but_what_ends_it():
    later = acted(cluster("oslo", ring="two"), wanted=plan(ring("one"), ring("two")))
    assert later == "nothing now; azlocal goes on by itself when the ring before is complete and has soaked"


def test_without_a_plan_the_next_action_is_the_fix_or_to_name_a_plan():
    advice = [next_action(look_without_plan(one).clusters[0]) for one in (without_lcm("oslo"), cluster())]
    assert "install or update the extension" in advice[0]
    assert "--plan" in advice[1]


def test_phase_ring_and_decision_are_told_with_their_reasons():
    approvals = {"one": Approval(plan="x", members="y", until=None)}
    text = "\n".join(page(cluster(), control=ControlFacts(id=CONTROL, paused=False, approvals=approvals)))
    assert "Phase     Candidate (Candidate): " in text
    assert "Ring      one, open (Open): " in text
    assert "not approved: the plan changed" in text
    assert "Decision  Hold (InputsMissing): " in text


def test_a_finding_that_fails_shows_resource_property_age_confidence_and_remedy():
    lines = page(without_lcm("oslo"))
    at = next(n for n, line in enumerate(lines) if line.startswith("  B8   not-met (blocking): "))
    assert lines[at + 1].strip() == "[high, 1 h ago, extensions/AzureEdgeLifecycleManager]"
    assert lines[at + 2].strip() == machine("m").id
    assert lines[at + 3].strip().startswith("do: install or update")


def test_a_finding_that_azure_cannot_show_asks_its_question():
    text = "\n".join(page(cluster()))
    assert "ask: Is the cluster in one site" in text


def test_findings_that_fail_come_first_and_those_that_pass_last():
    lines = page(without_lcm("oslo"))
    told = [line.split()[:2] for line in lines if line[:2] == "  " and line[2:3] != " " and "more finding" not in line]
    passes = [state in {"met:", "attested:"} for _, state in told]
    assert [check for check, _ in told[:2]] == ["B8", "B10"]
    assert passes == sorted(passes)
    assert True in passes


def test_an_operation_shows_who_started_it_since_when_and_its_steps():
    text = "\n".join(page(after("oslo", "deploy", "InProgress", "InProgress")))
    assert "Started   by azlocal, attempt 1; under way since 2026-11-24 11:00 UTC (1 h)" in text
    assert "Step      Outer > Inner" in text


def test_an_operation_of_others_is_told_as_such():
    foreign = replace(after("oslo", "deploy", "Error", "Failed"), tags={"ring": "one"})
    assert "Started   not by azlocal" in "\n".join(page(foreign))


def test_the_portals_address_is_given_where_the_cloud_has_one():
    assert f"https://portal.azure.com/#resource{ident('oslo')}/overview" in "\n".join(page(cluster()))
    assert "Portal" not in "\n".join(page(cluster(), cloud="custom"))


def test_what_keeps_a_ready_cluster_is_told_with_the_verdict():
    held = page(cluster(tags={"azlocal-hold": "moving house"}))
    assert held[0].endswith("Candidate, medium confidence, but azlocal-hold on oslo: moving house")
    assert held[1] == "do: azlocal-upgrade release oslo"
    paused = ControlFacts(id=CONTROL, paused=True, pause_reason="reason=heat;by=anna")
    assert page(cluster(), control=paused)[0].endswith("but the fleet is paused (heat, by anna)")


def test_a_known_failure_is_told_by_its_name_and_its_remedy_comes_before_the_retry():
    lines = page(validated("oslo", told("bitlocker", "n1", 1), told("memory", "n2", 1)))
    assert lines[0] == "oslo: ValidationFailed: BitLocker is not suspended (and 1 more finding)"
    assert lines[1].startswith("do: Suspend BitLocker on every node")
    assert "resume oslo" in " ".join(lines[1:3])
    text = "\n".join(lines)
    assert "Known     val-bitlocker (certain)" in text
    assert "Retry     " in text


def test_the_same_finding_on_two_machines_is_one_block_with_one_remedy():
    lines = page(validated("oslo", told("bitlocker", "n1", 1), told("bitlocker", "n2", 1)))
    at = next(n for n, line in enumerate(lines) if line.startswith("  val-bitlocker "))
    block = "\n".join(lines[at : at + 7])
    assert (block.count("n1: not as"), block.count("n2: not as"), block.count("do: ")) == (1, 1, 1)


def test_others_with_the_same_failure_are_named():
    both = [validated(name, told("bitlocker", "n1", 1)) for name in ("oslo", "moss")]
    found = look(*both, wanted=plan(ring(expect=2)))
    assert "Others    1 more cluster with the same: moss" in explain(found, found.clusters[0], 100)


def test_a_failure_that_is_still_being_reported_is_told_although_it_counts_as_running():
    failed = validated("oslo", told("bitlocker", "n1", 1))
    reporting = replace(failed, settings=replace(failed.settings, provisioning_state="InProgress"))
    assert page(reporting)[0].startswith("oslo: Validating: it has failed, and the cluster still reports: BitLocker")


def test_mistakes_in_inputs_are_listed_and_the_first_one_is_what_to_do():
    broken = Inputs(
        cluster_id=ident("oslo"), parameters={}, digest="", source="oslo.yaml",
        problems=tuple(f"oslo.yaml:{line}: key{line}: missing [DNS]" for line in range(1, 10)),
    )  # fmt: skip
    found = judge(facts(cluster()), plan(), {key(ident("oslo")): broken}, NOW)
    lines = explain(found, found.clusters[0], 100).split("\n")
    assert lines[1] == "do: correct oslo.yaml:1: key1: missing [DNS] (and 8 more mistakes)"
    assert sum(line.startswith("Inputs    oslo.yaml:") for line in lines) == 6
    assert any(line.startswith("Inputs    and 3 more") for line in lines)


def test_a_solution_is_not_told_of_the_road_that_it_has_behind_it():
    checks = {line.split()[0] for line in page(UPGRADED) if line[:2] == "  " and line[2:3] != " "}
    assert "B3" in checks
    assert not checks & {"B8", "B11", "attest-not-scvmm"}


WORST = replace(
    cluster(HOSTILE, nodes=tuple(NodeFacts(name=f"n{n}", os_version=f"{n}.0 {HOSTILE}") for n in range(20))),
    id=ident("x" * 60) + "\x1b[2J", machines=(machine(HOSTILE * 9, status=HOSTILE, lcm=ABSENT),), location=HOSTILE,
    status=HOSTILE * 20, connectivity=HOSTILE * 9, workloads=None, last_sync_at=None, identity_type=HOSTILE,
)  # fmt: skip
FLEET = [one for one, _ in FIRST.values()] + [WORST, after("oslo", "deploy", "Error", "Failed", HOSTILE * 50)]


@pytest.mark.parametrize("one", FLEET, ids=[*FIRST, "worst", "long failure"])
@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_a_page_has_at_most_sixty_lines_none_of_them_too_wide_but_for_ids(one, width):
    lines = page(one, width)
    assert len(lines) <= 60
    assert all(line.isprintable() for line in lines)
    wide = [line for line in lines if width_of(line) > width]
    assert all("/subscriptions/" in line for line in wide)


def test_findings_that_have_no_room_are_counted():
    lines = page(WORST, 60)
    assert len(lines) == len(page(WORST, 100)) or "more findings" in lines[-1]


@given(st.text(min_size=1, max_size=60))
def test_no_name_and_no_message_breaks_a_line(text):
    for one in (cluster(text), after("oslo", "deploy", "Error", "Failed", text)):
        assert all(line.isprintable() for line in page(one))


def test_a_ring_of_another_cluster_is_not_shown():
    assert "Ring      none" in page(cluster(ring="nowhere"), wanted=plan(ring("one")))


def test_facts_show_their_age():
    stale = cluster(observed_at=NOW - 2 * HOUR, last_sync_at=NOW - 30 * HOUR)
    assert "Facts     read 2 h ago; last sync 30 h ago; verdict Unknown, rules 2026-11" in page(stale)
