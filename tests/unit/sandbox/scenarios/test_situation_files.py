"""Situations: named worlds of one cluster, read strictly, and covering what somebody will meet."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from azlocal.core.data.support import ROWS
from azlocal.files.inputs_codes import CODES
from azlocal.files.plan_file import read_plan
from azlocal.sandbox.journey_texts import TEXTS
from azlocal.sandbox.scenarios import load, names, situation_files, situation_names
from azlocal.sandbox.scenarios.loader import read
from azlocal.sandbox.scenarios.model import ScenarioError
from azlocal.sandbox.scenarios.plan import plan_text

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
EVERY = situation_files.situations()
LEAST = """
version: azlocal.sandbox/1
about: the least there can be
subscriptions: [{name: Only}]
clusters: [{name: clu-oslo-01}]
acts:
"""
STATES = (
    "deployment active, settings absent", "deployment active, settings unchanged", "deployment failed, settings absent",
    "deployment failed, settings unchanged", "deployment gone or pruned", "deployment canceled, the cluster goes on",
    "deployment succeeded, settings unchanged", "upgrade running, validationStatus absent", "refused by the checker",
    "upgrade succeeded, provisioning not terminal", "validation failed, provisioning not terminal",
    "validation succeeded, settings failed", "validation succeeded, echo differs", "upgrade failed, echo differs",
    "other operation, name, or deletion", "status without settings", "stuck", "cluster moved or registered anew",
    "what a repeated Deploy does", "echo incomplete",
)  # fmt: skip


def shown() -> set[str]:
    return {one.of for one in EVERY}


def test_there_are_many_situations_each_with_a_name_of_its_own():
    assert len(EVERY) >= 50
    assert len({one.name for one in EVERY}) == len(EVERY)


@pytest.mark.parametrize("one", EVERY, ids=[one.name for one in EVERY])
def test_a_situation_is_a_world_with_its_cluster_first_and_a_plan_that_azlocal_reads(one):
    scenario = load(f"situation-{one.name}")
    assert scenario.clusters[0].name == f"clu-{one.name}"
    assert all(len(node.name) <= 15 for node in scenario.clusters[0].machines)
    assert read_plan(plan_text(scenario, NOW), "plan.yaml").rings


def test_every_state_that_is_easy_to_misread_is_shown():
    assert set(STATES) <= shown()


def test_every_row_of_the_support_matrix_is_shown():
    told = " ".join(one.of.lower() for one in EVERY)
    words = {
        "aks-hybrid": "aks hybrid", "arc-vms-preview": "preview arc vms", "preview-bridge": "preview resource bridge",
        "scvmm": "scvmm", "22h2sp": "supplemental package", "us-government": "us government", "oem": "hardware vendor",
        "language": "language", "licences": "licence", "hyper-v-vms": "hyper-v", "san": "san", "policy": "policy",
    }  # fmt: skip
    missing = [row.id for row in ROWS if words.get(row.id, row.id.split("-")[0].rstrip("s")) not in told]
    assert missing == []


def test_every_text_of_a_failing_step_is_shown():
    used = {
        outcome.text
        for one in EVERY
        for cluster in load(f"situation-{one.name}").clusters
        for outcome in (*cluster.behaviour.validations, *cluster.behaviour.upgrades)
    }
    assert set(TEXTS) <= used


def test_every_mistake_in_inputs_that_a_file_alone_shows_is_shown():
    of_the_file = {one.of for one in EVERY if one.of in CODES}
    # The others need Azure's word, another cluster's file, a table, or people.
    assert set(CODES) - of_the_file == {
        "CLUSTER", "CLUSTER_IP_IN_POOL", "IP_POOL_IN_USE", "KEYVAULT_ACCESS", "KEYVAULT_EXISTS", "MEMORY", "OU_PATH",
        "POOL_SPACE", "ROLES", "ROLES_RG", "ROLES_WRITE", "RP_UNREGISTERED", "SYSTEM_DRIVE", "TABLE",
    }  # fmt: skip


def test_the_fleet_holds_every_situation_that_is_nothing_but_a_cluster():
    fleet = load("situations")
    plain = [f"clu-{one.name}" for one in EVERY if not one.world]
    assert [one.name for one in fleet.clusters] == plain
    assert not fleet.acts
    assert len({one.network.prefix for one in fleet.clusters}) == len(plain)


def test_situations_are_listed_beside_the_scenarios():
    listed = dict(names())
    assert f"{len(load('situations').clusters)} clusters" in listed["situations"]
    assert [name for name, _ in situation_names()] == [f"situation-{one.name}" for one in EVERY]


def test_a_situation_that_is_not_there_is_refused_by_name():
    with pytest.raises(ScenarioError, match="'nowhere' is no situation: azlocal-upgrade sandbox list situations"):
        load("situation-nowhere")


def test_a_situation_may_change_its_ring_and_what_is_stated():
    scenario = load("situation-attestation-missing")
    stated = {one["key"] for one in scenario.plan["attestations"]}
    assert "oem-supported" not in stated
    assert "not-stretched" in stated
    assert load("situation-approval-needed").plan["rings"][0]["gate"] == "approval"


# files


def test_a_bad_file_is_named_with_what_is_wrong(tmp_path, monkeypatch):
    (tmp_path / "1-bad.yaml").write_text(
        "version: azlocal.situations/1\ntitle: t\nsite: s\nowner: o\nsituations: [{name: a, of: b, about: c, clusters: []}]\n"
    )
    monkeypatch.setattr(situation_files, "_FOLDER", tmp_path)
    with pytest.raises(ScenarioError, match=r"1-bad.yaml: situations\[0\].clusters: unknown key"):
        situation_files.situations.__wrapped__()


def test_the_same_name_twice_is_refused(tmp_path, monkeypatch):
    text = "version: azlocal.situations/1\ntitle: t\nsite: s\nowner: o\nsituations: [{name: a, of: b, about: c}]\n"
    for name in ("1.yaml", "2.yaml"):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(situation_files, "_FOLDER", tmp_path)
    with pytest.raises(ScenarioError, match="'a' stands twice"):
        situation_files.situations.__wrapped__()


# acts


def test_acts_are_read_in_order():
    scenario = read(
        LEAST
        + "- tick\n- {tick: 3}\n- advance: PT20M\n- watch: {deploymentStatus: Success}\n- resume\n- hold: moving\n"
        + "- change: {path: '{cluster}', to: {tags: {a: b}}}\n- gone: '{settings}'\n- advance: PT1H\n",
        "acts",
    )
    assert [one.word for one in scenario.acts] == [
        "tick", "tick", "advance", "watch", "resume", "hold", "change", "gone", "advance",
    ]  # fmt: skip
    assert [one.told["times"] for one in scenario.acts[:2]] == [1, 3]
    assert scenario.acts[5].told == {"text": "moving"}
    assert scenario.lead == timedelta(minutes=80)


@pytest.mark.parametrize(
    "act, said",
    [
        ("dance", "acts[0].dance: unknown key"),
        ("{tick: 1, advance: PT1H}", "one act is wanted, not 2"),
        ("{advance: an hour}", "'an hour' is not an ISO 8601 duration"),
        ("{watch: {status: Error}}", "acts[0].watch.status: unknown key"),
        ("{ask: {mode: Repair}}", "'Repair' is not one of Validate, Deploy"),
        ("{gone: 'deploymentSettings'}", "begins neither with /subscriptions/ nor with a place"),
        ("{change: {path: '{cluster}'}}", "acts[0].change.to: a mapping is wanted"),
        ("{send: {method: GET, path: '{cluster}', version: x}}", "'GET' is not one of PUT, PATCH, POST, DELETE"),
        ("{switch: {echo: loud}}", "'loud' is not one of complete, without-secrets, without-optional"),
        ("{fault: {kind: status, retryAfter: soon}}", "'soon' is no number of seconds"),
        ("{plan: paused}", "acts[0].plan: a mapping is wanted"),
    ],
)
def test_an_act_that_cannot_be_done_is_refused_by_name(act, said):
    with pytest.raises(ScenarioError, match=re.escape(said)):
        read(f"{LEAST}- {act}\n", "acts")
