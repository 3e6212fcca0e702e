"""Figures of many runs as one document: medians with their spread, floors, and ratios taken in the same run."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import floors
from bench.measure import Run

PACKAGES = (
    "azure-core", "azure-identity", "azure-mgmt-azurestackhci", "azure-mgmt-hybridcompute", "azure-mgmt-resourcegraph",
    "duckdb", "pydantic", "requests",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, memory, Python, versions, and how busy the machine is."""
    return {
        "processor": _processor(), "cores": os.cpu_count(), "memory_bytes": _memory(), "system": platform.platform(),
        "python": platform.python_version(), "packages": {name: version(name) for name in PACKAGES},
        "load": list(os.getloadavg()),
    }  # fmt: skip


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median of some figures, and the smallest and largest."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def row(name: str, runs: Sequence[Run], *, waits: bool, subscriptions: int) -> dict[str, Any]:
    """Return a contender's figures at one size, with what its own calls take at least by Azure's quotas."""
    last = runs[-1].traffic
    floor = floors.seconds_of_pages(last.pages) + floors.seconds_of_reads(last.reads, subscriptions)
    return {
        "name": name, "rounds": len(runs), "extrapolated": False, "waits_for_quotas": waits,
        "seconds": spread([one.seconds for one in runs]), "cpu": spread([one.cpu for one in runs]),
        "peak": spread([one.peak for one in runs]), "host_cpu": spread([one.host_cpu for one in runs]),
        "calls": last.calls, "pages": last.pages, "bytes": last.bytes, "refused": sum(one.traffic.refused for one in runs),
        "quota_seconds": floor, "quota_seconds_in_a_row": floors.seconds_in_a_row(last.reads, subscriptions),
    }  # fmt: skip


def extrapolated(rows: Sequence[tuple[int, Mapping[str, Any]]], size: int, subscriptions: int) -> dict[str, Any]:
    """Return what a contender would cost at *size*: a line through its two largest measurements, or through none and one."""
    *before, (large, most) = rows[-2:]
    small, least = before[0] if before else (0, None)

    def at(value: Any, other: Any) -> float:
        slope = (value - (other or 0)) / (large - small)
        return float(value + slope * (size - large))

    def line(key: str) -> dict[str, float]:
        middle = at(most[key]["median"], least[key]["median"] if least else 0)
        return {"median": middle, "least": middle, "most": middle}

    calls = round(at(most["calls"], least["calls"] if least else 0))
    return {
        **most, "rounds": 0, "extrapolated": True, "seconds": line("seconds"), "cpu": line("cpu"),
        "peak": line("peak"), "host_cpu": line("host_cpu"), "calls": calls, "refused": 0,
        "bytes": round(at(most["bytes"], least["bytes"] if least else 0)),
        "quota_seconds": floors.seconds_of_reads(calls, subscriptions),
        "quota_seconds_in_a_row": floors.seconds_in_a_row(calls, subscriptions),
    }  # fmt: skip


