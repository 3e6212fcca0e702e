"""A sandbox world in this process, and the product's doors over it: no socket, virtual time, one switching point."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from azure.core.credentials import AccessToken

from azlocal.app import App, Settings
from azlocal.sandbox import identity
from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.inprocess import InProcessTransport
from azlocal.sandbox.run import world as populated
from azlocal.sandbox.scenarios import load
from azlocal.sandbox.wire import Request, Response
from azlocal.service.tick import TickReport, TickRequest
from azlocal.simulation.answers import know_answers
from azlocal.simulation.history import Timeline
from azlocal.simulation.invariants import History, breaks
from azlocal.simulation.turns import Killed, Take, Turns

START = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
_HOST = "https://sandbox.invalid"
_LONG = timedelta(days=3650)


class StandingCredential:
    """A credential whose tokens come from the world itself: signing in is not what a simulation tests."""

    def __init__(self, azure: Any, client: str) -> None:
        self._azure = azure
        self._client = client

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return a token for the audience of the first scope."""
        audience = scopes[0].removesuffix("/.default")
        token = identity.token(self._azure, self._client, audience, int(_LONG.total_seconds()))
        return AccessToken(token, int(time.time() + _LONG.total_seconds()))


class RunnerTransport(InProcessTransport):
    """One runner's wire: waits for its turn before each request, and dies before or after the one it is told."""

    def __init__(
        self,
        handle: Callable[[Request], Response],
        sleep: Callable[[float], None],
        take: Take,
        dies: tuple[int, str] | None = None,
    ) -> None:
        super().__init__(handle, sleep)
        self._take = take
        self._dies = dies
        self.sent = 0

    def send(self, request: Any, **more: Any) -> Any:
        """Send one request, in turn."""
        self._take()
        self.sent += 1
        here = self._dies is not None and self.sent >= self._dies[0]
        if here and self._dies is not None and self._dies[1] == "before":
            raise Killed
        answer = super().send(request, **more)
        if here:
            raise Killed
        return answer


class _Later:
    """Takes turns from the moment it is told how."""

    def __init__(self) -> None:
        self._take: Take = lambda: None

    def begin(self, take: Take) -> None:
        """Take turns by *take* from now on."""
        self._take = take

    def __call__(self) -> None:
        self._take()


class World:
    """One scenario, its clock and its timeline; ticks and decisions of people are run on it."""

    def __init__(self, scenario: str, *, seed: int = 0, start: datetime = START) -> None:
        self.scenario = load(scenario, seed)
        self.clock = VirtualClock(start)
        self.front, plan, inputs = populated(scenario, self.clock, seed)
        self.azure = self.front.azure
        know_answers(self.azure)
        self.timeline = Timeline.watch(self.azure)
        self._seed = seed
        self._folder = tempfile.TemporaryDirectory(prefix="azlocal-world-")
        self.plan = Path(self._folder.name) / "plan.yaml"
        self.plan.write_text(plan, "utf-8")
        self.inputs = Path(self._folder.name) / "inputs"
        self.inputs.mkdir()
        for name, text in inputs.items():
            (self.inputs / name).write_text(text, "utf-8")

    def app(self, client: str = identity.IDENTITY_CLIENT, *, take: Take = lambda: None, dies: Any = None) -> App:
        """Return the product as one identity runs it here."""
        rule = next(iter(self.azure.rules), "")
        settings = Settings(
            plan=str(self.plan), inputs=str(self.inputs), cloud=_HOST, ingestion_endpoint=_HOST, dcr_id=rule
        )
        transport = RunnerTransport(self.front.handle, self.clock.sleep, take, dies)
        return App(settings, {}, transport=transport, credential=StandingCredential(self.azure, client))

    def person(self) -> App:
        """Return the product as a person runs it."""
        return self.app(identity.PERSON_CLIENT)

    def tick(self, *, dies: tuple[int, str] | None = None, request: TickRequest | None = None) -> TickReport | None:
        """Run one tick; None when it was killed on the way."""
        try:
            return self.app(dies=dies).tick(request or TickRequest())
        except Killed:
            return None

    def ticks_at_once(self, count: int, seed: int, *, dies: Sequence[Any] = ()) -> list[Any]:
        """Run *count* ticks side by side, changing places at requests; return reports or what was raised."""
        fates = [*dies, *([None] * count)][:count]

        def job(fate: Any) -> Callable[[Take], Any]:
            turn = _Later()
            app = self.app(take=turn, dies=fate)
            # Connected before turns are taken: until Python 3.12 one lock guards a cached property of all
            # instances, and a runner that waits for its turn inside one would stop the others for ever.
            app.connection  # noqa: B018
            return lambda take: turn.begin(take) or app.tick(TickRequest())

        return Turns(seed).run([job(fate) for fate in fates])

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.azure.advance(by)

    def history(self) -> History:
        """Return what happened so far, ready to be judged."""
        return History.of(self.front.journal.after(), self.timeline, self.azure.control_group)

    def breaks(self) -> list[str]:
        """Return every invariant that broke, in words."""
        return breaks(self.history())
