"""The fleet as a file for spreadsheets."""

from __future__ import annotations

import csv
import io

import pytest
from fleets import after, cluster, look, old, without_lcm

from azlocal.report.csv_rows import COLUMNS, fleet_sheet
from azlocal.report.sheets import Sheet, safe

FLEET = (cluster("a"), old("b"), without_lcm("c"), after("d", "deploy", "InProgress", "InProgress"))
NAMES = [
    "Name", "ResourceGroup", "SubscriptionId", "Region", "Ring", "Phase", "PhaseReason", "Verdict", "Confidence",
    "Decision", "Reason", "Why", "NextAction", "OsBuild", "SolutionVersion", "Nodes", "Step", "Since", "Stuck",
    "Attempt", "StartedByAzlocal", "OpenFindings", "LastSync", "ObservedAt", "CorrelationId", "InputsDigest",
    "PlanDigest", "RuleVersion", "Error", "Portal", "Id",
]  # fmt: skip


def read(body):
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_the_columns_keep_their_names_and_places():
    assert [name for name, _, _ in COLUMNS][: len(NAMES)] == NAMES


def test_there_is_one_row_for_each_cluster():
    rows = read(fleet_sheet(look(*FLEET)).file)
    assert rows[0] == [name for name, _, _ in COLUMNS]
    told = [dict(zip(rows[0], row)) for row in rows[1:]]
    assert [one["Name"] for one in told] == ["a", "b", "c", "d"]
    assert (told[3]["Phase"], told[3]["Step"], told[3]["Since"]) == ("Applying", "Inner", "2026-11-24T11:00:00Z")
    assert "B8" in told[2]["OpenFindings"].split()


def test_the_file_is_rfc_4180_in_utf_8_with_a_mark():
    body = Sheet(["A", "B"], [['say "x"', "ä,b"]]).file
    assert body == '\ufeffA,B\r\n"say ""x""","ä,b"\r\n'.encode()


@pytest.mark.parametrize("separator", [";", ",", "\t", "\r\n"])
@pytest.mark.parametrize("begin", ["=1+1", "+1", "-1", "@SUM(A1)", '"=1', " =1"])
def test_no_cell_begins_a_formula_wherever_a_spreadsheet_splits(separator, begin):
    text = safe(f"x{separator}{begin}")
    cells = [cell.strip(' "') for part in text.split(";") for cell in part.split(",")]
    assert not any(cell[:1] in {"=", "+", "-", "@"} for cell in cells)


def test_a_cell_is_no_longer_than_a_spreadsheet_takes():
    rows = read(fleet_sheet(look(after("a", "deploy", "Error", "Failed", "\x1b=" * 60_000))).file)
    assert max(len(cell) for cell in rows[1]) <= 32_767
