"""The findings of a page: grouped by what is to be done, what passes on one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from azlocal.core.findings import Finding
from azlocal.core.ids import key
from azlocal.report.advice import by_name, links_in, rank, without_links
from azlocal.report.text import age, clean, count, cut, wrap

_EVIDENCE_WIDTH = 60
_INDENT = " " * 7


def finding_lines(findings: Iterable[Finding], cluster_id: str, now: datetime, width: int, room: int) -> Iterator[str]:
    """Yield whole findings in order while there is *room* for lines, and say how many were left out."""
    blocks = list(_blocks(sorted(findings, key=rank), cluster_id, now, width))
    left = sum(many for many, _ in blocks)
    for many, block in blocks:
        needed = len(block) + (left > many)
        if needed > room:
            yield f"  {count(left, 'more finding')}: azlocal-upgrade explain -o json"
            return
        yield from block
        room, left = room - len(block), left - many


def _blocks(ordered: list[Finding], cluster_id: str, now: datetime, width: int) -> Iterator[tuple[int, list[str]]]:
    """Yield how many findings a block tells, and its lines: open findings of one check and remedy are one block."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for place, one in enumerate(ordered):
        alike = (one.check, one.status, one.severity, one.remedy, one.question, one.accepted)
        groups.setdefault((place,) if one.passes else alike, []).append(one)
    for found in groups.values():
        block = [_met(found[0], now, width)] if found[0].passes else _open(found, cluster_id, now, width)
        yield len(found), block


def _met(one: Finding, now: datetime, width: int) -> str:
    told = f"{one.status}: {one.message} [{_proof(one, now)}]"
    return wrap(told, width, first=f"  {clean(one.check):<4} ", most=1)[0]


def _open(found: list[Finding], cluster_id: str, now: datetime, width: int) -> list[str]:
    first = found[0]
    lines = []
    for place, one in enumerate(found):
        head = _INDENT if place else f"  {clean(one.check):<4} {one.status} ({one.severity}): "
        lines += wrap(by_name(one.message, cluster_id), width, first=head, then=_INDENT, most=3)
        lines += wrap(f"[{_proof(one, now)}]", width, first=_INDENT, most=2)
        if one.resource_id and key(one.resource_id) != key(cluster_id):
            lines.append(_INDENT + clean(one.resource_id))
    advice = (("", first.accepted), ("do: ", without_links(first.remedy)), ("ask: ", first.question))
    for word, text in advice:
        lines += wrap(text, width, first=f"{_INDENT}{word}", then=_INDENT + "  ", most=3) if text else []
    return [*lines, *(f"{_INDENT}  see {link}" for link in links_in(first.remedy))]


def _proof(one: Finding, now: datetime) -> str:
    """Return how sure a finding is, how old, and what shows it."""
    shown = clean(one.path) or "no property shows it"
    value = f" = {cut(clean(one.value), _EVIDENCE_WIDTH)}" if one.value else ""
    return f"{one.confidence}, {age(one.observed_at, now)}, {shown}{value}"
