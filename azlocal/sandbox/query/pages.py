"""Results in pages: one evaluation is cut into all pages of it, and a token says where the next one begins."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from dataclasses import dataclass

from azlocal.sandbox.query.values import Column, Writer

_KEPT, _KEPT_ROWS = 32, 100_000
"""Results and rows kept for their next pages; of a result forgotten, the query is evaluated again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with the writers of its columns."""

    columns: tuple[Column, ...]
    writers: tuple[Writer, ...]
    rows: list[tuple[object, ...]]

    def objects(self, start: int, end: int) -> list[dict[str, object]]:
        """Return rows as objects."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, values)) for values in self._values(start, end)]

    def table(self, start: int, end: int) -> dict[str, object]:
        """Return rows as lists of values, with the columns told once."""
        told = [{"name": column.name, "type": column.graph_type} for column in self.columns]
        return {"columns": told, "rows": self._values(start, end)}

    def _values(self, start: int, end: int) -> list[list[object]]:
        return [[write(value) for write, value in zip(self.writers, row)] for row in self.rows[start:end]]


@dataclass(frozen=True, slots=True)
class Token:
    """Where a page begins in the result of one query at one moment."""

    digest: str
    taken: str
    skip: int
    size: int

    def text(self) -> str:
        """Return the token as the client gets it."""
        told = {"$id": "1", "MaxRows": self.size, "RowsToSkip": self.skip, "Query": self.digest, "Taken": self.taken}
        return base64.b64encode(json.dumps(told, indent=2).encode()).decode()

    @classmethod
    def parse(cls, text: str) -> Token:
        """Read a token; raise ValueError when it is none."""
        told = json.loads(base64.b64decode(text, validate=True))
        if not isinstance(told, dict):
            raise ValueError("not an object")
        skip, size = told.get("RowsToSkip"), told.get("MaxRows")
        if not isinstance(skip, int) or not isinstance(size, int) or skip < 0 or size < 1:
            raise ValueError("no place in it")
        return cls(str(told.get("Query")), str(told.get("Taken")), skip, size)


class Answers:
    """The results that may still be paged through, by query and moment."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], Answer] = OrderedDict()

    def get(self, token: Token) -> Answer | None:
        """Return the result a token belongs to, or None when it is forgotten."""
        return self._kept.get((token.digest, token.taken))

    def keep(self, digest: str, taken: str, answer: Answer) -> None:
        """Remember a result and forget the oldest beyond the limits."""
        self._kept[digest, taken] = answer
        while len(self._kept) > 1 and (len(self._kept) > _KEPT or self._rows() > _KEPT_ROWS):
            self._kept.popitem(last=False)

    def _rows(self) -> int:
        return sum(len(answer.rows) for answer in self._kept.values())


def digest_of(query: str, scope: frozenset[str]) -> str:
    """Return what a token must agree with: the query's text and what it sees."""
    return hashlib.sha256("\n".join([query, *sorted(scope)]).encode()).hexdigest()[:32]
