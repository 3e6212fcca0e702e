"""`plan init|check|schema`, `forecast` and what `approve` shows: printed, written, refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import yaml
from fleets import ALWAYS, CONTROL, NOW, cluster, look, plan, ring
from town import Town, command

from azlocal.cli.main import run
from azlocal.core.digest import members_digest
from azlocal.core.facts import ControlFacts
from azlocal.core.tags import Approval
from azlocal.files.plan_file import read_plan
from azlocal.report.documents import census_document

GATED = replace(plan(ring()), lease="/container")


@pytest.fixture
def out(capsys):
    def read():
        return capsys.readouterr()

    return read


@pytest.fixture
def snapshot(tmp_path):
    path = tmp_path / "census.json"
    path.write_text(json.dumps(census_document(look(cluster("oslo"), cluster("moss", ring="two")))))
    return str(path)


def offline(*arguments):
    """Run a command with the real App and nothing behind it."""
    from azlocal.app import App

    return run(arguments, lambda given: App.from_environment(given, {}))


# plan init


def test_plan_init_prints_a_valid_plan_for_the_clusters_it_sees(out):
    assert command(Town(cluster("oslo"), cluster("moss")), "plan", "init", "--zone", "Europe/Oslo") == 0
    made = read_plan(out().out, "first.yaml")
    assert [one.name for one in made.rings] == ["canary", "early"]
    assert made.rings[0].windows[0].zone == "Europe/Oslo"


def test_plan_init_takes_a_census_file_asks_nobody_and_writes_where_it_is_told_to(out, snapshot, tmp_path):
    target = tmp_path / "fleet.yaml"
    assert offline("plan", "init", "--census", snapshot, "--out", str(target), "--control", CONTROL) == 0
    assert read_plan(target.read_text(), "fleet.yaml").control == CONTROL
    told = out()
    assert (told.out, f"plan check {target}" in told.err) == ("", True)


def test_plan_init_overwrites_nothing(out, snapshot, tmp_path):
    target = tmp_path / "fleet.yaml"
    target.write_text("mine")
    assert offline("plan", "init", "--census", snapshot, "--out", str(target)) == 2
    assert target.read_text() == "mine"
    assert "never overwritten" in out().err


@pytest.mark.parametrize("options", [["--zone", "Oslo"], ["--control", "x"], ["--out", "no/such/folder/plan.yaml"]])
def test_plan_init_refuses_what_is_no_good_and_prints_no_plan(out, snapshot, options):
    assert offline("plan", "init", "--census", snapshot, *options) == 2
    told = out()
    assert (told.out, told.err.startswith("error: ")) == ("", True)


def test_plan_init_and_forecast_name_a_census_file_that_cannot_be_read(out, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for arguments in (("plan", "init"), ("plan", "check", str(written(tmp_path)))):
        assert offline(*arguments, "--census", str(broken)) == 2
        assert "census:" in out().err


# plan check


def written(folder, text=None):
    path = folder / "fleet.yaml"
    path.write_text(text or yaml.safe_dump(DOCUMENT, sort_keys=False))
    return path


DOCUMENT = {
    "version": "azlocal.fleet/1", "scope": {"subscriptions": ["11111111-2222-3333-4444-555555555555"]},
    "control": CONTROL.replace("control", "rg-control"),
    "rings": [{
        "name": "one", "select": {"all": True}, "expect": 2, "maxConcurrent": "50%", "ramp": [1, "20%"],
        "windows": [{"days": "all", "from": "00:00", "to": "24:00", "zone": "UTC"}],
    }],
}  # fmt: skip


def test_plan_check_tells_rings_and_warnings_with_their_lines_and_exits_0(out, tmp_path):
    path = written(tmp_path)
    assert offline("plan", "check", str(path)) == 0
    told = out().out.splitlines()
    assert told[0].startswith(f"{path}: no mistake, 1 warning; plan ")
    assert told[1].strip() == f"{path}:1: lease: is not given, so nothing starts: nobody knows who else starts"
    assert told[-3].split() == ["one", "2", "?", "50%", "(ramp", "1,", "20%)", "0", "1", "day", "approval", "1"]


def test_plan_check_fills_the_rings_from_a_census(out, snapshot, tmp_path):
    path = str(written(tmp_path))
    assert offline("plan", "check", path, "--census", snapshot, "-o", "json") == 0
    document = json.loads(out().out)
    assert document["version"] == "azlocal.planCheck/1"
    assert document["rings"] == [{"name": "one", "expect": 2, "selected": 2}]
    assert [(one["path"], one["line"]) for one in document["warnings"]] == [("lease", 1)]


def test_plan_check_takes_the_plan_of_the_option_too(out, tmp_path):
    assert offline("plan", "check", "--plan", str(written(tmp_path)), "-o", "tsv") == 0
    assert out().out.split("\t")[0] == "one"


def test_plan_check_tells_all_mistakes_at_once_and_exits_2(out, tmp_path):
    text = "version: azlocal.fleet/1\nscope: {}\nrings:\n- {name: one, select: {all: yes}, expect: 0, ramp: [none]}\n"
    path = written(tmp_path, text)
    assert offline("plan", "check", str(path)) == 2
    told = out()
    assert told.out == ""
    for place in (f"{path}:2: scope:", f"{path}:4: rings[0].expect:", f"{path}:4: rings[0].ramp[0]:"):
        assert place in told.err


def test_plan_check_without_a_plan_says_how_to_name_one(out):
    assert offline("plan", "check") == 2
    assert "AZLOCAL_PLAN" in out().err


def test_plan_schema_is_json_that_knows_every_key(out):
    assert offline("plan", "schema") == 0
    schema = json.loads(out().out)
    assert {"rings", "caps", "validate", "retry", "freezes"} <= set(schema["properties"])


# forecast


def test_forecast_tells_when_each_ring_starts_and_finishes(out):
    wanted = replace(GATED, rings=(ring(gate="none"), ring("two")))
    assert command(Town(cluster("oslo"), cluster("moss", ring="two")), "forecast", wanted=wanted) == 0
    told = out().out
    rows = {line.split()[0]: line for line in told.splitlines() if line.startswith(("one ", "two "))}
    assert "2026-11-24 13:00 UTC" in rows["one"]
    assert "2026-11-24 15:45 UTC" in rows["one"]
    assert "needs approval" in rows["two"]
    assert "always open" in told


def test_forecast_as_json_is_complete_and_in_utc(out):
    wanted = replace(GATED, rings=(ring(windows=(replace(ALWAYS, closes=ALWAYS.opens.replace(hour=3)),)),))
    command(Town(cluster("oslo")), "forecast", "-o", "json", "--every", "PT2H", wanted=wanted)
    document = json.loads(out().out)
    assert (document["version"], document["tickEvery"], document["now"]) == (
        "azlocal.forecast/1",
        "PT2H",
        "2026-11-24T12:00:00Z",
    )
    (one,) = document["rings"]
    assert (one["left"], one["p50"]["firstStart"], one["p50"]["lastFinish"]) == (1, None, None)
    assert one["neverFit"][0]["name"] == "oslo"
    assert one["coverage"]["tooShort"] == one["coverage"]["openings"] > 300


def test_forecast_as_tsv_has_a_row_for_each_ring(out):
    command(Town(cluster("oslo")), "forecast", "-o", "tsv", wanted=GATED)
    assert out().out.split("\t")[:2] == ["one", "1 of 1"]


def test_forecast_of_a_census_file_is_that_of_its_own_moment(out, snapshot):
    town = Town()
    assert command(town, "forecast", "--census", snapshot, "-o", "json", wanted=GATED) == 0
    document = json.loads(out().out)
    assert (document["now"], document["noRing"][0]["name"], town.scopes) == ("2026-11-24T12:00:00Z", "moss", [])


@pytest.mark.parametrize("every", ["soon", "PT0S", "P30D"])
def test_forecast_refuses_ticks_that_never_come(out, every):
    assert command(Town(cluster("oslo")), "forecast", "--every", every, wanted=GATED) == 2
    assert "every" in out().err


def test_forecast_needs_a_plan_before_it_asks_azure(out):
    town = Town(cluster("oslo"))
    assert command(town, "forecast", planned=False) == 2
    assert (town.scopes, "no fleet plan was named" in out().err) == ([], True)


def test_forecast_of_a_fleet_that_was_not_read_whole_exits_3(out):
    assert command(Town(cluster("oslo"), gaps=("a subscription is invisible",)), "forecast", wanted=GATED) == 3
    assert "could not be read whole" in out().err


# what approve shows


def approved(members, until=NOW.replace(month=12), by="anna"):
    given = Approval(plan="cd" * 6, members=members_digest(members)[:12], until=until, by=by)
    return ControlFacts(id=CONTROL, paused=False, approvals={"one": given})


def test_approve_show_signs_nothing_and_tells_clusters_risks_and_forecast(out):
    town = Town(cluster("oslo"))
    assert command(town, "approve", "one", "--show", wanted=GATED) == 0
    told = out().out
    for part in ("Candidate (1): oslo", "cannot be undone", "attested: not-scvmm", "known only once validated: B11",
                 "first start 2026-11-24 13:00 UTC", "last finish 2026-11-24 15:45 UTC (p50)"):  # fmt: skip
        assert part in told
    assert town.sent == []


def test_the_request_as_json_holds_every_member_and_what_it_is_bound_to(out):
    command(Town(cluster("oslo")), "approve", "one", "--show", "-o", "json", wanted=GATED)
    document = json.loads(out().out)
    assert document["version"] == "azlocal.approval/1"
    assert (document["planDigest"], document["membersDigest"]) == ("cd" * 6, members_digest([cluster("oslo").id])[:12])
    assert [one["name"] for one in document["members"]] == ["oslo"]
    assert document["forecast"]["p50"]["firstStart"] == "2026-11-24T13:00:00Z"


def test_what_was_signed_as_json_is_the_sentence_and_the_request(out):
    town = Town(cluster("oslo"))
    assert command(town, "approve", "one", "-o", "json", wanted=GATED) == 0
    document = json.loads(out().out)
    assert document["message"].startswith("ring one is approved until")
    assert (document["request"]["ring"], len(town.sent)) == ("one", 1)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (approved([cluster("oslo").id]), "Approval now: until 2026-12-24T12:00:00Z by anna"),
        (approved([cluster("moss").id]), "Approval now: not valid: the members changed since it was approved ("),
        (
            approved([cluster("oslo").id], until=NOW),
            "Approval now: not valid: the approval ended at 2026-11-24T12:00:00Z",
        ),
        (ControlFacts(id=CONTROL, paused=False), None),
    ],
)
def test_the_request_says_how_the_present_approval_stands_and_what_voided_it(out, given, told):
    command(Town(cluster("oslo"), control=given), "approve", "one", "--show", wanted=GATED)
    shown = [line for line in out().out.splitlines() if line.startswith("Approval now")]
    assert [line.startswith(told) for line in shown] == ([True] if told else [])
