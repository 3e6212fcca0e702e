"""The single values of a plan: text to core values, each with the sentence that refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from azlocal.core.attestations import QUESTIONS
from azlocal.core.domains import SHARED
from azlocal.core.expressions import parse
from azlocal.core.ids import parse_id
from azlocal.core.limits import Amount, Share
from azlocal.core.overrides import OPEN
from azlocal.core.risks import RISKS
from azlocal.core.rule import written
from azlocal.core.rules import BY_ID
from azlocal.core.tags import parse_day
from azlocal.core.times import format_duration, parse_duration
from azlocal.files.words import items_of, near, quoted, suggest, text_of

VERSION = "azlocal.fleet/1"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
GROUP = rf"/subscriptions/{GUID}/resourceGroups/[\w.()-]{{0,89}}[\w()-]"
CONTAINER = (
    rf"{GROUP}/providers/Microsoft\.Storage/storageAccounts/[a-z0-9]{{3,24}}"
    r"/blobServices/default/containers/[a-z0-9](?:-?[a-z0-9]){2,62}"
)
EXCLUDED = rf"/subscriptions/{GUID}|{GROUP}|{GROUP}/providers/Microsoft\.AzureStackHCI/clusters/[^/]+"
DOMAIN = r"tag:[^<>%&\\?/]{1,512}|" + "|".join(SHARED)
ANY_YEAR = 2000
"""A leap year, so that every day of any year is in it."""
# A machine has these files too, but they say something else on every machine.
_NOT_ZONES = ("localtime", "posixrules", "Factory")


def whole_number(least: int) -> Callable[[Any], int]:
    """Return the reader of whole numbers that are at least *least*."""

    def read(value: Any) -> int:
        text = text_of(value)
        if not re.fullmatch(r"-?[0-9]+", text):
            raise ValueError(f"{quoted(text)} is not a whole number")
        if text.startswith("-") or len(text) > 9 or int(text) < least:
            raise ValueError(f"{quoted(text)} is not a whole number from {least} to 999999999")
        return int(text)

    return read


def duration(least: timedelta) -> Callable[[Any], timedelta]:
    """Return the reader of ISO 8601 durations that are at least *least*."""

    def read(value: Any) -> timedelta:
        text = text_of(value)
        span = parse_duration(text)
        if span < least:
            raise ValueError(f"{quoted(text)} is shorter than {format_duration(least)}")
        return span

    return read


def amount(least: int) -> Callable[[Any], Amount]:
    """Return the reader of numbers that are at least *least*, or of shares such as 20%."""
    number = whole_number(least)

    def read(value: Any) -> Amount:
        text = text_of(value)
        if not text.endswith("%"):
            return number(text)
        share = text[:-1].strip()
        if not re.fullmatch(r"[0-9]{1,3}", share) or not least <= int(share) <= 100:
            raise ValueError(f"{quoted(text)} is not a share from {least}% to 100%, in whole percent")
        return Share(int(share))

    return read


def expression(value: Any) -> str:
    """Return an expression that selects clusters, in its canonical writing."""
    return str(parse(text_of(value)))


def domain(value: Any) -> str:
    """Return what clusters share: a tag, the subscription, the hardware model or the region."""
    text = text_of(value)
    if not re.fullmatch(DOMAIN, text, re.IGNORECASE):
        raise ValueError(f"{quoted(text)} is none of tag:NAME, {', '.join(SHARED)}")
    return text.lower()


def day_of_year(value: Any) -> date:
    """Return a date; one without a year, MM-DD, as a day of `ANY_YEAR`."""
    text = text_of(value)
    if not re.fullmatch(r"[0-9]{2}-[0-9]{2}", text):
        return day(text)
    at = parse_day(f"{ANY_YEAR}-{text}")
    if at is None:
        raise ValueError(f"{quoted(text)} is not a day MM-DD")
    return at


def day(value: Any) -> date:
    """Return a date written YYYY-MM-DD."""
    text = text_of(value)
    at = parse_day(text)
    if at is None:
        raise ValueError(f"{quoted(text)} is not a date YYYY-MM-DD")
    return at


def opens(value: Any) -> time:
    """Return a time of day written HH:MM."""
    text = text_of(value)
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"{quoted(text)} is not a time HH:MM")
    return time.fromisoformat(text)


def closes(value: Any) -> time:
    """Return a time of day written HH:MM; 24:00 is the end of the day."""
    return time(0) if text_of(value) == "24:00" else opens(value)


def zone(value: Any) -> str:
    """Return an IANA time zone that is known here."""
    text = text_of(value)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{quoted(text)} is no IANA time zone; {_near_zone(text)}") from None
    if text in _NOT_ZONES or text.startswith(("posix/", "right/")):
        raise ValueError(f"{quoted(text)} is no IANA time zone; write one such as Europe/Oslo or UTC")
    return text


def _near_zone(text: str) -> str:
    known = available_timezones()
    city = text.lower().replace(" ", "_").rsplit("/", 1)[-1]
    same_city = sorted(name for name in known if name.lower().rsplit("/", 1)[-1] == city)
    match = same_city[0] if same_city else near(text, known)
    return f"did you mean '{match}'?" if match else "write one such as Europe/Oslo or UTC"


def days(value: Any) -> frozenset[int]:
    """Return days of the week, Monday 0: names, ranges such as fri-mon, or all; in a list or with commas."""
    words = value.split(",") if isinstance(value, str) else items_of(value)
    chosen: frozenset[int] = frozenset().union(*(_span_of_days(text_of(word)) for word in words))
    if not chosen:
        raise ValueError("names no day")
    return chosen


def _span_of_days(text: str) -> frozenset[int]:
    if text.lower() == "all":
        return frozenset(range(7))
    first, dash, last = (part.strip() for part in text.partition("-"))
    begin, end = _day_of_week(first), _day_of_week(last if dash else first)
    return frozenset((begin + passed) % 7 for passed in range((end - begin) % 7 + 1))


def _day_of_week(word: str) -> int:
    for number, name in enumerate(DAYS):
        if word.lower() in {name, name[:3]}:
            return number
    raise ValueError(f"{quoted(word)} is no day of the week; write mon to sun, a range such as mon-fri, or all")


def shaped(pattern: str, what: str) -> Callable[[Any], str]:
    """Return the reader of text that fits *pattern* whole, without regard to case; *what* says what that is."""
    shape = re.compile(pattern, re.IGNORECASE)

    def read(value: Any) -> str:
        text = text_of(value).rstrip("/")
        if not shape.fullmatch(text):
            raise ValueError(f"{quoted(text)} is not {what}")
        return text

    return read


def cluster_id(value: Any) -> str:
    """Return the resource id of a cluster."""
    text = text_of(value)
    kind = parse_id(text).kind
    if kind.lower() != "microsoft.azurestackhci/clusters":
        raise ValueError(f"{quoted(text)} is the id of a {kind}, not of a Microsoft.AzureStackHCI/clusters")
    return text


def ring_name(value: Any) -> str:
    """Return a ring's name, which becomes part of a tag's name."""
    text = text_of(value)
    if not re.fullmatch(r"[a-z0-9-]{1,32}", text):
        raise ValueError(f"{quoted(text)} is not 1 to 32 of a-z, 0-9 and -")
    return text


def one_of(*words: str) -> Callable[[Any], str]:
    """Return the reader of one of *words*, in any case."""

    def read(value: Any) -> str:
        text = text_of(value)
        if text.lower() not in words:
            raise ValueError(f"{quoted(text)} is not {' or '.join(words)}")
        return text.lower()

    return read


def attestation_key(value: Any) -> str:
    """Return the key of a question that operators can answer."""
    text = text_of(value).lower()
    if text not in QUESTIONS:
        raise ValueError(f"{quoted(text)} is no question azlocal asks; {suggest(text, QUESTIONS)}")
    return text


def risk(value: Any) -> str:
    """Return the name of a risk that may be accepted."""
    text = text_of(value).lower()
    if text not in RISKS:
        raise ValueError(f"{quoted(text)} is no risk that may be accepted; {suggest(text, RISKS)}")
    return text


def rule(value: Any) -> str:
    """Return the id of a rule whose value may be overridden."""
    text = text_of(value)
    named = {one.lower(): one for one in BY_ID}.get(text.lower(), text)
    if named in OPEN:
        return named
    if named in BY_ID:
        raise ValueError(f"{quoted(named)} has no value that a plan may override; {suggest(named, OPEN)}")
    raise ValueError(f"{quoted(text)} is no rule; {suggest(text, OPEN)}")


def rule_value(rule_id: str, value: Any) -> str:
    """Return what a rule's value is to be, in its canonical writing; a list of names may be a list."""
    text = ", ".join(map(text_of, value)) if isinstance(value, list) else text_of(value)
    return written(OPEN[rule_id].read(text))


def version(value: Any) -> str:
    """Return the version of the plan's form; there is one."""
    text = text_of(value)
    if text != VERSION:
        raise ValueError(f"{quoted(text)} is not a form this azlocal reads; write {VERSION}")
    return text


def place(value: Any) -> str:
    """Return where inputs stand: a folder or CSV file, or an https URL; nothing is fine."""
    text = value if value == "" else text_of(value)
    if "://" in text and not text.lower().startswith("https://"):
        raise ValueError("a URL must begin with https://")
    return str(text)


def or_nothing(read: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return *read*, except that a key with nothing behind it counts as left out."""
    return lambda value: "" if value == "" else read(value)
