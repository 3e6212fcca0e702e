"""Cold starts: how long each door takes from the start of its process to its first request, and what it imports.

Where Azure should be, a listener waits that hangs up: what comes before the first connection is the door's own.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PLAN = """version: azlocal.fleet/1
scope: {subscriptions: [11111111-1111-4111-8111-111111111111]}
rings: [{name: first, select: {all: yes}, expect: 1}]
"""
_FUNCTION = "import sys; sys.path.insert(0, 'function_app'); import function_app; function_app._door().timer()"
DOORS: Mapping[str, tuple[str, ...]] = {
    "command line (`census`)": ("-m", "azlocal.cli.main", "census"),
    "runbook (`fleet_tick`)": ("runbooks/fleet_tick.py",),
    "function (timer)": ("-c", _FUNCTION),
}
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| +(\S+)")
_HEAVY = 8


def cold_starts(rounds: int) -> dict[str, Any]:
    """Return for each door the seconds to its first request, its modules, and the packages that take longest."""
    with tempfile.TemporaryDirectory(prefix="azlocal-bench-") as folder:
        plan = Path(folder) / "plan.yaml"
        plan.write_text(PLAN, "utf-8")
        return {name: _door(command, str(plan), rounds) for name, command in DOORS.items()}


def _door(command: tuple[str, ...], plan: str, rounds: int) -> dict[str, Any]:
    _first_request(command, plan)  # compiles what is not compiled yet
    seconds = [_first_request(command, plan) for _ in range(rounds)]
    with _listening() as listener:
        done = subprocess.Popen(
            [sys.executable, "-X", "importtime", *command], cwd=ROOT, env=_environment(listener, plan),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        listener.accept()[0].close()
        done.kill()
        text = done.communicate()[1]
    packages, modules = imported(text)
    heaviest = [{"package": name, "seconds": spent / 1e6} for name, spent in packages.most_common(_HEAVY)]
    return {
        "seconds": statistics.median(seconds), "fastest": min(seconds), "slowest": max(seconds), "modules": modules,
        "import_seconds": sum(packages.values()) / 1e6, "packages": heaviest,
    }  # fmt: skip


def imported(text: str) -> tuple[Counter[str], int]:
    """Return from what `-X importtime` says the microseconds of each package by itself, and the number of modules."""
    packages: Counter[str] = Counter()
    found = [(match[3], int(match[1])) for line in text.splitlines() if (match := _LINE.match(line))]
    for name, spent in found:
        parts = name.split(".")
        packages[".".join(parts[: 3 if name.startswith("azure.mgmt") else 2 if parts[0] == "azure" else 1])] += spent
    return packages, len(found)


def _first_request(command: tuple[str, ...], plan: str) -> float:
    with _listening() as listener:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=_environment(listener, plan),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            listener.accept()[0].close()
            return time.monotonic() - began
        finally:
            process.kill()
            process.wait()


@contextmanager
def _listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


def _environment(listener: socket.socket, plan: str) -> dict[str, str]:
    """Return the environment of a host that has a managed identity, and whose Azure is the listener."""
    place = f"https://127.0.0.1:{listener.getsockname()[1]}"
    return {
        **os.environ, "AZLOCAL_CLOUD": place, "AZLOCAL_PLAN": plan, "IDENTITY_ENDPOINT": f"{place}/msi/token",
        "IDENTITY_HEADER": "bench", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
