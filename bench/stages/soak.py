"""A month of a large fleet with everything going wrong that may: calls, 429s, memory, telemetry, and every promise.

Run alone by `python -m bench.stages.soak FILE [CLUSTERS] [DAYS]`; virtual time, no socket.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from bench.reporting import Verdicts, take_part

START = datetime(2026, 3, 14, 6, tzinfo=timezone.utc)
"""Two weeks later the clocks change in Europe."""
EVERY = timedelta(hours=8)
told: dict[str, Any] = {}


class Counted(list[Any]):
    """A log table of which only the number of rows is kept: no promise is judged by it, and it is the largest."""

    taken = 0

    def extend(self, rows: Iterable[Any]) -> None:
        """Count rows."""
        self.taken += len(list(rows))


def soak() -> Verdicts:
    """Let the month happen, and count."""
    from azlocal.core.garbage import uncollected
    from azlocal.simulation.drive import Drive

    clusters, days = (int(one) for one in (*sys.argv[2:4], *("1000", "30")[len(sys.argv[2:4]) :]))
    drive = Drive(_case(clusters, days), days)
    drive.world.azure.tables["AzLocalFinding_CL"] = findings = Counted()
    with uncollected():
        drive.run()
    broken, occasions = drive.world.judged()
    entries = drive.world.front.journal.after()
    statuses = Counter(one.status for one in entries)
    telemetry = [one for one in entries if one.path.lower().startswith("/datacollectionrules/")]
    rows = {name: len(rows) for name, rows in drive.world.azure.tables.items()}
    ticks = drive.world.record.ticks
    told.update(
        clusters=clusters, days=days, ticks=len(ticks), killed=sum(one.killed for one in ticks), calls=len(entries),
        starts=len(drive.world.history().accepted), throttled=statuses[429], broken_answers=_faulty(statuses),
        uploads=len(telemetry), upload_bytes=sum(len(one.sent.body) for one in telemetry),
        rows={**rows, "AzLocalFinding_CL": findings.taken}, faults=dict(Counter(one.fault for one in entries if one.fault)),
        breaks=broken, promises=len(occasions), occasions=sum(occasions.values()),
    )  # fmt: skip
    return {}


def _faulty(statuses: Counter[int]) -> int:
    return sum(count for status, count in statuses.items() if status >= 500)


def _case(clusters: int, days: int) -> Any:
    """Return a generated fleet in a month of trouble of every kind that lasts, one after another and all together."""
    from azlocal.sandbox.scenarios import load
    from azlocal.simulation.case import Case, Deed, Pace, Trouble

    kinds: tuple[tuple[str, float, dict[str, str]], ...] = (
        ("throttles", 0.002, {"retry-after": "17"}), ("server errors", 0.005, {"status": "503"}),
        ("time-outs", 0.003, {"kind": "drop-after"}), ("bad starts", 0.1, {"kind": "drop-after"}),
        ("slow answers", 0.02, {"seconds": "3"}), ("hazy index", 1.0, {"seconds": "180", "kind": "lag"}),
        ("job killed", 0.1, {}), ("ingestion down", 0.05, {"kind": "503"}),
    )  # fmt: skip
    span = timedelta(days=days - 2)
    troubles = tuple(
        Trouble(kind=kind, number=number, begins=span * (number % 3) / 10, ends=span, rate=rate, more=more)
        for number, (kind, rate, more) in enumerate(kinds)
    )
    scenario = load(f"fleet-{clusters}", 0)
    held = [one.name for one in scenario.clusters if "azlocal-ring" in one.tags][3:6]
    deeds = tuple(
        Deed(kind=kind, at=span * share, target=name)
        for name in held for kind, share in (("hold cluster", 0.1), ("release cluster", 0.4))
    )  # fmt: skip
    pace = Pace(least=EVERY, rounds=int(span / EVERY * 2))
    return Case(
        seed=1, start=START, days=days - 2, scenario=scenario, pace=pace, troubles=troubles, deeds=deeds
    )  # fmt: skip


if __name__ == "__main__":
    take_part(soak, lambda: told)
