"""Reads by ARM: absent is not unreadable, a list is whole or an error, and a failure is told by its operations."""

from __future__ import annotations

import pytest
from paper import DROPPED, NOW, Paper, error

from azlocal.azure.reader import AzureReader
from azlocal.core.facts import ABSENT
from azlocal.core.ids import deployment_name
from azlocal.core.plan import Scope
from azlocal.errors import AzlocalError, AzureRefused, Incomplete
from azlocal.sandbox.wire import Response, reply

SUB = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/c1"
NEXT = "https://management.azure.com/next"
DEPLOYMENTS = f"/subscriptions/{SUB}/resourcegroups/rg/providers/Microsoft.Resources/deployments/{deployment_name(ID)}"
OPERATIONS = f"/subscriptions/{SUB}/resourcegroups/rg/deployments/{deployment_name(ID)}/operations"


def reader(*answers):
    paper = Paper(*answers)
    return AzureReader(paper.connection()), paper


def page(*names, link=None):
    value = [{"id": f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/{name}", "name": name} for name in names]
    return reply({"value": value} | ({"nextLink": link} if link else {}))


def test_a_list_is_followed_to_its_end():
    one, paper = reader(page("c1", "c2", link=NEXT), page("c3"))
    assert [cluster.name for cluster in one.clusters_now(SUB)] == ["c1", "c2", "c3"]
    assert [request.path for request in paper.asked] == [
        f"/subscriptions/{SUB}/providers/Microsoft.AzureStackHCI/clusters", "/next",
    ]  # fmt: skip


def test_what_is_listed_was_observed_at_the_date_of_its_answer():
    one, _ = reader(page("c1"))
    assert [cluster.observed_at for cluster in one.clusters_now(SUB)] == [NOW]


@pytest.mark.parametrize("odd", [{}, {"value": None}, {"value": [None]}, {"value": [{"name": "no id"}]}, {"value": {}}])
def test_a_list_that_cannot_be_the_whole_one_is_incomplete(odd):
    one, _ = reader(reply(odd))
    with pytest.raises(Incomplete, match=SUB):
        list(one.clusters_now(SUB))


def test_a_list_that_leads_back_to_itself_is_incomplete():
    one, paper = reader(page("c1", link=NEXT))
    with pytest.raises(Incomplete):
        list(one.clusters_now(SUB))
    assert len(paper.asked) == 3


@pytest.mark.parametrize("code", ["ResourceNotFound", "ParentResourceNotFound"])
def test_settings_that_are_not_there_are_absent(code):
    one, _ = reader(error(404, code))
    assert one.settings(ID) is ABSENT


@pytest.mark.parametrize("code", ["ResourceGroupNotFound", "SubscriptionNotFound", "InvalidResourceType", ""])
def test_another_not_found_is_no_absence(code):
    one, _ = reader(error(404, code))
    with pytest.raises(AzureRefused):
        one.settings(ID)
    with pytest.raises(AzureRefused):
        one.deployment(ID)


def test_a_deployment_that_is_not_there_is_absent():
    one, paper = reader(error(404, "DeploymentNotFound"))
    assert one.deployment(ID) is ABSENT
    assert paper.told() == [("GET", DEPLOYMENTS)]


def graph(*rows):
    return reply({"totalRecords": len(rows), "count": len(rows), "data": list(rows), "resultTruncated": "false"})


def test_the_updates_that_wait_come_in_the_order_of_their_versions():
    offered = [
        {"id": f"{ID}/updates/u{place}", "type": "microsoft.azurestackhci/clusters/updates", "version": version}
        for place, version in enumerate(("12.2604.1", "9.1", "odd", "12.26.9"))
    ]
    summary = {"id": f"{ID}/updateSummaries/default", "type": "x/updatesummaries", "version": "12.2510.1.1"}
    cluster = {"id": ID, "name": "c1", "type": "Microsoft.AzureStackHCI/clusters"}
    one, _ = reader(graph(cluster), graph({"id": f"/subscriptions/{SUB}", "type": "x"}), graph(*offered, summary))
    (found,) = one.census(Scope(subscriptions=(SUB,))).clusters
    assert [update.version for update in found.solution.updates] == ["odd", "9.1", "12.26.9", "12.2604.1"]


def deployment(state):
    outer = {"code": "DeploymentFailed", "message": "list the operations", "details": [
        {"code": "Conflict", "message": '{"status":"Failed","error":{"code":"ResourceDeploymentFailure","message":"it failed"}}'},
    ]}  # fmt: skip
    tags = {"AzLocal-Mode": "deploy", "azlocal-attempt": "2", "azlocal-tick": "20261124T120000Z"}
    properties = {"provisioningState": state} | ({"error": outer} if state == "Failed" else {})
    return reply({"id": DEPLOYMENTS, "tags": tags, "properties": properties})


def operations(*failed):
    """Operations of which *failed* say, as status messages, why they failed."""
    done = {"provisioningState": "Succeeded", "statusMessage": None}
    return reply({"value": [{"properties": done}, *(
        {"properties": {"provisioningState": "Failed", "statusMessage": {"status": "Failed", "error": one}}} for one in failed
    )]})  # fmt: skip


def test_a_failed_deployment_is_told_by_the_innermost_error_of_its_operations():
    inner = {"code": "ScopeLocked", "message": "a lock stands on the group"}
    nested = {"code": "DeploymentFailed", "message": "see below", "details": [{"code": "X", "details": [inner]}]}
    one, paper = reader(deployment("Failed"), operations(nested))
    facts = one.deployment(ID)
    assert (facts.error_code, facts.error_message) == ("ScopeLocked", "a lock stands on the group")
    assert [request.path for request in paper.asked] == [DEPLOYMENTS, OPERATIONS]


@pytest.mark.parametrize("answer", [operations(), error(403, "AuthorizationFailed"), DROPPED, reply({"value": None})])
def test_without_its_operations_a_failed_deployment_tells_what_it_knows_itself(answer):
    one, _ = reader(deployment("Failed"), answer)
    facts = one.deployment(ID)
    assert (facts.error_code, facts.error_message) == ("ResourceDeploymentFailure", "it failed")


@pytest.mark.parametrize("state", ["Running", "Succeeded", "Canceled"])
def test_the_operations_of_a_deployment_that_did_not_fail_are_not_asked_for(state):
    one, paper = reader(deployment(state))
    assert one.deployment(ID).provisioning_state == state
    assert len(paper.asked) == 1


def test_a_deployments_tags_tell_whose_it_is_in_any_case():
    one, _ = reader(deployment("Running"))
    facts = one.deployment(ID)
    assert (facts.mode, facts.attempt, facts.intended_at) == ("deploy", 2, NOW)


@pytest.mark.parametrize(("body", "told"), [
    ({"properties": {"tags": {"Azlocal-Pause": ""}}}, {"Azlocal-Pause": ""}),
    ({"properties": {"tags": {}}}, {}), ({"properties": {}}, {}), ({"properties": {"tags": None}}, {}),
])  # fmt: skip
def test_tags_are_read_as_they_stand(body, told):
    assert reader(reply(body))[0].tags(GROUP) == told


@pytest.mark.parametrize(
    "body", [{}, {"properties": None}, {"properties": {"tags": ["x"]}}, {"properties": {"tags": "x"}}]
)
def test_tags_that_cannot_be_read_are_an_error_and_not_the_absence_of_a_stop(body):
    with pytest.raises(AzlocalError):
        reader(reply(body))[0].tags(GROUP)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>"])
def test_a_cluster_that_comes_as_no_document_is_an_error(body):
    with pytest.raises(AzlocalError):
        reader(Response(200, {}, body))[0].cluster(ID)
