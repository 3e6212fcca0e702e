"""The schema for editors, the codes and the page that explains them say the same as the code that checks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from input_samples import GOOD

from azlocal.files.inputs_codes import CODES, QUESTIONS, code_of
from azlocal.files.inputs_fields import KNOWN, REQUIRED
from azlocal.files.schema import inputs_schema

ROOT = Path(__file__).parents[3]
SCHEMA = inputs_schema()
PAGE = (ROOT / "docs" / "inputs.md").read_text("utf-8")


def test_the_schema_has_every_key_and_no_other():
    assert SCHEMA["properties"].keys() == {"cluster", "network", *KNOWN}
    assert (SCHEMA["required"], SCHEMA["additionalProperties"]) == (list(REQUIRED), False)
    assert all(one["description"] for one in SCHEMA["properties"].values())


def fits(value, shape):
    """Whether a value fits, as far as these schemas go."""
    if "enum" in shape:
        return value in shape["enum"]
    if shape["type"] == "array":
        return len(value) >= shape["minItems"] and all(fits(one, shape["items"]) for one in value)
    if shape["type"] == "object":
        return set(shape["required"]) <= value.keys() <= shape["properties"].keys() and all(
            fits(one, shape["properties"][name]) for name, one in value.items()
        )
    return (
        shape.get("minLength", 0) <= len(value) <= shape.get("maxLength", 999)
        and (re.search(shape["pattern"], value) is not None if "pattern" in shape else True)
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(GOOD))
def test_good_inputs_fit_the_schema(name):
    assert fits(GOOD[name], SCHEMA["properties"][name])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("failoverClusterName", "ab"), ("failoverClusterName", "a" * 16), ("dnsServers", []), ("domainFqdn", "local"),
        ("lcmSecretUri", "https://kv-oslo.vault.azure.net/secrets/name"), ("lcmSecretUri", "https://example.com/secrets/a/b"),
        ("arcNodeResourceIds", ["n1"]), ("physicalNodesSettings", [{"name": "n"}]), ("namingPrefix", "a_b"),
        ("euLocation", "perhaps"), ("deploymentConfigurationVersion", "10.1"), ("network", "a b"),
    ],
)  # fmt: skip
def test_what_the_check_refuses_in_a_single_value_does_not_fit_the_schema(name, value):
    assert not fits(value, SCHEMA["properties"][name])


def test_every_field_and_every_question_has_a_code_that_is_known():
    assert {code_of(name) for name in (*KNOWN, "cluster", "network", "anything")} | QUESTIONS.keys() <= CODES.keys()


def test_the_page_explains_every_code_as_the_code_does_and_no_other():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert rows == dict(CODES)


def test_the_page_names_every_key():
    assert all(f"`{name}`" in PAGE for name in (*KNOWN, "cluster", "network"))


def test_the_page_asks_every_question():
    assert all(question in PAGE for question in QUESTIONS.values())
