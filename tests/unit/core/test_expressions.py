"""Expressions that select clusters: what they mean, and where a mistake is shown."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.expressions import BadExpression, parse
from azlocal.core.facts import ClusterFacts, NodeFacts
from azlocal.core.plan import Selector

ID = "/subscriptions/11111111-aaaa-3333-4444-555555555555/resourceGroups/RG-Oslo/providers/Microsoft.AzureStackHCI/clusters/c1"


def cluster(**changes):
    nodes = tuple(NodeFacts(name=f"n{n}", model="AX-650") for n in range(3))
    usual = {
        "id": ID,
        "name": "Clu-Oslo-01",
        "location": "West Europe",
        "tags": {"Site": "Oslo", "Cost Center": "7"},
        "nodes": nodes,
    }
    return ClusterFacts(**(usual | changes))


def selects(expression, **changes):
    return Selector(expression=str(parse(expression))).selects(cluster(**changes))


@pytest.mark.parametrize("expression", [
    "name == 'CLU-OSLO-01'", "name like 'clu-*'", "name != 'other'", "name in ['a', 'clu-oslo-01']",
    "name not in ['a', 'b']", "name not like '*berg*'", "group == 'rg-oslo'", "GROUP LIKE 'rg-*'",
    "subscription == '11111111-AAAA-3333-4444-555555555555'", "region == 'westeurope'", 'region in ["West Europe"]',
    "model like 'ax-*'", "nodes == 3", "nodes < 4 and nodes >= 3 and nodes > 2 and nodes <= 3 and nodes != 2",
    "nodes in [1, 3]", "tags.site == 'oslo'", "tags['Cost Center'] == '7'", "tags.rack == ''", "not tags.rack == 'a'",
    "tags.rack != 'a'", "name == 'x' or name == 'y' or nodes == 3", "not (name == 'x' and nodes == 3)",
    "name == 'x' and nodes == 3 or region like 'west*'", "not name == 'x' and nodes == 3", "name like '*'",
])  # fmt: skip
def test_an_expression_selects_what_it_is_true_of(expression):
    assert selects(expression)


@pytest.mark.parametrize("expression", [
    "name == 'oslo'", "name like 'oslo*'", "name in ['a']", "group != 'rg-oslo'", "region == 'eastus'", "nodes == 4",
    "nodes > 3", "tags.site in ['bergen']", "tags.site == ''", "not tags.site == 'oslo'",
    "name == 'x' or name == 'y' and nodes == 3", "(name == 'x' or nodes == 3) and region == 'eastus'", "name like 'clu.*'",
])  # fmt: skip
def test_an_expression_leaves_out_what_it_is_false_of(expression):
    assert not selects(expression)


UNTOLD = {"nodes": ()}


@pytest.mark.parametrize("expression", [
    "model == 'ax-650'", "model != 'ax-650'", "not model like 'ax-*'", "nodes == 0", "not nodes == 3", "nodes < 99",
    "model == 'x' or nodes == 3", "not (model == 'x' and name like 'clu-*')",
])  # fmt: skip
def test_what_azure_has_not_told_selects_nothing_and_rules_nothing_out(expression):
    assert not selects(expression, **UNTOLD)


@pytest.mark.parametrize("expression", ["name like 'clu-*' or model == 'x'", "not (name == 'x' and model == 'x')"])
def test_what_is_decided_without_what_azure_has_not_told_is_decided(expression):
    assert selects(expression, **UNTOLD)


@pytest.mark.parametrize(
    ("expression", "column", "problem"),
    [
        ("", 1, "expected one of name, group, subscription, region, model, nodes, tags.NAME, found the end"),
        ("nam == 'x'", 1, "'nam' is not one of name, group, subscription, region, model, nodes, tags.NAME"),
        ("name = 'x'", 6, "compare with ==, !=, <= or >="),
        ("name == x", 9, "expected a text in quotes, found x"),
        ("name == 'x", 9, "this quotation mark is never closed"),
        ("name == 7", 9, "expected a text in quotes, found 7"),
        ("nodes == 'x'", 10, "expected a whole number, found 'x'"),
        ("nodes like 'x'", 7, "like compares texts, and nodes is a number"),
        ("name < 'x'", 6, "< compares nodes, and name is a text"),
        ("name in 'x'", 9, "expected a list such as ['a', 'b'], found 'x'"),
        ("name in ['x'", 13, "expected ',' or ']', found the end"),
        ("name in []", 10, "expected a text in quotes, found ]"),
        ("name == 'x' name == 'y'", 13, "expected 'and', 'or' or the end, found name"),
        (
            "name == 'x' and",
            16,
            "expected one of name, group, subscription, region, model, nodes, tags.NAME, found the end",
        ),
        ("(name == 'x'", 13, "expected ')', found the end"),
        ("name not == 'x'", 10, "expected 'in' or 'like', found =="),
        ("name is 'x'", 6, "expected one of ==, !=, in, like, found is"),
        ("tags == 'x'", 1, "'tags' is not one of name, group, subscription, region, model, nodes, tags.NAME"),
        ("tags['a' == 'x'", 10, "expected ']', found =="),
        ("tags[a] == 'x'", 6, "expected a tag's name in quotes, found a"),
        ("name == 'x'; drop", 12, "';' means nothing here"),
        ("(" * 60 + "name == 'x'", 52, "nested too deeply"),
        ("not " * 60 + "name == 'x'", 205, "nested too deeply"),
        (
            "__import__('os')",
            1,
            "'__import__' is not one of name, group, subscription, region, model, nodes, tags.NAME",
        ),
    ],
)
def test_a_mistake_is_told_with_its_column(expression, column, problem):
    with pytest.raises(BadExpression) as found:
        parse(expression)
    assert str(found.value) == f"column {column}: {problem}"
    assert found.value.column == column


# every expression there is, and what it must mean

words = st.text(st.sampled_from("abAB*- 7"), max_size=4)
numbers = st.integers(0, 9)
text_terms = st.builds(
    lambda field, operator, word: f"{field} {operator} '{word}'",
    st.sampled_from(["name", "group", "subscription", "region", "model", "tags.a", "tags['b c']"]),
    st.sampled_from(["==", "!=", "like", "not like"]), words,
)  # fmt: skip
lists = st.builds(
    lambda operator, found: f"name {operator} [{', '.join(repr(one) for one in found)}]",
    st.sampled_from(["in", "not in"]), st.lists(words, min_size=1, max_size=3),
)  # fmt: skip
counts = st.builds(
    lambda operator, number: f"nodes {operator} {number}", st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers
)
expressions = st.recursive(
    text_terms | lists | counts,
    lambda parts: (
        st.builds(lambda one: f"not ({one})", parts)
        | st.builds(lambda one, word, other: f"({one}) {word} ({other})", parts, st.sampled_from(["and", "or"]), parts)
    ),
    max_leaves=6,
)
subjects = st.builds(
    lambda name, region, model, nodes, tag: SimpleNamespace(
        name=name.lower(), region=region, model=model, id="/subscriptions/s/resourcegroups/g/x", nodes=nodes, tags={"a": tag}
    ),
    words, st.sampled_from(["eastus", "a"]), st.sampled_from(["", "ab"]), st.integers(0, 3), st.sampled_from(["", "a"]),
)  # fmt: skip


@given(expressions, subjects)
def test_the_canonical_writing_means_the_same_and_is_its_own(expression, subject):
    once = parse(expression)
    again = parse(str(once))
    assert str(again) == str(once)
    assert again.holds(subject) == once.holds(subject)


@given(expressions, expressions, subjects)
def test_and_or_and_not_are_kleenes(one, other, subject):
    first, second = parse(one).holds(subject), parse(other).holds(subject)
    rank = {True: 1, None: 0, False: -1}
    back = {value: verdict for verdict, value in rank.items()}
    assert parse(f"({one}) and ({other})").holds(subject) is back[min(rank[first], rank[second])]
    assert parse(f"({one}) or ({other})").holds(subject) is back[max(rank[first], rank[second])]
    assert parse(f"not ({one})").holds(subject) is back[-rank[first]]


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_a_mistake_with_a_column_in_it(text):
    assert 0 <= column_of_mistake(text) <= len(text) + 1


def column_of_mistake(text):
    try:
        parse(text)
    except BadExpression as wrong:
        return wrong.column
    return 0
