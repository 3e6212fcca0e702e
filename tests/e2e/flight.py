"""A scenario's world in this process, with its plan and inputs on disk, and the command line over it."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import datetime, timezone

from installation import SignedIn

from azlocal.app import App, read_settings
from azlocal.cli.main import run
from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.faults import ReplyDropped
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.run import ready_of, world, write_files
from azlocal.sandbox.scenarios import load

NOW = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)


class Flight:
    """A world as a person at a shell meets it; `environment` may be changed before a command runs."""

    def __init__(self, folder, scenario="single-happy"):
        self.front, self.plan, self.inputs = world(scenario, VirtualClock(NOW))
        self.azure = self.front.azure
        self.folder = write_files(self, folder)
        self.ready = ready_of(load(scenario, 0), "https://sandbox.invalid", folder)
        self.environment = dict(self.ready["environment"])
        self.unreachable = set()
        self.transport = InProcessTransport(self._handle, self.azure.clock.sleep)
        self.changing = lambda request, response: response

    def _handle(self, request):
        if request.headers.get("host") in self.unreachable:
            raise ReplyDropped
        return self.changing(request, self.front.handle(request))

    def app(self, given=None):
        return App(
            read_settings(given or {}, self.environment), self.environment, transport=self.transport,
            credential=SignedIn(self.azure, identity.IDENTITY_CLIENT),
        )  # fmt: skip

    def command(self, capsys, *arguments):
        """Run a command; return its exit code and its JSON document."""
        code = run([*arguments, "-o", "json"], self.app)
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else {}, told.err

    # the world

    def one(self, kind, name=None):
        """Return a document by type, and by name where there are several."""
        return next(one for one in self.azure.store.of_type(kind) if name in {None, one["name"]})

    def change(self, document, **properties):
        """Put a document again with other properties; None takes one away."""
        told = {key: value for key, value in {**document["properties"], **properties}.items() if value is not None}
        self.azure.store.put({**document, "properties": told})

    def edit_plan(self, pattern, replacement):
        text = (self.folder / "plan.yaml").read_text("utf-8")
        changed, count = re.subn(pattern, replacement, text, count=1)
        assert count
        (self.folder / "plan.yaml").write_text(changed, "utf-8")

    def answer(self, fits, change):
        """Change the JSON of every answer to a request that fits, from now on."""

        def changing(request, response):
            if not fits(request) or response.status >= 300:
                return response
            body = change(json.loads(response.body))
            return dataclasses.replace(response, body=json.dumps(body).encode())

        self.changing = changing
