"""`inputs` and `attest` as they are typed: what they print, and how they end."""

from __future__ import annotations

import json

import pytest
from fleets import cluster, ident
from town import Town, TownApp, command

from azlocal.cli.main import run
from azlocal.core.attestations import QUESTIONS
from azlocal.core.plan import Inputs
from azlocal.files.schema import inputs_schema
from azlocal.report.inputs import drafts_page
from azlocal.service.inputs import Check, CheckedInputs, Drafted, Drafts


@pytest.fixture
def out(capsys):
    def read():
        return capsys.readouterr()

    return read


class InputsApp(TownApp):
    """An App that answers what was found, and tells what it was asked."""

    def __init__(self, found):
        super().__init__(Town(cluster("oslo")), {}, None)
        self.found, self.asked = found, []

    def check_inputs(self, words=(), *, offline=False, scope=None):
        self.asked.append((words, offline))
        return self.found

    def draft_inputs(self, wish, folder="", scope=None):
        self.asked.append((wish.words, wish.ring, wish.every, folder))
        return self.found


def typed(found, *arguments):
    app = InputsApp(found)
    return run(["inputs", *arguments], lambda given: app), app.asked


INPUTS = Inputs(cluster_id=ident("oslo"), parameters={}, digest="ab" * 32, source="oslo.yaml")
PROBLEM = "moss.yaml:3: subnetMask: 'x' is not a subnet mask such as 255.255.255.0 [SUBNET]"
FINE = CheckedInputs(name="oslo", id=ident("oslo"), ring="one", inputs=INPUTS, remarks=("oslo.yaml:2: look [DNS]",))
WRONG = CheckedInputs(name="moss", id=ident("moss"), ring="one", inputs=INPUTS, problems=(PROBLEM,))
GOOD = Check(clusters=(FINE, CheckedInputs(name="voss", id=ident("voss"))), compared=True)
BAD = Check(clusters=(FINE, WRONG), compared=True, strays=("x.csv:1: the file is empty",))


def test_inputs_in_order_exit_0_with_a_summary_what_to_look_at_and_the_questions(out):
    assert typed(GOOD, "check") == (0, [((), False)])
    told = out()
    assert told.out.splitlines()[:2] == [
        "1 cluster with inputs, 1 in order (compared with what Azure knows)",
        "1 cluster without inputs: voss",
    ]
    assert "To be looked at\n  oslo.yaml:2: look [DNS]" in told.out
    assert "LCM_PASSWORD" in told.out
    assert told.err == ""


def test_wrong_inputs_exit_2_with_every_problem_on_stderr(out):
    assert typed(BAD, "check", "oslo", "moss", "--offline") == (2, [(("oslo", "moss"), True)])
    told = out()
    assert told.out.startswith("2 clusters with inputs, 1 in order")
    assert "LCM_PASSWORD" not in told.out
    assert told.err == (
        f"error: 2 problems:\n  x.csv:1: the file is empty\n  {PROBLEM}\n"
        "do: correct the inputs; docs/inputs.md explains the codes\n"
    )


def test_what_could_not_be_read_is_exit_3_once_the_inputs_are_in_order(out):
    unread = Check(clusters=(FINE,), compared=True, unread=("could not read vaults",))
    assert typed(unread, "check")[0] == 3
    told = out()
    assert "Not known, because it could not be read\n  could not read vaults" in told.out
    assert told.err.startswith("error: the fleet could not be read whole: could not read vaults\n")


def test_a_check_as_json_is_one_document_whatever_it_found(out):
    assert typed(BAD, "check", "-o", "json")[0] == 2
    document = json.loads(out().out)
    assert document["problems"] == ["x.csv:1: the file is empty", PROBLEM]
    assert [(one["name"], one["digest"], len(one["problems"])) for one in document["clusters"]] == [
        ("oslo", "ab" * 6, 0), ("moss", "", 1),
    ]  # fmt: skip
    assert {one["code"] for one in document["questions"]} >= {"LCM_USER", "POOL_SPACE"}


def test_a_check_as_tsv_has_a_row_for_each_cluster(out):
    typed(GOOD, "check", "-o", "tsv")
    assert out().out == "oslo\tone\toslo.yaml\t0\t1\tabababababab\nvoss\t\t\t0\t0\t\n"


