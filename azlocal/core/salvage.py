r"""JSON as failures carry it: cut off, annotated, with bare `\/Date(…)\/` stamps, with quotes inside quotes.

What is valid is read by the standard parser; the rest is read as far as it goes. An object whose end never
came carries the key `CUT`, so that nobody takes it for whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CUT = "\x00cut"
"""The key of an object that was cut off."""
_DEEPEST = 60
_LAYERS = 4
_ISLAND = re.compile(r"""\{(?=\s*["'])|\[(?=\s*[{"'])""")
_ESCAPED = re.compile(r'^\s*[{\[](?:\s|\\[rnt])*\\+"')
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])')
_QUOTE = {mark: re.compile(rf"\\.|{mark}", re.DOTALL) for mark in "\"'"}
# A quotation mark ends a text when what may follow a text follows: else it is one of the text's own.
_ENDS = re.compile(r"\s*(?:[,:}\]]|$|<|//|#|--|←)|[ \t]*\r?\n")
_KEY = re.compile(r"""["']*\s*([^"':{}\[\],\n]{1,200}?)\s*["']*\s*:""")
_BARE = re.compile(r"[^,}\]\n]*")
_NEXT = re.compile(r"""[,}\]\n"']""")
_BLANK = re.compile(r"[\s,]*")
_LETTERS = {"b": " ", "f": " ", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None, "none": None}
_NOTE = re.compile(r"\s+(?:<|//|#|←).*")


@dataclass(frozen=True, slots=True)
class Island:
    """A JSON value inside a text, from *start* to before *end*."""

    start: int
    end: int
    value: Any


def islands(text: str) -> Iterator[Island]:
    """Yield every object or list that a text holds, in order; what is broken is read as far as it goes."""
    place = 0
    while found := _ISLAND.search(text, place):
        start = found.start()
        value, place = _read(text, start)
        place = max(place, start + 1)
        if value:
            yield Island(start, place, value)


def _read(text: str, start: int) -> tuple[Any, int]:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        salvager = _Salvager(text, start)
        return salvager.value(0), salvager.place


def unescaped(text: str) -> str:
    """Return *text* without the layers of JSON's escapes that it bears as JSON taken out of a JSON text."""
    for _ in range(_LAYERS):
        if not _ESCAPED.match(text):
            break
        text = _ESCAPE.sub(_unescape, text)
    return text


def _unescape(found: re.Match[str]) -> str:
    told = found[1]
    if told[0] == "u" and len(told) == 5:
        return chr(int(told[1:], 16))
    return _LETTERS.get(told, told)


class _Salvager:
    """Reads one broken value; `place` is behind what was read."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self.place = place

    def value(self, depth: int) -> Any:
        self._blank()
        first = self._text[self.place : self.place + 1]
        if depth > _DEEPEST:
            self.place = len(self._text)
        elif first == "{":
            return self._object(depth)
        elif first == "[":
            return self._list(depth)
        elif first in {'"', "'"}:
            return self._string(first)
        return self._bare()

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.place += 1
        while not self._over():
            if self._text[self.place] in "}]":
                self.place += self._text[self.place] == "}"
                return found
            named = _KEY.match(self._text, self.place)
            if named is None:
                self._skip()
                continue
            self.place = named.end()
            if self._over():
                break
            found[named[1]] = self.value(depth + 1)
        return {**found, CUT: True}

    def _list(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.place += 1
        while not self._over():
            if self._text[self.place] in "}]":
                self.place += self._text[self.place] == "]"
                break
            before = self.place
            found.append(self.value(depth + 1))
            self.place = max(self.place, before + 1)
        return found

    def _string(self, mark: str) -> str:
        start = self.place + 1
        place = start
        while found := _QUOTE[mark].search(self._text, place):
            place = found.end()
            if found[0] == mark and _ENDS.match(self._text, place):
                self.place = place
                return _ESCAPE.sub(_unescape, self._text[start : place - 1])
        self.place = len(self._text)
        return _ESCAPE.sub(_unescape, self._text[start:])

    def _bare(self) -> Any:
        if self._text.startswith("@{", self.place):
            end = self._text.find("}", self.place) + 1 or len(self._text)
            told, self.place = self._text[self.place : end], end
            return told
        found = _BARE.match(self._text, self.place)
        told = _NOTE.sub("", found[0]).strip() if found else ""
        self.place = found.end() if found else len(self._text)
        if told.lower() in _WORDS:
            return _WORDS[told.lower()]
        return int(told) if told.isdecimal() and len(told) < 19 else told

    def _over(self) -> bool:
        self._blank()
        return self.place >= len(self._text)

    def _blank(self) -> None:
        found = _BLANK.match(self._text, self.place)
        self.place = found.end() if found else self.place

    def _skip(self) -> None:
        """Go past what is no key: an annotation, or what was left of a text."""
        found = _NEXT.search(self._text, self.place + 1)
        self.place = found.start() if found else len(self._text)
