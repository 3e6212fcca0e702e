"""Sheets are CSV that any spreadsheet opens, and in which nothing is executed."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.report.sheets import Sheet, safe

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


def read(sheet: Sheet) -> list[list[str]]:
    return list(csv.reader(io.StringIO(sheet.text)))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=cmd|' /C calc'!A0", "＝1", "|calc", "%0A=1"]
)
def test_what_would_be_a_formula_is_told_as_text(text: str):
    assert safe(text).startswith("'")


@pytest.mark.parametrize("value, told", [(None, ""), (7, "7"), (-3, "-3"), ("a=b", "a=b"), ("", ""), (True, "True")])
def test_numbers_and_plain_texts_stay_what_they_are(value: object, told: str):
    assert safe(value) == told


def test_cells_with_commas_and_quotes_come_back_whole():
    rows = [["a,b", 'say "x"'], ["line\nbreak", "1"]]
    assert read(Sheet(["A", "B"], rows)) == [["A", "B"], ["a,b", 'say "x"'], ["line break", "1"]]


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_no_cell_of_any_sheet_begins_a_formula(rows):
    told = read(Sheet(["A", "B"], rows))
    assert len(told) == len(rows) + 1
    assert not any(cell.lstrip()[:1] in set("=+-@＝＋－＠") for row in told for cell in row)
