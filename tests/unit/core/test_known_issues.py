"""The known issues as data: complete, each field checked, every mistake named."""

from __future__ import annotations

import copy
import re

import pytest

from azlocal.core.known_issues import (
    AREAS,
    RETRIES,
    SEVERITIES,
    known_issue,
    known_issues,
    read_issues,
)
from azlocal.errors import BadInput

PATTERNS = ("certain", "interfaces", "headings", "possible")
RAW = [(area, one) for area, modules in AREAS.items() for module in modules for one in module.ISSUES]


def changed(**fields):
    """A copy of the whole data in which one entry is changed; a field of None is taken away."""
    given = [(area, copy.deepcopy(one)) for area, one in RAW]
    entry = given[3][1]
    for name, value in fields.items():
        entry[name] = value
        if value is None:
            del entry[name]
    return given


def problems(given):
    with pytest.raises(BadInput) as caught:
        read_issues(given)
    return caught.value.problems


def test_there_are_101_and_their_ids_are_unlike():
    ids = [issue.id for issue in known_issues()]
    assert len(ids) == len(set(ids)) == 101


@pytest.mark.parametrize("issue", known_issues(), ids=lambda issue: issue.id)
def test_an_entry_can_be_read_acted_on_and_recognised(issue):
    assert re.fullmatch(r"(?:upg|val|dep|lcm|reg|upd)-[a-z0-9-]+", issue.id)
    assert (issue.retry in RETRIES, issue.severity in SEVERITIES, issue.area in AREAS) == (True, True, True)
    assert 10 <= len(issue.title) <= 80
    assert len(issue.remedy) <= 220
    assert not issue.title.endswith(".")
    assert issue.summary.endswith(".")
    assert any(getattr(issue, name) for name in PATTERNS)


@pytest.mark.parametrize(
    "module", [module for modules in AREAS.values() for module in modules], ids=lambda one: one.__name__
)
def test_data_says_its_version_its_date_and_its_sources(module):
    assert re.fullmatch(r"\d{4}-\d{2}", module.VERSION)
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", module.DATE)
    assert len(module.SOURCE) > 20


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"retry": "soon"}, "retry: 'soon' is none of safe, after-fix, contact-support"),
        ({"severity": "bad"}, "severity: 'bad' is none of critical, error, warning, info"),
        ({"url": "http://x"}, "url: 'http://x' does not begin with https://"),
        ({"remedy": " "}, "remedy: must be a text"),
        ({"title": None}, "title: must be a text"),
        ({"summary": 3}, "summary: must be a text"),
        ({"remediation": "x"}, "remediation: there is no such field"),
        ({"certain": ("a(b",)}, "certain: 'a(b' is not a regular expression: missing )"),
        ({"possible": ("*",)}, "possible: '*' is not a regular expression: nothing to repeat"),
        ({"certain": "abc"}, "certain: must be a list of regular expressions"),
        ({"headings": ("",)}, "headings: must be a list of regular expressions"),
        (
            {"certain": (), "interfaces": ()},
            "certain: at least one of certain, interfaces, headings, possible must say",
        ),
    ],
)
def test_a_bad_entry_is_refused_with_its_id_and_the_field(fields, told):
    name = RAW[3][1]["id"]
    assert any(one.startswith(f"known issue '{name}': {told}") for one in problems(changed(**fields)))


def test_an_id_that_is_there_twice_is_refused_once():
    twice = [*changed(), ("update", copy.deepcopy(RAW[3][1])), ("update", copy.deepcopy(RAW[3][1]))]
    assert problems(twice) == (f"known issue '{RAW[3][1]['id']}': id: there are 3",)


def test_an_unknown_area_is_refused():
    (told,) = problems([("weather", RAW[0][1])])
    assert told.startswith("known issue 'upg-obsolete-lcm-package': area: 'weather' is none of upgrade, validation, ")


def test_every_mistake_is_told_at_once():
    assert len(problems(changed(retry="soon", severity="bad", url="x", certain=("(",)))) == 4


def test_the_data_as_it_is_passes():
    assert read_issues(RAW) == known_issues()


def test_an_issue_is_found_by_its_id_and_a_mistyped_one_is_guessed():
    assert known_issue("val-bitlocker").retry == "after-fix"
    with pytest.raises(BadInput, match="did you mean val-bitlocker"):
        known_issue("val-bitloker")
