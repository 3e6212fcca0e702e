"""Failures in plain text: listings of `Name : value`, tables, logs. What passed, or only ran, is taken out.

People paste what a terminal or the portal shows, and names of passed tests must not count as failures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from azlocal.core.results import CheckResult, is_result, read_result

_KEYS = (
    "name displayname title status severity description remediation targetresourceid targetresourcename "
    "targetresourcetype timestamp additionaldata detail healthchecksource resource source tags exception "
    "errormessage message fullstepindex starttimeutc endtimeutc"
)
_LINE = re.compile(
    rf"""^[\s>|*"'-]*({"|".join(_KEYS.split())})["']?\s*[:=]\s*["']?(.*?)["']?,?\s*$""", re.IGNORECASE
)  # fmt: skip
_OBJECT = re.compile(r"@\{\s*Name=[^{}]*(?:@?\{[^{}]*\}[^{}]*)*\}?")
_FIELD = re.compile(r"(?:^|;)\s*(\w+)=((?:@?\{[^{}]*\}|[^;{}])*)")

_IDENTIFIER = re.compile(r"\b\w+(?:_\w+)+\b")
_NO_FAILURE = re.compile(r"\b(?:no|0|zero|without(?: any)?) (?:errors?|failures?|exceptions?|issues?)\b", re.IGNORECASE)
_FAILURE = re.compile(
    r"\b(?:fail(?:s|ed|ure|ures|ing)?|errors?|exceptions?|denied|cannot|can't|couldn't|could not|unable|raised|refused"
    r"|time[ds]? ?-?out|blocked|locked|needs attention|unhealthy)\b|[✗✘❌✖⚠]",
    re.IGNORECASE,
)
# A verdict stands in a column, behind a colon or in brackets, at the end, or as the verb of a test.
_VERDICT = r"(?:success|succeeded|successful|passed|pass|ok|healthy|skipped|compliant)"
_WAITS = r"(?:in ?progress|pending|queued|not ?started|running|not ?run)"
_SUCCESS = re.compile(
    rf"""(?:^|[:|=\t,;("'\[]\s*["']?|\s{{2,}})(?:{_VERDICT}|{_WAITS})\b|\b{_VERDICT}\W*$"""
    rf"|\b{_VERDICT}\s+(?:critical|warning|informational)\b|\b(?:passed|succeeded|(?:was|were) successful)\b"
    r"|\bsuccessfully (?:completed|validated|finished|ran)\b|\b(?:completed|finished|ended) successfully\b|[✓✔✅]",
    re.IGNORECASE,
)
_LOUD_SUCCESS = re.compile(r"\b(?:SUCCESS|SUCCEEDED|PASSED|PASS|OK)\b")
_ONLY_SUCCESS = re.compile(rf"^\W*{_VERDICT}[^\w:]*$", re.IGNORECASE)
_PROGRESS = re.compile(
    r"^\W*(?:[\d:./T Z-]+\]?\s*)?\[?(?:(?:info|verbose|debug)\b|(?:running|starting|started|beginning|begin|executing"
    r"|invoking)\b)",
    re.IGNORECASE,
)
_PASSED_HEADING = re.compile(
    r"^\W*(?:(?:the )?(?:following )?(?:passed|successful|succeeded|healthy|skipped)(?: \w+){0,3}"
    r"|(?:\w+ ){0,3}(?:tests|checks|validations|results)(?: \w+){0,2} (?:passed|succeeded|are ok|were successful))\W*$",
    re.IGNORECASE,
)
_LONGEST_NAME = 1000
"""What goes on for longer without a verdict is the name of no test."""
_SHORT, _HEAD = 300, 200
_CELLS = 3
_SENTENCES = re.compile(r"(?<=[.;])\s+")
_TESTS = re.compile(r"(?<=[,;])\s+(?=(?:Test|Checking|AzStackHci|AzureLocal)[ _])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One listing that is no check's result: a step, say, with what it raised."""

    name: str
    status: str
    text: str
    index: str = ""


@dataclass(slots=True)
class Plain:
    """What a plain text holds: results and steps of listings, and what is left of it, without what passed."""

    results: list[CheckResult] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    rest: str = ""


def read_plain(text: str) -> Plain:
    """Take a plain text apart."""
    plain = Plain()
    text = _OBJECT.sub(lambda found: _object(found[0], plain), text)
    plain.rest = failing_part("\n".join(_without_listings(text, plain)))
    return plain


def _object(text: str, plain: Plain) -> str:
    """Take PowerShell's `@{Name=…; Status=…}` out of a text."""
    values = {name.lower(): told.strip() for name, told in _FIELD.findall(text.strip()[2:].removesuffix("}"))}
    if "status" not in values or not is_result(values):
        return text
    plain.results.append(read_result(values))
    return " "


def _without_listings(text: str, plain: Plain) -> Iterator[str]:
    """Yield the lines that belong to no listing; leave what the listings say in *plain*."""
    listing = _Listing()
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is not None and (listing.lines or found[1].lower() in {"name", "title", "displayname"}):
            if listing.is_new(found[1].lower()):
                yield from listing.close(plain)
                listing = _Listing()
            listing.add(line, found[1].lower(), found[2])
        elif listing.lines and line[:1].isspace() and line.strip():
            listing.go_on(line)
        else:
            yield from listing.close(plain)
            listing = _Listing()
            yield line
    yield from listing.close(plain)


class _Listing:
    """The lines of one listing as they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._values: dict[str, Any] = {}
        self._last = ""

    def is_new(self, name: str) -> bool:
        return name == "name" and "name" in self._values

    def add(self, line: str, name: str, value: str) -> None:
        self.lines.append(line)
        # The status inside the additional data comes second.
        self._last = "" if name in self._values else name
        self._values.setdefault(name, value)

    def go_on(self, line: str) -> None:
        self.lines.append(line)
        if self._last and any(map(str.isalnum, line)):
            self._values[self._last] = f"{self._values[self._last]} {line.strip()}".strip()

    def close(self, plain: Plain) -> Iterable[str]:
        """Leave the listing in *plain*, or return its lines when it does not say how it came out."""
        values = self._values
        if "status" not in values:
            return self.lines
        text = next((values[one] for one in ("exception", "errormessage", "message") if values.get(one)), "")
        if text or "fullstepindex" in values or not is_result(values):
            plain.told.append(
                Told(name=_name(values), status=values["status"], text=text, index=values.get("fullstepindex", ""))
            )
        else:
            plain.results.append(read_result(values))
        return ()


def _name(values: dict[str, Any]) -> str:
    return str(values.get("name") or values.get("title") or values.get("displayname") or "")


def failing_part(text: str) -> str:
    """Return a text without the lines, and the sentences of lines, that only tell of success or progress."""
    kept: list[str] = []
    among_passed = False
    for line in text.splitlines():
        if _ONLY_SUCCESS.match(line) and kept and kept[-1].strip():
            _drop_row(kept)
            continue
        if _PASSED_HEADING.match(line):
            among_passed = True
            continue
        among_passed = among_passed and bool(line.strip()) and not line.rstrip().endswith(":") and not _fails(line)
        if not among_passed:
            kept.append(_failing_line(line))
    return "\n".join(line for line in kept if line.strip()).strip()


def _drop_row(kept: list[str]) -> None:
    """Drop the cells above a verdict: the portal's tables are pasted with a line for each cell."""
    for _ in range(_CELLS):
        if not kept or not kept[-1].strip() or _fails(kept[-1]):
            return
        kept.pop()


def _failing_line(line: str) -> str:
    return " ".join(part for sentence in _SENTENCES.split(line) for part in _failing_parts(sentence))


def _failing_parts(sentence: str) -> Iterator[str]:
    """Yield the parts of a sentence that do not pass; what names a test goes with the verdict that follows it."""
    held = ""
    for part in _TESTS.split(sentence):
        held = f"{held} {part}".strip() if held else part
        if _passes(held) and not _fails(held):
            held = ""
        elif _fails(held) or len(held) > _LONGEST_NAME:
            yield held
            held = ""
    if held:
        yield held


def _passes(text: str) -> bool:
    return bool(_SUCCESS.search(text) or _LOUD_SUCCESS.search(text) or _PROGRESS.match(text[:_HEAD]))


def _fails(text: str) -> bool:
    return bool(_FAILURE.search(_NO_FAILURE.sub("", _IDENTIFIER.sub("", text))))


def first_failure(text: str) -> str:
    """Return a short text as it is, and of a long one the first line that tells of a failure."""
    if len(text) <= _SHORT:
        return text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if _fails(line)), lines[0] if lines else "")
