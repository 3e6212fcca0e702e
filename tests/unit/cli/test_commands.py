"""What each command prints, asks and returns, over a small Azure in memory."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
import yaml
from fleets import CONTROL, NOW, SUB, after, cluster, ident, look, old, plan, ring, without_lcm
from town import Town, command

from azlocal.cli.approve import read_until
from azlocal.core.facts import ABSENT, ControlFacts
from azlocal.core.plan import Scope
from azlocal.errors import AzureRefused, BadInput
from azlocal.report.documents import census_document
from azlocal.report.snapshot import read_snapshot

OTHER_SUB = "66666666-2222-3333-4444-555555555555"
OPEN = plan(replace(ring(gate="none"), expect=1))
OPEN = replace(OPEN, lease="/container")
GATED = replace(plan(ring()), lease="/container")


def fleet():
    elsewhere = replace(cluster("bergen", ring="two"), id=ident("bergen", "north").replace(SUB, OTHER_SUB))
    return Town(cluster("oslo"), without_lcm("moss"), elsewhere)


@pytest.fixture
def out(capsys):
    def read():
        return capsys.readouterr()

    return read


# what is read


def test_census_prints_a_table_to_stdout_and_remarks_to_stderr(out):
    assert command(fleet(), "census") == 0
    told = out()
    assert [line.split()[0] for line in told.out.splitlines()[2:]] == ["oslo", "moss", "bergen"]
    assert "3 clusters" in told.err


def test_census_as_json_is_only_json_and_the_whole_snapshot(out):
    town = fleet()
    assert command(town, "census", "-o", "json") == 0
    told = out()
    document = json.loads(told.out)
    assert (document["version"], told.err) == ("azlocal.census/1", "")
    assert [one.name for one in read_snapshot(document).clusters] == ["oslo", "moss", "bergen"]


def test_census_as_yaml_and_as_tsv_tell_the_same_clusters(out):
    command(fleet(), "census", "-o", "yaml")
    assert [one["name"] for one in yaml.safe_load(out().out)["clusters"]] == ["oslo", "moss", "bergen"]
    command(fleet(), "census", "-o", "tsv")
    rows = [line.split("\t") for line in out().out.splitlines()]
    assert rows[0][:9] == [
        "oslo",
        "rg",
        "Candidate",
        "Candidate",
        "medium",
        "10.0.25398.1904",
        "one",
        "StartValidation",
        "Candidate",
    ]
    assert {len(row) for row in rows} == {10}


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("json", '[\n  "moss"\n]\n'), ("tsv", "moss\n"), ("yaml", "- moss\n"), ("table", "Result\n------\nmoss\n"),
    ],
)  # fmt: skip
def test_a_query_works_with_every_format(out, form, printed):
    assert command(fleet(), "census", "--query", "clusters[?verdict=='Blocked'].name", "-o", form) == 0
    assert out().out == printed


def test_a_subscription_sets_the_scope_where_there_is_no_plan(out):
    town = fleet()
    command(town, "census", "--subscription", OTHER_SUB.upper(), planned=False)
    assert town.scopes == [Scope(subscriptions=(OTHER_SUB,))]
    assert "no fleet plan was named" in out().err


def test_with_a_plan_a_subscription_and_a_group_narrow_only_what_is_shown(out):
    town = fleet()
    for option in (("--subscription", OTHER_SUB), ("-g", "NORTH")):
        command(town, "census", *option, "-o", "json")
        document = json.loads(out().out)
        assert ([one["name"] for one in document["clusters"]], document["partial"]) == (["bergen"], True)
    assert town.scopes == [plan().scope] * 2


def test_a_group_without_clusters_is_remarked(out):
    assert command(fleet(), "census", "-g", "nowhere", "-o", "tsv") == 0
    told = out()
    assert (told.out, "no cluster in scope" in told.err) == ("", True)


@pytest.mark.parametrize("name", ["census", "status", "explain"])
def test_a_command_that_only_reads_exits_0_whatever_it_finds_and_3_when_it_could_not_read_all(out, name):
    more = ["oslo"] if name == "explain" else []
    broken = after("oslo", "deploy", "Error", "Failed")
    assert command(Town(broken), name, *more, wanted=plan(ring(failure_budget=0))) == 0
    out()
    assert command(Town(broken, gaps=("subscription x is not visible",)), name, *more) == 3
    told = out()
    assert told.out
    assert "error: the fleet could not be read whole: subscription x is not visible" in told.err
    assert told.err.splitlines()[-1].startswith("do: ")


def test_status_shows_rings_and_who_must_act(out):
    assert command(fleet(), "status", wanted=plan(ring(), ring("two"))) == 0
    text = out().out
    assert "Rings\n  one  open (Open)" in text
    assert "Waiting for a person" in text


def test_status_of_a_group_tells_of_its_clusters_and_of_every_ring(out):
    command(fleet(), "status", "-g", "north", "-o", "json", wanted=plan(ring(), ring("two")))
    document = json.loads(out().out)
    assert (sum(document["phases"].values()), len(document["rings"])) == (1, 2)


def test_a_bare_name_is_meant_in_the_group_that_is_given(out):
    twins = [replace(cluster("oslo"), id=ident("oslo", group)) for group in ("a", "b")]
    assert command(Town(*twins), "explain", "oslo") == 2
    assert command(Town(*twins), "explain", "oslo", "-g", "b", "-o", "tsv", "--query", "id") == 0
    assert out().out == ident("oslo", "b") + "\n"


def test_status_as_tsv_has_a_row_for_each_ring(out):
    command(fleet(), "status", "-o", "tsv", wanted=plan(ring(), ring("two")))
    assert [line.split("\t")[:3] for line in out().out.splitlines()] == [
        ["one", "open", "Open"],
        ["two", "closed", "RingClosed"],
    ]


def test_explain_begins_with_the_verdict_and_what_to_do(out):
    assert command(fleet(), "explain", "MOSS") == 0
    lines = out().out.splitlines()
    assert lines[0].startswith("moss: Blocked")
    assert lines[1].startswith("do: install or update")


def test_explain_as_json_has_everything_about_one_cluster(out):
    command(fleet(), "explain", "rg/moss", "-o", "json")
    assert json.loads(out().out)["nextAction"].startswith("install or update")


def test_explain_takes_a_snapshot_and_asks_nobody(out, tmp_path):
    place = tmp_path / "census.json"
    place.write_text(json.dumps(census_document(look(without_lcm("moss"), old("oslo")))))
    town = Town()
    assert command(town, "explain", "oslo", "--census", str(place)) == 0
    assert out().out.startswith("oslo: OsUpgradeRequired")
    assert town.scopes == []


@pytest.mark.parametrize("text", ["", "[]", "{}", None])
def test_a_snapshot_that_is_none_is_refused(out, tmp_path, text):
    place = tmp_path / "census.json"
    if text is not None:
        place.write_text(text)
    assert command(Town(), "explain", "oslo", "--census", str(place)) == 2
    assert out().err.startswith("error: census: ")


# tick


def test_tick_starts_what_is_due_tells_it_and_exits_0(out):
    town = Town(cluster("oslo"))
    assert command(town, "tick", wanted=OPEN) == 0
    assert town.sent == ["StartValidation oslo", "release"]
    assert "Started\n" in out().out


def test_a_dry_run_tells_what_would_start_and_sends_nothing(out):
    town = Town(cluster("oslo"))
    assert command(town, "tick", "--dry-run", wanted=OPEN) == 0
    assert town.sent == []
    assert "Would start\n" in out().out


def test_tick_acts_only_on_the_clusters_that_are_named(out):
    town = Town(cluster("oslo"), cluster("moss"), cluster("voss"))
    assert command(town, "tick", "--only", "moss", "--only", ident("voss"), "-o", "json", wanted=OPEN) == 0
    assert town.sent == ["StartValidation moss", "StartValidation voss", "release"]
    reasons = {one["name"]: one["decisionReason"] for one in json.loads(out().out)["clusters"]}
    assert reasons == {"oslo": "NotSelected", "moss": "Candidate", "voss": "Candidate"}


@pytest.mark.parametrize(("word", "sends"), [("nowhere", 1), ("/subscriptions/x", 0), ("a/b/c", 0)])
def test_a_named_cluster_that_is_none_is_refused_and_nothing_is_started(out, word, sends):
    town = Town(cluster("oslo"))
    assert command(town, "tick", "--only", word, wanted=OPEN) == 2
    assert (len(town.scopes), town.sent) == (sends, [])
    assert out().err.startswith("error: cluster: ")


def test_tick_exits_1_when_something_failed_or_is_halted(out):
    failed = after("oslo", "deploy", "Error", "Failed")
    assert command(Town(failed), "tick", wanted=OPEN) == 1
    assert command(Town(failed), "tick", wanted=replace(plan(ring(failure_budget=0)), lease="/c")) == 1
    assert "HALTED" in out().out


def test_tick_exits_3_when_the_fleet_could_not_be_read_whole(out):
    town = Town(cluster("oslo"), gaps=("subscription x is not visible",))
    assert command(town, "tick", wanted=OPEN) == 3
    assert "StartValidation oslo" not in town.sent
    assert "could not be read whole" in out().err


def test_tick_needs_a_plan(out):
    town = Town(cluster("oslo"))
    assert command(town, "tick", planned=False) == 2
    assert (town.scopes, "AZLOCAL_PLAN" in out().err) == ([], True)


@pytest.mark.parametrize("minutes", ["0", "-1", "soon"])
def test_a_deadline_is_a_positive_number_of_minutes(out, minutes):
    assert command(Town(), "tick", "--deadline-minutes", minutes, wanted=OPEN) == 2
    assert "--deadline-minutes" in out().err


def test_tick_as_tsv_has_a_row_for_each_cluster(out):
    command(Town(cluster("oslo")), "tick", "--dry-run", "-o", "tsv", wanted=OPEN)
    assert out().out == "oslo\tone\tCandidate\tStartValidation\tCandidate\n"


# what people sign


def test_approve_shows_what_it_lets_go_and_says_what_it_signed(out):
    town = Town(cluster("oslo"))
    assert command(town, "approve", "one", "--by", "bert", wanted=GATED) == 0
    ((what, scope, tags),) = town.sent
    assert (what, scope, list(tags)) == ("merge", CONTROL, ["azlocal-approve-one"])
    assert "by=bert" in tags["azlocal-approve-one"]
    told = out()
    assert "a solution upgrade cannot be undone" in told.err
    assert told.out.startswith("ring one is approved until 2026-12-01T12:00:00Z by bert: 1 cluster ")


def test_approve_names_who_is_signed_in_when_nobody_is_named():
    town = Town(cluster("oslo"))
    command(town, "approve", "one", wanted=GATED)
    assert "by=anna" in town.sent[0][2]["azlocal-approve-one"]


class Terminal:
    """A standard input at which a person answers."""

    def __init__(self, answer):
        self._answer = answer

    def isatty(self):
        return True

    def readline(self, *_):
        return self._answer + "\n"


@pytest.mark.parametrize(
    ("answer", "options", "code", "writes"), [("y", [], 0, 1), ("n", [], 1, 0), ("n", ["--yes"], 0, 1)]
)
def test_at_a_terminal_approve_asks_unless_told_not_to(monkeypatch, out, answer, options, code, writes):
    town = Town(cluster("oslo"))
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert command(town, "approve", "one", *options, wanted=GATED) == code
    assert len(town.sent) == writes
    assert ("nothing was changed" in out().err) == (not writes)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-12-31", datetime(2026, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
        ("2026-12-31T18:00Z", datetime(2026, 12, 31, 18, tzinfo=timezone.utc)),
        ("P7D", timedelta(days=7)), ("PT6H", timedelta(hours=6)),
    ],
)  # fmt: skip
def test_an_end_is_a_date_a_moment_or_a_duration(text, end):
    assert read_until(text) == end


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "7"])
def test_any_other_end_is_refused(text):
    with pytest.raises(BadInput, match="until"):
        read_until(text)


@pytest.mark.parametrize("options", [["two"], ["one", "--until", "2020-01-01"], ["one", "--until", "soon"]])
def test_an_approval_that_cannot_be_is_exit_2_and_writes_nothing(out, options):
    town = Town(cluster("oslo"))
    assert command(town, "approve", *options, wanted=GATED) == 2
    assert town.sent == []
    assert out().err.splitlines()[-1].startswith("do: ")


SIGNED = {
    "hold": (["hold", "oslo", "--reason", "disk"], ("merge", ident("oslo"), {"azlocal-hold": "reason=disk;by=anna"})),
    "hold by": (["hold", "oslo", "--by", "bert"], ("merge", ident("oslo"), {"azlocal-hold": "by=bert"})),
    "release": (["release", "oslo"], ("drop", ident("oslo"), ["azlocal-hold"])),
    "pause": (["pause", "--reason", "storm"], ("merge", CONTROL, {"azlocal-pause": "reason=storm;by=anna"})),
    "resume": (["resume"], ("drop", CONTROL, ["azlocal-pause"])),
}


@pytest.mark.parametrize("case", SIGNED)
def test_a_command_that_signs_writes_one_tag_and_says_what_it_did(out, case):
    arguments, written = SIGNED[case]
    town = Town(cluster("oslo"))
    assert command(town, *arguments) == 0
    assert town.sent == [written]
    assert out().out.count("\n") == 1


def test_resume_of_a_cluster_accepts_its_failed_attempt(out):
    town = Town(after("oslo", "deploy", "Error", "Failed"))
    assert command(town, "resume", "oslo") == 0
    assert list(town.sent[0][2].values()) == ["m=deploy;n=1;by=anna"]
    assert "the failed attempt 1 (deploy)" in out().out


def test_a_command_that_signs_answers_in_json_too(out):
    command(Town(cluster("oslo")), "pause", "-o", "json")
    assert json.loads(out().out)["message"].startswith("the fleet is paused")


def test_hold_without_a_plan_searches_the_given_subscriptions():
    town = Town(cluster("oslo"))
    assert command(town, "hold", "oslo", "--subscription", SUB, planned=False) == 0
    assert town.scopes == [Scope(subscriptions=(SUB,))]


# errors


def test_an_error_is_printed_with_evidence_and_what_to_do(out):
    town = Town(cluster("oslo"))
    town.broken = AzureRefused("could not query (scope): Denied: \x1b[2Jno", remedy="grant Reader", evidence="HTTP 403")
    assert command(town, "census") == 3
    told = out()
    assert told.out == ""
    assert told.err == "error: could not query (scope): Denied: \\x1b[2Jno\nevidence: HTTP 403\ndo: grant Reader\n"


def test_several_mistakes_are_printed_one_a_line(out):
    town = Town()
    town.broken = BadInput(["fleet.yaml:1: one", "fleet.yaml:2: two"], remedy="correct them")
    assert command(town, "census") == 2
    assert out().err == "error: 2 problems:\n  fleet.yaml:1: one\n  fleet.yaml:2: two\ndo: correct them\n"


def test_a_paused_fleet_is_shown_by_the_reason_given(out):
    paused = ControlFacts(id=CONTROL, paused=True, pause_reason="reason=storm;by=anna")
    command(Town(cluster("oslo"), control=paused), "status", wanted=OPEN)
    assert "PAUSED: reason=storm;by=anna" in out().out


def test_the_clusters_facts_of_the_named_one_are_read_whole(out):
    validated = replace(after("oslo", "validate", "Success", "Succeeded"), deployment=ABSENT, observed_at=NOW)
    command(Town(validated), "explain", "oslo", planned=False)
    assert out().out.startswith("oslo: Validated")
