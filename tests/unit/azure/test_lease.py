"""The fleet's lease: taken cleanly or over, kept by Azure's time, lost for good, and given back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from paper import DROPPED, NOW, Paper, error

from azlocal.azure.lease import LANDING, RENEW_AFTER, ContainerLease
from azlocal.errors import AzureRefused, AzureUnreachable
from azlocal.sandbox.wire import Response, reply

CONTAINER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/fleet"
TAKEN = error(409, "LeaseAlreadyPresent")
LOST = error(409, "LeaseIdMismatchWithLeaseOperation")
GIVEN = reply({"leaseId": "x", "leaseTimeSeconds": "60"})
SECOND = timedelta(seconds=1)


def container(state):
    return reply({"properties": {"leaseState": state}})


def lease(*answers):
    paper = Paper(*answers)
    return ContainerLease(paper.connection(), CONTAINER), paper


def held(*answers):
    """A lease that was taken just now; what follows gets *answers*."""
    one, paper = lease(container("Available"), GIVEN, *answers)
    assert one.acquire() == "clean"
    paper.asked.clear()
    return one, paper


def actions(paper):
    return [request.json()["action"] for request in paper.asked if request.method == "POST"]


@pytest.mark.parametrize(
    ("state", "standing"),
    [
        ("Available", "clean"),
        ("Expired", "taken-over"),
        ("Leased", "taken-over"),
        ("Broken", "taken-over"),
        (None, "taken-over"),
    ],
)
def test_a_lease_that_was_not_given_back_is_taken_over(state, standing):
    one, paper = lease(container(state), GIVEN)
    assert one.acquire() == standing
    body = paper.asked[1].json()
    assert (body["action"], body["leaseDuration"]) == ("Acquire", 60)
    assert body["proposedLeaseId"]
    assert paper.told() == [("GET", CONTAINER), ("POST", f"{CONTAINER}/lease")]


def test_a_lease_that_another_holds_is_held():
    one, paper = lease(container("Leased"), TAKEN)
    assert one.acquire() == "held"
    assert not one.keep()
    assert actions(paper) == ["Acquire"]


def test_a_lease_that_azure_refuses_is_an_error_with_its_code():
    one, _ = lease(container("Available"), error(403, "AuthorizationFailed"))
    with pytest.raises(AzureRefused) as caught:
        one.acquire()
    assert caught.value.code == "AuthorizationFailed"
    assert CONTAINER in caught.value.message


def test_an_acquire_whose_answer_is_lost_is_sent_again_as_the_same_acquire():
    one, paper = lease(container("Available"), DROPPED, GIVEN)
    assert one.acquire() == "clean"
    first, second = (request.json() for request in paper.asked[1:])
    assert first == second


def test_an_acquire_that_never_gets_an_answer_is_given_up_after_two():
    one, paper = lease(container("Available"), DROPPED)
    with pytest.raises(AzureUnreachable):
        one.acquire()
    assert len(paper.asked) == 3


def test_an_acquire_that_took_a_minute_may_have_overtaken_somebody():
    one, paper = lease(container("Available"), lambda _: GIVEN)

    def late(_):
        paper.now += timedelta(seconds=60)
        return GIVEN

    paper.answers[1] = late
    assert one.acquire() == "taken-over"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"properties": null}'])
def test_a_container_that_tells_no_state_counts_as_taken_over(body):
    one, _ = lease(Response(200, {}, body), GIVEN)
    assert one.acquire() == "taken-over"


def test_a_take_over_waits_until_azures_clock_has_moved_a_minute_renewing_once_a_second():
    one, paper = lease(container("Expired"), GIVEN)
    one.acquire()
    assert one.wait_out()
    assert paper.now - NOW >= LANDING == timedelta(seconds=60)
    assert set(paper.slept) == {1.0}
    assert actions(paper) == ["Acquire", *["Renew"] * len(paper.slept)]


def test_a_take_over_that_is_lost_while_waiting_says_so():
    one, _ = lease(container("Expired"), GIVEN, GIVEN, LOST)
    one.acquire()
    assert not one.wait_out()
    assert not one.keep()


def test_a_lease_is_renewed_only_when_azures_newest_moment_is_more_than_twenty_seconds_later():
    one, paper = held(GIVEN)
    connection = one._connection
    paper.now += RENEW_AFTER
    connection.get("/x", "v")
    assert one.keep()
    assert actions(paper) == []
    paper.now += SECOND
    connection.get("/x", "v")
    assert one.keep()
    assert actions(paper) == ["Renew"]
    assert one.keep()
    assert actions(paper) == ["Renew"]


def test_a_renewal_that_azure_refuses_loses_the_lease_for_good():
    one, paper = held(LOST, LOST, GIVEN)
    paper.now += timedelta(minutes=1)
    one._connection.get("/x", "v")
    assert not one.keep()
    assert not one.keep()
    assert actions(paper) == ["Renew"]


def test_a_renewal_without_an_answer_fails_now_and_the_next_one_tells():
    one, paper = held(GIVEN, DROPPED, GIVEN)
    paper.now += timedelta(minutes=1)
    one._connection.get("/x", "v")
    assert not one.keep()
    assert one.keep()
    assert actions(paper) == ["Renew", "Renew"]


@pytest.mark.parametrize("answer", [GIVEN, LOST, DROPPED, error(500, "InternalServerError")])
def test_giving_back_never_fails_and_ends_the_hold(answer):
    one, paper = held(answer)
    one.release()
    assert actions(paper)[0] == "Release"
    assert not one.keep()


def test_an_answer_without_a_date_gives_no_lease_that_could_be_judged():
    one, paper = lease(container("Available"), GIVEN, GIVEN)
    paper.answers[1] = Response(200, {"date": ""}, GIVEN.body)
    with pytest.raises(Exception, match="no Date"):
        one.acquire()
    assert actions(paper) == ["Acquire", "Release"]
