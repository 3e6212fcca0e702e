"""Our two upgrade templates beside the published one, field by field."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import published_contract as published
import pytest

from azlocal.files.inputs_refused import refusal
from azlocal.sandbox.templates.expansion import expand
from azlocal.sandbox.templates.scope import LATER, Place
from azlocal.sandbox.templates.template import read

TEMPLATES = Path(__file__).parents[3] / "arm-templates"
ABOVE = "/subscriptions/11111111-1111-4111-8111-111111111111"
GROUP = f"{ABOVE}/resourceGroups/rg-oslo"
MACHINES = [f"{GROUP}/providers/Microsoft.HybridCompute/machines/n{at}" for at in (1, 2)]
GIVEN = {
    "deploymentMode": "Validate", "clusterName": "clu-oslo", "failoverClusterName": "OSLOHCI01",
    "arcNodeResourceIds": MACHINES, "physicalNodesSettings": [{"name": "n1", "ipv4Address": "10.20.0.21"}],
    "domainFqdn": "ad.northwind.example", "startingIPAddress": "10.20.0.40", "endingIPAddress": "10.20.0.49",
    "subnetMask": "255.255.255.0", "defaultGateway": "10.20.0.1", "dnsServers": ["10.20.0.10"],
    "customLocation": "oslo",
    "lcmSecretUri": "https://kv-oslo.vault.azure.net/secrets/clu-oslo-AzureStackLCMUserCredential/0123",
}  # fmt: skip
PREPARED = {
    "clusterName": "clu-oslo", "arcNodeResourceIds": MACHINES, "keyVaultName": "KV-Oslo",
    "diagnosticStorageAccountName": "stosloaudit",
}  # fmt: skip


def raw(name):
    return json.loads((TEMPLATES / name).read_text("utf-8"))


def plan(name, given, suffix=".vault.azure.net"):
    subscription = {"id": ABOVE, "subscriptionId": ABOVE.rsplit("/", 1)[-1], "tenantId": "t"}
    group = {"id": GROUP, "name": "rg-oslo", "location": "westeurope"}
    place = Place(
        GROUP, {"tenantId": "t"}, subscription, group, {"name": "d", "properties": {}}, {"objectId": "o"},
        {"suffixes": {"keyvaultDns": suffix}}, datetime(2026, 11, 23, tzinfo=timezone.utc), lambda: "guid",
    )  # fmt: skip
    return expand(read(raw(name)), given, place)


def flat(value, path=""):
    """Yield paths and values; a list of texts and the list of nodes are one value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    whole = path.endswith(("dnsServers", "physicalNodes", "arcNodeResourceIds"))
    if not isinstance(value, dict | list) or whole:
        yield path, value
        return
    for key, one in parts:
        yield from flat(one, f"{path}.{key}" if path else str(key))


@pytest.mark.parametrize("mode", ["Validate", "Deploy"])
def test_the_settings_are_the_published_ones_but_for_the_named_deviations(mode):
    given = {**GIVEN, "deploymentMode": mode}
    (settings,) = (one for one in plan("solution-upgrade.json", given).resources if "deploymentSettings" in one.type)
    ours = dict(flat(settings.body(LATER)["properties"]))
    theirs = {
        name: given[told[1:]] if isinstance(told, str) and told.startswith("=") else told
        for name, told in published.SETTINGS.items()
    }
    assert ours.keys() == theirs.keys()
    assert {name for name in ours if ours[name] != theirs[name]} == set(published.DEVIATIONS)
    assert settings.api_version == published.API_VERSION
    assert settings.name == "clu-oslo/default"


