"""The rules as data: complete, sourced, found by id; and nothing that azlocal says is left undocumented."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syntax import parsed

from azlocal.core.data import thresholds
from azlocal.core.data.builds import FAMILIES
from azlocal.core.data.regions import SUPPORTED
from azlocal.core.data.support import ROWS
from azlocal.core.decisions import STARTS, Done, Hold, Verify, Wait
from azlocal.core.overrides import OPEN
from azlocal.core.readings import Phase
from azlocal.core.rule import KINDS, Rule, written
from azlocal.core.rules import ALL, BY_ID, by_id, find
from azlocal.errors import BadInput
from azlocal.report.rules import markdown

ROOT = Path(__file__).parents[3]
RULE = Rule(
    id="one", kind="threshold", title="One", text="It is one.", source="somewhere", date="2026-05", value=1, open=True
)


@pytest.mark.parametrize(("field", "value", "told"), [
    ("title", " ", "rule 'one': title: missing"), ("text", "", "rule 'one': text: missing"), ("source", "", "rule 'one': source: missing"),
    ("date", "", "rule 'one': date: missing"), ("date", "May", "rule 'one': date: 'May' is neither"), ("kind", "law", "rule 'one': kind: 'law' is none of"),
    ("id", "one two", "rule 'one two': id:"), ("value", None, "rule 'one': value: missing"),
])  # fmt: skip
def test_data_that_is_no_rule_is_refused_naming_the_field(field, value, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        replace(RULE, **{field: value})


def test_an_id_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="rule 'one': id: stands twice"):
        by_id([RULE, replace(RULE)])


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_every_rule_is_found_by_its_id_and_says_where_it_is_written(rule):
    assert find(rule.id) is rule
    assert rule.source
    assert not re.search(r"\bTODO\b|\?\?", rule.text)


def test_every_kind_has_rules():
    assert {rule.kind for rule in ALL} == set(KINDS)


@pytest.mark.parametrize(
    ("word", "id_"),
    [
        ("b4", "B4"),
        ("B11", "B11"),
        ("stuck", "stuck"),
        ("Stuck", "Stuck"),
        (" limbo ", "limbo"),
        ("MINIMUM-LCM", "minimum-lcm"),
    ],
)
def test_a_rule_is_found_in_any_case(word, id_):
    assert find(word).id == id_


@pytest.mark.parametrize(
    ("word", "near"), [("minimum-lmc", "minimum-lcm"), ("B12", "B1"), ("ApprovalNeed", "ApprovalNeeded"), ("quux", "")]
)
def test_an_unknown_rule_is_refused_with_the_nearest(word, near):
    with pytest.raises(BadInput, match=f"rule: '{word}' is no rule") as refused:
        find(word)
    assert near in str(refused.value)
    assert "rules list" in refused.value.remedy


# values


@pytest.mark.parametrize("rule", [one for one in ALL if one.value is not None], ids=lambda one: one.id)
def test_a_value_is_read_as_it_is_written(rule):
    assert rule.read(rule.shown) == rule.value
    assert written(rule.read(rule.shown)) == rule.shown


@pytest.mark.parametrize(("like", "text"), [
    (1, "-1"), (1, "1.5"), (1, "many"), ((1, 2), "30"), ((1, 2), "30.x"), ((1, 2), "30.2408-preview"), (date(2026, 1, 1), "31.12.2026"),
    (date(2026, 1, 1), "2026-02-30"), (frozenset({"a"}), ""), (frozenset({"a"}), "east/us"), (timedelta(1), "one day"),
])  # fmt: skip
def test_another_shape_than_the_rules_own_is_refused(like, text):
    with pytest.raises(ValueError, match=re.escape(f"'{text}'")):
        replace(RULE, value=like).read(text)


@given(st.frozensets(st.sampled_from(["East US", "west europe", "x1"]), min_size=1))
def test_names_are_read_as_azure_compares_them(names):
    read = replace(RULE, value=frozenset({"a"})).read(", ".join(names))
    assert read == frozenset(name.replace(" ", "").lower() for name in names)


# nothing undocumented


def test_every_threshold_of_the_code_is_a_rule():
    told = [rule.value for rule in thresholds.THRESHOLDS]
    for name, value in vars(thresholds).items():
        if (
            name.isupper()
            and not name.startswith("_")
            and isinstance(value, int | tuple | timedelta)
            and name not in {"THRESHOLDS", "SOLUTION_FAMILIES", "OLD_FAMILY"}
        ):
            assert value in told, name
    assert all(revision in told for revision in thresholds.MINIMUM_REVISION.values())


def test_builds_and_regions_are_rules():
    assert {thresholds.OLD_FAMILY, *thresholds.SOLUTION_FAMILIES} == set(FAMILIES)
    assert all(BY_ID[f"regions-{cloud}"].value == names for cloud, names in SUPPORTED.items())
    assert set(OPEN) == {rule.id for rule in ALL if rule.open}


def test_every_row_of_the_matrix_names_rules_that_are_there():
    for row in ROWS:
        assert BY_ID[row.finding].title == row.title
        assert not row.check or row.check in BY_ID


WORD = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)*")


def gives_reasons(path):
    """Return whether a module gives a reason by a word of its own."""
    keywords = (node for node in ast.walk(parsed(path.read_text("utf-8"))) if isinstance(node, ast.keyword))
    values = (node.value for node in keywords if node.arg == "reason")
    return any(isinstance(one, ast.Constant) and WORD.fullmatch(str(one.value)) for one in values)


DECIDING = sorted(
    str(path.relative_to(ROOT / "azlocal"))
    for folder in ("core", "service")
    for path in (ROOT / "azlocal" / folder).glob("*.py")
    if gives_reasons(path)
)
NO_REASONS = {one.kind for one in (*STARTS, Done, Hold, Verify, Wait)} | {
    "AzlocalError", "Deployment", "Phase", "Ports", "Reading", "TickReport", "TickRequest",
}  # fmt: skip


def words_of(place):
    tree = parsed((ROOT / "azlocal" / place).read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if WORD.fullmatch(text) and not re.fullmatch(r"B\d+", text)}


@pytest.mark.parametrize("place", DECIDING)
def test_every_reason_that_decides_is_documented(place):
    reasons = {rule.id for rule in ALL if rule.kind == "reason"}
    assert words_of(place) - NO_REASONS <= reasons


def test_every_phase_is_documented():
    assert {str(phase) for phase in Phase} <= {rule.id for rule in ALL if rule.kind == "reason"}


def test_no_reason_is_documented_that_nothing_gives():
    given_ = {word for place in DECIDING for word in words_of(place)} | {str(phase) for phase in Phase}
    assert {rule.id for rule in ALL if rule.kind == "reason"} - given_ == set()


CHECK = re.compile(
    r"B\d+|(?:support|verify|task|attest)-[a-z0-9-]+|limbo|census-stale|never-synced|builds-differ|horizon|stuck|handover|failed-step"
)


def test_every_finding_that_the_core_makes_is_documented():
    found = set()
    for path in (ROOT / "azlocal" / "core").glob("*.py"):
        texts = {
            node.value
            for node in ast.walk(parsed(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        found |= {text for text in texts if CHECK.fullmatch(text)}
    assert found <= set(BY_ID)
    assert {rule.id for rule in ALL if rule.kind in {"verification", "task", "finding"}} <= found


def test_the_page_of_rules_is_made_of_the_data():
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    assert page.rstrip("\n") == markdown().rstrip("\n"), "run: azlocal-upgrade rules list --markdown > docs/rules.md"


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_the_page_tells_every_rule_with_its_text(rule):
    page = markdown()
    assert f"`{rule.id}`" in page
    assert rule.text in page
