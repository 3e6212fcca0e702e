"""Texts, findings and issues told once for the whole fleet: what ten thousand clusters have in common is not repeated.

In a text, a cluster's id and name are one character each, so that what is said alike of two clusters is one text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from azlocal.report.page.markup import LONGEST, fit

ID, NAME = "\ue000", "\ue001"
"""What stands for a cluster's id and its name. No other text holds them: `plain` takes them out."""
_PIECE = 1 << 16
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_UNSAFE = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


class Lookup:
    """Numbers for values. The number of the empty text is 0."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}
        self.texts: list[str] = [""]

    def text(self, told: str) -> int:
        """Return the number of a text."""
        number = self._numbers.get(told)
        if number is None:
            number = self._numbers[told] = self._shown(_fit(told))
        return number

    def _shown(self, shown: str) -> int:
        """Return the number of a text as it is shown: texts that differ only in what is not shown are one."""
        number = self._numbers.setdefault(shown, len(self.texts))
        if number == len(self.texts):
            self.texts.append(shown)
        return number


class Voice:
    """Numbers for the texts of one cluster."""

    def __init__(self, lookup: Lookup, cluster_id: str, name: str) -> None:
        self._lookup, self._id, self._name = lookup, cluster_id, name
        self._named = len(name) > 3

    def __call__(self, told: object) -> int:
        """Return the number of a text, in which id and name of the cluster are told once."""
        return self._lookup.text(self.words(str(told))) if told else 0

    def own(self, cluster_id: str) -> int:
        """Return the number of the cluster's id itself, in which its name is told once."""
        own = plain(cluster_id)
        return self._lookup.text(own.replace(self._name, NAME) if self._named else own)

    def words(self, told: str) -> str:
        """Return a text in which id and name of the cluster are one character each."""
        words = told if told.isascii() else plain(told)
        if self._named and self._name in words:
            return words.replace(self._id, ID).replace(self._name, NAME)
        return words


def plain(told: str) -> str:
    """Return a text in which nothing stands for an id or a name."""
    return told.replace(ID, "\ufffd").replace(NAME, "\ufffd") if ID in told or NAME in told else told


def _fit(told: str) -> str:
    bare = told.replace(ID, "").replace(NAME, "")
    if len(told) <= LONGEST and bare.isprintable() and "  " not in told:
        return told
    return fit(told).replace("\\ue000", ID).replace("\\ue001", NAME)


def script(identity: str, pieces: Iterable[str]) -> Iterator[str]:
    """Yield a block of data that no browser runs."""
    yield f'<script type="application/json" id="{identity}">'
    yield from pieces
    yield "</script>\n"


def array(items: Iterable[Any]) -> Iterator[str]:
    """Yield a JSON array in pieces of some 64 KB."""
    gathered, size, before = list[str](), 0, "["
    for item in items:
        told = before + as_json(item)
        before = ",\n"
        gathered.append(told)
        size += len(told)
        if size >= _PIECE:
            yield "".join(gathered)
            gathered, size = [], 0
    yield "".join(gathered) + ("]" if before == ",\n" else "[]")


def as_json(value: Any) -> str:
    """Return JSON, all ASCII, in which nothing can end a script or begin a comment or an entity."""
    return _ENCODER.encode(value).translate(_UNSAFE)
