"""Texts made comparable: one form in which known issues are looked for, and one under which strangers are counted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " "})
_BACKSLASHES = re.compile(r"\\{2,}")
_LINE_ENDS = re.compile(r"\\r\\n|\\n(?=[\sA-Z{\[-]|at )")
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BLANKS = re.compile(r"\s+")
_LEAST = 4
# What differs between two clusters with the same failure: ids, addresses, paths' versions, moments, numbers, names
# with digits in them.
_VARIABLE = (
    re.compile(r"/subscriptions/\S+"),
    re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    re.compile(r"'[^']{1,80}'|\"[^\"]{1,80}\""),
    re.compile(r"\b[\w.-]*\d[\w.:-]*"),
    re.compile(r"#(?:[^\w#]+#)+"),
)


def normal(text: str) -> str:
    """Return *text* on one line, without layers of escapes and with plain quotation marks."""
    text = _BACKSLASHES.sub(r"\\", text.translate(_QUOTES))
    text = _UNICODE.sub(lambda found: chr(int(found[1], 16)), text).replace('\\"', '"').replace("\\'", "'")
    return _BLANKS.sub(" ", _LINE_ENDS.sub(" ", text)).strip()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, and a text (lower case) without which it cannot match; empty when there is none."""

    expression: re.Pattern[str]
    literal: str

    def found(self, text: str, lowered: str) -> bool:
        """Return whether it is in *text*, a normal form; *lowered* is the same in lower case."""
        return self.literal in lowered and self.expression.search(text) is not None


@lru_cache(maxsize=1024)
def pattern(text: str) -> Pattern:
    """Return the pattern that a regular expression means; raise ValueError when it is none."""
    try:
        expression = re.compile(text, re.IGNORECASE | re.DOTALL)
    except (re.error, OverflowError) as error:
        raise ValueError(f"'{text}' is not a regular expression: {error}") from error
    return Pattern(expression, literal_of(text))


def literal_of(expression: str) -> str:
    """Return the longest text that every match of a regular expression must hold, in lower case; maybe empty.

    Only what stands outside of groups and classes is looked at: less is found than could be, never too much.
    """
    runs, run, depth, place = [""], "", 0, 0
    while place < len(expression):
        token, place = _token(expression, place)
        depth += (token == "(") - (token == ")")
        if depth == 0 and token == "|":
            return ""
        if token and token[0] in "?*{":
            run = run[:-1]
        plain = _plain(token) if depth == 0 else ""
        if plain:
            run += plain
        else:
            runs.append(run)
            run = ""
    best = max([*runs, run], key=len)
    return best.lower() if len(best) >= _LEAST else ""


def _token(expression: str, place: int) -> tuple[str, int]:
    first = expression[place]
    if first == "\\":
        return expression[place : place + 2], place + 2
    if first == "[":
        end = expression.find("]", place + 2 + (expression[place + 1 : place + 2] == "^"))
        return "[]", end + 1 if end > 0 else len(expression)
    if first == "{" and (found := re.compile(r"\{[\d,]+\}").match(expression, place)):
        return "{}", found.end()
    return first, place + 1


def _plain(token: str) -> str:
    """Return the character that a token stands for, or nothing when it stands for more than one."""
    if len(token) == 2:
        return token[1] if token[0] == "\\" and not token[1].isalnum() else ""
    return "" if token in ".^$*+?()|[]{}" else token


def stranger(line: str, names: Iterable[str] = ()) -> str:
    """Return the signature of a failure that no known issue explains: alike on all clusters on which it is alike.

    *names* are the names of the cluster and its machines.
    """
    text = normal(line).lower()
    for name in sorted({one.lower() for one in names if len(one) > 2}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "#", text)
    for variable in _VARIABLE:
        text = variable.sub("#", text)
    return f"unknown-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:10]}"
