"""Queries over a small world, as people write them, with the rows Resource Graph would give."""

from __future__ import annotations

import pytest
from graph_world import BERGEN, OSLO, World, cluster, cluster_id, group_id, summary

pytest.importorskip("duckdb_kql")

NODES = [{"name": "n1", "cores": 16}, {"name": "n2", "cores": 32}]
MACHINE = f"{group_id('rg-arc')}/providers/Microsoft.HybridCompute/machines/n1"
DOCUMENTS = (
    cluster("c1", nodes=NODES, properties={"provisioningState": "Succeeded", "count": 3}),
    cluster("c2", BERGEN, tags={"ring": "broad", "k-x": "1"}, kind="stretched", location="northeurope"),
    summary("c1", currentVersion="10.2510.1002.93", state="AppliedSuccessfully", healthState="Success"),
    {
        "id": MACHINE, "name": "n1", "type": "Microsoft.HybridCompute/machines", "location": "westeurope", "kind": "HCI",
        "tags": None, "identity": {"type": "SystemAssigned"},
        "properties": {"status": "Connected", "osVersion": "10.0.25398", "parentClusterResourceId": cluster_id("c1")},
    },
    {
        "id": f"{cluster_id('c1')}/deploymentSettings/default", "name": "default", "location": "westeurope",
        "type": "Microsoft.AzureStackHCI/clusters/deploymentSettings", "properties": {"deploymentMode": "Deploy"},
    },
    {
        "id": f"{group_id('rg-Oslo')}/providers/Microsoft.Authorization/roleAssignments/r1", "name": "r1",
        "type": "Microsoft.Authorization/roleAssignments", "properties": {"scope": "/x"},
    },
    {
        "id": f"{MACHINE}/providers/Microsoft.AzureStackHCI/edgeDevices/default", "name": "default", "kind": "HCI",
        "type": "microsoft.azurestackhci/edgedevices", "properties": {"provisioningState": "Succeeded"},
    },
)  # fmt: skip
HCI = "resources | where type =~ 'Microsoft.AzureStackHCI/clusters'"


@pytest.fixture(scope="module")
def world():
    return World(*DOCUMENTS)


