"""The functions of the template language, by name, with how many arguments each takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.scope import Scope

Body = TypeVar("Body", bound=Callable[..., Any])


class Evaluable(Protocol):
    """A part of an expression that can be computed."""

    def evaluate(self, scope: Scope) -> Any:
        """Return the value in *scope*."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `takes` says what its body is given: values, scope and values, or scope and unevaluated parts."""

    name: str
    body: Callable[..., Any]
    least: int
    most: int | None
    takes: str

    def check(self, count: int) -> None:
        """Refuse a wrong number of arguments."""
        if count >= self.least and (self.most is None or count <= self.most):
            return
        raise TemplateError(
            f"Unable to evaluate template language function '{self.name}': function requires {self._wanted()} "
            f"argument(s) while {count} were provided. {see(f'arm-functions#{self.name.lower()}')}"
        )

    def _wanted(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        return str(self.least) if self.least == self.most else f"between {self.least} and {self.most}"


FUNCTIONS: dict[str, Function] = {}


def function(name: str, least: int, most: int | None = -1, *, takes: str = "values") -> Callable[[Body], Body]:
    """Register a function taking *least* to *most* arguments; None is any number, left out means exactly *least*."""

    def register(body: Body) -> Body:
        FUNCTIONS[name.lower()] = Function(name, body, least, least if most == -1 else most, takes)
        return body

    return register


def find(name: str) -> Function:
    """Return the function called *name*; `list*` names all mean the same action on a resource."""
    found = FUNCTIONS.get(name.lower())
    if found is not None:
        return found
    if name.lower().startswith("list"):
        action = FUNCTIONS["list*"]
        return Function(name, action.body, action.least, action.most, action.takes)
    raise TemplateError(f"The template function '{name}' is not valid. {see('arm-functions')}")
