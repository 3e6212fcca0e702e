"""Common resources: what Azure fills in, what it refuses, and what ingestion and queries take from them."""

from __future__ import annotations

import re

import pytest
from resource_world import MACHINE, START, G, S, World, code

from azlocal.sandbox.providers.kinds import COMMON

GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
WORKSPACE = f"{G}/providers/Microsoft.OperationalInsights/workspaces/law"
TABLE = f"{WORKSPACE}/tables/AzLocalTick_CL"
RULE = f"{G}/providers/Microsoft.Insights/dataCollectionRules/dcr-azlocal"
COLUMNS = [
    {"name": "TimeGenerated", "type": "datetime"},
    {"name": "Count", "type": "int"},
    {"name": "Who", "type": "guid"},
]


@pytest.fixture
def world():
    return World()


def identity(name="id-one"):
    return f"{G}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"


def path_of(kind):
    """Return the id of a resource of *kind*, and those of the parents it needs."""
    namespace, *types = kind.type.split("/")
    base = f"{MACHINE if kind.extension else G}/providers/{namespace}"
    ids = []
    for one in types:
        base = f"{base}/{one}/11111111-2222-4333-8444-555555555555"
        ids.append(base)
    return ids


JOBS = "Microsoft.Automation/automationAccounts/jobs"
"""A name makes one job, which nobody changes: tests/contract/test_workbook_buttons.py."""
KNOWN = {kind.type.lower(): kind for kind in COMMON}
BODIES = {
    "microsoft.insights/actiongroups": {"groupShortName": "azlocal"},
    "microsoft.operationalinsights/workspaces/tables": {},
}


@pytest.mark.parametrize("kind", [one for one in COMMON if one.type != JOBS], ids=lambda kind: kind.type)
def test_every_common_type_is_created_read_listed_patched_and_deleted(world, kind):
    for identifier in path_of(kind):
        if type_of(identifier) not in KNOWN:
            world.azure.store.put(
                {"id": identifier, "name": identifier.rsplit("/", 1)[-1], "type": type_of(identifier)}
            )
            continue
        body = {"location": "westeurope", "properties": BODIES.get(kind.type.lower(), {})}
        api = max(kind.versions)
        made = world.ask(
            "PUT", identifier, body, api=api if identifier == path_of(kind)[-1] else parent_version(identifier)
        )
        assert made.status in {200, 201}, made.json()
    identifier, api = path_of(kind)[-1], max(kind.versions)
    document = world.get(identifier, api=api)
    assert (document["id"], document["type"]) == (identifier, kind.type)
    assert (document["properties"].get("provisioningState") is not None) or not kind.stated
    assert [one["id"] for one in world.get(identifier.rsplit("/", 1)[0], api=api)["value"]] == [identifier]
    assert world.ask("HEAD", identifier, api=api).status == 204
    assert world.ask("PUT", identifier, body, api=api).status == 200
    patched = world.ask("PATCH", identifier, {"properties": {"note": "x"}}, api=api)
    assert patched.json()["properties"]["note"] == "x"
    assert world.ask("DELETE", identifier, api=api).status == 200
    assert world.ask("DELETE", identifier, api=api).status == 204
    assert world.ask("HEAD", identifier, api=api).status == 404
    assert code(world.ask("GET", identifier, api=api)) == "ResourceNotFound"
    assert code(world.ask("GET", identifier, api="1999-01-01")) == "NoRegisteredProviderFound"


def type_of(identifier):
    types = identifier.rpartition("/providers/")[2].split("/")
    return "/".join((types[0], *types[1::2])).lower()


def parent_version(identifier):
    return max(KNOWN[type_of(identifier)].versions)


def test_a_tracked_resource_is_listed_by_subscription_too(world):
    world.ask("PUT", identity(), {"location": "westeurope"})
    listed = world.get(f"{S}/providers/Microsoft.ManagedIdentity/userAssignedIdentities")["value"]
    assert [one["name"] for one in listed] == ["id-one"]
    beside = f"{S}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-two"
    assert world.ask("PUT", beside, {"location": "westeurope"}).status == 404


def test_an_identity_gets_ids_that_stay(world):
    made = world.ask("PUT", identity(), {"location": "westeurope"}).json()["properties"]
    assert GUID.fullmatch(made["clientId"])
    assert GUID.fullmatch(made["principalId"])
    again = world.ask("PUT", identity(), {"location": "westeurope", "tags": {"a": "b"}}).json()
    assert again["properties"] == made
    assert again["systemData"]["createdAt"].startswith(START.strftime("%Y-%m-%dT%H:%M"))


def test_a_resource_with_an_identity_gets_its_principals(world):
    known = world.ask("PUT", identity(), {"location": "westeurope"}).json()["properties"]
    body = {
        "location": "global",
        "identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {identity(): {}}},
        "properties": {"source": S, "topicType": "Microsoft.Resources.Subscriptions"},
    }
    topic = f"{G}/providers/Microsoft.EventGrid/systemTopics/egst"
    made = world.ask("PUT", topic, body, api="2025-02-15").json()["identity"]
    assert GUID.fullmatch(made["principalId"])
    assert made["tenantId"] == world.azure.tenant_id
    assert made["userAssignedIdentities"][identity()]["clientId"] == known["clientId"]
    assert world.ask("PUT", topic, body, api="2025-02-15").json()["identity"] == made
    body["identity"]["userAssignedIdentities"] = {identity("nobody"): {}}
    assert code(world.ask("PUT", topic, body, api="2025-02-15")) == "FailedIdentityOperation"


