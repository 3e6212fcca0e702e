"""What a contender tells of itself when it is done."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.hosting import peak_of

Verdicts = Mapping[str, str]


def spent() -> float:
    """Return the processor seconds of this process and of those it waited for."""
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in (own, others))


def peak() -> int:
    """Return the most memory that this process, or one that it waited for, has had at once, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    # What getrusage tells of a process's own peak may be that of its parent before it began.
    own = peak_of(Path("/proc/self/status")) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit)


def take_part(census: Callable[[], Verdicts], more: Callable[[], Mapping[str, Any]] = dict) -> None:
    """Run *census* and write what came of it into the file that the first argument names."""
    began = time.monotonic()
    verdicts = {name.lower(): text for name, text in census().items()}
    told = {"verdicts": verdicts, "seconds": time.monotonic() - began, "cpu": spent(), "peak": peak(), **more()}
    Path(sys.argv[1]).write_text(json.dumps(told), "utf-8")


def subscriptions() -> list[str]:
    """Return the subscriptions to look at, for those who do not find them out."""
    return os.environ["BENCH_SUBSCRIPTIONS"].split()


def endpoint() -> str:
    """Return where ARM is."""
    return os.environ["AZLOCAL_CLOUD"].rstrip("/")
