"""Everything that one simulated history depends on, as values: a seed draws it, shrinking makes it smaller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from azlocal.sandbox.scenarios.model import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that goes wrong again and again for a while.

    `number` names its own stream of chance, so that leaving out another one changes nothing here. *rate* is the
    share of requests (or reads, ticks) that it hits; `more` holds what its kind needs.
    """

    kind: str
    number: int
    begins: timedelta
    ends: timedelta
    rate: float = 1.0
    more: Mapping[str, str] = field(default_factory=dict)

    def active(self, since_start: timedelta) -> bool:
        """Return whether it is at work that long after the start."""
        return self.begins <= since_start < self.ends

    def told(self) -> str:
        """Return it in words."""
        more = "".join(f", {name} {value}" for name, value in self.more.items())
        share = "" if self.rate >= 1 else f", hits {self.rate:.0%}"
        return f"{self.kind}{share}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that somebody does once, other than azlocal.

    It happens between two ticks, or, where *request* is given, before that request of the tick that runs then: the
    one of that number, or the first `start` or `intent`. `target` is a cluster by name, a ring, or nothing.
    """

    kind: str
    at: timedelta
    target: str = ""
    request: int | str = 0
    more: Mapping[str, str] = field(default_factory=dict)

    def told(self) -> str:
        """Return it in words."""
        more = "".join(f" {name}={value}" for name, value in self.more.items())
        return f"{self.kind} {self.target}{more}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How ticks come: at least *least* apart while trouble lasts, at most *rounds* of them before it ends."""

    least: timedelta
    rounds: int
    runners: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One history before it happens. Trouble lasts *days*; then it ends, and the fleet is to come to rest."""

    seed: int
    start: datetime
    days: int
    scenario: Scenario
    pace: Pace
    troubles: tuple[Trouble, ...] = ()
    deeds: tuple[Deed, ...] = ()
    plan: str = ""
    """The plan's file, where it is an operator's own; else the scenario makes it."""
    lag: timedelta = timedelta(seconds=30)
    """How far Resource Graph lags behind when it lags evenly."""

    @property
    def trouble_ends(self) -> datetime:
        """Return when everything that goes wrong by the case has ended."""
        return self.start + timedelta(days=self.days)
