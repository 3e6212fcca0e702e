"""Expressions: from text to something that can be computed, once for each text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from azlocal.sandbox.templates.errors import KnownAtRunTimeError, TemplateError, see
from azlocal.sandbox.templates.functions import registry
from azlocal.sandbox.templates.functions.registry import Function
from azlocal.sandbox.templates.scope import Scope
from azlocal.sandbox.templates.values import Unresolved, find_key, is_integer, type_name

LONGEST = 24_576  # characters of one expression; source: ARM template limits
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)(?![\w.])|(?P<name>[A-Za-z_]\w*)|(?P<sign>[()\[\],.]))"
)
_SIGNS = {
    "(": "LeftParenthesis",
    ")": "RightParenthesis",
    "[": "LeftSquareBracket",
    "]": "RightSquareBracket",
    ",": "Comma",
    ".": "Dot",
}
_LOOKUPS = frozenset({"reference", "references"})


@dataclass(frozen=True, slots=True)
class Literal:
    """A string or a whole number."""

    value: Any

    def evaluate(self, scope: Scope) -> Any:
        """Return the value."""
        del scope
        return self.value


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function of the language."""

    function: Function
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Any:
        """Compute the arguments, unless the function does that itself, and call."""
        function = self.function
        if function.takes == "parts":
            return function.body(scope, *self.arguments)
        values = [argument.evaluate(scope) for argument in self.arguments]
        if function.takes == "scope":
            return function.body(scope, *values)
        if function.takes == "name":
            return function.body(scope, function.name, *values)
        return function.body(*values)


@dataclass(frozen=True, slots=True)
class UserCall:
    """A call of a function that the template defines: `namespace.name(...)`."""

    name: str
    arguments: tuple[Node, ...]

    def evaluate(self, scope: Scope) -> Any:
        """Compute the arguments and call."""
        defined = scope.functions.get(self.name.lower())
        if defined is None:
            raise TemplateError(f"The template function '{self.name}' is not valid. {see('arm-functions')}")
        return defined.call(scope, [argument.evaluate(scope) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Access:
    """A property or an element of a value: `.name` or `[expression]`."""

    of: Node
    key: Node

    def evaluate(self, scope: Scope) -> Any:
        """Return the part, or refuse with the parts there are."""
        value, key = self.of.evaluate(scope), self.key.evaluate(scope)
        part = _element(value, key) if isinstance(value, list) else _property(value, key)
        if isinstance(part, Unresolved):
            raise KnownAtRunTimeError(str(key))
        return part


Node = Literal | Call | UserCall | Access


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression and what it asks of deployed resources."""

    root: Node
    lookups: tuple[Call, ...]


def is_expression(text: str) -> bool:
    """Return whether ARM computes *text* instead of taking it as it stands."""
    return text[:1] == "[" and text[-1:] == "]" and text[:2] != "[["


@lru_cache(maxsize=8192)
def parse(text: str) -> Expression:
    """Return the expression between the brackets of *text*; unknown functions and wrong counts are refused here."""
    if len(text) > LONGEST:
        raise TemplateError(
            f"The language expression length limit exceeded. Limit: '{LONGEST}' and actual: '{len(text)}'."
        )
    parser = _Parser(text)
    root = parser.expression()
    parser.expect("EndOfData")
    return Expression(root, tuple(call for call in calls_in(root) if asks(call.function.name)))


def asks(function: str) -> bool:
    """Return whether a function asks a deployed resource."""
    name = function.lower()
    return name in _LOOKUPS or name.startswith("list")


def calls_in(node: Node) -> Iterator[Call]:
    """Yield every call of a function of the language, outermost first."""
    if isinstance(node, Access):
        yield from calls_in(node.of)
        yield from calls_in(node.key)
    elif isinstance(node, (Call, UserCall)):
        if isinstance(node, Call):
            yield node
        for argument in node.arguments:
            yield from calls_in(argument)


def _element(value: list[Any], key: Any) -> Any:
    if not is_integer(key):
        raise TemplateError(
            f"The language expression property '{key}' can't be evaluated, array index must be an integer. "
            f"The provided value is of type '{type_name(key)}'."
        )
    if 0 <= key < len(value):
        return value[key]
    raise TemplateError(f"The language expression property array index '{key}' is out of bounds.")


def _property(value: Any, key: Any) -> Any:
    if not isinstance(value, dict):
        raise TemplateError(
            f"The language expression property '{key}' can't be evaluated, property selection is not supported on "
            f"values of type '{type_name(value)}'."
        )
    if not isinstance(key, str):
        raise TemplateError(
            f"The language expression property '{key}' can't be evaluated, property name must be a string."
        )
    found = find_key(value, key)
    if found is None:
        raise TemplateError(
            f"The language expression property '{key}' doesn't exist, available properties are '{', '.join(value)}'."
        )
    return value[found]


class _Parser:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._scan(text[1:-1])
        self._at = 0

    def _scan(self, inner: str) -> list[tuple[str, str]]:
        inner, tokens, at = inner.rstrip(), [], 0
        while at < len(inner):
            found = _TOKEN.match(inner, at)
            if found is None:
                raise TemplateError(
                    f"Unable to parse language expression '{inner}': unexpected character at position '{at}'. "
                    f"{see('arm-template-expressions')}"
                )
            tokens.append(_token(found))
            at = found.end()
        return [*tokens, ("EndOfData", "")]

    def expect(self, kind: str) -> str:
        """Take the next token, which must be of *kind*."""
        actual, value = self._tokens[self._at]
        if actual != kind:
            raise TemplateError(
                f"Unable to parse language expression '{self._text[1:-1]}': expected token '{kind}' and actual "
                f"'{actual}'."
            )
        self._at += 1
        return value

    def _next(self) -> str:
        return self._tokens[self._at][0]

    def expression(self) -> Node:
        """Parse a value and everything selected from it."""
        node = self._value()
        while self._next() in {"Dot", "LeftSquareBracket"}:
            if self._next() == "Dot":
                self.expect("Dot")
                node = Access(node, Literal(self.expect("Identifier")))
            else:
                self.expect("LeftSquareBracket")
                node = Access(node, self.expression())
                self.expect("RightSquareBracket")
        return node

    def _value(self) -> Node:
        kind = self._next()
        if kind == "StringLiteral":
            return Literal(self.expect(kind)[1:-1].replace("''", "'"))
        if kind == "Integer":
            return Literal(int(self.expect(kind)))
        name = self.expect("Identifier")
        while self._next() == "Dot":
            self.expect("Dot")
            name += "." + self.expect("Identifier")
        return _call(name, self._arguments())

    def _arguments(self) -> tuple[Node, ...]:
        self.expect("LeftParenthesis")
        arguments: list[Node] = []
        while self._next() != "RightParenthesis":
            arguments.append(self.expression())
            if self._next() != "RightParenthesis":
                self.expect("Comma")
                if self._next() == "RightParenthesis":
                    self.expect("Identifier")
        self.expect("RightParenthesis")
        return tuple(arguments)


def _token(found: re.Match[str]) -> tuple[str, str]:
    if found["text"] is not None:
        return "StringLiteral", found["text"]
    if found["number"] is not None:
        return "Integer", found["number"]
    if found["name"] is not None:
        return "Identifier", found["name"]
    return _SIGNS[found["sign"]], found["sign"]


def _call(name: str, arguments: tuple[Node, ...]) -> Node:
    if "." in name:
        return UserCall(name, arguments)
    function = registry.find(name)
    function.check(len(arguments))
    return Call(function, arguments)
