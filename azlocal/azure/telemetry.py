"""Rows to Azure Monitor, by the Logs Ingestion client, in batches that never exceed its limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from azure.core.exceptions import AzureError, HttpResponseError
from azure.monitor.ingestion import LogsIngestionClient

from azlocal.azure.clients import Connection, PatientRetry, Shared
from azlocal.azure.retrying import patiently
from azlocal.core.events import Row
from azlocal.ports import Delivery

BATCH_BYTES = 900_000
"""Below the service's 1 MB, brackets and separators counted: the client alone would exceed it."""
FIELD_CHARACTERS = 16_000
"""At most 64 KB of UTF-8, the service's limit for one field."""
_PASSING = frozenset({408, 429, 500, 502, 503, 504})


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

    def send(self, rows: Sequence[Row]) -> Delivery:
        """Send *rows*, stream by stream; go on after a lost batch and say what was lost."""
        sent, lost, problems = 0, 0, []
        for stream, members in groupby(sorted(rows, key=lambda row: row.stream), key=lambda row: row.stream):
            for batch in batches(dict(row.values) for row in members):
                problem = self._upload(stream, batch)
                if problem:
                    lost += len(batch)
                    problems.append(f"{stream}: {len(batch)} rows were not taken: {problem}")
                else:
                    sent += len(batch)
        return Delivery(sent=sent, lost=lost, problems=tuple(problems))

    def _upload(self, stream: str, batch: list[dict[str, Any]]) -> str:
        outcome = patiently(lambda: self._once(stream, batch), _again, self._connection.sleep)
        return outcome[1]

    def _once(self, stream: str, batch: list[dict[str, Any]]) -> tuple[int | None, str]:
        try:
            self._client.upload(self._rule, stream, batch)  # type: ignore[arg-type]
        except HttpResponseError as error:
            return error.status_code, f"HTTP {error.status_code}: {_code(error)}"
        except (AzureError, OSError, ValueError) as error:
            return None, f"{type(error).__name__}: {error}"[:300]
        return 204, ""


def _code(error: HttpResponseError) -> str:
    return (error.error.code if error.error and error.error.code else str(error.message))[:300]


def _again(outcome: tuple[int | None, str]) -> float | None:
    status, problem = outcome
    if not problem:
        return None
    return 1.0 if status is None or status in _PASSING else None


def batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut rows into lists whose JSON text stays below the limit; fields that are too long are cut."""
    batch: list[dict[str, Any]] = []
    size = 2
    for row in rows:
        short = {name: _cut(value) for name, value in row.items()}
        length = len(json.dumps(short).encode()) + 2
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 2
        batch.append(short)
        size += length
    if batch:
        yield batch


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > FIELD_CHARACTERS:
        return value[: FIELD_CHARACTERS - 1] + "…"
    return value
