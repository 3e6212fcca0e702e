"""What the Function app answers over HTTP: the fleet to read, and the doorbell. It starts nothing by itself.

Whoever calls is known by App Service authentication. Readers have the app role `reader`; who may ring, `doorbell`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from azlocal.app import App
from azlocal.core.facts import ClusterFacts
from azlocal.errors import AzlocalError, BadInput
from azlocal.function import bell, views
from azlocal.function.caller import DOORBELL, READER, guarded, roles_of
from azlocal.function.doors import LOG, Door, FunctionFailed, opened
from azlocal.function.incoming import MOST_TEXT
from azlocal.function.web import Answer, Asked, Problem, page, reply
from azlocal.report.text import clean
from azlocal.service.choosing import check_word, choose

Handler = Callable[[Door, Asked], Answer]
_NOT_SET_UP = Problem(503, "the app is not set up", remedy="see the app's log")


def serve(route: str, asked: Asked) -> Answer:
    """Answer a request in this process."""
    app = App.from_environment()
    return answer(lambda: opened(app), route, asked, guarded=guarded(app.environment))


def answer(door: Callable[[], Door], route: str, asked: Asked, *, guarded: bool) -> Answer:
    """Answer a request for *route*; *guarded* tells whether the platform has checked who calls.

    Never raises: what goes wrong is a problem document and a line in the log.
    """
    if route == "health":
        return Answer(204)
    try:
        wanted, handler = _ROUTES[route]
        _let_in(asked, wanted, guarded=guarded)
        return handler(door(), asked)
    except Problem as problem:
        LOG.warning("%s %s: %d %s", asked.method, route, problem.status, problem.title)
        return problem.answer()
    except BadInput as error:
        LOG.error("%s: %s; do: %s", route, clean(error.message), clean(error.remedy))
        return _NOT_SET_UP.answer()
    except AzlocalError as error:
        LOG.error("%s: %s; do: %s", route, clean(error.message), clean(error.remedy))
        return Problem(502, "Azure did not answer as needed", error.message, error.remedy).answer()
    except FunctionFailed:
        return _NOT_SET_UP.answer()
    except Exception:
        LOG.exception("%s broke", route)
        return Problem(500, "something broke", remedy="see the app's log").answer()


def _let_in(asked: Asked, wanted: frozenset[str], *, guarded: bool) -> None:
    roles = roles_of(asked.headers) if guarded else None
    if roles is None:
        raise Problem(401, "sign in first", "" if guarded else "no authentication stands before this app")
    if not roles & wanted:
        raise Problem(403, f"this takes the app role {' or '.join(sorted(wanted))}")


def ring(door: Door, asked: Asked) -> Answer:
    """Ask for a tick: 202, with where to see what becomes of it."""
    del asked
    ticket = door.ring()
    where = f"/api/ticks/{ticket.id}"
    told = {"id": ticket.id, "dueAt": ticket.due.isoformat(), "coalesced": not ticket.fresh, "statusUrl": where}
    return reply(told, 202, {"location": where, "retry-after": "60"})


def ticket(door: Door, asked: Asked) -> Answer:
    """Tell what became of a tick that was asked for."""
    name = asked.params.get("ticket", "")
    known = door.desk.read(bell.place(name)) if bell.is_ticket(name) else None
    if known is None:
        raise Problem(404, "nobody asked for such a tick")
    ended = known.get("state") in {"done", "failed"}
    return reply(known, headers={} if ended else {"retry-after": "30"})


def fleet(door: Door, asked: Asked) -> Answer:
    """Tell the fleet as the last tick saw it."""
    del asked
    return reply(_view(door))


def cluster(door: Door, asked: Asked) -> Answer:
    """Tell everything about one cluster: a name, group/name or resource id."""
    row = _meant(_view(door)["clusters"], asked.params.get("cluster", ""))
    seen = door.look_at(str(row["id"]))
    if seen is None:
        raise Problem(404, "the cluster is no longer there", remedy="GET /api/fleet lists what is")
    return reply(views.cluster_view(seen, row))


def report(door: Door, asked: Asked) -> Answer:
    """Show the fleet's report as a page."""
    del asked
    return page(door.page())


def _view(door: Door) -> Mapping[str, Any]:
    """Return the last tick's view, or where there is none yet, one of now."""
    return door.desk.read(bell.VIEW) or views.fleet_view(door.app.census(), None)


def _meant(rows: list[dict[str, Any]], word: str) -> dict[str, Any]:
    """Return the row of the cluster that *word* means. What is asked is compared, and never sent to Azure."""
    if len(word) > MOST_TEXT:
        raise Problem(400, "no cluster has so long a name")
    # A route loses the slash that an id begins with.
    word = f"/{word}" if word.lower().startswith("subscriptions/") else word
    try:
        check_word(word)
    except BadInput as error:
        raise Problem(400, "this names no cluster", error.message, error.remedy) from None
    known = {str(row["id"]): row for row in rows}
    try:
        found = choose((ClusterFacts(id=one, name=str(row["name"])) for one, row in known.items()), word)
    except BadInput as error:
        told = "GET /api/fleet lists what there is; where several are meant, give group/name or the resource id"
        raise Problem(404, "no cluster is meant by this, or several", error.message, told) from None
    return known[found.id]


_ROUTES: Mapping[str, tuple[frozenset[str], Handler]] = {
    "ring": (frozenset({DOORBELL}), ring),
    "ticket": (frozenset({DOORBELL, READER}), ticket),
    "fleet": (frozenset({READER}), fleet),
    "cluster": (frozenset({READER}), cluster),
    "report": (frozenset({READER}), report),
}
