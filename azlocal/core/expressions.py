"""Expressions that select clusters: `model like 'AX-*' and nodes <= 4 and not tags.site in ['oslo', 'bergen']`.

    expression  or(and(not(term)))     `and` binds more closely than `or`, `not` most closely; ( ) group
    term        FIELD OPERATOR VALUE
    FIELD       name, group, subscription, region, model, nodes, tags.NAME or tags['NAME']
    OPERATOR    ==  !=  in  not in  like  not like, and for nodes also  <  <=  >  >=
    VALUE       'text' or "text"; a whole number for nodes; for `in` a list [VALUE, VALUE]

Case never matters, `*` in `like` stands for any text, and a tag that is not there compares as ''. What Azure
has not told (no model, no nodes) is neither equal nor unequal to anything: such a term is unknown, and a
cluster is selected only where the whole expression is true. Nothing here is ever executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple, Protocol, TypeAlias

FIELDS = ("name", "group", "subscription", "region", "model", "nodes")
Value: TypeAlias = str | int
Verdict: TypeAlias = bool | None
_DEEPEST = 50


class BadExpression(ValueError):
    """An expression that cannot be read; the message names the column, which counts from 1."""

    def __init__(self, column: int, problem: str) -> None:
        super().__init__(f"column {column}: {problem}")
        self.column = column


class Subject(Protocol):
    """What an expression looks at in one cluster; texts are in lower case."""

    @property
    def tags(self) -> Mapping[str, str]: ...
    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def nodes(self) -> int: ...


class Expression(Protocol):
    """A part of an expression, and the whole. `str` gives its one canonical writing."""

    def holds(self, subject: Subject) -> Verdict:
        """Return whether it is true, false, or not known (None) of *subject*."""
        ...


@dataclass(frozen=True, slots=True)
class _Not:
    part: Expression

    def holds(self, subject: Subject) -> Verdict:
        verdict = self.part.holds(subject)
        return None if verdict is None else not verdict

    def __str__(self) -> str:
        return f"not {self.part}"


@dataclass(frozen=True, slots=True)
class _Joined:
    """Parts joined by `and` (decided by the first that is false) or by `or` (by the first that is true)."""

    word: str
    parts: tuple[Expression, ...]

    def holds(self, subject: Subject) -> Verdict:
        decisive = self.word == "or"
        unknown = False
        for part in self.parts:
            verdict = part.holds(subject)
            if verdict is decisive:
                return decisive
            unknown = unknown or verdict is None
        return None if unknown else not decisive

    def __str__(self) -> str:
        return "(" + f" {self.word} ".join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class _Term:
    field: str
    operator: str
    wanted: Value | tuple[Value, ...]
    test: Callable[[Value], bool]

    def holds(self, subject: Subject) -> Verdict:
        value = _value_of(subject, self.field)
        return None if value is None else self.test(value)

    def __str__(self) -> str:
        field = f"tags[{_quoted(self.field[5:])}]" if self.field.startswith("tags.") else self.field
        return f"{field} {self.operator} {_written(self.wanted)}"


def _value_of(subject: Subject, field: str) -> Value | None:
    if field.startswith("tags."):
        return subject.tags.get(field[5:], "")
    if field == "nodes":
        return subject.nodes or None
    if field in {"group", "subscription"}:
        parts = subject.id.split("/")
        place = 4 if field == "group" else 2
        return parts[place] if len(parts) > place else None
    return getattr(subject, field) or None


def _written(value: Value | tuple[Value, ...]) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, int) else _quoted(value)


def _quoted(text: str) -> str:
    return f'"{text}"' if "'" in text else f"'{text}'"


def wildcard(text: str) -> re.Pattern[str]:
    """Return the pattern that *text* means, with `*` as the only wildcard."""
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


# reading


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


_TOKENS = re.compile(
    r"(?P<blank>\s+)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>\d+)(?![\w.])|(?P<word>[A-Za-z_][\w-]*(?:\.[\w-]+)*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)"
)
_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_ODD = {"=": "compare with ==, !=, <= or >="} | dict.fromkeys("'\"", "this quotation mark is never closed")
_WORDS = ("and", "or", "not", "in", "like")


def parse(text: str) -> Expression:
    """Return the expression that *text* means; raise BadExpression with the column of what is wrong."""
    reader = _Reader(list(_tokens(text)))
    found = reader.any_of("or", 0)
    reader.expect_end()
    return found


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None:
            odd = text[place]
            raise BadExpression(place + 1, _ODD.get(odd, f"'{odd}' means nothing here"))
        if found.lastgroup != "blank":
            yield _Token(str(found.lastgroup), found[0], place + 1)
        place = found.end()
    yield _Token("end", "the end", len(text) + 1)


class _Reader:
    """Reads tokens from left to right, one function for each rule of the grammar."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _took(self, text: str) -> bool:
        if self._next.kind in {"word", "sign"} and self._next.text.lower() == text:
            self._take()
            return True
        return False

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._wrong("'and', 'or' or the end")

    def _wrong(self, wanted: str) -> BadExpression:
        return BadExpression(self._next.column, f"expected {wanted}, found {self._next.text}")

    def any_of(self, word: str, depth: int) -> Expression:
        """Read parts joined by `or`, or, one level below, by `and`."""
        if depth > _DEEPEST:
            raise BadExpression(self._next.column, "nested too deeply")
        parts = [self._part(word, depth)]
        while self._took(word):
            parts.append(self._part(word, depth))
        return parts[0] if len(parts) == 1 else _Joined(word, tuple(parts))

    def _part(self, word: str, depth: int) -> Expression:
        return self.any_of("and", depth) if word == "or" else self._negation(depth)

    def _negation(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise BadExpression(self._next.column, "nested too deeply")
        if self._took("not"):
            return _Not(self._negation(depth + 1))
        if not self._took("("):
            return self._term()
        inner = self.any_of("or", depth + 1)
        if not self._took(")"):
            raise self._wrong("')'")
        return inner

    def _term(self) -> _Term:
        field = self._field()
        at = self._next
        operator = self._operator()
        if operator in {"<", "<=", ">", ">="} and field != "nodes":
            raise BadExpression(at.column, f"{operator} compares nodes, and {field} is a text")
        if operator.endswith("like") and field == "nodes":
            raise BadExpression(at.column, "like compares texts, and nodes is a number")
        wanted = self._list(field) if operator.endswith("in") else self._value(field)
        return _Term(field, operator, wanted, _test(operator, wanted))

    def _field(self) -> str:
        token = self._next
        name = token.text.lower()
        if token.kind != "word" or name in _WORDS:
            raise self._wrong(f"one of {', '.join(FIELDS)}, tags.NAME")
        self._take()
        if name == "tags" and self._took("["):
            return self._quoted_tag()
        if name not in FIELDS and not name.startswith("tags."):
            problem = f"'{token.text}' is not one of {', '.join(FIELDS)}, tags.NAME"
            raise BadExpression(token.column, problem)
        return name

    def _quoted_tag(self) -> str:
        token = self._next
        if token.kind != "text":
            raise self._wrong("a tag's name in quotes")
        self._take()
        if not self._took("]"):
            raise self._wrong("']'")
        return f"tags.{token.text[1:-1].lower()}"

    def _operator(self) -> str:
        negated = self._took("not")
        for word in ("in", "like"):
            if self._took(word):
                return f"not {word}" if negated else word
        if negated or self._next.text not in _COMPARES:
            raise self._wrong("'in' or 'like'" if negated else "one of ==, !=, in, like")
        return self._take().text

    def _list(self, field: str) -> tuple[Value, ...]:
        if not self._took("["):
            raise self._wrong("a list such as ['a', 'b']")
        values = [self._value(field)]
        while self._took(","):
            values.append(self._value(field))
        if not self._took("]"):
            raise self._wrong("',' or ']'")
        return tuple(sorted(set(values), key=str))

    def _value(self, field: str) -> Value:
        token = self._next
        kind = "number" if field == "nodes" else "text"
        if token.kind != kind or len(token.text) > 300:
            raise self._wrong("a whole number" if kind == "number" else "a text in quotes")
        self._take()
        if kind == "number":
            return int(token.text)
        text = token.text[1:-1].strip().lower()
        return text.replace(" ", "") if field == "region" else text


def _test(operator: str, wanted: Value | tuple[Value, ...]) -> Callable[[Value], bool]:
    negated, word = operator.startswith("not "), operator.removeprefix("not ")
    if word == "in":
        values = frozenset(wanted if isinstance(wanted, tuple) else (wanted,))
        return lambda value: (value in values) is not negated
    if word == "like":
        pattern = wildcard(str(wanted))
        return lambda value: (pattern.fullmatch(str(value)) is not None) is not negated
    compare = _COMPARES[operator]
    return lambda value: compare(value, wanted)
