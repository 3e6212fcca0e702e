"""Upgrade inputs as YAML text: every value quoted, so that what anybody wrote into Azure stays a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from azlocal.core.ids import h10

_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_LONGEST_NAME = 80


class Value(NamedTuple):
    """A scalar (text or truth; empty text is left blank) and the remark behind it."""

    value: Any = ""
    note: str = ""


def yaml_text(head: Iterable[str], entries: Mapping[str, Any]) -> str:
    """Return a file: remarks at its head, then keys with values, lists of values or lists of mappings of values.

    A list that is empty is a Value with `()` as its value.
    """
    lines = [f"# {_remark(line)}" for line in head]
    for name, entry in entries.items():
        lines += _entry(name, entry)
    return "".join(f"{line}\n" for line in lines)


def _entry(name: str, entry: Any) -> Iterator[str]:
    if isinstance(entry, Value):
        yield _noted(f"{name}: {_scalar(entry.value)}", entry.note)
        return
    yield f"{name}:"
    for item in entry:
        parts = [("", item)] if isinstance(item, Value) else [(f"{part}: ", told) for part, told in item.items()]
        for place, (part, told) in enumerate(parts):
            yield _noted(f"{'  ' if place else '- '}{part}{_scalar(told.value)}", told.note)


def _noted(line: str, note: str) -> str:
    return f"{line.rstrip()}  # {_remark(note)}" if note else line.rstrip()


def _remark(text: str) -> str:
    return " ".join("".join(one if one.isprintable() or one == " " else "?" for one in text).split())


def _scalar(value: Any) -> str:
    if value == ():
        return "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{"".join(map(_escaped, str(value)))}"' if value != "" else ""


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code < 0xE000:
        return "�"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def file_name(called: str, cluster: str, taken: Iterable[str] = ()) -> str:
    """Return a name for the file of a cluster that any file system takes, and that leads nowhere else.

    *called* is the cluster's name, *cluster* its id or what else tells it from all others. A name that had to be
    changed, or is among *taken* (in lower case), gets ten hex digits of *cluster*.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", called).strip(".-")[:_LONGEST_NAME]
    whole = plain and plain == called and not _RESERVED.match(plain) and f"{plain}.yaml".lower() not in set(taken)
    return f"{plain}.yaml" if whole else f"{plain or 'cluster'}-{h10(cluster)}.yaml"
