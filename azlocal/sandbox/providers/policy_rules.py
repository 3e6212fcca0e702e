"""What a policy definition says of a resource: the `policyRule` of Azure Policy, as far as resource content decides it.

Source: MicrosoftDocs/azure-docs, articles/governance/policy/concepts/definition-structure-policy-rule (`allOf`, `anyOf`,
`not`, `field` with equals, notEquals, in, notIn, like, notLike, contains, exists) and effect-deny. Parameters are those
of the assignment, else the definition's default values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
_PARAMETER = re.compile(r"\[parameters\('([^']+)'\)\]", re.IGNORECASE)
_TAG = re.compile(r"tags\['([^']+)'\]|tags\[([^\]]+)\]|tags\.(.+)", re.IGNORECASE)


def effect_of(definition: Json, assignment: Json, content: Json) -> str:
    """Return the effect (in lower case) that an assigned definition has on a resource; empty when it has none."""
    rule = _properties(definition).get("policyRule")
    if not isinstance(rule, Mapping):
        return ""
    told = _parameters(definition, assignment)
    condition, then = _filled(rule.get("if"), told), _filled(rule.get("then"), told)
    effect = str(then.get("effect", "")).lower() if isinstance(then, Mapping) else ""
    return effect if _holds(condition, content) else ""


def _properties(document: Json) -> Json:
    found = document.get("properties")
    return found if isinstance(found, Mapping) else {}


def _parameters(definition: Json, assignment: Json) -> dict[str, Any]:
    declared = _properties(definition).get("parameters") or {}
    given = _properties(assignment).get("parameters") or {}
    defaults = {name.lower(): one.get("defaultValue") for name, one in declared.items()}
    return {**defaults, **{name.lower(): one.get("value") for name, one in given.items()}}


def _filled(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Return a part of a rule with the values of parameters in their places."""
    if isinstance(value, Mapping):
        return {name: _filled(one, parameters) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, parameters) for one in value]
    found = _PARAMETER.fullmatch(value) if isinstance(value, str) else None
    return value if found is None else parameters.get(found[1].lower())


def _holds(condition: Any, content: Json) -> bool:
    if not isinstance(condition, Mapping):
        return False
    low = {name.lower(): value for name, value in condition.items()}
    if "allof" in low:
        return all(_holds(one, content) for one in low["allof"])
    if "anyof" in low:
        return any(_holds(one, content) for one in low["anyof"])
    if "not" in low:
        return not _holds(low["not"], content)
    value = _field(str(low.get("field", "")), content)
    return any(_TESTS[name](value, wanted) for name, wanted in low.items() if name in _TESTS)


def _field(name: str, content: Json) -> Any:
    tag = _TAG.fullmatch(name)
    if tag is not None:
        tags = {str(key).lower(): value for key, value in (content.get("tags") or {}).items()}
        return tags.get(next(one for one in tag.groups() if one).lower())
    if "/" in name:  # an alias: Namespace/type/property.path
        kind = str(content.get("type", ""))
        if not name.lower().startswith(f"{kind.lower()}/"):
            return None
        return _at(_properties(content), name[len(kind) + 1 :])
    return _at(content, name)


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(document, Mapping):
            return None
        document = next((one for key, one in document.items() if str(key).lower() == part.lower()), None)
    return document


def _same(value: Any, wanted: Any) -> bool:
    return str(value if value is not None else "").lower() == str(wanted).lower()


def _in(value: Any, wanted: Any) -> bool:
    return isinstance(wanted, list) and any(_same(value, one) for one in wanted)


def _like(value: Any, wanted: Any) -> bool:
    pattern = ".*".join(re.escape(part) for part in str(wanted).split("*"))
    return re.fullmatch(pattern, str(value if value is not None else ""), re.IGNORECASE) is not None


def _exists(value: Any, wanted: Any) -> bool:
    return (value is not None) == _same(wanted, "true")


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "notequals": lambda value, wanted: not _same(value, wanted),
    "in": _in,
    "notin": lambda value, wanted: not _in(value, wanted),
    "like": _like,
    "notlike": lambda value, wanted: not _like(value, wanted),
    "contains": lambda value, wanted: str(wanted).lower() in str(value if value is not None else "").lower(),
    "exists": _exists,
}
