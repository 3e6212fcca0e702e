"""HTML as values: every text is cleaned and escaped where it enters, so that nothing else can become markup."""

from __future__ import annotations

from html import escape

from azlocal.report.text import clean, cut

LONGEST = 1200
"""Characters of one text on the page. Longer ones are cut: the evidence file has them whole."""


class Html(str):
    """Text that is markup already. Only this module makes it."""

    __slots__ = ()


def fit(text: object) -> str:
    """Return a text as the page shows it: on one line, without control and format characters, not too long."""
    told = str(text)
    return cut(clean(told[: 4 * LONGEST]), LONGEST) if len(told) > LONGEST else clean(told)


def text(value: object) -> Html:
    """Return a value as markup that shows it; what is markup already stays."""
    return value if isinstance(value, Html) else Html(escape(fit(value), quote=True))


def tag(name: str, /, *inner: object, **attributes: object) -> Html:
    """Return an element. `class_` and `for_` are spelled so, and `_` in a name is `-`; None and False leave it out."""
    told = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    return Html(f"<{name}{told}>{''.join(map(text, inner))}</{name}>")


def void(name: str, /, **attributes: object) -> Html:
    """Return an element that has no content, such as `meta`."""
    told = "".join(_attribute(key, value) for key, value in attributes.items() if value not in (None, False))
    return Html(f"<{name}{told}>")


def raw(markup: str) -> Html:
    """Return *markup* as it is. For constants of this package only."""
    return Html(markup)


def rect(x: float, y: float, width: float, height: float, kind: str, inner: Html | None = None) -> Html:
    """Return a rectangle of an image, at least wide enough to be seen."""
    return tag(
        "rect", inner or raw(""), x=f"{x:.1f}", y=f"{y:g}", width=f"{max(width, 0.6):.1f}", height=f"{height:g}",
        class_=kind,
    )  # fmt: skip


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'
