"""Options and files that several commands take: a census to work on instead of Azure, and a duration."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from azlocal.core.times import parse_duration
from azlocal.errors import BadInput

census_option: Callable[[Any], Any] = click.option(
    "--census", "snapshot", metavar="FILE", help="Work on a file that census -o json wrote; Azure is not asked."
)


def read_json(place: str) -> object:
    """Return what a census file holds; raise BadInput when it cannot be read."""
    try:
        found: object = json.loads(Path(place).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput([f"census: '{place}' could not be read: {error}"], remedy="check the path") from error
    return found


def read_every(text: str) -> timedelta:
    """Return how often ticks run."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadInput([f"every: {error}"], remedy="say how often ticks run, such as --every PT1H") from error
