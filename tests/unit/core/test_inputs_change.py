"""What was validated is what is sent: other inputs, another secret or another template lead to validate again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statements import ID, NOW, cluster, decide, inputs, plan, upgrade_failed, validated

from azlocal.azure.starter import deployment_body, template
from azlocal.core.attestations import NEEDED_BEFORE_DEPLOY
from azlocal.core.decisions import Hold, Resume, StartUpgrade, StartValidation
from azlocal.core.digest import digest_of_properties, request_digest, settings_properties, template_digest
from azlocal.core.events import action_rows, cluster_rows
from azlocal.core.facts import FleetFacts
from azlocal.core.ids import h10, key
from azlocal.core.rollout import decide_fleet
from azlocal.core.tags import Acceptance, Intent
from azlocal.report.documents import cluster_document
from azlocal.service.act import intent_for

PLAN = plan(*NEEDED_BEFORE_DEPLOY)
SAME, OTHER_TEMPLATE, OTHER_INPUTS = inputs(), inputs(template="99" * 32), inputs(configuration="88" * 32)
ACCEPTED = {"acceptances": {h10(ID): Acceptance(mode="deploy", attempt=1)}}


@pytest.mark.parametrize("mode", ["validate", "deploy"])
def test_what_was_validated_is_upgraded(mode):
    assert isinstance(decide(validated(SAME, mode), PLAN, SAME), StartUpgrade)


@pytest.mark.parametrize("mode", ["validate", "deploy"])
@pytest.mark.parametrize(("now", "reason"), [(OTHER_TEMPLATE, "TemplateChanged"), (OTHER_INPUTS, "InputsChanged")])
def test_what_was_not_validated_as_it_is_now_is_validated_again(mode, now, reason):
    decision = decide(validated(SAME, mode), PLAN, now)
    assert (type(decision), decision.reason) == (StartValidation, reason)


def test_once_validated_with_the_new_template_it_is_upgraded():
    assert isinstance(decide(validated(OTHER_TEMPLATE), PLAN, OTHER_TEMPLATE), StartUpgrade)


def test_a_failed_upgrade_is_resumed_with_the_template_it_was_sent_with_and_no_other():
    failed = upgrade_failed(SAME)
    assert isinstance(decide(failed, PLAN, SAME, **ACCEPTED), Resume)
    held = decide(failed, PLAN, OTHER_TEMPLATE, **ACCEPTED)
    assert (type(held), held.reason) == (Hold, "ResumeTemplateDiffers")
    held = decide(failed, PLAN, OTHER_INPUTS, **ACCEPTED)
    assert (type(held), held.reason) == (Hold, "ResumeInputsDiffer")


# the digests


def test_a_request_is_known_by_its_configuration_and_its_template():
    digests = {request_digest(one, two) for one in ("a" * 64, "b" * 64) for two in ("c" * 64, "d" * 64)}
    assert len(digests) == 4
    assert request_digest("a" * 64, "") == "a" * 64


PARAMETERS = {
    "failoverClusterName": "OSLO", "arcNodeResourceIds": ["/m/1"], "domainFqdn": "ad.x.com", "dnsServers": ["10.0.0.2"],
    "physicalNodesSettings": [{"name": "n", "ipv4Address": "10.0.0.9"}], "startingIPAddress": "10.0.0.40",
    "endingIPAddress": "10.0.0.49", "subnetMask": "255.255.255.0", "defaultGateway": "10.0.0.1", "customLocation": "cl",
    "lcmSecretUri": "https://kv.vault.azure.net/secrets/a/1", "namingPrefix": "P", "adouPath": "OU=x",
    "streamingDataClient": False, "euLocation": False, "episodicDataUpload": False,
    "deploymentConfigurationVersion": "10.2.0.0",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(template()["parameters"].keys() - {"deploymentMode", "clusterName"}))
def test_every_parameter_but_the_mode_counts(name):
    others = {**PARAMETERS, name: ["/other"] if isinstance(PARAMETERS[name], list) else f"{PARAMETERS[name]}2"}
    if isinstance(PARAMETERS[name], bool):
        others[name] = not PARAMETERS[name]
    if name == "physicalNodesSettings":
        others[name] = [{"name": "n", "ipv4Address": "10.0.0.8"}]
    one, two = (digest_of_properties(settings_properties(each, "oslo")) for each in (PARAMETERS, others))
    assert one != two


def test_a_new_version_of_the_secret_counts():
    rotated = {**PARAMETERS, "lcmSecretUri": "https://kv.vault.azure.net/secrets/a/2"}
    one, two = (digest_of_properties(settings_properties(each, "oslo")) for each in (PARAMETERS, rotated))
    assert one != two


def test_what_a_template_does_counts_and_what_it_says_of_itself_does_not():
    usual = template()
    described = {**usual, "metadata": {"description": "other words"}, "contentVersion": "9.9.9.9"}
    described["parameters"] = {
        name: {**one, "metadata": {"description": "x"}} for name, one in usual["parameters"].items()
    }
    assert template_digest(described) == template_digest(usual)
    resources = [{**usual["resources"][0], "apiVersion": "2020-01-01"}, *usual["resources"][1:]]
    defaults = {**usual["parameters"], "namingPrefix": {**usual["parameters"]["namingPrefix"], "defaultValue": "X"}}
    for change in ({"resources": resources}, {"variables": {}}, {"parameters": defaults}):
        assert template_digest({**usual, **change}) != template_digest(usual)


# one digest wherever it is shown


def test_intent_deployment_telemetry_and_documents_carry_the_same_digest():
    facts = FleetFacts(cloud="public", clusters=(cluster(),), observed_at=NOW)
    (one,) = decide_fleet(facts, PLAN, {key(ID): SAME}, NOW).clusters
    start = StartValidation(reason="Candidate", message="", attempt=1, failures=0)
    intent = intent_for(one, start, PLAN, NOW)
    shown = SAME.request_digest[:12]
    assert intent.inputs == shown
    assert deployment_body("Validate", "oslo", SAME, intent)["tags"]["azlocal-inputs"] == shown
    assert cluster_document(one)["inputs"]["digest"] == shown
    (state,) = (row for row in cluster_rows([one], PLAN, "t", NOW) if row.table == "AzLocalCluster_CL")
    assert state.values["InputsDigest"] == shown
    assert list(action_rows([], [one], PLAN, "t")) == []


@given(st.sampled_from(["", "0" * 12, "x"]))
def test_an_intent_with_another_digest_lets_nothing_go(said):
    one = validated(SAME)
    intent = replace(one.intent, inputs=said)
    assert isinstance(intent, Intent)
    other = replace(one, tags={"azlocal-op": intent.text()})
    assert not isinstance(decide(other, PLAN, SAME), StartUpgrade)
