"""The workbook as the portal reads it: its items in order, what they refer to, and what a parameter or a cell becomes.

Parameters are `{Name}` or `{Name:format}`, cells of the row are `["Column"]`; each is put in once, and what was put in
is not looked at again. Source: microsoft/Application-Insights-Workbooks, Documentation, Parameters and Links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PARAMETER = re.compile(r"\{([A-Za-z_]\w*)(?::(\w+))?\}")
COLUMN = re.compile(r'\["(\w+)"\]')
EITHER = re.compile(f"{PARAMETER.pattern}|{COLUMN.pattern}")
TEXT, QUERY, PARAMETERS, LINKS, GROUP = 1, 3, 9, 11, 12


@dataclass(frozen=True)
class Chosen:
    """What a viewer chose in one parameter, and the forms it can be put in."""

    value: Any
    quote: str = ""
    delimiter: str = ","

    def text(self, form: str) -> str:
        if isinstance(self.value, list):
            return self.delimiter.join(f"{self.quote}{one}{self.quote}" for one in self.value)
        if isinstance(self.value, dict):
            return {"seconds": str(self.value["durationMs"] // 1000)}[form]
        forms = {"": str, "escapejson": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
                 "name": lambda text: text.rsplit("/", 1)[-1]}  # fmt: skip
        return forms[form](self.value)


def fill(text: str, chosen: dict[str, Chosen], row: dict[str, Any] | None = None) -> str:
    """Return *text* with parameters and cells put in."""

    def put(found: re.Match[str]) -> str:
        name, form, column = found.groups()
        return str((row or {})[column]) if column else chosen[name].text(form or "")

    return EITHER.sub(put, text)


def walk(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield items in the order in which they are shown, a group before what is in it."""
    for one in items:
        yield one
        if one["type"] == GROUP:
            yield from walk(one["content"]["items"])


def texts(value: Any) -> Iterator[str]:
    """Yield every text in *value*."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


def queries(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what asks something: query items by name, parameters by theirs."""
    for item in walk(content["items"]):
        if item["type"] == QUERY:
            yield item["name"], item["content"]
        if item["type"] == PARAMETERS:
            yield from ((one["name"], one) for one in item["content"]["parameters"] if "query" in one)


def parameters(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters that a viewer may set, by name."""
    steps = [one["content"]["parameters"] for one in walk(content["items"]) if one["type"] == PARAMETERS]
    return {one["name"]: one for step in steps for one in step}


def chosen_by_default(content: dict[str, Any], **more: Any) -> dict[str, Chosen]:
    """Return what stands in the parameters when the workbook opens, and what is chosen beside it."""
    told = {"Cluster": "", "ClusterName": "", "Tab": "Fleet", **more}
    known = parameters(content)
    found = {name: told.get(name, one.get("value")) for name, one in known.items()}
    return {
        name: Chosen("" if value is None else value, known.get(name, {}).get("quote", ""))
        for name, value in {**found, **told}.items()
    }


def formatters(item: dict[str, Any]) -> list[dict[str, Any]]:
    return list(item["content"].get("gridSettings", {}).get("formatters", ()))


def actions(content: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (item, ARM action) of every button."""
    for item in walk(content["items"]):
        links = item["content"].get("links", ()) if item["type"] == LINKS else ()
        told = [*links, *(one.get("formatOptions", {}) for one in formatters(item))]
        yield from ((item, one["armActionContext"]) for one in told if "armActionContext" in one)
