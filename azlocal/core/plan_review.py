"""What a plan says rightly and yet most likely does not mean: warnings, with the place of the key they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from azlocal.core.data.thresholds import UPGRADE_EXPECTED
from azlocal.core.facts import ClusterFacts
from azlocal.core.forecast import FleetForecast
from azlocal.core.limits import Share
from azlocal.core.narrowing import LEGACY, narrowing
from azlocal.core.outlook import longest
from azlocal.core.plan import FleetPlan, Ring
from azlocal.words import length

Place = tuple[str | int, ...]
Warned = tuple[Place, str]
_MOST_NAMED = 5


def review(plan: FleetPlan, now: datetime) -> Iterator[Warned]:
    """Yield what the plan alone shows; *now* says which year's clock changes count and what is over."""
    for name, why in (("control", "a pause cannot be ruled out"), ("lease", "nobody knows who else starts")):
        if not getattr(plan, name):
            yield (name,), f"is not given, so nothing starts: {why}"
    if not plan.rings:
        yield ("rings",), "there is no ring, so nothing starts"
    for place, ring in enumerate(plan.rings):
        for path, message in _ring(ring, now):
            yield ("rings", place, *path), message
    yield from _hidden(plan.rings)
    yield from _over(plan, now)


def _ring(ring: Ring, now: datetime) -> Iterator[Warned]:
    if not ring.windows:
        yield ("windows",), "there is no window, so nothing is ever deployed in this ring"
    elif (most := longest(ring.windows, now)) < UPGRADE_EXPECTED:
        yield (
            ("windows",),
            f"open for {length(most)} at most; an upgrade needs {length(UPGRADE_EXPECTED)}",
        )
    narrow = [size for size in ring.ramp if _is_more(size, ring.max_concurrent)]
    if narrow:
        yield ("ramp",), f"a stage of {narrow[0]} is let in {ring.max_concurrent} at a time, as maxConcurrent says"
    for place, cap in enumerate(ring.caps):
        if isinstance(ring.max_concurrent, int) and cap.max >= ring.max_concurrent:
            yield ("caps", place), f"never matters: the ring starts no more than {ring.max_concurrent} at once anyway"


def _is_more(size: int | Share, limit: int | Share) -> bool:
    if isinstance(size, Share) and isinstance(limit, Share):
        return size.percent > limit.percent
    return isinstance(size, int) and isinstance(limit, int) and size > limit


def _hidden(rings: Sequence[Ring]) -> Iterator[Warned]:
    everything = next((place for place, ring in enumerate(rings) if ring.select.all), None)
    for place in range(len(rings)) if everything is not None else ():
        if everything is not None and place > everything:
            yield (
                ("rings", place, "select"),
                f"selects nothing: ring {rings[everything].name} before it takes every cluster",
            )


def _over(plan: FleetPlan, now: datetime) -> Iterator[Warned]:
    today = now.date()
    for place, freeze in enumerate(plan.freezes):
        if not freeze.yearly and freeze.last < today - timedelta(days=1):
            yield ("freezes", place), f"is over since {freeze.last}"
    for place, one in enumerate(plan.attestations):
        if one.until is not None and one.until < today:
            yield ("attestations", place), f"no longer holds: it ended with {one.until}"


def review_fleet(plan: FleetPlan, clusters: Iterable[ClusterFacts], found: FleetForecast) -> Iterator[Warned]:
    """Yield what the plan means for the clusters that were seen, by the forecast *found* of them."""
    for place, ring in enumerate(found.rings):
        expected = plan.rings[place].expect
        if not ring.members:
            yield ("rings", place, "select"), "selects none of the clusters that were seen"
        elif ring.members < expected:
            yield ("rings", place, "expect"), f"{expected} are expected and {ring.members} were seen, so the ring halts"
        elif ring.members > expected:
            message = f"{ring.members} were seen and {expected} are expected: {ring.members - expected} could vanish unnoticed"
            yield ("rings", place, "expect"), message
        for one in ring.never:
            yield ("rings", place), f"{one.name} can never be upgraded: {one.message}"
    if found.outside:
        yield ("rings",), f"no ring selects {_named([one.name for one in found.outside])}"
    yield from _tags(clusters)


def _tags(clusters: Iterable[ClusterFacts]) -> Iterator[Warned]:
    legacy: dict[str, list[str]] = {}
    for cluster in clusters:
        for problem in narrowing(cluster.tags).problems:
            yield (), f"{cluster.name} is held: {problem}"
        for name in cluster.tags:
            if name.lower() in LEGACY:
                legacy.setdefault(name, []).append(cluster.name)
    for name, names in legacy.items():
        yield (), f"{_named(names)}: the tag {name} is read, but its name is {LEGACY[name.lower()]} now"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
