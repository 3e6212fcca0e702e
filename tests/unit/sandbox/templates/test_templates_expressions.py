"""Expressions: what is one, how it is read, what it selects, how it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from template_world import place, value

from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import Scope
from azlocal.sandbox.templates.syntax import LONGEST, parse


def computed(text, **names):
    return resolve(text, Scope(place()).with_arguments(names))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("", ""),
        ("[", "["),
        ("[not closed", "[not closed"),
        ("not opened]", "not opened]"),
        ("[test] and more", "[test] and more"),
        ("[[literal]", "[literal]"),
        ("[[[twice]", "[[twice]"),
        ("[[not closed", "[[not closed"),
        ("['text']", "text"),
        ("[  'text'  ]", "text"),
        ("['it''s']", "it's"),
        ("['']", ""),
        ("['a,b(c)[d]']", "a,b(c)[d]"),
        ("[1]", 1),
        ("[-12]", -12),
        ("[createArray(1,\n 2)[1]]", 2),
    ],
)
def test_a_text_in_brackets_is_computed_and_any_other_stays(text, wanted):
    assert computed(text) == wanted


@settings(deadline=None)
@given(st.text())
def test_any_text_survives_being_written_as_a_literal_in_an_expression(text):
    assert computed("['" + text.replace("'", "''") + "']") == text


@settings(deadline=None)
@given(st.text(min_size=1))
def test_any_text_in_brackets_survives_being_escaped(text):
    assert computed("[[" + text + "]") == "[" + text + "]"


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_json_survives_being_written_and_read(tree):
    assert value("json(string(parameters('x')))", x={"held": tree}) == {"held": tree}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("createObject('a', createObject('b', 3)).a.b", 3),
        ("createObject('a', 1)['a']", 1),
        ("createObject('Name', 1).name", 1),
        ("createObject('a', 1, 'A', 2).A", 2),
        ("createObject('a-b', 1)['A-B']", 1),
        ("createArray('x', createArray('y'))[1][0]", "y"),
        ("createArray('x', 'y')[sub(length(createArray(1, 2)), 1)]", "y"),
        ("resourceGroup().tags.site", "oslo"),
        ("RESOURCEGROUP().Location", "westeurope"),
        ("SubScription().SubscriptionId", "11111111-1111-4111-8111-111111111111"),
        ("split('a/b/c', '/')[2]", "c"),
    ],
)
def test_properties_and_elements_are_selected_without_regard_to_case(text, wanted):
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("concat('a'", "Unable to parse language expression 'concat('a'': expected token 'Comma' and actual 'EndOfData'."),
        ("concat('a'))", "expected token 'EndOfData' and actual 'RightParenthesis'"),
        ("concat('a',)", "expected token 'Identifier' and actual 'RightParenthesis'"),
        ("concat", "expected token 'LeftParenthesis' and actual 'EndOfData'"),
        ("true", "expected token 'LeftParenthesis' and actual 'EndOfData'"),
        ("createArray(1)[0", "expected token 'RightSquareBracket' and actual 'EndOfData'"),
        ("resourceGroup().", "expected token 'Identifier' and actual 'EndOfData'"),
        ("", "expected token 'Identifier' and actual 'EndOfData'"),
        ("1.5", "unexpected character"),
        ("'open", "unexpected character"),
        ("a + b", "unexpected character"),
        ("nonsense('a')", "The template function 'nonsense' is not valid. Please see https://aka.ms/arm-functions"),
        ("if(true(), 'a', nonsense())", "The template function 'nonsense' is not valid."),
        ("empty()", "function 'empty': function requires 1 argument(s) while 0 were provided."),
        ("substring('a')", "function 'substring': function requires between 2 and 3 argument(s) while 1 were provided."),
        ("union()", "function 'union': function requires at least 1 argument(s) while 0 were provided."),
        ("if(true(), 1)", "function 'if': function requires 3 argument(s) while 2 were provided."),
        ("createObject('a', 1, 'b', 2).c", "The language expression property 'c' doesn't exist, available properties are 'a, b'."),
        ("createArray(1, 2)[2]", "array index '2' is out of bounds"),
        ("createArray(1, 2)[-1]", "array index '-1' is out of bounds"),
        ("createArray(1)['a']", "array index must be an integer"),
        ("createObject('a', 1)[0]", "property name must be a string"),
        ("'text'.length", "property selection is not supported on values of type 'String'"),
        ("null().x", "property selection is not supported on values of type 'Null'"),
        ("parameters('gone')", "The template parameter 'gone' is not found."),
        ("variables('gone')", "The template variable 'gone' is not found."),
        ("mine.own('x')", "The template function 'mine.own' is not valid."),
        ("copyIndex()", "The template function 'copyIndex' is not expected at this location. The function can only be used"),
        ("reference('x')", "The template function 'reference' is not expected at this location."),
        ("listKeys('x', '2025-01-01')", "The template function 'listKeys' is not expected at this location."),
        ("references('x')", "The template function 'references' is not expected at this location."),
        ("resourceInfo('x')", "The template function 'resourceInfo' is not expected at this location."),
        ("utcNow()", "The template function 'utcNow' is not expected at this location."),
        ("newGuid()", "The template function 'newGuid' is not expected at this location."),
        ("managementGroup()", "The template function 'managementGroup' is not expected at this location."),
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_right_is_refused_in_arms_words(text, said):
    with pytest.raises(TemplateError) as refused:
        value(text)
    assert said in refused.value.message


def test_an_expression_of_more_characters_than_arm_takes_is_refused():
    text = f"['{'x' * LONGEST}']"
    with pytest.raises(TemplateError, match=r"The language expression length limit exceeded\. Limit: '24576'"):
        parse(text)


def test_keys_are_computed_like_values():
    assert computed({"[concat('a', 'b')]": "[add(1, 1)]", "plain": [True, None, "[true()]"]}) == {
        "ab": 2,
        "plain": [True, None, True],
    }


def test_a_key_that_is_no_text_is_refused():
    with pytest.raises(TemplateError, match="must be a string"):
        computed({"[add(1, 1)]": 1})
