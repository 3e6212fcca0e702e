"""Resource Graph: a query over many subscriptions, paged to the end, and proved complete by counts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from azlocal.azure.clients import Answer, Connection
from azlocal.azure.errors import raise_for, refused
from azlocal.azure.retrying import LONGEST, patiently, resets_after
from azlocal.errors import AzlocalError, Incomplete

API = "2021-03-01"
PATH = "/providers/Microsoft.ResourceGraph/resources"
PAGE = 1000
CHUNK = 200
"""Subscriptions in one call; the documentation names 300 as the limit."""
_TRIES = 3
_TOO_LARGE = "ResponsePayloadTooLarge"
"""The detail's code when a page would have more than 16 MB (public reports; the documentation names no limit)."""

Row = dict[str, Any]
T = TypeVar("T")


def rows(
    connection: Connection, query: str, subscriptions: Sequence[str], management_groups: Sequence[str]
) -> Iterator[Row]:
    """Yield every row of *query*; raise Incomplete when the counts never agree."""
    return kept(connection, query, subscriptions, management_groups, lambda row: row)


def kept(
    connection: Connection, query: str, subscriptions: Sequence[str], management_groups: Sequence[str],
    keep: Callable[[Row], T],
) -> Iterator[T]:  # fmt: skip
    """Yield what *keep* makes of every row of *query*; raise Incomplete when the counts never agree.

    Nothing is yielded before all rows are there, so *keep* is called page by page: a fleet's rows as JSON are
    several times as large as what is wanted of them. It may be called again for rows that are read again.
    Without subscriptions and management groups Azure takes every subscription the identity can read.
    """
    scopes: list[dict[str, list[str]]] = [
        {"subscriptions": list(subscriptions[start : start + CHUNK])} for start in range(0, len(subscriptions), CHUNK)
    ]
    if management_groups:
        scopes.append({"managementGroups": list(management_groups)})
    seen: set[bytes] = set()
    for scope in scopes or [{}]:
        for mark, row in _complete(connection, query, scope, keep).items():
            if mark not in seen:
                yield row
                seen.add(mark)


def _complete(
    connection: Connection, query: str, scope: dict[str, list[str]], keep: Callable[[Row], T]
) -> dict[bytes, T]:
    """Read all pages; read again from the start when rows changed, repeated or went missing under way.

    A page that is too large for Azure is asked for again with half the rows.
    """
    problem, tries, top = "", 0, PAGE
    while tries < _TRIES:
        try:
            found, problem = _pages(connection, {**scope, "query": query}, top, keep)
        except _TooLarge as large:
            top //= 2
            if not top:
                raise large.error from None
            continue
        if not problem:
            return found
        tries += 1
    raise Incomplete(
        f"Resource Graph did not give all rows: {problem}",
        remedy="run again; while the fleet changes this fast no gate opens",
    )


def _mark(row: Row) -> bytes:
    """Return what stands for a row's id, which is long: 128 bits of its hash."""
    return hashlib.blake2b(str(row["id"]).lower().encode("utf-8", "surrogatepass"), digest_size=16).digest()


class _TooLarge(Exception):
    """A page has more bytes than Azure sends; with the error to raise when it cannot be made smaller."""

    def __init__(self, error: AzlocalError) -> None:
        super().__init__()
        self.error = error


def _pages(
    connection: Connection, asked: dict[str, Any], top: int, keep: Callable[[Row], T]
) -> tuple[dict[bytes, T], str]:
    """Return what is kept of the rows of every page, and what keeps them from being the whole answer."""
    found: dict[bytes, T] = {}
    options: dict[str, Any] = {"resultFormat": "objectArray", "$top": top}
    tokens: set[str] = set()
    total: int | None = None
    while True:
        body = _page(connection, {**asked, "options": options})
        data, total = body.get("data"), body.get("totalRecords") if total is None else total
        if not isinstance(data, list) or not isinstance(total, int) or body.get("totalRecords") != total:
            return found, f"the total changed from {total} to {body.get('totalRecords')}"
        if not all(isinstance(row, dict) and row.get("id") for row in data):
            return found, "a row came without an id"
        found.update((_mark(row), keep(row)) for row in data)
        token = body.get("$skipToken")
        if not token:
            break
        # Every page brings a row at least, but for a few: more tokens than rows lead nowhere.
        if token in tokens or len(tokens) > total + _TRIES:
            return found, f"the pages do not end after {len(tokens) + 1}"
        tokens.add(token)
        options = {**options, "$skipToken": token}
    return found, "" if len(found) == total else f"{len(found)} rows with ids came, {total} were announced"


def _page(connection: Connection, body: dict[str, Any]) -> dict[str, Any]:
    answer = patiently(lambda: connection.post(PATH, API, body), throttled, connection.sleep)
    if answer.status == 400 and any(code == _TOO_LARGE for code in _codes(answer)):
        raise _TooLarge(refused(answer, "query Azure Resource Graph", PATH))
    raise_for(answer, "query Azure Resource Graph", PATH)
    _pace(connection, answer)
    if not isinstance(answer.json, dict):
        raise Incomplete("Resource Graph answered something that is not JSON", remedy="check proxies on the way")
    return answer.json


def _codes(answer: Answer) -> Iterator[object]:
    """Yield the codes of an error and of its details."""
    error = answer.json.get("error") if isinstance(answer.json, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for one in (error, *(details if isinstance(details, list) else ())):
        yield one.get("code") if isinstance(one, Mapping) else None


def throttled(answer: Answer) -> float | None:
    """Return the seconds to wait before asking again, None when the answer stands."""
    # With Retry-After azure-core has waited and tried again already.
    if answer.status != 429 or "retry-after" in answer.headers:
        return None
    return resets_after(answer.headers.get("x-ms-user-quota-resets-after", ""))


def _pace(connection: Connection, answer: Answer) -> None:
    """Wait before the quota says no: a 429 costs as much and helps nobody."""
    if answer.headers.get("x-ms-user-quota-remaining") == "0":
        connection.sleep(min(LONGEST, resets_after(answer.headers.get("x-ms-user-quota-resets-after", ""))))
