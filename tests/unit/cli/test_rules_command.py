"""`rules list|show`: offline, in every format, and with what the plan says instead."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from fleets import plan
from town import Town, command

from azlocal.cli.main import run
from azlocal.core.plan import Override
from azlocal.core.rules import ALL
from azlocal.report.rules import markdown

OVERRIDE = Override(
    rule="minimum-lcm", value="30.2401", by="edge team", until=date(2027, 1, 31), reason="support case 12"
)


@pytest.fixture
def nowhere(monkeypatch):
    for name in ("AZLOCAL_PLAN", "AZLOCAL_CLOUD", "AZLOCAL_INPUTS"):
        monkeypatch.delenv(name, raising=False)


def test_every_rule_is_listed_without_asking_azure(nowhere, capsys):
    assert run(["rules", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["Id", "Kind", "Value", "Title", "Override"]
    assert [line.split()[0] for line in lines[2:]] == [rule.id for rule in ALL]


def test_a_kind_narrows_the_list(nowhere, capsys):
    assert run(["rules", "list", "--kind", "threshold", "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == "azlocal.rules/1"
    assert [one["id"] for one in document["items"]] == [rule.id for rule in ALL if rule.kind == "threshold"]
    assert next(one for one in document["items"] if one["id"] == "minimum-lcm")["value"] == "30.2408"


def test_rules_as_tsv_have_one_line_each(nowhere, capsys):
    assert run(["rules", "list", "-o", "tsv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(ALL)


def test_the_page_for_a_wiki_is_the_document(nowhere, capsys):
    assert run(["rules", "list", "--markdown"]) == 0
    assert capsys.readouterr().out == markdown() + "\n"


@pytest.mark.parametrize(
    "rule", ["B4", "b4", "support-aks-hybrid", "limbo", "minimum-lcm", "ApprovalNeeded", "end-of-support-25398"]
)
def test_one_rule_is_shown_with_its_source(nowhere, capsys, rule):
    assert run(["rules", "show", rule]) == 0
    out = capsys.readouterr().out
    assert out.lower().startswith(f"{rule.lower()}: ")
    assert "Source" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_a_rule_as_json_is_one_document(nowhere, capsys):
    assert run(["rules", "show", "B8", "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["id"], document["kind"], document["mayBeOverridden"], document["overrides"]) == (
        "B8",
        "check",
        False,
        [],
    )
    assert document["details"]["Evidence in Azure"]


def test_an_unknown_rule_is_exit_2_with_the_nearest(nowhere, capsys):
    assert run(["rules", "show", "minimum-lmc"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "error: rule: 'minimum-lmc' is no rule; did you mean minimum-lcm" in told.err
    assert "do: list them with: azlocal-upgrade rules list" in told.err


def test_what_the_plan_says_instead_is_told(capsys):
    wanted = replace(plan(), overrides=(OVERRIDE,))
    assert command(Town(), "rules", "show", "minimum-lcm", wanted=wanted) == 0
    assert "30.2401 by edge team, until 2027-01-31: support case 12" in capsys.readouterr().out
    assert command(Town(), "rules", "list", "--kind", "threshold", wanted=wanted) == 0
    assert "30.2401 by edge team, until 2027-01-31" in capsys.readouterr().out
    assert command(Town(), "rules", "show", "minimum-lcm", "-o", "json", wanted=wanted) == 0
    assert json.loads(capsys.readouterr().out)["overrides"] == [
        {"value": "30.2401", "by": "edge team", "until": "2027-01-31", "reason": "support case 12"}
    ]


def test_rules_without_a_command_show_what_there_is(nowhere, capsys):
    assert run(["rules"]) == 2
    assert "list" in capsys.readouterr().err
