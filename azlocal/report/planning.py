"""The check of a plan: its rings in short, and the warnings with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azlocal.core.digest import short
from azlocal.core.forecast import RingForecast
from azlocal.core.plan import Ring
from azlocal.report.tables import Column, table
from azlocal.report.text import count, wrap
from azlocal.service.planning import Checked
from azlocal.words import length


def check_page(found: Checked, width: int | None = None) -> str:
    """Return the page of a plan without mistakes."""
    head = f"{found.place}: no mistake, {count(len(found.warnings), 'warning')}; plan {short(found.plan.digest)}"
    return "\n".join([*wrap(head, width), *_warnings(found, width), *_rings(found, width), *_hint(found, width)])


def _warnings(found: Checked, width: int | None) -> Iterator[str]:
    for warning in found.told:
        yield from wrap(warning, width, first="  ", then="    ")


_COLUMNS = (
    Column("Ring"), Column("Expected"), Column("Selected", 0, 1), Column("At once"), Column("Budget", 0, 5),
    Column("Soak", 0, 4), Column("Gate", 0, 3), Column("Windows", 0, 2),
)  # fmt: skip


def _rings(found: Checked, width: int | None) -> Iterator[str]:
    if found.plan.rings:
        yield ""
        yield from table(_COLUMNS, check_rows(found), width).lines


def _hint(found: Checked, width: int | None) -> Iterator[str]:
    if found.forecast is None:
        yield ""
        yield from wrap("Add --census FILE to see whom each ring selects: azlocal-upgrade census -o json > FILE", width)


def check_rows(found: Checked) -> Iterator[Sequence[str]]:
    """Yield a row for each ring: name, expected, selected, at once, failure budget, soak, gate, windows."""
    for ring, seen in _pairs(found):
        limit = str(ring.max_concurrent)
        ramp = f" (ramp {', '.join(map(str, ring.ramp))})" if ring.ramp else ""
        yield (
            ring.name, str(ring.expect), str(seen.members) if seen else "?", limit + ramp, str(ring.failure_budget),
            length(ring.soak), ring.gate, str(len(ring.windows)),
        )  # fmt: skip


def _pairs(found: Checked) -> Iterator[tuple[Ring, RingForecast | None]]:
    seen: Sequence[RingForecast | None] = found.forecast.rings if found.forecast else [None] * len(found.plan.rings)
    return zip(found.plan.rings, seen)


def check_document(found: Checked) -> dict[str, Any]:
    """Return the check as a document."""
    return {
        "version": "azlocal.planCheck/1",
        "place": found.place,
        "planDigest": short(found.plan.digest),
        "warnings": [{"line": one.line, "path": one.path, "message": one.message} for one in found.warnings],
        "rings": [
            {"name": ring.name, "expect": ring.expect, "selected": seen.members if seen else None}
            for ring, seen in _pairs(found)
        ],
    }
