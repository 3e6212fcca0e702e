"""The worklist: what is to be done, by whom and for which clusters, each thing once."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from fleets import (
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
    plan,
    ring,
)
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.facts import ControlFacts, NodeFacts, SolutionFacts
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import key
from azlocal.core.plan import Inputs
from azlocal.core.worklist import ACTORS, for_any, known_since, who_acts, worklist
from azlocal.report.fixes import fixes, fixes_document, fixes_page, fixes_sheet
from azlocal.report.text import width_of
from azlocal.service.look import judge

BITLOCKER = (
    "Type 'ValidateUpgrade' of Role 'EnvironmentValidator' raised an exception: "
    '{"ExceptionType": "json", "ErrorMessage": {"Message": "m", "Results": {"Name": '
    '"AzStackHci_Upgrade_BitlockerSuspension", "Title": "Test Bitlocker Suspension", "Status": 1, "Severity": 2, '
    '"AdditionalData": {"Source": "m", "Detail": "protection of C: is On"}}}}'
)
DAY = timedelta(days=1)


def disconnected(name, **changes):
    return cluster(name, machines=(machine(f"{name}-1", status="Disconnected"),), **changes)


def found(*clusters, warnings=False, **more):
    judged = look(*clusters, **more)
    return fixes(judged, judged.clusters, warnings=warnings)


def named(listed, word):
    return next(one for one in listed if word in one.remedy)


def test_the_same_remedy_is_one_entry_for_all_the_clusters_and_machines_it_is_meant_for():
    fix = named(found(disconnected("oslo"), disconnected("bergen"), wanted=plan(ring(expect=2))), "reconnect")
    assert fix.remedy == "reconnect the Arc agent of MACHINE"
    assert (fix.count, fix.clusters, fix.machines) == (2, ("bergen", "oslo"), ("bergen-1", "oslo-1"))
    assert fix.who == "node admin"


def test_a_remedy_for_one_cluster_keeps_its_names():
    assert named(found(disconnected("oslo")), "reconnect").remedy == "reconnect the Arc agent of oslo-1"


def test_sites_and_owners_come_from_tags_whatever_their_case():
    tags = {"Site": "oslo", "OWNER": "edge-north"}
    fix = named(found(disconnected("oslo", tags=tags)), "reconnect")
    assert (fix.sites, fix.owners) == (("oslo",), ("edge-north",))


def test_a_failed_validation_is_told_by_test_with_the_days_since_it_failed():
    failed = after("oslo", "validate", "Error", "Failed", BITLOCKER)
    step = replace(failed.settings.validation_steps[0].steps[0], ended_at=NOW - 5 * DAY)
    outer = replace(failed.settings.validation_steps[0], steps=(step,))
    failed = replace(failed, settings=replace(failed.settings, validation_steps=(outer,)))
    fix = named(found(failed), "BitLocker")
    assert (fix.checks, fix.days) == (("val-bitlocker",), 5)
    assert fix.links == (
        "https://learn.microsoft.com/azure/azure-local/upgrade/validate-solution-upgrade-readiness",
    )  # fmt: skip
    assert "https://" not in fix.remedy


def test_a_failed_upgrade_that_nobody_knows_is_told_once():
    listed = found(after("oslo", "deploy", "Error", "Failed", "the frobnicator is on fire"))
    assert [one.checks for one in listed if "failed-step" in one.checks] == [("failed-step",)]
    assert "Microsoft support" in named(listed, "nobody documents").remedy


def test_statements_that_nobody_made_are_asked_and_the_vendors_are_the_vendors():
    bare = replace(plan(), attestations=())
    listed = found(cluster(), wanted=bare)
    asked = {one.who: one for one in listed if "attest oem-supported" in one.remedy}
    assert set(asked) == {"OEM"}
    assert asked["OEM"].remedy.endswith("Has the hardware vendor confirmed these models for the solution upgrade?")
    assert not any("not-stretched" in one.remedy for one in listed)  # the validation settles it


def test_missing_inputs_and_each_mistake_in_them_are_the_plan_owners():
    wanted = plan(ring(expect=2))
    broken = Inputs(
        cluster_id=ident("oslo"), parameters={}, digest="", source="oslo.yaml",
        problems=("oslo.yaml:3: dnsServers: missing [DNS]", "oslo.yaml:9: something odd"),
    )  # fmt: skip
    judged = judge(facts(cluster("oslo"), cluster("bergen")), wanted, {key(ident("oslo")): broken}, NOW)
    listed = fixes(judged, judged.clusters)
    assert {one.who for one in listed if "inputs" in one.remedy} == {"plan owner"}
    assert named(listed, "(DNS)").clusters == ("oslo",)
    assert named(listed, "something odd").details == ("oslo.yaml:9: something odd",)
    assert named(listed, "folder of inputs").remedy == "add bergen.yaml to the folder of inputs"


def test_what_the_plan_waits_for_is_the_approvers_or_the_plan_owners():
    closed = found(cluster(tags={"azlocal-hold": "moving"}), cluster("away", ring="none"))
    assert named(closed, "release oslo").who == "approver"
    assert named(closed, "select it in a ring").clusters == ("away",)
    paused = found(cluster(), control=ControlFacts(id=CONTROL, paused=True, pause_reason="heat"))
    assert named(paused, "lift the pause").who == "approver"


def test_a_cluster_that_has_the_solution_or_can_never_have_it_asks_for_nothing_else():
    solved = cluster(solution=SolutionFacts(id="u", version="12.2510.1002.531"), identity_type="None")
    assert found(solved) == ()
    away = cluster(tags={"azlocal-attest-not-stretched": "v=no;by=x"}, identity_type="None")
    assert [one.remedy for one in found(away)] == [
        "leave it out by the plan's scope.exclude; it cannot take the solution upgrade"
    ]


def test_patches_are_not_asked_for_where_the_os_itself_is_old():
    listed = found(cluster(nodes=(NodeFacts(name="m", os_version="10.0.20349.2700"),)))
    assert not any("cumulative update" in one.remedy for one in listed)


def test_warnings_are_told_only_when_asked_for():
    quiet, loud = found(cluster()), found(cluster(), warnings=True)
    assert len(loud) > len(quiet)


def test_the_widest_comes_first_and_the_order_is_always_the_same():
    many = [disconnected("a"), disconnected("b"), cluster("c", identity_type="None")]
    wanted = plan(ring(expect=3))
    first = found(*many, wanted=wanted)
    assert first == found(*reversed(many), wanted=wanted)
    assert [one.count for one in first] == sorted((one.count for one in first), reverse=True)


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_the_clusters_does_not_matter(names):
    made = [disconnected(name, identity_type="None" if name in "ab" else "SystemAssigned") for name in names]
    assert found(*made, wanted=plan(ring(expect=4))) == found(
        *sorted(made, key=lambda one: one.name), wanted=plan(ring(expect=4))
    )


def test_days_are_not_told_where_azure_shows_no_moment():
    assert named(found(disconnected("oslo")), "reconnect").days is None


def test_a_census_that_is_old_counts_from_its_day():
    stale = cluster(last_sync_at=NOW - 50 * HOUR)
    assert named(found(stale), "Sync-AzureStackHCI").days == 2


def test_every_finding_has_somebody_who_acts():
    for one in (cluster(), disconnected("b"), after("c", "deploy", "Error", "Failed", BITLOCKER)):
        judged = look(one)
        assert all(who_acts(finding) in ACTORS for finding in judged.clusters[0].findings)


def test_since_when_a_step_is_stuck_is_when_it_began():
    stuck = after("oslo", "deploy", "InProgress", "InProgress")
    finding = Finding(check="stuck", status=Status.NOT_MET, message="")
    assert known_since(stuck, finding) == NOW - HOUR


def test_names_inside_other_names_are_left_alone():
    one = cluster("oslo", machines=(machine("n1"),))
    assert for_any("see n1, n10, on-n1 and /x/n1; run resume oslo", one) == (
        "see MACHINE, n10, on-n1 and /x/n1; run resume CLUSTER"
    )


# views


def test_the_page_tells_who_what_where_and_why():
    page = fixes_page(found(disconnected("oslo", tags={"site": "north"})), 100)
    assert "node admin, 1 cluster: reconnect the Arc agent of oslo-1" in page
    assert "oslo; machines oslo-1; site north" in page
    assert "oslo-1 is Disconnected" in page


def test_an_empty_worklist_says_so():
    assert fixes_page((), 100) == "nothing to do: no cluster waits for anybody"


def test_the_sheet_is_safe_and_as_long_as_the_list():
    listed = found(disconnected("oslo", tags={"site": "=HYPERLINK(1)", "owner": "+cmd"}))
    rows = list(csv.DictReader(io.StringIO(fixes_sheet(listed).text)))
    assert len(rows) == len(listed)
    row = next(one for one in rows if "reconnect" in one["Do"])
    assert (row["Sites"], row["Owners"], row["Clusters"]) == ("'=HYPERLINK(1)", "'+cmd", "1")


def test_the_document_is_json_and_complete():
    judged = look(disconnected("oslo"))
    told = json.loads(json.dumps(fixes_document(judged, fixes(judged, judged.clusters))))
    assert (told["version"], told["complete"], told["clusterCount"]) == ("azlocal.fixes/1", True, 1)
    assert {"do", "who", "count", "clusters", "daysBlockedAtLeast", "links"} <= set(told["fixes"][0])


@pytest.mark.parametrize("width", [60, 100])
def test_no_text_from_azure_breaks_the_page(width):
    hostile = disconnected("oslo", tags={"site": HOSTILE, "owner": HOSTILE * 9})
    lines = fixes_page(found(hostile), width).split("\n")
    assert all(line.isprintable() for line in lines)
    assert all(width_of(line) <= width or "\\x" in line for line in lines)


def test_without_a_plan_the_findings_are_still_to_be_done():
    judged = look_without_plan(disconnected("oslo"))
    assert named(worklist(judged.clusters, NOW, {}), "reconnect").count == 1
