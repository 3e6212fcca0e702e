"""Comparison, decision, and the constants."""

from __future__ import annotations

from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import refuse, want
from azlocal.sandbox.templates.functions.registry import Evaluable, function
from azlocal.sandbox.templates.scope import Scope
from azlocal.sandbox.templates.values import equal, is_integer


@function("true", 0)
def true() -> bool:
    """Return true."""
    return True


@function("false", 0)
def false() -> bool:
    """Return false."""
    return False


@function("null", 0)
def null() -> None:
    """Return null."""


@function("bool", 1)
def to_bool(value: Any) -> bool:
    """Return a boolean, or the one a string or a number stands for."""
    if isinstance(value, bool) or is_integer(value):
        return bool(value)
    known = {"true": True, "false": False, "1": True, "0": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise TemplateError(
        "The template language function 'bool' is invoked with a parameter that is not valid. The value cannot be "
        f"converted to the target type. {see('arm-functions#bool')}"
    )


@function("if", 3, takes="parts")
def choose(scope: Scope, condition: Evaluable, yes: Evaluable, no: Evaluable) -> Any:
    """Compute only the branch that is chosen."""
    return (yes if want("if", "a boolean", condition.evaluate(scope)) else no).evaluate(scope)


@function("and", 2, None, takes="parts")
def every(scope: Scope, *conditions: Evaluable) -> bool:
    """Return whether all are true, computing no more than needed."""
    return all(want("and", "a boolean", condition.evaluate(scope)) for condition in conditions)


@function("or", 2, None, takes="parts")
def some(scope: Scope, *conditions: Evaluable) -> bool:
    """Return whether one is true, computing no more than needed."""
    return any(want("or", "a boolean", condition.evaluate(scope)) for condition in conditions)


@function("not", 1)
def negate(value: Any) -> bool:
    """Return the opposite."""
    return not want("not", "a boolean", value)


@function("xor", 2)
def differ(one: Any, other: Any) -> bool:
    """Return whether exactly one is true."""
    return bool(want("xor", "a boolean", one) ^ want("xor", "a boolean", other))


@function("coalesce", 1, None, takes="parts")
def coalesce(scope: Scope, *values: Evaluable) -> Any:
    """Return the first value that is not null."""
    return next((known for value in values if (known := value.evaluate(scope)) is not None), None)


@function("equals", 2)
def equals(one: Any, other: Any) -> bool:
    """Return whether both are the same."""
    return equal(one, other)


@function("less", 2)
def less(one: Any, other: Any) -> bool:
    """Return whether the first is smaller."""
    return bool(_comparable("less", one, other) and one < other)


@function("lessOrEquals", 2)
def less_or_equals(one: Any, other: Any) -> bool:
    """Return whether the first is not larger."""
    return bool(_comparable("lessOrEquals", one, other) and one <= other)


@function("greater", 2)
def greater(one: Any, other: Any) -> bool:
    """Return whether the first is larger."""
    return bool(_comparable("greater", one, other) and one > other)


@function("greaterOrEquals", 2)
def greater_or_equals(one: Any, other: Any) -> bool:
    """Return whether the first is not smaller."""
    return bool(_comparable("greaterOrEquals", one, other) and one >= other)


def _comparable(name: str, one: Any, other: Any) -> bool:
    if is_integer(one) and is_integer(other):
        return True
    if isinstance(one, str) and isinstance(other, str):
        return True
    raise refuse(name, "two integers or two strings", other if is_integer(one) or isinstance(one, str) else one)


@function("fail", 1)
def fail(message: Any) -> Any:
    """Stop with *message*."""
    raise TemplateError(str(message))
