"""The evidence of a change as a file: complete, checkable, the same for the same facts, and without secrets."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace

from fleets import DIGEST, HOUR, NOW, after, cluster, ident, look, machine, plan, without_lcm
from test_evidence_scrub import SECRETS

from azlocal.core.facts import ControlFacts, DeploymentFacts, SolutionFacts
from azlocal.core.ids import h10, key
from azlocal.core.plan import Inputs
from azlocal.core.tags import Acceptance, Approval
from azlocal.core.times import format_time
from azlocal.report.evidence_readme import FILES
from azlocal.report.evidence_zip import evidence_zip
from azlocal.service.evidence import ACTIONS, FINDINGS, STATES, STEPS, gather
from azlocal.service.look import judge

ROAD = [
    ("Blocked", "Hold"),
    ("Candidate", "StartValidation"),
    ("Candidate", "StartValidation"),
    ("Validated", "StartUpgrade"),
]


class Traces:
    """What Azure remembers, made up."""

    def __init__(self, rows=None, operations=(), problems=()):
        self.told, self.listed, self.problems = rows, operations, problems

    def operations(self, found):
        return self.listed

    def rows(self, found):
        return self.told


def at(hours):
    return format_time(NOW - hours * HOUR)


def recorded(name="oslo"):
    mine = {"ClusterId": key(ident(name))}
    states = [
        {
            **mine,
            "TimeGenerated": at(10 - hour),
            "TickId": f"t{hour}",
            "Phase": phase,
            "Decision": decision,
            "OsVersion": f"v{hour}",
        }
        for hour, (phase, decision) in enumerate(ROAD)
    ]
    starts = [
        {
            **mine,
            "TimeGenerated": at(3),
            "RequestedAt": at(3),
            "Mode": "deploy",
            "Attempt": 1,
            "PlanDigest": "p1",
            "CorrelationId": "corr-1",
        }
    ]
    findings = [
        {**mine, "TimeGenerated": at(10), "Check": "B8"},
        {**mine, "TimeGenerated": at(1), "Check": "verify-solution"},
    ]
    return {
        STATES: states,
        FINDINGS: findings,
        STEPS: [{**mine, "TimeGenerated": at(2), "StepName": "Inner"}],
        ACTIONS: starts,
    }


def change(one=None, traces=None, wanted=None, plan_text="version: azlocal.fleet/1\n", inputs=None, control=None):
    one = one or after("oslo", "deploy", "Error", "Failed", "no disk")
    wanted = wanted or plan()
    found = look(one, wanted=wanted, control=control)
    if inputs:
        found = judge(found.facts, wanted, {key(one.id): inputs}, NOW)
    return gather(found, "oslo", wanted, plan_text, traces or Traces(recorded()))


def unpacked(one):
    with zipfile.ZipFile(io.BytesIO(evidence_zip(one))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def document(one, name):
    return json.loads(unpacked(one)[name])


def test_the_file_holds_what_its_readme_says_in_that_order():
    files = unpacked(change())
    assert sorted(files) == sorted(FILES)
    told = [
        line.split()[0]
        for line in files["README.txt"].decode().splitlines()
        if line.split()[:1] and line.split()[0] in FILES
    ]
    assert told == list(FILES)


def test_every_file_is_in_the_manifest_with_its_digest_and_the_sums_check_them_all():
    files = unpacked(change())
    listed = {one["name"]: (one["sha256"], one["bytes"]) for one in json.loads(files["manifest.json"])["files"]}
    assert listed == {
        name: (hashlib.sha256(body).hexdigest(), len(body))
        for name, body in files.items()
        if name not in {"manifest.json", "SHA256SUMS"}
    }
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "SHA256SUMS"}


def test_the_same_facts_give_the_same_bytes_and_others_do_not():
    assert evidence_zip(change()) == evidence_zip(change())
    assert evidence_zip(change()) != evidence_zip(change(after("oslo", "deploy", "Error", "Failed", "no room")))


def test_before_is_what_was_known_last_before_the_first_start():
    told = document(change(), "before.json")
    assert told["known"] is True
    assert (told["firstKnown"]["OsVersion"], told["lastBeforeTheUpgrade"]["OsVersion"]) == ("v0", "v3")
    assert told["upgradeStarted"] == at(3)
    assert [one["Check"] for one in told["findings"]] == ["B8"]


def test_without_a_workspace_the_file_says_what_is_not_known_instead_of_making_it_up():
    one = change(traces=Traces(None, problems=("the workspace cannot be read",)))
    told = document(one, "before.json")
    assert told["known"] is False
    assert "AZLOCAL_WORKSPACE_ID" in told["notKnown"]
    assert document(one, "manifest.json")["complete"] is False
    readme = unpacked(one)["README.txt"].decode()
    assert "the workspace cannot be read" in readme
    assert "no Log Analytics workspace could be asked" in readme


def test_decisions_tell_every_change_once_and_every_start():
    told = document(change(), "decisions.json")
    assert [(one["Phase"], one["Decision"]) for one in told["history"]] == [ROAD[0], ROAD[1], ROAD[3]]
    assert [one["CorrelationId"] for one in told["starts"]] == ["corr-1"]
    assert told["now"]["phase"] == "ApplyFailed"


def test_rows_of_other_clusters_do_not_get_in():
    rows = recorded("bergen")
    assert document(change(traces=Traces(rows)), "before.json")["known"] is False


def test_plan_and_inputs_tell_their_digests_and_whether_azure_echoes_what_is_sent():
    inputs = Inputs(
        cluster_id="x",
        parameters={"lcmSecretUri": "https://kv.vault.azure.net/secrets/s/1"},
        digest=DIGEST,
        source="f.yaml",
    )
    one = change(inputs=inputs)
    told = document(one, "inputs.json")
    assert (told["digest"], told["echoDigest"], told["echoIsWhatWouldBeSent"]) == (DIGEST, DIGEST, True)
    assert told["parameters"] == {"lcmSecretUri": "(left out)"}
    told = document(one, "plan.json")
    assert (told["digest"], told["shown"], told["ring"]["name"]) == ("cd" * 32, "cd" * 6, "one")
    assert [one["PlanDigest"] for one in told["digestsOfAttempts"]] == ["p1", "p"]


def test_consent_tells_who_approved_accepted_and_attested():
    members = look(after("oslo", "deploy", "Error", "Failed")).rings[0].members_digest[:12]
    control = ControlFacts(
        id="/subscriptions/s/resourceGroups/c", paused=False,
        approvals={"one": Approval(plan="cd" * 6, members=members, until=NOW + HOUR, by="anna")},
        acceptances={h10(ident("oslo")): Acceptance(mode="deploy", attempt=1, by="bo")},
    )  # fmt: skip
    told = document(change(control=control), "consent.json")
    assert (told["approval"]["record"]["by"], told["approval"]["approved"]) == ("anna", True)
    assert told["acceptance"]["record"]["by"] == "bo"
    assert {one["key"] for one in told["attestations"]} >= {"oem-supported", "not-scvmm"}


def test_after_tells_each_check_of_an_upgraded_cluster_and_nothing_before():
    assert document(change(), "after.json")["known"] is False
    done = replace(
        after("oslo", "deploy", "Success", "Succeeded"), solution=SolutionFacts(id="s", version="12.2510.1002.531")
    )
    told = document(change(done), "after.json")
    assert told["solution"]["version"] == "12.2510.1002.531"
    assert {"verify-solution"} <= {one["check"] for one in told["checks"]}


def test_support_tells_ids_times_region_versions_and_the_failing_step():
    failed = replace(
        after("oslo", "deploy", "Error", "Failed", "no disk left"),
        deployment=DeploymentFacts(id="d", provisioning_state="Failed", correlation_id="corr-2", timestamp=NOW, mode="deploy", attempt=1),
    )  # fmt: skip
    operation = {
        "operationId": "op-7",
        "properties": {
            "provisioningOperation": "Create", "provisioningState": "Failed", "timestamp": at(1), "duration": "PT3M",
            "serviceRequestId": "req-9", "statusCode": "Conflict", "targetResource": {"id": "/x/deploymentSettings/default"},
        },
    }  # fmt: skip
    text = unpacked(change(failed, Traces(recorded(), [operation])))["support.txt"].decode()
    for word in (
        "corr-1",
        "corr-2",
        "op-7",
        "req-9",
        "eastus",
        "30.2408.0.1",
        "10.0.25398.1904",
        ident("oslo"),
        at(1),
        "Inner",
        "no disk left",
    ):
        assert word in text, word


def test_no_file_holds_a_secret_wherever_azure_or_a_person_wrote_it():
    text = "\n".join(SECRETS)
    one = replace(
        after("oslo", "deploy", "Error", "Failed", text), tags={"ring": "one", "note": text},
        machines=(machine(text),), error="",
    )  # fmt: skip
    rows = recorded()
    rows[STATES][0]["PhaseMessage"] = rows[ACTIONS][0]["Message"] = text
    body = evidence_zip(
        change(
            one, Traces(rows, [{"operationId": text, "properties": {"statusMessage": text}}], (text,)), plan_text=text
        )
    )
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        for name in archive.namelist():
            told = archive.read(name).decode()
            assert [secret for secret in SECRETS.values() if secret in told] == [], name


def test_a_cluster_that_was_never_touched_has_a_file_too():
    one = change(without_lcm("oslo"), Traces({}), plan_text="")
    assert "plan.yaml" not in unpacked(one)
    assert "none: there is no deployment by azlocal" in unpacked(one)["support.txt"].decode()
    assert cluster("oslo").name in unpacked(one)["README.txt"].decode()
