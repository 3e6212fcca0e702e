"""The whole page, piece by piece: markup for what stands still, data for the table, one style and one script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from azlocal import __version__
from azlocal.core.forecast import FleetForecast
from azlocal.core.rollout import ClusterDecision
from azlocal.report.links import portal_link
from azlocal.report.page.clusters import clusters, sheet
from azlocal.report.page.links import HOSTS
from azlocal.report.page.lookup import array, as_json, script
from azlocal.report.page.markup import Html, fit, raw, tag, void
from azlocal.report.page.people import failures, waits
from azlocal.report.page.rings import rings
from azlocal.report.page.rows import COLUMNS, FINDING, ISSUE, STEP, Teller, seconds
from azlocal.report.page.summary import journey, masthead, notices, tiles
from azlocal.report.page.words import PHASES, SHOWS
from azlocal.report.state import names_apart
from azlocal.service.look import FleetLook

VERSION = "azlocal.page/1"
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%230b5cad'/%3E"
    "%3Cpath d='M4 10l4-4 4 4' fill='none' stroke='white' stroke-width='2'/%3E%3C/svg%3E"
)


def page(
    look: FleetLook, forecast: FleetForecast | None = None, shown: Sequence[ClusterDecision] | None = None
) -> Iterator[str]:
    """Yield the page of a look at the fleet; *shown* narrows its clusters.

    The page asks nobody for anything: style, script and data are in it, and its policy forbids the rest.
    """
    ones = look.clusters if shown is None else shown
    words = names_apart(look.clusters)
    yield f'<!DOCTYPE html>\n<html lang="en">\n{_head(look)}\n<body>\n'
    yield tag("a", "Skip to the clusters", href="#clusters", class_="skip")
    yield f"{masthead(look, ones)}\n<main>\n"
    yield from (f"{part}\n" for part in notices(look))
    yield f"{tiles(ones)}\n{journey(ones)}\n{rings(look, forecast)}\n"
    yield f"{waits(look, words)}\n{failures(look, ones, words)}\n"
    yield f"{clusters(look)}\n</main>\n{sheet()}\n{_foot(look)}\n"
    yield from _data(look, ones, words)
    yield f"<script>{part('page.js')}</script>\n</body>\n</html>\n"


@cache
def part(name: str) -> str:
    """Return a file of this package: the style or the script."""
    return files("azlocal.report.page").joinpath(name).read_text("utf-8")


def _head(look: FleetLook) -> Html:
    title = f"Azure Local solution upgrade, {look.now:%Y-%m-%d %H:%M} UTC"
    return tag(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=policy()),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        void("meta", name="referrer", content="no-referrer"),
        void("meta", name="generator", content=f"azlocal {__version__}"),
        tag("title", title),
        void("link", rel="icon", href=raw(_ICON)),
        raw(f"<style>{part('page.css')}</style>"),
    )


@cache
def policy() -> str:
    """Return the page's policy: this style and this script by their hashes, the icon, and nothing else."""
    style, code = (_hash(part(name)) for name in ("page.css", "page.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{code}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _foot(look: FleetLook) -> Html:
    told = f"Made by azlocal {__version__} from facts of {look.now:%Y-%m-%d %H:%M} UTC. Every moment on this page is in UTC."
    return tag("footer", tag("p", told))


def _data(look: FleetLook, ones: Sequence[ClusterDecision], words: dict[str, str]) -> Iterator[str]:
    """Yield the clusters, and then what they have in common, which is known only behind them."""
    teller = Teller(look, words)
    yield from script("rows", array(map(teller.row, ones)))
    yield from script("findings", array(teller.findings))
    yield from script("texts", array(teller.lookup.texts))
    yield from script("keys", [as_json(_keys(look))])


def _keys(look: FleetLook) -> dict[str, object]:
    """Return what the script must know to read the rest."""
    return {
        "version": VERSION,
        "now": seconds(look.now),
        "columns": [name for name, _ in COLUMNS],
        "finding": FINDING, "step": STEP, "issue": ISSUE,
        "phases": [[str(phase), word.label, word.tone, word.mark] for phase, word in PHASES.items()],
        "shows": [show.key for show in SHOWS],
        "rings": [fit(ring.name) for ring in look.rings],
        "portal": portal_link(look.cloud, "\ue000"),
        "hosts": HOSTS,
    }  # fmt: skip
