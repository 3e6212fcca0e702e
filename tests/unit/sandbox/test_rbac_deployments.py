"""Templates under RBAC: each resource needs its own right, and so does what it refers to."""

from __future__ import annotations

import pytest
from rbac_world import OWNER, READER, A, B, World, code

from azlocal.sandbox.documents import tracked
from azlocal.sandbox.documents_shared import vault

DEPLOY = {"actions": ["Microsoft.Resources/deployments/*"]}
LOCATIONS = "Microsoft.ExtendedLocation/customLocations"
ACCOUNTS = "Microsoft.Automation/automationAccounts"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
KEEPER = f"{B}/providers/{IDENTITIES}/keeper"
VAULT = f"{B}/providers/Microsoft.KeyVault/vaults/kv-b"


@pytest.fixture
def world():
    made = World()
    made.give(DEPLOY, A)
    return made


def account(name, **more):
    return {
        "type": ACCOUNTS, "apiVersion": "2024-10-23", "name": name, "location": "westeurope",
        "properties": {"sku": {"name": "Basic"}}, **more,
    }  # fmt: skip


def nested(group, *resources):
    properties = {"mode": "Incremental", "template": template(*resources)}
    return {
        "type": "Microsoft.Resources/deployments", "apiVersion": "2025-04-01", "name": "inner",
        "resourceGroup": group.rsplit("/", 1)[-1], "properties": properties,
    }  # fmt: skip


def template(*resources, **more):
    return {"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": list(resources), **more}


def deploy(world, *resources, tail="", given=None, level="Provider", **more):
    properties = {
        "mode": "Incremental", "template": template(*resources, **more), "parameters": given or {}, "validationLevel": level,
    }  # fmt: skip
    method = "POST" if tail else "PUT"
    return world.ask(method, f"{A}/providers/Microsoft.Resources/deployments/main{tail}", {"properties": properties})


def ended(world):
    from datetime import timedelta

    world.azure.advance(timedelta(minutes=5))
    found = world.azure.store.get(f"{A}/providers/Microsoft.Resources/deployments/main")["properties"]
    return found["provisioningState"], str(found.get("error", "")).replace("\\", "")


def test_a_deployment_itself_needs_its_write(world):
    other = World()
    assert code(deploy(other)) == "AuthorizationFailed"
    assert deploy(world).status == 201


def test_what_the_caller_may_not_write_is_refused_before_anything_is_made(world):
    answer = deploy(world, account("one"))
    assert (answer.status, code(answer)) == (403, "InvalidTemplateDeployment")
    message = answer.json()["error"]["message"]
    assert message.startswith(
        "The template deployment failed with error: 'Authorization failed for template resource 'one'"
    )
    assert (
        f"does not have permission to perform action '{ACCOUNTS}/write' at scope '{A}/providers/{ACCOUNTS}/one'"
        in message
    )
    assert world.azure.store.get(f"{A}/providers/Microsoft.Resources/deployments/main") is None


def test_several_are_told_together(world):
    message = deploy(world, account("one"), account("two")).json()["error"]["message"]
    assert message.startswith(
        "Deployment failed with multiple errors: 'Authorization failed for template resource 'one'"
    )
    assert "'.:Authorization failed for template resource 'two'" in message


def test_each_resource_needs_its_own_right_in_its_own_group(world):
    world.give({"actions": [f"{ACCOUNTS}/write"]}, A)
    assert deploy(world, account("one")).status == 201
    refused = deploy(world, account("two"), nested(B, account("three")))
    assert "resource 'inner'" in refused.json()["error"]["message"]
    assert "resource 'three'" in refused.json()["error"]["message"]
    world.azure.settle()
    ended(world)
    world.give({"actions": [f"{ACCOUNTS}/write", "Microsoft.Resources/deployments/write"]}, B)
    assert deploy(world, account("two"), nested(B, account("three"))).status == 200
    assert ended(world)[0] == "Succeeded"


@pytest.mark.parametrize(("level", "status"), [("Provider", 403), ("ProviderNoRbac", 200), ("Template", 200)])
def test_validation_asks_for_rights_at_its_usual_level_only(world, level, status):
    assert deploy(world, account("one"), tail="/validate", level=level).status == status


