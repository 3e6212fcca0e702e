"""Functions that take a function."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import want
from azlocal.sandbox.templates.functions.registry import Evaluable, function
from azlocal.sandbox.templates.scope import Scope


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function written in an expression, with the scope it was written in."""

    names: tuple[str, ...]
    body: Evaluable
    scope: Scope

    def __call__(self, *values: Any) -> Any:
        """Compute the body; values that no name takes are left out."""
        named = {name.lower(): value for name, value in zip(self.names, values)}
        return self.body.evaluate(self.scope.with_arguments(named))


@function("lambda", 1, None, takes="parts")
def make(scope: Scope, *parts: Evaluable) -> Lambda:
    """Return a function of the names that come before its body."""
    names = [part.evaluate(scope) for part in parts[:-1]]
    if not all(isinstance(name, str) for name in names):
        raise TemplateError(f"The lambda variable names must be strings. {see('arm-functions#lambda')}")
    return Lambda(tuple(names), parts[-1], scope)


@function("lambdaVariables", 1, takes="scope")
def variable(scope: Scope, name: Any) -> Any:
    """Return what a name of the lambda stands for."""
    key = str(name).lower()
    if key not in scope.arguments:
        raise TemplateError(f"The lambda variable '{name}' is not found. {see('arm-functions#lambdavariables')}")
    return scope.arguments[key]


def _function(name: str, value: Any) -> Lambda:
    if isinstance(value, Lambda):
        return value
    raise TemplateError(
        f"The template language function '{name}' expects its parameter to be a lambda. {see(f'arm-functions#{name}')}"
    )


@function("map", 2)
def mapped(values: Any, change: Any) -> list[Any]:
    """Return every element changed; the function may take the place too."""
    call = _function("map", change)
    return [call(value, at) for at, value in enumerate(want("map", "an array", values))]


@function("mapValues", 2)
def mapped_values(values: Any, change: Any) -> dict[str, Any]:
    """Return an object with every value changed."""
    call = _function("mapValues", change)
    return {key: call(value) for key, value in want("mapValues", "an object", values).items()}


@function("filter", 2)
def filtered(values: Any, keep: Any) -> list[Any]:
    """Return the elements that are to be kept; the function may take the place too."""
    call = _function("filter", keep)
    kept = enumerate(want("filter", "an array", values))
    return [value for at, value in kept if want("filter", "a boolean", call(value, at))]


@function("reduce", 3)
def reduced(values: Any, start: Any, combine: Any) -> Any:
    """Return what combining all elements one after the other leads to."""
    call, result = _function("reduce", combine), start
    for at, value in enumerate(want("reduce", "an array", values)):
        result = call(result, value, at)
    return result


@function("sort", 2)
def ordered(values: Any, comes_first: Any) -> list[Any]:
    """Return the elements in the order that the function says: whether its first argument comes first."""
    call = _function("sort", comes_first)

    def compare(one: Any, other: Any) -> int:
        if want("sort", "a boolean", call(one, other)):
            return -1
        return 1 if want("sort", "a boolean", call(other, one)) else 0

    return sorted(want("sort", "an array", values), key=cmp_to_key(compare))


@function("toObject", 2, 3)
def to_object(values: Any, key: Any, value: Any = None) -> dict[str, Any]:
    """Return an object of the elements, with a key and perhaps a value computed for each."""
    key_of = _function("toObject", key)
    value_of = None if value is None else _function("toObject", value)
    return {
        want("toObject", "a string", key_of(one)): one if value_of is None else value_of(one)
        for one in want("toObject", "an array", values)
    }


@function("groupBy", 2)
def grouped(values: Any, key: Any) -> dict[str, list[Any]]:
    """Return the elements by a key computed for each."""
    call = _function("groupBy", key)
    groups: dict[str, list[Any]] = {}
    for value in want("groupBy", "an array", values):
        groups.setdefault(want("groupBy", "a string", call(value)), []).append(value)
    return groups
