"""What a case's troubles do to requests, and to the world behind them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from azlocal.sandbox.faults import Fault, Faults
from azlocal.sandbox.providers.policies import deny_tags
from azlocal.sandbox.query.haze import Haze
from azlocal.sandbox.wire import Request
from azlocal.sandbox.world import Azure
from azlocal.simulation.case import Case, Trouble

_START = "/deployments/azl-up-"
_TIMEOUT, _START_TIMEOUT = 60.0, 25.0
"""Seconds after which a client gives up waiting: a little below what the product waits for a read and a start."""
_LANDS_WITHIN = 50.0
"""A request that a client has given up on has reached Azure this many seconds later, or never does."""
_SHARES = {"hide": "hides", "lose": "loses", "double": "doubles", "short": "short"}


def _is_start(request: Request) -> bool:
    return request.method == "PUT" and _START in request.path.lower()


def _is_ingestion(request: Request) -> bool:
    return request.path.lower().startswith("/datacollectionrules/")


Make = Callable[[Trouble, Request, random.Random], "Fault | None"]


class Weather(Faults):
    """Faults as the troubles of a case bring them, on top of those on order. Calm once `calm` is set."""

    def __init__(self, case: Case, azure: Azure) -> None:
        super().__init__()
        self.calm = False
        self._case = case
        self._azure = azure
        self._chances = {one.number: random.Random(f"{case.seed}:{one.number}") for one in case.troubles}
        self._wire = [one for one in case.troubles if one.kind in _ON_THE_WIRE]
        self._denied: dict[int, str] = {}

    def take(self, request: Request) -> Fault | None:
        """Return what hits *request*: a fault on order first, then trouble."""
        ordered = super().take(request)
        if ordered is not None or self.calm:
            return ordered
        since = self._azure.clock.now() - self._case.start
        for trouble in self._wire:
            chance = self._chances[trouble.number]
            if trouble.active(since) and chance.random() < trouble.rate:
                fault = _ON_THE_WIRE[trouble.kind](trouble, request, chance)
                if fault is not None:
                    return fault
        return None

    @contextmanager
    def held_off(self) -> Iterator[None]:
        """Hold trouble off for a while."""
        calm, self.calm = self.calm, True
        try:
            yield
        finally:
            self.calm = calm

    def active(self, kind: str) -> Trouble | None:
        """Return the trouble of *kind* that is at work now, or None."""
        since = self._azure.clock.now() - self._case.start
        found = (one for one in self._case.troubles if one.kind == kind and one.active(since))
        return None if self.calm else next(found, None)

    def chance(self, trouble: Trouble) -> random.Random:
        """Return a trouble's own stream of chance."""
        return self._chances[trouble.number]

    def settle_in(self, now: datetime) -> None:
        """Let the world behind the wire be as the troubles at work have it."""
        since = now - self._case.start
        at_work = [] if self.calm else [one for one in self._case.troubles if one.active(since)]
        azure = self._azure
        hazy = next((one for one in at_work if one.kind == "hazy index"), None)
        azure.haze = None if hazy is None else self._haze(hazy)
        azure.unreadable = {one.more["subscription"] for one in at_work if one.kind == "read right lost"}
        late = next((one for one in at_work if one.kind == "states late"), None)
        azure.report_lag = timedelta(minutes=int(late.more["minutes"])) if late else timedelta(0)
        self._deny({one.number: one.more["group"] for one in at_work if one.kind == "tags denied"})

    def _haze(self, trouble: Trouble) -> Haze:
        kind = trouble.more["kind"]
        shares = {name: 0.15 for word, name in _SHARES.items() if kind in {word, "all"}}
        more = {"forgets": 0.5} if "short" in shares else {}
        longest = timedelta(seconds=int(trouble.more["seconds"]))
        return Haze(self._chances[trouble.number], longest, **shares, **more)

    def _deny(self, wanted: Mapping[int, str]) -> None:
        for number in set(self._denied) - set(wanted):
            self._azure.store.delete(self._denied.pop(number))
        for number, group in wanted.items():
            if number not in self._denied:
                self._denied[number] = deny_tags(self._azure, group)["id"]


def _status(status: int, code: str = "", retry_after: str = "") -> Fault:
    return Fault("status", status=status, code=code, retry_after=float(retry_after) if retry_after else None)


def _cut(kind: str, request: Request, chance: random.Random) -> Fault:
    if kind == "late":
        return Fault("late", seconds=round(1 + chance.random() * (_LANDS_WITHIN - 1), 1))
    return Fault(kind, seconds=_START_TIMEOUT if _is_start(request) else _TIMEOUT)


def _of_kind(kind: str, request: Request, chance: random.Random) -> Fault:
    """Return the fault that a word stands for: a status, or a way to lose the connection."""
    if not kind.isdecimal():
        return _cut(kind, request, chance)
    code = "ExpiredAuthenticationToken" if kind == "401" else ""
    return _status(int(kind), code, chance.choice(("", "5")) if kind == "429" else "")


def _slow(trouble: Trouble, request: Request, chance: random.Random) -> Fault:
    seconds = float(trouble.more["seconds"]) * chance.random()
    return Fault("slow", seconds=min(round(seconds, 1), _START_TIMEOUT - 5 if _is_start(request) else _TIMEOUT))


def _slow_intent(trouble: Trouble, request: Request, chance: random.Random) -> Fault | None:
    if request.method != "PATCH":
        return None
    if trouble.more["kind"] == "slow":
        return Fault("slow", seconds=chance.choice((10.0, 40.0, 60.0)))
    return _status(int(trouble.more["kind"]), "", chance.choice(("20", "45", "60")))


def _bad_start(trouble: Trouble, request: Request, chance: random.Random) -> Fault | None:
    return _of_kind(trouble.more["kind"], request, chance) if _is_start(request) else None


def _no_ingestion(trouble: Trouble, request: Request, chance: random.Random) -> Fault | None:
    return _of_kind(trouble.more["kind"], request, chance) if _is_ingestion(request) else None


_ON_THE_WIRE: Mapping[str, Make] = {
    "throttles": lambda trouble, request, chance: _status(429, "", trouble.more["retry-after"]),
    "server errors": lambda trouble, request, chance: _status(int(trouble.more["status"])),
    "time-outs": lambda trouble, request, chance: _cut(trouble.more["kind"], request, chance),
    "bad starts": _bad_start,
    "slow answers": _slow,
    "slow intents": _slow_intent,
    "token expired": lambda trouble, request, chance: _status(401, "ExpiredAuthenticationToken"),
    "ingestion down": _no_ingestion,
}
