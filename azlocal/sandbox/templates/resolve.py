"""Compute every expression in a JSON value, and unroll the loops inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azlocal.sandbox.templates.errors import KnownAtRunTimeError, TemplateError, see
from azlocal.sandbox.templates.scope import Scope
from azlocal.sandbox.templates.syntax import is_expression, parse
from azlocal.sandbox.templates.values import Unresolved, is_integer, type_name

MOST_ROUNDS = 800  # source: documentation of the copy element


def resolve(value: Any, scope: Scope) -> Any:
    """Return *value* with its expressions computed; what is known at run time only stays as `Unresolved`."""
    if isinstance(value, str):
        return _text(value, scope)
    if isinstance(value, dict):
        return _object(value, scope)
    if isinstance(value, list):
        return [resolve(part, scope) for part in value]
    return value


def computed(text: Any, scope: Scope) -> Any:
    """Return one value computed; what is known at run time only raises `KnownAtRunTimeError`."""
    value = resolve(text, scope)
    if isinstance(value, Unresolved):
        raise KnownAtRunTimeError(value)
    return value


def _text(text: str, scope: Scope) -> Any:
    # An outer template has left what is unresolved to its own run: it is not for this scope to compute.
    if text[:1] != "[" or text[-1:] != "]" or isinstance(text, Unresolved):
        return text
    if text[:2] == "[[":
        return text[1:]
    try:
        value = parse(text).root.evaluate(scope)
    except KnownAtRunTimeError:
        return Unresolved(text)
    return _escaped(value) if scope.escaping else value


def _escaped(value: Any) -> Any:
    """Protect computed texts that look like expressions: an inner template is going to be computed again."""
    if isinstance(value, dict):
        return {key: _escaped(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_escaped(part) for part in value]
    return f"[{value}" if isinstance(value, str) and is_expression(value) else value


def _object(value: dict[str, Any], scope: Scope) -> dict[str, Any]:
    loops = value.get("copy")
    result = {
        _key(key, scope): resolve(part, scope)
        for key, part in value.items()
        if not (key == "copy" and isinstance(loops, list))
    }
    if isinstance(loops, list):
        for loop in loops:
            name, elements = unrolled(loop, scope)
            result[name] = elements
    return result


def _key(key: str, scope: Scope) -> str:
    if key[:1] != "[":
        return key
    name = resolve(key, scope)
    if isinstance(name, str):
        return name
    raise TemplateError(f"The template property name '{key}' must be a string. {see('arm-template-expressions')}")


def unrolled(loop: Any, scope: Scope) -> tuple[str, list[Any]]:
    """Return the name and the elements of a loop `{name, count, input}` over a property or a variable."""
    if not isinstance(loop, dict) or not isinstance(loop.get("name"), str) or "input" not in loop:
        raise TemplateError(
            f"The copy definition must have the properties 'name', 'count' and 'input'. {see('arm-copy')}"
        )
    name = loop["name"]
    return name, [resolve(loop["input"], inner) for inner in rounds(name, loop.get("count"), scope)]


def rounds(name: str, count: Any, scope: Scope) -> Iterator[Scope]:
    """Yield a scope for every round of a loop."""
    for index in range(round_count(name, count, scope)):
        yield scope.in_loop(name, index)


def round_count(name: str, count: Any, scope: Scope) -> int:
    """Return how many rounds a loop makes, which must be known before anything is deployed."""
    number = computed(count, scope)
    if not is_integer(number):
        raise TemplateError(
            f"The template copy definition '{name}' has a count that is not valid. Expected a value of type 'Integer' "
            f"but received a value of type '{type_name(number)}'. {see('arm-copy')}"
        )
    if not 0 <= number <= MOST_ROUNDS:
        raise TemplateError(
            f"The copy count '{number}' of '{name}' must be a non-negative integer value and cannot exceed "
            f"'{MOST_ROUNDS}'. {see('arm-copy')}"
        )
    return int(number)
