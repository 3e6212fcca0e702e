"""Documents for programs: stable keys, JSON all through, and nothing left out."""

from __future__ import annotations

import json

import pytest
from fleets import CONTROL, HOSTILE, NOW, SUB, action, after, cluster, ident, look, old, plan, report, ring, without_lcm

from azlocal.core.digest import members_digest
from azlocal.core.facts import ControlFacts
from azlocal.core.tags import Approval
from azlocal.report.documents import census_document, explain_document, status_document, tick_document

FLEET = (
    cluster("ready"), old("old"), without_lcm("bare"), after("moving", "deploy", "InProgress", "InProgress"),
    after("broken", "deploy", "Error", "Failed", HOSTILE),
)  # fmt: skip

CLUSTER = {
    "name", "id", "subscriptionId", "resourceGroup", "region", "ring", "phase", "phaseReason", "phaseMessage", "verdict",
    "confidence", "decision", "decisionReason", "decisionMessage", "remedy", "osBuild", "solutionVersion", "nodeCount",
    "step", "since", "stuck", "startedByAzlocal", "attempt", "validationStatus", "deploymentStatus", "inputs", "error",
    "ruleVersion", "overridden", "osSupport", "limboDays", "findings",
}  # fmt: skip
RING = {
    "name", "state", "reason", "message", "expected", "members", "membersDigest", "done", "inFlight", "failed",
    "maxConcurrent", "failureBudget", "validating", "stage", "gate", "approved", "approvalProblem", "approvedUntil", "approvedBy", "soaksUntil",
}  # fmt: skip
COMMON = {"version", "now", "cloud", "planDigest", "complete", "problems"}
LOOK = look(*FLEET)
DOCUMENTS = {
    "census": (census_document(look(*FLEET)), COMMON | {"observedAt", "partial", "control", "holds", "gaps", "rings", "clusters"}),
    "status": (
        status_document(look(*FLEET)),
        COMMON | {"paused", "phases", "decisions", "rings", "inFlight", "halted", "betweenUpgrades", "waitingForPerson"},
    ),
    "explain": (
        explain_document(LOOK, LOOK.clusters[0]), COMMON | CLUSTER | {"nextAction", "support", "ringState", "facts"},
    ),
    "tick": (
        tick_document(report(*FLEET, actions=(action(FLEET[0]),))),
        COMMON | {
            "tickId", "dryRun", "failed", "lease", "phases", "decisions", "rings", "actions", "clusters", "telemetry",
            "calls", "throttled", "durationSeconds",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_keys_of_a_document_are_a_contract(name):
    document, keys = DOCUMENTS[name]
    assert set(document) == keys
    assert document["version"] == f"azlocal.{name}/1"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_json_all_through(name):
    document = DOCUMENTS[name][0]
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_cluster_has_the_same_keys_everywhere():
    census, tick = DOCUMENTS["census"][0], DOCUMENTS["tick"][0]
    assert {frozenset(one) for one in census["clusters"]} == {frozenset(CLUSTER | {"facts"})}
    assert {frozenset(one) for one in tick["clusters"]} == {frozenset(CLUSTER)}


def test_a_cluster_tells_where_it_is_and_what_is_decided():
    one = DOCUMENTS["census"][0]["clusters"][2]
    told = [
        one[name] for name in ("name", "id", "subscriptionId", "resourceGroup", "region", "ring", "phase", "verdict")
    ]
    assert told == ["bare", ident("bare"), SUB, "rg", "eastus", "one", "Blocked", "Blocked"]
    assert (one["decision"], one["decisionReason"], "extension" in one["remedy"]) == ("Hold", "Blocked", True)


def test_a_finding_tells_its_evidence():
    finding = next(one for one in DOCUMENTS["census"][0]["clusters"][2]["findings"] if one["check"] == "B8")
    assert (finding["status"], finding["confidence"], finding["observedAt"]) == (
        "not-met",
        "high",
        "2026-11-24T11:00:00Z",
    )
    assert finding["resourceId"].endswith("/machines/m")
    assert finding["property"] == "extensions/AzureEdgeLifecycleManager"


def test_what_is_in_flight_tells_its_step_since_when_and_whose_it_is():
    assert DOCUMENTS["status"][0]["inFlight"] == [{
        "name": "moving", "id": ident("moving"), "ring": "one", "phase": "Applying", "step": "Inner",
        "since": "2026-11-24T11:00:00Z", "stuck": False, "attempt": 1, "startedByAzlocal": True,
    }]  # fmt: skip


def test_what_waits_for_a_person_says_who_must_do_what_for_which_clusters():
    waiting = {one["reason"]: one for one in DOCUMENTS["status"][0]["waitingForPerson"]}
    assert waiting["ApplyFailed"]["who"] == "operator"
    assert waiting["ApplyFailed"]["clusters"] == ["broken"]
    assert waiting["ApplyFailed"]["do"].endswith("azlocal-upgrade resume broken")


def test_a_ring_tells_state_members_and_approval():
    bound = members_digest([ident("a")])[:12]
    approvals = {"one": Approval(plan="cd" * 6, members=bound, until=NOW.replace(hour=20), by="anna")}
    control = ControlFacts(id=CONTROL, paused=False, approvals=approvals)
    (told,) = status_document(look(cluster("a"), control=control))["rings"]
    assert set(told) == RING
    assert (told["approved"], told["approvedBy"], told["approvedUntil"]) == (True, "anna", "2026-11-24T20:00:00Z")
    assert (told["members"], told["membersDigest"]) == ([ident("a").lower()], bound)


def test_an_approval_that_does_not_hold_is_told_with_its_problem_and_no_end():
    (told,) = status_document(look(cluster("a")))["rings"]
    assert (told["approved"], told["approvedUntil"], told["approvalProblem"]) == (False, None, "nobody has approved it")


def test_halted_rings_and_problems_are_told():
    document = status_document(look(cluster("a"), gaps=("no rights",)))
    assert document["halted"][0]["reason"] == "ScopeShrunk"
    assert (document["complete"], document["problems"]) == (False, ["no rights"])


def test_an_action_tells_request_and_answer():
    (told,) = DOCUMENTS["tick"][0]["actions"]
    assert told == {
        "name": "ready", "id": ident("ready"), "action": "StartValidation", "mode": "validate", "attempt": 1,
        "outcome": "accepted", "httpStatus": 201, "code": "", "message": "", "correlationId": "", "reason": "Candidate",
        "requestedAt": "2026-11-24T12:00:00Z",
    }  # fmt: skip


def test_a_narrowed_census_says_that_it_is_a_part():
    found = look(*FLEET)
    assert [census_document(found, found.clusters[:n])["partial"] for n in (1, len(FLEET))] == [True, False]


def test_a_narrowed_tick_still_counts_the_whole_fleet():
    found = report(*FLEET)
    document = tick_document(found, found.clusters[:1])
    assert (len(document["clusters"]), sum(document["phases"].values())) == (1, len(FLEET))


def test_every_ring_of_the_plan_is_told_in_order():
    found = look(cluster("a"), wanted=plan(ring("one"), ring("two")))
    assert [one["name"] for one in census_document(found)["rings"]] == ["one", "two"]
