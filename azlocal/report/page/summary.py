"""The top of the page: what is read, the fleet in six numbers, and the journey as a funnel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.report.page.markup import Html, raw, rect, tag
from azlocal.report.page.words import OFF_THE_ROAD, ROAD, SHOWS, Show, Word
from azlocal.report.status import headline
from azlocal.report.text import count, moment
from azlocal.service.look import FleetLook

_WIDE = 100.0


def masthead(look: FleetLook, shown: Sequence[ClusterDecision]) -> Html:
    """Return the heading: what this is, of when, of which plan."""
    facts = [
        ("As of", moment(look.now)),
        ("Plan", look.plan_digest or "none named: nothing is decided"),
        ("Cloud", look.cloud),
        ("Read", "whole" if not look.problems else "not whole, see below"),
    ]
    if len(shown) < len(look.clusters):
        facts.append(("Shown", f"{len(shown)} of {count(len(look.clusters), 'cluster')}"))
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    return tag(
        "header",
        tag("div", tag("h1", "Azure Local solution upgrade"), tag("p", headline(look), class_="lead"), class_="title"),
        _tools(),
        tag("dl", *pairs, class_="about"),
        class_="masthead",
    )


def _tools() -> Html:
    themes = [tag("option", name, value=value) for value, name in (("", "As the system"), ("light", "Light"), ("dark", "Dark"))]  # fmt: skip
    return tag(
        "div",
        tag("label", "Theme", for_="theme"),
        tag("select", *themes, id="theme"),
        tag("button", "Print", type="button", id="print"),
        class_="tools",
    )


def notices(look: FleetLook) -> Iterator[Html]:
    """Yield what must be known before anything else: gaps, and the pause."""
    control = look.facts.control
    if look.problems:
        items = [tag("li", problem) for problem in look.problems]
        lead = tag("p", "The fleet could not be read whole. While this lasts, no gate opens.")
        yield tag("section", tag("h2", _mark("!"), "Not read"), lead, tag("ul", *items), class_="notice bad")
    if control is not None and control.paused:
        told = tag("p", control.pause_reason or "no reason given")
        yield tag("section", tag("h2", _mark("‖"), "The fleet is paused"), told, class_="notice warn")


def _mark(sign: str) -> Html:
    return tag("span", sign, class_="mark", aria_hidden="true")


def tiles(shown: Sequence[ClusterDecision]) -> Html:
    """Return the fleet in numbers; each selects its clusters in the table below."""
    every = _tile("", "Clusters", "idle", "●", len(shown), len(shown))
    rest = [_of(show, shown) for show in SHOWS]
    head = tag("h2", "Summary", id="summary")
    return tag("section", head, tag("ul", every, *rest, class_="tiles"), aria_labelledby="summary")


def _of(show: Show, shown: Sequence[ClusterDecision]) -> Html:
    return _tile(show.key, show.label, show.tone, show.mark, sum(map(show.holds, shown)), len(shown))


def _tile(key: str, label: str, tone: str, mark: str, number: int, every: int) -> Html:
    share = f"{percent(number, every)} of all" if key else "in this report"
    return tag(
        "li",
        tag(
            "button",
            tag("span", _mark(mark), label, class_="label"),
            tag("span", f"{number:,}", class_="number"),
            tag("span", share, class_="share"),
            type="button",
            class_=f"tile {tone if number else 'idle'}",
            data_show=key or "all",
        ),
    )


def percent(part: int, whole: int) -> str:
    """Return a share for people: what is there is never 0 %, what is missing never 100 %."""
    if not whole:
        return "0 %"
    share = 100 * part / whole
    told = "<1" if 0 < share < 1 else ">99" if 99 < share < 100 else f"{share:.0f}"
    return f"{told} %"


def journey(shown: Sequence[ClusterDecision]) -> Html:
    """Return the funnel: how many stand at each stage of the road, and how many have come at least so far."""
    counts = Counter(one.reading.phase for one in shown)
    on_road = sum(counts[phase] for phase in ROAD)
    rows, left = list[Html](), on_road
    for phase, word in ROAD.items():
        rows.append(_stage(phase, word, counts[phase], left, len(shown)))
        left -= counts[phase]
    beside = [_stage(phase, word, counts[phase], None, len(shown)) for phase, word in OFF_THE_ROAD.items()]
    return tag(
        "section",
        tag("h2", "Journey", id="journey"),
        tag("p", "Where the clusters stand, in the order of the road. Each row selects its clusters below.",
            class_="hint"),
        _table("On the road", rows, reached=True),
        _table("Beside the road", beside, reached=False),
        aria_labelledby="journey", class_="journey",
    )  # fmt: skip


def _table(title: str, rows: Sequence[Html], *, reached: bool) -> Html:
    heads = ["Stage", "Clusters", *(["Came so far"] if reached else []), "Share"]
    return tag(
        "table",
        tag("caption", title),
        tag("thead", tag("tr", *(tag("th", one, scope="col") for one in heads))),
        tag("tbody", *rows),
        class_="funnel",
    )


def _stage(phase: Phase, word: Word, number: int, reached: int | None, every: int) -> Html:
    button = tag(
        "button", _mark(word.mark), word.label,
        type="button", class_=f"plain {word.tone if number else 'idle'}", data_phase=str(phase), title=word.meaning,
    )  # fmt: skip
    cells = [tag("th", button, scope="row"), tag("td", f"{number:,}", class_="n")]
    if reached is not None:
        cells.append(tag("td", f"{reached:,}", class_="n far"))
    return tag("tr", *cells, tag("td", _bar(number, reached, every, word.tone), class_="bar"))


def _bar(number: int, reached: int | None, every: int, tone: str) -> Html:
    """Return the bar: pale what came so far, strong what stands here."""
    whole = max(every, 1)
    pale = rect(0, 2, _WIDE * (reached or 0) / whole, 12, "pale") if reached else raw("")
    strong = rect(0, 2, _WIDE * number / whole, 12, tone) if number else raw("")
    return tag("svg", pale, strong, viewBox="0 0 100 16", preserveAspectRatio="none", aria_hidden="true",
               focusable="false")  # fmt: skip