def test_the_edge_devices_are_put_as_published_before_the_settings_and_for_validate_only():
    found = {mode: plan("solution-upgrade.json", {**GIVEN, "deploymentMode": mode}) for mode in ("Validate", "Deploy")}
    written = {mode: [one for one in plan_.resources if one.deploys] for mode, plan_ in found.items()}
    assert [len(written[mode]) for mode in ("Validate", "Deploy")] == [3, 1]
    (inner,) = written["Validate"][0].body(LATER)["properties"]["template"]["resources"]
    assert {name: inner[name] for name in ("kind", "properties", "name")} == {
        name: published.EDGE_DEVICE[name] for name in ("kind", "properties", "name")
    }
    settings = written["Validate"][-1]
    assert settings.depends == written["Validate"][:-1]


def test_a_secret_of_another_cloud_is_taken_as_it_stands():
    uri = "https://kv.vault.usgovcloudapi.net/secrets/s/1"
    (*_, settings) = plan("solution-upgrade.json", {**GIVEN, "lcmSecretUri": uri}).resources
    assert dict(flat(settings.body(LATER)["properties"]))[f"{published.DATA}.secrets.0.secretLocation"] == uri


def of(found, kind):
    return [one for one in found.resources if one.type.lower() == kind.lower()]


def test_the_preparation_makes_the_published_vault_and_its_audit():
    found = plan("solution-upgrade-prepare.json", PREPARED)
    (vault,), (account,) = of(found, "Microsoft.KeyVault/vaults"), of(found, "Microsoft.Storage/storageAccounts")
    made = vault.body(LATER)["properties"]
    assert made == {**published.VAULT, "tenantId": "t"}
    (audit,) = of(found, "Microsoft.Insights/diagnosticSettings")
    assert audit.hangs_on == vault.id
    assert audit.body(LATER)["properties"]["storageAccountId"] == account.id
    assert [one.name for one in audit.depends] == ["KV-Oslo", "stosloaudit"]


def test_the_preparation_gives_every_machine_the_published_roles_in_the_clusters_group():
    found = of(plan("solution-upgrade-prepare.json", PREPARED), "Microsoft.Authorization/roleAssignments")
    roles = [one.body(LATER)["properties"]["roleDefinitionId"].rsplit("/", 1)[-1] for one in found]
    assert sorted(roles) == sorted([*published.MACHINE_ROLES, *published.MACHINE_ROLES])
    assert {one.hangs_on for one in found} == {GROUP}
    assert len({one.name for one in found}) == 6


def test_names_of_assignments_do_not_change_with_the_spelling_or_the_order_of_machines():
    upper = [one.upper() for one in reversed(MACHINES)]
    names = [
        {one.name for one in of(found, "Microsoft.Authorization/roleAssignments")}
        for found in (
            plan("solution-upgrade-prepare.json", PREPARED),
            plan("solution-upgrade-prepare.json", {**PREPARED, "arcNodeResourceIds": upper}),
        )
    ]
    assert names[0] == names[1]


def test_a_vault_that_stands_is_left_alone():
    found = plan("solution-upgrade-prepare.json", {**PREPARED, "createNewKeyVault": False})
    assert {one.type for one in found.resources if one.deploys} == {"Microsoft.Authorization/roleAssignments"}


@pytest.mark.parametrize("suffix", [".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn"])
def test_the_vaults_address_has_the_clouds_suffix(suffix):
    outputs = plan("solution-upgrade-prepare.json", PREPARED, suffix).outputs(LATER)
    assert outputs["vaultUri"]["value"] == f"https://kv-oslo{suffix}/"
    expected = f"https://kv-oslo{suffix}/secrets/clu-oslo-AzureStackLCMUserCredential/"
    assert outputs["lcmSecretUriPrefix"]["value"] == expected


@pytest.mark.parametrize("name", published.OLD_FORM)
def test_the_form_for_2411_is_refused_with_a_message(name):
    assert name not in raw("solution-upgrade.json")["parameters"]
    assert name not in raw("solution-upgrade-prepare.json")["parameters"]
    said, code = refusal(name)
    assert (code, "2411.3" in said, "2503" in said) == ("TEMPLATE", True, True)
