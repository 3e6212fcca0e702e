"""Requests under RBAC: refused in ARM's words, lists that show what may be read, Resource Graph that does so silently."""

from __future__ import annotations

import json

import pytest
from rbac_world import EDGE, IDENTITY, NOW, OWNER, READER, A, B, C, S, T, World, cluster, code, names

from azlocal.sandbox import identity
from azlocal.sandbox.documents_shared import collection_rule, container, log_table, storage_account, workspace

CLUSTERS = "Microsoft.AzureStackHCI/clusters"
ACCOUNT = f"{A}/providers/Microsoft.Storage/storageAccounts/stone"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/files"
LEASE = {"action": "Acquire", "leaseDuration": 60}


@pytest.fixture
def world():
    return World()


def test_a_refusal_has_arms_words(world):
    answer = world.ask("GET", cluster(A, "clu-a"))
    assert answer.status == 403
    assert answer.json()["error"] == {
        "code": "AuthorizationFailed",
        "message": (
            f"The client '{identity.IDENTITY_CLIENT}' with object id '{IDENTITY}' does not have authorization to perform "
            f"action '{CLUSTERS}/read' over scope '{cluster(A, 'clu-a')}' or the scope is invalid. If access was recently "
            "granted, please refresh your credentials."
        ),
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "action", "scope"),
    [
        ("GET", f"{A}/providers/{CLUSTERS}", None, f"{CLUSTERS}/read", A),
        ("PUT", f"{cluster(A, 'new')}", {}, f"{CLUSTERS}/write", cluster(A, "new")),
        ("PATCH", cluster(A, "clu-a"), {}, f"{CLUSTERS}/write", cluster(A, "clu-a")),
        ("DELETE", cluster(A, "clu-a"), None, f"{CLUSTERS}/delete", cluster(A, "clu-a")),
        ("DELETE", A, None, "Microsoft.Resources/subscriptions/resourceGroups/delete", A),
        (
            "PATCH", f"{A}/providers/Microsoft.Resources/tags/default", {}, "Microsoft.Resources/tags/write",
            f"{A}/providers/Microsoft.Resources/tags/default",
        ),
        (
            "POST", f"{CONTAINER}/lease", LEASE,
            "Microsoft.Storage/storageAccounts/blobServices/containers/lease/action", CONTAINER,
        ),
        (
            "GET", f"{S}/providers/Microsoft.HybridCompute", None, "Microsoft.Resources/subscriptions/providers/read",
            f"{S}/providers/Microsoft.HybridCompute",
        ),
        ("POST", f"{S}/providers/Microsoft.HybridCompute/register", None, "Microsoft.HybridCompute/register/action", S),
        ("GET", f"{A}/resources", None, "Microsoft.Resources/subscriptions/resourceGroups/resources/read", A),
        (
            "PUT", "/providers/Microsoft.Authorization/roleDefinitions/aaaaaaaa-0000-4000-8000-000000000000", {},
            "Microsoft.Authorization/roleDefinitions/write",
            "/providers/Microsoft.Authorization/roleDefinitions/aaaaaaaa-0000-4000-8000-000000000000",
        ),
    ],
)  # fmt: skip
def test_a_request_needs_its_action_at_its_scope_and_no_more(world, method, path, body, action, scope):
    api = "2025-04-01" if "/providers/Microsoft.HybridCompute" in path or path.endswith("/resources") else None
    refused = world.ask(method, path, body, api=api)
    assert (refused.status, code(refused)) == (403, "AuthorizationFailed")
    assert f"perform action '{action}' over scope '{scope}'" in refused.json()["error"]["message"]
    effects = world.azure.effects
    world.give({"actions": [action]}, scope if scope.startswith("/subscriptions/") else "/")
    assert world.azure.effects == effects
    assert world.ask(method, path, body, api=api).status != 403


def test_without_rbac_nothing_of_this_holds(world):
    world.azure.rbac = False
    assert world.ask("GET", cluster(A, "clu-a")).status == 200


def test_what_everybody_may_ask_needs_no_role(world):
    for path in ("/tenants", "/providers/Microsoft.Authorization/roleDefinitions"):
        assert world.ask("GET", path).status == 200


# lists


def test_subscriptions_are_those_in_which_one_holds_a_role(world):
    assert world.ask("GET", "/subscriptions").json()["value"] == []
    world.give({"actions": ["Microsoft.Resources/tags/read"]}, cluster(C, "clu-c"))
    assert [one["id"] for one in world.ask("GET", "/subscriptions").json()["value"]] == [T]


