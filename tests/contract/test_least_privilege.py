"""Least privilege, shown: the journey runs under exactly the shipped roles, and each of their actions is needed.

A new action of a role needs a line in `PROOFS`: which step breaks without it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from rights_journey import (
    CLUSTERS,
    CONTROL,
    DONE,
    FAILS,
    PERSON,
    ROAD,
    Journey,
    install,
)

from azlocal.core.decisions import Done, Hold
from azlocal.sandbox import identity
from azlocal.sandbox.wire import Request

SECURITY = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
ROLES = Path(__file__).parents[2] / "arm-templates" / "roles"
PUBLISHER, FILES = "3913510d-42f4-4e42-8a64-420c390055eb", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
HCI = "Microsoft.AzureStackHCI/clusters"
GRAPH = {"graph-action": "needed"}
# role, action: the step that breaks without it.
PROOFS = {
    "observer": {
        "Microsoft.Authorization/locks/read": "census",
        "Microsoft.Authorization/roleAssignments/read": "verify",
        f"{HCI}/deploymentSettings/read": "census",
        f"{HCI}/read": "census",
        f"{HCI}/securitySettings/read": "verify",
        f"{HCI}/updates/read": "census",
        f"{HCI}/updates/updateRuns/read": "diagnose",
        f"{HCI}/updateSummaries/read": "census",
        "Microsoft.AzureStackHCI/edgeDevices/read": "verify",
        "Microsoft.AzureStackHCI/storageContainers/read": "verify",
        "Microsoft.AzureStackHCI/virtualMachines/read": "census",
        "Microsoft.ExtendedLocation/customLocations/read": "census",
        "Microsoft.HybridCompute/machines/extensions/read": "census",
        "Microsoft.HybridCompute/machines/read": "census",
        "Microsoft.HybridContainerService/provisionedClusters/read": "census",
        "Microsoft.KeyVault/vaults/read": "verify",
        "Microsoft.Kubernetes/connectedClusters/read": "census",
        "Microsoft.ResourceConnector/appliances/read": "census",
        "Microsoft.ResourceGraph/resources/read": "census",
        "Microsoft.Resources/deployments/operations/read": "diagnose",
        "Microsoft.Resources/deployments/read": "census",
        "Microsoft.Resources/subscriptions/read": "census",
        "Microsoft.Resources/subscriptions/resourceGroups/read": "census",
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read": "verify",
        "Microsoft.Resources/subscriptions/resources/read": "verify",
        "Microsoft.Resources/tags/read": "census",
        "Microsoft.Storage/storageAccounts/read": "verify",
    },
    "operator": {
        "Microsoft.Resources/tags/write": "validate",
        "Microsoft.Resources/deployments/write": "validate",
        f"{HCI}/deploymentSettings/write": "validate",
        "Microsoft.AzureStackHCI/edgeDevices/write": "validate",
        "Microsoft.HybridCompute/machines/extensions/write": "validate",
    },
    "lease": {
        "Microsoft.Storage/storageAccounts/blobServices/containers/read": "validate",
        "Microsoft.Storage/storageAccounts/blobServices/containers/lease/action": "validate",
    },
    "approver": {
        "Microsoft.Resources/tags/read": "pause and resume",
        "Microsoft.Resources/tags/write": "pause and resume",
    },
}
# Where the proof rests on how Azure settles what is not confirmed.
SETTINGS = {"Microsoft.ResourceGraph/resources/read": GRAPH}


def shipped(role):
    told = json.loads((ROLES / f"{role}.json").read_text("utf-8"))
    assert told["NotActions"] == told["DataActions"] == told["NotDataActions"] == []
    return told["Actions"]


EVERY = [(path.stem, action) for path in sorted(ROLES.glob("*.json")) for action in shipped(path.stem)]


@pytest.fixture(scope="module")
def installed():
    return install()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("person")


@pytest.fixture(scope="module")
def right(installed, folder):
    return Journey(installed, folder).walk()


# the journey


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"graph-action": "needed", "lists-without-right": "refused"},
        {"security-settings-after-upgrade": "absent", "read-after-write": "delayed"},
    ],
    ids=lambda told: " ".join(told.values()) or "default",
)
def test_the_whole_journey_runs_under_exactly_the_shipped_roles(installed, folder, switches):
    seen = Journey(installed, folder, switches=switches).walk()
    broken = {name: told for name, told in seen.items() if isinstance(told, str) and "Error" in told.split(":")[0]}
    assert broken == {}
    _, _, problems, delivery, rows = seen["census"]
    assert (problems, delivery.lost) == ((), 0)
    assert rows["AzLocalCluster_CL"] == 5
    started = {one[0].rsplit("/", 1)[-1]: one[1:3] for one in seen["validate"][0]}
    assert started == {
        ROAD: ("StartValidation", "accepted"), FAILS: ("StartValidation", "accepted"),
        "clu-old": ("UpdateExtension", "accepted"),
    }  # fmt: skip
    assert seen["validate"][1] == seen["upgrade"][1] == "clean"
    assert "is approved until" in seen["approve"]
    assert [one[1:3] for one in seen["upgrade"][0]] == [("StartUpgrade", "accepted")]
    assert isinstance(seen["verify"][2], Done)


def test_nobody_in_the_journey_holds_a_role_beside_those_that_are_shipped(installed):
    names = {one.rsplit("/", 1)[-1]: role for role, one in installed.roles.items()}
    names |= {PUBLISHER: "publisher", FILES: "files"}
    held = {}
    for one in installed.documents:
        if one["type"] == "Microsoft.Authorization/roleAssignments":
            told = one["properties"]
            held.setdefault(told["principalId"], set()).add(names.get(told["roleDefinitionId"].rsplit("/", 1)[-1]))
    assert held[installed.outputs["observerPrincipalId"]] == {"observer", "publisher", "files"}
    assert held[installed.outputs["operatorPrincipalId"]] == {"observer", "operator", "lease", "publisher", "files"}
    assert held[PERSON] == {"approver"}


@pytest.mark.parametrize(("role", "action"), EVERY)
def test_without_any_one_action_a_named_step_breaks(installed, folder, right, role, action):
    assert action in PROOFS[role], f"{role}.json has {action}: say in PROOFS which step needs it, or take it out"
    settings = SETTINGS.get(action, {})
    whole = right if not settings else Journey(installed, folder, switches=settings).walk()
    broken, seen = Journey(installed, folder, without=(role, action), switches=settings).broken(whole)
    assert broken == PROOFS[role][action], seen


def test_every_proof_is_of_an_action_that_a_role_has():
    assert {(role, action) for role, told in PROOFS.items() for action in told} == set(EVERY)


def test_the_document_names_the_same_steps():
    rows = re.findall(r"^\| `(Microsoft[^`]+)` \| .*? \| ([^|]+) \| [^|]+ \|$", SECURITY, re.MULTILINE)
    assert sorted(rows) == sorted((action, step) for told in PROOFS.values() for action, step in told.items())


def test_every_request_of_the_journey_stands_in_the_document(installed, folder):
    journey = Journey(installed, folder)
    journey.walk()
    part = SECURITY.split("## What a request asks for", 1)[1].split("\n\nWhat one", 1)[0]
    told = set(re.findall(r"^\| `(\w+) [^`]+` \| (?:`([^`]+)`)?", part, re.MULTILINE))
    asked = set()
    for entry in journey.front.journal.after():
        match = next(one for one in journey.azure.router.match(entry.path) if one.route.method == entry.method)
        asked.add((entry.method, match.route.action))
    assert asked <= told


@pytest.mark.parametrize("role", [PUBLISHER, FILES])
@pytest.mark.parametrize("who", ["observer", "operator"])
def test_each_identity_needs_the_built_in_roles_that_main_json_assigns(installed, folder, right, role, who):
    principal = installed.outputs[f"{who}PrincipalId"]

    def unassigned(document):
        told = document.get("properties") or {}
        return told.get("principalId") == principal and str(told.get("roleDefinitionId", "")).endswith(role)

    broken, _ = Journey(installed, folder, unassigned=unassigned).broken(right)
    assert broken == {"observer": "census", "operator": "validate"}[who]


def test_a_provider_that_checks_more_than_the_write_holds_the_cluster_and_nothing_has_begun(installed, folder):
    journey = Journey(installed, folder, switches={"upgrade-linked-rights": "checked"})
    seen = journey.walk()
    assert journey.azure.store.get(f"{_cluster(installed, ROAD)}/deploymentSettings/default") is None
    assert isinstance(seen["verify"][2], Hold)
    assert "LinkedAuthorizationFailed" in seen["verify"][2].message + seen["verify"][2].reason


# what the identities can not do


def _cluster(installed, name):
    return next(
        one["id"] for one in installed.documents if one["type"].lower() == CLUSTERS.lower() and one["name"] == name
    )


def _writes(journey, group):
    """Yield every request that changes something, by the sandbox's own routes, filled in for one resource group."""
    subscription, name = group.split("/")[2], group.split("/")[4]
    for route in journey.azure.router.routes:
        if route.method in {"GET", "HEAD"} or not route.needs_token or route.action.lower().endswith("/read"):
            continue
        path = (
            route.template.replace("/{scope*}", group).replace("{blob*}", "x.yaml").replace("{location}", "westeurope")
        )
        path = path.replace("{subscription}", subscription).replace("{group}", name)
        while "{" in path:
            path = path.replace(path[path.index("{") : path.index("}") + 1], "x", 1)
        version = max(route.api_versions or {""})
        yield route, Request(route.method, path, {"api-version": version}, {}, b"{}")


