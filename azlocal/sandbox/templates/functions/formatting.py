"""Composite formats as .NET has them, in the invariant culture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.values import as_text, is_integer

_ITEM = re.compile(r"\{\{|\}\}|\{(?P<index>\d+)(?:,(?P<width>-?\d+))?(?::(?P<form>[^{}]*))?\}|[{}]")
_STANDARD = re.compile(r"(?P<letter>[A-Za-z])(?P<digits>\d*)")
_ZEROS = re.compile(r"0+(?:\.0+)?")


def composed(pattern: str, values: Sequence[Any]) -> str:
    """Return *pattern* with its items filled in."""

    def fill(found: re.Match[str]) -> str:
        if found[0] in {"{{", "}}"}:
            return found[0][0]
        if found["index"] is None:
            raise _refused("Input string was not in a correct format.")
        if int(found["index"]) >= len(values):
            raise _refused(
                "Index (zero based) must be greater than or equal to zero and less than the size of the argument list."
            )
        text = formatted(values[int(found["index"])], found["form"] or "")
        width = int(found["width"] or 0)
        return text.ljust(-width) if width < 0 else text.rjust(width)

    return _ITEM.sub(fill, pattern)


def formatted(value: Any, form: str) -> str:
    """Return one value in the given form; only numbers have forms."""
    if not form or not is_integer(value):
        return as_text(value)
    if _ZEROS.fullmatch(form):
        whole, point, decimals = form.partition(".")
        return f"{'-' * (value < 0)}{abs(value):0{len(whole)}d}{point}{decimals}"
    found = _STANDARD.fullmatch(form)
    if found is None or found["letter"].upper() not in "DNFXG":
        raise _refused("Format specifier was invalid.")
    return _standard(value, found["letter"], int(found["digits"]) if found["digits"] else None)


def _standard(value: int, letter: str, digits: int | None) -> str:
    kind = letter.upper()
    if kind == "D":
        return f"{'-' * (value < 0)}{abs(value):0{digits or 1}d}"
    if kind == "X":
        return f"{value & 0xFFFFFFFFFFFFFFFF if value < 0 else value:0{digits or 1}{letter}}"
    if kind == "G":
        return str(value)
    places = 2 if digits is None else digits
    return f"{value:{',' if kind == 'N' else ''}.{places}f}"


def _refused(why: str) -> TemplateError:
    return TemplateError(f"Unable to evaluate template language function 'format': {why} {see('arm-functions#format')}")
