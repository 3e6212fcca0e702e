"""What the Functions host finds in the app with AZLOCAL_DURABLE on, and that nothing of it is there with it off."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from function_worker import APP, ROOT, pip
from programs import find

VERSIONS = ("3.10", "3.12", "3.13")
_CHILD = """
import json, socket, sys
def nowhere(*_, **__): raise OSError("there is no network while indexing")
socket.socket.connect = socket.getaddrinfo = nowhere
import function_app
found = {one.get_function_name(): sorted(map(str, one.get_raw_bindings())) for one in function_app.app.get_functions()}
print(json.dumps([found, sorted(sys.modules)]))
"""
TIMER = {"direction": "IN", "type": "timerTrigger", "name": "timer", "schedule": "0 7 * * * *"}
QUEUE = {
    "direction": "IN", "type": "queueTrigger", "name": "message", "queueName": "azlocal-ticks",
    "connection": "AzureWebJobsStorage",
}  # fmt: skip
CLIENT = {"direction": "IN", "type": "durableClient", "name": "client"}
ACTIVITIES = {
    name: [{"direction": "IN", "type": "activityTrigger", "name": "given", "activity": name}]
    for name in ("divide", "observe", "act")
}
ON = {
    "fleet_tick": [CLIENT, TIMER], "asked_tick": [CLIENT, QUEUE],
    "fleet_run": [{"direction": "IN", "type": "orchestrationTrigger", "name": "context"}], **ACTIVITIES,
}  # fmt: skip
SAME = {"resource_written", "ring", "ticket", "fleet", "cluster", "report", "health"}


def indexed(python, durable, *paths):
    environment = {"PYTHONPATH": ":".join(map(str, [*paths, APP, ROOT])), "PYTHONDONTWRITEBYTECODE": "1"}
    if durable is not None:
        environment["AZLOCAL_DURABLE"] = durable
    done = subprocess.run([python, "-c", _CHILD], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found, modules = json.loads(done.stdout)
    return {name: list(map(json.loads, told)) for name, told in found.items()}, modules


def check_on(found, modules):
    for name, bindings in ON.items():
        plain = [{k: v for k, v in one.items() if v is not None} for one in found[name]]
        assert sorted(plain, key=lambda one: one["type"]) == bindings, name
    assert found.keys() - ON.keys() == SAME
    assert not [one for one in modules if one.startswith(("azlocal.app", "azlocal.azure", "pydantic", "azure.core"))]


def test_with_the_setting_on_an_orchestration_is_found_and_the_rest_is_the_same():
    check_on(*indexed(sys.executable, "true"))


@pytest.mark.parametrize("setting", [None, "", "false", "0", "no"])
def test_with_the_setting_off_the_sdk_of_durable_functions_is_not_even_imported(setting):
    found, modules = indexed(sys.executable, setting)
    assert found.keys() == SAME | {"fleet_tick", "asked_tick"}
    assert not [one for one in modules if one.startswith(("azure.durable_functions", "aiohttp"))]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.long
@pytest.mark.full("python3.10", "python3.13")
def test_every_python_finds_the_same_orchestration(version, tmp_path):
    if find(f"python{version}") is None:
        pytest.skip(f"Python {version} is not on this machine")
    # pip goes by the markers of its own Python; the last two are what an older one needs.
    pip(tmp_path, version, "azure-functions", "azure-functions-durable", "async-timeout", "typing-extensions")
    check_on(*indexed(find(f"python{version}"), "true", tmp_path))
