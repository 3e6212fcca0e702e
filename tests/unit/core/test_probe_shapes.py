"""Comparing answers with shapes: every difference is found, and no value of an answer is ever told."""

from __future__ import annotations

import copy
import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azlocal.azure.probe import comparer, shapes
from azlocal.core.probe import LEAVES, Comparer, kind_of
from azlocal.core.probe_switches import SWITCHES, Sight, seen
from azlocal.sandbox.world import SWITCHES as OF_THE_SANDBOX

SMALL = {
    "one": {"id": "id", "state": "On | Off", "count?": "integer", "tags": {"*": "text"}, "parts": [{"at": "time"}]}
}
WELL = {"id": "/a", "state": "On", "tags": {"anna": "b"}, "parts": [{"at": "2026-11-23T08:00:00Z"}]}


def told(value, shapes=SMALL):
    return [(one.path, one.kind, one.found) for one in Comparer.of(shapes).deviations("one", value)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"id": "anna"}, [("id", "other-type", "text")]),
        ({"id": None}, [("id", "other-type", "null")]),
        ({"count": "7"}, [("count", "other-type", "text")]),
        ({"count": True}, [("count", "other-type", "boolean")]),
        ({"state": "on"}, [("state", "other-case", "the same word in another case")]),
        ({"state": "Anna"}, [("state", "other-word", "a word that is not known")]),
        ({"state": 3}, [("state", "other-type", "integer")]),
        ({"anna": {}}, [("", "unknown-property", "object")]),
        ({"at": 1}, [("at", "unknown-property", "integer")]),
        ({"tags": ["anna"]}, [("tags", "other-type", "list")]),
        ({"tags": {"anna": 1}}, [("tags.*", "other-type", "integer")]),
        ({"parts": [{}]}, [("parts[].at", "missing-property", "nothing")]),
        ({"parts": [{"at": "2026-11-23T08:00:00"}]}, [("parts[].at", "other-type", "time without zone")]),
        ({"parts": {"anna": 1}}, [("parts", "other-type", "object")]),
    ],
)
def test_a_difference_is_told_by_place_and_type(change, expected):
    assert told({**WELL, **change}) == expected


def test_a_missing_property_is_told_with_what_it_should_be():
    (one,) = Comparer.of(SMALL).deviations("one", {name: value for name, value in WELL.items() if name != "state"})
    assert (one.path, one.kind, one.expected) == ("state", "missing-property", "On | Off")


def test_a_word_of_another_place_is_told_because_it_is_public():
    assert told({**WELL, "state": "Success"}, {**SMALL, "two": "Success | Error"}) == [
        ("state", "other-word", "Success")
    ]


def test_every_leaf_of_the_shapes_is_a_type_or_a_list_of_words():
    def leaves(shape):
        if isinstance(shape, dict):
            for one in shape.values():
                yield from leaves(one)
        elif isinstance(shape, list):
            for one in shape:
                yield from leaves(one)
        elif not shape.startswith("@"):
            yield shape

    odd = {one for one in leaves(dict(shapes())) if one not in LEAVES and "|" not in one}
    assert all(one == one.strip() and " " not in one for one in odd)


# no value is told

theirs = st.one_of(
    st.text(max_size=30).map(lambda one: f"Fabrikam{one}"), st.uuids().map(str), st.emails(), st.ip_addresses().map(str),
    st.uuids().map(lambda one: f"/subscriptions/{one}/resourceGroups/rg-fabrikam"),
)  # fmt: skip
documents = st.recursive(
    theirs | st.none() | st.booleans() | st.integers(10**9, 10**12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(theirs, inner, max_size=4),
    max_leaves=12,
)


def filled(shape, draw, depth=0):
    """Draw an answer of a shape in which every value, and some whole parts, are what a customer could have there."""
    if isinstance(shape, str) and shape.startswith("@") and depth < 6:
        return filled(shapes()[shape[1:]], draw, depth + 1)
    if isinstance(shape, dict) and depth < 12 and draw(st.integers(0, 9)):
        known = {name.rstrip("?"): filled(part, draw, depth + 1) for name, part in shape.items() if name != "*"}
        return {**known, **draw(st.dictionaries(theirs, documents, max_size=2))}
    if isinstance(shape, list) and shape and draw(st.integers(0, 9)):
        return [filled(shape[0], draw, depth + 1)]
    return draw(documents)


def values_of(document):
    if isinstance(document, dict):
        for name, one in document.items():
            yield name
            yield from values_of(one)
    elif isinstance(document, list):
        for one in document:
            yield from values_of(one)
    elif document is not None and not isinstance(document, bool):
        yield str(document)


@given(st.sampled_from(sorted(shapes())), st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_and_no_name_of_a_customer_is_told(name, data):
    answer = filled(shapes()[name], data.draw)
    before = copy.deepcopy(answer)
    text = "\n".join(part for one in comparer().deviations(name, answer) for part in map(str, dataclasses.astuple(one)))
    assert answer == before
    for value in values_of(answer):
        if value not in PUBLIC:
            assert value not in text


def public_names(shape):
    if isinstance(shape, dict):
        for name, one in shape.items():
            yield name.rstrip("?")
            yield from public_names(one)
    elif isinstance(shape, list):
        for one in shape:
            yield from public_names(one)


PUBLIC = set(public_names(dict(shapes())))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "empty text"), ("anna", "text"), ("/anna", "id"), ("PT1H", "duration"), (1.5, "number"), ([], "list"),
        ("0b6f1d4e-7a1c-4f0e-9d53-2f6a1c7e8b90", "guid"), ({}, "object"), (None, "null"), (False, "boolean"),
    ],
)  # fmt: skip
def test_a_value_is_told_by_its_type_and_format(value, kind):
    assert kind_of(value) == kind


# switches


def test_the_switches_that_reading_shows_are_those_of_the_contracts():
    assert {name: OF_THE_SANDBOX[name] for name in SWITCHES} == dict(SWITCHES)


SETTINGS = {
    "properties": {
        "provisioningState": "Succeeded",
        "deploymentConfiguration": {"scaleUnits": [{"deploymentData": {"secrets": [], "optionalServices": {"a": 1}}}]},
        "reportedProperties": {"deploymentStatus": {"status": "Error"}},
    }
}


def observed(**sight):
    return {one.name: one.observed for one in seen(Sight(**sight)) if one.observed}


def test_settings_show_what_is_echoed_and_kept():
    assert observed(settings=[SETTINGS]) == {
        "echo": ("without-secrets",),
        "validation-status-after-deploy": ("dropped",),
        "provisioning-state-after-failed-deploy": ("Succeeded",),
    }


@pytest.mark.parametrize(("graph", "expected"), [("/A/b", ("kept",)), ("/a/b", ("lower",)), ("/A/B", ("other",))])
def test_ids_in_the_index_are_kept_folded_or_something_else(graph, expected):
    assert observed(arm_ids={"/a/b": "/A/b"}, graph_ids={"/a/b": graph}) == {"graph-id-case": expected}


def test_summaries_show_what_is_there_before_and_after_the_upgrade():
    connected = {"properties": {"connectivityStatus": "Connected", "status": "Anna"}}
    clusters = {"a": connected, "b": {}, "c": {}}
    summaries = {"a": {"properties": {"currentVersion": "12"}}, "b": None, "c": {"properties": {}}}
    assert observed(clusters=clusters, summaries=summaries) == {
        "update-summary-before-upgrade": ("absent", "stub"),
        "status-after-upgrade": ("other",),
    }
