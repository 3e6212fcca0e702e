"""The doors of the Function app: the timer, Azure's events, and the queue of asked ticks. HTTP is in `http`.

Only the timer and the queue tick, and a tick is the same as anywhere else: one process, one lease, at most one step for
each cluster. An event is looked at and recorded, asks for a tick, and starts nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.app import App
from azlocal.errors import AzlocalError, BadInput, Incomplete
from azlocal.function import bell, views
from azlocal.function.incoming import Notice, NotOurs, read_event
from azlocal.ports import Reader
from azlocal.report.text import clean
from azlocal.report.tick import headline, telemetry
from azlocal.service.glance import Glance, glance, narrowed, record
from azlocal.service.tick import TickReport

DEADLINE_MINUTES = 20.0
"""How long a tick begins new starts; host.json stops a function after thirty minutes."""
INSTALLED_AFTER = timedelta(minutes=12)
"""How long an extension mostly takes. Whether Azure tells of its write at the end or at the beginning no source says:
a second tick then sees the end."""
LOG = logging.getLogger("azlocal.function")
_LONGEST_LINE = 8000


class FunctionFailed(Exception):
    """The invocation is to be marked as failed; what is logged before it says why."""


class TickFailed(FunctionFailed):
    """A tick that ran whole, and in which something failed, is halted or broke."""

    def __init__(self, report: TickReport) -> None:
        super().__init__(f"{headline(report)}; see the log")
        self.report = report


@dataclass(frozen=True, slots=True)
class Door:
    """What every trigger needs; `own` tells the ids that azlocal acts by."""

    app: App
    desk: bell.Desk
    own: Callable[[], frozenset[str]]

    # ticks

    def timer(self, reader: Reader | None = None) -> TickReport:
        """Tick once. Raises FunctionFailed, so that the platform marks the invocation, when it did not go well."""
        with logged():
            report = self.tick(reader)
        if report.failed:
            raise TickFailed(report)
        return report

    def asked(self, message: str) -> str:
        """Run the tick that a message of the queue asks for: `ran`, `answered` by another, or `dropped`."""
        ticket = ticket_in(message)
        return "dropped" if ticket is None else self.answer(ticket)

    def answer(self, ticket: str, reader: Reader | None = None) -> str:
        """Run the tick that *ticket* asks for: `ran`, or `answered` by another.

        A tick that cannot read Azure raises FunctionFailed: the queue brings the message again. One that halts does not.
        """
        with logged():
            return bell.answer(self.desk, ticket, lambda: self._for_somebody(reader))

    def _for_somebody(self, reader: Reader | None) -> views.Document:
        """Tick; where another runner held the lease, who may have looked before what was asked for, ask once more."""
        report = self.tick(reader)
        if report.lease == "held":
            bell.ring(self.desk, self.app.connection.newest or report.now)
        return views.tick_view(report)

    def tick(self, reader: Reader | None = None) -> TickReport:
        """Tick once, log what happened, and leave the fleet where it can be read; *reader* as in `App.tick`."""
        report = self.app.tick(deadline_minutes=DEADLINE_MINUTES, reader=reader)
        for level, line in lines(report):
            LOG.log(level, clean(line)[:_LONGEST_LINE])
        try:
            self.desk.write(bell.VIEW, views.fleet_view(views.seen_by(report), views.tick_view(report)))
        except AzlocalError as error:
            # What is read over HTTP is old then; nothing is ever decided by it.
            LOG.error("the fleet could not be left to be read: %s", clean(error.message))
        return report

    # events

    def event(self, told: object) -> str:
        """Take an event: `ignored`, `own`, `unknown` (no cluster of the fleet) or `seen`. It starts nothing.

        Raises FunctionFailed when Azure cannot be read: Event Grid brings the event again.
        """
        try:
            notice = read_event(told)
        except NotOurs as error:
            LOG.warning("an event is ignored: %s", error)
            return "ignored"
        with logged():
            word = self._take(notice)
        LOG.info("%s of %s: %s", clean(notice.operation), clean(notice.resource), word)
        return word

    def _take(self, notice: Notice) -> str:
        plan = self.app.needed_plan()
        if narrowed(plan.scope, notice.resource) is None:
            return "unknown"
        if notice.callers & self.own():
            return "own"
        ports = self.app.ports()
        seen = glance(ports, plan, notice.resource)
        if seen is None:
            return "unknown"
        delivery = record(ports, plan, seen, notice.look_id)
        for problem in delivery.problems if delivery else ():
            LOG.error("telemetry: %s", clean(problem))
        now = ports.watch.newest or seen.look.now
        bell.ring(self.desk, now)
        if notice.goes_on:
            bell.ring(self.desk, now, INSTALLED_AFTER)
        return "seen"

    # what HTTP asks for

    def ring(self) -> bell.Ticket:
        """Ask for a tick."""
        return bell.ring(self.desk, self._now())

    def look_at(self, cluster_id: str) -> Glance | None:
        """Look at one cluster; nothing is recorded."""
        return glance(self.app.ports(), self.app.needed_plan(), cluster_id)

    def page(self) -> bytes:
        """Return the fleet's report by a look of its own, as a page that stands on its own."""
        from azlocal.report.page import page

        look = self.app.census()
        forecast = self.app.forecast(look) if self.app.plan else None
        return "".join(page(look, forecast, look.clusters)).encode("utf-8", "replace")

    def _now(self) -> datetime:
        """Return Azure's time, by its shortest answer."""
        self.app.connection.get("/subscriptions", "2022-12-01")
        if self.app.connection.newest is None:
            raise Incomplete("Azure's answers carry no Date header", remedy="check what stands between here and ARM")
        return self.app.connection.newest


