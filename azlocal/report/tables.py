"""Rows in aligned columns, for terminals and plain pipes alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azlocal.report.text import clean, cut, cut_middle, pad, width_of

_GAP = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `least` is the width it may be cut to (0: never cut); `rank` says when it is left
    out for want of room: the highest first, 0 never. Names that begin alike are cut in the `middle`.
    """

    title: str
    least: int = 0
    rank: int = 0
    middle: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A laid-out table: its lines, and the titles of the columns that had no room."""

    lines: tuple[str, ...]
    hidden: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int | None = None) -> Table:
    """Lay *rows* out in at most *width* characters, or as wide as they are when *width* is None."""
    cells = [[clean(cell) for cell in row] for row in rows]
    natural = [
        max([width_of(column.title), *(width_of(row[place]) for row in cells)]) for place, column in enumerate(columns)
    ]
    places, widths = _fit(columns, natural, width)
    hidden = tuple(column.title for place, column in enumerate(columns) if place not in places)
    left = [columns[place] for place in places]
    body = (_line([row[place] for place in places], left, widths, width) for row in cells)
    head, rule = [column.title for column in left], ["-" * size for size in widths]
    return Table((_line(head, left, widths, width), _line(rule, left, widths, width), *body), hidden)


def _fit(columns: Sequence[Column], natural: Sequence[int], width: int | None) -> tuple[list[int], list[int]]:
    """Return the places of the columns that stay, and their widths."""
    places = list(range(len(columns)))
    while True:
        widths = [natural[place] for place in places]
        room = None if width is None else width - len(_GAP) * (len(places) - 1)
        if room is None or _shrink([columns[place] for place in places], widths, room):
            return places, widths
        weakest = max(places, key=lambda place: columns[place].rank)
        if not columns[weakest].rank:
            return places, widths
        places.remove(weakest)


def _shrink(columns: Sequence[Column], widths: list[int], room: int) -> bool:
    """Take from the widest column that may be cut until all fit; tell whether they do."""
    while sum(widths) > room:
        soft = [place for place, column in enumerate(columns) if column.least and widths[place] > column.least]
        if not soft:
            return False
        widths[max(soft, key=lambda place: widths[place])] -= 1
    return True


def _line(row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], width: int | None) -> str:
    cells = (
        pad(cut_middle(cell, size) if column.middle else cut(cell, size), size)
        for cell, column, size in zip(row, columns, widths)
    )
    line = _GAP.join(cells).rstrip()
    return line if width is None else cut(line, width)
