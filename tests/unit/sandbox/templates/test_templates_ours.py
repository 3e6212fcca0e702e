"""The template this project ships, as Azure would unfold it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from template_world import ABOVE, GROUP, bodies, order, plan

from azlocal.sandbox.templates.errors import TemplateError

OURS = json.loads((Path(__file__).parents[4] / "arm-templates" / "solution-upgrade.json").read_text("utf-8"))
MACHINES = [f"{ABOVE}/resourceGroups/rg-machines/providers/Microsoft.HybridCompute/machines/n{at}" for at in range(3)]
GIVEN = {
    "clusterName": "clu-oslo", "failoverClusterName": "OSLOHCI01", "arcNodeResourceIds": MACHINES,
    "physicalNodesSettings": [{"name": f"n{at}", "ipv4Address": f"10.20.0.2{at}"} for at in range(3)],
    "domainFqdn": "ad.northwind.example", "startingIPAddress": "10.20.0.40", "endingIPAddress": "10.20.0.49",
    "subnetMask": "255.255.255.0", "defaultGateway": "10.20.0.1", "dnsServers": ["10.20.0.10"],
    "customLocation": "oslo", "lcmSecretUri": "https://kv.vault.azure.net/secrets/s/1",
}  # fmt: skip


def unfolded(mode, **changed):
    return plan(OURS, deploymentMode=mode, **{**GIVEN, **changed})


def test_validate_writes_the_edge_device_of_every_machine_in_its_own_group_and_then_the_settings():
    found = unfolded("Validate")
    devices, settings = found.resources[:-1], found.resources[-1]
    assert [one.hangs_on for one in devices] == [f"{ABOVE}/resourceGroups/rg-machines"] * 3
    assert len({one.id for one in devices}) == 3
    assert settings.id == f"{GROUP}/providers/Microsoft.AzureStackHCI/clusters/clu-oslo/deploymentSettings/default"
    assert order(found)["clu-oslo/default"] == [one.name for one in devices]


def test_the_edge_device_hangs_on_its_machine():
    device = bodies(unfolded("Validate"))[unfolded("Validate").resources[1].name]["properties"]
    given = {name: one["value"] for name, one in device["parameters"].items()}
    (inner,) = plan(device["template"], **given).resources
    assert (
        inner.id
        == f"{GROUP}/providers/Microsoft.HybridCompute/machines/n1/providers/Microsoft.AzureStackHCI/edgeDevices/default"
    )


def test_deploy_writes_the_settings_alone():
    assert list(bodies(unfolded("Deploy"))) == ["clu-oslo/default"]


def test_the_two_modes_send_the_same_settings_but_for_the_mode():
    sent = {mode: bodies(unfolded(mode))["clu-oslo/default"]["properties"] for mode in ("Validate", "Deploy")}
    assert {mode: body.pop("deploymentMode") for mode, body in sent.items()} == {
        "Validate": "Validate",
        "Deploy": "Deploy",
    }
    assert sent["Validate"] == sent["Deploy"]
    assert sent["Deploy"]["arcNodeResourceIds"] == MACHINES


def test_two_clusters_with_the_same_machines_and_two_machines_of_one_cluster_never_share_a_name():
    names = {
        one.name
        for cluster in ("clu-oslo", "clu-bergen")
        for one in unfolded("Validate", clusterName=cluster).resources
        if one.nested
    }
    assert len(names) == 6


def test_names_do_not_change_with_the_spelling_of_ids():
    upper = [machine.upper() for machine in MACHINES]
    first, second = unfolded("Validate").resources[0], unfolded("Validate", arcNodeResourceIds=upper).resources[0]
    assert first.name == second.name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"deploymentMode": "Upgrade"}, "not part of the allowed value(s): 'Validate,Deploy'"),
        ({"arcNodeResourceIds": []}, "Length of the value should be greater than or equal to '1'"),
        ({"failoverClusterName": "x" * 16}, "Length of the value should be less than or equal to '15'"),
        ({"dnsServers": "10.0.0.1"}, "Expected a value of type 'Array'"),
        ({"secret": "x"}, "they are not present in the original template"),
    ],
)
def test_broken_inputs_are_refused(changed, said):
    with pytest.raises(TemplateError) as refused:
        plan(OURS, **{"deploymentMode": "Validate", **GIVEN, **changed})
    assert said in refused.value.message
