"""What is read for a diagnosis: only what may tell of a failure, and what cannot be read stays a problem."""

from __future__ import annotations

import pytest
from paper import DROPPED, Paper, error

from azlocal.azure.failures import FailureReader
from azlocal.core.facts import ABSENT, ClusterFacts, ExtensionFacts, MachineFacts, SolutionFacts
from azlocal.core.ids import deployment_name
from azlocal.sandbox.wire import reply

GROUP = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg"
ID = f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/c1"
MACHINE = f"{GROUP}/providers/Microsoft.HybridCompute/machines/n1"
LCM = f"{MACHINE}/extensions/AzureEdgeLifecycleManager"
DEPLOYMENT = f"deployments/{deployment_name(ID)}"
SETTINGS = "deploymentSettings/default"


def told(cluster, **answers):
    """Read for *cluster*; *answers* by the end of the path (with . for /). Returns path ends, documents, problems."""
    known = {name.replace(".", "/").lower(): answer for name, answer in answers.items()}

    def answer(request):
        path = request.path.lower()
        return next((one for end, one in known.items() if path.endswith(end)), error(404, "ResourceNotFound"))

    paper = Paper(answer)
    reader = FailureReader(paper.connection())
    documents = list(reader.documents(cluster))
    return (
        [request.path.removeprefix(GROUP.replace("resourceGroups", "resourcegroups")) for request in paper.asked],
        documents,
        reader.problems,
    )


def cluster(lcm=ABSENT, unready=(), **changes):
    machine = MachineFacts(id=MACHINE, name="n1", lcm=lcm, unready=unready)
    return ClusterFacts(id=ID, name="c1", machines=(machine,), **changes)


def state(word, **more):
    return reply({"id": "x", "properties": {"provisioningState": word, **more}})


def test_of_a_cluster_where_nothing_is_there_nothing_is_told_and_nothing_is_a_problem():
    asked, documents, problems = told(cluster())
    assert len(asked) == 2
    assert (documents, problems) == ([], [])


def test_a_failed_deployment_comes_behind_its_operations():
    operations, failed = reply({"value": [1]}), state("Failed")
    _, documents, _ = told(cluster(), **{f"{DEPLOYMENT}.operations": operations, DEPLOYMENT: failed})
    assert [sorted(one) for one in documents] == [["value"], ["id", "properties"]]


def test_a_deployment_that_did_not_fail_is_left_out_and_its_operations_are_not_asked_for():
    asked, documents, _ = told(cluster(), **{DEPLOYMENT: state("Running"), SETTINGS: state("Succeeded")})
    assert len(documents) == 1
    assert not any(path.endswith("/operations") for path in asked)


@pytest.mark.parametrize(("word", "asked"), [("Failed", 4), ("Canceled", 4), ("Succeeded", 2), ("Updating", 2)])
def test_extensions_and_edge_devices_are_read_where_an_extension_failed(word, asked):
    lcm = ExtensionFacts(id=LCM, provisioning_state=word)
    paths, _, _ = told(cluster(lcm=lcm, unready=(lcm,) if word != "Succeeded" else ()))
    assert len(paths) == asked


def test_of_an_upgraded_cluster_the_newest_run_of_a_failed_update_is_read():
    updates = {
        "value": [
            {"id": f"{ID}/updates/{name}", "properties": {"state": word}}
            for name, word in (("a", "InstallationFailed"), ("b", "Ready"))
        ]
    }
    runs = {"value": [{"id": day, "properties": {"timeStarted": f"2026-11-{day}"}} for day in ("03", "17", "09")]}
    solved = cluster(solution=SolutionFacts(id="s", version="12.2510"))
    paths, documents, _ = told(solved, updates=reply(updates), **{"a.updateRuns": reply(runs)})
    assert [one.get("id", "").rsplit("/", 1)[-1] for one in documents] == ["a", "17"]
    assert not any("/b/updateRuns" in path for path in paths)


@pytest.mark.parametrize(
    ("answer", "says"), [(error(403, "AuthorizationFailed", "no right"), "AuthorizationFailed"), (DROPPED, "no answer")]
)
def test_what_cannot_be_read_is_a_problem_and_the_rest_is_asked_for(answer, says):
    paper = Paper(answer)
    reader = FailureReader(paper.connection())
    assert list(reader.documents(cluster())) == []
    assert [says in problem for problem in reader.problems] == [True, True]


def test_lists_that_are_none_tell_nothing():
    solved = cluster(solution=SolutionFacts(id="s", version="12.2510"))
    assert told(solved, updates=reply({"value": {"a": 1}}))[1] == []