def ratios(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how many times as much as the first row the others cost."""
    ours, *others = rows
    return [
        {
            "name": one["name"], "extrapolated": one["extrapolated"],
            "seconds": needed(one) / needed(ours), "measured_seconds": _times(one, ours, "seconds"),
            "cpu": _times(one, ours, "cpu"), "peak": _times(one, ours, "peak"), "bytes": one["bytes"] / ours["bytes"],
        }
        for one in others
    ]  # fmt: skip


def needed(one: Mapping[str, Any]) -> float:
    """Return the wall seconds that Azure lets a census have: as measured, but no less than quotas take."""
    measured = float(one["seconds"]["median"])
    return measured if one["waits_for_quotas"] else max(measured, float(one["quota_seconds"]))


def _times(one: Mapping[str, Any], ours: Mapping[str, Any], key: str) -> float:
    return float(one[key]["median"] / ours[key]["median"])


# Markdown


def markdown(document: Mapping[str, Any]) -> str:
    """Return the document as tables for people."""
    return "\n".join([*_head(document["machine"]), *(line for size in document["sizes"] for line in _size(size)),
                      *_growth(document), *_doors(document.get("doors") or {})]) + "\n"  # fmt: skip


def _head(told: Mapping[str, Any]) -> Iterable[str]:
    packages = ", ".join(f"{name} {number}" for name, number in told["packages"].items())
    yield f"{told['processor']}, {told['cores']} cores, {told['memory_bytes'] >> 30} GiB; {told['system']};"
    yield f"Python {told['python']}; {packages}; load at the start {told['load'][0]:.1f}."
    yield ""


def _size(size: Mapping[str, Any]) -> Iterable[str]:
    yield f"### {size['clusters']:,} clusters, {size['machines']:,} machines, {size['subscriptions']} subscriptions"
    yield ""
    yield "| census with verdict | rounds | wall s | CPU s | peak MB | sandbox CPU s | calls | MB read | 429s | quota floor s |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for one in size["rows"]:
        mark = " (extrapolated)" if one["extrapolated"] else ""
        yield (
            f"| {one['name']}{mark} | {one['rounds'] or '-'} | {_figure(one['seconds'])} | {_figure(one['cpu'])} "
            f"| {_figure(one['peak'], 1 << 20)} | {_figure(one['host_cpu'])} | {one['calls']:,} "
            f"| {one['bytes'] / 1e6:,.1f} | {one['refused']} | {one['quota_seconds']:,.0f} |"
        )
    yield ""
    for one in size["ratios"]:
        mark = ", extrapolated" if one["extrapolated"] else ""
        yield (
            f"- {one['name']} to azlocal{mark}: {one['seconds']:,.1f} × the wall time that quotas allow "
            f"({one['measured_seconds']:,.1f} × as measured), {one['cpu']:,.1f} × the CPU, {one['peak']:.2f} × the memory"
        )
    floor = size["floor"]
    yield (
        f"- pages: {floor['asked']} asked, floor {floor['pages']} ({floor['ratio']:.2f} ×); by quota at least "
        f"{floor['seconds']:.0f} s, so azlocal takes {floor['seconds_ratio']} × its floor"
    )
    yield from _tick(size)
    yield ""


def _tick(size: Mapping[str, Any]) -> Iterable[str]:
    if "tick" not in size:
        return
    one, parts = size["tick"], size["parts"]
    yield (
        f"- a whole tick: {one['cpu']:.1f} s CPU, {one['seconds']:.0f} s wall, peak {one['peak'] / (1 << 20):.0f} MB, "
        f"{one['calls']:,} calls, {one['refused']} × 429, {one['rows']:,} telemetry rows in {one['uploads']} uploads"
    )
    yield (
        f"- of it, by itself: census {parts['census']:.1f} s, decide {parts['decide']:.2f} s CPU; "
        f"HTML page {parts['page']:.2f} s, {parts['page_bytes'] / 1e6:.1f} MB"
    )
    yield f"- the sandbox: ready in {size['host']['seconds']:.0f} s, peak {size['host']['peak'] / (1 << 20):,.0f} MB"


def _figure(told: Mapping[str, float], unit: float = 1) -> str:
    middle, least, most = (told[name] / unit for name in ("median", "least", "most"))
    text = f"{middle:,.1f}" if middle < 100 else f"{middle:,.0f}"
    return text if most - least < 0.005 * max(middle, 1) else f"{text} ({least:,.1f}–{most:,.1f})"


def _growth(document: Mapping[str, Any]) -> Iterable[str]:
    for one in document["growth"]:
        yield (
            f"- growth from {one['from']:,} to {one['to']:,} clusters: exponent {one['cpu']:.2f} of the census' CPU, "
            f"{one['peak']:.2f} of its memory"
        )
    yield ""


def _doors(doors: Mapping[str, Any]) -> Iterable[str]:
    if not doors:
        return
    yield "| door | first request after s | modules | heaviest imports (s, with importtime's own cost) |"
    yield "|---|---|---|---|"
    for name, one in doors.items():
        heaviest = ", ".join(f"{told['package']} {told['seconds']:.2f}" for told in one["packages"][:5])
        yield f"| {name} | {one['seconds']:.2f} ({one['fastest']:.2f}–{one['slowest']:.2f}) | {one['modules']} | {heaviest} |"
