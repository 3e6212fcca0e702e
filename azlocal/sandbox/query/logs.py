"""The log tables of a world in the query engine: what was declared, filled with what was ingested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from azlocal.sandbox.query.engine import Engine, Result
from azlocal.sandbox.query.moments import moment
from azlocal.sandbox.query.translation import naive, no_table
from azlocal.sandbox.query.values import compact, storable
from azlocal.sandbox.world import Azure

# What Log Analytics adds to every table. Source: Azure Monitor documentation, standard columns.
_BEFORE, _AFTER = ("TenantId",), ("Type", "_ResourceId")
_ENGINE_TYPES = {
    "string": "VARCHAR", "guid": "VARCHAR", "int": "INTEGER", "long": "BIGINT", "real": "DOUBLE", "boolean": "BOOLEAN",
    "bool": "BOOLEAN", "datetime": "TIMESTAMP", "dynamic": "JSON",
}  # fmt: skip
_INSIDE = (
    ' WHERE (SELECT low FROM base.span) IS NULL OR "TimeGenerated" BETWEEN (SELECT low FROM base.span)'
    " AND (SELECT high FROM base.span)"
)
Schema = dict[str, dict[str, str]]


class Logs:
    """The log tables of one world. Rows come from `azure.tables`, which only ever grow."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._engine: Engine | None = None
        self._schema: Schema = {}
        self._loaded: dict[str, int] = {}

    def tables(self, workspaces: Iterable[str]) -> Schema:
        """Return the declared tables of *workspaces* with their columns' types."""
        found: Schema = {}
        for workspace in workspaces:
            for name, columns in self._azure.workspaces[workspace.lower()]["tables"].items():
                found.setdefault(name, {}).update(columns)
        return found

    def ask(self, text: str, workspaces: list[str], span: tuple[datetime, datetime] | None, now: datetime) -> Result:
        """Return what a query gives over tables of *workspaces*, for rows generated in *span*; raise Refused."""
        engine = self._opened()
        translation = engine.translate(text)
        strange = translation.tables - set(self.tables(workspaces))
        if strange:
            raise no_table(min(strange))
        for table in sorted(translation.tables):
            self._load(engine, table, workspaces[0])
        ends = [None, None] if span is None else [naive(end) for end in span]
        engine.database.execute("DELETE FROM base.span")
        engine.database.execute("INSERT INTO base.span VALUES (?, ?)", ends)
        return engine.run(translation, now)

    def _opened(self) -> Engine:
        """Return the engine with every declared table; a changed declaration builds it anew."""
        schema = self.tables(self._azure.workspaces)
        if self._engine is None or schema != self._schema:
            self._engine, self._schema, self._loaded = _prepared(schema), schema, {}
        return self._engine

    def _load(self, engine: Engine, table: str, workspace: str) -> None:
        rows = self._azure.tables.get(table, [])
        loaded = self._loaded.get(table, 0)
        if loaded > len(rows):
            engine.database.execute(f"DELETE FROM base.{_quoted(table)}")
            loaded = 0
        if loaded < len(rows):
            columns = _columns(self._schema[table])
            fixed = {"TenantId": workspace, "Type": table, "_ResourceId": ""}
            new = [{**fixed, **row} for row in rows[loaded:]]
            lists = [[_value(row.get(name), kind) for row in new] for name, kind in columns.items()]
            values = ", ".join(f"unnest(?::{_list_type(kind)})" for kind in columns.values())
            engine.database.execute(f"INSERT INTO base.{_quoted(table)} SELECT {values}", lists)
        self._loaded[table] = len(rows)


def _prepared(schema: Schema) -> Engine:
    engine = Engine({table: _columns(declared) for table, declared in schema.items()})
    engine.database.execute("CREATE SCHEMA base; CREATE TABLE base.span (low TIMESTAMP, high TIMESTAMP)")
    for table, declared in schema.items():
        columns = _columns(declared)
        told = ", ".join(f"{_quoted(name)} {_engine_type(kind)}" for name, kind in columns.items())
        engine.database.execute(f"CREATE TABLE base.{_quoted(table)} ({told})")
        inside = _INSIDE if "TimeGenerated" in columns else ""
        engine.database.execute(f"CREATE VIEW {_quoted(table)} AS SELECT * FROM base.{_quoted(table)}{inside}")
    return engine


def _columns(declared: Mapping[str, str]) -> dict[str, str]:
    """Return the declared columns between those that every table has."""
    own = {name.lower() for name in declared}
    before, after = ({name: "string" for name in names if name.lower() not in own} for names in (_BEFORE, _AFTER))
    return {**before, **declared, **after}


def _engine_type(kind: str) -> str:
    return _ENGINE_TYPES.get(kind.lower(), "VARCHAR")


def _list_type(kind: str) -> str:
    return f"{_engine_type(kind)}[]"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _value(value: Any, kind: str) -> Any:
    """Return a value for the engine; what is not of the column's type is null, as Log Analytics has it."""
    try:
        return None if value is None else _WRITERS[_engine_type(kind)](value)
    except (ValueError, TypeError):
        return None


def _whole(bits: int) -> Callable[[Any], int]:
    def write(value: Any) -> int:
        if isinstance(value, bool) or not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ValueError
        return int(value)

    return write


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "VARCHAR": lambda value: storable(value) if isinstance(value, str) else compact(value),
    "INTEGER": _whole(32),
    "BIGINT": _whole(64),
    "DOUBLE": float,
    "BOOLEAN": _flag,
    "TIMESTAMP": lambda value: naive(moment(str(value))),
    "JSON": compact,
}