def test_drafts_tell_what_was_written_and_what_is_left_to_people(out):
    drafts = Drafts(
        clusters=(
            Drafted(name="oslo", id="o", state="written", file="in/oslo.yaml", filled=("a", "b"), open=("dnsServers",)),
            Drafted(name="moss", id="m", state="exists", file="in/moss.yaml"),
            Drafted(name="voss", id="v", state="solution", file=""),
        ),
        unread=("could not read the edge device",),
    )
    assert typed(drafts, "init", "--ring", "Canary", "--folder", "in") == (0, [((), "canary", False, "in")])
    assert out().out == (
        "oslo: in/oslo.yaml: written\n  from Azure: 2 values\n  fill in: dnsServers\n"
        "moss: in/moss.yaml: a file is there already, and it stays as it is\n"
        "voss: is upgraded, so it needs no inputs\n"
        "not read, so not filled in: could not read the edge device\n\n"
        "1 draft written, 2 left as they are\n"
    )
    typed(drafts, "init", "--all", "-o", "json")
    assert [one["state"] for one in json.loads(out().out)["clusters"]] == ["written", "exists", "solution"]


def test_a_hostile_name_does_not_reach_the_terminal():
    page = drafts_page(Drafts(clusters=(Drafted(name="\x1b[2Jx", id="", state="exists", file="a\nb"),)), None)
    assert "\x1b" not in page
    assert len(page.splitlines()) == 3


def test_the_schema_is_printed_as_json(out):
    assert run(["inputs", "schema"]) == 0
    assert json.loads(out().out) == inputs_schema()


def test_inputs_are_converted_and_what_was_written_is_listed(out, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "oslo.yaml").write_text("domainFqdn: ad.example.com\n")
    there = tmp_path / "fleet.csv"
    assert run(["inputs", "convert", str(tmp_path / "in"), str(there)]) == 0
    assert out().out == f"{there}\n"
    assert run(["inputs", "convert", str(tmp_path / "in"), str(there)]) == 2
    assert out().err.startswith(f"error: to: '{there}' is there already\n")
    assert run(["inputs", "convert", str(tmp_path / "nowhere"), str(tmp_path / "x.csv")]) == 2
    assert "is neither a folder nor a file" in out().err


# attest


def test_attest_writes_one_tag_and_says_what_stands(out):
    town = Town(cluster("oslo"))
    assert command(town, "attest", "oslo", "oem-supported", "--expires", "2027-06-30") == 0
    assert town.sent == [
        ("merge", ident("oslo"), {"azlocal-attest-oem-supported": "v=yes;until=2027-06-30;by=anna;at=2026-11-24"})
    ]
    assert out().out == "oslo: oem-supported is attested yes by anna, until the end of 2027-06-30 UTC\n"


def test_attest_says_no_and_names_who_is_named():
    town = Town(cluster("oslo"))
    assert command(town, "attest", "oslo", "not-stretched", "--no", "--by", "ben") == 0
    assert town.sent[0][2] == {"azlocal-attest-not-stretched": "v=no;by=ben;at=2026-11-24"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["oem-suported"], "did you mean 'oem-supported'?"), (["oem-supported", "--expires", "soon"], "expires: 'soon'"),
        (["oem-supported", "--expires", "2020-01-01"], "expires: 2020-01-01 is over"), ([], "name a CLUSTER and a KEY"),
    ],
)  # fmt: skip
def test_an_attestation_that_cannot_be_is_exit_2_and_writes_nothing(out, more, told):
    town = Town(cluster("oslo"))
    assert command(town, "attest", "oslo", *more) == 2
    assert town.sent == []
    assert told in out().err


def test_the_list_has_every_key_with_its_question_and_asks_nobody(out):
    town = Town()
    assert command(town, "attest", "--list", planned=False) == 0
    told = out().out
    assert all(name in told and question in told for name, question in QUESTIONS.items())
    command(town, "attest", "--list", "-o", "json", planned=False)
    assert {one["key"] for one in json.loads(out().out) if one["neededBeforeUpgrade"]} >= {"not-22h2sp"}
    assert town.scopes == []
