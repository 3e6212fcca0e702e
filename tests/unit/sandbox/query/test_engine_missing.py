"""Without the engine's packages: importing works, using says in one sentence what is missing."""

from __future__ import annotations

import sys

import pytest
from graph_world import World, cluster
from logs_world import World as LogWorld

from azlocal.sandbox.query.engine import Engine
from azlocal.sandbox.query.refusals import EngineMissing

SENTENCE = (
    "Resource Graph and Log Analytics of the sandbox need Python 3.11 or newer with the packages duckdb and duckdb-kql: "
    "pip install 'azlocal-upgrade[sandbox]'."
)


@pytest.fixture(params=["duckdb", "duckdb_kql"])
def _without(request, monkeypatch):
    monkeypatch.setitem(sys.modules, request.param, None)


@pytest.mark.usefixtures("_without")
def test_using_the_engine_says_what_is_missing():
    with pytest.raises(EngineMissing) as missing:
        Engine({})
    assert missing.value.message == SENTENCE


@pytest.mark.usefixtures("_without")
def test_clients_get_the_same_sentence():
    for answer in (World(cluster("c1")).ask("resources"), LogWorld().query("Steps_CL")):
        assert (answer.status, answer.json()["error"]["code"], answer.json()["error"]["message"]) == (
            501, "QueryEngineMissing", SENTENCE,
        )  # fmt: skip
