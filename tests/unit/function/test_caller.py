"""Who calls, by what the platform's authentication says, and by nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azlocal.function.caller import HEADER, guarded, roles_of

LONG_NAME = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"


def header(told):
    text = told if isinstance(told, str) else json.dumps(told)
    return {HEADER: base64.b64encode(text.encode()).decode()}


def signed(*claims, kind="aad"):
    return {"auth_typ": kind, "claims": [{"typ": name, "val": value} for name, value in claims]}


@pytest.mark.parametrize("name", ["roles", "role", LONG_NAME])
def test_app_roles_are_read_by_any_of_their_names(name):
    assert roles_of(header(signed(("name", "Ada"), (name, "reader"), (name, "doorbell")))) == {"reader", "doorbell"}


def test_somebody_without_a_role_is_somebody():
    assert roles_of(header(signed(("name", "reader")))) == frozenset()


NOBODY = {
    "no header": {},
    "an empty one": {HEADER: ""},
    "no base64": {HEADER: "not base64!"},
    "no JSON": header("{"),
    "no object": header("[]"),
    "no claims": header({"auth_typ": "aad"}),
    "claims that are no list": header({"auth_typ": "aad", "claims": {"roles": "reader"}}),
    "another provider": header(signed(("roles", "reader"), kind="github")),
    "no provider": header({"claims": [{"typ": "roles", "val": "reader"}]}),
    "oversized": {HEADER: base64.b64encode(b"[" * 100_000).decode()},
    "nested too deep": header("[" * 20_000),
}


@pytest.mark.parametrize("name", NOBODY)
def test_whoever_the_platform_did_not_sign_in_is_nobody(name):
    assert roles_of(NOBODY[name]) is None


@given(
    st.lists(
        st.none()
        | st.integers()
        | st.dictionaries(st.sampled_from(["typ", "val"]), st.none() | st.text() | st.lists(st.text()))
    )
)
def test_odd_claims_give_no_roles(claims):
    found = roles_of(header({"auth_typ": "aad", "claims": claims}))
    assert found is not None
    assert found <= {one["val"] for one in claims if isinstance(one, dict) and isinstance(one.get("val"), str)}


@pytest.mark.parametrize(
    ("value", "stands"), [("True", True), ("true", True), ("1", True), ("False", False), ("", False), (None, False), ("yes", False)]
)  # fmt: skip
def test_only_the_platforms_own_word_says_that_it_stands_before_the_app(value, stands):
    assert guarded({} if value is None else {"WEBSITE_AUTH_ENABLED": value}) is stands
