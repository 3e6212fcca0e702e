"""Our own rules for templates, with neither Azure nor schema files: what a broken template would be refused for.

`known_types.json` holds, for each type that the project deploys, its api-versions, top-level members, required
properties and the names of its properties, some levels deep (None: anything).
Source: Azure/azure-resource-manager-schemas, and the request of deploymentSettings that Microsoft publishes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError
from azlocal.sandbox.templates.syntax import Call, Literal, calls_in, is_expression, parse

KNOWN = json.loads((Path(__file__).parent / "known_types.json").read_text("utf-8"))
TYPES = {name.lower(): told for name, told in KNOWN.items()}
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
ENGINE = {"type", "apiVersion", "name", "properties", "dependsOn", "copy", "condition"}
DEPLOYMENTS = "microsoft.resources/deployments"
SECRET = re.compile(r"secure|password|secret(?!Uri)", re.IGNORECASE)


@dataclass(frozen=True)
class Resource:
    """One resource of a template, under the names by which others may depend on it."""

    symbol: str
    body: dict[str, Any]

    @property
    def kind(self):
        return str(self.body.get("type", "")).lower()

    @property
    def called(self):
        return {self.symbol, self.body.get("copy", {}).get("name", "")} - {""}

    def __str__(self):
        return f"{self.body.get('type')} {self.symbol or self.body.get('name')}"


def problems(template: dict[str, Any], place: str = "template") -> list[str]:
    """Return what is wrong with a template and those inside it, each with its place."""
    found = list(_expressions(template, place)) + list(_parameters(template, place))
    resources = _resources(template)
    for one in resources:
        found += [f"{place}: {one}: {text}" for text in (*_form(one), *_dependencies(one, resources))]
        inner = one.body.get("properties", {}).get("template") if one.kind == DEPLOYMENTS else None
        if isinstance(inner, dict):
            found += problems(inner, f"{place}/{one.symbol or one.body['name']}")
            found += [f"{place}: {one}: {text}" for text in _handed_over(one.body["properties"], inner)]
    return found


def _resources(template) -> list[Resource]:
    told = template.get("resources", {})
    pairs = told.items() if isinstance(told, dict) else (("", one) for one in told)
    return [Resource(symbol, body) for symbol, body in pairs]


# types, versions, properties


def _form(one: Resource) -> Iterator[str]:
    known = TYPES.get(one.kind)
    if known is None:
        yield "a type that is not known here; correct it, or add it to known_types.json with its source"
        return
    version = str(one.body.get("apiVersion", ""))
    if not VERSION.fullmatch(version):
        yield f"the api-version '{version}' has not the form YYYY-MM-DD"
    elif version not in known["versions"]:
        yield f"the api-version '{version}' is not one of {', '.join(known['versions'])}"
    for member in one.body.keys() - ENGINE - set(known["members"]) - {"scope", "tags", "location"}:
        yield f"unknown member '{member}'"
    properties = one.body.get("properties", {})
    for name in known["required"]:
        if name not in properties:
            yield f"the property '{name}' is missing"
    yield from _names(properties, known["properties"], "properties")


def _names(value, known, path) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _names(one, known, path)
    elif isinstance(value, dict) and known:
        lower = {name.lower(): told for name, told in known.items()}
        for name, told in value.items():
            if name.lower() in lower:
                yield from _names(told, lower[name.lower()], f"{path}.{name}")
            elif name != "copy":
                yield f"unknown property '{path}.{name}'"


# dependencies


def _dependencies(one: Resource, resources: list[Resource]) -> Iterator[str]:
    for told in one.body.get("dependsOn", ()):
        if not _meant(told, resources):
            yield f"depends on '{told}', which is no resource of this template"
    before = _before(one, resources)
    for kind in sorted(_needed(one)):
        others = [other for other in resources if other.kind == kind != one.kind]
        # Which one of its kind is meant is in an expression: one of them is enough.
        if others and not any(id(other) in before for other in others):
            yield f"needs {others[0]} and does not depend on it"


def _meant(told: str, resources) -> list[Resource]:
    named = [one for one in resources if told in one.called]
    kind = _resource_ids(told)
    return named or [one for one in resources if one.kind in kind]


def _before(one: Resource, resources) -> set[int]:
    """Return what a resource waits for: told, implied by reference(), and what those wait for."""
    seen: set[int] = set()
    waiting = [one]
    while waiting:
        current = waiting.pop()
        told = [other for name in current.body.get("dependsOn", ()) for other in _meant(name, resources)]
        for other in told + _implied(current, resources):
            if id(other) not in seen:
                seen.add(id(other))
                waiting.append(other)
    return seen


def _implied(one: Resource, resources) -> list[Resource]:
    names = {
        call.arguments[0].value
        for text in _texts(_own(one))
        for call in _calls(text)
        if call.function.name == "reference" and isinstance(call.arguments[0], Literal)
    }
    return [other for other in resources if other.called & names]


def _needed(one: Resource) -> set[str]:
    """Return the types of what a resource cannot be made without: its parent, its scope, what it names."""
    kinds = {kind for text in _texts(_own(one)) for kind in _resource_ids(text)}
    if one.kind.count("/") > 1:
        kinds.add(one.kind.rsplit("/", 1)[0])
    scope = str(one.body.get("scope", ""))
    return kinds | {kind for kind in TYPES if f"'{kind}/" in scope.lower()}


def _own(one: Resource) -> dict[str, Any]:
    """Return a resource without the template in it, which has resources of its own, and without what it waits for."""
    body = {name: value for name, value in one.body.items() if name != "dependsOn"}
    if one.kind == DEPLOYMENTS:
        body["properties"] = {name: value for name, value in body["properties"].items() if name != "template"}
    return body


def _resource_ids(text: str) -> set[str]:
    return {
        argument.value.lower()
        for call in _calls(text)
        if call.function.name in {"resourceId", "extensionResourceId"}
        for argument in call.arguments
        if isinstance(argument, Literal) and isinstance(argument.value, str) and "/" in argument.value
    }


# expressions, parameters, variables


def _expressions(template, place) -> Iterator[str]:
    for text in _texts(_outside(template)):
        if is_expression(text):
            try:
                parse(text)
            except TemplateError as error:
                yield f"{place}: '{text[:120]}': {error.message}"


def _parameters(template, place) -> Iterator[str]:
    used: dict[str, set[str]] = {"parameters": set(), "variables": set()}
    for text in _texts(_outside(template)):
        for call in _calls(text):
            if call.function.name in used and isinstance(call.arguments[0], Literal):
                used[call.function.name].add(call.arguments[0].value)
    for section, names in used.items():
        declared = set(template.get(section, {}))
        yield from (f"{place}: {section}('{name}') is not declared" for name in sorted(names - declared))
        yield from (f"{place}: {section}('{name}') is declared and not used" for name in sorted(declared - names))
    for name, told in template.get("parameters", {}).items():
        if SECRET.search(str(told.get("type", ""))) or SECRET.search(name):
            yield f"{place}: the parameter '{name}' is a secret"


def _handed_over(properties, inner) -> Iterator[str]:
    given, declared = set(properties.get("parameters", {})), inner.get("parameters", {})
    yield from (f"gives '{name}', which the template inside does not take" for name in sorted(given - set(declared)))
    wanted = {name for name, told in declared.items() if "defaultValue" not in told}
    yield from (f"does not give '{name}', which the template inside asks for" for name in sorted(wanted - given))


def _outside(value):
    """Return a template without the templates in its deployments: they have parameters of their own."""
    if isinstance(value, list):
        return [_outside(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {} if name == "template" and isinstance(told, dict) and "resources" in told else _outside(told)
        for name, told in value.items()
    }


def _texts(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)


def _calls(text: str) -> Iterator[Call]:
    if is_expression(text):
        try:
            yield from calls_in(parse(text).root)
        except TemplateError:
            return
