"""Both ways to host ticks agree: the same timer, the same queue, the setting that templates set, the page for operators."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from azlocal.azure import sharding
from azlocal.azure.work_storage import CONTAINER, QUEUE, SETTING
from azlocal.function import orchestration

ROOT = Path(__file__).parents[3]
PLAIN, DURABLE = ((ROOT / "function_app" / name).read_text("utf-8") for name in ("function_app.py", "durable_app.py"))
HOST = json.loads((ROOT / "function_app" / "host.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "function.md").read_text("utf-8")
MODULE = json.loads((ROOT / "arm-templates" / "modules" / "function.json").read_text("utf-8"))


@pytest.mark.parametrize("what", [r'schedule="([^"]+)"', r'queue_name="([^"]+)"', r'connection="([^"]+)"'])
def test_timer_and_queue_are_the_same_with_durable_functions_and_without(what):
    assert re.findall(what, PLAIN) == re.findall(what, DURABLE)
    assert len(re.findall(what, PLAIN)) == 1


def test_the_template_makes_the_container_and_the_queue_and_sets_the_switch():
    names = [one["name"] for one in MODULE["resources"].values()]
    assert CONTAINER in MODULE["variables"]["documentsName"]
    assert any(QUEUE in name for name in names)
    switch = re.search(r'^SETTING = "(\w+)"', DURABLE, re.MULTILINE)[1]
    told = MODULE["resources"]["settings"]["properties"]
    assert f"'{switch}'" in told
    assert {f"{SETTING}__{kind}ServiceUri" for kind in ("blob", "queue", "table")} <= set(re.findall(r"'(\w+)'", told))


def test_the_task_hub_has_a_name_that_storage_takes_and_that_the_page_tells():
    told = HOST["extensions"]["durableTask"]
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", told["hubName"])
    assert told["storageProvider"]["type"] == "AzureStorage"
    assert "`extensions.durableTask.hubName` | `azlocal`" in PAGE


def test_shards_are_not_too_old_for_the_tick_when_observing_took_as_long_as_it_may():
    longest = orchestration.TRIES * (orchestration.PATIENCE + orchestration.PAUSE)
    assert longest < sharding.TOO_OLD


def test_the_page_for_operators_names_what_there_is_and_how_long_and_how_much():
    for name in ("divide", "observe", "act", "fleet_run", orchestration.FLEET, "shards/fleet/", "shards/asked/"):
        assert f"`{name}`" in PAGE
    assert f"older than {round(sharding.TOO_OLD.total_seconds() / 60)} minutes" in PAGE
    assert f"at most {sharding.MOST_SHARDS} shards of some {sharding.CLUSTERS_IN_A_SHARD} clusters" in PAGE
    assert f"more than {sharding.MOST_BYTES // 2**20} MB" in PAGE
