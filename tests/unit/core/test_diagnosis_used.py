"""A diagnosis governs what a person is told and what telemetry says."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "report"))

from fleets import CONTROL, DIGEST, NOW, after, facts, look, plan

from azlocal.core.events import cluster_rows
from azlocal.core.facts import ControlFacts, SettingsFacts
from azlocal.core.ids import h10, key
from azlocal.core.known_issues import known_issue
from azlocal.core.plan import Inputs
from azlocal.core.tags import Acceptance
from azlocal.service.look import judge

CHECK = "AzStackHci_Upgrade_BitlockerSuspension"
TEXT = "Type 'Validate' of Role 'EnvironmentValidator' raised an exception: " + json.dumps({
    "ExceptionType": "json",
    "ErrorMessage": {"Message": "m", "Results": {"Name": CHECK, "Title": "Test Bitlocker Suspension", "Status": 1, "Severity": 2}},
})  # fmt: skip
STRETCHED = TEXT.replace(CHECK, "AzStackHci_Upgrade_StretchedCluster").replace(
    "Bitlocker Suspension", "Stretched Cluster"
)


def decided(mode, text):
    (one,) = look(after("oslo", mode, "Error", "Failed", text)).clusters
    return one


@pytest.mark.parametrize("mode", ["validate", "deploy"])
def test_the_hold_of_a_failed_cluster_carries_the_issues_remedy_and_page(mode):
    issue, remedy = known_issue("val-bitlocker"), decided(mode, TEXT).decision.remedy
    assert issue.remedy in remedy
    assert issue.url in remedy
    assert remedy.endswith("azlocal-upgrade resume oslo")


def test_the_hold_for_what_is_not_to_be_repeated_offers_no_retry():
    assert "resume" not in decided("validate", STRETCHED).decision.remedy


@pytest.mark.parametrize(
    ("text", "kind", "reason"), [(TEXT, "StartValidation", "RetryAccepted"), (STRETCHED, "Hold", "ValidationFailed")]
)
def test_a_retry_that_a_person_allows_is_made_unless_the_issue_is_not_to_be_repeated(text, kind, reason):
    one = after("oslo", "validate", "Error", "Failed", text)
    allowed = ControlFacts(
        id=CONTROL, paused=False, acceptances={h10(one.id): Acceptance(mode="validate", attempt=1, by="anna")}
    )
    inputs = {key(one.id): Inputs(cluster_id=one.id, parameters={}, digest=DIGEST, source="f")}
    (found,) = judge(facts(one, control=allowed), plan(), inputs, NOW).clusters
    assert (found.decision.kind, found.decision.reason) == (kind, reason)


def test_the_hold_for_a_stranger_asks_a_person():
    assert (
        decided("deploy", "the fan stands still").decision.remedy
        == "fix the cause, then allow one retry: azlocal-upgrade resume oslo"
    )


def test_the_line_of_a_failed_cluster_is_that_of_the_failing_check_not_of_one_that_passed():
    good = {"Name": "Good", "Title": "Good", "Status": 0, "AdditionalData": {"Detail": "fine"}}
    bad = {"Name": CHECK, "Title": "Bad", "Status": 1, "AdditionalData": {"Detail": "broken"}}
    text = "Type 'V' of Role 'R' raised an exception: " + json.dumps(
        {"ExceptionType": "json", "ErrorMessage": {"Message": "m", "Results": [good, bad]}}
    )
    assert decided("validate", text).reading.message == "Inner: V (R): Bad: broken"


def test_a_failing_step_is_told_with_diagnosis_class_and_signature():
    one = decided("deploy", TEXT)
    rows = [row.values for row in cluster_rows([one], plan(), "t", NOW) if row.table == "AzLocalStep_CL"]
    told = {row["StepName"]: (row["Diagnosis"], row["RetryClass"], row["Signature"]) for row in rows}
    assert told["Inner"] == ("val-bitlocker", "after-fix", "val-bitlocker")
    assert told["Outer"] == ("", "", "")


def test_a_step_that_did_not_fail_has_no_diagnosis():
    one = decided("deploy", TEXT)
    settings = one.cluster.settings
    assert isinstance(settings, SettingsFacts)
    well = replace(
        settings,
        deployment_steps=tuple(replace(step, status="Success", steps=()) for step in settings.deployment_steps),
    )
    rows = cluster_rows([replace(one, cluster=replace(one.cluster, settings=well))], plan(), "t", NOW)
    assert {row.values["RetryClass"] for row in rows if row.table == "AzLocalStep_CL"} == {""}
