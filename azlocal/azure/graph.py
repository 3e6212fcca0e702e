"""Resource Graph: a query over many subscriptions, paged to the end, and proved complete by counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for
from azlocal.azure.retrying import LONGEST, patiently, resets_after
from azlocal.errors import Incomplete

API = "2021-03-01"
PATH = "/providers/Microsoft.ResourceGraph/resources"
PAGE = 1000
CHUNK = 200
"""Subscriptions in one call; the documentation names 300 as the limit."""
_TRIES = 3


def rows(
    connection: Connection, query: str, subscriptions: Sequence[str], management_groups: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield every row of *query*; raise Incomplete when the counts never agree.

    Without subscriptions and management groups Azure takes every subscription the identity can read.
    """
    scopes: list[dict[str, list[str]]] = [
        {"subscriptions": list(subscriptions[start : start + CHUNK])} for start in range(0, len(subscriptions), CHUNK)
    ]
    if management_groups:
        scopes.append({"managementGroups": list(management_groups)})
    seen: set[str] = set()
    for scope in scopes or [{}]:
        for row in _complete(connection, query, scope):
            if str(row["id"]).lower() not in seen:
                seen.add(str(row["id"]).lower())
                yield row


def _complete(connection: Connection, query: str, scope: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Read all pages; read again from the start when rows changed, repeated or went missing under way."""
    problem = ""
    for _ in range(_TRIES):
        found, problem = _pages(connection, query, scope)
        if not problem:
            return found
    raise Incomplete(
        f"Resource Graph did not give all rows: {problem}",
        remedy="run again; while the fleet changes this fast no gate opens",
    )


def _pages(connection: Connection, query: str, scope: dict[str, list[str]]) -> tuple[list[dict[str, Any]], str]:
    """Return the rows of every page, and what keeps them from being the whole answer."""
    found: list[dict[str, Any]] = []
    options: dict[str, Any] = {"resultFormat": "objectArray", "$top": PAGE}
    tokens: set[str] = set()
    total: int | None = None
    while True:
        body = _page(connection, {**scope, "query": query, "options": options})
        data, total = body.get("data"), body.get("totalRecords") if total is None else total
        if not isinstance(data, list) or not isinstance(total, int) or body.get("totalRecords") != total:
            return found, f"the total changed from {total} to {body.get('totalRecords')}"
        if not all(isinstance(row, dict) and row.get("id") for row in data):
            return found, "a row came without an id"
        found += data
        token = body.get("$skipToken")
        if not token:
            break
        # Every page brings a row at least, but for a few: more tokens than rows lead nowhere.
        if token in tokens or len(tokens) > total + _TRIES:
            return found, f"the pages do not end after {len(tokens) + 1}"
        tokens.add(token)
        options = {**options, "$skipToken": token}
    distinct = len({str(row["id"]).lower() for row in found})
    return found, "" if distinct == total else f"{distinct} rows with ids came, {total} were announced"


def _page(connection: Connection, body: dict[str, Any]) -> dict[str, Any]:
    answer = patiently(lambda: connection.post(PATH, API, body), _throttled, connection.sleep)
    raise_for(answer, "query Azure Resource Graph", PATH)
    _pace(connection, answer)
    if not isinstance(answer.json, dict):
        raise Incomplete("Resource Graph answered something that is not JSON", remedy="check proxies on the way")
    return answer.json


def _throttled(answer: Answer) -> float | None:
    # With Retry-After azure-core has waited and tried again already.
    if answer.status != 429 or "retry-after" in answer.headers:
        return None
    return resets_after(answer.headers.get("x-ms-user-quota-resets-after", ""))


def _pace(connection: Connection, answer: Answer) -> None:
    """Wait before the quota says no: a 429 costs as much and helps nobody."""
    if answer.headers.get("x-ms-user-quota-remaining") == "0":
        connection.sleep(min(LONGEST, resets_after(answer.headers.get("x-ms-user-quota-resets-after", ""))))
