"""Azure on paper: answers given in turn by a script, and everything that was asked, over the real SDK pipelines."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from azure.core.credentials import AccessToken

from azlocal.azure.clients import Connection
from azlocal.azure.clouds import PUBLIC
from azlocal.sandbox.faults import ReplyDropped
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.wire import Response, reply

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
DROPPED = object()
"""An answer that never comes."""


def error(status, code, message="because", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply({"error": {"code": code, "message": message}}, status, named)


class Credential:
    """Signs with a token that never ends; counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    def get_token(self, *_, **__):
        self.asked += 1
        return AccessToken("token", 4102444800)


class Paper:
    """A wire with a script. An answer is a Response, DROPPED, or a function of the request that gives one.

    The last answer repeats. `now` is the `Date` of answers; sleeping moves it.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked, self.slept = [], []
        self.now = NOW

    def connection(self, place=PUBLIC, credential=None):
        return Connection(place, credential or Credential(), InProcessTransport(self.handle, self.sleep))

    def handle(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is DROPPED:
            raise ReplyDropped
        answer = answer(request) if callable(answer) else answer
        return Response(answer.status, {"date": format_datetime(self.now, usegmt=True), **answer.headers}, answer.body)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def told(self):
        """Return method and path of every request."""
        return [(request.method, request.path) for request in self.asked]
