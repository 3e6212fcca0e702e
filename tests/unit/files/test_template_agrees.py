"""What the template makes of the inputs is what the digest is taken of, defaults included.

Only then does the digest of what is sent equal the digest of what Azure echoes.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from input_samples import GOOD, NAME

from azlocal.core.digest import digest_of_properties, settings_properties
from azlocal.files.document import Document
from azlocal.files.inputs_fields import KNOWN, REQUIRED
from azlocal.files.inputs_parameters import read_parameters

TEMPLATE = json.loads((Path(__file__).parents[3] / "arm-templates" / "solution-upgrade.json").read_text("utf-8"))
PARAMETERS = TEMPLATE["parameters"]
DEFAULTS = {name: one["defaultValue"] for name, one in PARAMETERS.items() if "defaultValue" in one}
(SETTINGS,) = (one for one in TEMPLATE["resources"] if one["type"].endswith("/deploymentSettings"))


def evaluated(value, parameters):
    """The template's value for *parameters*: it uses parameters(), variables() and one format() of both."""
    if isinstance(value, dict):
        return {name: evaluated(one, parameters) for name, one in value.items()}
    if isinstance(value, list):
        return [evaluated(one, parameters) for one in value]
    if not isinstance(value, str) or not value.startswith("["):
        return value
    named = re.findall(r"(parameters|variables)\('(\w+)'\)", value)
    found = [parameters[name] if kind == "parameters" else TEMPLATE["variables"][name] for kind, name in named]
    known = {"[parameters('*')]", "[variables('*')]", "[format('{0}-{1}', parameters('*'), variables('*'))]"}
    assert re.sub(r"(parameters|variables)\('\w+'\)", r"\1('*')", value) in known
    return "-".join(found) if "format(" in value else found[0]


def made(given_parameters, name=NAME):
    parameters = {**DEFAULTS, "clusterName": name, "deploymentMode": "Validate", **given_parameters}
    properties = evaluated(SETTINGS["properties"], parameters)
    assert properties.pop("deploymentMode") == "Validate"
    return properties


OPTIONAL = {
    "namingPrefix": st.sampled_from(["HCI001", "OSLO"]), "adouPath": st.sampled_from(["", "OU=hci,DC=ad"]),
    "streamingDataClient": st.booleans(), "euLocation": st.booleans(), "episodicDataUpload": st.booleans(),
    "deploymentConfigurationVersion": st.sampled_from(["10.1.0.0", "10.2.0.0"]),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=OPTIONAL))
def test_the_digest_is_taken_of_exactly_what_the_template_makes(chosen):
    parameters = {**GOOD, **chosen}
    assert settings_properties(parameters, NAME) == made(parameters)
    echoed = {**made(parameters), "deploymentMode": "Deploy", "provisioningState": "Succeeded"}
    assert digest_of_properties(echoed) == digest_of_properties(settings_properties(parameters, NAME))


@given(st.sampled_from(sorted(DEFAULTS)))
def test_a_default_written_out_is_a_default_left_out(name):
    assert settings_properties({**GOOD, name: DEFAULTS[name]}, NAME) == settings_properties(GOOD, NAME)


def test_the_optional_parameters_here_are_those_of_the_template():
    assert sorted(OPTIONAL) == sorted(DEFAULTS)


def test_inputs_know_every_parameter_of_the_template_but_mode_and_cluster_name():
    assert sorted(KNOWN) == sorted(PARAMETERS.keys() - {"deploymentMode", "clusterName"})
    assert sorted(REQUIRED) == sorted(PARAMETERS.keys() - DEFAULTS.keys() - {"deploymentMode", "clusterName"})


def test_a_default_is_a_value_that_inputs_may_have():
    document = Document("x.yaml", {**GOOD, **{name: str(value) for name, value in DEFAULTS.items()}}, {})
    read = read_parameters(document, NAME)
    assert (document.told(), {name: read[name] for name in DEFAULTS}) == ((), DEFAULTS)


KINDS = {"string": str, "bool": bool, "array": list}


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_sent_has_the_type_that_the_template_asks_for(name):
    data = {**GOOD, **{name: str(value) for name, value in DEFAULTS.items()}}
    assert type(read_parameters(Document("x.yaml", data, {}), NAME)[name]) is KINDS[PARAMETERS[name]["type"]]


@pytest.mark.parametrize("name", sorted(name for name in KNOWN if "maxLength" in PARAMETERS[name]))
def test_lengths_end_where_the_templates_do(name):
    for length, fits in ((PARAMETERS[name]["maxLength"], True), (PARAMETERS[name]["maxLength"] + 1, False)):
        document = Document("x.yaml", {**GOOD, name: "a" * length}, {})
        read_parameters(document, NAME)
        assert (not document.problems) is fits
