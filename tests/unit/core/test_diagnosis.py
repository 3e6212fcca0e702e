"""From evidence to known issues: how sure, what may be repeated, and what is alike on other clusters."""

from __future__ import annotations

import json

import pytest

from azlocal.core.diagnosis import (
    Diagnosis,
    advice,
    diagnose,
    diagnose_cluster,
    diagnose_step,
    diagnose_text,
    groups,
    names_of,
    next_step,
    remedy_after,
    retry_of,
)
from azlocal.core.evidence_reading import from_text
from azlocal.core.facts import ABSENT, ClusterFacts, DeploymentFacts, MachineFacts, NodeFacts, SettingsFacts, Step
from azlocal.core.known_issues import known_issue

BITLOCKER = "AzStackHci_Upgrade_BitlockerSuspension"
EXTENSIONS = "The mandatory Arc extensions are not installed yet."
STRETCHED = "AzStackHci_Upgrade_StretchedCluster"


def raised(text, interface="Validate", role="EnvironmentValidator"):
    return f"Type '{interface}' of Role '{role}' raised an exception: {text}"


def checks(*names, severity=2):
    results = [{"Name": name, "Title": name, "Status": 1, "Severity": severity} for name in names]
    return raised(json.dumps({"ExceptionType": "json", "ErrorMessage": {"Message": "m", "Results": results}}))


def ids(text):
    return [(one.issue.id, one.certainty) for one in diagnose_text(text).matches]


# how sure


def test_certain_ones_come_first_and_each_once():
    text = f"{raised('MaxFailedNodesExceeded')}\n{checks(BITLOCKER, BITLOCKER)}\n{raised('Connectivity requirements not met')}"
    assert ids(text) == [
        ("val-bitlocker", "certain"),
        ("val-connectivity", "certain"),
        ("upd-cau-defender-asr", "possible"),
    ]


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("a policy of the domain fixes the value", "certain"), ("Access is denied.", "possible"),
        ("the RPC server is unavailable", "possible"), ("the call timed out", "possible"),
    ],
)  # fmt: skip
def test_the_step_alone_is_certain_unless_another_cause_is_named(text, certainty):
    assert ids(raised(text, "SetTrustedHosts", "BareMetal")) == [("upg-trustedhosts-gpo", certainty)]


def test_the_words_of_the_issue_beat_another_cause_beside_them():
    text = "TrustedHosts cannot be changed because is controlled by policies; before that the call timed out"
    assert ids(raised(text, "SetTrustedHosts", "BareMetal")) == [("upg-trustedhosts-gpo", "certain")]


def test_a_heading_over_results_counts_only_while_no_result_tells_better():
    heading = "Hardware requirements not met. Review output and remediate."
    assert ids(raised(heading, "ValidateHardware")) == [("dep-hardware-vbs-secureboot", "certain")]
    results = {"Name": "AzStackHci_Hardware_Test_Memory", "Title": "Memory", "Status": 1, "Severity": 2}
    body = json.dumps({"ExceptionType": "json", "ErrorMessage": {"Message": heading, "Results": results}})
    assert ids(raised(body, "ValidateHardware")) == []


def test_what_was_cut_before_its_status_is_possible():
    whole = checks("AzStackHci_Upgrade_FreeMemory", BITLOCKER)
    assert ids(whole[: whole.rindex('"Status"')]) == [("val-bitlocker", "possible")]


# what may be repeated


@pytest.mark.parametrize(
    ("text", "retry"),
    [
        (checks(BITLOCKER), "after-fix"),
        (raised(EXTENSIONS), "safe"),
        (checks(STRETCHED), "contact-support"),
        (raised("something that nobody knows"), "person"),
        (raised("MaxFailedNodesExceeded"), "person"),
        ("", "person"),
        (f"{checks(BITLOCKER)}\n{checks(STRETCHED)}", "contact-support"),
        (f"{raised(EXTENSIONS)}\n{checks(BITLOCKER)}", "after-fix"),
        (f"{raised(EXTENSIONS)}\n{raised('something that nobody knows', 'Other')}", "person"),
        (f"{checks(BITLOCKER)}\n{raised('something that nobody knows', 'Other')}", "after-fix"),
        (f"{raised(EXTENSIONS)}\n{checks('Nobody_Knows', severity=1)}", "safe"),
        (checks("AzStackHci_Upgrade_Test_Tpm_TpmReady", severity=1), "person"),
    ],
)
def test_the_strictest_decides_and_what_nobody_knows_is_for_a_person(text, retry):
    assert diagnose_text(text).retry == retry


def test_of_several_failures_the_strictest_decides():
    one, two, three = (diagnose_text(text) for text in (raised(EXTENSIONS), checks(BITLOCKER), raised("unheard of")))
    assert retry_of([one]) == "safe"
    assert retry_of([one, two]) == "after-fix"
    assert retry_of([one, three]) == "person"
    assert retry_of([]) == "person"


def test_every_class_says_what_happens_next():
    told = {retry: next_step(retry) for retry in ("safe", "after-fix", "contact-support", "person")}
    assert len(set(told.values())) == 4
    assert "not repeated" in told["contact-support"]
    assert next_step("anything else") == told["person"]


# what to do


def test_advice_is_the_remedy_and_the_page_of_the_first_certain_issue():
    issue = known_issue("val-bitlocker")
    assert advice(diagnose_text(checks(BITLOCKER))) == f"{issue.remedy} ({issue.id}, {issue.url})"
    assert advice(diagnose_text(checks(BITLOCKER, STRETCHED))).endswith("; and see val-stretched")


