"""The rings: how each stands, how far it is, and when it is likely done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azlocal.core.forecast import FleetForecast, RingForecast
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.report.forecast import covered, takes
from azlocal.report.page.gantt import gantt
from azlocal.report.page.markup import Html, raw, tag, void
from azlocal.report.page.spans import foreseen, past
from azlocal.report.state import approval
from azlocal.report.text import count, moment, some, span
from azlocal.service.look import FleetLook

_STATES = {"open": ("move", "▶"), "complete": ("good", "✓"), "halted": ("bad", "✕"), "closed": ("idle", "○")}
_HEADS = ("Ring", "State", "Upgraded", "In flight", "Failed", "Approval", "First start", "Last finish", "Soaks until")


def rings(look: FleetLook, forecast: FleetForecast | None) -> Html:
    """Return the rings over time, and their figures."""
    head = tag("h2", "Rings", id="rings")
    if not look.rings:
        told = "The plan has no ring." if look.plan_digest else "No fleet plan was named, so there are no rings."
        return tag("section", head, tag("p", told), aria_labelledby="rings")
    known = {one.name: one for one in forecast.rings} if forecast else {}
    members = _members(look)
    lanes = [(ring.name, past(members.get(ring.name, ()), look.now), list(foreseen(known.get(ring.name))))
             for ring in look.rings]  # fmt: skip
    return tag(
        "section", head, tag("p", _basis(forecast), class_="hint"), gantt(lanes, look.now),
        _figures(look, known), *_notes(look, known, forecast), aria_labelledby="rings", class_="rings",
    )  # fmt: skip


def _basis(forecast: FleetForecast | None) -> str:
    if forecast is None:
        return "No forecast was asked for."
    return (
        f"The forecast assumes {takes(forecast)}, a tick every {span(forecast.every)}, that nothing fails and that "
        "approvals are given at once. p50 and p90: every upgrade takes as long as half, or nine of ten, take at most."
    )


def _members(look: FleetLook) -> dict[str, list[ClusterDecision]]:
    found: dict[str, list[ClusterDecision]] = {}
    for one in look.clusters:
        found.setdefault(one.ring, []).append(one)
    return found


def _figures(look: FleetLook, known: dict[str, RingForecast]) -> Html:
    rows = [_row(look, ring, known.get(ring.name)) for ring in look.rings]
    table = tag(
        "table",
        tag("caption", "The rings in figures; every moment is in UTC", class_="unseen"),
        tag("thead", tag("tr", *(tag("th", one, scope="col") for one in _HEADS))),
        tag("tbody", *rows),
        class_="grid",
    )
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label="The rings in figures")


def _row(look: FleetLook, ring: RingState, known: RingForecast | None) -> Html:
    tone, mark = _STATES.get(ring.state, ("idle", "○"))
    state = tag("span", tag("span", mark, class_="mark", aria_hidden="true"), ring.state, class_=f"state {tone}")
    message = tag("span", ring.message, class_="small") if ring.message and ring.state != "open" else raw("")
    soak = moment(ring.soaked_at) if ring.soaked_at else _pair(known, "soaked")
    return tag(
        "tr",
        tag("th", tag("button", ring.name, type="button", class_="plain", data_ring=ring.name), scope="row"),
        tag("td", state, void("br"), message),
        tag("td", f"{ring.done} of {max(ring.expected, len(ring.members))}", class_="n"),
        tag("td", f"{ring.in_flight} of {ring.max_concurrent}", class_="n"),
        tag("td", f"{ring.failed}", class_="n bad" if ring.failed else "n"),
        tag("td", approval(ring, look.facts)),
        tag("td", _first(known)),
        tag("td", _pair(known, "last_finish")),
        tag("td", soak),
    )


def _first(known: RingForecast | None) -> Html | str:
    if known is None or not known.left:
        return "done" if known and known.members else "–"
    return moment(known.p50.first_start) if known.p50.first_start else "running" if known.p50.last_finish else "never"


def _pair(known: RingForecast | None, name: str) -> Html | str:
    """Return a moment by both durations."""
    if known is None or not known.left:
        return "done" if known and known.members else "–"
    usual, slow = getattr(known.p50, name), getattr(known.p90, name)
    if usual is None:
        return "never"
    return raw(f"{_labelled('p50', moment(usual))}{_labelled('p90', moment(slow) if slow else 'never')}")


def _labelled(name: str, value: str) -> Html:
    return tag("span", tag("span", name, class_="small"), " ", value, class_="line")


def _notes(look: FleetLook, known: dict[str, RingForecast], forecast: FleetForecast | None) -> Iterator[Html]:
    """Yield what stands in the way of each ring, and what its windows are worth."""
    found = [note for ring in look.rings if ring.name in known for note in _of(known[ring.name])]
    if forecast and forecast.outside:
        names = some(one.name for one in forecast.outside)
        found.append(tag("li", f"In no ring of the plan: {count(len(forecast.outside), 'cluster')}, {names}"))
    if found:
        yield tag("details", tag("summary", "What the forecast rests on, ring by ring"), tag("ul", *found))


def _of(ring: RingForecast) -> Sequence[Html]:
    told = [f"windows of the next year: {covered(ring.coverage)}"]
    told += [f"never complete: {ring.blocked}"] if ring.blocked else []
    told += [f"halted ({ring.halted}); taken as cleared now"] if ring.halted else []
    if ring.needs:
        names = some(one.name for one in ring.needs)
        told.append(f"{count(len(ring.needs), 'cluster')} taken as settled by a person in time: {names}")
    return [tag("li", tag("b", ring.name), ": ", "; ".join(told))]
