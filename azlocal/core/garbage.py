"""Making many values at once, without a search for cyclic garbage among them: there is none, and it takes long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for cyclic garbage only afterwards, and not at all where it does not anyway.

    Over a fleet of 10,000 clusters the searches take a third of what deciding takes.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def set_aside() -> Iterator[None]:
    """Let Python look for cyclic garbage only among what is made from now on: what is there is much, and stays.

    While the rows of 10,000 clusters are sent, the searches would take two thirds of the time. Where Python does not
    look at all, nothing is to be set aside, and what somebody else has set aside stays so.
    """
    if not gc.isenabled():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