@pytest.mark.parametrize(
    "query, expected",
    [
        # columns
        (
            f"{HCI} | where name == 'c1' | project id, name, type, kind, location, resourceGroup, subscriptionId, tags, managedBy, zones",
            [{
                "id": cluster_id("c1"), "name": "c1", "type": "microsoft.azurestackhci/clusters", "kind": "",
                "location": "westeurope", "resourceGroup": "rg-oslo", "subscriptionId": OSLO, "tags": {"ring": "pilot"},
                "managedBy": "", "zones": None,
            }],
        ),
        ("resources | where kind =~ 'hci' | project name, identity.type", [{"name": "n1", "identity_type": "SystemAssigned"}]),
        ("resources | where type == 'Microsoft.HybridCompute/machines' | count", [{"Count": 0}]),
        ("Resources | summarize count() by type | order by type asc", [
            {"type": "microsoft.azurestackhci/clusters", "count_": 2}, {"type": "microsoft.hybridcompute/machines", "count_": 1},
        ]),
        # dynamic
        (f"{HCI} | where name == 'c1' | project properties.reportedProperties.nodes[1].name", [
            {"properties_reportedProperties_nodes_1_name": "n2"},
        ]),
        (f"{HCI} | project name, c = tolong(properties.count), missing = tostring(properties.nope), no = properties.nope | order by name asc", [
            {"name": "c1", "c": 3, "missing": "", "no": None}, {"name": "c2", "c": None, "missing": "", "no": None},
        ]),
        (f"{HCI} | where tags['k-x'] == '1' | project tags", [{"tags": {"ring": "broad", "k-x": "1"}}]),
        (f"{HCI} | where properties has 'n2' | project name", [{"name": "c1"}]),
        (f"{HCI} | where isnotempty(tags.ring) and tags.ring !~ 'PILOT' | project kind", [{"kind": "stretched"}]),
        # times
        (
            f"{HCI} | take 1 | project at = todatetime(properties.lastSyncTimestamp), stale = todatetime(properties.lastSyncTimestamp) < ago(25h)",
            [{"at": "2026-11-23T11:30:00.1234560Z", "stale": False}],
        ),
        # joins, expansions, aggregates
        (
            (
                f"{HCI} | extend key = tolower(id) | join kind=leftouter (ExtensibilityResources"
                " | where type == 'microsoft.azurestackhci/clusters/updatesummaries'"
                " | project key = tolower(tostring(split(id, '/updateSummaries/')[0])), v = tostring(properties.currentVersion)) on key"
                " | project name, v | order by name asc"
            ),
            [{"name": "c1", "v": "10.2510.1002.93"}, {"name": "c2", "v": ""}],
        ),
        (
            (
                f"{HCI} | project cid = id, name | join kind=inner (extensibilityresources | where type =~ 'microsoft.azurestackhci/clusters/updateSummaries'"
                " | extend cid = substring(id, 0, indexof(id, '/updateSummaries/')) | project cid, s = tostring(properties.state)) on cid | project name, s"
            ),
            [{"name": "c1", "s": "AppliedSuccessfully"}],
        ),
        (
            (
                f"{HCI} | join kind=inner (resourcecontainers | where type == 'microsoft.resources/subscriptions'"
                " | project SubName = name, subscriptionId) on subscriptionId | project name, SubName | order by name asc"
            ),
            [{"name": "c1", "SubName": "Oslo"}, {"name": "c2", "SubName": "Bergen"}],
        ),
        (
            (
                "resources | project a = name, b = location | join kind=inner (resources | project c = name, d = location)"
                " on $left.a == $right.c and $left.b == $right.d | summarize n = count()"
            ),
            [{"n": 3}],
        ),
        (f"{HCI} | mv-expand node = properties.reportedProperties.nodes | summarize cores = sum(tolong(node.cores)) by name", [
            {"name": "c1", "cores": 48},
        ]),
        (f"{HCI} | mv-expand properties.reportedProperties.nodes | project n = tostring(properties_reportedProperties_nodes.name) | order by n asc", [
            {"n": "n1"}, {"n": "n2"},
        ]),
        (f"{HCI} | mv-expand n = properties.reportedProperties.nodes to typeof(string) | count", [{"Count": 2}]),
        ("resources | extend len = strlen(name) | summarize arg_max(name, location) by len", [
            {"len": 2, "name": "n1", "location": "westeurope"},
        ]),
        (f"{HCI} | summarize names = make_list(name), rings = make_set(tostring(tags.ring)) | project names = array_length(names), rings = array_length(rings)", [
            {"names": 2, "rings": 2},
        ]),
        ("resources | union (extensibilityresources) | summarize c = count() by type | where c > 1", [
            {"type": "microsoft.azurestackhci/clusters", "c": 2},
        ]),
        ("resources | where name in~ ((extensibilityresources | project name)) | count", [{"Count": 0}]),
        ("where type has 'clusters' | distinct location | order by location asc", [
            {"location": "northeurope"}, {"location": "westeurope"},
        ]),
        (f"{HCI} | parse id with * '/clusters/' c | project c | order by c desc | limit 1", [{"c": "c2"}]),
        (f"{HCI} | parse id with id '/providers/' * | project id | order by id asc | take 1", [{"id": group_id("rg-Oslo")}]),
        (f"{HCI} | parse tolower(id) with * '/resourcegroups/' g '/' * | distinct g", [{"g": "rg-oslo"}]),
        (f"{HCI} | summarize names = strcat_array(array_sort_asc(make_set(name)), '+')", [{"names": "c1+c2"}]),
        (f"{HCI} | extend k = case(name == 'c1', 'one', 'other'), b = iff(name == 'c1', true, false) | project k, b | order by k asc", [
            {"k": "one", "b": True}, {"k": "other", "b": False},
        ]),
        # what is where
        ("extensibilityresources | project type, name | order by type asc", [
            {"type": "microsoft.azurestackhci/clusters/updatesummaries", "name": "default"},
            {"type": "microsoft.azurestackhci/edgedevices", "name": "default"},
        ]),
        ("authorizationresources | project type", [{"type": "microsoft.authorization/roleassignments"}]),
        ("resourcecontainers | project name, type, resourceGroup | order by type asc, name asc", [
            {"name": "Bergen", "type": "microsoft.resources/subscriptions", "resourceGroup": ""},
            {"name": "Oslo", "type": "microsoft.resources/subscriptions", "resourceGroup": ""},
            {"name": "rg-Oslo", "type": "microsoft.resources/subscriptions/resourcegroups", "resourceGroup": "rg-oslo"},
            {"name": "rg-bergen", "type": "microsoft.resources/subscriptions/resourcegroups", "resourceGroup": "rg-bergen"},
        ]),
        ("kubernetesconfigurationresources", []),
        ("policyresources | union healthresources, advisorresources | count", [{"Count": 0}]),
    ],
)  # fmt: skip
def test_a_query_gives_what_resource_graph_gives(world, query, expected):
    assert world.rows(query) == expected


