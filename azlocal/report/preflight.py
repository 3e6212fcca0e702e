"""The preflight as page, rows and document: what is amiss, what could not be seen, what to look at by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from azlocal.core.preflight import BY_HAND, CHECKS, Notice
from azlocal.core.times import format_time
from azlocal.report.text import some, wrap
from azlocal.service.preflight_parts import Preflight
from azlocal.words import count


def preflight_page(done: Preflight, width: int | None = None) -> str:
    """Return the page for a terminal."""
    return "\n".join(_lines(done, width))


def _lines(done: Preflight, width: int | None) -> Iterator[str]:
    yield from wrap(_head(done), width)
    who = done.signer
    named = f" {who.name}" if who.name else ""
    yield from wrap(
        f"signs: {who.kind}{named}, object id {who.object_id or '?'}, client id {who.client_id or '?'}", width
    )
    if done.identity:
        yield from wrap(f"rights: of the identity with object id {done.identity}, by its role assignments", width)
    if done.without:
        told = f"{count(len(done.without), 'cluster')} without inputs, so not looked at: {some(done.without)}"
        yield from wrap(told, width)
    for title, notices in (("Amiss", done.found), ("Could not be seen", done.unread)):
        if notices:
            yield from ("", f"{title}:")
            for one in notices:
                yield from _notice(one, width)
    yield from ("", "To be looked at by hand:")
    for what, how in BY_HAND:
        yield from wrap(what, width, first="  ", then="    ")
        yield from wrap(f"do: {how}", width, first="    ", then="      ")


def _head(done: Preflight) -> str:
    looked = f"{count(len(done.looked), 'check')} over {count(done.clusters, 'cluster')}, {count(done.calls, 'call')}"
    if not done.notices:
        return f"all is well: {looked}"
    unseen = f", {len(done.unread)} could not be seen" if done.unread else ""
    return f"{count(len(done.found), 'thing')} amiss{unseen}: {looked}"


def _notice(one: Notice, width: int | None) -> Iterator[str]:
    yield from wrap(f"{one.name}: {one.message}", width, first="  ", then="    ")
    yield from wrap(f"where: {one.where}", width, first="    ", then="      ")
    if one.clusters:
        yield from wrap(f"clusters: {some(one.clusters)}", width, first="    ", then="      ")
    if one.evidence:
        yield from wrap(f"evidence: {one.evidence}", width, first="    ", then="      ")
    yield from wrap(f"do: {one.remedy}", width, first="    ", then="      ")


def preflight_rows(done: Preflight) -> Iterator[Sequence[str]]:
    """Yield a row for each notice: name, found or unknown, where, clusters, message, remedy."""
    for one in done.notices:
        yield one.name, _state(one), one.where, ";".join(one.clusters), one.message, one.remedy


def _state(one: Notice) -> str:
    return "unknown" if one.unknown else "found"


def preflight_document(done: Preflight) -> dict[str, Any]:
    """Return the preflight as a document."""
    return {
        "version": "azlocal.preflight/1",
        "at": format_time(done.now),
        "cloud": done.cloud,
        "signer": {
            "kind": done.signer.kind, "name": done.signer.name, "objectId": done.signer.object_id,
            "clientId": done.signer.client_id, "tenantId": done.signer.tenant,
        },
        "rightsOf": done.identity or done.signer.object_id,
        "clusters": done.clusters,
        "withoutInputs": list(done.without),
        "checks": [
            {"name": name, "area": CHECKS[name].area, "title": CHECKS[name].title, "result": _result(name, done.notices)}
            for name in done.looked
        ],
        "notices": [_document(one) for one in done.notices],
        "byHand": [{"what": what, "how": how} for what, how in BY_HAND],
    }  # fmt: skip


def _result(name: str, notices: Iterable[Notice]) -> str:
    states = {_state(one) for one in notices if one.name == name}
    return "found" if "found" in states else "unknown" if states else "well"


def _document(one: Notice) -> dict[str, Any]:
    return {
        "name": one.name, "area": CHECKS[one.name].area, "state": _state(one), "where": one.where,
        "clusters": list(one.clusters), "message": one.message, "evidence": one.evidence, "remedy": one.remedy,
    }  # fmt: skip
