"""A template and what it was given, turned into the resources that are going to be deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from azlocal.sandbox.templates.dependencies import Directory, connect
from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.ids import below, group_id, segments_fit, wrong_segments
from azlocal.sandbox.templates.parameters import bound
from azlocal.sandbox.templates.planned import DEPLOYMENTS, GROUPS, Planned, evaluation_scope, naming
from azlocal.sandbox.templates.resolve import computed, resolve, round_count, rounds, unrolled
from azlocal.sandbox.templates.scope import TENANT, Place, Runtime, Scope, variable_names
from azlocal.sandbox.templates.template import MOST_RESOURCES, Template, check_limit, check_version, definition_of
from azlocal.sandbox.templates.types import Declared, check, declared
from azlocal.sandbox.templates.user_functions import defined
from azlocal.sandbox.templates.values import Unresolved, lookup


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment is going to do. `parameters` holds type and value of each."""

    template: Template
    scope: Scope
    parameters: Mapping[str, tuple[Declared, Any]]
    resources: tuple[Planned, ...]
    directory: Directory

    def outputs(self, runtime: Runtime) -> dict[str, Any]:
        """Return all outputs, secure ones without their value."""
        return {key: shown for name in self.template.outputs for key, shown in self.output(name, runtime).items()}

    def output(self, name: str, runtime: Runtime) -> dict[str, Any]:
        """Return one output by its name; nothing when its condition does not hold."""
        with naming("output", name):
            shown = _output(self.template.outputs[name], self.template, self.scope.at_run_time(runtime), self.scope)
        return {} if shown is None else {name: shown}


def expand(template: Template, given: Mapping[str, Any], place: Place) -> Plan:
    """Return the plan of a deployment, or refuse template or parameters."""
    start = Scope(place)
    functions = defined(template.functions, template.definitions)
    parameters, values = bound(template.parameters, given, template.definitions, replace(start, functions=functions))
    scope = replace(start, functions=functions, parameters=parameters)
    scope = _with_variables(template.variables, scope)
    resources = tuple(_resources(template, scope))
    check_limit("resources", MOST_RESOURCES, len(resources))
    return Plan(template, scope, values, resources, connect(resources))


def _with_variables(section: Mapping[str, Any], scope: Scope) -> Scope:
    """Return *scope* with variables, which may name one another and are computed when first asked for."""
    scopes: list[Scope] = []
    computed_by = dict(_variables(section, lambda: scopes[0]))
    scopes.append(replace(scope, variables=variable_names(computed_by)))
    return scopes[0]


def _variables(section: Mapping[str, Any], scope: Callable[[], Scope]) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name, value in section.items():
        if name.lower() == "copy" and isinstance(value, list):
            for loop in value:
                yield str(lookup(loop, "name")), partial(_unrolled, loop, scope)
        else:
            yield name, partial(_resolved, value, scope)


def _unrolled(loop: Any, scope: Callable[[], Scope]) -> list[Any]:
    return unrolled(loop, scope())[1]


def _resolved(value: Any, scope: Callable[[], Scope]) -> Any:
    return resolve(value, scope())


def _resources(template: Template, scope: Scope) -> Iterator[Planned]:
    for symbol, definition in template.resources:
        with naming("resource", str(definition["name"])):
            planned = list(_looped(symbol, definition, scope, template.symbolic))
        yield from planned


def _looped(symbol: str, definition: Mapping[str, Any], scope: Scope, symbolic: bool) -> Iterator[Planned]:
    loop = definition.get("copy")
    if loop is None:
        yield from _one(symbol, definition, scope, None, symbolic)
        return
    if not isinstance(loop, dict) or not isinstance(lookup(loop, "name"), str):
        raise TemplateError(f"The copy definition must have the properties 'name' and 'count'. {see('arm-copy')}")
    name = lookup(loop, "name")
    for at, inner in enumerate(rounds(name, lookup(loop, "count"), scope)):
        for planned in _one(symbol, definition, inner, None, symbolic):
            planned.loop, planned.round = name, at
            yield planned


