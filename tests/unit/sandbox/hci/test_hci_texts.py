"""The forms in which failing steps speak."""

from __future__ import annotations

import json
import re

import pytest

from azlocal.sandbox.journey_steps import CHECKER, DEPLOYMENT, VALIDATION, names
from azlocal.sandbox.journey_texts import TEXTS, USUAL_TEXTS, filled, nodes_known

GRAMMAR = re.compile(
    r"^(?:CloudEngine\S*Exception:\s*)?Type '(?P<interface>[^']+)' of Role '(?P<role>[^']+)' raised an exception:"
    r"\s*(?P<body>.*)$",
    re.DOTALL,
)
KNOWN = {**nodes_known(["n1", "n2"], "clu", "/subscriptions/s/resourceGroups/g"), "millis": "1795421400000"}
STEPS = {*names(VALIDATION), *names(DEPLOYMENT), *names(CHECKER)}


def body(key: str) -> str:
    found = GRAMMAR.match(filled(TEXTS[key].text, KNOWN))
    assert found is not None
    return found["body"]


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_follows_the_engines_grammar_and_leaves_nothing_open(key: str):
    assert body(key)
    assert not re.search(r"@(node|seed|cluster|group|millis)@", filled(TEXTS[key].text, KNOWN))
    assert TEXTS[key].step.lower() in STEPS


def test_there_is_a_text_of_every_form():
    forms = set()
    for key in TEXTS:
        told = body(key)
        try:
            content = json.loads(told)
        except ValueError:
            forms.add("cut" if told.startswith("{") else "plain")
            continue
        message = content["ErrorMessage"]
        if isinstance(message, str):
            forms.add("text")
        else:
            forms.add("results" if isinstance(message["Results"], list) else "result")
    assert forms == {"cut", "plain", "text", "results", "result"}


def test_results_hold_passed_and_failed_tests_and_spell_status_by_number_or_by_word():
    numbers = json.loads(body("val-bitlocker"))["ErrorMessage"]["Results"]
    assert [(one["Status"], one["Severity"]) for one in numbers] == [(0, 2), (1, 2)]
    words = json.loads(body("val-connectivity"))["ErrorMessage"]["Results"]
    assert {one["Status"] for one in words} == {"SUCCESS", "FAILURE"}
    assert {one["Severity"] for one in words} == {"Critical"}
    assert numbers[1]["AdditionalData"]["Detail"].endswith("suspend it first.")


def test_stamps_are_escaped_as_powershell_does_and_still_parse():
    told = filled(TEXTS["val-bitlocker"].text, KNOWN)
    assert r'"Timestamp": "\/Date(1795421400000)\/"' in told
    assert json.loads(body("val-bitlocker"))["ErrorMessage"]["Results"][0]["Timestamp"] == "/Date(1795421400000)/"


def test_the_usual_texts_are_known_ones():
    assert set(USUAL_TEXTS.values()) <= set(TEXTS)