@pytest.mark.parametrize("word", ["deploymentSettings", "secrets", "Microsoft.Resources/deployments", "locks"])
def test_what_resource_graph_does_not_have_is_in_no_table(word):
    group = group_id("rg-Oslo")
    ids = (
        f"{group}/providers/Microsoft.KeyVault/vaults/v/secrets/s",
        f"{group}/providers/Microsoft.Resources/deployments/d",
    )
    more = [{"id": one, "name": "x", "type": "x", "location": "westeurope"} for one in ids]
    lock = {
        "id": f"{group}/providers/Microsoft.Authorization/locks/l",
        "name": "l",
        "type": "Microsoft.Authorization/locks",
    }
    world = World(*DOCUMENTS, *more, lock)
    for table in ("resources", "extensibilityresources", "deploymentresources", "authorizationresources"):
        assert world.rows(f"{table} | where id contains '{word}'") == []


def test_a_row_has_every_column_that_resource_graph_has(world):
    columns = {
        "id",
        "name",
        "type",
        "tenantId",
        "kind",
        "location",
        "resourceGroup",
        "subscriptionId",
        "managedBy",
        "sku",
    }
    columns |= {"plan", "properties", "tags", "identity", "zones", "extendedLocation", "systemData", "apiVersion"}
    assert {frozenset(row) for row in world.rows("resources")} == {frozenset(columns)}


def test_now_is_the_sandbox_clock_and_moves_with_it():
    world = World(cluster("c1"))
    query = "resources | project old = todatetime(properties.lastSyncTimestamp) < ago(2h)"
    assert world.rows(query) == [{"old": False}]
    world.azure.clock.sleep(2 * 3600)
    assert world.rows(query) == [{"old": True}]


@pytest.mark.parametrize(
    "expression, kind, value",
    [
        ("name", "string", "c1"), ("1", "long", 1), ("toint(1)", "integer", 1), ("1.5", "number", 1.5),
        ("true", "boolean", True), ("datetime(2026-11-23)", "datetime", "2026-11-23T00:00:00.0000000Z"),
        ("tags", "object", {"ring": "pilot"}), ("1d", "string", "1.00:00:00"), ("dynamic([1, 'a'])", "object", [1, "a"]),
        ("real(nan)", "number", "NaN"),
    ],
)  # fmt: skip
def test_table_format_tells_columns_and_their_types(expression, kind, value):
    body = World(cluster("c1")).page(f"resources | project x = {expression}", resultFormat="table")
    assert body["data"] == {"columns": [{"name": "x", "type": kind}], "rows": [[value]]}


def test_ids_are_lower_case_when_the_switch_says_so():
    world = World(cluster("c1"))
    assert world.rows("resources | project id") == [{"id": cluster_id("c1")}]
    world.azure.switches["graph-id-case"] = "lower"
    assert world.rows("resources | project id") == [{"id": cluster_id("c1").lower()}]
