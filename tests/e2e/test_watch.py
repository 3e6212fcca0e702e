"""`watch` as a process over HTTPS: it reads once a look, writes nothing, ends when asked or by Ctrl-C with 130."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from test_cli import MAIN, Sandbox

pytest.importorskip("duckdb", reason="the sandbox needs Python 3.11")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    sandbox = Sandbox("fleet-small", tmp_path_factory.mktemp("watched"))
    yield sandbox
    sandbox.stop()


def test_a_look_is_one_census_and_writes_nothing(fleet):
    seen = fleet.seen()
    lines = fleet.run("watch", "--for", "PT0S", check=0).stdout.splitlines()
    entries = fleet.journal(seen)
    assert sum("Microsoft.ResourceGraph" in one["path"] for one in entries) == 3
    assert not [one for one in entries if one["method"] in {"PUT", "PATCH", "DELETE"}]
    assert "24 clusters" in lines[0]
    assert all(line[:20].endswith("Z") for line in lines)


def test_ctrl_c_ends_a_watch_with_130(fleet):
    shell = {**os.environ, **fleet.ready["environment"]}
    watch = subprocess.Popen(
        [*MAIN, "watch", "--every", "PT1H"], env=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert "24 clusters" in watch.stdout.readline()
    watch.send_signal(signal.SIGINT)
    _, told = watch.communicate(timeout=60)
    assert watch.returncode == 130
    assert "Traceback" not in told
