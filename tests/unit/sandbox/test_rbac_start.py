"""`sandbox start --rbac`: the exported identities keep to the roles that the scenario gives them."""

from __future__ import annotations

import pytest

from azlocal.app import App
from azlocal.azure.tagging import merge_tags
from azlocal.cli.sandbox import start
from azlocal.errors import AzureRefused
from azlocal.sandbox.run import Sandbox
from azlocal.sandbox.scenarios import load
from azlocal.service.tick import TickRequest


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox.start("single-happy", rbac=True, speed=60) as started:
        yield started


@pytest.fixture
def app(sandbox, monkeypatch):
    for name, value in sandbox.ready["environment"].items():  # azure-identity reads the process's
        monkeypatch.setenv(name, value)
    return App.from_environment()


def test_the_ready_file_tells_and_the_world_enforces(sandbox):
    assert sandbox.ready["rbac"] is True
    assert sandbox.front.azure.rbac


def test_the_exported_identity_does_its_work(app, sandbox):
    report = app.tick(TickRequest())
    assert [one.outcome for one in report.actions] == ["accepted"]
    assert (report.failed, report.delivery.lost, report.lease) == (False, 0, "clean")
    assert len(sandbox.front.azure.tables["AzLocalTick_CL"]) == 1


def test_it_may_not_write_the_control_group_and_a_person_may(app, sandbox):
    control = sandbox.ready["control_group"]
    with pytest.raises(AzureRefused, match=r"Microsoft\.Resources/tags/write"):
        merge_tags(app.connection, control, {"azlocal-pause": "reason=x"})
    assert merge_tags(app.person, control, {"note": "x"})["note"] == "x"


def test_roles_are_enforced_only_where_somebody_says_so():
    assert load("single-happy", 0).rbac is False
    assert "--rbac" in {option for parameter in start.params for option in parameter.opts}
