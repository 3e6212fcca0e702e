"""Where a job's settings come from: its argument, then the account's variables, then the environment."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from azlocal.automation import account_variables, read_argument
from azlocal.errors import BadInput
from azlocal.settings import ENVIRONMENT, read_settings

TOLD = {
    "plan": "https://a/plan.yaml", "inputs": "https://a/inputs/", "cloud": "usgovernment", "clientId": "c",
    "ingestionEndpoint": "https://i", "dcrId": "dcr-1", "workspaceId": "w",
}  # fmt: skip


class NotFoundError(Exception):
    """As the assets module raises for a variable that is not there."""


@pytest.fixture
def account(monkeypatch):
    variables = {}

    def get(name):
        if name not in variables:
            raise NotFoundError(name)
        return variables[name]

    monkeypatch.setitem(sys.modules, "automationassets", SimpleNamespace(get_automation_variable=get))
    return variables


def test_every_setting_has_a_key_of_the_argument():
    settings = read_argument([json.dumps(TOLD)]).settings
    assert settings.keys() == ENVIRONMENT.keys()
    assert sorted(settings.values()) == sorted(TOLD.values())


@pytest.mark.parametrize("name", sorted(TOLD))
@pytest.mark.parametrize("value", ["", " ", 1, None, []])
def test_a_setting_that_is_no_text_is_refused_by_its_key(name, value):
    with pytest.raises(BadInput) as refused:
        read_argument([json.dumps({name: value})])
    assert refused.value.problems[0].startswith(f"{name}: must be ")


def test_without_the_assets_module_there_are_no_variables(monkeypatch):
    monkeypatch.setitem(sys.modules, "automationassets", None)
    assert account_variables() == {}


def test_variables_are_settings_of_the_same_names_and_the_argument_beats_them(account):
    account |= {"AZLOCAL_PLAN": "https://v/plan.yaml", "AZLOCAL_DCR_ID": " dcr-2 ", "AZLOCAL_CLOUD": "", "OTHER": "x"}
    assert account_variables() == {"plan": "https://v/plan.yaml", "dcr_id": "dcr-2"}
    given = {**account_variables(), **read_argument(['{"plan": "https://a/plan.yaml"}']).settings}
    settings = read_settings(given, {"AZLOCAL_DCR_ID": "dcr-3", "AZLOCAL_CLIENT_ID": "c"})
    assert (settings.plan, settings.dcr_id, settings.client_id) == ("https://a/plan.yaml", "dcr-2", "c")


def test_a_variable_that_is_no_text_is_as_good_as_none(account):
    account["AZLOCAL_PLAN"] = 5
    assert account_variables() == {}
