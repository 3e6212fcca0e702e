"""Resource Graph's paging over a connection in memory: every row once, or an error that says why not."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.azure.clients import Answer
from azlocal.azure.graph import API, CHUNK, PAGE, PATH, rows
from azlocal.azure.retrying import ATTEMPTS, resets_after
from azlocal.errors import AzureRefused, AzureUnreachable, Incomplete

QUERY = "resources | project id | order by id asc"
SUB = "11111111-2222-3333-4444-555555555555"
LIMIT = 50
"""More calls than any test needs: who asks more often asks for ever."""


def row(n, **more):
    return {"id": f"/subscriptions/{SUB}/resourceGroups/rg/providers/p/t/r{n:05}", **more}


def page(data, total, token=None, **headers):
    body = {"totalRecords": total, "count": len(data), "data": data, "resultTruncated": "false"}
    return Answer(status=200, headers=headers, json=body | ({"$skipToken": token} if token else {}))


def throttled(**headers):
    error = {"code": "RateLimiting", "message": "slow down", "details": [{"code": "RateLimiting", "message": "x"}]}
    return Answer(status=429, headers=headers, json={"error": error})


def quota(remaining, resets):
    return {"x-ms-user-quota-remaining": remaining, "x-ms-user-quota-resets-after": resets}


class Wire:
    """A connection that answers from a function of the body, and remembers what it was asked."""

    def __init__(self, answer):
        self._answer = answer
        self.bodies, self.places, self.slept = [], [], []

    def post(self, path, api_version, body):
        assert len(self.bodies) < LIMIT, "asked without end"
        self.places.append((path, api_version))
        self.bodies.append(body)
        return self._answer(body)

    def sleep(self, seconds):
        self.slept.append(seconds)


def script(*answers):
    """Return a wire that gives *answers* in turn."""
    left = iter(answers)
    return Wire(lambda _: next(left))


def honest(data, size=PAGE):
    """Return a wire that pages *data* as Azure does: the token says where the next page begins."""

    def answer(body):
        start = int(body["options"].get("$skipToken", "0"))
        end = start + min(size, body["options"]["$top"])
        return page(data[start:end], len(data), str(end) if end < len(data) else None)

    return Wire(answer)


def read(wire, subscriptions=(SUB,), management_groups=()):
    return list(rows(wire, QUERY, subscriptions, management_groups))


def tokens(wire):
    return [body["options"].get("$skipToken") for body in wire.bodies]


# paging


def test_one_page_is_one_call_with_the_query_and_the_largest_page():
    wire = honest([row(1), row(2)])
    assert read(wire) == [row(1), row(2)]
    assert wire.places == [(PATH, API)]
    options = {"resultFormat": "objectArray", "$top": 1000}
    assert wire.bodies == [{"subscriptions": [SUB], "query": QUERY, "options": options}]


def test_pages_are_followed_to_the_end_by_the_token_of_the_page_before():
    data = [row(n) for n in range(2500)]
    wire = honest(data)
    assert read(wire) == data
    assert tokens(wire) == [None, "1000", "2000"]


def test_every_page_repeats_query_and_scope():
    wire = honest([row(n) for n in range(5)], size=2)
    read(wire)
    assert {(body["query"], tuple(body["subscriptions"])) for body in wire.bodies} == {(QUERY, (SUB,))}
    assert {body["options"]["$top"] for body in wire.bodies} == {PAGE}


def test_an_empty_fleet_is_complete():
    wire = script(page([], 0))
    assert read(wire) == []


def test_a_page_without_rows_but_with_a_token_does_not_end_the_reading():
    wire = script(page([], 1, "t"), page([row(1)], 1))
    assert read(wire) == [row(1)]


@given(st.integers(0, 60), st.integers(2, 20))
def test_every_row_comes_once_in_as_few_calls_as_possible(count, size):
    data = [row(n) for n in range(count)]
    wire = honest(data, size)
    assert read(wire) == data
    assert len(wire.bodies) == max(1, math.ceil(count / size))


# scope


def test_subscriptions_are_asked_in_chunks_each_once():
    names = [f"sub-{n}" for n in range(2 * CHUNK + 1)]
    wire = script(page([row(1)], 1), page([row(2)], 1), page([row(3)], 1))
    assert read(wire, names) == [row(1), row(2), row(3)]
    assert [len(body["subscriptions"]) for body in wire.bodies] == [CHUNK, CHUNK, 1]
    assert [one for body in wire.bodies for one in body["subscriptions"]] == names


def test_management_groups_are_asked_beside_subscriptions_and_never_in_the_same_call():
    wire = script(page([row(1)], 1), page([row(2)], 1))
    assert read(wire, [SUB], ["mg"]) == [row(1), row(2)]
    names = ("subscriptions", "managementGroups")
    scopes = [{name: body[name] for name in names if name in body} for body in wire.bodies]
    assert scopes == [{"subscriptions": [SUB]}, {"managementGroups": ["mg"]}]


def test_without_any_scope_azure_chooses_all_the_identity_can_read():
    wire = script(page([row(1)], 1))
    assert read(wire, ()) == [row(1)]
    assert not {"subscriptions", "managementGroups"} & set(wire.bodies[0])


def test_a_row_seen_through_two_scopes_is_given_once_whatever_its_case():
    shouted = {"id": row(1)["id"].upper()}
    wire = script(page([row(1)], 1), page([shouted, row(2)], 2))
    assert read(wire, [SUB], ["mg"]) == [row(1), row(2)]


# completeness


def test_a_total_that_changes_between_pages_starts_the_reading_again():
    wire = script(page([row(1)], 2, "t"), page([row(2)], 3), page([row(1), row(2), row(3)], 3))
    assert read(wire) == [row(1), row(2), row(3)]
    assert tokens(wire) == [None, "t", None]


def test_a_row_that_repeats_while_another_is_missing_starts_the_reading_again():
    wire = script(page([row(1)], 2, "t"), page([row(1)], 2), page([row(1), row(2)], 2))
    assert read(wire) == [row(1), row(2)]


def test_missing_rows_start_the_reading_again():
    wire = script(page([row(1)], 2), page([row(1), row(2)], 2))
    assert read(wire) == [row(1), row(2)]


def test_nothing_of_an_abandoned_reading_is_given():
    wire = script(page([row(9)], 2, "t"), page([row(8)], 1), page([row(1)], 1))
    assert read(wire) == [row(1)]


@pytest.mark.parametrize(
    "bad",
    [
        page([row(1)], 2),
        page([row(1), row(1)], 2),
        page([row(1), {"name": "no id"}, {"name": "no id either"}], 3),
        Answer(status=200, json={"count": 0, "data": []}),
        Answer(status=200, json={"totalRecords": 1, "data": {"columns": [], "rows": []}}),
        Answer(status=200, json={"totalRecords": 1}),
    ],
    ids=["missing", "repeated", "without ids", "no total", "a table", "no data"],
)
def test_rows_that_never_add_up_are_incomplete_after_three_readings(bad):
    wire = Wire(lambda _: bad)
    with pytest.raises(Incomplete) as caught:
        read(wire)
    assert len(wire.bodies) == 3
    assert "Resource Graph" in caught.value.message
    assert caught.value.remedy


def test_the_error_names_what_came_and_what_was_announced():
    with pytest.raises(Incomplete, match="1 rows with ids came, 2 were announced"):
        read(Wire(lambda _: page([row(1)], 2)))


def test_a_total_that_never_rests_is_named_with_both_numbers():
    wire = Wire(lambda body: page([row(2)], 3) if "$skipToken" in body["options"] else page([row(1)], 2, "t"))
    with pytest.raises(Incomplete, match="changed from 2 to 3"):
        read(wire)


def test_rows_of_a_scope_that_is_incomplete_are_not_mixed_with_complete_ones():
    wire = Wire(lambda body: page([row(1)], 1) if "subscriptions" in body else page([], 1))
    given_out = []
    with pytest.raises(Incomplete):
        given_out.extend(rows(wire, QUERY, [SUB], ["mg"]))
    assert len(wire.bodies) == 4


@pytest.mark.parametrize("body", [None, [], "text"])
def test_an_answer_that_is_no_object_is_incomplete(body):
    with pytest.raises(Incomplete, match="not JSON"):
        read(script(Answer(status=200, json=body)))


def test_a_single_row_without_an_id_is_incomplete():
    with pytest.raises(Incomplete):
        read(Wire(lambda _: page([{"name": "no id"}], 1)))


def test_a_row_that_is_no_object_is_incomplete():
    with pytest.raises(Incomplete):
        read(Wire(lambda _: page([None], 1)))


def test_a_token_that_comes_again_does_not_hold_the_reading_for_ever():
    with pytest.raises(Incomplete):
        read(Wire(lambda _: page([row(1)], 1, "again")))


def test_the_error_for_repeated_rows_does_not_say_that_the_counts_agree():
    with pytest.raises(Incomplete) as caught:
        read(Wire(lambda _: page([row(1), row(1)], 2)))
    assert "2 rows with ids came, 2 were announced" not in caught.value.message


# pace


def test_a_throttled_call_is_repeated_after_the_time_the_quota_names():
    wire = script(throttled(**quota("0", "00:00:04")), page([row(1)], 1))
    assert read(wire) == [row(1)]
    assert wire.slept == [4.5]
    assert wire.bodies[0] == wire.bodies[1]


def test_a_throttled_page_goes_on_from_its_own_token():
    wire = script(page([row(1)], 2, "t"), throttled(**quota("0", "00:00:01")), page([row(2)], 2))
    assert read(wire) == [row(1), row(2)]
    assert tokens(wire) == [None, "t", "t"]


def test_without_a_reset_time_a_throttled_call_waits_five_seconds_and_a_little():
    wire = script(throttled(), page([row(1)], 1))
    read(wire)
    assert wire.slept == [5.5]


def test_waits_grow_and_none_is_longer_than_half_a_minute():
    wire = script(*[throttled(**quota("0", "00:00:29"))] * 4, page([row(1)], 1))
    read(wire)
    assert wire.slept == [29.5, 30.0, 30.0, 30.0]


def test_a_quota_that_never_comes_back_is_unreachable_after_six_calls():
    wire = Wire(lambda _: throttled(**quota("0", "00:00:05")))
    with pytest.raises(AzureUnreachable) as caught:
        read(wire)
    assert (len(wire.bodies), len(wire.slept)) == (ATTEMPTS, ATTEMPTS - 1)
    assert caught.value.code == "RateLimiting"
    assert "quota" in caught.value.remedy


def test_a_spent_quota_is_waited_out_before_it_says_no():
    spent = page([row(1)], 2, "t", **quota("0", "00:00:03"))
    wire = script(spent, page([row(2)], 2, **quota("14", "00:00:05")))
    assert read(wire) == [row(1), row(2)]
    assert wire.slept == [3.0]


@pytest.mark.parametrize("headers", [{}, quota("1", "00:00:05"), quota("15", "00:00:00")])
def test_while_quota_is_left_nobody_waits(headers):
    wire = script(page([row(1)], 2, "t", **headers), page([row(2)], 2, **headers))
    read(wire)
    assert wire.slept == []


def test_a_refusal_is_told_at_once_with_its_code_and_never_repeated():
    error = {"error": {"code": "AuthorizationFailed", "message": "may not"}}
    wire = script(Answer(status=403, json=error))
    with pytest.raises(AzureRefused) as caught:
        read(wire)
    assert caught.value.code == "AuthorizationFailed"
    assert (len(wire.bodies), wire.slept) == (1, [])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00:05", 5.0), ("00:01:00", 60.0), ("01:00:00", 3600.0), ("00:00:00.5", 0.5), ("", 5.0), ("soon", 5.0)],
)
def test_the_reset_time_is_read_as_hours_minutes_seconds_and_else_is_five(text, seconds):
    assert resets_after(text) == seconds


def test_a_spent_quota_with_an_absurd_reset_time_does_not_hold_the_tick_for_hours():
    wire = script(page([row(1)], 2, "t", **quota("0", "05:00:00")), page([row(2)], 2))
    read(wire)
    assert max(wire.slept) <= 60.0


def too_large():
    detail = {"code": "ResponsePayloadTooLarge", "message": "Response payload size is 17000000"}
    return Answer(status=400, headers={}, json={"error": {"code": "BadRequest", "message": "x", "details": [detail]}})


@pytest.mark.parametrize("most", [999, 500, 20, 1])
def test_a_page_with_too_many_bytes_is_asked_for_with_half_the_rows_until_it_fits(most):
    data = [row(n) for n in range(7)]
    pages = honest(data, most)
    wire = Wire(lambda body: too_large() if body["options"]["$top"] > most else pages._answer(body))
    assert read(wire) == data
    assert wire.bodies[-1]["options"]["$top"] <= most < 2 * wire.bodies[-1]["options"]["$top"]


def test_a_page_in_the_middle_with_too_many_bytes_makes_all_pages_smaller_and_loses_nothing():
    data = [row(n) for n in range(2500)]
    pages = honest(data)
    wire = Wire(
        lambda body: (
            too_large()
            if body["options"]["$top"] == PAGE and body["options"].get("$skipToken") == "1000"
            else pages._answer(body)
        )
    )
    assert read(wire) == data


def test_a_single_row_with_too_many_bytes_is_an_error_that_names_azures_code():
    with pytest.raises(AzureRefused, match="ResponsePayloadTooLarge"):
        read(Wire(lambda _: too_large()))
