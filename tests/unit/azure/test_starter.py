"""What a start sends, what its answer means, and what no file of inputs can change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from paper import DROPPED, Paper, error

from azlocal.azure.clients import Answer, Unknown
from azlocal.azure.starter import AzureStarter, deployment_body, extension_body, sent, template
from azlocal.core.decisions import Resume, StartUpgrade, StartValidation, UpdateExtension
from azlocal.core.facts import ABSENT, ClusterFacts, ExtensionFacts, MachineFacts
from azlocal.core.ids import deployment_name
from azlocal.core.plan import Inputs
from azlocal.core.tags import Intent
from azlocal.errors import AzureRefused
from azlocal.sandbox.wire import reply

GROUP = "/subscriptions/s1/resourceGroups/Rg-One"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/C1"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/m1"
AT = datetime(2026, 11, 24, 12, 0, 5, tzinfo=timezone.utc)
INTENT = Intent(mode="validate", attempt=2, failures=0, inputs="ab" * 6, plan="cd" * 6, at=AT)
INPUTS = Inputs(cluster_id=ID, parameters={"domainFqdn": "ad.example"}, digest="ab" * 32, source="c1.yaml")
CLUSTER = ClusterFacts(
    id=ID, name="C1", location="eastus",
    machines=(MachineFacts(id=MACHINE, name="m1", location="westeurope", lcm=ABSENT),),
)  # fmt: skip
WHY = {"reason": "r", "message": "m"}
TAGS = f"{ID}/providers/Microsoft.Resources/tags/default"


def started(decision, *answers, inputs: Inputs | None = INPUTS, cluster=CLUSTER):
    paper = Paper(*(answers or (reply({}, 201),)))
    return AzureStarter(paper.connection()).start(decision, cluster, inputs, INTENT), paper


@pytest.mark.parametrize(
    ("decision", "mode"),
    [(StartValidation(**WHY), "Validate"), (StartUpgrade(**WHY), "Deploy"), (Resume(**WHY), "Deploy")],
)
def test_a_deployment_says_its_mode_as_a_parameter_and_whose_it_is_in_its_tags(decision, mode):
    told, paper = started(decision, reply({}, 201, {"x-ms-correlation-request-id": "cor"}))
    (request,) = paper.asked
    body = request.json()
    assert (told.outcome, told.status, told.correlation_id) == ("accepted", 201, "cor")
    assert request.path.endswith(
        f"/resourcegroups/Rg-One/providers/Microsoft.Resources/deployments/{deployment_name(ID)}"
    )
    assert body["properties"]["parameters"]["deploymentMode"] == {"value": mode}
    assert body["tags"] == {
        "azlocal-mode": mode.lower(), "azlocal-inputs": "ab" * 6, "azlocal-plan": "cd" * 6,
        "azlocal-attempt": "2", "azlocal-tick": "20261124T120005Z",
    }  # fmt: skip
    assert body["properties"]["template"] == template()
    assert body["properties"]["mode"] == "Incremental"


def test_inputs_cannot_say_what_is_started_or_where():
    sly = replace(INPUTS, parameters={"deploymentMode": "Deploy", "clusterName": "other", "domainFqdn": "x"})
    told = deployment_body("Validate", "C1", sly, INTENT)["properties"]["parameters"]
    assert (told["deploymentMode"], told["clusterName"], told["domainFqdn"]) == (
        {"value": "Validate"}, {"value": "C1"}, {"value": "x"},
    )  # fmt: skip


def test_a_deployment_without_inputs_is_not_sent():
    told, paper = started(StartUpgrade(**WHY), inputs=None)
    assert (told.outcome, told.code, paper.asked) == ("not-sent", "InputsMissing", [])


def test_the_template_has_no_secure_parameter():
    kinds = {str(one["type"]).lower() for one in template()["parameters"].values()}
    assert not kinds & {"securestring", "secureobject"}


def test_an_extension_is_written_on_one_machine_where_it_stands():
    told, paper = started(UpdateExtension(machines=(MACHINE,), **WHY), reply({}, 202))
    (request,) = paper.asked
    assert told.outcome == "accepted"
    assert (request.method, request.path) == ("PUT", f"{MACHINE}/extensions/AzureEdgeLifecycleManager")
    assert request.json() == extension_body("westeurope")


def test_an_extension_that_is_there_is_updated_under_its_own_name():
    lcm = ExtensionFacts(id=f"{MACHINE}/extensions/Lcm", version="30.1")
    there = replace(CLUSTER, machines=(replace(CLUSTER.machines[0], lcm=lcm, location=""),))
    _, paper = started(UpdateExtension(machines=(MACHINE.upper(),), **WHY), reply({}, 200), cluster=there)
    assert paper.asked[0].path == f"{MACHINE.upper()}/extensions/Lcm"
    assert paper.asked[0].json()["location"] == "eastus"


@pytest.mark.parametrize("machines", [(), (MACHINE, MACHINE + "2")])
def test_an_extension_start_is_one_request_or_none(machines):
    told, paper = started(UpdateExtension(machines=machines, **WHY))
    assert (told.outcome, paper.asked) == ("not-sent", [])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "accepted"), (201, "accepted"), (202, "accepted"), (300, "unknown"), (303, "unknown"), (307, "unknown"),
        (400, "refused"), (401, "refused"), (403, "refused"), (404, "refused"), (408, "unknown"), (409, "refused"),
        (413, "refused"), (429, "refused"), (500, "unknown"), (502, "unknown"), (503, "unknown"), (504, "unknown"),
    ],
)  # fmt: skip
def test_only_a_clear_no_is_a_refusal_and_only_a_clear_yes_is_accepted(status, outcome):
    assert sent(Answer(status=status)).outcome == outcome


def test_no_answer_is_an_unknown_outcome():
    assert sent(Unknown("cut off")).outcome == "unknown"
    assert started(StartUpgrade(**WHY), DROPPED)[0].outcome == "unknown"


def written(*answers):
    paper = Paper(*answers)
    return AzureStarter(paper.connection()).write_intent(ID, INTENT), paper


@pytest.mark.parametrize("name", ["azlocal-op", "AzLocal-Op"])
def test_an_intent_stands_when_azure_shows_it_under_whatever_case(name):
    stands, paper = written(reply({"properties": {"tags": {"owner": "x", name: INTENT.text()}}}))
    assert stands
    (request,) = paper.asked
    assert (request.method, request.path) == ("PATCH", TAGS)
    assert request.json() == {"operation": "Merge", "properties": {"tags": {"azlocal-op": INTENT.text()}}}


@pytest.mark.parametrize("tags", [{}, {"azlocal-op": "m=deploy"}, None, []])
def test_an_intent_that_azure_does_not_show_does_not_stand(tags):
    assert not written(reply({"properties": {"tags": tags}}))[0]


def test_an_intent_that_azure_refuses_says_why():
    with pytest.raises(AzureRefused, match="TagLimit") as caught:
        written(error(400, "TagLimitExceeded", "too many tags"))
    assert ID in caught.value.message
