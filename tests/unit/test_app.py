"""The composition: settings by precedence, files read before anything is sent, and who signs what."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace

import pytest

from azlocal.app import App, Settings, read_settings, unknown_settings
from azlocal.azure.clouds import PUBLIC
from azlocal.azure.credentials import signer
from azlocal.core.plan import Scope
from azlocal.errors import AzureRefused, BadInput
from azlocal.files.plan_file import read_plan
from azlocal.service.tick import TickRequest

SUB = "5f1d8a52-6c0b-4a57-9d3e-0b7c2f4e1a01"
PLAN = f"""
version: azlocal.fleet/1
scope: {{subscriptions: [{SUB}]}}
control: /subscriptions/{SUB}/resourceGroups/control
inputs: inputs
rings:
- {{name: one, select: {{all: true}}, expect: 1}}
- {{name: free, select: {{names: [x]}}, expect: 1, gate: none}}
"""


class Untouched:
    """A transport that no test of this file may reach."""

    def send(self, request, **_):
        raise AssertionError(f"a request was sent: {request.url}")

    def open(self):
        """Nothing to open."""

    def close(self):
        """Nothing to close."""

    def sleep(self, _):
        """No time passes."""


def token(claims):
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{part}.signature"


class Credential:
    """A credential whose tokens carry *claims*; None gives a text that is no token."""

    def __init__(self, claims):
        self._text = "opaque" if claims is None else token(claims)

    def get_token(self, *_, **__):
        return SimpleNamespace(token=self._text, expires_on=9e9)


def app(folder, text=PLAN, *, claims=None, **settings):
    (folder / "plan.yaml").write_text(text)
    (folder / "inputs").mkdir()
    told = Settings(**({"plan": str(folder / "plan.yaml")} | settings))
    return App(told, {}, transport=Untouched(), credential=Credential(claims or {"upn": "anna@example.org"}))


# settings


def test_a_flag_beats_the_environment_which_beats_the_default():
    environment = {"AZLOCAL_PLAN": "env.yaml", "AZLOCAL_CLOUD": "usgovernment", "AZLOCAL_INPUTS": ""}
    found = read_settings({"plan": "flag.yaml", "inputs": None, "client_id": "", "unknown": "x"}, environment)
    assert found == Settings(plan="flag.yaml", cloud="usgovernment")
    assert read_settings({}, {}).cloud == "public"


def test_variables_that_are_no_settings_are_found_by_their_prefix():
    environment = {"AZLOCAL_PLAN": "x", "AZLOCAL_PLANS": "x", "AZLOCAL_A": "x", "AZURE_TENANT_ID": "x"}
    assert unknown_settings(environment) == ("AZLOCAL_A", "AZLOCAL_PLANS")


# wrong input is refused before anything is sent

NO_PLAN = {"plan": ""}
BEFORE = {
    "tick without a plan": (lambda one: one.tick(), NO_PLAN, "no fleet plan"),
    "approve without a plan": (lambda one: one.approve("one"), NO_PLAN, "no fleet plan"),
    "plan that is not there": (lambda one: one.census(), {"plan": "/nowhere.yaml"}, "could not be read"),
    "inputs that are not there": (lambda one: one.census(), {"inputs": "/nowhere"}, "neither a folder nor a file"),
    "tick without inputs": (lambda one: one.tick(), {"inputs": "/nowhere"}, "neither a folder nor a file"),
    "tick of a malformed cluster": (lambda one: one.tick(TickRequest(clusters=("/x",))), {}, "not a resource id"),
    "explain of a malformed cluster": (lambda one: one.explain("a/b/c"), {}, "neither a name"),
    "hold of a malformed cluster": (lambda one: one.hold("/subscriptions/x/y"), {}, "not a resource id"),
    "release of a malformed cluster": (lambda one: one.release(""), {}, "neither a name"),
    "resume of a malformed cluster": (lambda one: one.resume("/x"), {}, "not a resource id"),
    "unknown ring": (lambda one: one.approve("two"), {}, "no ring 'two'"),
    "ring without a gate": (lambda one: one.propose("free"), {}, "needs no approval"),
    "unknown cloud": (lambda one: one.census(), {"cloud": "moon"}, "cloud: 'moon'"),
    "snapshot that is none": (lambda one: one.recall([]), {}, "version"),
}


@pytest.mark.parametrize("case", BEFORE)
def test_wrong_input_is_refused_before_anything_is_sent(tmp_path, case):
    act, settings, text = BEFORE[case]
    with pytest.raises(BadInput, match=text):
        act(app(tmp_path, **settings))


@pytest.mark.parametrize("act", [lambda one: one.pause("x"), lambda one: one.resume()])
def test_a_plan_without_control_group_is_refused_before_anything_is_sent(tmp_path, act):
    with pytest.raises(BadInput, match="control"):
        act(app(tmp_path, PLAN.replace("control: ", "# ")))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00"])
def test_a_plan_that_is_no_text_is_refused(tmp_path, content):
    one = app(tmp_path)
    (tmp_path / "plan.yaml").write_bytes(content)
    with pytest.raises(BadInput):
        one.census()


def test_a_plan_with_a_byte_order_mark_is_read(tmp_path):
    one = app(tmp_path)
    (tmp_path / "plan.yaml").write_bytes(b"\xef\xbb\xbf" + PLAN.encode())
    assert [ring.name for ring in one.plan.rings] == ["one", "free"]


# where inputs are


@pytest.mark.parametrize("told", ["", "https://account.blob.core.windows.net/files/", "/elsewhere"])
def test_inputs_are_beside_the_plan_unless_told_otherwise(tmp_path, told):
    assert app(tmp_path, inputs=told)._inputs_place() == (told or str(tmp_path / "inputs"))


def test_inputs_of_a_plan_in_a_blob_are_beside_it(tmp_path):
    one = app(tmp_path, plan="https://account.blob.core.windows.net/files/fleet/plan.yaml")
    one.plan = read_plan(PLAN, "plan.yaml")
    assert one._inputs_place() == "https://account.blob.core.windows.net/files/fleet/inputs/"


def test_only_yaml_and_csv_of_the_folder_are_inputs(tmp_path):
    one = app(tmp_path)
    for name in ("a.yaml", "b.YML", "c.csv", "notes.txt", ".hidden"):
        (tmp_path / "inputs" / name).write_text("x: y")
    (tmp_path / "inputs" / "d.yaml").mkdir()
    assert sorted(one._inputs().files()) == ["a.yaml", "b.YML", "c.csv"]


def test_without_a_plan_no_inputs_are_read(tmp_path):
    assert app(tmp_path, plan="", inputs="/nowhere")._inputs().read([]) == {}


# who signs


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"upn": "anna@example.org", "appid": "x"}, "anna@example.org"), ({"preferred_username": "bert"}, "bert"),
        ({"appid": "9b1d"}, "9b1d"), ({}, ""), (None, ""),
    ],
)  # fmt: skip
def test_who_signs_is_what_the_token_claims(claims, name):
    assert signer(Credential(claims), PUBLIC) == name


def test_a_token_that_is_none_of_json_claims_nothing():
    assert signer(SimpleNamespace(get_token=lambda *_: SimpleNamespace(token="a.!!.c")), PUBLIC) == ""


MANAGED = {
    "xms_mirid": f"/subscriptions/{SUB}/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
}


@pytest.mark.parametrize(
    "act",
    [
        lambda one: one.pause("x", by="anna"),
        lambda one: one.approve("one", by="anna"),
        lambda one: one.hold("c", by="a"),
    ],
)
def test_a_managed_identity_signs_nothing_whoever_is_named(tmp_path, act):
    with pytest.raises(AzureRefused, match="managed identity"):
        act(app(tmp_path, claims=MANAGED))


def test_a_hold_needs_no_plan(tmp_path):
    one = app(tmp_path, plan="", claims=MANAGED)
    with pytest.raises(AzureRefused, match="managed identity"):
        one.hold("c", scope=Scope(subscriptions=(SUB,)))


def test_without_a_claim_the_machines_user_signs(tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "night-shift")
    assert app(tmp_path, claims={"oid": "1"})._signer == "night-shift"
