"""KQL as SQL, by duckdb-kql: a refusal instead of a guess, and nothing read but the tables that are declared.

Needs Python 3.11 or newer; importing this module does not.
"""

from __future__ import annotations

import functools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from azlocal.sandbox.query import additions
from azlocal.sandbox.query.refusals import EngineMissing, Refused

Schema = tuple[tuple[str, tuple[str, ...]], ...]
"""Tables with the names of their columns."""
_SOME_MOMENT = datetime(2000, 1, 1, tzinfo=timezone.utc)
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "python_enable_replacements": "false", "threads": "2",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CONSTRUCT = re.compile(r"^(?:function|aggregate):(?=\w)")
_INPUT = re.compile(r"(?:mismatched input|extraneous input|no viable alternative at input|missing .* at) '(.*?)'")
# The parser keeps state of its own, and one translation serves every world.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class Translation:
    """A query as SQL: the tables it reads, its values, and the placeholder of `now()` when it asks for the time."""

    sql: str
    tables: frozenset[str]
    values: Mapping[str, Any]
    clock: str | None


def connect() -> Any:
    """Open a database in memory that reaches nothing outside of itself; raise EngineMissing."""
    try:
        import duckdb
        import duckdb_kql  # noqa: F401
    except ImportError as error:
        raise EngineMissing from error
    database = duckdb.connect(":memory:", config=_SETTINGS)
    database.execute("SET TimeZone='UTC'")
    return database


def naive(moment: datetime) -> datetime:
    """Return a moment as the engine keeps moments: in UTC, which it does not say."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def translate(text: str, schema: Schema) -> Translation:
    """Return a query over *schema* as SQL, remembered by its text; raise Refused."""
    with _ONE_AT_A_TIME:
        return _translated(text, schema)


@functools.lru_cache(maxsize=500)
def _translated(text: str, schema: Schema) -> Translation:
    additions.register()
    import duckdb_kql
    from duckdb_kql.translate import CLOCK_SLOT

    if text.lstrip().startswith("."):
        raise Refused("operator", "Control commands are not supported.", token=text.split(maxsplit=1)[0])
    known = {name: list(columns) for name, columns in schema}
    try:
        found = duckdb_kql.to_sql(text, schema=known, query_now=_SOME_MOMENT, allow_write=False)
    except duckdb_kql.KqlError as error:
        raise _refused(error, text) from error
    except RecursionError as error:
        raise Refused("syntax", "The query is nested too deeply.") from error
    if found.unbound:
        raise Refused("name", f"Query parameter '{found.unbound[0]}' has no value.", token=found.unbound[0])
    # A query may pin its own clock; then the value is not the moment given here.
    clock = CLOCK_SLOT if found.parameters.get(CLOCK_SLOT) == naive(_SOME_MOMENT) else None
    return Translation(str(found), _tables(str(found), frozenset(known)), dict(found.parameters), clock)


@functools.lru_cache(maxsize=1)
def _reader() -> Any:
    return connect()


def _tables(sql: str, known: frozenset[str]) -> frozenset[str]:
    """Return the tables that *sql* reads. Whatever is not declared, the database's catalog too, is refused."""
    row = _reader().execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        raise Refused("operator", f"The query cannot be run here: {tree.get('error_message')}.")
    inner = {entry["key"] for node in _nodes(tree) if (told := node.get("cte_map")) for entry in told["map"]}
    outer = set()
    for node in _nodes(tree):
        if node.get("type") != "BASE_TABLE" or node["table_name"] in inner:
            continue
        name = ".".join(part for part in (node["catalog_name"], node["schema_name"], node["table_name"]) if part)
        if name not in known:
            raise no_table(name)
        outer.add(name)
    return frozenset(outer)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    parts = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for part in parts:
        yield from _nodes(part)


def no_table(name: str) -> Refused:
    """Return the refusal of a table that is not there."""
    return Refused("table", f"Failed to resolve table or column expression named '{name}'", token=name)


def _refused(error: Any, text: str) -> Refused:
    import duckdb_kql

    if isinstance(error, duckdb_kql.KqlSyntaxError):
        return _syntax(error)
    if isinstance(error, duckdb_kql.KqlUnsupportedError):
        line, column = (error.span.line, error.span.column) if error.span else (-1, -1)
        token = _word_at(text, line, column) or _CONSTRUCT.sub("", str(error.construct))
        message = f"'{token}' is not supported by the query engine."
        return Refused("operator", message, token=token, line=line, column=column)
    name = str(getattr(error, "name", ""))
    if str(getattr(error, "hint", "")).startswith("unknown table"):
        return no_table(name)
    return Refused("name", str(error), token=name)


def _syntax(error: Any) -> Refused:
    first = error.diagnostics[0] if error.diagnostics else None
    line, column = (first.span.line, first.span.column) if first else (-1, -1)
    found = _INPUT.search(first.message) if first else None
    token = found[1] if found else ""
    return Refused("syntax", f"Query could not be parsed at '{token}'", token=token, line=line, column=column)


def _word_at(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    found = _WORD.match(lines[line - 1], column) if 0 < line <= len(lines) else None
    return found[0] if found else ""
