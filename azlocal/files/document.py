"""One document of an input file: text, lists and mappings, and the line each of them stands on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml
from yaml.reader import Reader

Path = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


class Problem(NamedTuple):
    """One mistake: the line and path it stands at, what is wrong, and the code of the rule, if it has one."""

    line: int
    path: str
    message: str
    code: str = ""

    def told(self, place: str) -> str:
        """Return `place:line: path: message [code]`."""
        field, code = self.path and f"{self.path}: ", self.code and f" [{self.code}]"
        return f"{place}:{self.line}: {field}{self.message}{code}"


class Unreadable(ValueError):
    """A text that is no document at all. Its message says place, line and reason."""


@dataclass(frozen=True)
class Document:
    """A mapping as written. `data` holds text, lists and dicts; `lines` knows the line of every path."""

    place: str
    data: dict[str, Any]
    lines: Mapping[Path, int]
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of *path*, or of the nearest part around it that stands in the file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def wrong(self, path: Path, message: str, code: str = "") -> None:
        """Note a mistake at *path*."""
        self.problems.append(self.problem(path, message, code))

    def problem(self, path: Path, message: str, code: str = "") -> Problem:
        """Return a mistake at *path* without noting it."""
        return Problem(self.line(path), dotted(path), message, code)

    def told(self) -> tuple[str, ...]:
        """Return every mistake as `place:line: path: message [code]`, in the order of the lines."""
        return tuple(one.told(self.place) for one in sorted(self.problems, key=lambda one: one.line))


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as people write it: `rings[1].maxConcurrent`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def read_yaml(text: str, place: str) -> Document:
    """Read YAML, every scalar as text; raise Unreadable when it is no mapping.

    Tags and aliases are refused: the first would change what a value is, the second lets a short
    text mean a huge one. A key that stands twice becomes a problem of the document.
    """
    builder = _Builder(place)
    try:
        node = yaml.compose(text, Loader=_LOADER)
        data = builder.value(node, ()) if node is not None else None
    except yaml.MarkedYAMLError as error:
        raise Unreadable(f"{place}:{_line(error)}: not valid YAML: {_reason(error)}") from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise Unreadable(f"{place}:{_odd_line(text)}: not valid YAML: a character that no text may hold") from None
    except RecursionError:
        raise Unreadable(f"{place}:1: nested too deeply") from None
    if not isinstance(data, dict):
        what = "the file is empty" if node is None else "the file does not hold keys and values"
        raise Unreadable(f"{place}:1: {what}")
    document = Document(place, data, builder.lines)
    for path, message in builder.noticed:
        document.wrong(path, message)
    return document


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _odd_line(text: str) -> int:
    odd = Reader.NON_PRINTABLE.search(text)
    return text.count("\n", 0, odd.start()) + 1 if odd else 1


def _reason(error: yaml.MarkedYAMLError) -> str:
    # Never the snippet that str(error) adds: the file might hold what nobody should see.
    return ", ".join(part for part in (error.context, error.problem) if part)


class _Builder:
    """Turns YAML nodes into plain data, and remembers the lines."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.lines: dict[Path, int] = {}
        self.noticed: list[tuple[Path, str]] = []
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._refuse(node)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        return node.value

    def _refuse(self, node: yaml.Node) -> None:
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise Unreadable(f"{self.place}:{line}: anchors (&) and aliases (*) are not supported; write the value out")
        if node.tag not in _TAGS:
            raise Unreadable(f"{self.place}:{line}: the tag {node.tag} is not supported; write the plain value")
        self._seen.add(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            self._refuse(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable(f"{self.place}:{line}: a key must be a word")
            here = (*path, key_node.value)
            if key_node.value in data:
                self.noticed.append((here, f"stands twice; the second time on line {line}"))
                continue
            self.lines[here] = line
            data[key_node.value] = self.value(value_node, here)
        return data
