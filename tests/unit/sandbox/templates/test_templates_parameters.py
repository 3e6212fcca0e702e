"""Parameters: what may be given, what comes of defaults, what is refused."""

from __future__ import annotations

import pytest
from template_world import plan, template

from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.parameters import shown


def given(declared, **values):
    return {name: one[1] for name, one in plan(template(parameters=declared), **values).parameters.items()}


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("string", "x"),
        ("String", ""),
        ("securestring", "x"),
        ("int", -3),
        ("bool", False),
        ("object", {"a": 1}),
        ("secureObject", {}),
        ("array", [1, "a"]),
    ],
)
def test_a_value_of_the_declared_type_is_taken(kind, one):
    assert given({"p": {"type": kind}}, p=one) == {"p": one}


@pytest.mark.parametrize("kind", ["string", "securestring", "int", "bool", "object", "secureobject", "array"])
@pytest.mark.parametrize("one", ["text", 5, True, {"a": 1}, [1], None, 1.5])
def test_a_value_is_taken_exactly_when_it_is_of_the_declared_type(kind, one):
    fits = {
        "string": str,
        "securestring": str,
        "int": int,
        "bool": bool,
        "object": dict,
        "secureobject": dict,
        "array": list,
    }
    if type(one) is fits[kind]:
        assert given({"p": {"type": kind}}, p=one) == {"p": one}
        return
    with pytest.raises(
        TemplateError,
        match=r"The provided value for the template parameter 'p' is not valid\. Expected a value of type",
    ):
        given({"p": {"type": kind}}, p=one)


@pytest.mark.parametrize(
    ("rules", "good", "bad", "said"),
    [
        ({"type": "string", "allowedValues": ["a", "b"]}, "a", "A", "The provided value 'A' for the template parameter 'p' is not valid. The parameter value is not part of the allowed value(s): 'a,b'."),
        ({"type": "int", "allowedValues": [1, 2]}, 2, 3, "The provided value '3' for the template parameter 'p' is not valid."),
        ({"type": "array", "allowedValues": ["a", "b"]}, ["b"], ["b", "c"], "not part of the allowed value(s)"),
        ({"type": "int", "minValue": 1}, 1, 0, "The value should be greater than or equal to '1'."),
        ({"type": "int", "maxValue": 3}, 3, 4, "The value should be less than or equal to '3'."),
        ({"type": "string", "minLength": 2}, "ab", "a", "Length of the value should be greater than or equal to '2'."),
        ({"type": "securestring", "maxLength": 2}, "ab", "abc", "Length of the value should be less than or equal to '2'."),
        ({"type": "array", "minLength": 1}, [0], [], "Length of the value should be greater than or equal to '1'."),
        ({"type": "array", "maxLength": 1}, [0], [0, 1], "Length of the value should be less than or equal to '1'."),
        ({"type": "array", "items": {"type": "int", "minValue": 1}}, [1], [0], "p'[0] is not valid"),
        ({"type": "array", "prefixItems": [{"type": "int"}], "items": False}, [1], [1, 2], "no more than '1' elements"),
        ({"type": "object", "properties": {"a": {"type": "int"}}}, {"a": 1, "b": 2}, {"b": 2}, "The property 'a' is required."),
        ({"type": "object", "properties": {"a": {"type": "int"}}}, {"A": 1}, {"A": "1"}, "p'.a is not valid"),
        ({"type": "object", "properties": {"a": {"type": "int", "nullable": True}}}, {}, {"a": "1"}, "Expected a value of type 'Integer'"),
        ({"type": "object", "properties": {}, "additionalProperties": False}, {}, {"b": 2}, "The property 'b' is not allowed."),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"x": "1"}, {"x": 1}, "p'.x is not valid"),
        ({"type": "string", "nullable": True}, None, 5, "Expected a value of type 'String, Uri'"),
    ],
)  # fmt: skip
def test_a_rule_takes_what_keeps_it_and_refuses_what_breaks_it(rules, good, bad, said):
    assert given({"p": rules}, p=good) == {"p": good}
    with pytest.raises(TemplateError) as refused:
        given({"p": rules}, p=bad)
    assert said in refused.value.message


def test_a_secure_value_is_never_named_in_a_refusal():
    with pytest.raises(TemplateError) as refused:
        given({"p": {"type": "securestring", "allowedValues": ["a"]}}, p="hunter2")
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"type": "text"}, "has a type 'text' that is not valid. Supported types are 'String, SecureString, Int, Bool"),
        ({}, "has a type 'None' that is not valid"),
        ("string", "is not declared properly"),
        ({"$ref": "#/definitions/gone"}, "refers to a type that is not defined"),
    ],
)
def test_a_declaration_that_is_none_is_refused(told, said):
    with pytest.raises(TemplateError) as refused:
        given({"p": told})
    assert said in refused.value.message