def _send(journey, who, request, audience="https://management.azure.com"):
    token = identity.token(journey.azure, journey.installed.outputs[f"{who}ClientId"], audience)
    headers = {"authorization": f"Bearer {token}", "host": "management.azure.com"}
    return journey.front.handle(Request(request.method, request.path, request.query, headers, request.body))


READS = {
    "/providers/Microsoft.ResourceGraph/resources", "/providers/Microsoft.Resources/calculateTemplateHash",
}  # fmt: skip


def refused_writes(journey, who, group):
    """Send every write; return how many were refused, and what was not."""
    refused, passed = 0, []
    for route, request in _writes(journey, group):
        if route.template in READS:
            continue
        audience = "https://management.azure.com"
        if route.data:
            audience = next(iter(identity.audiences_for(request)))
        answer = _send(journey, who, request, audience)
        if answer.status == 403:
            refused += 1
        elif not route.template.startswith("/dataCollectionRules/"):
            passed.append((request.method, request.path, answer.status, answer.body[:200]))
    return refused, passed


def test_the_observer_can_write_nothing_anywhere(installed, folder):
    journey = Journey(installed, folder)
    before = journey.azure.effects
    group = _cluster(installed, ROAD).split("/providers/")[0]
    refused, passed = refused_writes(journey, "observer", group)
    assert passed == []
    assert refused > 150
    assert journey.azure.effects == before


