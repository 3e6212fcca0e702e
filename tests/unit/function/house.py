"""The app's doors in this process, over a sandbox world with the app's storage in it."""

from __future__ import annotations

import base64
import json

from function_worker import furnished, is_start, principal

from azlocal.function import http
from azlocal.function.doors import at
from azlocal.function.web import Asked
from azlocal.simulation.world import World

DOWN = {
    "kind": "status",
    "status": 403,
    "code": "AuthorizationFailed",
    "method": "POST",
    "path": "resourcegraph",
    "times": 99,
}
"""A fault that keeps Resource Graph from answering."""


class House:
    """One world; every call opens a door of its own, as every invocation does."""

    def __init__(self, scenario="single-happy", **more):
        self.world = World(scenario, **more)
        self.azure = self.world.azure
        self.settings, self.queue = furnished(self.azure)
        self.clusters = list(self.azure.store.of_type("Microsoft.AzureStackHCI/clusters"))

    def door(self):
        return at(self.world.app(), self.settings)

    def ask(self, route, *roles, method="GET", headers=None, guarded=True, **params):
        """Return what a request is answered; header names come in lower case."""
        known = principal(*roles) if headers is None else headers
        asked = Asked(method, {name.lower(): value for name, value in known.items()}, params)
        return http.answer(self.door, route, asked, guarded=guarded)

    def document(self, route, *roles, **more):
        answer = self.ask(route, *roles, **more)
        return answer.status, json.loads(answer.body)

    def messages(self):
        return [base64.b64decode(one.text).decode() for one in self.azure.queues.get(self.queue, [])]

    def view(self):
        blob = self.azure.blobs.get(("stazlocalops", "azlocal-function", "fleet.json"))
        return None if blob is None else json.loads(blob)

    def rows(self, table):
        return self.azure.tables[table]

    def journal(self, after=0):
        return self.world.front.journal.after(after)

    def starts(self):
        return [entry for entry in self.journal() if is_start(entry)]

    def writes(self, after=0):
        """Return what was written, without reads, questions and what the app keeps for itself."""
        own = ("/stazlocalops/azlocal-function/", "/stazlocalops.queue/azlocal-ticks/")
        questions = ("/providers/microsoft.resourcegraph/", "/datacollectionrules/")
        return [
            f"{one.method} {one.path}" for one in self.journal(after)
            if one.method != "GET" and not one.path.startswith(own) and not one.path.lower().startswith(questions)
        ]  # fmt: skip
