"""The service's flattened steps."""

from __future__ import annotations

import pytest

from azlocal.core.dumps import read_dump


def step(name, index, status, exception="", steps=""):
    return (
        f"{{Name={name}, Description=Check, and look, FullStepIndex={index}, StartTimeUtc=2026-11-23T08:05:02, "
        f"EndTimeUtc=2026-11-23T08:08:10, Status={status}, Exception={exception}, Steps={steps}}}"
    )


RAISED = "Type 'T' of Role 'R' raised an exception: "


def told(text):
    return [(one.name, one.index, one.status, one.exception) for one in read_dump(text).steps]


def test_a_text_without_steps_is_no_dump():
    assert read_dump("a {b} @{Name=x; Status=y}") is None


def test_steps_in_steps_come_one_after_the_other():
    text = f"Failed. \nValidation status is {{Status=Error, Steps={step('A', 0, 'Success')}, {step('B', 1, 'Error', steps=step('C', '1.1', 'Error', 'it broke'))}}}"
    assert told(text) == [("A", "0", "Success", ""), ("B", "1", "Error", ""), ("C", "1.1", "Error", "it broke")]
    assert read_dump(text).before == "Failed. \nValidation status is "


@pytest.mark.parametrize("exception", [RAISED + '{"a": {"b": [1, 2]}}', RAISED + "x, y = {1}", "a, b", "C:\\x {"])
def test_an_exception_keeps_its_own_braces_and_commas(exception):
    text = f"{{Status=Error, Steps={step('A', 0, 'Error', exception)}}}. \nDeployment Status is {{Status=, Steps=null}}"
    assert told(text) == [("A", "0", "Error", exception)]


def test_the_older_form_without_inner_steps_is_read():
    text = "status is {Name=A, Description=d, FullStepIndex=3, StartTimeUtc=x, EndTimeUtc=y, Status=Error, Exception=it broke}"
    assert told(text) == [("A", "3", "Error", "it broke")]


@pytest.mark.parametrize("place", [60, 100, 160, 190])
def test_a_dump_that_was_cut_gives_what_is_left(place):
    text = step("A", 0, "Error", "it broke because of something long")
    (one,) = read_dump(text[:place]).steps
    assert "A".startswith(one.name)
    assert "it broke because of something long".startswith(one.exception)
