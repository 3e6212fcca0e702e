"""The doorbell: one tick for everybody who asks in a minute, after all they have written, and none twice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from desks import Desk
from hypothesis import given
from hypothesis import strategies as st

from azlocal.core.times import format_time
from azlocal.function import bell

NOW = datetime(2026, 11, 23, 8, 14, 10, tzinfo=timezone.utc)
ID = "20261123T0815Z"
MOMENTS = st.integers(-(10**12), 10**12).map(lambda number: NOW + timedelta(microseconds=number))


@given(MOMENTS)
def test_a_tick_is_due_at_a_whole_minute_once_everything_shows_and_no_later_than_needed(now):
    due = bell.due_after(now)
    assert (due.second, due.microsecond) == (0, 0)
    assert bell.SETTLES <= due - now < bell.SETTLES + timedelta(minutes=1)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(minutes=5)))
def test_who_asks_later_is_never_answered_by_a_tick_that_may_not_see_it(now, later):
    desk = Desk()
    first, second = bell.ring(desk, now), bell.ring(desk, now + later)
    assert second.due >= first.due
    assert second.fresh == (second.due != first.due)
    assert len(desk.messages) == len({first.id, second.id})


def test_the_first_who_asks_leaves_a_message_and_then_the_ticket():
    desk = Desk()
    ticket = bell.ring(desk, NOW)
    assert ticket == bell.Ticket(ID, NOW.replace(minute=15, second=0), fresh=True)
    assert desk.done == [("post", json.dumps({"ticket": ID})), ("write", f"ticks/{ID}.json")]
    assert desk.messages[0][1] == timedelta(seconds=50)
    assert desk.documents[f"ticks/{ID}.json"]["state"] == "asked"


def test_a_tick_may_be_asked_for_later():
    desk = Desk()
    ticket = bell.ring(desk, NOW, timedelta(minutes=12))
    assert ticket.due == NOW.replace(minute=27, second=0)
    assert desk.messages[0][1] == ticket.due - NOW


def test_everybody_in_the_same_minute_shares_one_tick():
    desk = Desk()
    tickets = [bell.ring(desk, NOW + timedelta(milliseconds=20 * number)) for number in range(100)]
    assert {one.id for one in tickets} == {ID}
    assert [one.fresh for one in tickets] == [True] + [False] * 99
    assert len(desk.messages) == 1


@pytest.mark.parametrize(
    "text", ["", "x", "null", "[]", "7", '{"ticket": 7}', '{"ticket": "../fleet"}', '{"ticket": "20261123T0815Z/x"}', "[" * 900]
)  # fmt: skip
def test_a_message_that_nobody_put_there_names_no_ticket(text):
    with pytest.raises(ValueError):
        bell.read_message(text)


def test_a_tick_that_is_asked_for_runs_once_however_often_its_message_comes():
    desk, ran = Desk(), []

    def tick():
        ran.append(desk.documents[f"ticks/{ID}.json"]["state"])
        return {"tickId": "t"}

    bell.ring(desk, NOW)
    assert [bell.answer(desk, ID, tick) for _ in range(3)] == ["ran", "answered", "answered"]
    assert ran == ["running"]
    assert desk.documents[f"ticks/{ID}.json"]["tick"] == {"tickId": "t"}


def test_a_message_whose_ticket_was_never_written_is_answered_all_the_same():
    desk = Desk()
    assert bell.answer(desk, ID, lambda: {"tickId": "t"}) == "ran"
    assert desk.documents[f"ticks/{ID}.json"]["state"] == "done"


def test_a_tick_that_was_killed_is_run_again_when_its_message_comes_back():
    desk = Desk()
    desk.documents[f"ticks/{ID}.json"] = {"id": ID, "state": "running"}
    assert bell.answer(desk, ID, dict) == "ran"


def test_a_tick_that_fails_says_so_and_is_tried_again():
    desk = Desk()

    def broken():
        raise OSError("with a secret in it")

    with pytest.raises(OSError, match="secret"):
        bell.answer(desk, ID, broken)
    assert desk.documents[f"ticks/{ID}.json"] == {"id": ID, "state": "failed", "error": "OSError"}
    assert bell.answer(desk, ID, dict) == "ran"


@pytest.mark.parametrize(
    ("began", "word"), [(timedelta(0), "answered"), (timedelta(seconds=1), "answered"), (timedelta(seconds=-1), "ran")]
)
def test_a_tick_that_began_when_this_one_was_due_answers_it_too(began, word):
    due = datetime(2026, 11, 23, 8, 15, tzinfo=timezone.utc)
    desk = Desk()
    desk.documents[bell.VIEW] = {"tick": {"tickId": "timer", "now": format_time(due + began)}}
    assert bell.answer(desk, ID, lambda: {"tickId": "own"}) == word
    told = desk.documents[f"ticks/{ID}.json"]
    assert (told["state"], told["tick"]["tickId"]) == ("done", "timer" if word == "answered" else "own")


@pytest.mark.parametrize("view", [{}, {"tick": None}, {"tick": "x"}, {"tick": {"now": "never"}}, {"tick": {}}])
def test_a_view_that_cannot_be_read_answers_nothing(view):
    desk = Desk()
    desk.documents[bell.VIEW] = view
    assert bell.answer(desk, ID, dict) == "ran"
