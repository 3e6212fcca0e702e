"""Fifty ticks in one process: memory must not grow. Each tick is what a host that stays alive runs."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

from bench.reporting import Verdicts, take_part

TICKS = 50
told: dict[str, Any] = {"resident": []}


def resident() -> int:
    """Return the resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def ticks() -> Verdicts:
    """Run them one after another."""
    from azlocal.app import App

    for _ in range(TICKS):
        App.from_environment().tick()
        gc.collect()
        told["resident"].append(resident())
    return {}


if __name__ == "__main__":
    take_part(ticks, lambda: told)
