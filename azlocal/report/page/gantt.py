"""The rings over time, as an image: what ended, what runs, what is foreseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from azlocal.report.page.markup import Html, raw, rect, tag
from azlocal.report.page.spans import DONE, FAILED, RUNNING, SLOW, SOAK, USUAL, Span, extent
from azlocal.report.text import count, moment

Lane = tuple[str, Sequence[Span], Sequence[Span]]
"""A ring's name, its past, and what is foreseen."""
_LEFT, _WIDTH, _TOP, _LANE = 150.0, 1000.0, 30.0, 40.0
_NAME = 20
_STEPS = [timedelta(hours=hours) for hours in (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 672, 2016, 4032, 8760)]
_MOST_TICKS = 9
_LEGEND = (
    (DONE, "upgraded"), (RUNNING, "upgrading now"), (FAILED, "failed"), (USUAL, "foreseen, p50"),
    (SLOW, "foreseen, p90"), (SOAK, "soak"),
)  # fmt: skip


class Scale:
    """Moments to places."""

    def __init__(self, spans: Sequence[Span], now: datetime) -> None:
        self.first, self.last = extent(spans, now)

    def x(self, at: datetime) -> float:
        """Return the place of a moment; what is outside is at the edge."""
        inside = min(max(at, self.first), self.last)
        return _LEFT + (_WIDTH - _LEFT) * ((inside - self.first) / (self.last - self.first))

    def ticks(self) -> Iterator[datetime]:
        """Yield the moments of the axis, at most nine and on whole hours or days (UTC)."""
        step = next((one for one in _STEPS if (self.last - self.first) / one <= _MOST_TICKS), _STEPS[-1])
        zero = datetime(self.first.year, 1, 1, tzinfo=timezone.utc)
        at = zero + step * (-((zero - self.first) // step))
        while at <= self.last:
            yield at
            at += step


def gantt(lanes: Sequence[Lane], now: datetime) -> Html:
    """Return the image with its legend. The table of rings tells the same in words."""
    spans = [span for _, before, after in lanes for span in (*before, *after)]
    scale, height = Scale(spans, now), _TOP + _LANE * len(lanes) + 4
    parts = [*_axis(scale, height), *_lanes(lanes, scale), *_now(scale, now, height)]
    image = tag(
        "svg", tag("title", f"Rings from {moment(scale.first)} to {moment(scale.last)}; the table below has the figures"),
        _patterns(), *parts, viewBox=f"0 0 {_WIDTH:g} {height:g}", role="img", class_="gantt",
    )  # fmt: skip
    box = tag("div", image, class_="wide", tabindex="0", role="region", aria_label="Rings over time, an image")
    return tag("figure", box, tag("figcaption", *_legend(), *_earlier(spans, scale)))


def _patterns() -> Html:
    """Return the hatching of what is foreseen: it differs from what happened without any colour."""
    line = tag("path", d="M0 8 L8 0", class_="hatch")
    ground = tag("rect", width="8", height="8", class_="ground")
    pattern = tag("pattern", ground, line, id="hatch", width="8", height="8", patternUnits="userSpaceOnUse")
    return tag("defs", pattern)


def _axis(scale: Scale, height: float) -> Iterator[Html]:
    hourly = scale.last - scale.first < timedelta(days=4)
    for at in scale.ticks():
        x = f"{scale.x(at):.1f}"
        yield tag("line", x1=x, x2=x, y1=f"{_TOP:g}", y2=f"{height:g}", class_="tick")
        told = f"{at:%d %b %H:%M}" if hourly else f"{at:%d %b %Y}" if at.year != scale.first.year else f"{at:%d %b}"
        if _LEFT + 45 < scale.x(at) < _WIDTH - 45:
            yield tag("text", told, x=x, y="18", class_="when", text_anchor="middle")
    yield tag("text", "UTC", x="0", y="18", class_="when")


def _lanes(lanes: Sequence[Lane], scale: Scale) -> Iterator[Html]:
    for place, (name, before, after) in enumerate(lanes):
        top = _TOP + _LANE * place
        yield tag("line", x1="0", x2=f"{_WIDTH:g}", y1=f"{top:g}", y2=f"{top:g}", class_="rule")
        yield tag(
            "text", name if len(name) <= _NAME else f"{name[: _NAME - 1]}…", x="0", y=f"{top + 25:g}", class_="ring"
        )
        for span in before:
            if span.ends >= scale.first:
                yield _bar(scale, span, top + 10, 4 if span.kind == FAILED else 10)
        for span in after:
            yield _bar(scale, span, *((top + 29, 3) if span.kind == SOAK else (top + 23, 10)))


def _bar(scale: Scale, span: Span, y: float, height: float) -> Html:
    x, end = scale.x(span.begins), scale.x(span.ends)
    told = tag("title", f"{span.label}: {moment(span.begins)} to {moment(span.ends)}")
    shown = rect(x, y, max(end - x, 2.5), height, span.kind, told)
    if span.kind != FAILED:
        return shown
    cross = tag("text", "✕", x=f"{(x + end) / 2:.1f}", y=f"{y - 1:g}", class_="cross", text_anchor="middle")
    return raw(f"{shown}{cross}")


def _now(scale: Scale, now: datetime, height: float) -> Iterator[Html]:
    x = f"{scale.x(now):.1f}"
    yield tag("line", x1=x, x2=x, y1="22", y2=f"{height:g}", class_="now")
    yield tag("text", "now", x=x, y=f"{_TOP - 2:g}", class_="when now", text_anchor="middle")


def _legend() -> Iterator[Html]:
    for kind, words in _LEGEND:
        swatch = rect(0, 3, 22, 3 if kind == SOAK else 10, kind)
        yield tag("span", tag("svg", swatch, viewBox="0 0 22 16", aria_hidden="true", focusable="false"), words)


def _earlier(spans: Sequence[Span], scale: Scale) -> Iterator[Html]:
    """Tell of what ended before the image begins."""
    left = sum(span.ends < scale.first for span in spans)
    if left:
        yield tag("span", f"{count(left, 'upgrade')} ended before {moment(scale.first)}")
