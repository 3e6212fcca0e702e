"""The lease of a container against a plain reading of its table of outcomes, whatever is asked in whatever order."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.sandbox.providers.storage_lease import (
    AVAILABLE,
    BREAKING,
    BROKEN,
    EXPIRED,
    LEASED,
    Asked,
    decide,
    described,
)
from azlocal.sandbox.wire import ArmError

START = datetime(2026, 11, 24, tzinfo=timezone.utc)
A, B, C = "a" * 8, "b" * 8, "c" * 8
TABLE = {
    # (action, own id): what it leads to from available, leased, breaking, broken, expired. 409 is a refusal.
    ("Acquire", True): (LEASED, LEASED, 409, LEASED, LEASED),
    ("Acquire", False): (LEASED, 409, 409, LEASED, LEASED),
    ("Renew", True): (409, LEASED, 409, 409, LEASED),
    ("Renew", False): (409, 409, 409, 409, 409),
    ("Change", True): (409, LEASED, 409, 409, 409),
    ("Change", False): (409, 409, 409, 409, 409),
    ("Release", True): (409, AVAILABLE, AVAILABLE, AVAILABLE, AVAILABLE),
    ("Release", False): (409, 409, 409, 409, 409),
    ("Break", True): (409, BREAKING, BREAKING, BROKEN, BROKEN),
}
STATES = (AVAILABLE, LEASED, BREAKING, BROKEN, EXPIRED)


def ask(lease, now, action, **more):
    return decide(lease, Asked(action, **more), now, C).lease


def state(lease, now):
    return described(lease, now)["leaseState"]


def in_state(wanted):
    """Return a lease of A in the wanted state, and the moment it is in it."""
    held = ask(None, START, "Acquire", proposed=A, duration=60)
    if wanted == AVAILABLE:
        return None, START
    if wanted in {LEASED, EXPIRED}:
        return held, START + timedelta(seconds=10 if wanted == LEASED else 60)
    broken = ask(held, START, "Break", period=20 if wanted == BREAKING else 0)
    return broken, START + timedelta(seconds=10)


def request(action, own):
    lease_id = A if own else B
    if action == "Acquire":
        return {"proposed": lease_id, "duration": 30}
    return {"Break": {}, "Change": {"lease_id": lease_id, "proposed": C}}.get(action, {"lease_id": lease_id})


@pytest.mark.parametrize(("action", "own"), TABLE)
@pytest.mark.parametrize("before", STATES)
def test_every_action_from_every_state_has_the_outcome_of_the_table(action, own, before):
    lease, now = in_state(before)
    assert state(lease, now) == before
    wanted = TABLE[action, own][STATES.index(before)]
    if wanted == 409:
        with pytest.raises(ArmError) as refused:
            ask(lease, now, action, **request(action, own))
        assert refused.value.status == 409
    else:
        assert state(ask(lease, now, action, **request(action, own)), now) == wanted


ids = st.sampled_from([A, B])
actions = st.one_of(
    st.builds(Asked, st.just("Acquire"), proposed=ids, duration=st.sampled_from([15, 60, -1])),
    st.builds(Asked, st.sampled_from(["Renew", "Release"]), lease_id=ids),
    st.builds(Asked, st.just("Change"), lease_id=ids, proposed=ids),
    st.builds(Asked, st.just("Break"), period=st.sampled_from([None, 0, 20, 60])),
)
histories = st.lists(st.tuples(st.integers(0, 70), actions), max_size=30)


def told(lease, asked, now):
    try:
        return decide(lease, asked, now, C)
    except ArmError:
        return None


@given(histories)
def test_nobody_gets_a_lease_that_another_holds(history):
    lease, now = None, START
    for passed, asked in history:
        now += timedelta(seconds=passed)
        held = state(lease, now) in {LEASED, BREAKING}
        outcome = told(lease, asked, now)
        if outcome is None:
            continue
        if held and asked.action in {"Acquire", "Renew", "Release"}:
            assert lease.id in {asked.proposed, asked.lease_id}
        if held and asked.action == "Change":
            assert lease.id in {asked.lease_id, asked.proposed}
        lease = outcome.lease


@given(histories)
def test_a_lease_of_a_duration_is_over_when_the_duration_has_passed_since_it_was_last_taken(history):
    lease, now, until = None, START, None
    for passed, asked in history:
        now += timedelta(seconds=passed)
        outcome = told(lease, asked, now)
        if outcome is not None:
            lease = outcome.lease
            if asked.action in {"Acquire", "Renew"}:
                until = None if lease.duration == -1 else now + timedelta(seconds=lease.duration)
        if state(lease, now) == LEASED:
            assert until is None or now < until
        if lease is not None and until is not None:
            assert lease.seconds(now) <= max(0, (until - now).total_seconds())


@given(histories)
def test_a_break_never_makes_a_lease_last_longer(history):
    lease, now = None, START
    for passed, asked in history:
        now += timedelta(seconds=passed)
        before = lease
        outcome = told(lease, asked, now)
        if outcome is None:
            continue
        lease = outcome.lease
        if asked.action == "Break":
            assert before.ends is None or lease.ends <= before.ends
            assert int(outcome.answer["leaseTimeSeconds"]) <= (60 if asked.period is None else asked.period)
            assert state(lease, now) in {BREAKING, BROKEN}
