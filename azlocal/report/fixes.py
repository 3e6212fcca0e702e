"""The worklist to hand out: what is to be done, by whom, for which clusters, and for how long it has kept them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azlocal.core.rollout import ClusterDecision
from azlocal.core.times import format_time
from azlocal.core.worklist import Fix, total, worklist
from azlocal.files.inputs_codes import CODES
from azlocal.report.sheets import Sheet
from azlocal.report.text import count, some, wrap
from azlocal.service.look import FleetLook

_MOST_DETAILS = 3
_HEADING = (
    "Do", "Who", "Clusters", "Names", "Machines", "Sites", "Owners", "DaysBlockedAtLeast", "Checks", "Details", "Links",
)  # fmt: skip


def fixes(look: FleetLook, shown: Sequence[ClusterDecision], *, warnings: bool = False) -> tuple[Fix, ...]:
    """Return the worklist for the clusters that are shown of a fleet; *warnings* are what blocks nothing yet."""
    return worklist(shown, look.now, CODES, warnings=warnings)


def fixes_page(found: Sequence[Fix], width: int | None = None) -> str:
    """Return the worklist for people."""
    if not found:
        return "nothing to do: no cluster waits for anybody"
    head = f"{count(len(found), 'thing')} to do, for {count(total(found), 'cluster')}"
    return "\n".join([*wrap(head, width), *(line for fix in found for line in _fix(fix, width))])


def _fix(fix: Fix, width: int | None) -> Iterator[str]:
    yield ""
    days = f", at least {count(fix.days, 'day')}" if fix.days else ""
    yield from wrap(f"{fix.who}, {count(fix.count, 'cluster')}{days}: {fix.remedy}", width, then="    ")
    where = [
        some(fix.clusters, 6),
        f"machines {some(fix.machines, 6)}" if fix.machines else "",
        f"site {some(fix.sites)}" if fix.sites else "",
        f"owner {some(fix.owners)}" if fix.owners else "",
    ]
    yield from wrap("; ".join(part for part in where if part), width, first="    ")
    for link in fix.links:
        yield from wrap(link, width, first="    ")
    for detail in fix.details[:_MOST_DETAILS]:
        yield from wrap(detail, width, first="      ", most=2)
    if len(fix.details) > _MOST_DETAILS:
        yield f"      and {len(fix.details) - _MOST_DETAILS} more"


def fixes_sheet(found: Sequence[Fix]) -> Sheet:
    """Return the worklist for a spreadsheet."""
    return Sheet(_HEADING, (_row(fix) for fix in found))


def _row(fix: Fix) -> tuple[object, ...]:
    listed = (fix.clusters, fix.machines, fix.sites, fix.owners)
    names = ("; ".join(one) for one in listed)
    shown = ("; ".join(fix.checks), " | ".join(fix.details), " ".join(fix.links))
    return (fix.remedy, fix.who, fix.count, *names, fix.days, *shown)


def fixes_document(look: FleetLook, found: Sequence[Fix]) -> dict[str, Any]:
    """Return the worklist for programs."""
    return {
        "version": "azlocal.fixes/1",
        "now": format_time(look.now),
        "cloud": look.cloud,
        "planDigest": look.plan_digest,
        "complete": not look.problems,
        "problems": list(look.problems),
        "clusterCount": total(found),
        "fixes": [
            {
                "do": fix.remedy, "who": fix.who, "count": fix.count, "clusters": list(fix.clusters),
                "machines": list(fix.machines), "sites": list(fix.sites), "owners": list(fix.owners),
                "daysBlockedAtLeast": fix.days, "checks": list(fix.checks), "details": list(fix.details),
                "links": list(fix.links),
            }
            for fix in found
        ],
    }  # fmt: skip
