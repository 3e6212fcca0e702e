"""KQL as tokens: enough of the lexical rules to rewrite and count without ever looking into a string literal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HYPHENED = (
    r"(?:project-(?:away|keep|rename|reorder)|mv-(?:expand|apply)|parse-(?:where|kv)|top-(?:nested|hitters)"
    r"|make-(?:series|graph)|sample-distinct|graph-[a-z]+(?:-[a-z]+)*|macro-expand)\b"
)
_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    r"|(?P<string>```.*?```|~~~.*?~~~"
    r"|[hH]?@\"(?:[^\"]|\"\")*\"|[hH]?@'(?:[^']|'')*'"
    r"|[hH]?\"(?:\\.|[^\"\\\n])*\"|[hH]?'(?:\\.|[^'\\\n])*')"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[A-Za-z]*)"
    rf"|(?P<name>{_HYPHENED}|[A-Za-z_$][\w$]*)"
    r"|(?P<mark>==|=~|!=|!~|<=|>=|<>|\.\.|.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token; *kind* is space (comments too), string, number, name or mark."""

    kind: str
    text: str

    def named(self, *words: str) -> bool:
        """Return whether this is one of the *words*, in any case."""
        return self.kind == "name" and self.text.lower() in words


NOTHING = Token("space", "")


def tokens(text: str) -> list[Token]:
    """Return the tokens of *text*; joined again they are the text."""
    return [Token(found.lastgroup or "mark", found[0]) for found in _TOKEN.finditer(text)]


def joined(found: list[Token]) -> str:
    """Return the text of tokens."""
    return "".join(token.text for token in found)


class Walk:
    """Tokens without space and comments, each with its neighbours and the depth of brackets around it."""

    def __init__(self, text: str) -> None:
        self.all = tokens(text)
        self._places = [place for place, token in enumerate(self.all) if token.kind != "space"]
        self._depths = list(_depths(self))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, at: int) -> Token:
        """Return a token, or NOTHING beyond either end."""
        return self.all[self._places[at]] if 0 <= at < len(self._places) else NOTHING

    def replace(self, at: int, text: str) -> None:
        """Put *text* in the place of a token."""
        self.all[self._places[at]] = Token("name", text)

    def text(self, start: int, end: int) -> str:
        """Return the text from token *start* up to token *end*, with the space between."""
        return joined(self.all[self._places[start] : self._places[end - 1] + 1]) if start < end else ""

    def depth(self, at: int) -> int:
        """Return how many brackets are open at a token; a bracket counts as outside of itself."""
        return self._depths[at]

    def operators(self) -> Iterator[int]:
        """Yield where tabular operators stand: after a pipe."""
        return (at for at in range(len(self)) if self[at - 1].text == "|" and self[at].kind == "name")

    def end(self, at: int) -> int:
        """Return where the operator that begins at *at* ends: its pipe, its closing bracket, or the end."""
        depth = self.depth(at)
        for place in range(at, len(self)):
            if self.depth(place) < depth or (self.depth(place) == depth and self[place].text in {"|", ";"}):
                return place
        return len(self)


def _depths(walk: Walk) -> Iterator[int]:
    depth = 0
    for at in range(len(walk)):
        text = walk[at].text if walk[at].kind == "mark" else ""
        if text in {")", "]", "}"}:
            depth -= 1
        yield depth
        if text in {"(", "[", "{"}:
            depth += 1
