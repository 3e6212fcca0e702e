"""KQL as tokens: nothing is lost, and nothing inside a literal is taken for code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.query.tokens import NOTHING, Walk, joined, tokens


@given(st.text())
def test_tokens_joined_again_are_the_text(text):
    assert joined(tokens(text)) == text


@given(st.text(alphabet="ab|()'\"\\@/ \n`~.=1", max_size=40))
def test_even_broken_queries_lose_nothing(text):
    assert joined(tokens(text)) == text


@pytest.mark.parametrize(
    "literal",
    [
        "'kind | join'", '"kind"', "'it\\'s'", '"a\\"b"', "@'c:\\kind'", '@"say ""kind"""', "h'kind'", "```kind\n| x```",
        "~~~kind~~~",
    ],
)  # fmt: skip
def test_a_string_literal_is_one_token(literal):
    walk = Walk(f"resources | where a == {literal} | take 1")
    assert [token.text for token in map(walk.__getitem__, range(len(walk))) if token.kind == "string"] == [literal]


def test_comments_are_space():
    walk = Walk("// resources | join\nresources // | kind\n| take 1")
    assert [walk[at].text for at in range(len(walk))] == ["resources", "|", "take", "1"]


@pytest.mark.parametrize("name", ["project-away", "mv-expand", "parse-where", "make-series", "top-nested"])
def test_operators_with_hyphens_are_one_name(name):
    assert [token.text for token in tokens(f"|{name} a-b")] == ["|", name, " ", "a", "-", "b"]


def test_beyond_the_ends_there_is_nothing():
    walk = Walk("a")
    assert walk[-1] is NOTHING
    assert walk[1] is NOTHING


def test_an_operator_ends_at_its_pipe_or_at_the_bracket_around_it():
    walk = Walk("a | join (b | take 1) on x | count")
    ends = {walk[at].text: walk[walk.end(at)].text for at in walk.operators()}
    assert ends == {"join": "|", "take": ")", "count": ""}