def test_the_only_data_that_the_observer_sends_is_telemetry(installed, folder):
    journey = Journey(installed, folder)
    rule = installed.outputs["AZLOCAL_DCR_ID"]
    row = b'[{"TimeGenerated": "2026-11-23T08:00:00Z"}]'
    request = Request(
        "POST", f"/dataCollectionRules/{rule}/streams/Custom-AzLocalTick_CL", {"api-version": "2023-01-01"}, {}, row
    )
    assert _send(journey, "observer", request, "https://monitor.azure.com").status == 204


@pytest.mark.parametrize("who", ["observer", "operator"])
def test_neither_identity_can_write_in_the_control_group(installed, folder, who):
    journey = Journey(installed, folder)
    before = journey.azure.effects
    refused, passed = refused_writes(
        journey, who, f"/subscriptions/{_cluster(installed, ROAD).split('/')[2]}/resourceGroups/{CONTROL}"
    )
    assert passed == []
    assert refused > 150
    assert journey.azure.effects == before


def test_the_operator_can_write_where_clusters_are_and_nothing_but_what_its_role_names(installed, folder):
    journey = Journey(installed, folder)
    group = _cluster(installed, DONE).split("/providers/")[0]
    _, passed = refused_writes(journey, "operator", group)
    known = {one.lower() for one in shipped("operator")}
    kinds = {"tags/default", "deployments/x", "deploymentsettings/x", "edgedevices/x", "extensions/x"}
    assert {"/".join(path.lower().split("/")[-2:]) for _, path, _, _ in passed} <= kinds
    assert {method for method, *_ in passed} <= {"PUT", "PATCH"}
    assert len(known) == 5


def test_the_observer_as_a_runbook_that_starts_is_refused_the_lease_and_starts_nothing(installed, folder):
    journey = Journey(installed, folder)
    report = journey._tick("observer", "StartValidation", "UpdateExtension", "StartUpgrade")
    assert report.lease.startswith("refused")
    assert report.actions == ()


def test_an_identity_cannot_approve_even_with_its_token_in_a_persons_hand(installed, folder):
    journey = Journey(installed, folder)
    with pytest.raises(Exception, match="managed identity"):
        journey.app("operator").approve("all", by="operator")
