"""One clear message for what commonly goes wrong: what, where, the evidence, and what to do."""

from __future__ import annotations

import pytest
from paper import DROPPED, Paper, error

from azlocal.azure.reader import AzureReader
from azlocal.core.plan import Scope
from azlocal.errors import AzlocalError, AzureRefused, AzureUnreachable
from azlocal.sandbox.wire import Response, reply

SUB = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourceGroups/control"
NO_RIGHT = (
    "The client 'c' with object id 'o' does not have authorization to perform action "
    f"'Microsoft.Resources/tags/read' over scope '{GROUP}' or the scope is invalid."
)

CASES = {
    "an unknown subscription": (
        error(404, "SubscriptionNotFound", f"The subscription '{SUB}' could not be found."),
        AzureRefused, "SubscriptionNotFound", "check the subscription's id",
    ),
    "a malformed subscription": (
        error(400, "InvalidSubscriptionId", "The provided subscription identifier is malformed or invalid."),
        AzureRefused, "InvalidSubscriptionId", "check the subscription's id",
    ),
    "an expired token": (
        error(401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than now."),
        AzureRefused, "ExpiredAuthenticationToken", "sign in again",
    ),
    "no permission": (
        error(403, "AuthorizationFailed", NO_RIGHT), AzureRefused, "Microsoft.Resources/tags/read",
        f"Microsoft.Resources/tags/read at {GROUP}",
    ),
    "a group that is not there": (
        error(404, "ResourceGroupNotFound", "Resource group 'control' could not be found."), AzureRefused,
        "ResourceGroupNotFound", "moved or deleted",
    ),
    "throttled for too long": (error(429, "TooManyRequests"), AzureUnreachable, "TooManyRequests", "quota"),
    "a gateway's page": (Response(502, {}, b"<html>bad gateway</html>"), AzureUnreachable, "HTTP 502", "try again"),
    "no answer": (DROPPED, AzureUnreachable, "no answer", "network"),
    "an answer that is no JSON": (Response(200, {}, b"<html>"), AzureUnreachable, "read the tags", "try again"),
}  # fmt: skip


def test_the_innermost_detail_is_told_where_the_outer_message_says_nothing():
    details = [
        {"code": "InvalidQuery", "message": "outer", "details": [{"code": "NoValidSubscriptions", "message": "x"}]}
    ]
    body = {"error": {"code": "BadRequest", "message": "Please provide below info", "details": details}}
    with pytest.raises(AzureRefused, match=r"BadRequest: Please provide below info \(NoValidSubscriptions: x\)"):
        AzureReader(Paper(reply(body, 400)).connection()).control(GROUP)


@pytest.mark.parametrize("case", CASES)
def test_a_common_trouble_is_told_as_what_where_evidence_and_remedy(case):
    answer, kind, what, remedy = CASES[case]
    with pytest.raises(kind) as caught:
        AzureReader(Paper(answer).connection()).control(GROUP)
    told = caught.value
    assert what in told.message
    assert GROUP in told.message
    assert told.evidence
    assert remedy in told.remedy
    assert "\n" not in told.message
    assert told.exit_code == 3


def test_an_unknown_subscription_of_a_census_is_named():
    answer = error(403, "AuthorizationFailed", "no access to the subscriptions")
    with pytest.raises(AzlocalError, match="AuthorizationFailed"):
        AzureReader(Paper(answer).connection()).census(Scope(subscriptions=(SUB,)))
