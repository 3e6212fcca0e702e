"""From a seed to a case: a fleet, what goes wrong in its world, and what people do meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from azlocal.sandbox.scenarios.model import ClusterSpec, Scenario
from azlocal.sandbox.world import SWITCHES
from azlocal.simulation.case import Case, Deed, Pace, Trouble
from azlocal.simulation.fleets import fleet, weighted

_EARLIEST = datetime(2026, 1, 1, tzinfo=timezone.utc)
_MOMENTS = (
    datetime(2026, 3, 25, tzinfo=timezone.utc), datetime(2026, 10, 21, tzinfo=timezone.utc),
    datetime(2027, 12, 26, tzinfo=timezone.utc), datetime(2028, 2, 25, tzinfo=timezone.utc),
)  # fmt: skip
"""Clocks change, years turn and leap days come soon after these."""
_RARE = {
    "storage-firewall-lease": 0.02, "echo": 0.08, "validate-in-place": 0.1, "second-put-while-running": 0.3,
    "repeated-deploy": 0.35, "deploy-without-validate": 0.3,
}  # fmt: skip
"""How often a setting other than the first is drawn, where it would stop most of a fleet; else half the time."""


def draw(seed: int, days: int = 60) -> Case:
    """Return the case of *seed*; its trouble ends early enough for the fleet to come to rest within *days*."""
    chance = random.Random(f"azlocal-{seed}")
    start = _start(chance)
    troubled = max(1, min(days // 2, weighted(chance, ((2, 3), (4, 4), (8, 3), (14, 1)))))
    scenario = fleet(chance, start, troubled)
    scenario = replace(scenario, switches=switches(chance), page_size=chance.choice((None, None, None, 5)))
    return surround(seed, chance, scenario, start, troubled)


def surround(
    seed: int, chance: random.Random, scenario: Scenario, start: datetime, days: int, rings: Sequence[str] = ()
) -> Case:
    """Return the case of a fleet that is given: with trouble, deeds and a pace of its own.

    *rings* are those of a plan that is not the scenario's own.
    """
    span = timedelta(days=days)
    names = rings or [str(one["name"]) for one in scenario.plan.get("rings", ())]
    return Case(
        seed=seed, start=start, days=days, scenario=scenario,
        pace=Pace(
            least=timedelta(minutes=chance.choice((10, 20, 45, 60, 120))), rounds=chance.randint(10, 24),
            runners=chance.choice((1, 1, 2, 2, 3)),
        ),
        troubles=tuple(_troubles(chance, scenario, span)), deeds=tuple(_deeds(chance, scenario, span, names)),
        lag=timedelta(seconds=chance.choice((0, 30, 30, 120, 300))),
    )  # fmt: skip


def _start(chance: random.Random) -> datetime:
    if chance.random() < 0.3:
        day = chance.choice(_MOMENTS)
    else:
        day = _EARLIEST + timedelta(days=chance.randrange(365 * 3))
    return day + timedelta(minutes=chance.randrange(24 * 60))


def switches(chance: random.Random) -> Mapping[str, str]:
    """Return a setting for every unconfirmed behaviour of Azure, each by itself: a new one changes no other."""
    found, drawn = {}, chance.randrange(2**31)
    for name, (usual, *others) in SWITCHES.items():
        chance = random.Random(f"{drawn}-{name}")
        odd = chance.random() < _RARE.get(name, 0.5)
        found[name] = chance.choice(others) if odd else usual
    return found


# what goes wrong

_Draw = Callable[[random.Random, Scenario], tuple[float, Mapping[str, str]]]


def _plain(*rates: float) -> _Draw:
    return lambda chance, scenario: (chance.choice(rates), {})


def _throttles(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.02, 0.05, 0.2)), {"retry-after": chance.choice(("", "", "1", "17", "45", "300"))}


def _broken(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.02, 0.05, 0.2)), {"status": chance.choice(("500", "502", "503", "504"))}


def _timeouts(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.01, 0.03, 0.1)), {"kind": chance.choice(("drop-before", "drop-after", "late"))}


def _starts(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    kind = chance.choice(("drop-before", "drop-after", "late", "429", "500", "503", "401"))
    return chance.choice((0.3, 0.6, 1.0)), {"kind": kind}


def _slow(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.02, 0.1, 0.3)), {"seconds": chance.choice(("3", "15", "50"))}


def _slow_intents(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.5, 0.8)), {"kind": chance.choice(("429", "429", "slow", "503"))}


def _rows(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    most = chance.choice(("30", "180", "600"))
    return 1.0, {"seconds": most, "kind": chance.choice(("lag", "hide", "lose", "double", "short", "all"))}


def _blind(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return 1.0, {"subscription": chance.choice(scenario.subscriptions).id}


def _ingestion(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return chance.choice((0.5, 1.0, 1.0)), {"kind": chance.choice(("503", "403", "429", "drop-after", "drop-before"))}


def _tags(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    spec = chance.choice(scenario.clusters)
    return 1.0, {"group": "/".join(spec.id.split("/")[:5])}


def _late(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return 1.0, {"minutes": chance.choice(("2", "10", "45"))}


def _skew(chance: random.Random, scenario: Scenario) -> tuple[float, Mapping[str, str]]:
    return 1.0, {"hours": chance.choice(("-30", "-2", "1", "9", "4000"))}


_TROUBLES: tuple[tuple[str, _Draw, int], ...] = (
    ("throttles", _throttles, 5), ("server errors", _broken, 4), ("time-outs", _timeouts, 4), ("bad starts", _starts, 5),
    ("slow answers", _slow, 5), ("slow intents", _slow_intents, 3), ("hazy index", _rows, 7), ("read right lost", _blind, 3),
    ("token expired", _plain(0.02, 0.1), 2), ("ingestion down", _ingestion, 4), ("tags denied", _tags, 2),
    ("states late", _late, 3), ("job killed", _plain(0.1, 0.3, 0.6), 6), ("several runners", _plain(0.3, 0.7, 1.0), 6),
    ("clock skewed", _skew, 2), ("deadline", _plain(0.3), 1),
)  # fmt: skip

KINDS_OF_TROUBLE = tuple(kind for kind, _, _ in _TROUBLES)


def _troubles(chance: random.Random, scenario: Scenario, span: timedelta) -> Iterator[Trouble]:
    kinds = [((kind, make), weight) for kind, make, weight in _TROUBLES]
    for number in range(chance.choice((0, 1, 2, 3, 4, 5, 6))):
        kind, make = weighted(chance, kinds)
        rate, more = make(chance, scenario)
        begins = span * chance.choice((0.0, 0.0, chance.random() * 0.7))
        ends = span if chance.random() < 0.4 else begins + (span - begins) * chance.random()
        yield Trouble(kind=kind, number=number, begins=begins, ends=ends, rate=rate, more=more)


# what people do

_DEEDS = (
    ("hold cluster", 6), ("hold group", 2), ("hold subscription", 2), ("pause", 3), ("withdraw approval", 3),
    ("approve briefly", 3), ("change plan", 4), ("change inputs", 4), ("foreign validate", 3), ("foreign deploy", 3),
    ("prune deployments", 2), ("remove intent", 1), ("garble intent", 1), ("unring", 2), ("change ring", 2),
    ("narrow window", 2), ("disconnect", 2), ("break lease", 2), ("attest no", 1), ("pause plan", 1), ("move approval on", 1),
)  # fmt: skip

KINDS_OF_DEED = tuple(kind for kind, _ in _DEEDS)


def _deeds(chance: random.Random, scenario: Scenario, span: timedelta, rings: Sequence[str]) -> Iterator[Deed]:
    members = [one for one in scenario.clusters if "azlocal-ring" in one.tags] or list(scenario.clusters)
    for _ in range(chance.choice((0, 1, 2, 3, 4, 6))):
        kind = weighted(chance, _DEEDS)
        at = span * chance.random()
        target = _target(chance, kind, members, rings)
        request = chance.choice((0, 0, 0, chance.randint(1, 40), "intent", "start"))
        more = {"draw": str(chance.randrange(2**31))}
        yield Deed(kind=kind, at=at, target=target, request=request, more=more)
        undone = _UNDONE.get(kind)
        if undone is not None and chance.random() < 0.7:
            later = at + (span - at) * chance.random()
            yield Deed(kind=undone, at=later, target=target, more=more)


_UNDONE = {
    "hold cluster": "release cluster", "hold group": "release group", "hold subscription": "release subscription",
    "pause": "lift pause", "unring": "ring again", "disconnect": "connect", "pause plan": "lift plan's pause",
    "attest no": "attest no more", "narrow window": "widen window",
}  # fmt: skip
"""Deed → what takes it back; when trouble ends, the good operator does so with all that still stands."""


def _target(chance: random.Random, kind: str, members: list[ClusterSpec], rings: Sequence[str]) -> str:
    if "approv" in kind:
        return chance.choice(rings) if rings else ""
    return "" if "pause" in kind or kind in {"break lease", "change plan"} else chance.choice(members).name
