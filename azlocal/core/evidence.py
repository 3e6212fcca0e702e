"""What Azure says of a failure, taken out of whatever carries it.

An `Evidence` is one thing said: an exception without its results, one failing result of a check, an ARM error, an
extension's message, a line of text. Only what failed becomes evidence; the names of passed tests never do.
Sources of the forms: upgrade reference, 6.2 and 7.4; azure-apis reference, 1.3, 1.6 and 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from azlocal.core.results import CheckResult

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\x00": " "})
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_BLANKS = re.compile(r"[^\S\n]{200,}")
"""Longer than any writer means: patterns that begin with blanks would try each of them."""
_ENTITY = re.compile(r"&(?:quot|apos|#0?39|lt|gt|amp);")
_LONGEST_LINE = 400
# `at Name, file: line 1`, `at Name.Space.Method(…)`, `at Name in C:\file`; not "at noon, say".
_STACK = re.compile(
    r"""\s*(?:\bstack ?trace:|(?<=[\s.,'")])at (?:at )?(?:<\w+>|[\w.<>`+-]+)"""
    r"""(?:,\s*(?:[A-Za-z]:\\|<No file>|\S+\.(?:psm1|ps1|psd1|cs)\b|: line|$)|\s+in\s+[A-Za-z]:\\|\())""",
    re.IGNORECASE,
)
_CLASSES = re.compile(r"^(?:[\w.]+Exception:\s*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was said of a failure.

    `text` is all of it, `line` what a person needs. `steps` are the names from the outermost step to the failing one.
    `source` is exception, check, error, extension or text.
    """

    text: str
    line: str
    source: str
    steps: tuple[str, ...] = ()
    index: str = ""
    """Azure's index of the failing step (`0.3`)."""
    interface: str = ""
    role: str = ""
    machine: str = ""
    check: str = ""
    """The result's name, where a check failed."""
    severity: str = ""
    """Of a check's result: critical, warning or informational."""
    checks: int = 0
    """How many failing results the same exception carries."""
    sure: bool = True
    """False where the text was cut off before it said that this failed."""
    resource_id: str = ""

    @property
    def fed(self) -> str:
        """Return what known issues are looked for in: the text, with the failing step's name before it."""
        return f"{self.steps[-1]}: {self.text}" if self.steps else self.text

    @property
    def step(self) -> str:
        """Return the steps from the outermost to the failing one, for people."""
        return " > ".join(self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was said."""

    steps: tuple[str, ...] = ()
    index: str = ""
    source: str = "text"
    interface: str = ""
    role: str = ""
    machine: str = ""
    resource_id: str = ""

    @property
    def head(self) -> str:
        """Return the words by which the engine names the interface."""
        return f"Type '{self.interface}' of Role '{self.role}' raised an exception:" if self.interface else ""


def plain_text(text: str) -> str:
    """Return *text* as it was before terminals coloured it, mail programs dressed its quotes, or pages escaped it."""
    text = _COLOURS.sub("", text.translate(_QUOTES)).replace("\\u0027", "'")
    text = _BLANKS.sub(" " * 200, text)
    return unescape(text) if _ENTITY.search(text) else text


def said(place: Place, text: str, checks: int = 0, line: str = "") -> Evidence:
    """Return what an exception, an error or a text says."""
    told = line or shortened(text)
    named = f"{place.interface} ({place.role}): " if place.interface else ""
    return Evidence(
        text=f"{place.head} {text}".strip(), steps=place.steps, index=place.index, checks=checks,
        line=cut_line(named + told) if told else place.interface or " > ".join(place.steps),
        source="exception" if place.interface else place.source, interface=place.interface, role=place.role,
        machine=place.machine, resource_id=place.resource_id,
    )  # fmt: skip


def failed_check(place: Place, result: CheckResult, *, sure: bool) -> Evidence:
    """Return what a failing result says."""
    told = (
        result.name, result.display_name, result.title, result.description, result.detail, result.remediation,
    )  # fmt: skip
    fed = " | ".join(part for part in dict.fromkeys(told) if part)
    return Evidence(
        text=f"{place.head} {fed}".strip(), line=cut_line(result.line), source="check", check=result.name,
        severity=result.severity, sure=sure, steps=place.steps, index=place.index, interface=place.interface,
        role=place.role, machine=result.machine or place.machine, resource_id=place.resource_id,
    )  # fmt: skip


def shortened(text: str) -> str:
    """Return what a text says before its stack trace begins, on one line."""
    found = _STACK.search(text)
    told = text[: found.start()] if found and found.start() else text
    return _CLASSES.sub("", " ".join(told.split()))


def cut_line(text: str) -> str:
    """Return *text* on one line of at most 400 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def deepest(evidence: Iterable[Evidence]) -> Evidence | None:
    """Return what the deepest failing step says: what blocks before what warns, the first of equals."""
    told = list(evidence)
    weight = {"warning": 1, "informational": 2}
    return min(
        told,
        key=lambda one: (weight.get(one.severity, 0), one.checks > 0, -len(one.steps), one.source != "check"),
        default=None,
    )
