"""Azure Policy: which assignments hold at a scope, and what they would do to a resource."""

from __future__ import annotations

import pytest
from resource_world import G, S, World, code

from azlocal.sandbox.providers.policies import deny_tags
from azlocal.sandbox.providers.policy_rules import effect_of

KIND = "Microsoft.AzureStackHCI/clusters/deploymentSettings"
CHECK = "providers/Microsoft.PolicyInsights/checkPolicyRestrictions"
ASSIGNMENTS = "providers/Microsoft.Authorization/policyAssignments"


@pytest.fixture
def world():
    return World()


def assign(world, scope, rule, name="no-upgrades", **properties):
    base = f"{S}/providers/Microsoft.Authorization/policyDefinitions/{name}"
    world.azure.store.put(
        {
            "id": base,
            "name": name,
            "type": "Microsoft.Authorization/policyDefinitions",
            "properties": {"policyRule": rule},
        }
    )
    world.azure.store.put(
        {
            "id": f"{scope}/{ASSIGNMENTS}/{name}", "name": name, "type": "Microsoft.Authorization/policyAssignments",
            "properties": {"policyDefinitionId": base, "scope": scope, **properties},
        }
    )  # fmt: skip


DENY = {"if": {"field": "type", "equals": KIND}, "then": {"effect": "deny"}}


def evaluated(world, scope=G, **content):
    body = {"resourceDetails": {"resourceContent": {"type": KIND, "name": "c/default", **content}}}
    answer = world.ask("POST", f"{scope}/{CHECK}", body)
    assert answer.status == 200
    return [one["evaluationResult"] for one in answer.json()["contentEvaluationResult"]["policyEvaluations"]]


@pytest.mark.parametrize("scope", [S, G])
def test_a_policy_that_denies_a_type_is_told_where_it_holds(world, scope):
    assign(world, scope, DENY)
    assert evaluated(world) == ["NonCompliant"]
    assert evaluated(world, type="Microsoft.AzureStackHCI/clusters") == []


@pytest.mark.parametrize("properties", [{"enforcementMode": "DoNotEnforce"}, {"notScopes": [G]}, {"notScopes": [S]}])
def test_a_policy_that_does_not_reach_a_scope_does_nothing_there(world, properties):
    assign(world, S, DENY, **properties)
    assert evaluated(world) == []


def test_tags_are_denied_where_tag_writes_are(world):
    deny_tags(world.azure, G)
    assert evaluated(world) == []
    assert evaluated(world, tags={"a": "b"}) == ["NonCompliant"]


@pytest.mark.parametrize("body", [None, {}, {"resourceDetails": {}}, {"resourceDetails": {"resourceContent": {}}}])
def test_a_question_without_a_resource_is_refused(world, body):
    answer = world.ask("POST", f"{G}/{CHECK}", body)
    assert answer.status == 400
    assert code(answer)


def test_a_list_holds_what_is_assigned_above_and_below_and_at_scope_only_what_is_above(world):
    assign(world, S, DENY, "over-all")
    assign(world, G, DENY, "in-group")

    def names(path):
        return [one["name"] for one in world.ask("GET", path).json()["value"]]

    assert names(f"{S}/{ASSIGNMENTS}") == ["over-all", "in-group"]
    assert names(f"{G}/{ASSIGNMENTS}") == ["over-all", "in-group"]
    assert names(f"{S}/{ASSIGNMENTS}?$filter=atScope()") == ["over-all"]


CONTENT = {
    "type": KIND, "name": "oslo/default", "location": "westeurope", "tags": {"Owner": "it"},
    "properties": {"deploymentMode": "Deploy"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"field": "location", "in": ["WestEurope"]}, True),
        ({"field": "location", "notIn": ["westeurope", "eastus"]}, False),
        ({"field": "location", "notEquals": "eastus"}, True),
        ({"field": "name", "like": "oslo/*"}, True),
        ({"field": "name", "notLike": "*/default"}, False),
        ({"field": "name", "contains": "slo"}, True),
        ({"field": "tags['owner']", "exists": "true"}, True),
        ({"field": "tags.owner", "equals": "IT"}, True),
        ({"field": "tags[cost]", "exists": False}, True),
        ({"field": f"{KIND}/deploymentMode", "equals": "deploy"}, True),
        ({"field": "Microsoft.Compute/virtualMachines/deploymentMode", "equals": "deploy"}, False),
        ({"not": {"field": "type", "equals": KIND}}, False),
        ({"allOf": [{"field": "type", "equals": KIND}, {"field": "location", "equals": "eastus"}]}, False),
        ({"anyOf": [{"field": "type", "equals": KIND}, {"field": "location", "equals": "eastus"}]}, True),
        ("nonsense", False),
        ({}, False),
    ],
)
def test_a_rules_condition_is_read_as_azure_policy_writes_it(condition, holds):
    definition = {"properties": {"policyRule": {"if": condition, "then": {"effect": "Deny"}}}}
    assert effect_of(definition, {"properties": {}}, CONTENT) == ("deny" if holds else "")


def test_parameters_come_from_the_assignment_else_from_the_definition():
    definition = {
        "properties": {
            "parameters": {"effect": {"defaultValue": "Audit"}, "where": {"defaultValue": ["westeurope"]}},
            "policyRule": {
                "if": {"field": "location", "in": "[parameters('where')]"}, "then": {"effect": "[parameters('effect')]"},
            },
        }
    }  # fmt: skip
    assert effect_of(definition, {"properties": {}}, CONTENT) == "audit"
    assert effect_of(definition, {"properties": {"parameters": {"effect": {"value": "Deny"}}}}, CONTENT) == "deny"
