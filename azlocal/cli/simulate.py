"""`simulate`: many fleets in every trouble we can think of, and every promise judged in each. No Azure needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from azlocal.cli import output
from azlocal.cli.snapshots import read_json
from azlocal.errors import BadInput

if TYPE_CHECKING:
    from azlocal.simulation.many import OwnFleet, Result, Summary

LONGEST = 60
"""Days of one history."""


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S", help="The first seed.")
@click.option(
    "--fleets", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="Histories, a seed each."
)
@click.option(
    "--days", type=click.IntRange(1, LONGEST), default=LONGEST, show_default=True, metavar="D", help="Days at most."
)
@click.option("--plan", metavar="FILE", help="Simulate your own plan, on the fleet of --census.")
@click.option("--census", metavar="FILE", help="Your own fleet: what census -o json wrote.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes at once; by default one a core.")
@click.option("-o", "--output", "form", type=click.Choice(output.FORMATS), default="table", show_default=True)
def simulate(
    seed: int, fleets: int, days: int, plan: str | None, census: str | None, jobs: int | None, form: str
) -> int:  # fmt: skip
    """Prove the rollout's promises on simulated fleets, or find the history that breaks one.

    Each seed is one history: a fleet of 5 to 60 clusters, a plan, up to D days, throttling, lost answers,
    killed and competing jobs, stale reads, people who change their minds. The same seed is the same history,
    wherever it runs. A broken promise is told as a story, made as small as possible; exit code 1.

    With --plan and --census the fleet and the plan are your own, and only the trouble is random.
    """
    from azlocal.simulation.many import many

    own = _own(plan, census)
    with _progress(fleets, shown=form == "table") as step:
        summary = many(seed, fleets, days, own, jobs=jobs or os.cpu_count() or 1, shown=step)
    stories = _stories(summary, days, own)
    document = _document(summary, seed, days, stories)
    output.show(form, None, document, lambda: _page(summary, seed, stories, own=own is not None))
    return 1 if summary.broken else 0


def _own(plan: str | None, census: str | None) -> OwnFleet | None:
    """Return the operator's fleet, or None; raise BadInput for one half of it, or what cannot be read."""
    if plan is None and census is None:
        return None
    if plan is None or census is None:
        raise BadInput(
            ["plan and census: your own fleet needs both"],
            remedy="give --plan FILE and --census FILE (azlocal-upgrade census -o json > FILE), or neither",
        )
    from azlocal.files.inputs_folder import read_file
    from azlocal.files.plan_file import read_plan
    from azlocal.report.snapshot import read_moment, read_snapshot
    from azlocal.simulation.many import OwnFleet

    text, document = read_file(Path(plan), "plan"), read_json(census)
    return OwnFleet(
        facts=read_snapshot(document), now=read_moment(document), plan=read_plan(text, plan), text=text
    )  # fmt: skip


@contextmanager
def _progress(fleets: int, *, shown: bool) -> Iterator[Any]:
    """Show how far it is, on a terminal; a broken promise is told at once, everywhere."""

    def told(result: Result) -> None:
        for text in result.breaks:
            output.tell(f"seed {result.seed}: {text}")

    if not (shown and sys.stderr.isatty()):
        yield told
        return
    with click.progressbar(length=fleets, label="histories", file=sys.stderr) as bar:

        def step(result: Result) -> None:
            told(result)
            bar.update(1)

        yield step


def _stories(summary: Summary, days: int, own: OwnFleet | None) -> dict[int, str]:
    from azlocal.simulation.many import TOLD, story

    stories = {}
    for result in summary.broken[:TOLD]:
        output.tell(f"seed {result.seed}: looking for the smallest case that breaks the same promise ...")
        stories[result.seed] = story(result, days, own)
    return stories


def _document(summary: Summary, seed: int, days: int, stories: dict[int, str]) -> dict[str, Any]:
    return {
        "seed": seed,
        "days": days,
        "fleets": len(summary.results),
        "ticks": sum(result.ticks for result in summary.results),
        "starts": sum(result.starts for result in summary.results),
        "breaks": sum(len(result.breaks) for result in summary.results),
        "history_digest": summary.digest,
        "promises": dict(summary.occasions),
        "failures": [
            {"seed": result.seed, "breaks": list(result.breaks), "story": stories.get(result.seed)}
            for result in summary.broken
        ],
    }


def _page(summary: Summary, seed: int, stories: dict[int, str], *, own: bool) -> str:
    from azlocal.simulation.invariants import INVARIANTS
    from azlocal.words import count

    results = summary.results
    ticks, starts = (sum(getattr(one, name) for one in results) for name in ("ticks", "starts"))
    what = "your fleet in" if own else "fleets in"
    seeds = f"seeds {seed} to {seed + len(results) - 1}" if len(results) > 1 else f"seed {seed}"
    head = f"{count(len(results), 'history', 'histories')} of {what} trouble ({seeds}): "
    judged = sum(summary.occasions.values())
    head += f"{ticks:,} ticks, {starts:,} starts, {len(INVARIANTS)} promises judged {judged:,} times."
    untried = [name for name, occasions in summary.occasions.items() if not occasions]
    if untried:
        why = "the plan gives none, or there were too few histories" if own else "more histories will"
        head += f"\nNothing put these to the test ({why}): {', '.join(untried)}."
    if not summary.broken:
        return f"{head}\nNo promise was broken.\nThe histories' digest: {summary.digest}"
    seeds = ", ".join(str(result.seed) for result in summary.broken)
    again = f"azlocal-upgrade simulate --seed {summary.broken[0].seed} --fleets 1"
    told = "\n\n".join(stories.values())
    return f"{told}\n\n{head}\nPromises were broken in seeds {seeds}. To see one again: {again}"
