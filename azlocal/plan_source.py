"""Where a plan's text comes from: a file, or a blob read by a connection to Azure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from azlocal.errors import BadInput

if TYPE_CHECKING:
    from azlocal.azure.clients import Connection


def no_plan() -> NoReturn:
    """Raise BadInput: a plan is needed and none was named."""
    raise BadInput(
        ["plan: no fleet plan was named"],
        remedy="name one with --plan, the key `plan`, or AZLOCAL_PLAN (a file or an https blob URL)",
    )


def remote(place: str) -> bool:
    """Return whether *place* is a URL."""
    return place.lower().startswith("https://")


def plan_text(place: str, by: Callable[[], Connection]) -> str:
    """Return the text of the plan at *place*; raise BadInput when none was named or it cannot be read."""
    if not place:
        no_plan()
    if remote(place):
        from azlocal.azure.blobs import read_text

        return read_text(by(), place)
    from azlocal.files.inputs_folder import read_file

    return read_file(Path(place), "plan")
