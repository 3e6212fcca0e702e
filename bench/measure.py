"""Runs one contender once, and says what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.hosting import Host, Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Somebody who takes part: the module that is run, and whether ARM's quotas are waited out by it.

    Loops of point reads would wait for hours; what their quota takes is computed and told instead.
    """

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    waits: bool = True
    largest: int = 1_000_000
    """The largest fleet it is run on; beyond it its figures are extrapolated."""


CONTENDERS = (
    Contender(name="azlocal", module="azlocal_way"),
    Contender(name="resourcegraph client", module="graph_client"),
    Contender(name="typed loop", module="typed_loop", waits=False, largest=10_000),
    Contender(name="typed loop, keeping nothing", module="typed_loop", arguments=("--forget",), waits=False, largest=1_000),
    Contender(name="Azure CLI", module="cli_way", waits=False, largest=50),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run cost: seconds of wall time (start of the process to its end) and processor, peak memory, traffic."""

    seconds: float
    cpu: float
    peak: int
    host_cpu: float
    """Processor seconds of the sandbox meanwhile: part of the wall time, and nothing of it azlocal's."""
    traffic: Traffic
    told: Mapping[str, Any]

    @property
    def verdicts(self) -> Mapping[str, str]:
        """Return the verdicts by cluster."""
        found: Mapping[str, str] = self.told["verdicts"]
        return found


def run(module: str, host: Host, *, waits: bool = True, arguments: tuple[str, ...] = (), **more: str) -> Run:
    """Run `bench.<module>` against *host*; raise RuntimeError with what it said when it fails."""
    host.quotas(on=waits)
    host.traffic()
    before = host.cpu
    environment = {**os.environ, **host.environment, **more}
    with tempfile.TemporaryDirectory(prefix="azlocal-bench-") as folder:
        out, began = Path(folder) / "told.json", time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{module}", str(out), *arguments],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.monotonic() - began
        if done.returncode:
            raise RuntimeError(f"{module} failed: {done.stderr[-800:]}")
        told = json.loads(out.read_text("utf-8"))
    return Run(
        seconds=seconds,
        cpu=told["cpu"],
        peak=told["peak"],
        host_cpu=host.cpu - before,
        traffic=host.traffic(),
        told=told,
    )


def rest(host: Host) -> None:
    """Let the quotas fill up again, so that nobody pays for the one before."""
    host.quotas(on=True)
    time.sleep(5.5)


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return in words where two sets of verdicts differ, cluster by cluster."""
    names = sorted(set(one) | set(other))
    return [f"{name}: {one.get(name)} and {other.get(name)}" for name in names if one.get(name) != other.get(name)]
