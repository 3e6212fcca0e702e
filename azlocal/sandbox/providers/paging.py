"""Lists in pages, with an absolute next link on the host the client used."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from azlocal.sandbox.wire import ArmError, Response, reply
from azlocal.sandbox.world import Call


def page(call: Call, items: Iterable[Any], size: int | None = None) -> Response:
    """Return one page of *items*, of `azure.page_size` unless *size* is given: of those that the caller may see."""
    sees = call.sees
    if sees is not None:
        items = (one for one in items if not isinstance(one, dict) or sees(str(one.get("id", ""))))
    limit = size or call.azure.page_size
    start = _start(call.request.query)
    taken = list(islice(items, start, start + limit + 1))
    body: dict[str, Any] = {"value": taken[:limit]}
    if len(taken) > limit:
        kept = {name: value for name, value in call.request.query.items() if name.lower() != "$skiptoken"}
        token = base64.urlsafe_b64encode(f"start={start + limit}".encode()).decode()
        body["nextLink"] = f"{call.request.base}{call.request.path}?{urlencode({**kept, '$skiptoken': token})}"
    return reply(body)


def _start(query: Any) -> int:
    token = next((value for name, value in query.items() if name.lower() == "$skiptoken"), None)
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("start="))
    except ValueError as error:
        raise ArmError(400, "InvalidSkipToken", "The skip token is invalid.") from error
