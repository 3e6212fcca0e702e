"""The sandbox's two times: its own clock, and the wall.

On the sandbox clock: `Date` headers, leases, operations, index lag, ingestion, `now()` in queries.
On the wall: token expiry, quotas, Retry-After, slow answers. Under the virtual clock both are one.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """What the sandbox asks of time."""

    def now(self) -> datetime:
        """Return the sandbox moment, in UTC."""

    def wall(self) -> float:
        """Return the wall clock in epoch seconds (the virtual moment under a virtual clock)."""

    def sleep(self, seconds: float) -> None:
        """Let *seconds* of wall time pass."""

    def advance(self, by: timedelta) -> None:
        """Move the sandbox clock forward."""


class RealClock:
    """A clock that runs by itself, *speed* sandbox seconds to one wall second."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        self._origin = time.monotonic()
        self._start = start or datetime.now(timezone.utc)
        self._speed = speed
        self._jumped = timedelta(0)

    def now(self) -> datetime:
        """Return the sandbox moment, in UTC."""
        run = timedelta(seconds=(time.monotonic() - self._origin) * self._speed)
        return self._start + run + self._jumped

    def wall(self) -> float:
        """Return the machine's epoch seconds."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Block for *seconds*."""
        time.sleep(seconds)

    def advance(self, by: timedelta) -> None:
        """Jump forward by *by*."""
        self._jumped += by


class VirtualClock:
    """A clock that stands still until told to move; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the virtual moment."""
        return self._now

    def wall(self) -> float:
        """Return the virtual moment in epoch seconds."""
        return self._now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move on by *seconds*."""
        self._now += timedelta(seconds=seconds)

    def advance(self, by: timedelta) -> None:
        """Move on by *by*."""
        self._now += by


def stamp(moment: datetime) -> str:
    """Format a moment as Azure does: seven fractional digits and Z."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def step_stamp(moment: datetime) -> str:
    """Format a moment as deployment steps do: whole seconds, no zone."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
