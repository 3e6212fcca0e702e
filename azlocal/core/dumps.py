"""Steps as the service prints them into an error: `{Name=…, FullStepIndex=3, …, Status=Error, Exception=…, Steps={…}}`.

Nothing is quoted or escaped in that form, so a step reaches from its `{Name=` to the next one, and an exception to
the last `, Steps=` before that (azure-apis reference, 1.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = re.compile(r"(?<!@)\{\s*Name=")
_BEGINS = re.compile(r"(?<!@)\{\s*(?:Name|Status|Steps)=")
_FIELD = re.compile(r"(?:^|[,;]\s*)(Name|Description|FullStepIndex|StartTimeUtc|EndTimeUtc|Status)=")
_EXCEPTION = re.compile(r"[,;]?\s*Exception=")
_STEPS = re.compile(r",\s*Steps=\s*(?:null|[\s{}\],.]*)$")
_FOLLOWS = re.compile(r"[\s.]*\bDeployment Status is\s*\{")
_OPEN = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpedStep:
    """One step of a dump; of an exception that was cut off, what is left."""

    name: str = ""
    index: str = ""
    status: str = ""
    exception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """What a text says around the steps, and the steps in order."""

    before: str
    steps: tuple[DumpedStep, ...]


def read_dump(text: str) -> Dump | None:
    """Return the dump that a text holds, or None."""
    heads = [found.start() for found in _HEAD.finditer(text)]
    if not heads:
        return None
    begins = _BEGINS.search(text)
    ends = [*heads[1:], len(text)]
    steps = tuple(_step(text[start:end]) for start, end in zip(heads, ends))
    return Dump(before=text[: begins.start() if begins else heads[0]], steps=steps)


def _step(text: str) -> DumpedStep:
    text = text.lstrip("{ \n")
    exception = _EXCEPTION.search(text)
    told = dict(_fields(text[: exception.start()] if exception else text))
    return DumpedStep(
        name=told.get("Name", ""), index=told.get("FullStepIndex", ""), status=told.get("Status", ""),
        exception=_closed(text[exception.end() :]) if exception else "",
    )  # fmt: skip


def _fields(text: str) -> Iterator[tuple[str, str]]:
    found = list(_FIELD.finditer(text))
    for one, following in zip(found, [*found[1:], None]):
        value = text[one.end() : following.start() if following else len(text)]
        yield one[1], re.split(r"[,;]\s*Steps=|[{}]", value)[0].strip(" ,;\n")


def _closed(exception: str) -> str:
    """Return an exception without what closes the steps around it."""
    exception = _FOLLOWS.split(exception)[0].rstrip(" ,.\n{")
    exception = _STEPS.sub("", exception)
    while exception[-1:] in _OPEN and exception.count(_OPEN[exception[-1]]) < exception.count(exception[-1]):
        exception = exception[:-1].rstrip(" ,")
    return exception.strip()
