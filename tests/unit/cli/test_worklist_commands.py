"""`fixes` and `validation`, over a small Azure in memory."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from checked import told, validated
from fleets import cluster, without_lcm
from town import Town, command

FAILED = validated("oslo", told("bitlocker", "n1", 1), told("memory", "n2", 0), ago=timedelta(days=3))


def town():
    return Town(FAILED, without_lcm("moss"), cluster("bergen"))


def test_fixes_lists_what_is_to_be_done(capsys):
    assert command(town(), "fixes") == 0
    page = capsys.readouterr().out
    assert "node admin, 1 cluster, at least 3 days: Suspend BitLocker" in page
    assert "install or update the extension" in page


def test_fixes_as_csv_is_a_sheet_with_a_heading(capsys):
    assert command(town(), "fixes", "-o", "csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    bitlocker = next(row for row in rows if "BitLocker" in row["Do"])
    assert (bitlocker["Who"], bitlocker["Names"], bitlocker["Machines"], bitlocker["DaysBlockedAtLeast"]) == (
        "node admin", "oslo", "n1", "3",
    )  # fmt: skip


def test_fixes_as_json_and_tsv_tell_the_same(capsys):
    command(town(), "fixes", "-o", "json")
    document = json.loads(capsys.readouterr().out)
    command(town(), "fixes", "-o", "tsv")
    assert len(capsys.readouterr().out.splitlines()) == len(document["fixes"])


def test_fixes_narrows_what_is_shown_by_group(capsys):
    command(town(), "fixes", "-g", "nowhere")
    told_of = capsys.readouterr()
    assert "nothing to do" in told_of.out
    assert "no cluster in scope" in told_of.err


def test_fixes_with_all_tells_warnings_too(capsys):
    command(town(), "fixes", "-o", "json")
    few = json.loads(capsys.readouterr().out)["fixes"]
    command(town(), "fixes", "--all", "-o", "json")
    assert len(json.loads(capsys.readouterr().out)["fixes"]) > len(few)


def test_a_fleet_that_was_not_read_whole_ends_with_three(capsys):
    assert command(Town(FAILED, gaps=("subscription s is not visible",)), "fixes") == 3
    assert command(Town(FAILED, gaps=("subscription s is not visible",)), "validation") == 3
    assert "not visible" in capsys.readouterr().err


def test_validation_shows_the_fleets_matrix(capsys):
    assert command(town(), "validation") == 0
    page = capsys.readouterr().out
    assert "val-bitlocker" in page
    assert "  1 oslo (ValidationFailed, 3 d ago)" in page


def test_validation_as_csv_has_a_column_for_each_cluster(capsys):
    command(town(), "validation", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["Check"], row["oslo"]) for row in rows] == [("val-bitlocker", "fail (1)"), ("val-free-memory", "pass")]


def test_validation_of_one_cluster_tells_machines_and_remedies(capsys):
    assert command(town(), "validation", "oslo") == 0
    page = capsys.readouterr().out
    assert "oslo: 1 result of 2 did not pass, 3 d ago" in page
    assert "do: val-bitlocker: Suspend BitLocker" in page


@pytest.mark.parametrize("form", ["json", "yaml", "tsv", "csv"])
def test_validation_of_one_cluster_speaks_every_format(form, capsys):
    assert command(town(), "validation", "oslo", "-o", form) == 0
    assert "val-bitlocker" in capsys.readouterr().out


def test_validation_of_a_cluster_that_is_not_there_is_refused(capsys):
    assert command(town(), "validation", "olso") == 2
    assert "did you mean oslo?" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("census", "-o", "csv"), ("fixes", "-o", "csv", "--query", "fixes")])
def test_csv_is_refused_where_there_is_no_sheet(arguments, capsys):
    assert command(town(), *arguments) == 2
    assert "csv is for whole sheets" in capsys.readouterr().err
