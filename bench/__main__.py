"""The benchmark's one command: `python -m bench [--sizes 100,1000] [--rounds 3] [--cli AZ] [--out FOLDER]`.

For each size one sandbox, in a process of its own, with Azure's quotas; each contender in a process of its own, the
same work; one run to warm up, then rounds in which they take turns. Different verdicts end it with exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench import floors, results
from bench.hosting import Host, host
from bench.measure import CONTENDERS, Contender, Run, differences, rest, run

_MACHINES = "microsoft.hybridcompute/machines"


class Differ(Exception):
    """Two contenders do not say the same of the same fleet."""


def main() -> int:
    """Run the benchmark and write its results."""
    wish = _wish()
    out = Path(wish.out)
    out.mkdir(parents=True, exist_ok=True)
    try:
        document = _document(wish)
    except Differ as error:
        print(error, file=sys.stderr)
        return 1
    (out / "results.json").write_text(json.dumps(document, indent=1), "utf-8")
    (out / "results.md").write_text(results.markdown(document), "utf-8")
    print(results.markdown(document))
    return 0


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="100,1000", help="fleets, by their clusters (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds after one to warm up")
    parser.add_argument("--cli", metavar="AZ", default="", help="the az of an environment of its own: takes part, too")
    parser.add_argument("--only", default="", metavar="NAMES", help="contenders, by name; azlocal is always there")
    parser.add_argument("--skip-doors", action="store_true", help="leave cold starts out")
    parser.add_argument("--skip-tick", action="store_true", help="leave the whole tick out")
    parser.add_argument(
        "--out", default="build/bench", help="folder for results.json and results.md (default %(default)s)"
    )
    return parser.parse_args()


def _document(wish: argparse.Namespace) -> dict[str, Any]:
    facts = results.machine()
    taking = _taking_part(wish)
    # The command line of Azure has small fleets of its own: what larger ones cost it is a line through them.
    small = (20, 50) if any(one.name == "Azure CLI" for one in taking) else ()
    found = [_size(size, wish, taking) for size in (*small, *map(int, wish.sizes.split(",")))]
    _extrapolate(found)
    document = {"machine": facts, "sizes": found, "growth": _growth(found)}
    if wish.skip_doors:
        return document
    from bench.stages.doors import cold_starts

    return {**document, "doors": cold_starts(max(3, wish.rounds))}


def _taking_part(wish: argparse.Namespace) -> list[Contender]:
    named = {name.strip() for name in wish.only.split(",")} if wish.only else {one.name for one in CONTENDERS}
    return [
        one for one in CONTENDERS
        if one.name == "azlocal" or (one.name in named and (one.name != "Azure CLI" or wish.cli))
    ]  # fmt: skip


def _size(size: int, wish: argparse.Namespace, contenders: Sequence[Contender]) -> dict[str, Any]:
    """Measure one size: the census of everybody, and then the whole tick of azlocal, which changes the world."""
    taking = [one for one in contenders if size <= one.largest]
    print(f"{size} clusters: starting the sandbox", file=sys.stderr)
    with host(f"fleet-{size}") as here:
        runs = _rounds(here, taking, wish)
        world, subscriptions = here.world(), len(here.ready["subscriptions"])
        rows = [
            results.row(one.name, runs[one.name], waits=one.waits, subscriptions=subscriptions) for one in taking
        ]  # fmt: skip
        told: dict[str, Any] = {
            "clusters": size, "machines": world[_MACHINES], "subscriptions": subscriptions, "rows": rows,
            "ratios": [], "floor": _floor(runs["azlocal"][-1], rows[0]),
        }  # fmt: skip
        if not wish.skip_tick and size >= 100:
            told |= _tick(here)
        told["host"] = {"seconds": here.seconds, "peak": here.memory}
    return told


def _rounds(here: Host, taking: Sequence[Contender], wish: argparse.Namespace) -> dict[str, list[Run]]:
    """Let everybody warm up, and then take turns; raise Differ when one of them says something else."""
    found: dict[str, list[Run]] = {one.name: [] for one in taking}
    expected: Mapping[str, str] = {}
    for number in range(wish.rounds + 1):
        for one in taking:
            rest(here)
            done = run(f"contenders.{one.module}", here, waits=one.waits, arguments=one.arguments, AZ=wish.cli)
            print(f"  round {number}, {one.name}: {done.seconds:.1f} s, {done.cpu:.1f} s CPU", file=sys.stderr)
            expected = expected or done.verdicts
            wrong = differences(expected, done.verdicts)
            if wrong:
                raise Differ(f"azlocal and {one.name} differ in {len(wrong)} clusters: {wrong[0]}")
            if number or one.name == "Azure CLI":
                found[one.name].append(done)
    return found


def _floor(ours: Run, row: Mapping[str, Any]) -> dict[str, Any]:
    least = floors.pages(ours.told["rows"])
    seconds = floors.seconds_of_pages(least)
    ratio = f"{row['seconds']['median'] / seconds:.2f}" if seconds else "-"
    return {
        "pages": least, "asked": ours.traffic.pages, "ratio": ours.traffic.pages / least, "seconds": seconds,
        "seconds_ratio": ratio,
    }  # fmt: skip


def _tick(here: Host) -> dict[str, Any]:
    plan = {"AZLOCAL_PLAN": here.ready["plan"], "AZLOCAL_INPUTS": here.ready["inputs"]}
    rest(here)
    parts = run("stages.parts", here, **plan)
    rest(here)
    whole = run("stages.tick", here, **plan)
    assert not whole.told["problems"], whole.told["problems"]
    cost = {"seconds": whole.seconds, "cpu": whole.cpu, "peak": whole.peak, "refused": whole.traffic.refused}
    asked = {"calls": whole.traffic.calls, "uploads": whole.traffic.uploads, "rows": whole.told["rows"]}
    return {
        "parts": {name: parts.told[name] for name in ("census", "decide", "page", "page_bytes")},
        "tick": {**cost, **asked},
    }  # fmt: skip


def _extrapolate(found: Sequence[dict[str, Any]]) -> None:
    """Give everybody a row at every size, marked where it is computed, and then compare."""
    measured: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for size in sorted(found, key=lambda one: int(one["clusters"])):
        for row in size["rows"]:
            measured.setdefault(row["name"], []).append((size["clusters"], row))
    for size in found:
        there = {row["name"] for row in size["rows"]}
        for name, rows in measured.items():
            if name not in there and rows[-1][0] < size["clusters"]:
                size["rows"].append(results.extrapolated(rows, size["clusters"], size["subscriptions"]))
        size["ratios"] = results.ratios(size["rows"])


def _growth(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how azlocal's cost grows from each size of a thousand or more to the next."""
    large = [(one["clusters"], one["rows"][0]) for one in found if one["clusters"] >= 1000]
    return [
        {"from": small, "to": size, **{
            key: floors.exponent((small, before[key]["median"]), (size, after[key]["median"])) for key in ("cpu", "peak")
        }}
        for (small, before), (size, after) in pairwise(large)
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
