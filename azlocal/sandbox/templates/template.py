"""The envelope of a template: its sections, its limits, and everything that can be checked before any value is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azlocal.sandbox.templates.errors import MalformedTemplateError, TemplateError, see
from azlocal.sandbox.templates.syntax import is_expression, parse
from azlocal.sandbox.templates.values import lookup, texts_in, type_name

# Sources: documentation of ARM template limits and of the template's members.
MOST_PARAMETERS, MOST_VARIABLES, MOST_RESOURCES, MOST_OUTPUTS = 256, 512, 800, 64
LARGEST = 4 * 1024 * 1024
_SECTIONS = frozenset(
    {
        "$schema", "contentversion", "apiprofile", "languageversion", "metadata", "definitions", "parameters",
        "functions", "variables", "resources", "outputs", "extensions", "imports", "asserts", "scope",
    }
)  # fmt: skip
_MEMBERS = {
    name.lower(): name
    for name in (
        "apiVersion", "asserts", "comments", "condition", "copy", "dependsOn", "eTag", "existing", "extendedLocation",
        "extension", "identity", "import", "kind", "location", "managedBy", "managedByExtended", "metadata", "name",
        "placement", "plan", "properties", "resourceGroup", "resources", "scale", "scope", "sku", "subscriptionId",
        "tags", "tenantId", "type", "zones", "@options",
    )
}  # fmt: skip
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Template:
    """A template whose form is sound. `resources` are pairs of symbolic name (or empty) and definition."""

    raw: Mapping[str, Any]
    symbolic: bool
    resources: tuple[tuple[str, Mapping[str, Any]], ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    definitions: Mapping[str, Any] = field(default_factory=dict)
    functions: Sequence[Any] = ()


def read(raw: Any, path: str = "properties.template") -> Template:
    """Return the template that *raw* holds, or refuse it."""
    if not isinstance(raw, dict):
        raise MalformedTemplateError("The template is not a JSON object.", path=path)
    for name in ("$schema", "contentVersion", "resources"):
        if lookup(raw, name) is None:
            raise MalformedTemplateError(f"Required property '{name}' not found in JSON. Path '{path}'.", path=path)
    for name in raw:
        if name.lower() not in _SECTIONS:
            raise MalformedTemplateError(
                f"Could not find member '{name}' on object of type 'Template'. Path '{path}.{name}'.", path=path
            )
    template = _template(raw, path)
    _check_limits(template)
    _check_expressions(raw)
    return template


def _template(raw: Mapping[str, Any], path: str) -> Template:
    language = str(lookup(raw, "languageVersion", ""))
    symbolic = language.startswith("2.") or language.endswith("-experimental")
    return Template(
        raw,
        symbolic,
        tuple(_resources(lookup(raw, "resources"), symbolic, path)),
        **{name: _section(raw, name, path) for name in ("parameters", "variables", "outputs", "definitions")},
        functions=_list(lookup(raw, "functions") or [], f"{path}.functions"),
    )


def _section(raw: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    section = lookup(raw, name)
    if section is None:
        return {}
    if isinstance(section, dict):
        return section
    raise MalformedTemplateError(
        f"Error converting value of type '{type_name(section)}' to type 'Object'. Path '{path}.{name}'.", path=path
    )


def _list(told: Any, path: str) -> list[Any]:
    if isinstance(told, list):
        return told
    raise MalformedTemplateError(
        f"Error converting value of type '{type_name(told)}' to type 'Array'. Path '{path}'.", path=path
    )


def _resources(section: Any, symbolic: bool, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if symbolic and isinstance(section, dict):
        pairs = list(section.items())
    elif not symbolic and isinstance(section, list):
        pairs = [("", one) for one in section]
    else:
        wanted = "Object" if symbolic else "Array"
        raise MalformedTemplateError(
            f"Error converting value of type '{type_name(section)}' to type '{wanted}'. Path '{path}.resources'.",
            path=f"{path}.resources",
        )
    for at, (symbol, definition) in enumerate(pairs):
        yield symbol, definition_of(definition, f"{path}.resources[{symbol or at}]")


def definition_of(told: Any, path: str) -> Mapping[str, Any]:
    """Return a resource's definition with its members spelled as documented; refuse unknown or missing ones."""
    if not isinstance(told, dict):
        raise MalformedTemplateError(f"A resource must be a JSON object. Path '{path}'.", path=path)
    definition = {}
    for name, value in told.items():
        member = _MEMBERS.get(name.lower())
        if member is None:
            raise MalformedTemplateError(
                f"Could not find member '{name}' on object of type 'TemplateResource'. Path '{path}.{name}'.", path=path
            )
        listed = member == "resources" or (member == "dependsOn" and not isinstance(value, str))
        definition[member] = _list(value, f"{path}.{name}") if listed and value is not None else value
    for name in ("type", "apiVersion", "name"):
        if not isinstance(definition.get(name), str) or not definition[name]:
            raise TemplateError(
                f"The template resource at '{path}' is not valid. The {name} property cannot be null or empty. "
                f"{see('arm-syntax-resources')}",
                path=path,
            )
    return definition


def check_version(definition: Mapping[str, Any], version: Any) -> str:
    """Return an api-version when it is one."""
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return version
    raise TemplateError(
        f"The api-version '{version}' used for template resource '{definition['name']}' is not valid. "
        f"{see('arm-syntax-resources')}"
    )


def _check_limits(template: Template) -> None:
    for name, most, actual in (
        ("parameters", MOST_PARAMETERS, len(template.parameters)),
        ("variables", MOST_VARIABLES, len(template.variables)),
        ("outputs", MOST_OUTPUTS, len(template.outputs)),
        ("resources", MOST_RESOURCES, len(template.resources)),
    ):
        check_limit(name, most, actual)


def check_limit(name: str, most: int, actual: int) -> None:
    """Refuse more of something than a template may have."""
    if actual > most:
        raise TemplateError(
            f"The number of template {name} limit exceeded. Limit: '{most}' and actual: '{actual}'. {see('arm-syntax')}"
        )


def _check_expressions(raw: Mapping[str, Any]) -> None:
    """Parse every expression, so that one that cannot be right is refused wherever it stands."""
    for text in texts_in(raw):
        if is_expression(text):
            parse(text)
