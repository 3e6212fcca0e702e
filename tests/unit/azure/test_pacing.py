"""Reads slow down before ARM's quota is spent, by what its answers say is left."""

from __future__ import annotations

import pytest
from paper import Paper

from azlocal.azure.clients import LOW
from azlocal.sandbox.wire import reply

READS, WRITES = (f"x-ms-ratelimit-remaining-subscription-{kind}" for kind in ("reads", "writes"))


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({}, []),
        ({READS: "249"}, []),
        ({READS: str(LOW)}, []),
        ({READS: str(LOW - 1)}, [1.0]),
        ({WRITES: "0"}, [1.0]),
        ({READS: "0", WRITES: "0"}, [1.0]),
        ({READS: "many"}, []),
        ({"x-ms-ratelimit-remaining-subscription-global-reads": "3"}, []),
        ({"x-ms-ratelimit-remaining-tenant-resource-requests": "0"}, []),
    ],
)
def test_a_bucket_that_is_nearly_empty_is_given_a_second(headers, slept):
    paper = Paper(reply({}, 200, headers))
    paper.connection().get("/subscriptions/s", "2022-12-01")
    assert paper.slept == slept


def test_a_start_is_never_kept_waiting():
    paper = Paper(reply({}, 201, {WRITES: "0"}))
    paper.connection().send_once("PUT", "/subscriptions/s/x", "2022-12-01", {})
    assert paper.slept == []
