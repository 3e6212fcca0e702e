"""One cluster's document to the parameters that are sent, with everything that is wrong noted on the way."""

from __future__ import annotations

from typing import Any

from azlocal.files.document import Document, Path
from azlocal.files.inputs_codes import code_of
from azlocal.files.inputs_fields import KNOWN, LISTS, NODE, NODES, REQUIRED, SINGLE, Coded, Reader
from azlocal.files.inputs_refused import refusal
from azlocal.files.inputs_rules import broken_rules
from azlocal.files.words import found, items_of, suggest


def read_parameters(document: Document, cluster_name: str) -> dict[str, Any]:
    """Return the template's parameters that *document* gives; its problems tell what cannot be sent."""
    for name in sorted(document.data.keys() - {*KNOWN}):
        document.wrong((name,), *refusal(name))
    for name in REQUIRED:
        if name not in document.data:
            document.wrong((name,), "missing", code_of(name))
    good = {name: value for name in KNOWN if name in document.data if (value := _read(document, name)) is not None}
    for wrong in broken_rules(good, cluster_name):
        document.wrong(*wrong)
    return good


def _read(document: Document, name: str) -> Any:
    value = document.data[name]
    if name in SINGLE:
        return _one(document, (name,), value, SINGLE[name])
    items = _items(document, name, value)
    if items is None or name == NODES:
        return items and [_node(document, (name, number), item) for number, item in enumerate(items)]
    return [_one(document, (name, number), item, LISTS[name]) for number, item in enumerate(items)]


def _items(document: Document, name: str, value: Any) -> list[Any] | None:
    try:
        items = items_of(value)
    except ValueError as error:
        document.wrong((name,), str(error), code_of(name))
        return None
    if items in ([], [""]):
        document.wrong((name,), "is empty", code_of(name))
        return None
    return items


def _one(document: Document, path: Path, value: Any, read: Reader) -> Any:
    try:
        return read(value)
    except Coded as error:
        document.wrong(path, str(error), error.code)
    except ValueError as error:
        document.wrong(path, str(error), code_of(str(path[0])))
    return None


def _node(document: Document, path: Path, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        document.wrong(path, f"expected name and ipv4Address, found {found(item)}", "NODES")
        return {}
    for name in sorted(item.keys() - NODE.keys()):
        document.wrong((*path, name), f"unknown key; {suggest(name, NODE)}", "UNKNOWN_KEY")
    for name in sorted(NODE.keys() - item.keys()):
        document.wrong((*path, name), "missing", "NODES")
    read = {name: _one(document, (*path, name), item[name], NODE[name]) for name in NODE if name in item}
    return {name: value for name, value in read.items() if value is not None}
