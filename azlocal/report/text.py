"""Words on a terminal: safe, measured, cut and wrapped. Whatever Azure says stays on its line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone

from azlocal.words import count

__all__ = [
    "ELLIPSIS",
    "age",
    "clean",
    "count",
    "cut",
    "cut_middle",
    "moment",
    "pad",
    "some",
    "span",
    "tally",
    "width_of",
    "wrap",
]

ELLIPSIS = "…"


def clean(text: str) -> str:
    """Return *text* on one line: white space as single spaces, control and format characters escaped.

    A terminal must not obey what somebody wrote into a tag or an error message.
    """
    if text.isprintable() and "  " not in text:
        return text
    shown = (one if one.isprintable() else " " if one.isspace() else _escaped(one) for one in text)
    return " ".join("".join(shown).split())


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width_of(text: str) -> int:
    """Return how many columns *text* takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, width: int) -> str:
    """Return *text* in at most *width* columns, its end replaced by … when it is longer."""
    if width_of(text) <= width:
        return text
    kept, used = "", width_of(ELLIPSIS)
    for character in text:
        used += _columns(character)
        if used > width:
            break
        kept += character
    return (kept.rstrip() + ELLIPSIS) if width > 0 else ""


def cut_middle(text: str, width: int) -> str:
    """Return *text* in at most *width* columns, keeping both ends: names in a fleet begin alike."""
    if width_of(text) <= width or width < 5:
        return cut(text, width)
    tail = ""
    for character in reversed(text):
        if width_of(tail) + _columns(character) > width // 2:
            break
        tail = character + tail
    return cut(text, width - width_of(tail)) + tail


def pad(text: str, width: int) -> str:
    """Return *text* with spaces up to *width* columns."""
    return text + " " * (width - width_of(text))


def wrap(
    text: str, width: int | None, *, first: str = "", then: str | None = None, most: int | None = None
) -> list[str]:
    """Return *text*, cleaned, in lines of at most *width* columns; *first* and *then* begin the lines.

    A word longer than a line, such as a resource id, stays whole: it must be copied from here. What
    does not fit into *most* lines is cut.
    """
    follow = " " * width_of(first) if then is None else then
    if width is None:
        return [(first + clean(text)).rstrip()]
    lines, line = [], first
    for word in clean(text).split(" "):
        bare = line in {first, follow}
        if not bare and width_of(line) + 1 + width_of(word) > width:
            lines.append(line)
            line, bare = follow, True
        line += word if bare else f" {word}"
    lines.append(line.rstrip())
    if most is not None and len(lines) > most:
        rest = " ".join(one.strip() for one in lines[most:])
        lines = [*lines[: most - 1], cut(f"{lines[most - 1]} {rest}", width)]
    return lines


def moment(at: datetime | None) -> str:
    """Return a moment for people, in UTC to the minute; `not known` when there is none."""
    return at.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC") if at else "not known"


def span(length: timedelta) -> str:
    """Return a duration for people, by its two largest units: `2 h 5 min`."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return f"{minutes} min"
    if hours < 48:
        return _two(hours, "h", minutes % 60, "min")
    return _two(days, "d", hours % 24, "h")


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit}" + (f" {small} {small_unit}" if small else "")


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago something was read."""
    return f"{span(now - at)} ago" if at else "age not known"


def tally(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield each word with how often it came, the most frequent first."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    yield from sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def some(names: Iterable[str], most: int = 5) -> str:
    """Return the first names of a list, and how many more there are."""
    every = [clean(name) for name in names]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
