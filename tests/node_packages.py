"""The packages of the npm registry that some tests need: installed once beside their list, `tests/node/package.json`."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent / "node"


def installed() -> Path:
    """Return `tests/node` with its packages in it, in the versions it names; raise CalledProcessError without npm's help.

    Several test processes may ask at once: one installs, the others wait.
    """
    with (FOLDER / ".gitignore").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _complete():
            command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, timeout=300)
    return FOLDER


def _complete() -> bool:
    wanted = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    return all(_version(name) == version for name, version in wanted.items())


def _version(name: str) -> str | None:
    path = FOLDER / "node_modules" / name / "package.json"
    return json.loads(path.read_text("utf-8"))["version"] if path.exists() else None
