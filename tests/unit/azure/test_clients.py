"""The connection: reads are patient within limits, a start is sent exactly once, and Azure's time is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from azure.core.exceptions import ClientAuthenticationError
from paper import DROPPED, NOW, Credential, Paper, error

from azlocal.azure.clients import LONGEST_WAIT, Answer, Unknown
from azlocal.errors import AzureRefused, AzureUnreachable
from azlocal.sandbox.wire import Response, reply

GROUP = "/subscriptions/s/resourceGroups/rg"
BODY = {"properties": {"mode": "Incremental"}}
CHALLENGE = 'Bearer authorization_uri="https://x", error="insufficient_claims", claims="eyJhIjoxfQ=="'
OK = reply({"name": "x"})


def deploy(paper, credential=None):
    return paper.connection(credential=credential).deploy_once("s", "rg", "azl-up-c1", BODY)


def put(paper, credential=None):
    return paper.connection(credential=credential).send_once("PUT", f"{GROUP}/x", "2024-07-10", BODY)


STARTS = [deploy, put]
ANSWERS = {
    "created": (reply({"id": "d"}, 201), 201, ""),
    "replaced": (reply({"id": "d"}, 200), 200, ""),
    "accepted": (reply(None, 202), 202, ""),
    "created with a Retry-After that the client cannot read": (reply({"id": "d"}, 201, {"retry-after": "1.5"}), 201, ""),
    "created without a body that can be read": (Response(201, {}, b"<html>"), 201, ""),
    "conflict": (error(409, "DeploymentActive"), 409, "DeploymentActive"),
    "conflict with Retry-After": (error(409, "Conflict", retry_after="1"), 409, "Conflict"),
    "throttled": (error(429, "TooManyRequests", retry_after="1"), 429, "TooManyRequests"),
    "broken": (error(500, "InternalServerError"), 500, "InternalServerError"),
    "unavailable with Retry-After": (error(503, "ServiceUnavailable", retry_after="1"), 503, "ServiceUnavailable"),
    "gateway's page": (Response(504, {"content-type": "text/html"}, b"<html>"), 504, ""),
    "provider not registered": (error(409, "MissingSubscriptionRegistration"), 409, "MissingSubscriptionRegistration"),
    "redirected": (reply(None, 307, {"location": "https://elsewhere.invalid/x"}), 307, ""),
    "token expired": (error(401, "ExpiredAuthenticationToken"), 401, "ExpiredAuthenticationToken"),
    "token challenged": (
        error(401, "InvalidAuthenticationToken", www_authenticate=CHALLENGE), 401, "InvalidAuthenticationToken"),
}  # fmt: skip


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("case", ANSWERS)
def test_a_start_is_one_request_whatever_azure_answers(start, case):
    given, status, code = ANSWERS[case]
    paper = Paper(given)
    answer = start(paper)
    assert (answer.status, answer.code) == (status, code)
    assert (len(paper.asked), paper.slept) == (1, [])


@pytest.mark.parametrize("start", STARTS)
def test_a_start_without_an_answer_is_one_request_of_unknown_outcome(start):
    paper = Paper(DROPPED)
    assert isinstance(start(paper), Unknown)
    assert (len(paper.asked), paper.slept) == (1, [])


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("trouble", [ClientAuthenticationError("no token"), RuntimeError("odd"), KeyError("odd")])
def test_whatever_is_raised_on_the_way_is_an_unknown_outcome_and_no_exception(start, trouble):
    class Broken:
        def get_token(self, *_, **__):
            raise trouble

    paper = Paper(OK)
    told = start(paper, Broken())
    assert isinstance(told, Unknown)
    assert type(trouble).__name__ in told.text
    assert paper.asked == []


def test_a_deployment_goes_to_its_group_as_it_is_with_a_token():
    paper = Paper(reply({}, 201))
    deploy(paper)
    (request,) = paper.asked
    assert (request.method, request.json()) == ("PUT", BODY)
    assert request.path == "/subscriptions/s/resourcegroups/rg/providers/Microsoft.Resources/deployments/azl-up-c1"
    assert request.headers["authorization"] == "Bearer token"
    assert request.headers["user-agent"].startswith("azlocal-upgrade/")


def test_an_answer_tells_azures_words_and_its_correlation_id():
    answer = put(Paper(error(409, "ScopeLocked", "a lock", x_ms_correlation_request_id="cor")))
    assert (answer.code, answer.message, answer.correlation_id, answer.date) == ("ScopeLocked", "a lock", "cor", NOW)


@pytest.mark.parametrize("body", [None, [], "text", {"error": "text"}, {"error": None}])
def test_an_error_in_no_known_form_has_no_code(body):
    assert (Answer(status=500, json=body).code, Answer(status=500, json=body).message) == ("", "")


# reads


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_after_what_passes(status):
    paper = Paper(error(status, "Passing"), OK)
    assert paper.connection().get(f"{GROUP}/x", "v").status == 200
    assert len(paper.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410])
@pytest.mark.parametrize("wait", ["", "1"])
def test_a_read_is_not_repeated_after_a_no_even_if_it_carries_retry_after(status, wait):
    paper = Paper(error(status, "No", **({"retry_after": wait} if wait else {})))
    assert paper.connection().get(f"{GROUP}/x", "v").status == status
    assert (len(paper.asked), paper.slept) == (1, [])


def test_a_read_waits_as_long_as_azure_asks_and_no_longer_than_a_minute():
    short, long = Paper(error(429, "Slow", retry_after="17"), OK), Paper(error(429, "Slow", retry_after="61"), OK)
    assert (short.connection().get("/x", "v").status, short.slept) == (200, [17.0])
    assert (long.connection().get("/x", "v").status, long.slept) == (429, [])
    assert LONGEST_WAIT == 60


def test_a_read_gives_up_after_a_few_tries():
    paper = Paper(error(503, "ServiceUnavailable"))
    assert paper.connection().get("/x", "v").status == 503
    assert len(paper.asked) == 4


def test_a_read_without_any_answer_says_what_where_and_what_to_do():
    with pytest.raises(AzureUnreachable) as caught:
        Paper(DROPPED).connection().get(f"{GROUP}/x", "v", secret="no")
    assert f"GET {GROUP}/x" in caught.value.message
    assert "https://management.azure.com" in caught.value.message
    assert "secret" not in caught.value.message
    assert caught.value.evidence
    assert "REQUESTS_CA_BUNDLE" in caught.value.remedy


def test_a_read_without_a_token_is_a_refusal_that_names_the_sign_in():
    class Broken:
        def get_token(self, *_, **__):
            raise ClientAuthenticationError("no identity here\nand more")

    with pytest.raises(AzureRefused) as caught:
        Paper(OK).connection(credential=Broken()).get("/x", "v")
    assert (caught.value.code, "no identity here" in caught.value.message) == ("NoToken", True)
    assert "and more" not in caught.value.message
    assert "az login" in caught.value.remedy


def test_a_read_with_a_challenged_token_gets_a_new_one_once():
    credential = Credential()
    paper = Paper(error(401, "InvalidAuthenticationToken", www_authenticate=CHALLENGE), OK)
    assert paper.connection(credential=credential).get("/x", "v").status == 200
    assert credential.asked == 2


@pytest.mark.parametrize("path", [f"{GROUP}/x", f"{GROUP}/x".lstrip("/")])
def test_a_path_is_below_arm_with_or_without_its_first_slash(path):
    paper = Paper(OK)
    paper.connection().get(path, "2024-01-01", expand="all")
    (request,) = paper.asked
    assert (request.path, request.query) == (f"{GROUP}/x", {"api-version": "2024-01-01", "expand": "all"})
    assert request.headers["host"] == "management.azure.com"


def test_a_link_that_azure_gave_is_followed_as_it_is():
    paper = Paper(OK)
    paper.connection().get("https://management.azure.com/next?api-version=v&$skiptoken=a%2Bb", "other")
    assert paper.asked[0].query == {"api-version": "v", "$skiptoken": "a+b"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe{", b"[1"])
def test_a_body_that_is_no_json_is_nothing(body):
    assert Paper(Response(200, {}, body)).connection().get("/x", "v").json is None


# the watch


def moving(step):
    """Answer one request, and let time pass."""

    def answer(paper):
        def give(_):
            paper.now += step
            return OK

        return give

    return answer


def test_the_watch_keeps_the_first_and_the_newest_moment_and_counts_every_request():
    paper = Paper(error(429, "Slow"), OK)
    connection = paper.connection()
    assert (connection.first, connection.newest, connection.calls) == (None, None, 0)
    connection.get("/x", "v")
    paper.now += timedelta(hours=1)
    connection.get("/x", "v")
    paper.now -= timedelta(minutes=1)
    connection.get("/x", "v")
    assert (connection.first, connection.newest) == (NOW, NOW + timedelta(hours=1))
    assert (connection.calls, connection.throttled) == (4, 1)


def test_a_request_that_got_no_answer_counts_too():
    connection = Paper(DROPPED).connection()
    with pytest.raises(AzureUnreachable):
        connection.post("/x", "v", {})
    assert connection.calls == 1


def test_a_new_tick_begins_with_the_next_answer():
    paper = Paper(OK)
    connection = paper.connection()
    connection.get("/x", "v")
    paper.now += timedelta(hours=1)
    connection.restart_watch()
    assert (connection.first, connection.calls) == (None, 0)
    connection.get("/x", "v")
    assert connection.first == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (format_datetime(NOW, usegmt=True), NOW),
        ("Tue, 24 Nov 2026 12:00:00 -0000", NOW),
        ("Tue, 24 Nov 2026 13:00:00 +0100", NOW),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_gmt_or_is_not_known(date, expected):
    answer = replace(reply({}), headers={"date": date})
    assert Paper(answer).connection().get("/x", "v").date == expected


def test_a_moment_is_always_in_utc():
    assert Paper(OK).connection().get("/x", "v").date == datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
