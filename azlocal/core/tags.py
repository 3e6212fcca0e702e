"""What azlocal keeps in tags: `k=v` joined by `;`, at most 256 characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from azlocal.core.times import format_stamp, parse_stamp, parse_time

OP = "azlocal-op"
HOLD = "azlocal-hold"
PAUSE = "azlocal-pause"
RING = "azlocal-ring"
WINDOW = "azlocal-window"
APPROVE = "azlocal-approve-"
ACCEPT = "azlocal-accept-"
ATTEST = "azlocal-attest-"
LONGEST = 256
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def value_of(tags: Mapping[str, str], name: str) -> str | None:
    """Return the value of the tag *name* (given in lower case), or None: Azure's tag names know no case."""
    if name in tags:
        return tags[name]
    return next((text for spelled, text in tags.items() if spelled.lower() == name), None)


def read_pairs(text: str) -> dict[str, str]:
    """Return the pairs of a tag value; parts without `=` are ignored."""
    pairs = (part.split("=", 1) for part in text.split(";") if "=" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def write_pairs(pairs: Mapping[str, object]) -> str:
    """Return a tag value; raise ValueError when it would be longer than Azure takes."""
    text = ";".join(f"{name}={_plain(str(value))}" for name, value in pairs.items() if value != "")
    if len(text) > LONGEST:
        raise ValueError(f"the tag value is {len(text)} characters long; Azure takes {LONGEST}")
    return text


def _plain(value: str) -> str:
    return value.replace(";", ",").replace("=", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A start before the one that an intent announces; `correlation` is 32 hex digits, empty where none is known."""

    mode: str
    attempt: int
    at: datetime
    correlation: str = ""

    def text(self) -> str:
        """Return it as the tag tells it."""
        return ".".join(filter(None, (f"{self.mode[:1]}{self.attempt}", format_stamp(self.at), self.correlation)))

    @classmethod
    def parse(cls, text: str) -> Earlier | None:
        """Return what a tag tells, or None when it cannot be read."""
        found = _EARLIER.fullmatch(text)
        at = parse_stamp(found[3]) if found else None
        if found is None or at is None:
            return None
        return cls(mode=_MODES[found[1]], attempt=int(found[2]), at=at, correlation=found[4] or "")


_MODES = {"v": "validate", "d": "deploy", "e": "extension"}
_EARLIER = re.compile(r"([vde])([1-9]\d{0,5})\.(\w{16})(?:\.([0-9a-f]{32}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """`azlocal-op`: what azlocal was about to send, written before it was sent.

    `mode` is validate, deploy or extension; `attempt` counts the starts of that mode, from 1;
    `failures` counts failed upgrades and only grows; `inputs` and `plan` are 12 hex digits. `before` are the starts
    before it, the newest first: nothing is decided by them, telemetry tells them again.
    """

    mode: str
    attempt: int
    failures: int
    inputs: str
    plan: str
    at: datetime
    before: tuple[Earlier, ...] = ()

    def text(self) -> str:
        """Return the tag's value, with as many of the starts before as there is room for."""
        told = write_pairs({
            "m": self.mode, "n": self.attempt, "f": self.failures,
            "i": self.inputs, "p": self.plan, "t": format_stamp(self.at),
        })  # fmt: skip
        kept = ""
        for text in (one.text() for one in self.before):
            longer = f"{kept},{text}" if kept else f";b={text}"
            if len(told) + len(longer) > LONGEST:
                break
            kept = longer
        return told + kept

    @classmethod
    def parse(cls, text: str) -> Intent | None:
        """Return the intent a tag tells, or None when it cannot be read: not known, never no."""
        pairs = read_pairs(text)
        at = parse_stamp(pairs.get("t", ""))
        mode, attempt, failures = pairs.get("m", ""), pairs.get("n", ""), pairs.get("f", "")
        if mode not in {"validate", "deploy", "extension"} or at is None:
            return None
        if not (attempt.isdecimal() and failures.isdecimal()) or int(attempt) < 1:
            return None
        return cls(
            mode=mode, attempt=int(attempt), failures=int(failures),
            inputs=pairs.get("i", ""), plan=pairs.get("p", ""), at=at,
            before=tuple(one for one in map(Earlier.parse, pairs.get("b", "").split(",")) if one is not None),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """`azlocal-approve-<ring>`: consent bound to a plan, to members, and to an end."""

    plan: str
    members: str
    until: datetime | None
    by: str = ""

    def text(self) -> str:
        """Return the tag's value."""
        until = format_stamp(self.until) if self.until else ""
        return write_pairs({"plan": self.plan, "members": self.members, "until": until, "by": self.by})

    @classmethod
    def parse(cls, text: str) -> Approval:
        """Return the approval a tag tells; what cannot be read approves nothing."""
        pairs = read_pairs(text)
        until = pairs.get("until", "")
        return cls(
            plan=pairs.get("plan", ""),
            members=pairs.get("members", ""),
            until=parse_stamp(until) or parse_time(until) or _end_of_day(until),
            by=pairs.get("by", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """`azlocal-accept-<h10>`: a person accepts one failed attempt, which allows one retry."""

    mode: str
    attempt: int
    by: str = ""

    def text(self) -> str:
        """Return the tag's value."""
        return write_pairs({"m": self.mode, "n": self.attempt, "by": self.by})

    @classmethod
    def parse(cls, text: str) -> Acceptance | None:
        """Return the acceptance a tag tells, or None when it cannot be read."""
        pairs = read_pairs(text)
        attempt = pairs.get("n", "")
        if pairs.get("m") not in {"validate", "deploy", "extension"} or not attempt.isdecimal():
            return None
        return cls(mode=pairs["m"], attempt=int(attempt), by=pairs.get("by", ""))


def parse_day(text: str) -> date | None:
    """Return a date written YYYY-MM-DD, or None."""
    day = text.strip()
    # From Python 3.11 on, fromisoformat takes other forms too.
    if not _DAY.fullmatch(day):
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _end_of_day(text: str) -> datetime | None:
    day = parse_day(text)
    return None if day is None else parse_time(f"{day.isoformat()}T23:59:59Z")
