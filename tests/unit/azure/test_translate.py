"""Azure's documents to facts: what each word becomes, and that oddness becomes unknown, never an exception."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.azure import translate
from azlocal.core.digest import digest_of_properties
from azlocal.core.facts import NodeFacts, RelatedFacts, SolutionFacts
from azlocal.core.tags import Acceptance

UTC = timezone.utc
SEEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-fjord"
CLUSTER = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/fjord"
NODE = {
    "name": "fjord-n1", "id": 1, "manufacturer": "Fabrikam", "model": "FX-2", "osVersion": "10.0.25398.1904",
    "ehcResourceId": f"{GROUP}/providers/Microsoft.HybridCompute/machines/fjord-n1",
}  # fmt: skip
STEP = {
    "name": "Upgrade", "description": "Whole upgrade", "fullStepIndex": "0", "status": "Error",
    "startTimeUtc": "2026-11-24T09:00:00", "endTimeUtc": "2026-11-24T10:30:00.1234567Z", "percentComplete": 40,
    "exception": [], "steps": [
        {"name": "Network", "fullStepIndex": "0.1", "status": "Error", "exception": ["no route", ""], "steps": []},
        {"name": "Register", "fullStepIndex": "0.2", "steps": [], "exception": []},
    ],
}  # fmt: skip


def cluster_document(**properties):
    return {
        "id": CLUSTER, "name": "fjord", "location": "norwayeast", "tags": {"ring": "pilot", "rack": 7, "note": None},
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "status": "ConnectedRecently", "connectivityStatus": "Connected",
            "lastSyncTimestamp": "2026-11-24T06:02:17.3300411Z",
            "reportedProperties": {"clusterName": "FJORD01", "clusterVersion": "10.0.25398.1904", "nodes": [NODE]},
            **properties,
        },
    }  # fmt: skip


def cluster_row(**changes):
    """The same cluster as the census projects it."""
    return {
        "id": CLUSTER, "name": "fjord", "location": "norwayeast", "tags": {"ring": "pilot", "rack": 7, "note": None},
        "identityType": "SystemAssigned", "status": "ConnectedRecently", "connectivity": "Connected",
        "lastSync": "2026-11-24T06:02:17.3300411Z", "failoverName": "FJORD01", "version": "10.0.25398.1904",
        "nodes": [NODE], **changes,
    }  # fmt: skip


def settings_document(**properties):
    return {
        "id": f"{CLUSTER}/deploymentSettings/default", "name": "default",
        "properties": {
            "deploymentMode": "Deploy", "operationType": "ClusterUpgrade", "provisioningState": "Succeeded",
            "arcNodeResourceIds": [NODE["ehcResourceId"]],
            "deploymentConfiguration": {"version": "10.1.0.0", "scaleUnits": [{"deploymentData": {"adouPath": ""}}]},
            "reportedProperties": {
                "validationStatus": {"status": "Success", "steps": [{"name": "Connectivity"}]},
                "deploymentStatus": {"status": "Error", "steps": [STEP]},
            },
            **properties,
        },
    }  # fmt: skip


def deployment_document(tags=(), **properties):
    return {
        "id": f"{GROUP}/providers/Microsoft.Resources/deployments/azl-up-fjord-0123456789", "tags": dict(tags),
        "properties": {
            "provisioningState": "Failed", "correlationId": "cor-1", "timestamp": "2026-11-24T10:31:00Z", **properties
        },
    }  # fmt: skip


# clusters


def test_a_cluster_document_becomes_facts_word_by_word():
    facts = translate.cluster(cluster_document(), SEEN)
    assert (facts.id, facts.name, facts.location) == (CLUSTER, "fjord", "norwayeast")
    assert (facts.identity_type, facts.status) == ("SystemAssigned", "ConnectedRecently")
    assert (facts.connectivity, facts.failover_name) == ("Connected", "FJORD01")
    assert (facts.version, facts.observed_at) == ("10.0.25398.1904", SEEN)
    assert facts.last_sync_at == datetime(2026, 11, 24, 6, 2, 17, 330041, tzinfo=UTC)


def test_the_index_and_arm_tell_the_same_facts_of_the_same_cluster():
    assert translate.cluster_row(cluster_row(), SEEN) == translate.cluster(cluster_document(), SEEN)


def test_what_is_beside_a_cluster_is_not_known_from_its_document_alone():
    facts = translate.cluster(cluster_document(), SEEN)
    assert {facts.machines, facts.workloads, facts.solution, facts.settings, facts.deployment} == {None}


def test_a_node_keeps_its_machine_and_its_build():
    assert translate.nodes([NODE]) == (
        NodeFacts(
            name="fjord-n1", os_version="10.0.25398.1904", manufacturer="Fabrikam", model="FX-2",
            machine_id=NODE["ehcResourceId"],
        ),
    )  # fmt: skip


def test_tag_values_that_are_not_text_become_text():
    assert translate.tags({"ring": "pilot", "rack": 7, "note": None}) == {"ring": "pilot", "rack": "7", "note": ""}


@pytest.mark.parametrize("document", [{}, {"properties": None}, {"properties": {"reportedProperties": None}}])
def test_a_cluster_that_never_reported_is_unknown_and_not_disconnected(document):
    facts = translate.cluster(document, None)
    assert (facts.status, facts.connectivity, facts.last_sync_at, facts.observed_at) == (None, None, None, None)
    assert (facts.nodes, facts.version, dict(facts.tags)) == ((), "", {})


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_column_of_the_index_is_unknown(empty):
    facts = translate.cluster_row(cluster_row(status=empty, connectivity=empty, lastSync=empty), SEEN)
    assert (facts.status, facts.connectivity, facts.last_sync_at) == (None, None, None)


@pytest.mark.parametrize("odd", ["", {"code": "Connected"}, 5])
def test_a_status_in_a_document_that_is_no_word_is_read_as_the_index_reads_it(odd):
    by_arm = translate.cluster(cluster_document(status=odd), SEEN)
    assert by_arm.status == translate.cluster_row(cluster_row(status=odd), SEEN).status


def test_an_entry_that_is_no_node_is_not_counted_as_one():
    assert len(translate.nodes([NODE, None, "fjord-n2"])) == 1


# deploymentSettings


def test_settings_keep_azures_words_apart_for_validation_and_upgrade():
    facts = translate.settings(settings_document(), SEEN)
    assert (facts.mode, facts.operation_type) == ("Deploy", "ClusterUpgrade")
    assert (facts.validation_status, facts.deployment_status) == ("Success", "Error")
    assert [step.name for step in facts.validation_steps] == ["Connectivity"]
    assert [step.name for step in facts.deployment_steps] == ["Upgrade"]


def test_a_succeeded_provisioning_state_does_not_hide_a_failed_upgrade():
    facts = translate.settings(settings_document(), SEEN)
    assert (facts.provisioning_state, facts.deployment_status) == ("Succeeded", "Error")


def test_the_echo_is_the_digest_of_the_configuration_and_not_of_the_mode():
    document = settings_document()
    validate = translate.settings(settings_document(deploymentMode="Validate"), SEEN)
    deploy = translate.settings(document, SEEN)
    assert validate.echo == deploy.echo == digest_of_properties(document["properties"])


def test_another_configuration_has_another_echo():
    other = settings_document(deploymentConfiguration={"version": "10.1.0.0", "scaleUnits": [{"x": 1}]})
    assert translate.settings(other, SEEN).echo != translate.settings(settings_document(), SEEN).echo


@pytest.mark.parametrize("configuration", [None, {}, "masked", []])
def test_settings_that_echo_no_configuration_have_no_echo(configuration):
    assert translate.settings(settings_document(deploymentConfiguration=configuration), SEEN).echo is None


@pytest.mark.parametrize("reported", [None, {}, {"validationStatus": None, "deploymentStatus": []}])
def test_settings_without_reports_have_empty_statuses_and_no_steps(reported):
    facts = translate.settings(settings_document(reportedProperties=reported), SEEN)
    assert (facts.validation_status, facts.deployment_status) == ("", "")
    assert (facts.validation_steps, facts.deployment_steps) == ((), ())


def test_odd_node_ids_in_the_echo_do_not_break_the_reading():
    assert translate.settings(settings_document(arcNodeResourceIds=5), SEEN).mode == "Deploy"


# steps


def test_steps_are_read_to_the_depth_they_have():
    (upgrade,) = translate.steps([STEP])
    assert [(step.index, step.status) for step in upgrade.steps] == [("0.1", "Error"), ("0.2", "")]
    assert upgrade.started_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert upgrade.ended_at == datetime(2026, 11, 24, 10, 30, 0, 123456, tzinfo=UTC)
    assert upgrade.percent == 40.0


def test_a_step_that_has_not_begun_has_no_times_and_no_percent():
    pending = translate.steps([STEP])[0].steps[1]
    assert (pending.started_at, pending.ended_at, pending.percent, pending.exceptions) == (None, None, None, ())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["no route", ""], ("no route",)),
        ("no route", ("no route",)),
        (["a", None, "b"], ("a", "b")),
        ([], ()),
        ("", ()),
        (None, ()),
        ({"message": "x"}, ()),
    ],
)
def test_exceptions_come_as_a_list_or_as_one_text(told, expected):
    assert translate.steps([{"name": "Network", "exception": told}])[0].exceptions == expected


@pytest.mark.parametrize("odd", ["40", None, [], {}])
def test_a_percentage_that_is_no_number_is_unknown(odd):
    assert translate.steps([{"name": "Network", "percentComplete": odd}])[0].percent is None


def test_a_truth_value_is_no_percentage():
    assert translate.steps([{"name": "Network", "percentComplete": True}])[0].percent is None


def test_the_message_of_a_steps_error_is_kept_when_no_exception_tells_it():
    failed = {"name": "Network", "status": "Error", "exception": [], "error": {"code": "X", "message": "no route"}}
    assert translate.steps([failed])[0].exceptions == ("no route",)


# deployments


def test_a_deployments_tags_tell_mode_inputs_and_attempt():
    tags = {"azlocal-mode": "validate", "azlocal-inputs": "0123456789ab", "azlocal-attempt": "2"}
    facts = translate.deployment(deployment_document(tags), SEEN)
    assert (facts.mode, facts.inputs, facts.attempt) == ("validate", "0123456789ab", 2)
    assert (facts.provisioning_state, facts.correlation_id) == ("Failed", "cor-1")
    assert facts.timestamp == datetime(2026, 11, 24, 10, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "two", "-1", "1.0", "²"])
def test_an_attempt_that_is_no_number_is_unknown(text):
    assert translate.deployment(deployment_document({"azlocal-attempt": text}), SEEN).attempt is None


def test_the_first_inner_error_tells_more_than_the_outer_one():
    error = {"code": "DeploymentFailed", "message": "see below", "details": [{"code": "Conflict", "message": "why"}]}
    facts = translate.deployment(deployment_document(error=error), SEEN)
    assert (facts.error_code, facts.error_message) == ("Conflict", "why")


@pytest.mark.parametrize("details", [None, [], [None], "text"])
def test_without_inner_errors_the_outer_one_stands(details):
    error = {"code": "InvalidTemplate", "message": "bad", "details": details}
    facts = translate.deployment(deployment_document(error=error), SEEN)
    assert (facts.error_code, facts.error_message) == ("InvalidTemplate", "bad")


def test_a_very_long_error_is_cut_to_a_thousand_characters():
    facts = translate.deployment(deployment_document(error={"code": "X", "message": "m" * 5000}), SEEN)
    assert facts.error_message == "m" * 1000


@pytest.mark.parametrize(
    ("state", "active"),
    [("Succeeded", False), ("FAILED", False), ("Canceled", False), ("Running", True), ("Odd", True), (None, True)],
)
def test_a_state_nobody_knows_counts_as_active(state, active):
    assert translate.deployment(deployment_document(provisioningState=state), SEEN).active is active


def test_a_neighbours_type_is_compared_in_lower_case():
    row = {"id": f"{GROUP}/x", "type": "Microsoft.ResourceConnector/Appliances", "status": "Running", "state": "Ok"}
    assert translate.related(row) == RelatedFacts(
        id=f"{GROUP}/x", kind="microsoft.resourceconnector/appliances", status="Running", provisioning_state="Ok"
    )


def test_an_update_summary_tells_version_state_and_health():
    row = {"id": f"{CLUSTER}/updateSummaries/default", "version": "10.2411.1.2", "state": "UpdateAvailable"}
    assert translate.solution({**row, "health": None}) == SolutionFacts(
        id=row["id"], version="10.2411.1.2", state="UpdateAvailable", health="", updates=None
    )


def test_a_node_tells_its_licences():
    (node,) = translate.nodes([{**NODE, "oemActivation": "Enabled", "windowsServerSubscription": "Disabled"}])
    assert (node.oem_activation, node.windows_server_subscription) == ("Enabled", "Disabled")


@pytest.mark.parametrize(("secrets", "vault"), [
    ([{"secretLocation": "https://KV-Oslo.vault.azure.net/secrets/s/1"}], "kv-oslo"), ([{"secretLocation": ""}, None], ""), ([], ""),
    (None, ""), ([{"secretLocation": "kv-oslo"}, {"secretLocation": "https://kv-2.vault.usgovcloudapi.net/secrets/s"}], "kv-2"),
])  # fmt: skip
def test_settings_tell_the_vault_of_their_secret(secrets, vault):
    data = {"scaleUnits": [{"deploymentData": {"secrets": secrets}}]}
    assert translate.settings({"id": "s", "properties": {"deploymentConfiguration": data}}, SEEN).vault == vault


@pytest.mark.parametrize("odd", [None, {}, {"scaleUnits": []}, {"scaleUnits": [None]}, {"scaleUnits": {"a": 1}}, []])
def test_settings_without_a_configuration_tell_no_vault(odd):
    assert translate.settings({"id": "s", "properties": {"deploymentConfiguration": odd}}, SEEN).vault == ""


def test_a_lock_tells_its_level():
    lock = {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "properties": {"level": "ReadOnly"}}
    assert translate.lock(lock) == RelatedFacts(id=lock["id"], kind="microsoft.authorization/locks", status="ReadOnly")
    assert translate.lock({"id": "l", "properties": "odd"}).status == ""


# the control group


def test_approvals_are_known_by_ring_and_acceptances_by_cluster():
    told = {
        "azlocal-approve-pilot": "plan=aaaaaaaaaaaa;members=bbbbbbbbbbbb;until=20261201T000000Z;by=kim",
        "azlocal-accept-0123456789": "m=deploy;n=1;by=kim",
        "owner": "platform",
    }
    facts = translate.control(GROUP, told, SEEN)
    assert list(facts.approvals) == ["pilot"]
    assert facts.approvals["pilot"].until == datetime(2026, 12, 1, tzinfo=UTC)
    assert facts.acceptances == {"0123456789": Acceptance(mode="deploy", attempt=1, by="kim")}
    assert (facts.id, facts.paused, facts.observed_at) == (GROUP, False, SEEN)


@pytest.mark.parametrize("name", ["azlocal-pause", "Azlocal-Pause", "AZLOCAL-PAUSE"])
@pytest.mark.parametrize("reason", ["", "storm"])
def test_a_pause_counts_however_it_is_cased_and_whatever_it_says(name, reason):
    facts = translate.control(GROUP, {name: reason}, SEEN)
    assert (facts.paused, facts.pause_reason) == (True, reason)


def test_names_of_approvals_compare_without_case():
    assert list(translate.control(GROUP, {"AzLocal-Approve-Pilot": "plan=a"}, SEEN).approvals) == ["pilot"]


@pytest.mark.parametrize("text", ["", "yes", "m=deploy", "m=deploy;n=one", "m=other;n=1"])
def test_an_acceptance_that_cannot_be_read_accepts_nothing(text):
    assert translate.control(GROUP, {"azlocal-accept-0123456789": text}, SEEN).acceptances == {}


def test_an_approval_that_cannot_be_read_has_no_plan_and_no_end():
    approval = translate.control(GROUP, {"azlocal-approve-pilot": "yes"}, SEEN).approvals["pilot"]
    assert (approval.plan, approval.members, approval.until) == ("", "", None)


# whatever comes

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
words = st.none() | st.text(max_size=8)


def objects(*names, **known):
    """Anything at all, or an object with any of the names, each with a value of its own kind or anything."""
    fields = dict.fromkeys(names, json_values) | {name: json_values | kind for name, kind in known.items()}
    return json_values | st.fixed_dictionaries({}, optional=fields)


def listed(kind):
    return st.lists(kind, max_size=3)


odd_steps = listed(
    objects("name", "status", "startTimeUtc", "percentComplete", "exception", steps=listed(objects("name", "steps")))
)
odd_reports = objects(
    "clusterName", "clusterVersion",
    nodes=listed(objects("name", "osVersion", "ehcResourceId")),
    validationStatus=objects("status", steps=odd_steps), deploymentStatus=objects("status", steps=odd_steps),
)  # fmt: skip
odd_properties = st.fixed_dictionaries({}, optional={
    "status": words, "connectivityStatus": words, "arcNodeResourceIds": st.none() | listed(json_values),
    "deploymentConfiguration": json_values, "reportedProperties": odd_reports, "lastSyncTimestamp": json_values,
    "deploymentMode": json_values, "provisioningState": json_values, "timestamp": json_values,
    "error": objects("code", "message", details=listed(objects("code", "message"))),
})  # fmt: skip
odd_documents = st.fixed_dictionaries({}, optional={
    "id": json_values, "name": json_values, "tags": objects("azlocal-attempt", "azlocal-mode"),
    "identity": objects("type"), "properties": odd_properties | scalars,
})  # fmt: skip


@given(odd_documents)
def test_no_cluster_document_is_too_odd_to_read(document):
    facts = translate.cluster(document, SEEN)
    assert all(isinstance(text, str) for text in (facts.id, facts.name, facts.failover_name, facts.version))
    assert all(isinstance(text, str) for pair in facts.tags.items() for text in pair)
    assert all(isinstance(node.name, str) and isinstance(node.os_version, str) for node in facts.nodes)


@given(odd_documents)
def test_no_settings_document_is_too_odd_to_read(document):
    facts = translate.settings(document, SEEN)
    assert all(isinstance(text, str) for text in (facts.mode, facts.validation_status, facts.deployment_status))
    assert facts.echo is None or len(facts.echo) == 64


@given(odd_documents)
def test_no_deployment_document_is_too_odd_to_read(document):
    facts = translate.deployment(document, SEEN)
    assert facts.attempt is None or facts.attempt >= 0
    assert len(facts.error_message) <= 1000


@given(objects("id", "status", "tags", "lastSync", "type", "version", "state", "health", nodes=listed(json_values)))
def test_no_row_is_too_odd_to_read(value):
    row = value if isinstance(value, dict) else {}
    assert isinstance(translate.cluster_row(row, SEEN).id, str)
    assert translate.related(row).kind == translate.related(row).kind.lower()
    assert isinstance(translate.solution(row).version, str)


@given(st.dictionaries(st.text(max_size=30) | st.just("azlocal-approve-pilot"), st.text(max_size=60), max_size=4))
def test_no_tag_of_the_control_group_breaks_the_reading(told):
    assert translate.control(GROUP, told, SEEN).paused is any(name.lower() == "azlocal-pause" for name in told)
