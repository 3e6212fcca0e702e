"""Rows to Azure Monitor, by the Logs Ingestion client, in batches that never exceed its limits."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.monitor.ingestion import LogsIngestionClient

from azlocal.azure.clients import Connection, PatientRetry, Shared
from azlocal.azure.retrying import patiently
from azlocal.core.events import Row
from azlocal.core.garbage import set_aside
from azlocal.ports import Delivery

BATCH_BYTES = 900_000
"""Below the service's 1 MB, brackets and separators counted: the client alone would exceed it."""
FIELD_CHARACTERS = 16_000
"""At most 64 KB of UTF-8, the service's limit for one field."""
_LEVEL = 3
"""Of compression: nearly as small as the best, in a third of the time."""
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_OF_THE_BATCH = frozenset({400, 413})
_OF_THE_STREAM = frozenset({404})


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one stream as they are sent: the JSON text of an array."""

    stream: str
    count: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _Upload:
    """What came of sending a batch: no problem, or one with its status (if there was an answer).

    `again` is how many seconds later it may be tried again; None: never.
    """

    problem: str = ""
    status: int | None = None
    again: float | None = None


class Sink:
    """Sends rows to one data collection rule. A failure is reported, never raised."""

    def __init__(self, connection: Connection, endpoint: str, rule_id: str) -> None:
        self._connection = connection
        self._rule = rule_id
        self._client = LogsIngestionClient(
            endpoint,
            connection.credential,
            credential_scopes=[connection.cloud.monitor_scope],
            transport=Shared(connection.transport),
            retry_policy=PatientRetry(retry_total=0),
        )

    @set_aside()
    def send(self, rows: Iterable[Row]) -> Delivery:
        """Send *rows* as they come; say what was lost.

        After a batch that the service finds wrong the others go on; where nobody answers, or the identity
        may not send, the rest is given up at once: it heals with the next tick.
        """
        sent, skipped, lost, problems = 0, 0, 0, []
        given_up: set[str] = set()
        for batch in batches(rows):
            if given_up & {"", batch.stream}:
                skipped += batch.count
                continue
            outcome = self._upload(batch)
            if not outcome.problem:
                sent += batch.count
                continue
            lost += batch.count
            problems.append(f"{batch.stream}: {batch.count} rows were not taken: {outcome.problem}")
            if outcome.status not in _OF_THE_BATCH:
                given_up.add(batch.stream if outcome.status in _OF_THE_STREAM else "")
        if skipped:
            problems.append(f"{skipped} more rows were not sent after that")
        return Delivery(sent=sent, lost=lost + skipped, problems=tuple(problems))

    def _upload(self, batch: Batch) -> _Upload:
        packed = gzip.compress(batch.body, compresslevel=_LEVEL, mtime=0)
        return patiently(lambda: self._once(batch.stream, packed), lambda told: told.again, self._connection.sleep)

    def _once(self, stream: str, packed: bytes) -> _Upload:
        try:
            self._client.upload(self._rule, stream, cast("Any", io.BytesIO(packed)))
        except HttpResponseError as error:
            again = _wait(error) if error.status_code in _PASSING else None
            kind = f"HTTP {error.status_code}" if error.status_code else type(error).__name__
            return _Upload(f"{kind}: {_code(error)}", error.status_code, again)
        except (ServiceRequestError, ServiceResponseError) as error:
            return _Upload(f"{type(error).__name__}: {error}"[:300], again=1.0)
        except Exception as error:
            return _Upload(f"{type(error).__name__}: {error}"[:300])
        return _Upload()


def _code(error: HttpResponseError) -> str:
    return (error.error.code if error.error and error.error.code else str(error.message))[:300]


def _wait(error: HttpResponseError) -> float:
    """Return the seconds that the service asks to wait, 1 when it names none."""
    response: Any = error.response
    asked = str(response.headers.get("Retry-After", "")) if response is not None else ""
    return float(asked) if asked.isdecimal() else 1.0


# cutting


@dataclass(slots=True)
class _Pile:
    """Rows of one stream, as JSON texts, that wait until a batch is full."""

    texts: list[str] = field(default_factory=list)
    size: int = 2

    def takes(self, text: str) -> bool:
        """Return whether one more row fits, its separator counted. An empty pile takes any row."""
        return not self.texts or self.size + len(text) + 2 <= BATCH_BYTES

    def add(self, text: str) -> None:
        """Put a row onto the pile."""
        self.texts.append(text)
        self.size += len(text) + 2

    def batch(self, stream: str) -> Batch:
        """Return the rows as a batch."""
        return Batch(stream, len(self.texts), f"[{', '.join(self.texts)}]".encode())


def batches(rows: Iterable[Row]) -> Iterator[Batch]:
    """Cut rows into batches, stream by stream, as they fill: each row is written as JSON once, and kept no longer."""
    piles: dict[str, _Pile] = {}
    for row in rows:
        text = _fitted(row.values)
        pile = piles.setdefault(row.stream, _Pile())
        if not pile.takes(text):
            yield pile.batch(row.stream)
            pile = piles[row.stream] = _Pile()
        pile.add(text)
    for stream, pile in piles.items():
        yield pile.batch(stream)


def _fitted(row: Mapping[str, Any]) -> str:
    """Return a row as JSON text (ASCII); one that is too large alone loses the ends of its longest fields."""
    text, longest = json.dumps(dict(row)), FIELD_CHARACTERS
    if len(text) <= FIELD_CHARACTERS:
        return text
    while longest > 1:
        text = json.dumps({name: _cut(value, longest) for name, value in row.items()})
        if len(text) + 4 <= BATCH_BYTES:
            break
        longest //= 2
    return text


def _cut(value: Any, longest: int) -> Any:
    """Return a value whose text stays below the limit of one field; of lists and objects the end is left out."""
    if isinstance(value, str):
        return value if len(value) <= longest else value[: longest - 1] + "…"
    if isinstance(value, list | tuple):
        return _first(value, longest, lambda one: one)
    if isinstance(value, Mapping):
        return dict(_first(list(value.items()), longest, lambda pair: {pair[0]: pair[1]}))
    return value


def _first(parts: Any, longest: int, written: Any) -> list[Any]:
    """Return the first of *parts* that fit into four bytes for each character that a text may have."""
    kept, room = [], 4 * longest - 2
    for one in parts:
        room -= len(json.dumps(written(one))) + 2
        if room < 0:
            break
        kept.append(one)
    return kept
