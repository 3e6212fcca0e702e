"""Vaults and the secrets in them, as the management plane shows them."""

from __future__ import annotations

import json

import pytest
from resource_world import G, S, World, code

VAULT = f"{G}/providers/Microsoft.KeyVault/vaults/kv-oslo"
SECRET = f"{VAULT}/secrets/clu-1-AzureStackLCMUserCredential"
PROPERTIES = {
    "tenantId": "22222222-2222-4222-8222-222222222222",
    "sku": {"name": "standard"},
    "enableRbacAuthorization": True,
    "enabledForTemplateDeployment": True,
}


@pytest.fixture
def world():
    return World()


def vault(world, path=VAULT, **more):
    return world.ask("PUT", path, {"location": "westeurope", "properties": {**PROPERTIES, **more}})


def secret(world, value="c2VjcmV0", **more):
    return world.ask("PUT", SECRET, {"properties": {"value": value, **more}})


def test_a_vault_gets_its_uri_and_its_defaults(world):
    made = vault(world)
    assert made.status == 201
    properties = made.json()["properties"]
    assert properties["vaultUri"] == "https://kv-oslo.vault.azure.net/"
    assert (properties["enableSoftDelete"], properties["softDeleteRetentionInDays"]) == (True, 90)
    assert vault(world).status == 200


@pytest.mark.parametrize("missing", ["tenantId", "sku"])
def test_a_vault_needs_its_tenant_and_its_sku(world, missing):
    told = {name: value for name, value in PROPERTIES.items() if name != missing}
    assert code(world.ask("PUT", VAULT, {"location": "westeurope", "properties": told})) == "BadRequest"


def test_a_vault_without_azure_rbac_needs_policies(world):
    assert code(vault(world, enableRbacAuthorization=False)) == "BadRequest"
    assert vault(world, enableRbacAuthorization=False, accessPolicies=[]).status == 201


def test_a_vaults_name_is_unique_in_the_world(world):
    vault(world)
    world.ask("PUT", f"{S}/resourceGroups/rg-two", {"location": "westeurope"})
    assert code(vault(world, VAULT.replace("rg-one", "rg-two"))) == "VaultAlreadyExists"
    assert code(vault(world, VAULT + "--x")) == "VaultNameNotValid"


@pytest.mark.parametrize(
    ("name", "reason"), [("kv-oslo", "AlreadyExists"), ("9kv", "AccountNameInvalid"), ("kv-free", None)]
)
def test_the_name_check_says_why(world, name, reason):
    vault(world)
    told = world.ask("POST", f"{S}/providers/Microsoft.KeyVault/checkNameAvailability", {"name": name}).json()
    assert (told["nameAvailable"], told.get("reason")) == (reason is None, reason)


def test_a_deleted_vault_keeps_its_name_until_it_is_recovered_or_purged(world):
    vault(world, enableSoftDelete=True)
    assert world.ask("DELETE", VAULT).status == 200
    assert world.ask("DELETE", VAULT).status == 204
    assert code(vault(world)) == "ConflictError"
    gone = f"{S}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-oslo"
    assert world.get(gone)["properties"]["vaultId"] == VAULT
    assert [one["name"] for one in world.get(f"{S}/providers/Microsoft.KeyVault/deletedVaults")["value"]] == ["kv-oslo"]
    assert vault(world, createMode="recover").status == 201
    assert world.ask("GET", gone).status == 404
    world.ask("DELETE", VAULT)
    begun = world.ask("POST", f"{gone}/purge")
    assert begun.status == 202
    world.pass_(seconds=30)
    assert world.ask("GET", begun.headers["location"].removeprefix("https://sandbox.invalid")).status == 204
    assert vault(world).status == 201


def test_a_vault_with_purge_protection_is_not_purged(world):
    vault(world, enablePurgeProtection=True)
    world.ask("DELETE", VAULT)
    gone = f"{S}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-oslo"
    assert code(world.ask("POST", f"{gone}/purge")) == "BadRequest"


def test_a_secret_is_known_by_its_versioned_uri_and_its_value_by_nobody(world):
    vault(world)
    made = secret(world, contentType="Secret")
    assert made.status == 201
    properties = made.json()["properties"]
    uri, version = properties["secretUriWithVersion"].rsplit("/", 1)
    assert uri == properties["secretUri"] == "https://kv-oslo.vault.azure.net/secrets/clu-1-AzureStackLCMUserCredential"
    assert (len(version), properties["contentType"]) == (32, "Secret")
    assert world.get(SECRET) == made.json()
    assert world.get(f"{VAULT}/secrets")["value"] == [made.json()]
    kept = json.dumps([list(world.azure.store.all()), [one.as_dict() for one in world.front.journal.after()]])
    assert "c2VjcmV0" not in kept


def test_writing_a_secret_again_makes_a_new_version(world):
    vault(world)
    first, second = (secret(world).json()["properties"]["secretUriWithVersion"] for _ in range(2))
    assert first != second


def test_a_secret_needs_its_vault_and_a_value_and_stays(world):
    assert code(secret(world)) == "ParentResourceNotFound"
    vault(world)
    assert code(world.ask("PUT", SECRET, {"properties": {}})) == "BadRequest"
    secret(world)
    assert world.ask("DELETE", SECRET).status == 405
    assert world.ask("PATCH", SECRET, {"properties": {"attributes": {"enabled": False}}}).status == 200
    assert world.get(SECRET)["properties"]["attributes"]["enabled"] is False
