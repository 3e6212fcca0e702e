"""Sheets for spreadsheets: CSV in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azlocal.report.text import clean

_FORMULAS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20|%")
"""Characters by which a cell begins that a spreadsheet would execute (OWASP, CSV injection), full-width ones too."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and rows of the same length."""

    heading: Sequence[str]
    rows: Iterable[Sequence[object]]

    @property
    def text(self) -> str:
        """Return the sheet as CSV, without a line end behind the last row."""
        told = io.StringIO()
        writer = csv.writer(told, lineterminator="\n")
        writer.writerow([safe(one) for one in self.heading])
        writer.writerows([safe(cell) for cell in row] for row in self.rows)
        return told.getvalue().removesuffix("\n")


def safe(value: object) -> str:
    """Return a value as the text of a cell, on one line; an apostrophe goes before what would begin a formula."""
    if value is None:
        return ""
    text = clean(str(value))
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return f"'{text}" if not numeric and text.lstrip()[:1] in _FORMULAS and text.strip() else text