def test_a_location_is_asked_for_and_cannot_change(world):
    assert code(world.ask("PUT", identity(), {})) == "LocationRequired"
    world.ask("PUT", identity(), {"location": "West Europe"})
    assert world.ask("PUT", identity(), {"location": "westeurope"}).status == 200
    answer = world.ask("PUT", identity(), {"location": "eastus"})
    assert (answer.status, code(answer)) == (409, "InvalidResourceLocation")


@pytest.mark.parametrize(
    "body", [[], "x", {"location": "westeurope", "properties": []}, {"location": "w", "tags": {"a": {}}}]
)
def test_a_malformed_body_is_refused(world, body):
    answer = world.ask("PUT", identity(), body)
    assert (answer.status, code(answer)) == (400, "InvalidRequestContent")


def test_a_body_that_is_no_json_is_refused(world):
    answer = world.ask(
        "PUT", identity() + "?api-version=2024-11-30", content=b"{not json", audience="https://management.azure.com"
    )
    assert (answer.status, code(answer)) == (400, "InvalidRequestContent")


def test_a_child_needs_its_parent_and_an_extension_its_scope(world):
    assert code(world.ask("PUT", TABLE, {"properties": {}})) == "ParentResourceNotFound"
    setting = f"{MACHINE}9/providers/Microsoft.Insights/diagnosticSettings/d"
    assert code(world.ask("PUT", setting, {"properties": {}})) == "ResourceNotFound"


def test_ids_are_stored_in_azures_own_spelling(world):
    odd = identity().replace("resourceGroups/rg-one", "resourcegroups/RG-ONE").replace("userAssigned", "USERassigned")
    assert world.ask("PUT", odd, {"location": "westeurope"}).json()["id"] == identity()


def test_an_unknown_type_and_an_unknown_namespace_are_told_apart(world):
    assert code(world.ask("GET", f"{G}/providers/Microsoft.Insights/nothing/x")) == "InvalidResourceType"
    assert code(world.ask("GET", f"{G}/providers/Microsoft.Nothing/things/x")) == "InvalidResourceNamespace"


def test_an_unsupported_method_names_those_that_are(world):
    answer = world.ask("POST", identity(), {})
    assert (answer.status, code(answer)) == (405, "MethodNotAllowed")
    assert "PUT" in answer.headers["allow"]


def test_locks_are_asked_by_writes_and_deletes(world):
    world.ask("PUT", identity(), {"location": "westeurope"})
    lock = f"{identity()}/providers/Microsoft.Authorization/locks/keep"
    assert world.ask("PUT", lock, {"properties": {"level": "CanNotDelete"}}).status == 201
    answer = world.ask("DELETE", identity())
    assert (answer.status, code(answer)) == (409, "ScopeLocked")
    assert code(world.ask("DELETE", G)) == "ScopeLocked"
    assert world.ask("PATCH", identity(), {"tags": {"a": "b"}}).status == 200
    world.ask("PUT", lock, {"properties": {"level": "ReadOnly"}})
    assert code(world.ask("PATCH", identity(), {"tags": {"a": "c"}})) == "ScopeLocked"
    assert world.ask("DELETE", lock).status == 200
    assert world.ask("DELETE", identity()).status == 200


def test_a_custom_location_needs_its_bridge(world):
    bridge = f"{G}/providers/Microsoft.ResourceConnector/appliances/arb"
    place = f"{G}/providers/Microsoft.ExtendedLocation/customLocations/cl"
    body = {"location": "westeurope", "properties": {"hostResourceId": bridge, "namespace": "ns"}}
    assert code(world.ask("PUT", place, body)) == "ResourceNotFound"
    assert world.ask("PUT", bridge, {"location": "westeurope"}).json()["properties"]["status"] == "Running"
    made = world.ask("PUT", place, body).json()["properties"]
    assert (made["hostType"], made["displayName"]) == ("Kubernetes", "cl")


def test_what_is_secret_is_not_kept(world):
    account = f"{G}/providers/Microsoft.Automation/automationAccounts/aa"
    world.ask("PUT", account, {"location": "westeurope"}, api="2024-10-23")
    variable = {"properties": {"value": '"hush"', "isEncrypted": True}}
    told = world.ask("PUT", f"{account}/variables/v", variable, api="2024-10-23")
    assert "hush" not in told.body.decode()
    assert "hush" not in str(world.last.body)
    credential = {"properties": {"userName": "u", "password": "hush"}}
    assert "hush" not in world.ask("PUT", f"{account}/credentials/c", credential, api="2024-10-23").body.decode()
    assert "hush" not in str(world.last.body)


def workspace(world):
    return world.ask("PUT", WORKSPACE, {"location": "westeurope"}).json()["properties"]["customerId"]


