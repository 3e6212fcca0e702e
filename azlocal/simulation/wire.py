"""One runner's wire and login in this process: requests in turn, death at any of them, and a note of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from azure.core.credentials import AccessToken

from azlocal.sandbox import identity
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.wire import Request, Response
from azlocal.sandbox.world import Azure
from azlocal.simulation.turns import Killed

_LONG = timedelta(days=3650)


class StandingCredential:
    """A credential whose tokens come from the world itself: signing in is not what a simulation tests.

    *kept* holds the tokens of a world by client and audience, so that each is made once.
    """

    def __init__(self, azure: Azure, client: str, kept: dict[tuple[str, str], str] | None = None) -> None:
        self._azure = azure
        self._client = client
        self._kept = {} if kept is None else kept

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return a token for the audience of the first scope."""
        audience = scopes[0].removesuffix("/.default")
        place = (self._client, audience)
        if place not in self._kept:
            self._kept[place] = identity.token(self._azure, self._client, audience, int(_LONG.total_seconds()))
        return AccessToken(self._kept[place], int(time.time() + _LONG.total_seconds()))


Before = Callable[[int, str], None]
Dies = tuple[int | str, str]
"""The request at which a runner dies, and whether `before` or `after` Azure has answered it.

A request is meant by its number from 1, or by its kind: the first `start`, or the first `intent`.
"""


def kind_of(request: Any) -> str:
    """Return `start` or `intent` for the requests that a start is made of, else an empty text."""
    if request.method == "PUT":
        return "start"
    return "intent" if request.method == "PATCH" else ""


class RunnerTransport(InProcessTransport):
    """One runner's wire. *before* is told the number and kind of each request; once dead, it sends nothing any more."""

    def __init__(
        self,
        handle: Callable[[Request], Response],
        sleep: Callable[[float], None],
        before: Before,
        dies: Dies | None = None,
    ) -> None:
        super().__init__(handle, sleep)
        self._before = before
        self._dies = dies
        self._dead = False
        self.sent = 0

    def send(self, request: Any, **more: Any) -> Any:
        """Send one request, in turn."""
        if self._dead:
            raise Killed
        kind = kind_of(request)
        self._before(self.sent + 1, kind)
        self.sent += 1
        at = self._dies[0] if self._dies is not None else 0
        last = kind == at if isinstance(at, str) else 0 < at <= self.sent
        self._dead = last
        if last and self._dies is not None and self._dies[1] == "before":
            raise Killed
        answer = super().send(request, **more)
        if last:
            raise Killed
        return answer
