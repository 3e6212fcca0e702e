"""The words in which a file's mistakes are told."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


def quoted(text: str, most: int = 200) -> str:
    """Return *text* in quotes, on one line and cut to *most* characters, which a message bears."""
    line = " ".join(text.split())
    return f"'{line}'" if len(line) <= most else f"'{line[:most]}…'"


def found(value: Any) -> str:
    """Return what stands in a file instead of what is expected there."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return quoted(value) if value else "nothing"


def text_of(value: Any) -> str:
    """Return a scalar's text without outer blanks; raise ValueError for a list, a mapping or nothing."""
    if not isinstance(value, str):
        raise ValueError(f"expected a single value, found {found(value)}")
    text = value.strip()
    if not text:
        raise ValueError("has no value")
    return text


def items_of(value: Any) -> list[Any]:
    """Return a list's items; a key with nothing behind it is an empty list. Raise ValueError otherwise."""
    if value == "":
        return []
    if not isinstance(value, list):
        raise ValueError(f"expected a list, found {found(value)}")
    return value


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that *word* most likely stands for: case, `_` and `-` do not matter."""
    plain = {_plain(one): one for one in sorted(known, reverse=True)}
    matches = get_close_matches(_plain(word), plain, n=1)
    return plain[matches[0]] if matches else None


def _plain(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def suggest(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that refuses *word*: the nearest known word, or all of them."""
    names = sorted(known)
    match = near(word, names)
    return f"did you mean '{match}'?" if match else f"known are {', '.join(names)}"


def yes_or_no(value: Any) -> bool:
    """Return what yes/no, true/false or on/off says; raise ValueError otherwise."""
    text = text_of(value)
    if text.lower() in {"yes", "true", "on"}:
        return True
    if text.lower() in {"no", "false", "off"}:
        return False
    raise ValueError(f"{quoted(text)} is neither yes nor no")
