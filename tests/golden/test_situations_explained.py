"""Every situation is explained as its golden file says: first what is, then what to do, then the evidence.

After a wanted change: AZLOCAL_UPDATE_GOLDEN=1 pytest tests/golden, and read the differences.
"""

from __future__ import annotations

import os
import re

import pytest
from situation_pages import GOLDEN, WIDTH, page_of

from azlocal.report.explain import MOST_LINES
from azlocal.report.text import width_of
from azlocal.sandbox.scenarios.situation_files import situations

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

NAMES = [one.name for one in situations()]
UPDATE = os.environ.get("AZLOCAL_UPDATE_GOLDEN") == "1"
_OPEN = re.compile(r"^  \S+ +(?:not-met|unknown) \((?:blocking|warning|info)\): ")
_MET = re.compile(r"^  \S+ +(?:met|attested): ")
_PROOF = re.compile(r"^ {7}\[(?:high|medium|low), (?:\d+ (?:s|min|h|d)(?: \d+ (?:min|h))? ago|age not known), ")


@pytest.mark.parametrize("name", NAMES)
def test_a_situation_is_explained_as_its_golden_file_says(name: str):
    page = page_of(name)
    place = GOLDEN / f"{name}.txt"
    if UPDATE:
        place.write_text(page, "utf-8")
    assert page == place.read_text("utf-8")


def golden(name: str) -> list[str]:
    return (GOLDEN / f"{name}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_is_the_verdict_and_the_second_the_next_action(name: str):
    first, second = golden(name)[:2]
    assert re.match(rf"clu-{name}: [A-Z][A-Za-z]+\b", first)
    assert re.match(r"do: \S", second)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_fits_sixty_lines_of_a_hundred_columns_but_for_ids_and_links(name: str):
    lines = golden(name)
    assert len(lines) <= MOST_LINES
    wide = [line for line in lines if width_of(line) > WIDTH]
    assert all(re.search(r"/subscriptions/|https://", line) for line in wide)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_met_shows_its_evidence_with_age_and_what_to_do(name: str):
    for block in blocks(golden(name)):
        assert any(_PROOF.match(line) for line in block), block
        assert any(re.match(r"^ {7}(?:do|ask): \S", line) for line in block), block


def blocks(lines: list[str]) -> list[list[str]]:
    """Return the open findings of a page, each with the lines that belong to it."""
    found: list[list[str]] = []
    inside = False
    for line in lines:
        if line.startswith("  ") and not line.startswith("   "):
            inside = bool(_OPEN.match(line))
            found += [[]] if inside else []
            assert inside or _MET.match(line) or (line.startswith("  ") and "more finding" in line)
        if inside:
            found[-1].append(line)
    return found


def test_no_golden_file_is_of_a_situation_that_is_gone():
    if UPDATE:
        for name in {path.stem for path in GOLDEN.glob("*.txt")} - set(NAMES):
            (GOLDEN / f"{name}.txt").unlink()
    assert {path.stem for path in GOLDEN.glob("*")} == set(NAMES)


def test_no_page_shows_a_secret():
    assert not any("not-shown" in path.read_text("utf-8") for path in GOLDEN.glob("*.txt"))
