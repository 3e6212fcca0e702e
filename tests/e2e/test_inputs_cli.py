"""`inputs` and `attest` as processes of their own, against a sandbox as people start it."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

from test_cli import Sandbox

NAME = "clu-lyon-01"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    started = Sandbox("fleet-small", tmp_path_factory.mktemp("inputs"))
    yield started
    started.process.terminate()
    started.process.communicate(timeout=30)


@pytest.fixture
def inputs(here):
    return here.plan.parent / "inputs"


def sent(here):
    return [(one["method"], one["principal"]) for one in here.control("journal")["value"] if one["effect"]]


def test_a_draft_is_filled_in_and_checked_until_it_is_in_order(here, inputs, tmp_path):
    draft = inputs / f"{NAME}.yaml"
    assert f"{draft}: written" in here.run("inputs", "init", NAME, check=0).stdout
    done = here.run("inputs", "check", check=2)
    assert [line.rpartition(" ")[2] for line in done.stderr.splitlines()[1:-1]] == [
        "[IP_POOL]", "[IP_POOL]", "[GATEWAY]", "[DNS]", "[SECRET_URI]",
    ]  # fmt: skip
    assert done.stderr.splitlines()[1].startswith(f"  {NAME}.yaml:")
    answers = {
        "startingIPAddress:": "10.20.9.40", "endingIPAddress:": "10.20.9.49", "defaultGateway:": "10.20.9.1",
        "lcmSecretUri:": "https://kv-lyon.vault.azure.net/secrets/lcm/0123456789abcdef0123456789abcdef",
    }  # fmt: skip
    text = draft.read_text("utf-8").replace("dnsServers: []", "dnsServers: [10.20.9.10]")
    for field, answer in answers.items():
        text = text.replace(f"{field}  #", f"{field} {answer}  #")
    draft.write_text(text, "utf-8")
    assert "24 clusters with inputs, 24 in order" in here.run("inputs", "check", check=0).stdout
    kept = here.run("inputs", "init", NAME, check=0)
    assert "has inputs already, and they stay as they are" in kept.stdout
    assert draft.read_text("utf-8") == text


def test_two_clusters_that_take_the_same_addresses_are_both_told_and_held(here, inputs):
    one, two = inputs / "clu-aarhus-01.yaml", inputs / "clu-aarhus-02.yaml"
    before = two.read_text("utf-8")
    two.write_text(before.replace("10.20.2.", "10.20.1."), "utf-8")
    try:
        document = json.loads(here.run("inputs", "check", "--offline", "-o", "json", check=2).stdout)
        told = {problem.partition(":")[0] for problem in document["problems"] if "IP_POOL_OVERLAP" in problem}
        assert told == {one.name, two.name}
        held = here.json("explain", "clu-aarhus-02")
        assert (held["decision"], held["decisionReason"]) == ("Hold", "InputsInvalid")
    finally:
        two.write_text(before, "utf-8")


def test_the_inputs_of_a_fleet_go_to_a_table_and_back_and_mean_the_same(here, tmp_path):
    table, folder = tmp_path / "fleet.csv", tmp_path / "yaml"
    here.run("inputs", "convert", here.ready["environment"]["AZLOCAL_INPUTS"], str(table), check=0)
    here.run("inputs", "convert", str(table), str(folder), check=0)

    def digests(*place):
        document = here.json("inputs", "check", "--offline", *place)
        return {one["name"]: one["digest"] for one in document["clusters"]}

    assert digests() == digests("--inputs", str(table)) == digests("--inputs", str(folder))
    assert all(digests().values())


def test_nothing_of_it_writes_to_azure(here):
    assert sent(here) == []


def test_what_a_person_attests_is_evidence_and_what_cannot_be_is_refused(here):
    wrong = here.run("attest", "clu-malmo-01", "oem-suported", "--expires", "2027-02-30", check=2)
    assert "did you mean 'oem-supported'?" in wrong.stderr
    assert "expires: '2027-02-30' is not a date YYYY-MM-DD" in wrong.stderr
    assert sent(here) == []
    here.run("attest", "clu-malmo-01", "oem-supported", "--expires", "2099-01-01", "--by", "anna", check=0)
    assert sent(here) == [("PATCH", "person")]
    page = " ".join(here.run("explain", "clu-malmo-01", check=0).stdout.split())
    assert "attested yes by anna on " in page
    assert "until 2099-01-01" in page


def test_a_risk_that_the_plan_accepts_is_told_with_the_finding_and_decides_nothing(here):
    before = here.json("explain", "clu-ghent-01")
    text = here.plan.read_text("utf-8")
    risk = (
        "{select: {names: [clu-denver-*, clu-turin-*]}, risk: limbo, by: anna, until: 2099-01-01, reason: no visit yet}"
    )
    here.plan.write_text(f"{text}\nacceptedRisks:\n- {risk}\n", "utf-8")
    try:
        plain = here.json("census")
        told = {
            one["name"]: finding["accepted"]
            for one in plain["clusters"]
            for finding in one["findings"]
            if finding["accepted"]
        }
        # Denver stays on 22H2, so it is not between the upgrades.
        assert told == {"clu-turin-01": "accepted by anna until 2099-01-01: no visit yet"}
        assert before["planDigest"] == plain["planDigest"]
        assert "accepted by anna until 2099-01-01" in here.run("explain", "clu-turin-01", check=0).stdout
    finally:
        here.plan.write_text(text, "utf-8")
    refused = f"{text}\nacceptedRisks:\n- {risk.replace('limbo', 'stuck')}\n"
    here.plan.write_text(refused, "utf-8")
    try:
        done = here.run("census", check=2)
        assert "acceptedRisks[0].risk: 'stuck' is no risk that may be accepted" in done.stderr
    finally:
        here.plan.write_text(text, "utf-8")
