"""What the Functions host finds in the app, on every Python that it runs: the same, without a setting or a network."""

from __future__ import annotations

import json
import subprocess

import pytest
from function_worker import APP, ROOT, pip
from programs import find

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
_CHILD = """
import json, os, socket, sys
assert not [name for name in os.environ if name.startswith(("AZLOCAL_", "AzureWebJobs", "IDENTITY_"))]
def nowhere(*_, **__): raise OSError("there is no network while indexing")
socket.socket.connect = socket.getaddrinfo = nowhere
import function_app
found = {one.get_function_name(): sorted(map(str, one.get_raw_bindings())) for one in function_app.app.get_functions()}
print(json.dumps([found, sorted(sys.modules)]))
"""


def indexed(version, folder):
    """Return what is found on one Python with the SDK alone, and the modules that were imported for it."""
    pip(folder, version, "azure-functions")
    done = subprocess.run(
        [find(f"python{version}"), "-c", _CHILD], capture_output=True, text=True, check=False, cwd=folder,
        env={"PYTHONPATH": f"{folder}:{APP}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def http(route, method="GET"):
    trigger = {"type": "httpTrigger", "name": "req", "methods": [method], "authLevel": "ANONYMOUS", "route": route}
    return [{"direction": "OUT", "type": "http", "name": "$return"}, {"direction": "IN", **trigger}]


EXPECTED = {
    "fleet_tick": [{"direction": "IN", "type": "timerTrigger", "name": "timer", "schedule": "0 7 * * * *"}],
    "asked_tick": [{
        "direction": "IN", "type": "queueTrigger", "name": "message", "queueName": "azlocal-ticks",
        "connection": "AzureWebJobsStorage",
    }],
    "resource_written": [{"direction": "IN", "type": "eventGridTrigger", "name": "event"}],
    "ring": http("tick", "POST"), "ticket": http("ticks/{ticket}"), "fleet": http("fleet"),
    "cluster": http("clusters/{*cluster}"), "report": http("report"), "health": http("health"),
}  # fmt: skip


@pytest.mark.parametrize(
    "version",
    [
        pytest.param("3.10", marks=pytest.mark.full("python3.10")), "3.11",
        "3.12", pytest.param("3.13", marks=pytest.mark.full("python3.13")),
    ],
)  # fmt: skip
def test_the_app_is_indexed_the_same_without_a_setting_or_a_network(version, tmp_path):
    if find(f"python{version}") is None:
        pytest.skip(f"Python {version} is not on this machine")
    found, modules = indexed(version, tmp_path)
    assert {
        name: sorted(map(json.loads, bindings), key=lambda one: one["type"]) for name, bindings in found.items()
    } == EXPECTED
    assert not [one for one in modules if one.startswith(("azlocal.", "pydantic", "yaml", "azure.core"))]
