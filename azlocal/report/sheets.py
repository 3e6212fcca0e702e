"""Sheets for spreadsheets: CSV in which no cell is taken for a formula, whatever separates cells where it is opened."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azlocal.report.text import clean

_FORMULAS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20|%")
"""Characters by which a cell begins that a spreadsheet would execute (OWASP, CSV injection), full-width ones too."""
_LATER = re.compile(rf"([;,]['\"\s]*)(?=[{re.escape(''.join(sorted(_FORMULAS)))}])")
"""Where a cell would begin with one of them if this separator is taken for one: in much of Europe `;` is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and rows of the same length."""

    heading: Sequence[str]
    rows: Iterable[Sequence[object]]

    @property
    def text(self) -> str:
        """Return the sheet as CSV, without a line end behind the last row."""
        return self._written("\n").removesuffix("\n")

    @property
    def file(self) -> bytes:
        """Return the sheet as a file: RFC 4180, in UTF-8 with the mark by which spreadsheets know it."""
        return self._written("\r\n").encode("utf-8-sig")

    def _written(self, line_end: str) -> str:
        told = io.StringIO()
        writer = csv.writer(told, lineterminator=line_end)
        writer.writerow([safe(one) for one in self.heading])
        writer.writerows([safe(cell) for cell in row] for row in self.rows)
        return told.getvalue()


def safe(value: object) -> str:
    """Return a value as the text of a cell, on one line; an apostrophe goes before what would begin a formula."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = _LATER.sub(r"\1'", clean(str(value)))
    return f"'{text}" if text.lstrip(" '\"")[:1] in _FORMULAS else text
