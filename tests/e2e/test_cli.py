"""The command line as processes of their own, over HTTPS, with nothing but the variables that a sandbox prints."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

MAIN = [sys.executable, "-m", "azlocal.cli.main"]


class Sandbox:
    """A running sandbox, and commands in the shell it prints."""

    def __init__(self, scenario: str, folder: Path):
        self.place = folder / "ready.json"
        self.process = subprocess.Popen(
            [*MAIN, "sandbox", "start", "--scenario", scenario, "--ready-file", str(self.place)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in self.process.stdout:
            if line.startswith("# Azure CLI"):
                break
        self.ready = json.loads(self.place.read_text("utf-8"))
        self.plan = Path(self.ready["environment"]["AZLOCAL_PLAN"])

    def run(self, *arguments, check=None, **environment):
        bare = {
            name: text for name, text in os.environ.items() if not name.startswith(("AZLOCAL_", "AZURE_", "COLUMNS"))
        }
        told = {name: text for name, text in environment.items() if text is not None}
        shell = {name: text for name, text in self.ready["environment"].items() if name not in environment}
        done = subprocess.run(
            [*MAIN, *arguments],
            env=bare | shell | told,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr
        if check is not None:
            assert done.returncode == check, done.stderr
        return done

    def json(self, *arguments, check=0):
        return json.loads(self.run(*arguments, "-o", "json", check=check).stdout)

    def control(self, what, body=None):
        trust = ssl.create_default_context(cafile=self.ready["ca_bundle"])
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.ready['arm_endpoint']}/_sandbox/{what}", data=data), context=trust) as answer:
            return json.loads(answer.read())

    def journal(self, after=0):
        return self.control(f"journal?after={after}")["value"]

    def seen(self):
        entries = self.journal()
        return entries[-1]["seq"] if entries else 0

    def stop(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    sandbox = Sandbox("fleet-small", tmp_path_factory.mktemp("fleet"))
    yield sandbox
    sandbox.stop()


@pytest.fixture
def single(tmp_path):
    sandbox = Sandbox("single-upgrade-fails-and-resumes", tmp_path)
    yield sandbox
    sandbox.stop()


def writes(entries):
    return [(one["method"], one["principal"]) for one in entries if one["effect"] and one["method"] != "GET"]


# reading


def test_a_census_lists_the_whole_fleet_and_writes_nothing(fleet):
    seen = fleet.seen()
    lines = fleet.run("census", check=0).stdout.splitlines()
    assert len(lines) == 24 + 2
    assert not [one for one in fleet.journal(seen) if one["method"] in {"PUT", "PATCH", "DELETE"}]


def test_a_census_without_a_plan_decides_nothing(fleet):
    document = json.loads(fleet.run("census", "-o", "json", check=0, AZLOCAL_PLAN=None, AZLOCAL_INPUTS=None).stdout)
    assert {(one["decision"], one["decisionReason"]) for one in document["clusters"]} == {("Wait", "NoPlan")}
    assert len(document["clusters"]) == 24


def test_a_query_picks_from_the_census_as_az_does(fleet):
    printed = fleet.run("census", "--query", "clusters[?phase=='Os22H2'].[name, osBuild]", "-o", "tsv", check=0).stdout
    assert printed == "clu-dallas-01\t10.0.20349.2700\n"


def test_every_cluster_can_be_explained_from_the_census_of_before_without_azure(fleet, tmp_path):
    place = tmp_path / "census.json"
    place.write_text(fleet.run("census", "-o", "json", check=0).stdout)
    seen = fleet.seen()
    names = [one["name"] for one in json.loads(place.read_text())["clusters"]]
    for name in names[::12]:
        lines = fleet.run("explain", name, "--census", str(place), check=0).stdout.splitlines()
        assert lines[0].startswith(f"{name}: ")
        assert lines[1].startswith("do: ")
        assert len(lines) <= 60
    assert fleet.journal(seen) == []


def test_explain_takes_name_group_and_name_or_id(fleet):
    one = fleet.json("explain", "clu-lyon-01")
    for word in (f"{one['resourceGroup']}/CLU-LYON-01", one["id"].upper()):
        assert fleet.json("explain", word)["id"] == one["id"]


def test_status_tells_rings_and_who_must_act(fleet):
    document = fleet.json("status")
    assert [ring["name"] for ring in document["rings"]] == ["canary", "early", "broad", "tail"]
    assert {"ApplyFailed", "Held", "OsUpgradeRequired"} <= {one["reason"] for one in document["waitingForPerson"]}
    text = fleet.run("status", check=0, COLUMNS="80").stdout
    # Ids and links stay whole: they are to be copied from here.
    assert all(len(line) <= 80 or "/subscriptions/" in line or "https://" in line for line in text.splitlines())


# signing


def test_what_a_person_signs_is_written_by_the_person_and_nothing_by_the_managed_identity(fleet):
    seen = fleet.seen()
    assert "early is approved until" in fleet.run("approve", "early", "--until", "P3D", "--by", "anna", check=0).stdout
    for arguments in (["pause", "--reason", "storm"], ["resume"], ["hold", "clu-lyon-01"], ["release", "clu-lyon-01"]):
        fleet.run(*arguments, check=0)
    entries = fleet.journal(seen)
    assert {one["principal"] for one in entries if one["principal"]} == {"person"}
    assert {method for method, _ in writes(entries)} == {"PATCH"}
    assert not [one for one in entries if one["path"] == "/msi/token"]
    assert fleet.json("status")["rings"][1]["approvedBy"] == "anna"


def test_a_plan_in_a_blob_serves_a_tick_by_the_identity_and_a_signature_by_the_person(fleet):
    blobs = {"AZLOCAL_PLAN": fleet.ready["plan_url"], "AZLOCAL_INPUTS": None}
    assert "Would start" in fleet.run("tick", "--dry-run", check=1, **blobs).stdout
    seen = fleet.seen()
    fleet.run("resume", check=0, **blobs)
    entries = fleet.journal(seen)
    assert entries[-1]["principal"] == "person"
    assert not [one for one in entries if one["path"] == "/msi/token" or one["principal"] == "managed-identity"]


def test_a_hold_is_seen_by_the_next_look_and_gone_after_its_release(fleet):
    fleet.run("hold", "clu-malmo-01", "--reason", "disk", check=0)
    held = fleet.json("explain", "clu-malmo-01")
    assert (held["decisionReason"], "reason=disk" in held["decisionMessage"]) == ("Held", True)
    fleet.run("release", "clu-malmo-01", check=0)
    assert fleet.json("explain", "clu-malmo-01")["decisionReason"] != "Held"


# wrong input, and an Azure that refuses


def seven_mistakes(folder):
    place = folder / "seven.yaml"
    place.write_text(
        "version: azlocal.fleet/1\nscope: {subscriptions: [here]}\ncontrol: nowhere\nlease: none\ncolour: red\n"
        "rings:\n- {name: Big Ring, select: {all: true}, expect: many, gate: maybe}\n"
    )
    return str(place)


REFUSED = {
    "plan with seven mistakes": (["tick"], 2, "7 problems:", 0),
    "malformed cluster id": (["explain", "/subscriptions/x/clusters/y"], 2, "is not a resource id", 0),
    "unknown format of a subscription": (["census", "--subscription", "prod"], 2, "not a subscription id", 0),
    "unknown ring": (["approve", "nowhere"], 2, "the plan has no ring 'nowhere'", 0),
    "inputs not there": (["tick", "--inputs", "/nowhere"], 2, "neither a folder nor a file", 0),
    "no cloud": (["tick", "--cloud", "moon"], 2, "'moon'", 0),
    "unreachable endpoint": (["census", "--cloud", "https://127.0.0.1:9"], 3, "127.0.0.1:9", 0),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_input_is_one_message_with_what_to_do_and_nothing_is_sent(fleet, tmp_path, case):
    arguments, code, text, sent = REFUSED[case]
    more = ["--plan", seven_mistakes(tmp_path)] if "mistakes" in case else []
    seen = fleet.seen()
    done = fleet.run(*arguments, *more, check=code)
    assert text in done.stderr
    assert [line.split(":")[0] for line in done.stderr.splitlines() if not line.startswith("  ")] in (
        ["error", "do"], ["error", "evidence", "do"],
    )  # fmt: skip
    assert (done.stdout, len(fleet.journal(seen))) == ("", sent)


def test_a_subscription_that_is_not_there_is_told_and_starts_nothing(fleet, tmp_path):
    other, known = "00000000-0000-4000-8000-00000000dead", fleet.ready["subscriptions"][0]
    place = tmp_path / "plan.yaml"
    text = fleet.plan.read_text().replace(f"[{known}", f"[{other}, {known}")
    place.write_text(text.replace("inputs: inputs", f"inputs: {fleet.plan.parent / 'inputs'}"))
    seen = fleet.seen()
    done = fleet.run("tick", "--plan", str(place), check=3)
    assert other in done.stderr.splitlines()[0]
    assert done.stderr.count("error:") == 1
    assert not [one for one in fleet.journal(seen) if one["method"] in {"PUT", "PATCH"}]


FAULTS = {
    "expired token": (
        {"status": 401, "code": "ExpiredAuthenticationToken"},
        "ExpiredAuthenticationToken",
        "sign in again",
    ),
    "no permission": (
        {"status": 403, "code": "AuthorizationFailed"},
        "AuthorizationFailed",
        "grant the identity a role",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_refusal_of_azure_is_one_message_with_evidence_and_exit_3(fleet, case):
    fault, code, remedy = FAULTS[case]
    fleet.control("faults", {"kind": "status", "path": "ResourceGraph", "times": 1, **fault})
    done = fleet.run("tick", check=3)
    error, evidence, do = done.stderr.splitlines()
    assert error.startswith("error: ")
    assert code in error
    assert f"HTTP {fault['status']}" in evidence
    assert remedy in do


def test_a_client_secret_that_is_wrong_is_one_message(fleet):
    done = fleet.run("pause", check=3, AZURE_CLIENT_SECRET="wrong")
    assert done.stderr.count("AADSTS7000215") == 1
    assert done.stderr.splitlines()[-1].startswith("do: ")


# the road


def hours(sandbox, count):
    for _ in range(count):
        sandbox.control("clock", {"advance": "PT1H"})


def test_ticks_and_one_resume_take_a_cluster_from_candidate_to_verified(single):
    def one(check):
        return single.json("tick", check=check)["clusters"][0]

    assert (one(0)["decision"], hours(single, 1)) == ("StartValidation", None)
    assert (one(0)["decision"], hours(single, 5)) == ("StartUpgrade", None)
    failed = one(1)
    assert (failed["phase"], failed["decision"]) == ("ApplyFailed", "Hold")
    assert "azlocal-upgrade resume clu-oslo-01" in failed["remedy"]
    assert single.run("tick", check=1).stdout.count("ApplyFailed")
    single.run("resume", "clu-oslo-01", check=0)
    assert (one(0)["decision"], hours(single, 5)) == ("Resume", None)
    assert one(0)["decision"] in {"Done", "Verify"}
    assert single.run("explain", "clu-oslo-01", check=0).stdout.startswith("clu-oslo-01: Solution: ")


def test_a_dry_run_writes_nothing(single):
    seen = single.seen()
    assert "Would start" in single.run("tick", "--dry-run", check=0).stdout
    assert writes(single.journal(seen)) == []
