"""Queues of storage accounts: messages hidden, handed out, seen again, deleted."""

from __future__ import annotations

import base64
from xml.etree import ElementTree as ET

import pytest
from resource_world import ACCOUNT, World

QUEUE = "/stone.queue/work"
MESSAGES = f"{QUEUE}/messages"


@pytest.fixture
def world():
    world = World()
    assert world.ask("PUT", QUEUE).status == 201
    return world


def put(world, text="hello", **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    body = f"<QueueMessage><MessageText>{text}</MessageText></QueueMessage>"
    return world.ask("POST", f"{MESSAGES}?{asked}", content=body.encode())


def listed(answer):
    return [{part.tag: part.text for part in one} for one in ET.fromstring(answer.body.decode("utf-8-sig"))]


def got(world, query=""):
    return listed(world.ask("GET", f"{MESSAGES}?{query}"))


def refused(answer):
    return answer.status, answer.headers.get("x-ms-error-code")


def test_a_queue_that_is_made_is_there_on_the_management_plane_too(world):
    assert world.get(f"{ACCOUNT}/queueServices/default/queues/work")["name"] == "work"
    assert world.ask("PUT", QUEUE).status == 204


def test_a_message_is_handed_out_hidden_for_a_while_and_seen_again(world):
    made = put(world, base64.b64encode(b"x").decode())
    assert made.status == 201
    first = got(world)
    assert [(one["MessageText"], one["DequeueCount"]) for one in first] == [("eA==", "1")]
    assert first[0]["MessageId"] == listed(made)[0]["MessageId"]
    assert got(world) == []
    world.pass_(seconds=30)
    assert [one["DequeueCount"] for one in got(world, "visibilitytimeout=600")] == ["2"]
    world.pass_(seconds=599)
    assert got(world) == []


def test_a_message_may_be_put_for_later(world):
    put(world, visibilitytimeout=50)
    assert got(world) == []
    world.pass_(seconds=50)
    assert len(got(world)) == 1


def test_a_message_that_nobody_takes_expires(world):
    put(world, messagettl=60)
    world.pass_(seconds=60)
    assert got(world) == []
    put(world, messagettl=-1)
    world.pass_(days=400)
    assert len(got(world)) == 1


def test_a_peek_changes_nothing(world):
    put(world, "a &amp; b")
    for _ in range(2):
        (one,) = got(world, "peekonly=true")
        assert (one["MessageText"], one["DequeueCount"], "PopReceipt" in one) == ("a & b", "0", False)


def test_messages_come_oldest_first_and_no_more_than_asked_for(world):
    for number in range(5):
        put(world, str(number))
    assert [one["MessageText"] for one in got(world, "numofmessages=3")] == ["0", "1", "2"]
    assert [one["MessageText"] for one in got(world, "numofmessages=32")] == ["3", "4"]


def test_who_was_handed_a_message_deletes_it_and_nobody_else(world):
    put(world)
    (one,) = got(world, "visibilitytimeout=1")
    path = f"{MESSAGES}/{one['MessageId']}"
    assert refused(world.ask("DELETE", f"{path}?popreceipt=other")) == (400, "PopReceiptMismatch")
    world.pass_(seconds=1)
    (again,) = got(world)
    assert refused(world.ask("DELETE", f"{path}?popreceipt={one['PopReceipt']}")) == (400, "PopReceiptMismatch")
    assert world.ask("DELETE", f"{path}?popreceipt={again['PopReceipt']}").status == 204
    assert refused(world.ask("DELETE", f"{path}?popreceipt={again['PopReceipt']}")) == (404, "MessageNotFound")


def test_a_message_can_be_hidden_for_longer_and_changed(world):
    put(world)
    (one,) = got(world)
    body = b"<QueueMessage><MessageText>later</MessageText></QueueMessage>"
    path = f"{MESSAGES}/{one['MessageId']}?popreceipt={one['PopReceipt']}&visibilitytimeout=90"
    answer = world.ask("PUT", path, content=body)
    assert answer.status == 204
    assert answer.headers["x-ms-popreceipt"] != one["PopReceipt"]
    world.pass_(seconds=89)
    assert got(world) == []
    world.pass_(seconds=1)
    assert [one["MessageText"] for one in got(world)] == ["later"]


def test_a_queue_can_be_cleared_and_deleted_with_what_is_in_it(world):
    put(world)
    assert world.ask("GET", f"{QUEUE}?comp=metadata").headers["x-ms-approximate-messages-count"] == "1"
    assert world.ask("DELETE", MESSAGES).status == 204
    assert got(world, "peekonly=true") == []
    put(world)
    assert world.ask("DELETE", QUEUE).status == 204
    assert refused(put(world)) == (404, "QueueNotFound")
    world.ask("PUT", QUEUE)
    assert got(world) == []


@pytest.mark.parametrize(
    "query", ["visibilitytimeout=-1", "visibilitytimeout=x", "visibilitytimeout=604801", "messagettl=0", "visibilitytimeout=60&messagettl=60"]
)  # fmt: skip
def test_times_outside_the_range_are_refused(world, query):
    content = b"<QueueMessage><MessageText>x</MessageText></QueueMessage>"
    answer = world.ask("POST", f"{MESSAGES}?{query}", content=content)
    assert refused(answer) == (400, "OutOfRangeQueryParameterValue")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "InvalidXmlDocument"), (b"{}", "InvalidXmlDocument"), (b"<QueueMessage/>", "InvalidXmlDocument"),
        (b"<QueueMessage><MessageText>" + b"x" * 65_537 + b"</MessageText></QueueMessage>", "RequestBodyTooLarge"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_message_is_refused(world, content, why):
    assert refused(world.ask("POST", MESSAGES, content=content)) == (400, why)


def test_a_firewall_stands_before_queues_too(world):
    account = world.azure.store.get(ACCOUNT)
    properties = {**account["properties"], "networkAcls": {"defaultAction": "Deny"}}
    world.azure.changed({**account, "properties": properties})
    assert refused(put(world)) == (403, "AuthorizationFailure")
    assert got_refused(world) == (403, "AuthorizationFailure")


def got_refused(world):
    return refused(world.ask("GET", MESSAGES))
