"""The index that Resource Graph asks: the world as it was `azure.index_lag` ago, in the query engine's tables.

Documents are kept as they were given, for they are never changed in place. What was there when the world was
first asked anything is visible at once; every later change when the lag has passed since its moment. Under a haze
(`azure.haze`) each row has a lag of its own in each read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

from azlocal.sandbox.query import rows
from azlocal.sandbox.query.engine import Engine, Result
from azlocal.sandbox.query.fast import Answer, Told
from azlocal.sandbox.query.rows import COLUMNS, DYNAMIC, MANAGEMENT_GROUPS, TABLES
from azlocal.sandbox.query.scope import Hierarchy
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

CHUNK = 10_000
"""Rows in one insert."""
FEW = 2_000
"""Changes up to which rows are replaced one by one; more of them, and the table is loaded anew."""
MANY = 20_000
"""Resources from which on the tables are filled before the first query: clients do not wait that long."""
_ALWAYS = datetime.min.replace(tzinfo=timezone.utc)
Version = tuple[datetime, Document | None]
Reads = Callable[[str, str], bool]


class Index:
    """Resource Graph's view of one world."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._began = False
        self._changes: dict[str, list[Version]] = {}
        self._hidden: dict[str, Document] = {}
        self._places: dict[str, str] = {}
        self._visible: dict[str, dict[str, Document]] = {table: {} for table in TABLES}
        self._stale: dict[str, set[str]] = {table: set() for table in TABLES}
        self._engine: Engine | None = None
        self._made: set[str] = set()
        self._fold = False
        azure.store.listen(self._note)
        # The first request lets everything due happen, and so this: the world begins.
        azure.agenda.at(azure.clock.now(), lambda _: self._begin_once())
        azure.preparing.append(self._prepare)

    def begin(self) -> None:
        """Make everything that is in the store visible now, whenever it came there."""
        self._began = True
        self._changes.clear()
        self._hidden.clear()
        there = {document["id"].lower(): document for document in self._azure.store.all()}
        for key in [one for one in self._places if one not in there]:
            self._show(key, None)
        for key, document in there.items():
            self._show(key, document)

    def _prepare(self) -> None:
        """Fill the tables of a large world."""
        if len(self._azure.store) < MANY:
            return
        self._begin_once()
        engine = self._opened()
        for table, held in self._visible.items():
            if held:
                self._load(engine, table)

    def ask(self, text: str, scope: frozenset[str], now: datetime, reads: Reads | None = None) -> Result:
        """Return what a query (rewritten for the engine) gives for what lies in *scope*; raise Refused.

        *reads* tells of a resource's id and type whether the caller may read it; None when it may read all.
        """
        self._begin_once()
        self._catch_up(now)
        engine = self._opened()
        translation = engine.translate(text)
        for table in sorted(translation.tables):
            self._load(engine, table)
        engine.database.execute("DELETE FROM base.scope")
        engine.database.execute("INSERT INTO base.scope SELECT unnest(?::VARCHAR[])", [sorted(scope)])
        engine.database.execute("DELETE FROM base.forbidden")
        forbidden = [key for table in sorted(translation.tables) for key in self._forbidden(table, reads)]
        engine.database.execute("INSERT INTO base.forbidden SELECT unnest(?::VARCHAR[])", [forbidden])
        return engine.run(translation, now)

    def tell(self, answer: Answer, scope: frozenset[str], now: datetime, reads: Reads | None = None) -> list[Told]:
        """Return the rows of a known answer for what lies in *scope* and the caller *reads*, without the engine."""
        self._begin_once()
        self._catch_up(now)
        held = self._visible[answer.table]
        forbidden = set(self._forbidden(answer.table, reads))
        if forbidden:
            held = {key: document for key, document in held.items() if key not in forbidden}
        return answer.rows(held, scope, fold=self._fold)

    def _forbidden(self, table: str, reads: Reads | None) -> Iterator[str]:
        if reads is not None:
            yield from (key for key in self._visible[table] if not reads(key, rows.type_of(key)))

    def _begin_once(self) -> None:
        if not self._began:
            self.begin()

    def _note(self, key: str, document: Document | None) -> None:
        if not self._began:
            return
        # While the agenda works off what fell due, a change belongs to that moment, not to the clock's.
        moment = self._azure.agenda.moment or self._azure.clock.now()
        known = self._changes.get(key)
        if known is None:
            place = self._places.get(key)
            shown = self._hidden.get(key) or (None if place is None else self._visible[place].get(key))
            known = self._changes[key] = [(_ALWAYS, shown)]
        known.append((moment, document))

    def _catch_up(self, now: datetime) -> None:
        haze = self._azure.haze
        for key, document in self._hidden.items():
            self._show(key, document)
        self._hidden.clear()
        for key in list(self._changes):
            self._reveal(key, now, self._azure.index_lag if haze is None else haze.lag())
        if haze is not None:
            self._hide(haze.hidden(list(self._places)))
        fold = self._azure.switch("graph-id-case") == "lower"
        if fold != self._fold:
            self._fold = fold
            for table, held in self._visible.items():
                self._stale[table] |= set(held)

    def _reveal(self, key: str, now: datetime, lag: timedelta) -> None:
        """Show a row as it was *lag* ago, and forget the versions that no read can show any more."""
        versions = self._changes[key]
        at = _last(versions, now - lag)
        self._show(key, versions[at][1])
        longest = self._azure.index_lag if self._azure.haze is None else self._azure.haze.longest
        del versions[: _last(versions, now - max(lag, longest))]
        if len(versions) == 1:
            del self._changes[key]

    def _hide(self, keys: list[str]) -> None:
        for key in keys:
            self._hidden[key] = self._visible[self._places[key]][key]
            self._show(key, None)

    def _show(self, key: str, document: Document | None) -> None:
        table = None if document is None else rows.table_of(document)
        place = self._places.get(key)
        if (None if place is None else self._visible[place].get(key)) is document and table == place:
            return
        before = self._places.pop(key, None)
        if before is not None and before != table:
            del self._visible[before][key]
            self._stale[before].add(key)
        if table is None or document is None:
            return
        self._places[key] = table
        self._visible[table][key] = document
        self._stale[table].add(key)
        if rows.type_of(key) == MANAGEMENT_GROUPS:
            # Every container tells the groups above it.
            self._stale[table] |= set(self._visible[table])

    def _opened(self) -> Engine:
        if self._engine is None:
            self._engine = Engine(dict.fromkeys(TABLES, COLUMNS))
            self._engine.database.execute("CREATE SCHEMA base; CREATE TABLE base.scope (id VARCHAR)")
            self._engine.database.execute("CREATE TABLE base.forbidden (key VARCHAR)")
        return self._engine

    def _load(self, engine: Engine, table: str) -> None:
        if table not in self._made:
            _make(engine, table)
            self._made.add(table)
        stale, held = self._stale[table], self._visible[table]
        if not stale:
            return
        if len(stale) > max(FEW, len(held) // 4):
            engine.database.execute(f"DELETE FROM base.{table}")
            stale = set(held)
        else:
            engine.database.execute(f"DELETE FROM base.{table} WHERE _key IN (SELECT unnest(?::VARCHAR[]))", [[*stale]])
        self._insert(engine, table, [held[key] for key in held if key in stale])
        self._stale[table] = set()

    def _insert(self, engine: Engine, table: str, documents: list[Document]) -> None:
        hierarchy = Hierarchy(self._azure.store, self._azure.tenant_id)
        values = ", ".join(f"unnest(?::VARCHAR[]){'::JSON' if name in DYNAMIC else ''}" for name in COLUMNS)
        for start in range(0, len(documents), CHUNK):
            some = documents[start : start + CHUNK]
            found = (rows.row_of(one, self._azure.tenant_id, hierarchy.chain, self._fold) for one in some)
            extra = [[one["id"].lower() for one in some], [rows.scope_of(one) for one in some]]
            engine.database.execute(
                f"INSERT INTO base.{table} SELECT {values}, unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
                [*rows.columns(found), *extra],
            )


def _last(versions: list[Version], moment: datetime) -> int:
    """Return the place of the last version that stood at *moment*; the first one always did."""
    return max(place for place, (since, _) in enumerate(versions) if place == 0 or since <= moment)


def _make(engine: Engine, table: str) -> None:
    """Create a table, and over it a view of what the asking request has in scope."""
    columns = ", ".join(f'"{name}" {"JSON" if name in DYNAMIC else "VARCHAR"}' for name in COLUMNS)
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    engine.database.execute(f"CREATE TABLE base.{table} ({columns}, _key VARCHAR, _scope VARCHAR)")
    engine.database.execute(
        f"CREATE VIEW {table} AS SELECT {names} FROM base.{table} WHERE _scope IN (SELECT id FROM base.scope)"
        " AND _key NOT IN (SELECT key FROM base.forbidden)"
    )


def tables_by_name() -> dict[str, str]:
    """Return the tables by their names in lower case."""
    return {table: table for table in TABLES}
