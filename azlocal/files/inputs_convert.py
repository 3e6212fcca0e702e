"""Upgrade inputs from YAML files to a table and back: the same values, only written another way.

Remarks do not survive, and a key without a value counts as left out. What the other form cannot hold is
refused before anything is written.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from azlocal.errors import BadInput
from azlocal.files.document import Document
from azlocal.files.inputs_csv import OWNER
from azlocal.files.inputs_fields import KNOWN, LISTS, NETWORK, NODE, NODES, REQUIRED, SINGLE
from azlocal.files.inputs_file import Entry, read_entries
from azlocal.files.inputs_folder import read_files, write_new
from azlocal.files.inputs_refused import refusal
from azlocal.files.inputs_text import Value, file_name, yaml_text
from azlocal.files.words import found

_REMEDY = "correct the inputs, then convert them; nothing was written"


def convert(source: Path, target: Path) -> list[Path]:
    """Write the inputs of *source* (folder or CSV file) as *target*: a `.csv` file, else a folder of YAML files.

    Returns the files that were written. Raises BadInput with everything that cannot be converted, and when
    a file is there already.
    """
    texts = converted(read_files(source), target)
    standing = [path for path in texts if path.exists() or path.is_symlink()]
    if standing:
        raise BadInput([f"to: '{path}' is there already" for path in standing], remedy="name a place that is free")
    for path, text in texts.items():
        if not write_new(path, text):
            raise BadInput([f"to: '{path}' is there already"], remedy="name a place that is free")
    return list(texts)


def converted(files: Mapping[str, str], target: Path) -> Mapping[Path, str]:
    """Return the texts that `convert` writes, by path."""
    entries = _entries(files)
    if target.suffix.lower() == ".csv":
        return {target: as_table(entries)}
    texts: dict[Path, str] = {}
    for entry in entries:
        called = entry.reference.rstrip("/").rsplit("/", 1)[-1]
        name = file_name(called, entry.reference, {path.name.lower() for path in texts})
        texts[target / name] = as_yaml(entry)
    return texts


def _entries(files: Mapping[str, str]) -> Sequence[Entry]:
    problems: list[str] = []
    entries = list(read_entries(files, problems))
    problems += [entry.broken for entry in entries if entry.broken]
    documents = [entry.document for entry in entries if entry.document is not None]
    for document in documents:
        _check(document)
        problems += document.told()
    counts = Counter(entry.reference.lower() for entry in entries)
    problems += [
        f"{entry.at}: {OWNER}: '{entry.reference}' has other inputs, too; keep one [CLUSTER]"
        for entry in entries
        if counts[entry.reference.lower()] > 1
    ]
    if not entries and not problems:
        problems.append("from: there are no inputs")
    if problems:
        raise BadInput(problems, remedy=_REMEDY)
    return entries


def _check(document: Document) -> None:
    """Note what the other form could not hold."""
    for name, value in document.data.items():
        if name not in KNOWN:
            document.wrong((name,), *refusal(name))
        elif name in SINGLE:
            _check_text(document, (name,), value)
        elif value != "":
            _check_list(document, name, value)


def _check_list(document: Document, name: str, value: Any) -> None:
    if not isinstance(value, list):
        document.wrong((name,), f"expected a list, found {found(value)}")
        return
    for number, item in enumerate(value):
        if name in LISTS:
            _check_text(document, (name, number), item, needed=len(value) > 1)
        elif not isinstance(item, dict) or not item or item.keys() - NODE.keys():
            document.wrong((name, number), f"expected {' and '.join(NODE)}, found {found(item)}")
        else:
            for part, text in item.items():
                _check_text(document, (name, number, part), text, needed=True)


def _check_text(document: Document, path: tuple[str | int, ...], value: Any, *, needed: bool = False) -> None:
    if not isinstance(value, str):
        document.wrong(path, f"expected a single value, found {found(value)}")
    elif needed and not value.strip():
        document.wrong(path, "has no value")
    elif any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in value):
        document.wrong(path, "holds a control character")


# a table


def as_table(entries: Iterable[Entry]) -> str:
    """Return the inputs as CSV: one row for each cluster, a column for each value that any of them gives."""
    rows = [dict(_cells(entry)) for entry in entries]
    used = {OWNER, *REQUIRED, *(name for row in rows for name in row)} - {NODES}
    text = io.StringIO()
    writer = csv.DictWriter(text, sorted(used, key=_place), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _place(column: str) -> tuple[int, ...]:
    """Return where a column stands: in the order of the keys, then of the items."""
    head, *rest = column.split(".")
    return _ORDER.index(head), *(int(part) if part.isdecimal() else _PARTS.index(part) for part in rest)


_ORDER = (OWNER, NETWORK, *KNOWN)
_PARTS = tuple(NODE)


def _cells(entry: Entry) -> Iterator[tuple[str, str]]:
    yield OWNER, entry.reference
    if entry.network:
        yield NETWORK, entry.network
    for name, value in (entry.document.data if entry.document else {}).items():
        if isinstance(value, str):
            yield from ((name, text) for text in [value.strip()] if text)
        elif name == NODES:
            yield from (
                (f"{name}.{number}.{part}", text.strip())
                for number, node in enumerate(value)
                for part, text in node.items()
            )
        elif any(";" in item for item in value):
            yield from ((f"{name}.{number}", item.strip()) for number, item in enumerate(value))
        else:
            yield name, ";".join(item.strip() for item in value)


# YAML files


def as_yaml(entry: Entry) -> str:
    """Return the inputs of one cluster as the text of a file."""
    told: dict[str, Any] = {OWNER: Value(entry.reference)}
    if entry.network:
        told[NETWORK] = Value(entry.network)
    data = entry.document.data if entry.document else {}
    told |= {name: _values(data[name]) for name in KNOWN if name in data}
    return yaml_text([f"Upgrade inputs of {entry.reference}."], told)


def _values(value: Any) -> Any:
    if isinstance(value, str):
        return Value(value)
    if not value:
        return Value(())
    return [
        Value(item) if isinstance(item, str) else {name: Value(one) for name, one in item.items()} for item in value
    ]