def test_advice_for_what_is_only_possible_says_so_and_for_strangers_is_silent():
    assert advice(diagnose_text(raised("MaxFailedNodesExceeded"))).startswith("this may be upd-cau-defender-asr: ")
    assert advice(diagnose_text(raised("unheard of"))) == ""
    assert advice(Diagnosis()) == ""


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        (checks(BITLOCKER), "; then: azlocal-upgrade resume clu"), (checks(STRETCHED), "; azlocal does not repeat this: once it is settled, validate in the portal, and azlocal goes on"),
        (raised("unheard of"), "fix the cause, then allow one retry: azlocal-upgrade resume clu"),
    ],
)  # fmt: skip
def test_after_a_failure_a_person_is_told_how_it_goes_on(text, ending):
    assert remedy_after(diagnose_text(text), "clu", "validate").endswith(ending)


def test_a_failed_upgrade_that_is_never_repeated_goes_on_by_a_validation_in_the_portal_and_consent():
    told = remedy_after(diagnose_text(checks(STRETCHED)), "clu", "deploy")
    assert told.endswith("validate in the portal; then: azlocal-upgrade resume clu")


# clusters


def failed(text, name="clu-1", node="n1", mode="validate"):
    steps = (Step(name="Upgrade", index="2", status="Error", exceptions=(text,)),)
    settings = SettingsFacts(
        id=f"/s/{name}/default", validation_steps=steps if mode == "validate" else (),
        deployment_steps=steps if mode == "deploy" else (),
    )  # fmt: skip
    return ClusterFacts(id=f"/s/{name}", name=name, nodes=(NodeFacts(name=node),), settings=settings)


@pytest.mark.parametrize("mode", ["validate", "deploy"])
def test_a_cluster_is_diagnosed_by_its_failing_steps_of_either_mode(mode):
    found = diagnose_cluster(failed(checks(BITLOCKER), mode=mode))
    assert [one.id for one in found.certain] == ["val-bitlocker"]
    assert found.primary.resource_id == "/s/clu-1/default"
    assert found.line == BITLOCKER


def test_without_steps_the_deployments_error_must_do():
    error = DeploymentFacts(
        id="d",
        provisioning_state="Failed",
        error_code="OperationTimeout",
        error_message="No updates received from device for operation (x)",
    )
    cluster = ClusterFacts(id="/s/c", name="c", settings=ABSENT, deployment=error)
    assert [one.id for one in diagnose_cluster(cluster).certain] == ["dep-operation-timeout"]


def test_of_a_cluster_on_which_nothing_failed_nothing_is_told():
    well = SettingsFacts(id="s", validation_steps=(Step(name="A", status="Success", exceptions=(checks(BITLOCKER),)),))
    for settings in (well, ABSENT, None):
        assert diagnose_cluster(ClusterFacts(id="/s/c", name="c", settings=settings)) == Diagnosis()


def test_a_cluster_goes_by_its_own_names_and_those_of_its_machines():
    cluster = ClusterFacts(
        id="/s/c", name="clu", failover_name="CLU", nodes=(NodeFacts(name="n1"),), machines=(MachineFacts(id="m", name="n1"), MachineFacts(id="o", name="n2")),
    )  # fmt: skip
    assert names_of(cluster) == ("clu", "CLU", "n1", "n2")


def test_a_step_is_diagnosed_without_what_lies_below_it():
    inner = Step(name="In", status="Error", exceptions=(checks(STRETCHED),))
    outer = Step(name="Out", status="Error", exceptions=(checks(BITLOCKER),), steps=(inner,))
    assert [one.id for one in diagnose_step(outer).certain] == ["val-bitlocker"]
    assert diagnose_step(Step(name="S", status="Success", exceptions=(checks(BITLOCKER),))) == Diagnosis()
    assert diagnose_step(Step(name="S", status="Error")) == Diagnosis()


# the fleet


def test_failures_are_grouped_by_what_is_alike_the_widest_first():
    fleet = {
        f"/s/{name}": diagnose_cluster(failed(text, name, node))
        for name, node, text in (
            ("a", "alpha", checks(BITLOCKER)), ("b", "beta", checks(BITLOCKER, STRETCHED)), ("c", "gamma", checks(BITLOCKER)),
            ("d", "delta", raised("disk 7 on delta is worn")), ("e", "epsilon", raised("disk 12 on epsilon is worn")),
            ("f", "zeta", raised("the fan on zeta stands still")),
        )
    }  # fmt: skip
    found = groups(fleet)
    assert [(one.clusters, one.retry) for one in found if not one.issue] == [
        (("/s/d", "/s/e"), "person"),
        (("/s/f",), "person"),
    ]
    assert [(one.signature, one.clusters) for one in found if one.issue] == [
        ("val-bitlocker", ("/s/a", "/s/b", "/s/c")), ("val-stretched", ("/s/b",)),
    ]  # fmt: skip
    assert [len(one.clusters) for one in found] == [3, 2, 1, 1]
    assert next(one for one in found if one.signature == "val-stretched").title == "The cluster is stretched"


def test_a_warning_is_not_what_a_failure_goes_by():
    found = diagnose_text(
        f"{checks('AzStackHci_Upgrade_Test_Tpm_TpmReady', severity=1)}\n{raised('unheard of', 'Other')}"
    )
    assert found.certain == ()
    assert found.signatures[0].startswith("unknown-")
    assert found.line == "Other (EnvironmentValidator): unheard of"


def test_names_make_no_difference_to_a_signature():
    one = diagnose(from_text(raised("the fan on alpha stands still")), ["alpha"])
    two = diagnose(from_text(raised("the fan on beta stands still")), ["beta"])
    assert one.signatures == two.signatures
