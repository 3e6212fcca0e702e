"""A probe as page, rows and document, ready for a bug report: every word is azlocal's own or Azure's public one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azlocal import __version__
from azlocal.core.probe import Probe
from azlocal.report.text import wrap
from azlocal.words import count


def probe_page(done: Probe, width: int | None = None) -> str:
    """Return the page for a terminal."""
    return "\n".join(_lines(done, width))


def _lines(done: Probe, width: int | None) -> Iterator[str]:
    compared = count(sum(done.read.values()), "answer")
    head = f"{count(done.odd, 'deviation')} in {compared} of {count(len(done.read), 'kind')}"
    yield from wrap(f"{head} (cloud {done.cloud}, azlocal-upgrade {__version__})", width)
    for name, where, what, how in probe_rows(done):
        yield from wrap(f"{name}: {where}: {what}{f' ({how})' if how else ''}", width, first="  ", then="    ")
    yield ""
    yield from wrap("Unconfirmed behaviours, as they were seen:", width)
    for one in done.switches:
        told = ", ".join(one.observed) or "not seen"
        yield from wrap(f"{one.name}: {told} (known: {', '.join(one.settings)})", width, first="  ", then="    ")
    yield ""
    yield from wrap(
        "Nothing here names you or what is yours: attach it to an issue of azlocal-upgrade (-o json).", width
    )  # fmt: skip


def probe_rows(done: Probe) -> Iterator[Sequence[str]]:
    """Yield a row for each deviation: kind, where, what was found, how often."""
    for one, times in done.deviations:
        where = f"{one.shape}.{one.path}" if one.path else one.shape
        yield one.kind, where, f"{one.found}, expected {one.expected}", f"{times} times"
    for used in done.versions:
        if used.offered is False:
            yield "api-version", used.type, f"{used.version} is not offered", ""
    for switch in done.switches:
        if "other" in switch.observed:
            yield "switch", switch.name, f"none of {', '.join(switch.settings)}", ""
    for refusal, times in done.refused:
        status = f"HTTP {refusal.status}" if refusal.status else "no answer"
        yield "refused", refusal.read, f"{status}: {refusal.code}", f"{times} times"


def probe_document(done: Probe) -> dict[str, Any]:
    """Return the probe as a document."""
    return {
        "version": "azlocal.probe/1",
        "azlocal": __version__,
        "cloud": done.cloud,
        "read": dict(done.read),
        "deviations": [
            {
                "shape": one.shape, "path": one.path, "kind": one.kind, "expected": one.expected, "found": one.found,
                "times": times,
            }
            for one, times in done.deviations
        ],
        "apiVersions": [{"type": one.type, "version": one.version, "offered": one.offered} for one in done.versions],
        "switches": [
            {"name": one.name, "settings": list(one.settings), "observed": list(one.observed)} for one in done.switches
        ],
        "refused": [
            {"read": one.read, "status": one.status, "code": one.code, "times": times} for one, times in done.refused
        ],
    }  # fmt: skip
