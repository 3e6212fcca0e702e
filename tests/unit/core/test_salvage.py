"""JSON is read whole when it is whole, and as far as it goes when it is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.salvage import CUT, islands, unescaped

WORDS = st.text(alphabet="abc xyz_-'{}[]:,.\\\"\n", max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcde", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text("abcde", min_size=1, max_size=5), VALUES, min_size=1, max_size=4)


def read(text):
    return [island.value for island in islands(text)]


def leaves(value):
    if isinstance(value, dict):
        return [leaf for name, one in value.items() if name != CUT for leaf in leaves(one)]
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]


@given(OBJECTS)
def test_a_whole_object_is_read_as_any_parser_reads_it(value):
    assert read(f"before {json.dumps(value)} behind") == [value]


@given(OBJECTS, st.data())
def test_a_cut_object_gives_what_came_before_the_cut_and_says_that_it_was_cut(value, data):
    text = json.dumps(value)
    place = data.draw(st.integers(2, len(text) - 1))
    for found in read(text[:place]):
        assert CUT in found
        told = [one for one in leaves(found) if one not in ("", None)]
        whole = [*map(str, leaves(value)), "True", "False", "None"]
        # The last one may be cut itself.
        assert all(str(one) in whole for one in told[:-1])


@given(st.text(alphabet='{}[]":,\\ \nabc1/@-', max_size=60))
def test_nothing_breaks_it(text):
    for island in islands(text):
        assert 0 <= island.start < island.end <= len(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, "b": {"c": "d', {"a": 1, "b": {"c": "d", CUT: True}, CUT: True}),
        ('{"a": \\/Date(17)\\/, "b": 2}', {"a": "\\/Date(17)\\/", "b": 2}),
        ('{"a": 1   <-- this one, look\n "b": 2}', {"a": 1, "b": 2}),
        ('{"a": "x" // a note\n, "b": 2}', {"a": "x", "b": 2}),
        ('{"a": "the "inner" one", "b": 2}', {"a": 'the "inner" one', "b": 2}),
        ('{"code":"A",""message":"B"}', {"code": "A", "message": "B"}),
        ("{'a': 'it is', 'b': True, 'c': None}", {"a": "it is", "b": True, "c": None}),
        ('{"a": [1, 2, {"b": "c"', {"a": [1, 2, {"b": "c", CUT: True}], CUT: True}),
        ('{"a": @{x=1; y=2}, "b": 2}', {"a": "@{x=1; y=2}", "b": 2}),
        ('{"a": NODE01", "b": 2}', {"a": 'NODE01"', "b": 2}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ('{"a": 1,, "b": 2,}', {"a": 1, "b": 2}),
        ('{"a": [1, 2}, "b": 3}', {"a": [1, 2]}),
    ],
)
def test_what_is_not_valid_is_read_as_it_was_meant(text, value):
    assert read(text)[0] == value


def test_texts_without_json_have_no_islands():
    assert read("[ERROR] {Name=x} [10.0.0.1] ${x} { $_.Name } [[x]") == []


def test_several_values_are_found_in_one_text():
    assert read('a {"b": 1} c [{"d": 2}] e') == [{"b": 1}, [{"d": 2}]]


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_json_that_was_taken_out_of_json_texts_loses_their_escapes(layers):
    value = {"a": 'say "x"\n', "b": [1]}
    text = json.dumps(value)
    for _ in range(layers):
        text = json.dumps(text)[1:-1]
    assert json.loads(unescaped(text), strict=False) == value


def test_a_text_that_is_no_json_keeps_its_backslashes():
    assert unescaped(r"C:\NugetStore\n \"x\"") == r"C:\NugetStore\n \"x\""


def test_what_is_nested_too_deep_ends_without_an_error():
    assert read('{"a":' * 5000)
    assert read('{"a":' * 5000 + "1" + "}" * 5000)
