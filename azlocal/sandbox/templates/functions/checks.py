"""What functions demand of their arguments, with ARM's refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.values import is_integer, type_name

_WANTED: dict[str, type | tuple[type, ...]] = {
    "a string": str,
    "an array": list,
    "an object": dict,
    "a boolean": bool,
    "a string or an array": (str, list),
    "an array, object, or a string": (list, dict, str),
    "an array or an object": (list, dict),
}


def refuse(function: str, wanted: str, value: Any) -> TemplateError:
    """Return the refusal of an argument of the wrong type."""
    return TemplateError(
        f"The template language function '{function}' expects its parameter to be {wanted}. The provided value is of "
        f"type '{type_name(value)}'. {see(f'arm-functions#{function.lower()}')}"
    )


def want(function: str, wanted: str, value: Any) -> Any:
    """Return *value* when it is what the key of `_WANTED` says."""
    if isinstance(value, _WANTED[wanted]):
        return value
    raise refuse(function, wanted, value)


def want_integer(function: str, value: Any) -> int:
    """Return *value* when it is a whole number."""
    if is_integer(value):
        return int(value)
    raise refuse(function, "an integer", value)


def want_text(function: str, value: Any) -> str:
    """Return *value* when it is a string."""
    return str(want(function, "a string", value))


def want_all(function: str, wanted: str, values: Sequence[Any]) -> None:
    """Demand the same of every argument."""
    for value in values:
        want(function, wanted, value)
