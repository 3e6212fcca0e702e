"""What is deployed beside the code: host.json and requirements.txt agree with what the code relies on."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from azlocal.azure.work_storage import QUEUE, SETTING
from azlocal.function.doors import DEADLINE_MINUTES
from azlocal.function.http import _ROUTES

ROOT = Path(__file__).parents[3]
APP = ROOT / "function_app"
HOST = json.loads((APP / "host.json").read_text("utf-8"))
CODE = (APP / "function_app.py").read_text("utf-8")


def test_the_app_has_what_azlocal_needs_at_run_time_and_the_sdk_and_nothing_else():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    needed = re.findall(r'"([^"]+)"', re.search(r"^dependencies = \[(.*?)^\]", project, re.DOTALL | re.MULTILINE)[1])
    lines = (APP / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert sorted(wanted) == sorted([*needed, "azure-functions>=1.23", "azure-functions-durable>=1.7"])


def test_a_tick_begins_nothing_when_the_host_is_about_to_stop_it():
    hours, minutes, seconds = map(int, HOST["functionTimeout"].split(":"))
    assert (hours * 60 + minutes + seconds / 60) - DEADLINE_MINUTES >= 5


def test_asked_ticks_come_one_at_a_time_in_the_encoding_that_is_written():
    queues = HOST["extensions"]["queues"]
    assert (queues["batchSize"], queues["newBatchThreshold"], queues["messageEncoding"]) == (1, 0, "base64")
    assert f'queue_name="{QUEUE}", connection="{SETTING}"' in CODE


def test_the_apps_locations_are_those_that_answers_point_to():
    assert HOST["extensions"]["http"]["routePrefix"] == "api"
    assert 'route="ticks/{ticket}"' in CODE


def test_every_route_is_served_and_every_served_route_is_known():
    served = {
        node.args[0].value for node in ast.walk(ast.parse(CODE))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_http"
    }  # fmt: skip
    assert served == {*_ROUTES, "health"}


def test_the_app_reads_no_setting_itself():
    assert "environ" not in CODE
    assert "getenv" not in CODE


def test_the_page_for_operators_names_every_function_route_and_role():
    page = (ROOT / "docs" / "function.md").read_text("utf-8")
    names = re.findall(r"^ *def ([a-z]\w+)\(", CODE, re.MULTILINE)
    routes = re.findall(r'route="([^"]+)"', CODE)
    assert not [name for name in names if f"`{name}`" not in page]
    assert not [route for route in routes if f"/api/{route.split('/')[0]}" not in page]
    assert not [role for role in ("`reader`", "`doorbell`") if role not in page]
