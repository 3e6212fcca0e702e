"""OS builds and extension versions, ordered."""

from __future__ import annotations

import re
from functools import lru_cache

_OS = re.compile(r"10\.0\.(\d{5})(?:\.(\d+))?", re.ASCII)
_NUMBERS = re.compile(r"\d+(?:\.\d+)+", re.ASCII)


# A fleet has few builds and versions, each on many machines.
@lru_cache(maxsize=1024)
def os_build(text: str) -> tuple[int, int | None] | None:
    """Return (family, revision) of `10.0.25398.1904`; None when it is no such version."""
    found = _OS.match(text.strip())
    if found is None:
        return None
    return int(found[1]), int(found[2]) if found[2] else None


@lru_cache(maxsize=1024)
def numbers(text: str) -> tuple[int, ...] | None:
    """Return the numbers of a dotted version, or None."""
    found = _NUMBERS.match(text.strip())
    return tuple(int(part) for part in found[0].split(".")) if found else None
