"""What Azure's KQL takes and the engine's does not, written so that the engine takes it too.

Every rewriting works on tokens and keeps the meaning; string literals and comments are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping

from azlocal.sandbox.query.additions import ELEMENT
from azlocal.sandbox.query.tokens import Walk, joined

ROW_LIMIT = 128
"""Rows that Resource Graph makes of one row in mv-expand unless the query says otherwise.

Source: Azure Resource Graph documentation, query language, mv-expand.
"""
_COLUMN_WORDS = frozenset(
    {"kind", "count", "title", "time", "date", "table", "first", "last", "timeline", "card", "panels"}
)
"""Keywords only where an operator has a parameter of that name; anywhere else they are columns."""
_PATH_WORDS = _COLUMN_WORDS | frozenset(
    {"accumulate", "and", "as", "asc", "between", "boolean", "by", "consume", "contains", "count", "datatable",
     "datetime", "decimal", "desc", "distinct", "double", "dynamic", "endswith", "extend", "externaldata",
     "filter", "find", "flags", "float", "getschema", "has", "in", "int", "invoke", "join", "like", "limit",
     "long", "materialize", "of", "or", "order", "others", "parse", "print", "project", "real", "regex",
     "relaxed", "sample", "scan", "search", "serialize", "set", "simple", "sort", "startswith", "string",
     "summarize", "take", "timespan", "to", "top", "toscalar", "uniqueid", "union", "where"}
)  # fmt: skip
"""Names that the engine does not take after a dot, though a property may well be called so."""
_SOURCE, _MARK = "_parsed", "\u00ac"
_PARAMETERS_OF = ("join", "lookup", "union", "parse", "parse-where", "mv-expand", "mvexpand", "mv-apply")
_FIRST_OPERATORS = frozenset(
    {"where", "extend", "project", "project-away", "project-rename", "summarize", "distinct", "count", "take", "limit",
     "top", "order", "sort", "mv-expand", "mvexpand", "parse", "parse-where", "join", "lookup"}
)  # fmt: skip


def common(text: str) -> str:
    """Return *text* with columns named like keywords in brackets and `and` between join keys as a comma."""
    walk = Walk(text)
    for at in walk.operators():
        if walk[at].named("join", "lookup"):
            _keys(walk, at)
        if walk[at].named("mv-expand", "mvexpand"):
            _named_expansion(walk, at)
        if walk[at].named("summarize"):
            _joined_lists(walk, at)
            _percentiles(walk, at)
        if walk[at].named("parse", "parse-where"):
            _parsed_expression(walk, at)
    walk = Walk(joined(walk.all))
    for at in range(len(walk)):
        _element(walk, at)
    for at in range(len(walk)):
        _bracket(walk, at)
    return joined(walk.all)


def graph(text: str, tables: Mapping[str, str]) -> str:
    """Return a Resource Graph query for the engine. *tables* gives names by their lower-case form.

    Resource Graph takes table names in any case, begins with `resources` when a query names no table, and limits
    mv-expand.
    """
    lead = "resources | " if Walk(text)[0].named(*_FIRST_OPERATORS) else ""
    walk = Walk(lead + text)
    for at in range(len(walk)):
        if walk[at].kind == "name" and walk[at].text.lower() in tables and _is_table(walk, at):
            walk.replace(at, tables[walk[at].text.lower()])
    for at in walk.operators():
        if walk[at].named("mv-expand", "mvexpand"):
            _limit(walk, at)
    return common(joined(walk.all))


def _bracket(walk: Walk, at: int) -> None:
    token, before = walk[at], walk[at - 1]
    if token.kind != "name":
        return
    if before.text == ".":
        side = walk[at - 2].text.lower() in {"$left", "$right"}
        if token.text.lower() in _PATH_WORDS and not side and walk[at + 1].text != "(":
            walk.replace(at - 1, "")
            walk.replace(at, f"['{token.text}']")
    elif token.text in _COLUMN_WORDS and _is_column(walk, at):
        walk.replace(at, f"['{token.text}']")


def _element(walk: Walk, at: int) -> None:
    """Write `bag[expression]` as a call: the engine takes the place of an array there, but no name of a property."""
    if walk[at].text != "[" or not (walk[at - 1].kind == "name" or walk[at - 1].text in {")", "]"}):
        return
    depth = walk.depth(at)
    end = next((place for place in range(at + 1, len(walk)) if walk.depth(place) == depth), None)
    if end is None or not any(walk[place].kind == "name" for place in range(at + 1, end)):
        return
    start = _start_of(walk, at - 1)
    if start is None or walk[start].named("datatable", "externaldata"):
        return
    walk.replace(start, f"{ELEMENT}({walk[start].text}")
    walk.replace(at, ", ")
    walk.replace(end, ")")


def _start_of(walk: Walk, at: int) -> int | None:
    """Return where the expression begins that ends at *at*: a path, or a call; None where brackets do not match."""
    if walk[at].text in {")", "]"}:
        depth = walk.depth(at)
        opening = next((place for place in range(at - 1, -1, -1) if walk.depth(place) == depth), None)
        if opening is None or walk[opening - 1].kind == "name" or walk[opening - 1].text in {")", "]"}:
            return None if opening is None else _start_of(walk, opening - 1)
        return opening
    return _start_of(walk, at - 2) if walk[at - 1].text == "." else at


def _is_column(walk: Walk, at: int) -> bool:
    before, after = walk[at - 1], walk[at + 1]
    if after.text == "(" or before.text in {":", "[", "|", ";", ""} or before.named("nulls", "typeof", "render"):
        return False
    if before.text == "(" and walk[at - 2].named("typeof", "with"):
        return False
    if after.text != "=" or not _in_parameters(walk, at):
        return True
    expands = walk[at - 1].named("mv-expand", "mvexpand", "mv-apply")
    return expands and not walk[at + 2].named("array", "bag")


def _in_parameters(walk: Walk, at: int) -> bool:
    """Return whether the token is a parameter's name: it follows its operator or another parameter."""
    if walk[at - 1].text == "." and walk[at - 2].named("hint"):
        at -= 2
    if walk[at - 1].named(*_PARAMETERS_OF):
        return walk[at - 2].text in {"|", "(", ";", ""}
    return walk[at - 2].text == "=" and _in_parameters(walk, at - 3)


