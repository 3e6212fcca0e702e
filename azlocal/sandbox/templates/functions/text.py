"""Functions on strings."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from azlocal.sandbox.templates.errors import TemplateError, see
from azlocal.sandbox.templates.functions.checks import refuse, want, want_integer, want_text
from azlocal.sandbox.templates.functions.formatting import composed
from azlocal.sandbox.templates.functions.registry import function
from azlocal.sandbox.templates.hashes import guid_of, unique_string
from azlocal.sandbox.templates.values import as_text


@function("concat", 0, None)
def concat(*values: Any) -> Any:
    """Join strings, or arrays."""
    if any(isinstance(value, list) for value in values):
        return [part for value in values for part in want("concat", "an array", value)]
    for value in values:
        if isinstance(value, dict):
            raise refuse("concat", "a string or an array", value)
    return "".join(as_text(value) for value in values)


@function("format", 1, None)
def format_text(pattern: Any, *values: Any) -> str:
    """Fill `{0}`, `{1:N0}` and the like."""
    return composed(want_text("format", pattern), values)


@function("toLower", 1)
def to_lower(text: Any) -> str:
    """Return *text* in lower case."""
    return want_text("toLower", text).lower()


@function("toUpper", 1)
def to_upper(text: Any) -> str:
    """Return *text* in upper case."""
    return want_text("toUpper", text).upper()


@function("trim", 1)
def trim(text: Any) -> str:
    """Return *text* without white space around it."""
    return want_text("trim", text).strip()


@function("replace", 3)
def replace(text: Any, old: Any, new: Any) -> str:
    """Replace every *old*, with regard to case."""
    before, part, after = (want_text("replace", one) for one in (text, old, new))
    return before.replace(part, after) if part else before


@function("split", 2)
def split(text: Any, delimiter: Any) -> list[str]:
    """Split at a string, or at any of several."""
    text = want_text("split", text)
    delimiters = [want_text("split", one) for one in (delimiter if isinstance(delimiter, list) else [delimiter])]
    parts = [text]
    for one in delimiters:
        if one:
            parts = [piece for part in parts for piece in part.split(one)]
    return parts


@function("join", 2)
def join(parts: Any, delimiter: Any) -> str:
    """Join the elements of an array."""
    return want_text("join", delimiter).join(as_text(part) for part in want("join", "an array", parts))


@function("substring", 2, 3)
def substring(text: Any, start: Any, length: Any = None) -> str:
    """Return *length* characters from *start*, or the rest."""
    whole, first = want_text("substring", text), want_integer("substring", start)
    count = len(whole) - first if length is None else want_integer("substring", length)
    if first < 0 or count < 0 or first + count > len(whole):
        raise TemplateError(
            "Unable to evaluate template language function 'substring': the index and length parameters must refer to "
            "a location within the string. Both values must be greater than or equal to zero. The index parameter: "
            f"'{first}', the length parameter: '{count}', the length of the string parameter: '{len(whole)}'. "
            f"{see('arm-functions#substring')}"
        )
    return whole[first : first + count]


@function("startsWith", 2)
def starts_with(text: Any, beginning: Any) -> bool:
    """Return whether *text* begins so, without regard to case."""
    return want_text("startsWith", text).lower().startswith(want_text("startsWith", beginning).lower())


@function("endsWith", 2)
def ends_with(text: Any, ending: Any) -> bool:
    """Return whether *text* ends so, without regard to case."""
    return want_text("endsWith", text).lower().endswith(want_text("endsWith", ending).lower())


@function("padLeft", 2, 3)
def pad_left(value: Any, width: Any, character: Any = " ") -> str:
    """Fill up on the left to *width* characters."""
    if isinstance(value, (bool, list, dict)) or value is None:
        raise refuse("padLeft", "a string or an integer", value)
    if len(want_text("padLeft", character)) != 1:
        raise TemplateError(
            "The template language function 'padLeft' expects its third parameter to be a single character. "
            f"{see('arm-functions#padleft')}"
        )
    return as_text(value).rjust(want_integer("padLeft", width), str(character))


@function("string", 1)
def string(value: Any) -> str:
    """Return *value* as a string; containers as JSON."""
    return as_text(value)


@function("json", 1)
def from_json(text: Any) -> Any:
    """Return the value that *text* holds as JSON."""
    return _parsed("json", want_text("json", text))


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise TemplateError(
            f"The template language function '{name}' parameter is not valid. The provided value '{text}' cannot be "
            f"converted to JSON. {see(f'arm-functions#{name.lower()}')}"
        ) from error


@function("base64", 1)
def to_base64(text: Any) -> str:
    """Encode a string."""
    return base64.b64encode(want_text("base64", text).encode()).decode()


@function("base64ToString", 1)
def base64_to_string(text: Any) -> str:
    """Decode a string."""
    return _decoded("base64ToString", want_text("base64ToString", text))


@function("base64ToJson", 1)
def base64_to_json(text: Any) -> Any:
    """Decode JSON."""
    return _parsed("base64ToJson", _decoded("base64ToJson", want_text("base64ToJson", text)))


def _decoded(name: str, text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError as error:
        raise TemplateError(
            f"The template language function '{name}' was invoked with a parameter that is not valid. The value "
            f"cannot be decoded from base64 representation. {see(f'arm-functions#{name.lower()}')}"
        ) from error


@function("dataUri", 1)
def data_uri(text: Any) -> str:
    """Return *text* as a data URI."""
    return f"data:text/plain;charset=utf8;base64,{to_base64(want_text('dataUri', text))}"


@function("dataUriToString", 1)
def data_uri_to_string(text: Any) -> str:
    """Return what a data URI holds."""
    head, comma, data = want_text("dataUriToString", text).partition(",")
    if not comma or not head.lower().startswith("data:"):
        raise TemplateError(
            "The template language function 'dataUriToString' was invoked with a parameter that is not valid. The "
            f"value '{text}' is not a valid data URI. {see('arm-functions#datauritostring')}"
        )
    return _decoded("dataUriToString", data) if head.lower().endswith(";base64") else unquote(data)


@function("uri", 2)
def uri(base: Any, relative: Any) -> str:
    """Combine a base URI and a relative one."""
    start = want_text("uri", base)
    if not urlsplit(start).scheme:
        raise TemplateError(
            f"Unable to evaluate template language function 'uri': '{base}' is not an absolute URI. "
            f"{see('arm-functions#uri')}"
        )
    return urljoin(start, want_text("uri", relative))


@function("uriComponent", 1)
def uri_component(text: Any) -> str:
    """Escape *text* for use in a URI."""
    return quote(want_text("uriComponent", text), safe="~")


@function("uriComponentToString", 1)
def uri_component_to_string(text: Any) -> str:
    """Undo `uriComponent`."""
    return unquote(want_text("uriComponentToString", text))


@function("uniqueString", 1, None)
def unique(*parts: Any) -> str:
    """Return 13 characters that depend on nothing but *parts*."""
    return unique_string("-".join(want_text("uniqueString", part) for part in parts))


@function("guid", 1, None)
def guid(*parts: Any) -> str:
    """Return a GUID that depends on nothing but *parts*."""
    return guid_of("-".join(want_text("guid", part) for part in parts))
