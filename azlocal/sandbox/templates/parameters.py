"""Parameters: what a template declares, what a deployment gives, and the values that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.resolve import resolve
from azlocal.sandbox.templates.scope import Names, Scope, known, parameter_names
from azlocal.sandbox.templates.types import Declared, check, declared
from azlocal.sandbox.templates.values import find_key


def bound(
    declarations: Mapping[str, Any], given: Mapping[str, Any], definitions: Mapping[str, Any], scope: Scope
) -> tuple[Names, dict[str, tuple[Declared, Any]]]:
    """Return the parameters for expressions, and type and value of each; refuse what breaks a rule."""
    _check_known(declarations, given)
    types = {
        name: declared(f"The template parameter '{name}'", told, definitions) for name, told in declarations.items()
    }
    names: list[Names] = []
    computed = {name: _value(name, types[name], given, scope, names) for name in declarations}
    names.append(parameter_names(computed))
    values = {name: (types[name], names[0].raw(name)) for name in declarations}
    for name, (type_, value) in values.items():
        check(f"the template parameter '{name}'", value, type_)
    return names[0], values


def _check_known(declarations: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    strange = [name for name in given if find_key(declarations, name) is None]
    if strange:
        raise TemplateError(
            f"The template parameters '{', '.join(strange)}' in the parameters file are not valid; they are not "
            "present in the original template and can therefore not be provided at deployment time. The only "
            f"supported parameters for this template are '{', '.join(declarations)}'. "
            f"{see('arm-pass-parameter-values')}",
            path=f"properties.parameters.{strange[0]}",
        )


def _value(name: str, type_: Declared, given: Mapping[str, Any], scope: Scope, names: list[Names]) -> Callable[[], Any]:
    found = find_key(given, name)
    if found is not None and not (given[found] is None and "defaultValue" in type_.rules):
        return known(given[found])
    default = find_key(type_.rules, "defaultValue")
    if default is not None:
        # Defaults may name other parameters, so they are computed when all names are there.
        return lambda: resolve(type_.rules[default], replace(scope, parameters=names[0], in_defaults=True))
    if type_.nullable:
        return known(None)
    raise TemplateError(
        f"The value for the template parameter '{name}' is not provided. {see('arm-create-parameter-file')}",
        path=f"properties.template.parameters.{name}",
    )


def shown(values: Mapping[str, tuple[Declared, Any]]) -> dict[str, Any]:
    """Return parameters as a deployment shows them: secure ones without their value."""
    return {
        name: {"type": type_.shown} if type_.secure else {"type": type_.shown, "value": value}
        for name, (type_, value) in values.items()
    }
