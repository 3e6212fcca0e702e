"""Inputs on the whole road, over the wire in this process: drafted, checked, validated, changed, validated again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from azlocal.core.tags import Intent
from azlocal.errors import AzureRefused, BadInput
from azlocal.files.document import read_yaml
from azlocal.service.attesting import Statement
from azlocal.service.inputs import Wish
from azlocal.service.tick import TickRequest, tick
from azlocal.simulation.world import World

OSLO = "clu-oslo-01"


def decided(world):
    report = world.tick()
    assert report is not None
    return report.clusters[0].decision


def rewrite(world, change):
    (place,) = world.inputs.iterdir()
    place.write_text(change(place.read_text("utf-8")), "utf-8")
    world.edition += 1


def modes(world):
    return [start.mode for start in world.history().accepted]


def validated():
    """A world in which the one cluster has been validated and waits for the next tick."""
    world = World("single-happy")
    assert decided(world).kind == "StartValidation"
    world.advance(timedelta(minutes=30))
    return world


def test_what_was_validated_is_upgraded_however_the_file_is_written_by_then():
    world = validated()
    rewrite(world, lambda text: "# other words\n" + yaml.safe_dump(dict(reversed(yaml.safe_load(text).items()))))
    assert decided(world).kind == "StartUpgrade"
    assert modes(world) == ["Validate", "Deploy"]


def test_a_rotated_password_is_validated_before_the_upgrade():
    world = validated()
    before = yaml.safe_load(next(world.inputs.iterdir()).read_text("utf-8"))["lcmSecretUri"]
    rotated = before.rpartition("/")[0] + "/" + "0" * 32
    rewrite(world, lambda text: text.replace(before, rotated))
    again = decided(world)
    assert (again.kind, again.reason) == ("StartValidation", "InputsChanged")
    assert modes(world) == ["Validate", "Validate"]
    sent = world.history().accepted[-1].parameters
    assert sent["lcmSecretUri"] == rotated


class Later:
    """Inputs as a later azlocal reads them: the same values, another template."""

    def __init__(self, inner):
        self._inner = inner

    def read(self, clusters):
        return {name: replace(one, template="99" * 32) for name, one in self._inner.read(clusters).items()}


def test_another_template_is_validated_before_the_upgrade():
    app = validated().app()
    ports = app.ports()
    (one,) = tick(replace(ports, inputs=Later(ports.inputs)), app.needed_plan(), TickRequest()).clusters
    assert (one.decision.kind, one.decision.reason) == ("StartValidation", "TemplateChanged")


def test_the_tag_of_the_cluster_and_that_of_the_deployment_carry_the_digest_that_the_check_shows():
    world = validated()
    (checked,) = world.app().check_inputs().clusters
    cluster = world.azure.store.get(world.scenario.clusters[0].id)
    intent = Intent.parse(cluster["tags"]["azlocal-op"])
    (deployment,) = (one for one in world.azure.store.all() if "/deployments/azl-up-" in one["id"].lower())
    assert intent.inputs == deployment["tags"]["azlocal-inputs"] == checked.inputs.request_digest[:12]


# drafts and checks


@pytest.fixture(scope="module")
def small():
    return World("fleet-small")


def test_the_inputs_of_a_scenario_are_in_order(small):
    found = small.app().check_inputs()
    assert (found.problems, found.unread) == ((), ())
    assert found.without == ("clu-lyon-01",)
    assert {remark.rpartition(" ")[2] for one in found.clusters for remark in one.remarks} == {"[REGION]", "[TEMPLATE]"}


def test_a_draft_is_filled_in_by_what_azure_shows_and_checks_out_but_for_what_is_open(small, tmp_path):
    app = small.app()
    found = app.draft_inputs(Wish(words=("clu-lyon-01",)), str(tmp_path))
    (draft,) = found.clusters
    assert (draft.state, found.unread) == ("written", ())
    assert draft.open == ("startingIPAddress", "endingIPAddress", "defaultGateway", "dnsServers", "lcmSecretUri")
    spec = next(one for one in small.scenario.clusters if one.name == "clu-lyon-01")
    data = read_yaml((tmp_path / "clu-lyon-01.yaml").read_text("utf-8"), "x").data
    assert data["cluster"] == spec.id
    assert data["arcNodeResourceIds"] == spec.machine_ids
    assert [one["ipv4Address"] for one in data["physicalNodesSettings"]] == [
        spec.network.host(place) for place in range(len(spec.machines))
    ]
    assert (data["failoverClusterName"], data["subnetMask"]) == (spec.failover_name, "255.255.255.0")


def test_what_others_validated_or_upgraded_is_drafted_from_what_azure_echoes(small, tmp_path):
    small.app().draft_inputs(Wish(words=("clu-geneva-01",)), str(tmp_path))
    data = read_yaml((tmp_path / "clu-geneva-01.yaml").read_text("utf-8"), "x").data
    spec = next(one for one in small.scenario.clusters if one.name == "clu-geneva-01")
    assert (data["startingIPAddress"], data["endingIPAddress"]) == spec.network.pool(60)
    assert data["lcmSecretUri"] == ""  # it was echoed without its version


def test_edge_devices_tell_the_gateway_once_a_cluster_was_validated(tmp_path):
    world = validated()
    world.azure.store.delete(f"{world.scenario.clusters[0].id}/deploymentSettings/default")
    (draft,) = world.app().draft_inputs(Wish(words=(OSLO,)), str(tmp_path)).clusters
    assert "defaultGateway" in draft.filled
    text = (tmp_path / f"{OSLO}.yaml").read_text("utf-8")
    assert text.count("edgeDevices/default") >= 3


def test_inputs_that_azure_knows_better_are_told_with_file_and_line(small):
    place = small.inputs / "clu-turin-01.yaml"
    before = place.read_text("utf-8")
    data = yaml.safe_load(before)
    data["physicalNodesSettings"][0]["ipv4Address"] = "10.99.0.9"
    data["failoverClusterName"] = "OTHERHCI"
    data["lcmSecretUri"] = data["lcmSecretUri"].replace("kv-turin", "kv-elsewhere")
    place.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")
    try:
        found = small.app().check_inputs(["clu-turin-01"])
    finally:
        place.write_text(before, "utf-8")
    assert {problem.rpartition(" ")[2] for problem in found.problems} == {"[FAILOVER_NAME]", "[NODES]"}
    assert all(problem.startswith("clu-turin-01.yaml:") for problem in found.problems)
    assert [remark.rpartition(" ")[2] for remark in found.clusters[0].remarks] == ["[KEYVAULT_EXISTS]"]


def test_a_vault_behind_a_wall_and_a_provider_that_is_not_registered_are_found():
    world = World("single-happy")
    spec = world.scenario.clusters[0]
    vault = world.azure.store.get(spec.vault_id)
    world.azure.changed({**vault, "properties": {**vault["properties"], "publicNetworkAccess": "Disabled"}})
    path = f"/subscriptions/{spec.subscription}/providers/Microsoft.HybridCompute"
    known = world.azure.store.get(path) or {"id": path, "type": "Microsoft.Resources/providers"}
    world.azure.changed({**known, "registrationState": "NotRegistered"})
    world.advance(timedelta(minutes=5))
    found = world.app().check_inputs()
    assert [one.rpartition(" ")[2] for one in found.problems] == ["[KEYVAULT_ACCESS]"]
    assert [one.rpartition(" ")[2] for one in found.clusters[0].remarks] == ["[RP_UNREGISTERED]"]


# attestations


def test_a_persons_word_is_evidence_that_says_who_when_and_until_when(small):
    said = small.person().attest("clu-malmo-01", "oem-supported", Statement(expires="2027-06-30", by="anna"))
    assert said == "clu-malmo-01: oem-supported is attested yes by anna, until the end of 2027-06-30 UTC"
    one = small.app().explain("clu-malmo-01")
    finding = next(each for each in one.findings if each.check == "attest-oem-supported")
    assert finding.passes
    assert "attested yes by anna on 2026-11-24, until 2027-06-30" in finding.message


def test_what_cannot_be_attested_is_refused_before_anything_is_written(small):
    tags = small.azure.store.get(small.scenario.clusters[0].id)["tags"]
    for key, expires in (("oem", ""), ("oem-supported", "2027-02-30"), ("oem-supported", "2020-01-01")):
        with pytest.raises(BadInput):
            small.person().attest(small.scenario.clusters[0].name, key, Statement(expires=expires, by="anna"))
    assert small.azure.store.get(small.scenario.clusters[0].id)["tags"] == tags


def test_a_cluster_that_is_not_there_is_azures_refusal(small):
    missing = small.scenario.clusters[0].id + "x"
    with pytest.raises(AzureRefused):
        small.person().attest(missing, "oem-supported", Statement(by="anna"))
