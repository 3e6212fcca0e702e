"""The sandbox's failures, which others wrote, are recognised by the ids under which the sandbox keeps them."""

from __future__ import annotations

import pytest

from azlocal.core.diagnosis import diagnose_text
from azlocal.core.known_issues import known_issues
from azlocal.sandbox.journey_texts import TEXTS, filled, nodes_known

KNOWN = {issue.id for issue in known_issues()}
TOLD = {
    **nodes_known(["oslo01-n1", "oslo01-n2"], "clu-oslo-01", "/subscriptions/1/resourceGroups/rg"),
    "millis": "1763884800000",
}
NAMED = sorted(key for key in TEXTS if key.removesuffix("-cut") in KNOWN)
STRANGERS = sorted(key for key in TEXTS if "stranger" in key)


def found(key):
    return [(one.issue.id, one.certainty) for one in diagnose_text(filled(TEXTS[key].text, TOLD)).matches]


def test_the_sandbox_has_many_of_them_and_strangers_too():
    assert len(NAMED) >= 30
    assert STRANGERS


@pytest.mark.parametrize("key", NAMED)
def test_a_text_is_what_the_sandbox_calls_it_and_nothing_else(key):
    assert found(key) == [(key.removesuffix("-cut"), "certain")]


@pytest.mark.parametrize("key", STRANGERS)
def test_of_a_stranger_nothing_is_invented(key):
    assert found(key) == []
