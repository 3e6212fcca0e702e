"""What every simulation runs under."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _only_histories_are_collected() -> Iterator[None]:
    """Keep the garbage collector to what histories leave: a process that has seen large fleets holds gigabytes."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
