"""The frame of the table of clusters and of one cluster's sheet; the script fills them from the data."""

from __future__ import annotations

from collections.abc import Sequence

from azlocal.report.page.markup import Html, tag, void
from azlocal.report.page.words import PHASES, SHOWS
from azlocal.service.look import FleetLook

_COLUMNS = (
    ("name", "Cluster", "ascending"), ("ring", "Ring", ""), ("phase", "State", ""), ("next", "What to do", ""),
    ("region", "Region", ""), ("os", "OS build", ""), ("nodes", "Nodes", ""), ("sync", "Last sync (UTC)", ""),
)  # fmt: skip
_SIZES = ("50", "100", "250")


def clusters(look: FleetLook) -> Html:
    """Return filters, table and pager."""
    without = tag(
        "noscript", tag("p", "The table of clusters needs JavaScript; what is above does not.", class_="hint")
    )
    return tag(
        "section",
        tag("h2", "Clusters", id="clusters", tabindex="-1"),
        without,
        _filters(look),
        tag("p", id="count", role="status", aria_live="polite", class_="hint"),
        _table(),
        _pager(),
        aria_labelledby="clusters",
        class_="fleet",
    )


def _filters(look: FleetLook) -> Html:
    shows = [("", "All"), *((show.key, show.label) for show in SHOWS)]
    phases = [("", "Any state"), *((str(phase), word.label) for phase, word in PHASES.items())]
    rings = [("", "Any ring"), *((ring.name, ring.name) for ring in look.rings), ("-", "No ring")]
    find = void("input", type="search", id="find", autocomplete="off", spellcheck="false",
                placeholder="Name, group, region, build, reason")  # fmt: skip
    return tag(
        "div",
        tag("div", tag("label", "Find", for_="find"), find, class_="field grow"),
        _choice("show", "Show", shows),
        _choice("state", "State", phases),
        _choice("ring", "Ring", rings),
        tag("button", "Clear", type="button", id="clear"),
        class_="filters",
        role="search",
        aria_label="Filter the clusters",
    )


def _choice(identity: str, label: str, options: Sequence[tuple[str, str]]) -> Html:
    told = [tag("option", words, value=value) for value, words in options]
    return tag("div", tag("label", label, for_=identity), tag("select", *told, id=identity), class_="field")


def _table() -> Html:
    heads = [_head(*column) for column in _COLUMNS]
    return tag(
        "table",
        tag("caption", "Clusters; the heads of the columns sort", class_="unseen"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", id="body"),
        class_="grid clusters",
    )


def _head(name: str, words: str, order: str) -> Html:
    arrow = tag("span", class_="arrow", aria_hidden="true")
    button = tag("button", words, arrow, type="button", data_sort=name)
    return tag("th", button, scope="col", aria_sort=order or "none", class_=f"c-{name}")


def _pager() -> Html:
    sizes = [tag("option", size, value=size) for size in _SIZES]
    return tag(
        "nav",
        tag("button", "Previous", type="button", id="back"),
        tag("span", id="place"),
        tag("button", "Next", type="button", id="forth"),
        tag("label", "Rows", for_="size"),
        tag("select", *sizes, id="size"),
        class_="pager",
        aria_label="Pages of clusters",
    )


def sheet() -> Html:
    """Return the frame of one cluster's sheet."""
    tools = tag(
        "div",
        tag("button", "Previous", type="button", id="before"),
        tag("button", "Next", type="button", id="after"),
        tag("button", "Print", type="button", id="print-one"),
        tag("button", "Close", type="button", id="close"),
        class_="tools",
    )
    head = tag("div", tag("h2", id="sheet-title", tabindex="-1"), tools, class_="sheet-head")
    return tag("dialog", head, tag("div", id="sheet-body"), id="sheet", aria_labelledby="sheet-title")
