"""What the validator found is read from whatever form it comes in, test by test and machine by machine."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.data.validator import TESTS
from azlocal.core.facts import ABSENT, ClusterFacts, DeploymentFacts, MachineFacts, SettingsFacts, Step
from azlocal.core.findings import Status
from azlocal.core.results import CheckResult
from azlocal.core.validation_report import checks, known_test, results_in, told_remedy, validation_findings

ENDED = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
BITLOCKER, MEMORY = "AzStackHci_Upgrade_BitlockerSuspension", "AzStackHci_Upgrade_FreeMemory"
NUMBERS = {"ok": 0, "bad": 1, "critical": 2, "warning": 1, "info": 0}
WORDS = {"ok": "SUCCESS", "bad": "FAILURE", "critical": "Critical", "warning": "Warning", "info": "Informational"}


def result(
    name: str, machine: str, status: Any, severity: Any = 2, detail: str = "it is On", **more: Any
) -> dict[str, Any]:
    told = {
        "Name": name, "DisplayName": f"Test {name}", "Title": f"Test {name}", "Status": status, "Severity": severity,
        "Remediation": "https://aka.ms/UpgradeRequirements", "TargetResourceName": machine,
        "AdditionalData": {"Source": machine, "Detail": f"{machine}: {detail}", "Status": "FAILURE"},
    }  # fmt: skip
    return {**told, **more}


def raised(results: Any) -> str:
    message = {"Message": "Upgrade requirements not met.", "Results": results}
    body = json.dumps({"ExceptionType": "json", "ErrorMessage": message, "ExceptionStackTrace": "at X"})
    return f"Type 'ValidateUpgrade' of Role 'EnvironmentValidator' raised an exception: {body}"


def cluster(*texts: str, status: str = "Error", **changes: Any) -> ClusterFacts:
    step = Step(name="Azure Stack HCI Upgrade", status=status, ended_at=ENDED, exceptions=texts)
    settings = SettingsFacts(id="/settings", mode="Validate", validation_steps=(step,), observed_at=ENDED)
    machines = tuple(MachineFacts(id=f"/machines/{name}", name=name) for name in ("n1", "n2"))
    usual: dict[str, Any] = {"settings": settings, "deployment": ABSENT, "machines": machines}
    return ClusterFacts(id="/c", name="c", **(usual | changes))


def outcomes(one: ClusterFacts) -> list[tuple[str, str, str]]:
    return [(check.id, check.result.machine, check.outcome) for check in checks(one)]


@pytest.mark.parametrize("spelled", [NUMBERS, WORDS], ids=["numbers", "words"])
def test_results_are_read_in_both_encodings(spelled):
    told = [
        result(BITLOCKER, "n1", spelled["bad"], spelled["critical"]),
        result(BITLOCKER, "n2", spelled["ok"], spelled["critical"]),
        result("AzStackHci_Upgrade_Test_Tpm_Ready", "n2", spelled["bad"], spelled["warning"]),
        result("AzureLocal_Network_Test_IntentVirtualAdapterExistence", "n1", spelled["bad"], spelled["info"]),
    ]
    assert outcomes(cluster(raised(told))) == [
        ("val-bitlocker", "n1", "fail"), ("val-bitlocker", "n2", "pass"), ("val-tpm-warning", "n2", "warn"),
        ("val-virtual-adapter", "n1", "info"),
    ]  # fmt: skip


def test_one_result_comes_without_a_list_as_powershell_writes_it():
    assert outcomes(cluster(raised(result(BITLOCKER, "n1", 1)))) == [("val-bitlocker", "n1", "fail")]


def test_a_result_without_severity_has_that_of_its_test():
    tpm = result("AzStackHci_Upgrade_Test_Tpm_Ready", "n1", 1, None)
    assert outcomes(cluster(raised([tpm, result(MEMORY, "n1", 1, None)]))) == [
        ("val-tpm-warning", "n1", "warn"), ("val-free-memory", "n1", "fail"),
    ]  # fmt: skip


def test_what_is_deployed_already_blocks_although_it_calls_itself_informational():
    told = result("AzStackHci_Upgrade_AlreadyDeployedEnvironment", "n1", 1, 0)
    assert outcomes(cluster(raised([told]))) == [("upg-already-deployed", "n1", "fail")]


def test_a_report_that_was_cut_off_is_read_as_far_as_it_goes():
    whole = raised([result(BITLOCKER, "n1", 1), result(MEMORY, "n2", 0), result(BITLOCKER, "n2", 1)])
    cut = whole[: whole.rindex('"Title"')]
    found = checks(cluster(cut))
    assert [(one.id, one.outcome) for one in found] == [
        ("val-bitlocker", "fail"), ("val-free-memory", "pass"), ("val-bitlocker", "unread"),
    ]  # fmt: skip
    assert [one.status for one in validation_findings(cluster(cut))] == [Status.NOT_MET, Status.UNKNOWN]


def test_a_single_result_that_was_cut_off_is_the_one_that_failed():
    whole = raised(result(BITLOCKER, "n1", 1))
    assert [one[2] for one in outcomes(cluster(whole[: whole.rindex('"Status"')]))] == ["fail"]


@given(st.integers(min_value=0, max_value=900))
def test_no_cut_makes_a_passed_test_fail(at):
    whole = raised([result(BITLOCKER, "n1", 0), result(MEMORY, "n1", 0)])
    assert "fail" not in {one.outcome for one in checks(cluster(whole[:at])) if one.result.status == "passed"}


@given(st.text(max_size=300))
def test_any_text_is_read_without_complaint(text):
    assert all(isinstance(one, CheckResult) for one in results_in(text))
    assert isinstance(validation_findings(cluster(text)), tuple)


def test_json_within_json_is_read():
    inner = json.dumps({"Results": [result(BITLOCKER, "n1", 1)]})
    body = json.dumps({"ExceptionType": "json", "ErrorMessage": inner})
    assert outcomes(cluster(f"Type 'A' of Role 'B' raised an exception: {body}")) == [("val-bitlocker", "n1", "fail")]


def test_steps_that_did_not_fail_tell_nothing():
    assert checks(cluster(raised([result(BITLOCKER, "n1", 1)]), status="Success")) == ()


def test_the_same_result_counts_once_though_azure_repeats_it():
    text = raised([result(BITLOCKER, "n1", 1)])
    assert len(checks(cluster(text, text))) == 1


def test_a_finding_names_machine_detail_remedy_link_and_moment():
    finding = validation_findings(cluster(raised([result(BITLOCKER, "N1", 1)])))[0]
    assert (finding.check, finding.severity, finding.value) == ("val-bitlocker", "blocking", BITLOCKER)
    assert (finding.resource_id, finding.since, finding.observed_at) == ("/machines/n1", ENDED, ENDED)
    assert finding.message.endswith("N1: it is On")
    assert "-RebootCount 0" in finding.remedy
    assert finding.remedy.endswith("(remediation 3, https://aka.ms/UpgradeRequirements)")


def test_a_finding_of_an_unknown_machine_rests_on_the_settings():
    assert validation_findings(cluster(raised([result(BITLOCKER, "n9.ad.example", 1)])))[0].resource_id == "/settings"


def test_a_machine_is_known_by_its_full_name_too():
    told = raised([result(BITLOCKER, "n2.ad.example", 1)])
    assert validation_findings(cluster(told))[0].resource_id == "/machines/n2"


def test_a_test_that_nobody_documents_is_told_by_its_own_name_and_link():
    strange = result("AzStackHci_Upgrade_Test_Moonlight", "n1", 1, Remediation="https://aka.ms/moon")
    check = checks(cluster(raised([strange])))[0]
    assert (check.test, check.id, check.link) == (None, "AzStackHci_Upgrade_Test_Moonlight", "https://aka.ms/moon")
    assert told_remedy(check).endswith("(https://aka.ms/moon)")


def test_the_flattened_form_in_the_deployments_error_is_read_where_there_are_no_settings():
    told = (
        "Failed to create deployment settings. \nValidation status is {Status=Error, Steps={Name=Azure Stack HCI Upgrade, "
        f"FullStepIndex=2, Status=Error, Exception={raised([result(BITLOCKER, 'n1', 1)])}, Steps=}}}}."
    )
    ours = DeploymentFacts(id="/d", provisioning_state="Failed", error_message=told)
    assert outcomes(cluster(settings=ABSENT, deployment=ours)) == [("val-bitlocker", "n1", "fail")]


@pytest.mark.parametrize("test", TESTS, ids=[one.id for one in TESTS])
def test_every_documented_test_says_what_to_do_and_is_found_by_its_names(test):
    assert test.remedy
    assert test.link.startswith("https://")
    assert test.fails_when
    for name in test.results:
        found = known_test(CheckResult(name=name.replace("*", "Some")))
        assert found is not None
        assert found.id == test.id


def test_ids_of_tests_stand_once():
    ids = [one.id for one in TESTS]
    assert len(ids) == len(set(ids))


def test_a_validator_that_broke_is_known_by_its_title():
    broken = CheckResult(name="X", title="Environment Validator Exception", status="failed")
    test = known_test(broken)
    assert test is not None
    assert test.id == "val-validator-exception"
