"""Gather what Azure Automation is given: `python tools/bundle.py FOLDER` makes it, `--lock` renews the lock.

Automation resolves no dependencies and compiles nothing: it takes wheels, each by an address (docs, "Python packages
in Azure Automation"). The folder then holds our wheel, the wheels that `arm-templates/automation/lock.txt` names, the
runbooks, `manifest.json`, and templates that know the names and hashes of all these.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "arm-templates" / "automation" / "lock.txt"
RUNBOOKS = ("detect_candidates", "validate_readiness", "apply_upgrade", "fleet_tick", "fleet_report")
# What the sandbox of a Python 3.10 runbook takes (Azure Automation docs; Linux x86-64).
TARGET = (
    "--only-binary=:all:", "--implementation=cp", "--python-version=3.10", "--platform=manylinux2014_x86_64",
    "--abi=cp310", "--abi=abi3", "--abi=none",
)  # fmt: skip
MOST = 100 * 1024 * 1024
"""Bytes of all files that a runtime environment may be made of (Azure Automation docs)."""
_HEAD = """\
# The packages that azlocal needs on Azure Automation's Python 3.10, each by version and hash.
# Renewed by: python tools/bundle.py --lock   (needs Python 3.10)
"""


def build(folder: Path) -> dict[str, Any]:
    """Fill *folder*, which must not hold anything else, and return the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    pip("download", "--no-deps", "--require-hashes", *TARGET, "--dest", folder, "-r", LOCK)
    for name in RUNBOOKS:
        shutil.copyfile(ROOT / "runbooks" / f"{name}.py", folder / f"{name}.py")
    manifest = manifest_of(folder)
    total = sum(one["size"] for one in manifest["packages"])
    if total > MOST:
        raise SystemExit(f"the packages have {total} bytes; Automation takes {MOST}")
    _write(folder / "manifest.json", manifest)
    for template in sorted((ROOT / "arm-templates").glob("*.json")):
        shutil.copyfile(template, folder / template.name)
    _write(folder / "main.json", filled(json.loads((folder / "main.json").read_text("utf-8")), manifest))
    return manifest


def manifest_of(folder: Path) -> dict[str, Any]:
    """Return what lies in *folder*: packages and runbooks, each with file, SHA-256 and size in bytes."""
    return {
        "version": "azlocal.bundle/1",
        "python": "3.10",
        "platform": "manylinux2014_x86_64",
        "packages": [
            {"name": name, "version": version, **_file(wheel)}
            for wheel in sorted(folder.glob("*.whl"))
            for name, version in [wheel.name.split("-")[:2]]
        ],
        "runbooks": [{"name": name, **_file(folder / f"{name}.py")} for name in RUNBOOKS],
    }


def _file(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"file": path.name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def filled(template: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """Return `main.json` with the manifest's packages and hashes as the defaults of its parameters."""
    names = ("name", "version", "file", "sha256")
    packages = [{name: one[name] for name in names} for one in manifest["packages"]]
    defaults = {"packages": packages, "runbookHashes": {one["name"]: one["sha256"] for one in manifest["runbooks"]}}
    parameters = {
        name: {**told, "defaultValue": defaults[name]} if name in defaults else told
        for name, told in template["parameters"].items()
    }
    return {**template, "parameters": parameters}


def resolve(python: str, requirements: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return (name, version, SHA-256) of the wheels that satisfy *requirements* on the target, newest first asked.

    *python* must be Python 3.10: markers are those of the interpreter that runs. Raises CalledProcessError when a
    package has no wheel for it.
    """
    with tempfile.TemporaryDirectory() as place:
        report = Path(place) / "report.json"
        pip(
            "install", "--dry-run", "--ignore-installed", "--target", place, *TARGET, "--report", report,
            *requirements, python=python,
        )  # fmt: skip
        found = json.loads(report.read_text("utf-8"))["install"]
    wheels = (
        (
            re.sub(r"[-_.]+", "-", one["metadata"]["name"]).lower(),
            one["metadata"]["version"],
            one["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for one in found
    )
    return sorted(wheels)


def declared() -> list[str]:
    """Return the run-time dependencies as the project declares them."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    section = re.search(r"^dependencies = \[(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    return re.findall(r'"([^"]+)"', section[1]) if section else []


def lock(python: str) -> str:
    """Return the lock's text for the newest packages that fit the target."""
    wheels = resolve(python, declared())
    return _HEAD + "".join(f"{name}=={version} --hash=sha256:{digest}\n" for name, version, digest in wheels)


def pip(*arguments: object, python: str = sys.executable) -> None:
    """Run pip; what it prints is shown only when it fails."""
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        done.check_returncode()


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """Make the bundle, or renew the lock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist" / "bundle")
    parser.add_argument(
        "--lock", metavar="PYTHON", nargs="?", const="python3.10", help="Renew the lock, by Python 3.10."
    )
    given = parser.parse_args(arguments)
    if given.lock:
        LOCK.write_text(lock(given.lock), "utf-8")
        return 0
    manifest = build(given.folder)
    size = sum(one["size"] for one in manifest["packages"])
    print(f"{given.folder}: {len(manifest['packages'])} packages, {size / 1024 / 1024:.1f} MB, and the runbooks")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