def opened(app: App | None = None) -> Door:
    """Return a door of *app*, by default one for this process; raise FunctionFailed where a setting is missing or wrong."""
    with logged():
        here = app or App.from_environment()
        return at(here, here.environment)


def at(app: App, environment: Mapping[str, str]) -> Door:
    """Return a door of *app*."""
    from azlocal.azure.work_storage import WorkStorage, identity_of

    desk = WorkStorage.at(app.connection, environment)
    return Door(app, desk, lambda: identity_of(app.connection))


def ticket_in(message: str) -> str | None:
    """Return the ticket that a message of the queue names; None, and a line in the log, where it names none."""
    try:
        return bell.read_message(message)
    except (ValueError, RecursionError):
        LOG.warning("a message of the queue asks for no tick; it is dropped")
        return None


@contextmanager
def logged() -> Iterator[None]:
    """Log what azlocal raises, with what to do, and mark the invocation as failed."""
    try:
        yield
    except AzlocalError as error:
        for problem in error.problems if isinstance(error, BadInput) else (error.message,):
            LOG.error("%s", clean(problem))
        LOG.error("do: %s", clean(error.remedy))
        raise FunctionFailed(clean(error.message)) from None


def lines(report: TickReport) -> Iterator[tuple[int, str]]:
    """Yield what is logged of a tick: itself, what is wrong, what is halted, what was started."""
    yield logging.INFO, f"tick {report.tick_id}: {headline(report)}; plan {report.plan_digest}; lease {report.lease}"
    yield from ((logging.ERROR, problem) for problem in report.problems)
    for ring in report.rings:
        if ring.state == "halted":
            yield logging.ERROR, f"ring {ring.name}: halted ({ring.reason}) {ring.message}"
    for action in report.actions:
        level = logging.INFO if action.outcome == "accepted" else logging.WARNING
        told = f"{action.code} {action.message}".strip()
        yield level, f"{action.kind} attempt {action.attempt}: {action.outcome} {told} [{action.cluster_id}]"
    lost = report.delivery is not None and report.delivery.lost
    yield logging.ERROR if lost else logging.INFO, f"telemetry: {telemetry(report)}; {report.calls} calls"