def test_a_list_above_ones_rights_shows_what_may_be_read_or_is_refused(world):
    path = f"{S}/providers/{CLUSTERS}"
    world.give({"actions": [f"{CLUSTERS}/read"]}, B)
    assert names(world.ask("GET", path)) == ["clu-b"]
    assert code(world.ask("GET", cluster(A, "clu-a"))) == "AuthorizationFailed"
    world.azure.switches["lists-without-right"] = "refused"
    assert code(world.ask("GET", path)) == "AuthorizationFailed"


def test_the_list_of_a_groups_resources_shows_the_types_one_may_read(world):
    world.give({"actions": ["Microsoft.Resources/subscriptions/resourceGroups/resources/read"]}, A)
    assert names(world.ask("GET", f"{A}/resources", api="2025-04-01")) == []
    world.give({"actions": [f"{CLUSTERS}/read"]}, A)
    assert names(world.ask("GET", f"{A}/resources", api="2025-04-01")) == ["clu-a"]


def test_pages_of_a_filtered_list_are_pages_of_what_is_shown(world):
    world.azure.page_size = 1
    world.give(READER, A)
    world.give(READER, B)
    first = world.ask("GET", f"{S}/providers/{CLUSTERS}").json()
    second = world.ask("GET", first["nextLink"].removeprefix("https://management.azure.com")).json()
    assert [one["name"] for page in (first, second) for one in page["value"]] == ["clu-a", "clu-b"]
    assert "nextLink" not in second


# Resource Graph

ALL = "resources | project id, name | order by id asc"


def rows(answer):
    return [one["name"] for one in answer.json()["data"]]


def test_the_graph_shows_only_what_may_be_read_and_does_not_say_so(world):
    world.give({"actions": [f"{CLUSTERS}/read"]}, A)
    answer = world.graph(ALL)
    assert rows(answer) == ["clu-a"]
    assert answer.json()["totalRecords"] == 1
    assert world.graph("resources | summarize n = count()").json()["data"] == [{"n": 1}]
    assert rows(world.graph("resourcecontainers | project id, name")) == []


def test_each_caller_of_the_graph_has_its_own_answer(world):
    world.give(READER, S)
    world.give(OWNER, T, who=_person())
    assert rows(world.graph(ALL)) == ["clu-a", "clu-b"]
    assert rows(world.graph(ALL, who="person")) == ["clu-c"]
    assert rows(world.graph(ALL)) == ["clu-a", "clu-b"]


def test_the_next_page_of_another_caller_is_no_page(world):
    world.give(READER, S)
    world.give(READER, S, who=_person())
    token = world.graph(ALL, options={"$top": 1}).json()["$skipToken"]
    answer = world.graph(ALL, who="person", options={"$top": 1, "$skipToken": token})
    assert answer.status == 400
    assert rows(world.graph(ALL, options={"$top": 1, "$skipToken": token})) == ["clu-b"]


def test_the_graph_refuses_who_can_read_nothing_of_what_is_asked(world):
    assert world.graph(ALL).status == 403
    world.give(READER, A)
    assert world.graph(ALL, subscriptions=[T.rsplit("/", 1)[-1]]).status == 400


def test_the_graph_may_need_an_action_of_its_own(world):
    world.give({"actions": [f"{CLUSTERS}/read"]}, S)
    world.azure.switches["graph-action"] = "needed"
    assert world.graph(ALL).status == 403
    world.give({"actions": ["Microsoft.ResourceGraph/resources/read"]}, S)
    assert rows(world.graph(ALL)) == ["clu-a", "clu-b"]


# data


def _person():
    return identity.OBJECTS[identity.PERSON_CLIENT][1]


@pytest.fixture
def stored(world):
    for document in (storage_account(ACCOUNT, "westeurope", NOW), container(ACCOUNT, "files", NOW)):
        world.azure.store.put(document)
    world.azure.blobs[("stone", "files", "plan.yaml")] = b"version: 1"
    return world


def blob(world, method, path, body=b"", **headers):
    return world.ask(method, path, body, audience="https://storage.azure.com", **headers)


@pytest.mark.parametrize(
    ("method", "path", "verb", "status"),
    [
        ("GET", "/stone/files/plan.yaml", "blobs/read", 200),
        ("HEAD", "/stone/files/plan.yaml", "blobs/read", 200),
        ("GET", "/stone/files?restype=container&comp=list", "blobs/read", 200),
        ("GET", "/stone/files?restype=container", "read", 200),
        ("PUT", "/stone/files/new.yaml", "blobs/write", 201),
        ("DELETE", "/stone/files/plan.yaml", "blobs/delete", 202),
        ("PUT", "/stone/more?restype=container", "write", 201),
        ("DELETE", "/stone/files?restype=container", "delete", 202),
    ],
)
def test_blobs_are_read_and_written_by_data_rights(stored, method, path, verb, status):
    stored.give(OWNER, S, who=_person())
    refused = blob(stored, method, path, **{"x-ms-blob-type": "BlockBlob"})
    assert (refused.status, refused.headers["x-ms-error-code"]) == (403, "AuthorizationPermissionMismatch")
    action = f"Microsoft.Storage/storageAccounts/blobServices/containers/{verb}"
    stored.give({"dataActions" if verb.startswith("blobs/") else "actions": [action]}, ACCOUNT)
    assert blob(stored, method, path, **{"x-ms-blob-type": "BlockBlob"}).status == status


