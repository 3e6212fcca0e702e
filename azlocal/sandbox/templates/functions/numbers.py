"""Functions on whole numbers, and conversions to them."""

from __future__ import annotations

import re
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import want_integer
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.values import is_integer

LONGEST_RANGE = 10_000  # source: documentation of the template function range
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")


@function("add", 2)
def add(one: Any, other: Any) -> int:
    """Return the sum."""
    return want_integer("add", one) + want_integer("add", other)


@function("sub", 2)
def sub(one: Any, other: Any) -> int:
    """Return the difference."""
    return want_integer("sub", one) - want_integer("sub", other)


@function("mul", 2)
def mul(one: Any, other: Any) -> int:
    """Return the product."""
    return want_integer("mul", one) * want_integer("mul", other)


@function("div", 2)
def div(one: Any, other: Any) -> int:
    """Return the quotient without its fraction."""
    dividend, divisor = want_integer("div", one), _divisor("div", other)
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


@function("mod", 2)
def mod(one: Any, other: Any) -> int:
    """Return the remainder, with the sign of the dividend."""
    dividend, divisor = want_integer("mod", one), _divisor("mod", other)
    rest = abs(dividend) % abs(divisor)
    return -rest if dividend < 0 else rest


def _divisor(name: str, value: Any) -> int:
    divisor = want_integer(name, value)
    if divisor == 0:
        raise TemplateError(
            f"Unable to evaluate template language function '{name}': the divisor must not be zero. "
            f"{see(f'arm-functions#{name}')}"
        )
    return divisor


@function("int", 1)
def to_int(value: Any) -> int:
    """Return a number, or the number a string holds."""
    if is_integer(value):
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    raise TemplateError(
        "The template language function 'int' is invoked with a parameter that is not valid. The value cannot be "
        f"converted to the target type. {see('arm-functions#int')}"
    )


@function("min", 1, None)
def smallest(*values: Any) -> int:
    """Return the smallest of several numbers, or of an array of them."""
    return min(_numbers("min", values))


@function("max", 1, None)
def largest(*values: Any) -> int:
    """Return the largest of several numbers, or of an array of them."""
    return max(_numbers("max", values))


def _numbers(name: str, values: tuple[Any, ...]) -> list[int]:
    given = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    if not given:
        raise TemplateError(
            f"The template language function '{name}' expects its parameter to be an array of integers with at least "
            f"one element. {see(f'arm-functions#{name}')}"
        )
    return [want_integer(name, value) for value in given]


@function("range", 2)
def number_range(start: Any, count: Any) -> list[int]:
    """Return *count* numbers from *start*."""
    start, count = want_integer("range", start), want_integer("range", count)
    if not 0 <= count <= LONGEST_RANGE:
        raise TemplateError(
            f"Unable to evaluate template language function 'range': the count must be between 0 and {LONGEST_RANGE} "
            f"while '{count}' was provided. {see('arm-functions#range')}"
        )
    return list(range(start, start + count))
