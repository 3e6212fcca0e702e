"""`sandbox start` as a process of its own, driven by the real SDKs with nothing but what it prints."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")

KEYS = {
    "arm_endpoint", "ca_bundle", "identity_endpoint", "identity_header", "tenant_id", "subscriptions",
    "ingestion_endpoint", "dcr_immutable_id", "query_endpoint", "workspace_id", "person", "environment",
}  # fmt: skip
VARIABLES = {
    "AZLOCAL_CLOUD", "AZLOCAL_PLAN", "AZLOCAL_INPUTS", "AZLOCAL_INGESTION_ENDPOINT", "AZLOCAL_DCR_ID",
    "AZLOCAL_WORKSPACE_ID", "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST",
}  # fmt: skip


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "azlocal.cli.sandbox", *arguments]


class Started(NamedTuple):
    process: subprocess.Popen[str]
    printed: list[str]
    ready: dict[str, Any]

    def control(self, what: str, body: Any = None) -> Any:
        trust = ssl.create_default_context(cafile=self.ready["ca_bundle"])
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.ready['arm_endpoint']}/_sandbox/{what}"
        with urlopen(Request(url, data=data, method="POST" if data else "GET"), context=trust) as answer:
            return json.loads(answer.read())


Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> Started:
        place = tmp_path / f"ready-{len(running)}.json"
        process = subprocess.Popen(
            command("start", "--ready-file", str(place), *arguments),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append(process)
        assert process.stdout is not None
        printed: list[str] = []
        while not (printed and printed[-1].startswith("# Azure CLI")):
            line = process.stdout.readline()
            assert line, process.stderr and process.stderr.read()
            printed.append(line.rstrip("\n"))
        return Started(process, printed, json.loads(place.read_text("utf-8")))

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def end(started: Started, how: int) -> tuple[int, str]:
    started.process.send_signal(how)
    _, said = started.process.communicate(timeout=30)
    return started.process.returncode, said


def test_the_lines_for_the_shell_and_the_ready_file_say_the_same(start: Start):
    started = start("--scenario", "single-happy")
    assert set(started.ready) >= KEYS
    assert set(started.ready["environment"]) == VARIABLES
    exported = dict(shlex.split(line)[1].split("=", 1) for line in started.printed if line.startswith("export "))
    assert exported == started.ready["environment"]
    assert all(line.startswith(("export ", "# ")) for line in started.printed)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_takes_its_files_along(start: Start, how: int):
    started = start("--scenario", "single-happy")
    folder = Path(started.ready["plan"]).parent
    assert folder.is_dir()
    assert end(started, how) == (0, "")
    assert not folder.exists()


def test_requests_are_logged_only_when_asked_for(start: Start):
    quiet, loud = start("--scenario", "single-happy"), start("--scenario", "single-happy", "--verbose")
    for started in (quiet, loud):
        assert started.control("journal") == {"value": []}
    assert end(quiet, signal.SIGTERM) == (0, "")
    assert end(loud, signal.SIGTERM) == (0, "GET /_sandbox/journal 200\n")


def test_the_sdks_reach_it_with_what_it_exports(start: Start, monkeypatch: pytest.MonkeyPatch):
    from azure.core.credentials import TokenCredential
    from azure.identity import ClientSecretCredential, ManagedIdentityCredential
    from azure.mgmt.azurestackhci import AzureStackHCIClient
    from azure.mgmt.hybridcompute import HybridComputeManagementClient
    from azure.mgmt.resource.resources import ResourceManagementClient

    started = start("--scenario", "fleet-small")
    ready, told = started.ready, started.ready["environment"]
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    person = ClientSecretCredential(
        told["AZURE_TENANT_ID"], told["AZURE_CLIENT_ID"], told["AZURE_CLIENT_SECRET"],
        authority=told["AZURE_AUTHORITY_HOST"], disable_instance_discovery=True,
    )  # fmt: skip
    credentials: list[TokenCredential] = [ManagedIdentityCredential(), person]
    for credential in credentials:
        common: Any = {
            "base_url": ready["arm_endpoint"], "credential_scopes": ["https://management.azure.com/.default"],
        }  # fmt: skip
        first = ready["subscriptions"][0]
        with AzureStackHCIClient(credential, first, **common) as clusters:
            listed = [one.name for one in clusters.clusters.list_by_subscription()]
        with HybridComputeManagementClient(credential, first, **common) as machines:
            assert len(list(machines.machines.list_by_subscription())) > len(listed)
        with ResourceManagementClient(credential, first, **common) as groups:
            assert groups.resource_groups.get("rg-azlocal-control").name == "rg-azlocal-control"
        assert len(listed) == 14
        assert listed[0] == "clu-aarhus-01"
    assert {one["principal"] for one in started.control("journal")["value"]} == {None, "managed-identity", "person"}


def test_the_plan_and_the_inputs_can_be_read_from_blobs_too(start: Start, monkeypatch: pytest.MonkeyPatch):
    from azlocal.azure.blobs import read_folder, read_text
    from azlocal.azure.clients import connect

    started = start("--scenario", "fleet-small")
    for name, value in started.ready["environment"].items():
        monkeypatch.setenv(name, value)
    connection = connect(started.ready["arm_endpoint"], "acting", os.environ)
    assert read_text(connection, started.ready["plan_url"]) == Path(started.ready["plan"]).read_text("utf-8")
    kept = {one.name: one.read_text("utf-8") for one in Path(started.ready["inputs"]).iterdir()}
    assert read_folder(connection, started.ready["inputs_url"]) == kept


def test_a_bare_tick_with_the_exported_variables_starts_a_validation(start: Start):
    started = start("--scenario", "single-happy", "--speed", "60")
    ticked = subprocess.run(
        [sys.executable, "-m", "azlocal.cli.main", "tick"],
        env={**os.environ, **started.ready["environment"]}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ticked.returncode == 0, ticked.stderr
    starts = [
        one["body"]["properties"]["parameters"]["deploymentMode"]["value"]
        for one in started.control("journal")["value"]
        if one["method"] == "PUT" and "/deployments/azl-up-" in one["path"].lower()
    ]
    assert starts == ["Validate"]


@pytest.mark.parametrize(
    "arguments, field",
    [
        (("--scenario", "fleet-huge"), "scenario"),
        (("--scenario", "/nowhere/mine.yaml"), "scenario"),
        (("--scenario", "single-happy", "--speed", "0"), "speed"),
        (("--scenario", "single-happy", "--speed", "fast"), "speed"),
        (("--scenario", "single-happy", "--speed", "nan"), "speed"),
        (("--scenario", "single-happy", "--port", "70000"), "port"),
        (("--scenario", "single-happy", "--seed", "-1"), "seed"),
        (("--scenario", "single-happy", "--ready-file", "/nowhere/ready.json"), "ready-file"),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(arguments: tuple[str, ...], field: str):
    said = subprocess.run(command("start", *arguments), capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith(f"error: {field}: ")
    assert said.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_said_to_be():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = subprocess.run(
            command("start", "--scenario", "single-happy", "--port", port),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith(f"error: port: {port} on 127.0.0.1 cannot be used: ")


def test_the_list_has_a_line_for_every_scenario():
    said = subprocess.run(command("list"), capture_output=True, text=True, check=True, timeout=60)
    lines = {line.split()[0]: line for line in said.stdout.splitlines()}
    assert {
        "fleet-small",
        "single-happy",
        "single-validation-fails",
        "single-upgrade-fails-and-resumes",
        "fleet-N",
    } <= set(lines)
    assert all(len(line.split()) > 3 for line in lines.values())
