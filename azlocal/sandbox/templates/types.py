"""Declared types of parameters and outputs, and whether a value is of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.values import Unresolved, equal, find_key, is_integer, lookup, type_name

# Declared type -> (how a deployment shows it, how messages name the JSON type it takes).
TYPES: dict[str, tuple[str, str]] = {
    "string": ("String", "String"),
    "securestring": ("SecureString", "String"),
    "int": ("Int", "Integer"),
    "bool": ("Bool", "Boolean"),
    "object": ("Object", "Object"),
    "secureobject": ("SecureObject", "Object"),
    "array": ("Array", "Array"),
}
SECURE = frozenset({"securestring", "secureobject"})
_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Declared:
    """A type with its rules, references to named types followed."""

    kind: str
    rules: Mapping[str, Any]
    definitions: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """Return the name under which a deployment shows the type."""
        return TYPES[self.kind][0]

    @property
    def secure(self) -> bool:
        """Return whether values must not be shown."""
        return self.kind in SECURE

    @property
    def nullable(self) -> bool:
        """Return whether null, or nothing, is a value."""
        return lookup(self.rules, "nullable") is True


def declared(what: str, told: Any, definitions: Mapping[str, Any]) -> Declared:
    """Return the type that a declaration tells of; *what* names the declaration in refusals."""
    rules = _followed(what, told, definitions)
    kind = lookup(rules, "type")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TemplateError(
            f"{what} has a type '{kind}' that is not valid. Supported types are "
            f"'{', '.join(shown for shown, _ in TYPES.values())}'. {see('arm-syntax-parameters')}"
        )
    return Declared(kind.lower(), rules, definitions)


def _followed(what: str, told: Any, definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    rules: dict[str, Any] = {}
    for _ in range(_DEEPEST):
        if not isinstance(told, dict):
            break
        rules = {**told, **rules}
        reference = told.get("$ref")
        if reference is None:
            return rules
        rules.pop("$ref", None)
        told = lookup(definitions, str(reference).removeprefix("#/definitions/"))
    raise TemplateError(f"{what} is not declared properly, or refers to a type that is not defined. {see('arm-types')}")


def check(what: str, value: Any, type_: Declared) -> None:
    """Refuse a value that is not of the type or breaks one of its rules; *what* names the value."""
    if isinstance(value, Unresolved) or (value is None and type_.nullable):
        return
    wanted = TYPES[type_.kind][1]
    if type_name(value) != wanted:
        raise TemplateError(
            f"The provided value for {what} is not valid. Expected a value of type '{_spoken(type_.kind)}', but "
            f"received a value of type '{type_name(value)}'. {see('arm-create-parameter-file')}"
        )
    _check_allowed(what, value, type_)
    _check_size(what, value, type_.rules)
    if isinstance(value, list):
        _check_elements(what, value, type_)
    elif isinstance(value, dict):
        _check_properties(what, value, type_)


def _spoken(kind: str) -> str:
    spoken = {"securestring": "String, Uri", "string": "String, Uri", "secureobject": "Object"}
    return spoken.get(kind, TYPES[kind][1])


def _check_allowed(what: str, value: Any, type_: Declared) -> None:
    allowed = lookup(type_.rules, "allowedValues")
    if not isinstance(allowed, list) or any(equal(value, one) for one in allowed):
        return
    if isinstance(value, list) and all(any(equal(part, one) for one in allowed) for part in value):
        return
    shown = "" if type_.secure else f" '{value}'"
    raise TemplateError(
        f"The provided value{shown} for {what} is not valid. The parameter value is not part of the allowed value(s): "
        f"'{','.join(str(one) for one in allowed)}'."
    )


def _check_size(what: str, value: Any, rules: Mapping[str, Any]) -> None:
    size, least, most, measure = value, "minValue", "maxValue", "The value"
    if isinstance(value, (str, list)):
        size, least, most, measure = len(value), "minLength", "maxLength", "Length of the value"
    elif not is_integer(value):
        return
    lower, upper = lookup(rules, least), lookup(rules, most)
    if is_integer(lower) and size < lower:
        raise _out_of_bounds(what, f"{measure} should be greater than or equal to '{lower}'.")
    if is_integer(upper) and size > upper:
        raise _out_of_bounds(what, f"{measure} should be less than or equal to '{upper}'.")


def _out_of_bounds(what: str, why: str) -> TemplateError:
    return TemplateError(f"The provided value for {what} is not valid. {why} {see('arm-create-parameter-file')}")


def _check_elements(what: str, value: list[Any], type_: Declared) -> None:
    fixed = lookup(type_.rules, "prefixItems")
    firsts = fixed if isinstance(fixed, list) else []
    for at, element in enumerate(value):
        rule = firsts[at] if at < len(firsts) else lookup(type_.rules, "items")
        if isinstance(rule, dict):
            check(f"{what}[{at}]", element, declared(f"{what}[{at}]", rule, type_.definitions))
        elif rule is False:
            raise _out_of_bounds(what, f"The value may have no more than '{len(firsts)}' elements.")


def _check_properties(what: str, value: dict[str, Any], type_: Declared) -> None:
    rules = _discriminated(what, value, type_)
    told = lookup(rules, "properties")
    known = told if isinstance(told, dict) else {}
    for name, rule in known.items():
        wanted = declared(f"{what}.{name}", rule, type_.definitions)
        if find_key(value, name) is not None:
            check(f"{what}.{name}", lookup(value, name), wanted)
        elif not wanted.nullable:
            raise _out_of_bounds(what, f"The property '{name}' is required.")
    others = lookup(rules, "additionalProperties")
    for name, part in value.items():
        if find_key(known, name) is not None:
            continue
        if others is False:
            raise _out_of_bounds(what, f"The property '{name}' is not allowed.")
        if isinstance(others, dict):
            check(f"{what}.{name}", part, declared(f"{what}.{name}", others, type_.definitions))


def _discriminated(what: str, value: dict[str, Any], type_: Declared) -> Mapping[str, Any]:
    """Return the rules of the variant that a discriminator property chooses."""
    chooser = lookup(type_.rules, "discriminator")
    if not isinstance(chooser, dict):
        return type_.rules
    name = str(lookup(chooser, "propertyName"))
    mapping = lookup(chooser, "mapping")
    if not isinstance(mapping, dict):
        return type_.rules
    variant = lookup(mapping, str(lookup(value, name)))
    if variant is None:
        raise _out_of_bounds(what, f"The property '{name}' should be one of '{', '.join(mapping)}'.")
    chosen = _followed(what, variant, type_.definitions)
    properties = {**(lookup(chosen, "properties") or {}), name: {"type": "string"}}
    return {**chosen, "properties": properties}
