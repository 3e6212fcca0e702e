"""Answers to queries that are known beforehand, without the engine: rows straight from the index's documents.

Who drives a world gives the texts (`Azure.answers`); what is not among them goes to the engine. An answer is a table,
a test of documents, and a value for each column. Tests hold every answer that is used against the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from azlocal.sandbox.query.rows import scope_of, type_of
from azlocal.sandbox.query.values import Column, compact
from azlocal.sandbox.store import Document

Told = tuple[Any, ...]
Row = tuple[str, Told]


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as an answer looks at it: with its type in lower case, and its id as the index spells it."""

    document: Document
    kind: str
    id: str

    def at(self, *path: str) -> Any:
        """Return the JSON value at *path* of the document, or None."""
        value: Any = self.document
        for name in path:
            if not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    def text(self, *path: str) -> str:
        """Return `tostring()` of a JSON value."""
        value = self.at(*path)
        if value is None:
            return ""
        return value if isinstance(value, str) else compact(value)


@dataclass(slots=True)
class Answer:
    """One known query. *wanted* tests a document, *told* gives its row; rows come ordered by id, as the index spells it.

    What was made of a document is kept as long as the document stands.
    """

    table: str
    kinds: frozenset[str]
    columns: tuple[Column, ...]
    wanted: Callable[[Seen], bool]
    told: Callable[[Seen], Told]
    _kept: dict[str, tuple[Document, bool, str, Row | None]] = field(default_factory=dict)

    def rows(self, held: Mapping[str, Document], scope: frozenset[str], *, fold: bool) -> list[Told]:
        """Return the rows of what is *held* by the table and lies in *scope*; *fold* writes ids in lower case."""
        found: list[Row] = []
        for key, document in held.items():
            kept = self._kept.get(key)
            if kept is None or kept[0] is not document or kept[1] is not fold:
                kept = self._kept[key] = (document, fold, scope_of(document), self._row(document, fold=fold))
            if kept[3] is not None and kept[2] in scope:
                found.append(kept[3])
        found.sort(key=_first)
        return [told for _, told in found]

    def _row(self, document: Document, *, fold: bool) -> Row | None:
        kind = type_of(document["id"])
        if kind not in self.kinds:
            return None
        spelled = str(document["id"])
        seen = Seen(document, kind, spelled.lower() if fold else spelled)
        return (seen.id, self.told(seen)) if self.wanted(seen) else None


def _first(row: Row) -> str:
    return row[0]


Answers = dict[str, Callable[[], Answer]]
"""Query text → what makes its answer, once for each world: an answer keeps what it made."""


def texts(*names: str, dynamic: Iterable[str] = ()) -> tuple[Column, ...]:
    """Return columns of text, those in *dynamic* as JSON."""
    held = frozenset(dynamic)
    return tuple(Column(name, "JSON" if name in held else "VARCHAR") for name in names)
