"""Files of upgrade inputs on this machine: read all, write new ones, overwrite none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from azlocal.errors import BadInput

ENDINGS = frozenset({".yaml", ".yml", ".csv"})


def read_files(place: Path) -> Mapping[str, str]:
    """Return the texts of a file, or of all YAML and CSV files of a folder, by name."""
    if place.is_file():
        return {place.name: read_file(place, "inputs")}
    if not place.is_dir():
        raise BadInput([f"inputs: '{place}' is neither a folder nor a file"], remedy="check the path of the inputs")
    found = sorted(path for path in place.iterdir() if path.suffix.lower() in ENDINGS and path.is_file())
    return {path.name: read_file(path, "inputs") for path in found}


def read_file(path: Path, what: str) -> str:
    """Return the text of a file in UTF-8; raise BadInput when it cannot be read."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadInput(
            [f"{what}: '{path}' could not be read: {error}"],
            remedy=f"check the path of the {what}, and that it is UTF-8",
        ) from error


def write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet, its folder too; return False when something is there already."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from error
    return True


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput([f"folder: '{path}' could not be written: {error}"], remedy="name another place")
