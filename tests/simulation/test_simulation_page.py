"""docs/simulation.md tells what there is: every promise in its own words, every planted bug, every kind of trouble."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="the sandbox's query engine needs Python 3.11")

from planted import BUGS

from azlocal.simulation.drawing import KINDS_OF_TROUBLE
from azlocal.simulation.invariants import INVARIANTS, promised

PAGE = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text("utf-8")


@pytest.mark.parametrize("check", INVARIANTS, ids=lambda check: check.__name__)
def test_a_promise_stands_on_the_page_with_the_bugs_that_break_it(check):
    bugs = "; ".join(bug.name for bug in BUGS if bug.caught == check.__name__)
    assert f"| {promised(check.__name__)} | `{check.__name__}` | {bugs} |" in PAGE


def test_the_page_names_every_kind_of_trouble():
    table = PAGE.split("**What goes wrong**")[1].split("**What people do")[0]
    assert [kind for kind in KINDS_OF_TROUBLE if kind not in table] == []
