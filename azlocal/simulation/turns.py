"""Several runners, one at a time: they change places only in their transport, when one sends a request or waits."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox.clock import VirtualClock

Take = Callable[[], None]
Job = Callable[[Take], Any]


class Killed(BaseException):
    """The runner's process is gone: nothing of it runs any more, not even its clean-up."""


class SharedClock(VirtualClock):
    """A virtual clock on which one runner may wait while others go on: time passes when all of them wait."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self._here = threading.local()

    def waits_by(self, wait: Callable[[float], None] | None) -> None:
        """Let the thread that calls this wait by *wait* from now on; None: by moving the clock."""
        self._here.wait = wait

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass for whoever calls this."""
        wait = getattr(self._here, "wait", None)
        if wait is None:
            super().sleep(seconds)
        else:
            wait(seconds)


class Turns:
    """Runs jobs in threads and lets one of them go on at a time; the seed says who is next of those that need not wait."""

    def __init__(self, seed: int, clock: SharedClock) -> None:
        self._random = random.Random(seed)
        self._clock = clock
        self._state = threading.Condition()
        self._waiting: dict[int, tuple[datetime, threading.Semaphore]] = {}
        self._alive = 0

    def run(self, jobs: Sequence[Job]) -> list[Any]:
        """Run every job to its end; return what each returned or raised."""
        results: list[Any] = [None] * len(jobs)
        self._alive = len(jobs)
        threads = [
            threading.Thread(target=self._job, args=(place, job, results), daemon=True)
            for place, job in enumerate(jobs)
        ]
        for thread in threads:
            thread.start()
        while self._next():
            pass
        for thread in threads:
            thread.join()
        return results

    def _job(self, place: int, job: Job, results: list[Any]) -> None:
        try:
            self._take(place)
            self._clock.waits_by(lambda seconds: self._take(place, seconds))
            results[place] = job(lambda: self._take(place))
        except BaseException as error:  # what a killed or broken runner raises is a result, too
            results[place] = error
        with self._state:
            self._alive -= 1
            self._state.notify()

    def _take(self, place: int, seconds: float = 0.0) -> None:
        """Wait for the next turn, which comes *seconds* from now at the earliest."""
        gate = threading.Semaphore(0)
        with self._state:
            self._waiting[place] = (self._clock.now() + timedelta(seconds=seconds), gate)
            self._state.notify()
        gate.acquire()

    def _next(self) -> bool:
        """Wait until every runner waits for its turn or has ended, then let one go on."""
        with self._state:
            self._state.wait_for(lambda: len(self._waiting) == self._alive)
            if not self._waiting:
                return False
            soonest = min(at for at, _ in self._waiting.values())
            self._clock.advance(max(timedelta(0), soonest - self._clock.now()))
            now = self._clock.now()
            place = self._random.choice(sorted(place for place, (at, _) in self._waiting.items() if at <= now))
            self._waiting.pop(place)[1].release()
            return True
