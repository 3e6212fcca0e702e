"""Sending rows: what arrives, what is tried again, what is given up, and that nothing is ever raised."""

from __future__ import annotations

import gzip
import json

import pytest
from azure.core.exceptions import ClientAuthenticationError
from paper import DROPPED, Paper, error

from azlocal.azure.retrying import ATTEMPTS
from azlocal.azure.telemetry import BATCH_BYTES, Sink
from azlocal.core.events import Row
from azlocal.sandbox.wire import reply

TAKEN = reply(None, 204)
CLUSTERS, TICKS = "AzLocalCluster_CL", "AzLocalTick_CL"
FULL = {"Message": "m" * 12_000}
"""So long that a batch takes fewer than eighty."""
MANY = [Row(CLUSTERS, FULL | {"n": n}) for n in range(200)]


def sink(*answers, credential=None):
    paper = Paper(*answers)
    return Sink(paper.connection(credential=credential), "https://dce.ingest.monitor.azure.com", "dcr-1"), paper


def rows_of(request):
    return json.loads(gzip.decompress(request.body))


def test_rows_go_to_their_streams_as_packed_json_with_the_monitors_audience():
    one, paper = sink(TAKEN)
    told = one.send(iter([Row(CLUSTERS, {"n": 1}), Row(TICKS, {"n": 2}), Row(CLUSTERS, {"n": 3})]))
    assert (told.sent, told.lost, told.problems) == (3, 0, ())
    assert [request.path for request in paper.asked] == [
        f"/dataCollectionRules/dcr-1/streams/Custom-{table}" for table in (CLUSTERS, TICKS)
    ]
    assert [rows_of(request) for request in paper.asked] == [[{"n": 1}, {"n": 3}], [{"n": 2}]]
    assert paper.asked[0].headers["content-encoding"] == "gzip"


def test_no_rows_are_no_request():
    one, paper = sink(TAKEN)
    assert one.send([]).sent == 0
    assert paper.asked == []


def test_a_full_batch_is_sent_while_rows_still_come():
    one, paper = sink(TAKEN)
    seen = []

    def rows():
        for row in MANY:
            seen.append(len(paper.asked))
            yield row

    assert one.send(rows()).sent == len(MANY)
    assert seen[-1] > 0
    assert all(len(gzip.decompress(request.body)) <= BATCH_BYTES for request in paper.asked)
    assert [row["n"] for request in paper.asked for row in rows_of(request)] == list(range(200))


@pytest.mark.parametrize("passing", [408, 429, 500, 502, 503, 504])
def test_a_batch_is_sent_again_after_what_passes(passing):
    one, paper = sink(error(passing, "Passing"), TAKEN)
    told = one.send(MANY[:1])
    assert (told.sent, told.lost, len(paper.asked)) == (1, 0, 2)
    assert paper.asked[0].body == paper.asked[1].body


def test_a_lost_answer_is_sent_again_for_the_rows_say_who_they_are():
    one, paper = sink(DROPPED, TAKEN)
    assert (one.send(MANY[:1]).sent, len(paper.asked)) == (1, 2)


def test_the_service_is_given_the_time_it_asks_for():
    one, paper = sink(error(429, "TooManyRequests", retry_after="12"), TAKEN)
    one.send(MANY[:1])
    assert paper.slept == [12.5]


def test_a_batch_that_is_wrong_is_lost_and_the_others_go_on():
    one, paper = sink(error(400, "InvalidRecord"), TAKEN)
    told = one.send(MANY)
    first = len(rows_of(paper.asked[0]))
    assert (told.sent, told.lost) == (len(MANY) - first, first)
    assert "InvalidRecord" in told.problems[0]
    assert paper.slept == []


def test_a_stream_that_is_not_there_is_given_up_and_the_others_go_on():
    def answer(request):
        return error(404, "NotFound") if CLUSTERS in request.path else TAKEN

    one, paper = sink(answer)
    told = one.send([*MANY, Row(TICKS, {"n": 1})])
    assert (told.sent, told.lost) == (1, len(MANY))
    assert len([request for request in paper.asked if CLUSTERS in request.path]) == 1


@pytest.mark.parametrize(("trouble", "tries"), [
    (error(403, "Forbidden"), 1), (error(401, "Unauthorized"), 1), (error(503, "Busy"), ATTEMPTS), (DROPPED, ATTEMPTS),
])  # fmt: skip
def test_where_nothing_can_be_sent_the_rest_is_given_up_at_once(trouble, tries):
    one, paper = sink(trouble)
    told = one.send([*MANY, Row(TICKS, {"n": 1})])
    assert (told.sent, told.lost, len(paper.asked)) == (0, len(MANY) + 1, tries)
    assert len(told.problems) == 2


@pytest.mark.parametrize("trouble", [ClientAuthenticationError("no identity"), RuntimeError("odd")])
def test_whatever_goes_wrong_is_told_and_never_raised(trouble):
    class Broken:
        def get_token(self, *_, **__):
            raise trouble

    one, paper = sink(TAKEN, credential=Broken())
    told = one.send(MANY[:2])
    assert (told.sent, told.lost, paper.asked) == (0, 2, [])
    assert str(trouble) in told.problems[0]