def test_named_types_are_followed_and_their_own_rules_kept():
    definitions = {
        "name": {"type": "string", "minLength": 2},
        "site": {"type": "object", "properties": {"name": {"$ref": "#/definitions/name"}}},
    }
    raw = template(
        parameters={"p": {"type": "array", "items": {"$ref": "#/definitions/site"}}}, definitions=definitions
    )
    assert plan(raw, p=[{"name": "ab"}]).parameters["p"][1] == [{"name": "ab"}]
    with pytest.raises(TemplateError, match=r"p'\[0\]\.name is not valid. Length of the value"):
        plan(raw, p=[{"name": "a"}])


def test_a_discriminator_chooses_the_rules():
    variants = {
        "cat": {"type": "object", "properties": {"lives": {"type": "int"}}},
        "dog": {"type": "object", "properties": {}},
    }
    rules = {"type": "object", "discriminator": {"propertyName": "kind", "mapping": variants}}
    assert given({"p": rules}, p={"kind": "dog"}) == {"p": {"kind": "dog"}}
    with pytest.raises(TemplateError, match="The property 'lives' is required"):
        given({"p": rules}, p={"kind": "cat"})
    with pytest.raises(TemplateError, match="The property 'kind' should be one of 'cat, dog'"):
        given({"p": rules}, p={"kind": "cow"})


def test_a_parameter_that_is_not_given_is_named():
    with pytest.raises(TemplateError) as refused:
        given({"one": {"type": "string"}, "two": {"type": "int", "defaultValue": 1}})
    assert refused.value.message.startswith("The value for the template parameter 'one' is not provided.")
    assert refused.value.path == "properties.template.parameters.one"


def test_parameters_that_are_not_declared_are_named_with_those_that_are():
    with pytest.raises(TemplateError) as refused:
        given({"one": {"type": "string"}, "two": {"type": "string"}}, one="x", three="y", four="z")
    assert "The template parameters 'three, four' in the parameters file are not valid" in refused.value.message
    assert "The only supported parameters for this template are 'one, two'." in refused.value.message


def test_names_of_parameters_do_not_regard_case():
    raw = template(
        parameters={"LogsRetention": {"type": "int"}},
        outputs={"o": {"type": "int", "value": "[parameters('LOGSRETENTION')]"}},
    )
    assert plan(raw, logsretention=7).parameters["LogsRetention"][1] == 7


def test_defaults_may_name_other_parameters_in_any_order():
    declared = {
        "full": {"type": "string", "defaultValue": "[concat(parameters('first'), '-', resourceGroup().name)]"},
        "first": {"type": "string", "defaultValue": "[toLower('AB')]"},
    }
    assert given(declared) == {"full": "ab-rg-oslo", "first": "ab"}
    assert given(declared, first="x")["full"] == "x-rg-oslo"


def test_defaults_that_name_each_other_in_a_circle_are_refused():
    declared = {
        "a": {"type": "string", "defaultValue": "[parameters('b')]"},
        "b": {"type": "string", "defaultValue": "[parameters('a')]"},
    }
    with pytest.raises(TemplateError, match="Circular dependency detected on the template parameter"):
        given(declared)


@pytest.mark.parametrize("text", ["[reference('x')]", "[variables('v')]", "[listKeys('x', '2025-01-01')]"])
def test_a_default_may_ask_neither_resources_nor_variables(text):
    with pytest.raises(TemplateError):
        plan(template(parameters={"p": {"type": "string", "defaultValue": text}}, variables={"v": "x"}))


def test_null_given_for_a_parameter_with_a_default_means_the_default():
    assert given({"p": {"type": "string", "defaultValue": "d"}}, p=None) == {"p": "d"}


def test_a_nullable_parameter_that_is_not_given_is_null():
    assert given({"p": {"type": "object", "nullable": True}}) == {"p": None}


def test_given_values_are_taken_as_they_stand_never_computed():
    assert given({"p": {"type": "string"}}, p="[concat('a', 'b')]") == {"p": "[concat('a', 'b')]"}


def test_a_deployment_shows_types_and_hides_secure_values():
    declared = {
        "s": {"type": "securestring"},
        "o": {"type": "secureobject"},
        "i": {"type": "int"},
        "t": {"type": "string"},
    }
    found = plan(template(parameters=declared), s="secret", o={"a": 1}, i=1, t="x").parameters
    assert shown(found) == {
        "s": {"type": "SecureString"},
        "o": {"type": "SecureObject"},
        "i": {"type": "Int", "value": 1},
        "t": {"type": "String", "value": "x"},
    }
