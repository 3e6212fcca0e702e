"""Functions on arrays and objects, and those that take strings as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import refuse, want, want_all, want_integer
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.values import as_text, equal, find_key, is_integer, lookup

_SEQUENCE = "a string or an array"


@function("array", 1)
def array(value: Any) -> list[Any]:
    """Return an array, of one element unless *value* is one."""
    return value if isinstance(value, list) else [value]


@function("createArray", 0, None)
def create_array(*values: Any) -> list[Any]:
    """Return an array of the arguments."""
    return list(values)


@function("createObject", 0, None)
def create_object(*parts: Any) -> dict[str, Any]:
    """Return an object of keys and values in turn."""
    keys = parts[::2]
    if len(parts) % 2 or not all(isinstance(key, str) for key in keys):
        raise TemplateError(
            "Unable to evaluate template language function 'createObject': function requires an even number of "
            f"arguments, each key a string. {see('arm-functions#createobject')}"
        )
    return dict(zip(keys, parts[1::2]))


@function("length", 1)
def length(value: Any) -> int:
    """Return how many elements, properties or characters there are."""
    return len(want("length", "an array, object, or a string", value))


@function("empty", 1)
def empty(value: Any) -> bool:
    """Return whether nothing is in *value*; null is empty."""
    return value is None or not want("empty", "an array, object, or a string", value)


@function("contains", 2)
def contains(container: Any, item: Any) -> bool:
    """Return whether an array has the element, an object the key (any case), a string the part (same case)."""
    if isinstance(container, list):
        return any(equal(one, item) for one in container)
    if isinstance(container, dict):
        return find_key(container, as_text(item)) is not None
    return as_text(item) in want("contains", "an array, object, or a string", container)


@function("first", 1)
def first(value: Any) -> Any:
    """Return the first element or character; nothing has none."""
    found = want("first", _SEQUENCE, value)[:1]
    return found if isinstance(found, str) else next(iter(found), None)


@function("last", 1)
def last(value: Any) -> Any:
    """Return the last element or character; nothing has none."""
    found = want("last", _SEQUENCE, value)[-1:]
    return found if isinstance(found, str) else next(iter(found), None)


@function("skip", 2)
def skip(value: Any, count: Any) -> Any:
    """Return what follows the first *count* elements or characters."""
    return want("skip", _SEQUENCE, value)[max(0, want_integer("skip", count)) :]


@function("take", 2)
def take(value: Any, count: Any) -> Any:
    """Return the first *count* elements or characters."""
    return want("take", _SEQUENCE, value)[: max(0, want_integer("take", count))]


@function("indexOf", 2)
def index_of(value: Any, item: Any) -> int:
    """Return where *item* first is, or -1; in a string without regard to case."""
    return next(iter(_places("indexOf", value, item)), -1)


@function("lastIndexOf", 2)
def last_index_of(value: Any, item: Any) -> int:
    """Return where *item* last is, or -1; in a string without regard to case."""
    return next(iter(reversed(_places("lastIndexOf", value, item))), -1)


def _places(name: str, value: Any, item: Any) -> Sequence[int]:
    if isinstance(value, list):
        return [at for at, one in enumerate(value) if equal(one, item)]
    text, part = want(name, "a string or an array", value).lower(), want(name, "a string", item).lower()
    found = (text.find(part), text.rfind(part))
    return [] if found[0] < 0 else found


@function("flatten", 1)
def flatten(arrays: Any) -> list[Any]:
    """Return one array of the elements of several."""
    want_all("flatten", "an array", want("flatten", "an array", arrays))
    return [element for one in arrays for element in one]


@function("union", 1, None)
def union(*values: Any) -> Any:
    """Return everything that is in any: arrays without repetition, objects merged deeply, the later value winning."""
    if isinstance(values[0], dict):
        want_all("union", "an object", values)
        merged: dict[str, Any] = {}
        for value in values:
            merged = _merged(merged, value)
        return merged
    want_all("union", "an array", values)
    return _distinct([element for value in values for element in value])


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = dict(one)
    for key, value in other.items():
        known = find_key(result, key)
        both = known is not None and isinstance(result[known], dict) and isinstance(value, dict)
        result[known or key] = _merged(result[known], value) if known is not None and both else value
    return result


def _distinct(elements: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for element in elements:
        if not any(equal(element, one) for one in kept):
            kept.append(element)
    return kept


@function("intersection", 1, None)
def intersection(*values: Any) -> Any:
    """Return what is in all: elements of arrays, properties of objects with equal values."""
    if isinstance(values[0], dict):
        want_all("intersection", "an object", values)
        return {key: part for key, part in values[0].items() if all(_has(other, key, part) for other in values[1:])}
    want_all("intersection", "an array", values)
    return _distinct([one for one in values[0] if all(contains(other, one) for other in values[1:])])


def _has(value: dict[str, Any], key: str, part: Any) -> bool:
    return find_key(value, key) is not None and equal(lookup(value, key), part)


@function("shallowMerge", 1)
def shallow_merge(objects: Any) -> dict[str, Any]:
    """Return one object of several; the later value wins."""
    want_all("shallowMerge", "an object", want("shallowMerge", "an array", objects))
    return {key: value for one in objects for key, value in one.items()}


@function("items", 1)
def items(value: Any) -> list[dict[str, Any]]:
    """Return the properties of an object as `{key, value}`, ordered by key."""
    return [{"key": key, "value": part} for key, part in sorted(want("items", "an object", value).items())]


@function("objectKeys", 1)
def object_keys(value: Any) -> list[str]:
    """Return the keys of an object in order."""
    return sorted(want("objectKeys", "an object", value))


@function("tryGet", 2, None)
def try_get(value: Any, *keys: Any) -> Any:
    """Return the part at *keys*, or null where there is none."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = lookup(value, key)
        elif isinstance(value, list) and is_integer(key):
            value = value[key] if 0 <= key < len(value) else None
        elif value is not None:
            raise refuse("tryGet", "an array or an object", value)
    return value


@function("indexFromEnd", 2)
def index_from_end(value: Any, place: Any) -> Any:
    """Return the element at *place* counted from the end, beginning with 1."""
    found = _from_end("indexFromEnd", value, place)
    if found is None:
        raise TemplateError(f"The language expression property array index '{place}' is out of bounds.")
    return found[0]


@function("tryIndexFromEnd", 2)
def try_index_from_end(value: Any, place: Any) -> Any:
    """Return the element at *place* counted from the end, or null."""
    found = None if value is None else _from_end("tryIndexFromEnd", value, place)
    return None if found is None else found[0]


def _from_end(name: str, value: Any, place: Any) -> list[Any] | None:
    elements, at = want(name, "an array", value), want_integer(name, place)
    return [elements[-at]] if 1 <= at <= len(elements) else None
