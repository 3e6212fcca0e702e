"""What a long command shows while it works: one line on standard error, on a terminal alone, gone when it is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

from azlocal.report.text import span

PATIENCE = 1.0
"""Seconds before anything is shown: what is quick needs no word."""
_EVERY = 1.0
_CLEAR = "\r\x1b[K"


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show *what* is done and for how long, where somebody can see it. The time shown is the machine's."""
    if not sys.stderr.isatty():
        yield
        return
    done = Event()
    teller = Thread(target=_tell, args=(what, done), daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(what: str, done: Event) -> None:
    began, shown = time.monotonic(), False
    wait = PATIENCE
    while not done.wait(wait):
        sys.stderr.write(_CLEAR + line(what, time.monotonic() - began))
        sys.stderr.flush()
        wait, shown = _EVERY, True
    if shown:
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()


def line(what: str, seconds: float) -> str:
    """Return the line: no wider than the narrowest terminal."""
    return f"{what}: {span(timedelta(seconds=seconds))}"[:39]