@pytest.mark.parametrize("tail", ["/validate", "/whatIf"])
def test_validate_and_what_if_need_actions_of_their_own(tail):
    world = World()
    world.give({"actions": ["Microsoft.Resources/deployments/write"]}, A)
    assert code(deploy(world, tail=tail)) == "AuthorizationFailed"


def test_a_right_that_is_lost_on_the_way_fails_the_resource(world):
    kept = world.give({"actions": [f"{ACCOUNTS}/write"]}, A)
    assert deploy(world, account("one")).status == 201
    world.azure.store.delete(kept)
    state, error = ended(world)
    assert state == "Failed"
    assert "AuthorizationFailed" in error


def test_an_identity_is_assigned_by_who_may_assign_it(world):
    world.azure.store.put(
        tracked(KEEPER, IDENTITIES, "westeurope", {"principalId": "p", "clientId": "c", "tenantId": "t"})
    )
    world.give({"actions": [f"{ACCOUNTS}/*"]}, A)
    identity = {"type": "UserAssigned", "userAssignedIdentities": {KEEPER: {}}}
    assert deploy(world, account("one", identity=identity)).status == 201
    state, error = ended(world)
    assert state == "Failed"
    assert "LinkedAuthorizationFailed" in error
    assert (
        f"has permission to perform action '{ACCOUNTS}/write' on scope '{A}/providers/{ACCOUNTS}/one'; however, it does not "
        f"have permission to perform action(s) '{IDENTITIES}/assign/action' on the linked scope(s) '{KEEPER}' (respectively)"
    ) in error
    world.give({"actions": [f"{IDENTITIES}/assign/action"]}, B)
    deploy(world, account("one", identity=identity))
    assert ended(world)[0] == "Succeeded"


def test_a_custom_location_is_deployed_to_by_who_may(world):
    world.give({"actions": ["Microsoft.AzureStackHCI/*"]}, A)
    place = f"{B}/providers/{LOCATIONS}/cl-b"
    world.azure.store.put(tracked(place, LOCATIONS, "westeurope", {}))
    path = f"{A}/providers/Microsoft.AzureStackHCI/storageContainers/path"
    body = {
        "location": "westeurope", "properties": {"path": "C:\\x"},
        "extendedLocation": {"type": "CustomLocation", "name": place},
    }  # fmt: skip
    refused = world.ask("PUT", path, body, api="2025-09-01-preview")
    assert (refused.status, code(refused)) == (403, "LinkedAuthorizationFailed")
    world.give({"actions": [f"{LOCATIONS}/deploy/action"]}, place)
    assert world.ask("PUT", path, body, api="2025-09-01-preview").status == 201


def test_what_a_template_reads_elsewhere_the_caller_must_be_let_to_read(world):
    world.azure.store.put(tracked(f"{B}/providers/{LOCATIONS}/cl-b", LOCATIONS, "westeurope", {"namespace": "n"}))
    outputs = {
        "n": {"type": "string", "value": f"[reference('{B}/providers/{LOCATIONS}/cl-b', '2021-08-15').namespace]"}
    }
    assert deploy(world, outputs=outputs).status == 201
    assert "AuthorizationFailed" in ended(world)[1]
    world.give(READER, B)
    deploy(world, outputs=outputs)
    assert ended(world)[0] == "Succeeded"


def test_a_reference_to_a_vault_needs_the_right_to_deploy_from_it(world):
    from rbac_world import NOW

    world.azure.store.put(vault(VAULT, "westeurope", NOW))
    given = {"secret": {"reference": {"keyVault": {"id": VAULT}, "secretName": "s"}}}
    parameters = {"secret": {"type": "securestring"}}
    refused = deploy(world, given=given, parameters=parameters)
    assert (refused.status, code(refused)) == (403, "LinkedAuthorizationFailed")
    assert "Microsoft.KeyVault/vaults/deploy/action" in refused.json()["error"]["message"]
    world.give({"actions": ["Microsoft.KeyVault/vaults/deploy/action"]}, VAULT)
    assert code(deploy(world, given=given, parameters=parameters)).startswith("KeyVaultParameterReference")


def test_an_owner_may_all_of_it(world):
    world.give(OWNER, "/")
    assert deploy(world, account("one"), nested(B, account("two"))).status == 201
    assert ended(world)[0] == "Succeeded"
