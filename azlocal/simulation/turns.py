"""Several runners, one at a time: the only point at which they change places is a request they send."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

Take = Callable[[], None]
Job = Callable[[Take], Any]


class Killed(BaseException):
    """The runner's process is gone: nothing of it runs any more, not even its clean-up."""


class Turns:
    """Runs jobs in threads and lets one of them go on at a time; the seed says who is next."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._state = threading.Condition()
        self._waiting: dict[int, threading.Semaphore] = {}
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
            results[place] = job(lambda: self._take(place))
        except BaseException as error:  # what a killed or broken runner raises is a result, too
            results[place] = error
        with self._state:
            self._alive -= 1
            self._state.notify()

    def _take(self, place: int) -> None:
        gate = threading.Semaphore(0)
        with self._state:
            self._waiting[place] = gate
            self._state.notify()
        gate.acquire()

    def _next(self) -> bool:
        """Wait until every runner waits for its turn or has ended, then let one go on."""
        with self._state:
            self._state.wait_for(lambda: len(self._waiting) == self._alive)
            if not self._waiting:
                return False
            place = self._random.choice(sorted(self._waiting))
            self._waiting.pop(place).release()
            return True
