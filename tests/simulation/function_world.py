"""A world whose runners are the Function app's doors: the timer ticks, events knock, and what they ask for is ticked.

Event Grid is at its worst: events come late, twice, out of order, or never. Nothing of it may break a promise.
"""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass, field
from datetime import timedelta

from function_worker import furnished, subscribed

from azlocal.azure.work_storage import CONTAINER, QUEUE
from azlocal.errors import AzlocalError
from azlocal.function.doors import FunctionFailed, TickFailed, at
from azlocal.function.incoming import OBJECT_ID
from azlocal.sandbox import identity
from azlocal.simulation.world import Told, World

_TRIES = 3


def strangers(event):
    """Return an event as if somebody else had caused it."""
    claims = {**event["data"]["claims"], "appid": identity.PERSON_CLIENT, OBJECT_ID: "0" * 8}
    return {**event, "id": f"{event['id']}-stranger", "data": {**event["data"], "claims": claims}}


class Doored:
    """An App whose tick is the Function's timer, or the tick that a message asks for."""

    def __init__(self, app, settings, message=None):
        self._app, self._settings, self._message = app, settings, message
        self.plan = app.plan

    def tick(self, request, *, deadline_minutes=None):
        door, reports = at(self._app, self._settings), []
        whole = self._app.tick

        def ticked(*told, **more):
            reports.append(whole(*told, **more))
            return reports[-1]

        self._app.tick = ticked
        try:
            door.timer() if self._message is None else door.asked(self._message)
        except TickFailed as failed:
            return failed.report
        except FunctionFailed as failed:
            raise failed.__context__ or failed from None
        return reports[-1] if reports else None


@dataclass
class Seen:
    """What Event Grid and the queue did in one history."""

    events: list[str] = field(default_factory=list)
    asked: int = 0


class FunctionWorld(World):
    """The same world, with the Function app in the place of runbooks."""

    _own = ()

    def __init__(self, *told, **more):
        super().__init__(*told, **more)
        self.settings, self.queue = furnished(self.azure)
        account = self.queue.split("/storageaccounts/")[1].split("/")[0]
        self._own = (f"/{account}/{CONTAINER}/", f"/{account}.queue/{QUEUE}/")
        self.seen, self._last, self._pending = Seen(), 0, []
        self._luck = random.Random(f"events-{more.get('seed', 0)}")

    def finish_tick(self, run, app, request=None, deadline=None, message=None):
        return super().finish_tick(run, lambda: Doored(app(), self.settings, message), request, deadline)

    def advance(self, by):
        """Let time pass; on the way Event Grid delivers, and messages come out of the queue."""
        ends = self.clock.now() + by
        self._collect()
        self._deliver()
        while (due := self._next(ends)) is not None:
            super().advance(max(timedelta(0), due - self.clock.now()))
            self._hand_out()
            self._collect()
            self._deliver()
        super().advance(max(timedelta(0), ends - self.clock.now()))

    def _next(self, ends):
        found = [one.visible for one in self.azure.queues.get(self.queue, ()) if one.visible <= ends]
        return min(found, default=None)

    def _handled(self, request, tick):
        # What the app keeps in its own storage is not what a tick does to the fleet.
        mine = request.path.startswith(self._own)
        return super()._handled(request, None if mine else tick)

    def _collect(self):
        """Take what was raised since: some of it never arrives, some twice, some forged, all of it in any order."""
        for one in self.azure.events.after(self._last):
            self._last = one.seq
            document = one.document()
            if not subscribed(document):
                continue
            self._pending += [[document, _TRIES]] * self._luck.choice((0, 1, 1, 1, 2))
            if self._luck.random() < 0.3:
                self._pending.append([strangers(document), _TRIES])
        self._luck.shuffle(self._pending)

    def _deliver(self):
        pending, self._pending = self._pending, []
        for document, tries in pending:
            try:
                self.seen.events.append(at(self.app(), self.settings).event(document))
            except (FunctionFailed, AzlocalError):
                if tries > 1:
                    self._pending.append([document, tries - 1])

    def _hand_out(self):
        now, standing = self.clock.now(), self.azure.queues.get(self.queue, [])
        for one in [one for one in standing if one.visible <= now]:
            run = self.begin_tick(runner=len(self.seen.events))
            text = base64.b64decode(one.text).decode()
            try:
                self.finish_tick(run, lambda told=run: self.app(told=Told(told)), message=text)
            except AzlocalError:
                one.handed_out += 1
                one.visible = now + timedelta(minutes=1)
                if one.handed_out < _TRIES:
                    continue
            self.seen.asked += 1
            if one in standing:
                standing.remove(one)
