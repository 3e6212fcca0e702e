"""Texts that no writer of Azure's means: nothing of them breaks the reading, and none takes longer than its length asks.

A pattern that tries every place of a long text anew would keep a tick busy for minutes: these tests would not end.
"""

from __future__ import annotations

import pytest

from azlocal.core.evidence_reading import from_steps, from_text
from azlocal.core.facts import Step

LONG = 64 * 1024
RAISED = "Type 'A' of Role 'B' raised an exception: "
PIECES = [
    "- ",
    "x, ",
    "A<'\x1b=",
    "\x00",
    " ",
    "a\t\t",
    "a.",
    "Exception: ",
    '{"a":',
    "[{",
    "\\",
    "ok ",
    "Name=a, ",
    "error ",
]


@pytest.mark.parametrize("before", ["", RAISED], ids=["bare", "raised"])
@pytest.mark.parametrize("piece", PIECES, ids=map(repr, PIECES))
def test_64_kb_of_anything_are_read(piece, before):
    told = from_text(before + piece * (LONG // len(piece)))
    assert all(len(one.line) <= 400 for one in told)


@pytest.mark.parametrize(
    "text", ["\x00", "\x1b[2J", "\x1b[31m \x00\x1b[0m"], ids=map(repr, ["nul", "clear", "colours"])
)
def test_a_text_of_which_nothing_is_left_says_nothing(text):
    assert from_text(text) == ()
    failed = Step(name="Inner", index="0", status="Error", exceptions=(text,))
    assert [one.steps for one in from_steps([failed])] in ([], [("Inner",)])


@pytest.mark.parametrize(
    "body, line",
    [
        ("first fails My.Own.FailureException: ", "A (B): first fails"),
        ("MyException: ", "A (B): second"),
        ("Exception : ", "A (B): second"),
    ],
)
def test_the_class_of_the_next_exception_belongs_to_none_before_it(body, line):
    told = from_text(f"{RAISED}{body}{RAISED}second")
    assert told[0].line in {line, "A"}
    assert told[-1].line == "A (B): second"