def table(world, columns=COLUMNS, name=TABLE):
    return world.ask("PUT", name, {"properties": {"schema": {"name": name.rsplit("/", 1)[-1], "columns": columns}}})


def rule(world, kind="Direct", **changes):
    properties = {
        "streamDeclarations": {"Custom-AzLocalTick_CL": {"columns": COLUMNS[:2]}},
        "destinations": {"logAnalytics": [{"name": "law", "workspaceResourceId": WORKSPACE}]},
        "dataFlows": [
            {
                "streams": ["Custom-AzLocalTick_CL"], "destinations": ["law"], "transformKql": "source",
                "outputStream": "Custom-AzLocalTick_CL",
            }
        ],
        **changes,
    }  # fmt: skip
    return world.ask("PUT", RULE, {"location": "westeurope", "kind": kind, "properties": properties})


def test_a_rule_gets_an_id_and_endpoints_and_the_sandbox_follows_it(world):
    customer = workspace(world)
    table(world)
    made = rule(world).json()["properties"]
    assert re.fullmatch(r"dcr-[0-9a-f]{32}", made["immutableId"])
    assert made["endpoints"]["logsIngestion"].startswith("https://dcr-azlocal-")
    assert made["destinations"]["logAnalytics"][0]["workspaceId"] == customer
    taken = world.azure.rules[made["immutableId"]]
    assert taken["streams"] == {"Custom-AzLocalTick_CL": {"TimeGenerated": "datetime", "Count": "int"}}
    assert (taken["workspace"], taken["id"]) == (customer, RULE)
    assert taken["tables"] == {"Custom-AzLocalTick_CL": "AzLocalTick_CL"}
    assert world.azure.workspaces[customer]["tables"] == {
        "AzLocalTick_CL": {"TimeGenerated": "datetime", "Count": "int", "Who": "string"}
    }
    assert rule(world).json()["properties"]["immutableId"] == made["immutableId"]


def test_a_rule_that_is_not_direct_has_no_endpoints(world):
    workspace(world)
    table(world)
    assert "endpoints" not in rule(world, kind="Windows").json()["properties"]


def test_what_is_deleted_is_forgotten_by_ingestion_and_queries(world):
    customer = workspace(world)
    table(world)
    immutable = rule(world).json()["properties"]["immutableId"]
    world.ask("DELETE", RULE)
    assert immutable not in world.azure.rules
    world.ask("DELETE", TABLE)
    assert world.azure.workspaces[customer]["tables"] == {}
    world.ask("DELETE", WORKSPACE)
    assert customer not in world.azure.workspaces


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, "InvalidOutputTable"),
        (
            {"destinations": {"logAnalytics": [{"name": "other", "workspaceResourceId": WORKSPACE}]}},
            "InvalidDestination",
        ),
        (
            {"destinations": {"logAnalytics": [{"name": "law", "workspaceResourceId": WORKSPACE + "9"}]}},
            "InvalidWorkspace",
        ),
        ({"streamDeclarations": {}}, "InvalidStream"),
        ({"streamDeclarations": {"Mine": {"columns": []}}}, "InvalidStream"),
        (
            {"streamDeclarations": {"Custom-AzLocalTick_CL": {"columns": [{"name": "a", "type": "guid"}]}}},
            "InvalidStreamColumn",
        ),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_with_the_reason(world, changes, error):
    workspace(world)
    answer = rule(world, **changes)
    assert (answer.status, code(answer)) == (400, "InvalidPayload")
    assert error in {one["code"] for one in answer.json()["error"]["details"]}
    assert world.azure.rules == {}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("AzLocalTick", COLUMNS),
        ("AzLocalTick_CL", COLUMNS[1:]),
        ("AzLocalTick_CL", [*COLUMNS, {"name": "Type", "type": "string"}]),
        ("AzLocalTick_CL", [*COLUMNS, {"name": "9a", "type": "string"}]),
        ("AzLocalTick_CL", [*COLUMNS, {"name": "a", "type": "text"}]),
    ],
)
def test_a_table_that_log_analytics_would_not_take_is_refused(world, name, columns):
    workspace(world)
    assert code(table(world, columns, f"{WORKSPACE}/tables/{name}")) == "InvalidParameter"


def test_a_workbook_is_named_by_a_guid_and_an_action_group_has_a_short_name(world):
    book = f"{G}/providers/Microsoft.Insights/workbooks/mine"
    assert code(world.ask("PUT", book, {"location": "westeurope", "properties": {}})) == "BadRequest"
    group = f"{G}/providers/Microsoft.Insights/actionGroups/ag"
    body = {"location": "global", "properties": {"groupShortName": "far too long a name"}}
    assert code(world.ask("PUT", group, body)) == "BadRequest"


def test_a_template_writes_through_the_same_type(world):
    kind = world.azure.types["microsoft.managedidentity/userassignedidentities"]
    written = kind.put(world.azure, identity(), {"location": "westeurope"}, now=START, principal=None)
    assert written.created
    assert world.get(identity()) == written.document
    assert kind.put(world.azure, identity(), {"location": "westeurope"}, now=START, principal=None).created is False