@pytest.fixture
def logged(world):
    law, dcr = (
        f"{A}/providers/Microsoft.{one}"
        for one in ("OperationalInsights/workspaces/law", "Insights/dataCollectionRules/dcr")
    )
    columns = [{"name": "TimeGenerated", "type": "datetime"}]
    put = world.azure.store.put
    put(workspace(law, "westeurope", "99999999-0000-4000-8000-000000000000", NOW))
    put(log_table(law, "T_CL", columns))
    put(
        collection_rule(
            dcr,
            "westeurope",
            immutable_id="dcr-1",
            streams={"Custom-T_CL": columns},
            workspace_id=law,
            customer_id="99999999-0000-4000-8000-000000000000",
        )
    )
    return world


def test_rows_are_taken_from_a_publisher_on_the_rule(logged):
    def send():
        path = "/dataCollectionRules/dcr-1/streams/Custom-T_CL"
        body = json.dumps([{"TimeGenerated": "2026-11-24T12:00:00Z"}]).encode()
        return logged.ask("POST", path, body, audience="https://monitor.azure.com", api="2023-01-01")

    logged.give(OWNER, S)
    refused = send()
    assert (refused.status, code(refused)) == (403, "OperationFailed")
    assert "does not have access to ingest data" in refused.json()["error"]["message"]
    logged.give("3913510d-42f4-4e42-8a64-420c390055eb", f"{A}/providers/Microsoft.Insights/dataCollectionRules/dcr")
    assert send().status == 204


def test_a_workspace_is_queried_by_who_may(logged):
    def ask():
        path = "/v1/workspaces/99999999-0000-4000-8000-000000000000/query"
        return logged.ask("POST", path, {"query": "T_CL | count"}, audience="https://api.loganalytics.io")

    refused = ask()
    assert (refused.status, code(refused)) == (403, "InsufficientAccessError")
    logged.give({"actions": ["Microsoft.OperationalInsights/workspaces/query/read"]}, A)
    assert ask().status == 200


# assigning


def assign(world, scope, role, who="identity"):
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/bbbbbbbb-0000-4000-8000-000000000000"
    body = {
        "properties": {
            "roleDefinitionId": f"{S}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": _person(),
        }
    }
    return world.ask("PUT", path, body, who)


def test_a_role_is_given_by_an_owner_and_holds_at_once(world):
    assert code(assign(world, A, READER)) == "AuthorizationFailed"
    world.give(OWNER, A)
    assert assign(world, A, READER).status == 201
    assert world.ask("GET", cluster(A, "clu-a"), who="person").status == 200


def test_a_role_is_given_only_where_it_may_be(world):
    world.give(OWNER, "/")
    mine = world.role(actions=["*/read"])
    kind = "Microsoft.Authorization/roleDefinitions"
    role = world.azure.store.get(f"{S}/providers/{kind}/{mine}")
    world.azure.store.put({**role, "properties": {**role["properties"], "assignableScopes": [B]}})
    assert code(assign(world, A, mine)) == "RoleDefinitionDoesNotExist"
    assert code(assign(world, A, "cccccccc-0000-4000-8000-000000000000")) == "RoleDefinitionDoesNotExist"
    assert assign(world, B, mine).status == 201
    world.azure.store.put({**role, "properties": {**role["properties"], "assignableScopes": [EDGE]}})
    assert assign(world, A, mine).status == 201
    assert code(assign(world, C, mine)) == "RoleDefinitionDoesNotExist"


def test_a_custom_role_is_made_by_who_may_make_it_in_all_its_scopes(world):
    world.give(OWNER, S)
    path = f"{S}/providers/Microsoft.Authorization/roleDefinitions/dddddddd-0000-4000-8000-000000000000"
    told = {"roleName": "mine", "assignableScopes": [S, T], "permissions": [{"actions": ["*/read"]}]}
    assert code(world.ask("PUT", path, {"properties": told})) == "LinkedAuthorizationFailed"
    assert world.ask("PUT", path, {"properties": {**told, "assignableScopes": [S]}}).status == 201
