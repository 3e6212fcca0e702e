"""Azure Policy stops what the upgrade writes, as it stops any write."""

from __future__ import annotations

from hci_world import GROUP, SETTINGS, Sandbox

SUBSCRIPTION = "/".join(GROUP.split("/")[:3])
BASE = f"{SUBSCRIPTION}/providers/Microsoft.Authorization"


def forbid(sandbox, kind, mode="Default"):
    rule = {"if": {"field": "type", "equals": kind}, "then": {"effect": "deny"}}
    for kind_of, properties in (
        ("policyDefinitions", {"policyRule": rule}),
        ("policyAssignments", {"policyDefinitionId": f"{BASE}/policyDefinitions/no", "enforcementMode": mode}),
    ):
        sandbox.azure.store.put(
            {
                "id": f"{BASE}/{kind_of}/no",
                "name": "no",
                "type": f"Microsoft.Authorization/{kind_of}",
                "properties": properties,
            }
        )


def test_a_validation_that_a_policy_denies_is_refused_by_its_name_and_leaves_nothing_behind():
    sandbox = Sandbox()
    forbid(sandbox, "Microsoft.AzureStackHCI/clusters/deploymentSettings")
    answer = sandbox.put("Validate")
    error = answer.json()["error"]
    assert (answer.status, error["code"]) == (403, "RequestDisallowedByPolicy")
    assert error["additionalInfo"][0]["info"]["policyDefinitionId"].endswith("/no")
    assert sandbox.azure.store.get(SETTINGS) is None


def test_a_policy_about_another_type_or_not_enforced_stops_nothing():
    sandbox = Sandbox()
    forbid(sandbox, "Microsoft.AzureStackHCI/edgeDevices")
    assert sandbox.put("Validate").status == 201
    other = Sandbox()
    forbid(other, "Microsoft.AzureStackHCI/clusters/deploymentSettings", mode="DoNotEnforce")
    assert other.put("Validate").status == 201
