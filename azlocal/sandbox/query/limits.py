"""What Resource Graph takes of KQL: its operators, its kinds of join, and how many of each.

Source: Azure Resource Graph documentation, query language (2021 to 2026); error words from public reports.
"""

from __future__ import annotations

from functools import lru_cache

from azlocal.sandbox.query.refusals import Refused
from azlocal.sandbox.query.tokens import Walk

MOST = 3
"""Joins (lookups among them), mv-expands and legs of union in one query."""
_OPERATORS = frozenset(
    {"count", "distinct", "extend", "join", "limit", "lookup", "mv-apply", "mv-expand", "mvexpand", "order", "parse",
     "parse-where", "project", "project-away", "project-keep", "project-rename", "project-reorder", "sample", "sort",
     "summarize", "take", "top", "union", "where"}
)  # fmt: skip
_NOT_BEGINNING = ("let", "set", "declare", "print", "range", "datatable", "find", "search", "externaldata", "evaluate")
_FLAVORS = frozenset({"innerunique", "inner", "leftouter", "fullouter"})
_FLAVOR_NAMES = {
    "leftanti": "LeftAnti", "leftsemi": "LeftSemi", "leftantisemi": "LeftAntiSemi", "anti": "LeftAnti",
    "rightanti": "RightAnti", "rightsemi": "RightSemi", "rightantisemi": "RightAntiSemi", "rightouter": "RightOuter",
}  # fmt: skip


def check(text: str) -> None:
    """Raise Refused when Resource Graph would not take the query, though it is KQL."""
    walk = Walk(text)
    if walk[0].named(*_NOT_BEGINNING):
        raise _no(walk[0].text)
    operators = list(walk.operators())
    for at in operators:
        if walk[at].text.lower() not in _OPERATORS:
            raise _no(walk[at].text)
        if walk[at].named("join", "lookup"):
            _check_flavor(_parameter(walk, at, "kind") or "innerunique")
    unions = [at for at in range(len(walk)) if walk[at].named("union") and walk[at - 1].text in {"|", "(", ""}]
    if any(_parameter(walk, at, "isfuzzy") for at in unions):
        raise _no("isfuzzy")
    joins = sum(walk[at].named("join", "lookup") for at in operators)
    expands = sum(walk[at].named("mv-expand", "mvexpand") for at in operators)
    for count, name in ((joins, "join"), (expands, "mv-expand"), (sum(_legs(walk, at) for at in unions), "union")):
        if count > MOST:
            raise Refused("limit", f"The query has {count} '{name}', and {MOST} are allowed.", token=name)


@lru_cache(256)
def stops_paging(text: str) -> bool:
    """Return whether a query cuts its own result, which Resource Graph then does not page."""
    walk = Walk(text)
    return any(walk[at].named("limit", "take", "sample") for at in walk.operators())


def _parameter(walk: Walk, at: int, name: str) -> str:
    """Return the value of an operator's parameter, or an empty string."""
    depth = walk.depth(at)
    for place in range(at + 1, walk.end(at)):
        if walk.depth(place) == depth and walk[place].named(name) and walk[place + 1].text == "=":
            return walk[place + 2].text
    return ""


def _check_flavor(text: str) -> None:
    if text.lower() not in _FLAVORS:
        name = _FLAVOR_NAMES.get(text.lower(), text)
        raise Refused("flavor", f'The join kind "{name}" is not supported or not allowed.', token=name)


def _legs(walk: Walk, at: int) -> int:
    """Return how many tables a union takes."""
    depth = walk.depth(at)
    return 1 + sum(walk[place].text == "," and walk.depth(place) == depth for place in range(at, walk.end(at)))


def _no(token: str) -> Refused:
    return Refused("operator", f"'{token}' is not supported by Azure Resource Graph.", token=token)
