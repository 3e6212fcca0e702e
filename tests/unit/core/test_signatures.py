"""Texts in one form: for patterns to be found in, and for strangers to be counted by."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azlocal.core.known_issues import known_issues
from azlocal.core.signatures import literal_of, normal, pattern, stranger

KINDS = ("certain", "interfaces", "headings", "possible")
PATTERNS = [one for issue in known_issues() for kind in KINDS for one in getattr(issue, kind)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\r\n  b\tc", "a b c"),
        ("Type ‘X’ of “Y”", "Type 'X' of \"Y\""),
        (r"Type \u0027X\u0027", "Type 'X'"),
        (r"C:\\ClusterStorage\\\\x", r"C:\ClusterStorage\x"),
        (r"settings. \nValidation", "settings. Validation"),
        (r"one\r\nat two", "one at two"),
        (r"C:\nodes\new", r"C:\nodes\new"),
        (r"say \"x\"", 'say "x"'),
        ("a\u00a0b", "a b"),
    ],
)
def test_one_form_for_all_ways_of_writing(text, told):
    assert normal(text) == told


@given(st.text(max_size=60))
def test_the_form_is_final(text):
    assert normal(normal(normal(text))) == normal(normal(text))


@pytest.mark.parametrize(
    ("expression", "literal"),
    [
        ("abc(?:def)ghij", "ghij"), ("abcd?efgh", "efgh"), ("abcd{0,3}ef", ""), (r"a\.b\.cd", "a.b.cd"),
        ("abcde|fghij", ""), ("(abcde|fghij)klmno", "klmno"), ("[abcde]+xyz", ""), (r"\bWord\d+Tail", "word"),
        ("ABCD.*EF", "abcd"), (r"x[^\]]yyyyy", "yyyyy"),
    ],
)  # fmt: skip
def test_the_text_that_every_match_holds_is_found(expression, literal):
    assert literal_of(expression) == literal


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.expression.pattern[:60])
def test_every_pattern_of_the_known_issues_has_such_a_text(one):
    assert len(one.literal) >= 4


ASCII = st.characters(codec="ascii")


@given(st.data())
@settings(max_examples=400)
def test_what_matches_without_the_short_cut_matches_with_it(data):
    one = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(one.expression, alphabet=ASCII))
    assert one.found(text, text.lower())


def test_what_is_no_regular_expression_is_refused_with_the_reason():
    with pytest.raises(ValueError, match=r"'\(' is not a regular expression: missing \)"):
        pattern("(")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("disk 12 failed on n1 at 2026-11-23T08:05:02", "disk 4711 failed on n2 at 2026-12-01T00:00:00"),
        ("volume 'a' is full", "volume 'b c' is full"),
        ("/subscriptions/1/x is locked", "/subscriptions/2/y/z is locked"),
        ("Failed on OSLO-EDGE, twice", "Failed on BERN-EDGE, twice"),
        ("id 11111111-1111-4111-8111-111111111111 is gone", "id 22222222-aaaa-4111-8111-111111111111 is gone"),
    ],
)
def test_strangers_that_differ_only_in_names_and_numbers_are_alike(one, other):
    names = ("oslo-edge", "bern-edge")
    assert stranger(one, names) == stranger(other, names)
    assert stranger(one, names).startswith("unknown-")


def test_strangers_that_say_different_things_are_not_alike():
    assert stranger("the disk is full") != stranger("the disk is gone")
