"""What is wrong between the keys of a plan.

Checked on the text as it stands, so that it is told together with what is wrong within single keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from azlocal.files.document import Path

Wrong = tuple[Path, str]

_PARTS = frozenset({"tags", "names", "regions", "models", "ids", "expression"})
_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")
_YES = frozenset({"yes", "true", "on"})


def cross_checks(data: dict[str, Any]) -> Iterator[Wrong]:
    """Yield the path and message of every contradiction in a plan's plain data, whatever its shape."""
    yield from _scope(data.get("scope"))
    yield from _repeated_names(data)
    yield from _yearless(data)
    for name in ("rings", "attestations", "acceptedRisks", "overrides"):
        for number, part in _mappings(data, name):
            yield from _select(part.get("select"), (name, number, "select"))


def _mappings(data: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    parts = data.get(name)
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, dict):
            yield number, part


def _scope(scope: Any) -> Iterator[Wrong]:
    if isinstance(scope, dict) and not any(scope[name] for name in scope.keys() - {"exclude"}):
        yield ("scope",), "names neither subscriptions nor managementGroups, so there is nowhere to look"


def _repeated_names(data: dict[str, Any]) -> Iterator[Wrong]:
    seen: dict[str, int] = {}
    for number, ring in _mappings(data, "rings"):
        name = ring.get("name")
        if not isinstance(name, str):
            continue
        if name in seen:
            yield ("rings", number, "name"), f"'{name}' is the name of rings[{seen[name]}] already"
        seen.setdefault(name, number)


def _yearless(data: dict[str, Any]) -> Iterator[Wrong]:
    for number, freeze in _mappings(data, "freezes"):
        if str(freeze.get("yearly", "")).lower() not in _YES:
            short = (name for name in ("from", "to") if _DAY.fullmatch(str(freeze.get(name, ""))))
            yield from (
                (("freezes", number, name), f"'{freeze[name]}' has no year: write one, or yearly: yes")
                for name in short
            )


def _select(select: Any, path: Path) -> Iterator[Wrong]:
    if not isinstance(select, dict):
        return
    everything = str(select.get("all", "")).lower() in _YES
    if everything and _PARTS & select.keys():
        yield (*path, "all"), "stands alone: the other parts would narrow what it says"
    if not everything and not select.keys() - {"all"}:
        yield path, "selects nothing; give tags, names, regions, models, ids or an expression, or all: yes"