def _keys(walk: Walk, at: int) -> None:
    end, depth = walk.end(at), walk.depth(at)
    on = next((place for place in range(at, end) if walk[place].named("on") and walk.depth(place) == depth), end)
    for place in range(on, end):
        if walk[place].named("and"):
            walk.replace(place, ",")


def _named_expansion(walk: Walk, at: int) -> None:
    """Give `mv-expand a.b.c` the name Kusto gives it, `a_b_c`."""
    end, place, path = walk.end(at), at + 1, []
    while place < end and walk[place].kind == "name" and walk[place + 1].text == ".":
        path.append(walk[place].text)
        place += 2
    plain = walk[place].kind == "name" and walk[place + 1].text not in {"[", "(", "="}
    if path and plain and place < end:
        walk.replace(at, f"{walk[at].text} {'_'.join([*path, walk[place].text])} =")


def _joined_lists(walk: Walk, at: int) -> None:
    """Wrap strcat_array over an aggregate: the engine takes it only within another function."""
    end, depth = walk.end(at), walk.depth(at)
    for place in range(at, end):
        if walk[place].named("strcat_array") and walk.depth(place) == depth and walk[place + 1].text == "(":
            closing = next((one for one in range(place + 2, end) if walk.depth(one) == depth), None)
            if closing is not None:
                walk.replace(place, f"tostring({walk[place].text}")
                walk.replace(closing, "))")


def _percentiles(walk: Walk, at: int) -> None:
    """Write `percentiles(x, 50, 95)` as one percentile after another, which have the same names."""
    end = walk.end(at)
    for place in range(at, end):
        if not walk[place].named("percentiles") or walk[place + 1].text != "(":
            continue
        depth = walk.depth(place)
        closing = next((one for one in range(place + 2, end) if walk.depth(one) == depth), end)
        commas = [one for one in range(place + 2, closing) if walk[one].text == "," and walk.depth(one) == depth + 1]
        if not commas or closing == end:
            continue
        what = walk.text(place + 2, commas[0])
        walk.replace(place, "percentile")
        for comma in commas[1:]:
            walk.replace(comma, f"), percentile({what},")


def _parsed_expression(walk: Walk, at: int) -> None:
    """Let `parse` read a column of its own when it is given an expression, or begins by taking all up to a literal."""
    end, start = walk.end(at), at + 1
    while walk[start + 1].text == "=":
        start += 3
    word = next(
        (one for one in range(start, end) if walk[one].named("with") and walk.depth(one) == walk.depth(at)), end
    )
    takes_first = word < end and walk[word + 1].kind == "name"
    if word >= end or not (takes_first or word - start > 1):
        return
    source = walk.text(start, word)
    source = f"strcat('{_MARK}', {source})" if takes_first else source
    pattern = f"with '{_MARK}'" if takes_first else walk[word].text
    walk.replace(at, f"extend {_SOURCE} = {source} | {walk[at].text}")
    walk.replace(start, _SOURCE)
    for place in range(start + 1, word):
        walk.replace(place, "")
    walk.replace(word, pattern)
    walk.replace(end - 1, f"{walk[end - 1].text} | project-away {_SOURCE}")


def _limit(walk: Walk, at: int) -> None:
    end, depth = walk.end(at), walk.depth(at)
    told = any(walk[place].named("limit") and walk.depth(place) == depth for place in range(at + 1, end))
    if not told:
        walk.replace(end - 1, f"{walk[end - 1].text} limit {ROW_LIMIT}")


def _is_table(walk: Walk, at: int) -> bool:
    """Return whether a name stands where a table does: first, or as what join, lookup or union takes."""
    before, after = walk[at - 1], walk[at + 1]
    if after.text not in {"|", ")", ",", ";", ""} and not after.named("on"):
        return False
    if before.text in {"", ";"} or before.named("join", "lookup", "union"):
        return True
    if before.text == "(":
        if after.text == "|" or walk[at - 2].named("join", "lookup", "union"):
            return True
        at -= 1
    return _in_union(walk, at) or (walk[at - 2].text == "=" and _in_parameters(walk, at - 3))


def _in_union(walk: Walk, at: int) -> bool:
    """Return whether a name follows a comma between the tables of a union."""
    if walk[at - 1].text != ",":
        return False
    depth = walk.depth(at)
    for place in range(at - 1, -1, -1):
        if walk.depth(place) == depth and walk[place].named("union"):
            return True
        if walk.depth(place) < depth or (walk[place].text in {"|", ";"} and walk.depth(place) == depth):
            return False
    return False
