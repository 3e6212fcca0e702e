"""What a tree of steps tells: where it failed, where it is, since when, and the line a person needs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.facts import SettingsFacts, Step
from azlocal.core.steps import ended, failing_step, latest, moments, running_step, text_of, walk

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def step(name, status="Success", *inner, index="", began=None, end=None, said=()):
    return Step(
        name=name, status=status, index=index, started_at=began, ended_at=end, steps=inner,
        exceptions=said if isinstance(said, tuple) else (said,),
    )  # fmt: skip


TREE = (
    step("done", "Success", index="0", began=NOW - 3 * HOUR, end=NOW - 2 * HOUR),
    step("outer", "Error", step("fine"), step("inner", "FAILED", end=NOW - HOUR), step("later", "Error"), index="1"),
    step("going", "InProgress", step("deep", "inprogress", began=NOW)),
)


def test_a_step_is_known_by_its_index_or_by_its_place():
    assert [(path, one.name) for path, one in walk(TREE)] == [
        ("0", "done"), ("1", "outer"), ("1.0", "fine"), ("1.1", "inner"), ("1.2", "later"), ("2", "going"), ("2.0", "deep"),
    ]  # fmt: skip


def test_the_deepest_failing_and_the_innermost_running_step_are_found():
    assert failing_step(TREE).name == "inner"
    assert running_step(TREE).name == "deep"
    assert (failing_step(()), running_step(TREE[:1])) == (None, None)


def test_the_newest_moment_counts_whichever_list_shows_it():
    assert sorted(moments(TREE)) == [NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR, NOW]
    assert ended(TREE) == NOW - HOUR
    read = SettingsFacts(id="ds", validation_steps=TREE, deployment_steps=TREE[:1])
    swapped = SettingsFacts(id="ds", validation_steps=TREE[:1], deployment_steps=TREE)
    assert latest(read) == latest(swapped) == NOW
    assert latest(SettingsFacts(id="ds", validation_steps=(step("untimed"),))) is None


DETAIL = {"Name": "Test_X", "Title": "The pool", "AdditionalData": {"Detail": "its version is 20"}}


def raised(message):
    body = json.dumps({"ExceptionType": "json", "ErrorMessage": message})
    return f"Type 'Validate' of Role 'Checker' raised an exception:\n{body}"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ((), "S"),
        ("no  route\nto host", "S: no route to host"),
        ("Type 'T' of Role 'R' raised an exception: it broke\n at line 3", "S: T (R): it broke at line 3"),
        ("CloudEngine.X.Exception: Type 'T' of Role 'R' raised an exception: it broke", "S: T (R): it broke"),
        (raised("plain"), "S: Validate (Checker): plain"),
        (raised({"Message": "look", "Results": [{"Name": "ok"}, DETAIL]}), "S: Validate (Checker): The pool: its version is 20"),
        (raised({"Message": "look", "Results": [
            {"Status": 0, "AdditionalData": {"Detail": "fine"}}, {"AdditionalData": {"Detail": "fine", "Status": "Success"}},
            DETAIL | {"Status": 1},
        ]}), "S: Validate (Checker): The pool: its version is 20"),
        (raised({"Message": "look", "Results": DETAIL}), "S: Validate (Checker): The pool: its version is 20"),
        (raised({"Message": "look", "Results": []}), "S: Validate (Checker): look"),
    ],
)  # fmt: skip
def test_the_line_a_person_needs_is_the_innermost_message(said, told):
    assert text_of(step("S", "Error", said=said)) == told


def test_a_long_text_is_cut():
    assert len(text_of(step("S", "Error", said="x" * 5000))) == 400


@given(st.text(max_size=60) | st.builds(raised, st.text(max_size=9) | st.none() | st.lists(st.none())))
def test_no_text_is_too_odd_to_be_told(text):
    assert text_of(step("S", "Error", said=text)).startswith("S")


def test_a_body_nested_beyond_reason_is_told_as_it_is():
    assert text_of(step("S", "Error", said=f"Type 'T' of Role 'R' raised an exception: {'[' * 100_000}")).startswith(
        "S: T (R)"
    )
