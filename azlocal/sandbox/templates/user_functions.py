"""Functions that a template defines for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.resolve import computed
from azlocal.sandbox.templates.scope import NOT_HERE, NOTHING_DECLARED, Scope, known, parameter_names
from azlocal.sandbox.templates.types import check, declared
from azlocal.sandbox.templates.values import lookup


@dataclass(frozen=True, slots=True)
class UserFunction:
    """One function `namespace.name`; it sees its own parameters and nothing else."""

    name: str
    parameters: Sequence[Mapping[str, Any]]
    output: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def call(self, scope: Scope, values: Sequence[Any]) -> Any:
        """Compute the output for *values*."""
        if len(values) != len(self.parameters):
            raise TemplateError(
                f"Unable to evaluate template language function '{self.name}': function requires "
                f"{len(self.parameters)} argument(s) while {len(values)} were provided. {see('arm-functions')}"
            )
        given = {str(lookup(told, "name")): value for told, value in zip(self.parameters, values)}
        for told, (name, value) in zip(self.parameters, given.items()):
            what = f"the parameter '{name}' of the template function '{self.name}'"
            check(what, value, declared(what, told, self.definitions))
        inner = replace(
            scope, parameters=parameter_names({name: known(value) for name, value in given.items()}),
            variables=NOTHING_DECLARED["variable"], runtime=NOT_HERE, loops=(), arguments={}, in_function=True,
        )  # fmt: skip
        return computed(lookup(self.output, "value"), inner)


def defined(sections: Sequence[Any], definitions: Mapping[str, Any]) -> dict[str, UserFunction]:
    """Return the functions of a template's `functions` section by name in lower case."""
    return {function.name.lower(): function for function in _functions(sections, definitions)}


def _functions(sections: Sequence[Any], definitions: Mapping[str, Any]) -> Iterator[UserFunction]:
    for section in sections:
        namespace, members = lookup(section, "namespace"), lookup(section, "members")
        if not isinstance(namespace, str) or not isinstance(members, dict):
            raise TemplateError(f"A function section must have a namespace and members. {see('arm-syntax-functions')}")
        for name, told in members.items():
            parameters = lookup(told, "parameters") or []
            if not isinstance(parameters, list) or not all(isinstance(one, dict) for one in parameters):
                raise TemplateError(
                    f"The parameters of the template function '{namespace}.{name}' must be an array of objects. "
                    f"{see('arm-syntax-functions')}"
                )
            output = lookup(told, "output")
            if not isinstance(output, dict):
                raise TemplateError(
                    f"The template function '{namespace}.{name}' must have an output. {see('arm-syntax-functions')}"
                )
            yield UserFunction(f"{namespace}.{name}", parameters, output, definitions)
