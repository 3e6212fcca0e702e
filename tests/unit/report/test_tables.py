"""Columns that stay aligned, in any width."""

from __future__ import annotations

from fleets import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from azlocal.report.tables import Column, table
from azlocal.report.text import width_of

THREE = (Column("Name", 6), Column("Ring", 4, 1), Column("Why", 8, 2))
ROWS = [("oslo", "canary", "every member is upgraded"), ("bergen", "", "soaks")]


def test_columns_are_as_wide_as_their_longest_cell():
    assert table(THREE, ROWS).lines == (
        "Name    Ring    Why",
        "------  ------  ------------------------",
        "oslo    canary  every member is upgraded",
        "bergen          soaks",
    )


def test_the_widest_column_that_may_be_cut_gives_way_first():
    assert table(THREE, ROWS, 30).lines[2] == "oslo    canary  every member…"


def test_a_column_that_cannot_be_cut_further_is_left_out_by_rank_and_named():
    found = table(THREE, ROWS, 20)
    assert found.lines == ("Name    Ring", "------  ------", "oslo    canary", "bergen")
    assert found.hidden == ("Why",)


def test_a_column_of_rank_nought_always_stays():
    found = table((Column("Name"), Column("Ring", 4, 1)), [("a-very-long-name-that-stays", "canary")], 20)
    assert (found.hidden, found.lines[2]) == (("Ring",), "a-very-long-name-th…")


def test_a_table_without_rows_has_its_titles():
    assert table(THREE, []).text == "Name  Ring  Why\n----  ----  ---"


def test_a_hostile_cell_stays_in_its_row_and_column():
    lines = table((Column("A"), Column("B")), [(HOSTILE, "b"), ("a", "b")]).lines
    assert all(line.isprintable() for line in lines)
    assert {line.rindex("b") for line in lines[2:]} == {lines[0].rindex("B")}


@given(st.lists(st.tuples(*[st.text(max_size=30)] * 3), max_size=8), st.integers(1, 120))
def test_no_line_is_wider_than_asked_and_every_row_has_one(rows, width):
    lines = table(THREE, rows, width).lines
    assert len(lines) == len(rows) + 2
    assert all(width_of(line) <= width for line in lines)
