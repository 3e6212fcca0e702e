"""Upgrade inputs as a table: one row for each cluster, one column for each value.

The column `cluster` says whose row it is; the others are named like the parameters, by dotted paths. A list
of texts stands in one cell, joined by `;`, or in columns with a number (`dnsServers.0`); nodes stand in columns
`physicalNodesSettings.0.name`, `physicalNodesSettings.0.ipv4Address`, and so on, or all names in one cell
`physicalNodesSettings.name` and all addresses in another. An empty cell is a value left out. Commas separate the cells, or semicolons where the heading has no comma (as spreadsheets write
it in many languages; a cell that holds `;` is then quoted, which they do).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from azlocal.files.document import Document, Path, Unreadable
from azlocal.files.inputs_codes import code_of
from azlocal.files.inputs_fields import LISTS, NODE, NODES
from azlocal.files.words import suggest

OWNER = "cluster"

_NUMBERED = re.compile(
    rf"(?P<list>{'|'.join(LISTS)})\.(?P<item>[0-9]{{1,3}})|{NODES}\.(?P<node>[0-9]{{1,3}})\.(?P<part>{'|'.join(NODE)})"
)
_JOINED = re.compile(rf"{NODES}\.(?P<part>{'|'.join(NODE)})")

Row = tuple[int, list[str]]


def read_csv(text: str, place: str) -> Iterator[tuple[str, Document]]:
    """Yield the cluster each row names, and the row. Raise Unreadable when the table cannot be read."""
    rows = list(_rows(text.removeprefix("\ufeff"), place))
    if not rows:
        raise Unreadable(f"{place}:1: the file is empty")
    first, heading = rows[0]
    columns = [name.strip() for name in heading]
    _check_heading(columns, place, first)
    for line, cells in rows[1:]:
        row = _Row(place, line)
        for name, cell in zip(columns, cells):
            row.put(name, cell.strip())
        yield row.owner, row.document(len(columns), len(cells))


def _rows(text: str, place: str) -> Iterator[Row]:
    """Yield every row that is not blank, with the line on which it begins."""
    heading = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if "," not in heading else ",", strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise Unreadable(f"{place}:{line}: not a readable CSV file: {error}") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _check_heading(columns: Sequence[str], place: str, line: int) -> None:
    if OWNER not in columns:
        given = [name for name in columns if name]
        raise Unreadable(f"{place}:{line}: no column is named '{OWNER}'; {suggest(OWNER, given)}")
    for name in columns:
        if name and columns.count(name) > 1:
            raise Unreadable(f"{place}:{line}: two columns are named '{name}'")


class _Row:
    """Collects the cells of one row into the shape a YAML file would have."""

    def __init__(self, place: str, line: int) -> None:
        self.owner = ""
        self._place = place
        self._data: dict[str, Any] = {}
        self._numbered: dict[str, dict[int, Any]] = {}
        self._joined: dict[int, Any] = {}
        self._lines: dict[Path, int] = {(): line}
        self._wrong: list[tuple[Path, str]] = []

    def put(self, column: str, cell: str) -> None:
        """Put one cell where its column says; an empty one says nothing."""
        if column == OWNER:
            self.owner = cell
        elif cell and not column:
            self._wrong.append(((), "a cell stands in a column without a name"))
        elif cell:
            self._put(column, cell)

    def _put(self, column: str, cell: str) -> None:
        found, joined = _NUMBERED.fullmatch(column), _JOINED.fullmatch(column)
        if joined is not None:
            for number, item in enumerate(cell.split(";")):
                self._joined.setdefault(number, {})[joined["part"]] = item.strip()
            return
        if found is None:
            self._data[column] = [item.strip() for item in cell.split(";")] if column in LISTS else cell
            return
        items = self._numbered.setdefault(found["list"] or NODES, {})
        if found["list"]:
            items[int(found["item"])] = cell
        else:
            items.setdefault(int(found["node"]), {})[found["part"]] = cell

    def document(self, columns: int, cells: int) -> Document:
        """Return the row as a document, with what is wrong in its cells."""
        if self._joined:
            self._join_nodes()
        for name, items in self._numbered.items():
            self._join(name, items)
        document = Document(self._place, self._data, self._lines)
        if cells > columns:
            document.wrong((), f"the row has {cells} cells, the heading {columns}", "TABLE")
        for path, message in self._wrong:
            document.wrong(path, message, code_of(str(path[0])) if path else "TABLE")
        return document

    def _join_nodes(self) -> None:
        if NODES in self._data:
            self._wrong.append(((NODES,), f"is given as {NODES} and as {self._whole(NODES)}; keep one"))
        self._data[NODES] = list(self._joined.values())

    def _whole(self, name: str) -> str:
        return f"{name}.{next(iter(self._joined[0]))}" if name == NODES and self._joined else name

    def _join(self, name: str, items: dict[int, Any]) -> None:
        if name in self._data:
            self._wrong.append(((name,), f"is given as {self._whole(name)} and as {name}.0; keep one"))
        gap = next(number for number in count() if number not in items)
        if gap < len(items):
            self._wrong.append(((name, gap), "is empty, but a later one is given"))
        self._data[name] = [items[number] for number in sorted(items)]
