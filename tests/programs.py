"""The programs that some tests need beside the Python they run on, and where they are on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

NEED_ALL = "NEED_EVERY_PROGRAM"
"""Set to anything, this environment variable makes a missing program a failure instead of a skip."""

ALL = ("python3.10", "python3.13", "node", "chromium")
_OTHER_NAMES = {"chromium": ("chromium-browser", "google-chrome", "google-chrome-stable", "chrome")}


@cache
def find(program: str) -> str | None:
    """Return the path of a program that starts, or None."""
    return next(filter(_starts, _candidates(program)), None)


def _candidates(program: str) -> Iterator[str]:
    for name in (program, *_OTHER_NAMES.get(program, ())):
        if path := shutil.which(name):
            yield path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    version = program.removeprefix("python")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/{program}"), reverse=True))


def _starts(path: str) -> bool:
    # A shim may stand where its program does not.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
