"""Diagnosis measured on texts that people wrote, and the page that shows the figures."""

from __future__ import annotations

from collections import Counter

import pytest
from corpus import KINDS, cases
from document import PAGE, documented, figures, found

from azlocal.core.known_issues import known_issues

CASES = cases()
SILENT = [case for case in CASES if case.kind in {"unrelated", "passed"}]


def named(case):
    return f"{case.kind}: {case.it}"


def test_the_corpus_is_large_has_every_kind_and_names_each_text_once():
    assert len(CASES) >= 150
    kinds = Counter(case.kind for case in CASES)
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 15
    assert [it for it, number in Counter(case.it for case in CASES).items() if number > 1] == []


def test_the_corpus_knows_every_issue_and_nothing_else():
    labels = {label for case in CASES for label in case.certain | case.possible}
    assert labels == {issue.id for issue in known_issues()}


def test_what_is_certain_is_right_and_nearly_everything_is_found():
    whole = figures()["all"]
    assert whole.precision >= 0.98
    assert whole.recall >= 0.90


@pytest.mark.parametrize("case", SILENT, ids=named)
def test_nothing_is_said_of_unrelated_texts_and_of_tests_that_passed(case):
    assert found(case) == (frozenset(), frozenset())


@pytest.mark.parametrize("kind", ["truncated", "mixed", "near-miss"])
def test_hard_texts_do_not_hide_behind_easy_ones(kind):
    assert figures()[kind].precision >= 0.95
    assert figures()[kind].recall >= 0.90


def test_the_page_shows_the_figures_and_the_issues_as_they_are():
    page = PAGE.read_text("utf-8")
    assert documented(page) == page, "docs/diagnosis.md is stale; run: python tests/corpus/document.py"


def test_every_known_issue_is_documented_with_its_page_and_remedy():
    page = PAGE.read_text("utf-8")
    for issue in known_issues():
        row = next(line for line in page.splitlines() if line.startswith(f"| [`{issue.id}`]({issue.url})"))
        assert f"**{issue.title}.**" in row.replace("&lt;", "<")
        assert f"| {issue.retry} | {issue.severity} |" in row


def test_a_page_that_lacks_a_part_is_refused():
    with pytest.raises(ValueError, match="figures begin"):
        documented("# nothing generated here")