def _one(
    symbol: str, definition: Mapping[str, Any], scope: Scope, parent: Planned | None, symbolic: bool
) -> Iterator[Planned]:
    kind, name = _identity(definition, scope, parent)
    hangs_on = _hangs_on(definition, kind, scope)
    planned = Planned(
        _id(hangs_on, kind, name), kind, name, check_version(definition, computed(definition["apiVersion"], scope)),
        hangs_on, definition, scope, wanted=_condition(definition, scope),
        existing=definition.get("existing") is True, symbol=symbol,
    )  # fmt: skip
    if planned.nested:
        planned.definition = _with_evaluation(definition, symbolic)
    yield planned
    for at, told in enumerate(definition.get("resources") or ()):
        child = definition_of(told, f"{definition['name']}.resources[{at}]")
        if "copy" in child:
            raise TemplateError(
                f"The copy element is not supported for the child resource '{child['name']}'. {see('arm-copy')}"
            )
        yield from _one("", child, scope, planned, symbolic)


def _identity(definition: Mapping[str, Any], scope: Scope, parent: Planned | None) -> tuple[str, str]:
    kind, name = str(computed(definition["type"], scope)), computed(definition["name"], scope)
    if not isinstance(name, str) or not name:
        raise TemplateError(f"The name property must be a string that is not empty. {see('arm-syntax-resources')}")
    if parent is not None and not kind.lower().startswith(parent.type.lower() + "/"):
        kind, name = f"{parent.type}/{kind}", f"{parent.name}/{name}"
    if not segments_fit(kind, name):
        raise wrong_segments(kind, name)
    return kind, name


def _id(hangs_on: str, kind: str, name: str) -> str:
    if kind.lower() not in GROUPS:
        return below(hangs_on, kind, name)
    if "/resourcegroups/" in f"{hangs_on}/".lower() or hangs_on == TENANT:
        raise TemplateError(
            f"A resource group cannot be created in the scope '{hangs_on}'. {see('deploy-to-subscription')}"
        )
    return f"{hangs_on}/resourceGroups/{name}"


def _hangs_on(definition: Mapping[str, Any], kind: str, scope: Scope) -> str:
    """Return the id of the scope or resource below which a resource lives."""
    place = scope.place
    if "subscriptionId" in definition or "resourceGroup" in definition:
        own = str((place.subscription or {}).get("subscriptionId", ""))
        subscription = str(computed(definition.get("subscriptionId", own), scope))
        if "resourceGroup" in definition:
            return group_id(subscription, str(computed(definition["resourceGroup"], scope)))
        return f"/subscriptions/{subscription}"
    told = definition.get("scope")
    return place.scope if told is None else _told_scope(str(computed(told, scope)), kind, definition, place)


def _told_scope(told: str, kind: str, definition: Mapping[str, Any], place: Place) -> str:
    if told == TENANT:
        return TENANT
    full = told.rstrip("/") if told.startswith("/") else f"{place.scope}/providers/{told.strip('/')}"
    free = definition.get("existing") is True or kind.lower() == DEPLOYMENTS
    inside = full.lower() == place.scope.lower() or full.lower().startswith(place.scope.lower() + "/providers/")
    if free or inside:
        return full
    raise TemplateError(
        f"The scope '{told}' is not valid: an extension resource must lie in the scope of its deployment, which is "
        f"'{place.scope}'. {see('arm-scope')}"
    )


def _condition(definition: Mapping[str, Any], scope: Scope) -> bool:
    condition = computed(definition.get("condition", True), scope)
    if isinstance(condition, bool):
        return condition
    raise TemplateError(f"The condition must be a boolean, not '{condition}'. {see('arm-syntax-resources')}")


def _with_evaluation(definition: Mapping[str, Any], symbolic: bool) -> Mapping[str, Any]:
    """Write down where a nested deployment is evaluated: under languageVersion 2.0 always inside."""
    told = evaluation_scope(definition)
    if not symbolic:
        return definition
    if told == "outer":
        raise TemplateError(
            "The expression evaluation scope 'outer' is not supported for nested deployments in a template with "
            f"languageVersion 2.0. {see('nested-deployment')}"
        )
    properties = dict(definition.get("properties") or {})
    return {**definition, "properties": {**properties, "expressionEvaluationOptions": {"scope": "inner"}}}


def _output(told: Any, template: Template, scope: Scope, start: Scope) -> dict[str, Any] | None:
    type_ = declared("The template output", told, template.definitions)
    if computed(told.get("condition", True), start) is not True:
        return None
    loop = lookup(told, "copy")
    if loop is None:
        value = resolve(lookup(told, "value"), scope)
    else:
        count = round_count("output", lookup(loop, "count"), start)
        value = [resolve(lookup(loop, "input"), scope.in_loop("output", at)) for at in range(count)]
    if not isinstance(value, Unresolved):
        check("the template output", value, type_)
    return {"type": type_.shown} if type_.secure else {"type": type_.shown, "value": value}
