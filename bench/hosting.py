"""Starts the sandbox of one size, and reads its journal."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UPLOADS = "/datacollectionrules/"
GRAPH = "/providers/microsoft.resourcegraph/resources"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one run asked of Azure: calls by kind, bytes that came back, and how often it was told to wait."""

    calls: int
    pages: int
    reads: int
    writes: int
    uploads: int
    refused: int
    bytes: int

    @classmethod
    def of(cls, entries: list[dict[str, Any]]) -> Traffic:
        """Count entries of the journal. Sign-in and the cloud's description are none of ARM's calls."""
        asked = [one for one in entries if not one["path"].startswith(("/msi", "/metadata"))]
        pages = [one for one in asked if one["path"].lower() == GRAPH]
        reads = sum(one["method"] == "GET" for one in asked)
        uploads = sum(one["path"].lower().startswith(UPLOADS) for one in asked)
        return cls(
            calls=len(asked), pages=len(pages), reads=reads, writes=len(asked) - len(pages) - reads - uploads,
            uploads=uploads,
            refused=sum(one["status"] == 429 for one in asked), bytes=sum(one["answered"] for one in asked),
        )  # fmt: skip


class Host:
    """A sandbox in another process."""

    def __init__(self, process: subprocess.Popen[str], ready: dict[str, Any], seconds: float) -> None:
        self._process = process
        self.ready = ready
        self.seconds = seconds
        """How long it took until it answered."""
        self._context = ssl.create_default_context(cafile=ready["ca_bundle"])
        self._seen = 0

    @property
    def environment(self) -> dict[str, str]:
        """Return what a client needs to find it, and to sign as its managed identity; no plan."""
        told: dict[str, str] = self.ready["environment"]
        found = {name: text for name, text in told.items() if name not in {"AZLOCAL_PLAN", "AZLOCAL_INPUTS"}}
        return {**found, "BENCH_SUBSCRIPTIONS": " ".join(self.ready["subscriptions"])}

    @property
    def memory(self) -> int:
        """Return the most memory it has had, in bytes; 0 where the system does not tell."""
        return peak_of(Path(f"/proc/{self._process.pid}/status"))

    @property
    def cpu(self) -> float:
        """Return the processor seconds that it has spent; 0 where the system does not tell."""
        try:
            told = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def quotas(self, *, on: bool) -> None:
        """Let the quotas of ARM hold, or not; all buckets are full again."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("quotas\n" if on else "free\n")
        self._process.stdin.flush()
        self._process.stdout.readline()

    def traffic(self) -> Traffic:
        """Return what was asked since this was called last."""
        entries = self._get(f"/_sandbox/journal?after={self._seen}")["value"]
        self._seen = entries[-1]["seq"] if entries else self._seen
        return Traffic.of(entries)

    def world(self) -> dict[str, int]:
        """Return how many resources of each type it has, types in lower case."""
        counted: dict[str, int] = {}
        for kind, count in self._get("/_sandbox/world")["resources"].items():
            counted[kind.lower()] = counted.get(kind.lower(), 0) + count
        return counted

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.ready["arm_endpoint"] + path, context=self._context, timeout=300) as answer:
            return json.load(answer)


@contextmanager
def host(scenario: str) -> Iterator[Host]:
    """Run a sandbox; raise RuntimeError when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="azlocal-bench-") as folder:
        ready, began = Path(folder) / "ready.json", time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.host", scenario, str(ready)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError(f"the sandbox {scenario} did not start")
            yield Host(process, json.loads(ready.read_text("utf-8")), time.monotonic() - began)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=60)


def peak_of(status: Path) -> int:
    """Return the peak of resident memory that a status file of Linux tells, in bytes; 0 where there is none."""
    try:
        line = next(one for one in status.read_text("ascii").splitlines() if one.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) * 1024
