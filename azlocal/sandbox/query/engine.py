"""The query engine: one database, and the tables that queries may read.

Needs Python 3.11 or newer; importing this module does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azlocal.sandbox.query.refusals import Refused
from azlocal.sandbox.query.translation import Schema, Translation, connect, naive, no_table, translate
from azlocal.sandbox.query.values import Column

_NAME = re.compile(
    r'"((?:[^"]|"")+)" (?:not found in FROM clause|referenced that exists in the SELECT clause)'
    r'|does not have a column named "([^"]+)"'
)
_TABLE = re.compile(r"Table with name (\S+) does not exist")


@dataclass(frozen=True, slots=True)
class Result:
    """A result, whole: the engine's values row by row."""

    columns: tuple[Column, ...]
    rows: Sequence[tuple[Any, ...]]


class Engine:
    """One database over the tables of *schema*, table to columns; who uses it creates and fills them."""

    def __init__(self, schema: Mapping[str, Iterable[str]]) -> None:
        self.database = connect()
        self._schema: Schema = tuple((name, tuple(columns)) for name, columns in schema.items())

    def translate(self, text: str) -> Translation:
        """Return *text* (rewritten for the engine) as SQL; raise Refused."""
        return translate(text, self._schema)

    def run(self, translation: Translation, now: datetime) -> Result:
        """Return what a query gives at *now*, the moment of its `now()`; raise Refused."""
        import duckdb

        values = dict(translation.values)
        if translation.clock is not None:
            values[translation.clock] = naive(now)
        try:
            cursor = self.database.execute(translation.sql, values or None)
            columns = tuple(Column(str(name), str(kind)) for name, kind, *_ in cursor.description)
            return Result(columns, cursor.fetchall())
        except duckdb.Error as error:
            raise _refused(error) from error


def _refused(error: Exception) -> Refused:
    text = str(error).splitlines()[0]
    if found := _TABLE.search(text):
        return no_table(found[1])
    if found := _NAME.search(text):
        name = found[1] or found[2]
        return Refused("name", f"Failed to resolve column or scalar expression named '{name}'", token=name)
    return Refused("name", text.partition(": ")[2] or text)
