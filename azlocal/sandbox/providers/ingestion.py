"""Logs Ingestion: records posted to a stream of a data collection rule, checked against its columns.

Source: Azure Monitor documentation, Logs Ingestion API; Azure/azure-sdk-for-net, tests of Azure.Monitor.Ingestion.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.query.streams import Misfit, Record, fitted
from azlocal.sandbox.quotas import Window
from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Azure, Call

LARGEST = 1_048_576
"""Bytes of a body, packed or not. Source: the message of ContentLengthLimitExceeded."""
PER_MINUTE = 12_000
"""Requests to one rule. Source: Azure Monitor documentation, Logs Ingestion limits."""
_API_VERSIONS = ("2021-11-01-preview", "2023-01-01")


_ACTION = "Microsoft.Insights/Telemetry/Write"


def register(azure: Azure) -> None:
    """Register the upload route."""
    azure.router.add(
        "POST",
        "/dataCollectionRules/{rule}/streams/{stream}",
        Ingestion().upload,
        resource_type="Microsoft.Insights/dataCollectionRules",
        api_versions=_API_VERSIONS,
        action=_ACTION,
        data=True,
    )


class Ingestion:
    """The service over one world."""

    def __init__(self) -> None:
        self._window = Window(PER_MINUTE, 60.0)

    def upload(self, call: Call) -> Response:
        """Take records, all or none of them; they can be queried when the ingestion lag has passed."""
        rule = call.azure.rules.get(call.param("rule").lower())
        if rule is None:
            text = f"Data collection rule with immutable Id '{call.param('rule')}' not found."
            raise ArmError(404, "NotFound", text)
        if not call.azure.may(call.principal, _ACTION, str(rule["id"]), data=True):
            raise _denied(call)
        columns = rule["streams"].get(call.param("stream"))
        if columns is None:
            text = f"Stream '{call.param('stream')}' is not declared in data collection rule '{call.param('rule')}'."
            raise ArmError(404, "NotFound", text)
        self._throttle(call)
        records = _fitting(call, _records(call), columns)
        if records:
            _accept(call, _table(rule, call.param("stream")), records)
        return reply(None, 204)

    def _throttle(self, call: Call) -> None:
        allowed, _, resets = self._window.take(call.param("rule").lower(), call.azure.clock.wall())
        if not allowed:
            text = "The number of requests to the data collection rule exceeds the limit."
            raise ArmError(429, "TooManyRequests", text, headers={"retry-after": str(int(resets) + 1)})


def _denied(call: Call) -> ArmError:
    text = (
        "The authentication token provided does not have access to ingest data for the data collection rule with "
        f"immutable Id '{call.param('rule')}'."
    )
    return ArmError(403, "OperationFailed", text)


def _table(rule: Mapping[str, Any], stream: str) -> str:
    """Return the table that a rule's data flow sends a stream to; without a flow the one of its name."""
    return str(rule.get("tables", {}).get(stream) or stream.removeprefix("Custom-"))


def _records(call: Call) -> list[Any]:
    body = _unpacked(call)
    try:
        records = json.loads(body, parse_constant=_no_number)
    except ValueError as error:
        raise _invalid(f"The body is not JSON: {error}.") from error
    if not isinstance(records, list):
        raise _invalid("The body must be a JSON array of objects.")
    return records


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _unpacked(call: Call) -> bytes:
    body = call.request.body
    _limit(body)
    encoding = call.request.headers.get("content-encoding", "").lower()
    if encoding in {"", "identity"}:
        return body
    if encoding != "gzip":
        raise ArmError(415, "UnsupportedContentEncoding", f"The content encoding '{encoding}' is not supported.")
    try:
        body = gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise _invalid("The body is not valid gzip.") from error
    _limit(body)
    return body


def _limit(body: bytes) -> None:
    if len(body) > LARGEST:
        text = f"Maximum allowed content length: {LARGEST} bytes (1 MB). Provided content length: {len(body)} bytes."
        raise ArmError(413, "ContentLengthLimitExceeded", text)


def _fitting(call: Call, records: list[Any], columns: dict[str, str]) -> list[Record]:
    drop = call.azure.switch("ingestion-undeclared-column") == "drop"
    try:
        return fitted(records, columns, drop_undeclared=drop)
    except Misfit as misfit:
        raise _invalid(f"Record {misfit.place} {misfit.message}.", misfit.column or None) from misfit


def _invalid(message: str, target: str | None = None) -> ArmError:
    return ArmError(400, "InvalidPayload", message, target=target)


def _accept(call: Call, table: str, records: list[Record]) -> None:
    azure = call.azure
    azure.effects += 1
    filled = [{**record, "TimeGenerated": record.get("TimeGenerated") or stamp(call.now)} for record in records]

    def land(_: datetime) -> None:
        azure.tables.setdefault(table, []).extend(filled)

    if azure.ingestion_lag:
        azure.after(call.now, azure.ingestion_lag, land)
    else:
        land(call.now)
