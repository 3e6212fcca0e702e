"""Results to standard output in the formats of `az`, and sheets as CSV; everything else to standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from azlocal.errors import AzlocalError, BadInput
from azlocal.report.sheets import Sheet
from azlocal.report.tables import Column, table
from azlocal.report.text import clean

FORMATS = ("table", "json", "yaml", "tsv")
SHEET = "csv"
"""The format of whole sheets, which only some commands have."""
Rows = Iterable[Sequence[object]]
_PIECE = 1 << 16


class Each(list[Any]):
    """A list that is made while it is printed, item by item: a large fleet's documents never stand side by side."""

    def __init__(self, make: Callable[[Any], Any], items: Sequence[Any]) -> None:
        super().__init__()
        self._make, self._items = make, items

    def __iter__(self) -> Iterator[Any]:
        """Make the items, one after another."""
        return map(self._make, self._items)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._items)


def width() -> int | None:
    """Return the columns of the terminal (or COLUMNS); None for a pipe, where nothing is cut."""
    if os.environ.get("COLUMNS", "").isdecimal() or sys.stdout.isatty():
        return max(40, shutil.get_terminal_size().columns)
    return None


def show(
    form: str, query: Any, document: Any, page: Callable[[], str], rows: Callable[[], Rows] | None = None,
    sheet: Callable[[], Sheet] | None = None,
) -> None:  # fmt: skip
    """Print a result: *document* as JSON or YAML, *page* as table, *rows* (else the document) as tsv, *sheet* as csv.

    *document* may be a function that makes it, and lists in it may be Each. With *query*, a compiled JMESPath
    expression, its answer is printed instead, in any format.
    """
    if form == SHEET:
        if query is not None or sheet is None:
            raise BadInput(["output: csv is for whole sheets, as fixes and validation have"], remedy="use -o tsv here")
        write([sheet().text])
        return
    if query is None and form == "table":
        write([page()])
    elif query is None and form == "tsv" and rows is not None:
        write([tsv([list(row) for row in rows()])])
    else:
        made = document() if callable(document) else document
        if query is not None or form != "json":
            made = _whole(made)
        write(pieces_of(form, made if query is None else _search(query, made)))


def _whole(document: Any) -> Any:
    if not isinstance(document, Mapping):
        return document
    return {name: list(value) if isinstance(value, Each) else value for name, value in document.items()}


def _search(query: Any, document: Any) -> Any:
    from jmespath.exceptions import JMESPathError

    try:
        return query.search(document)
    except JMESPathError as error:
        raise BadInput([f"query: {error}"], remedy="correct --query; see jmespath.org") from error


def pieces_of(form: str, value: Any) -> Iterator[str]:
    """Yield a value in a format, JSON piece by piece: a fleet of 10,000 clusters has more than 100 MB of it."""
    if form == "json":
        yield from (piece.replace("\x7f", "\\u007f") for piece in json.JSONEncoder(indent=2).iterencode(value))
    elif value is not None:
        yield _FORMATTERS[form](value)


def _yaml(value: Any) -> str:
    import yaml

    return str(yaml.safe_dump(value, sort_keys=False, default_flow_style=False)).rstrip("\n").removesuffix("\n...")


def tsv(value: Any) -> str:
    """Return a value as `az` does: a row for each item, no header, tabs between; null is empty."""
    return "\n".join(_row(item) for item in (value if isinstance(value, list) else [value]))


def _row(item: Any) -> str:
    if isinstance(item, Mapping):
        return "\t".join(map(_cell, item.values()))
    return "\t".join(map(_cell, item)) if isinstance(item, list) else _cell(item)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, list):
        return str(len(value))
    return str(value).lower() if isinstance(value, bool) else clean(str(value))


def _any_table(value: Any) -> str:
    """Return the answer to a query as a table, its columns by its keys."""
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, Mapping) for item in items):
        titles = list(dict.fromkeys(str(name) for item in items for name in item))
        rows = [[_cell(item.get(title)) for title in titles] for item in items]
    elif items and all(isinstance(item, list) for item in items):
        titles = [f"Column{place + 1}" for place in range(max(map(len, items)))]
        rows = [[_cell(cell) for cell in item] + [""] * (len(titles) - len(item)) for item in items]
    else:
        titles, rows = ["Result"], [[_cell(item)] for item in items]
    return table([Column(_title(title), 6) for title in titles], rows, width()).text


_FORMATTERS: Mapping[str, Callable[[Any], str]] = {"table": _any_table, "tsv": tsv, "yaml": _yaml}


def _title(name: str) -> str:
    return clean(name[:1].upper() + name[1:])


def write(pieces: Iterable[str]) -> None:
    """Print to standard output, in a line of its own; a reader that went away ends the printing quietly."""
    try:
        written = sum(sys.stdout.write(piece) for piece in _together(pieces))
        sys.stdout.write("\n" if written else "")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _together(pieces: Iterable[str]) -> Iterator[str]:
    """Yield pieces joined to some 64 KB: a write of a few characters costs as much as one of many."""
    gathered, size = list[str](), 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(gathered)
            gathered, size = [], 0
    yield "".join(gathered)


def tell(message: str) -> None:
    """Print a remark to standard error."""
    print(clean(message), file=sys.stderr)


def complain(error: AzlocalError) -> None:
    """Print an error: what is wrong, the evidence, what to do."""
    message = "\n".join(f"  {clean(line)}" for line in error.message.splitlines()).strip()
    print(f"error: {message}", file=sys.stderr)
    if error.evidence:
        print(f"evidence: {clean(error.evidence)}", file=sys.stderr)
    print(f"do: {clean(error.remedy)}", file=sys.stderr)
