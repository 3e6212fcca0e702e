"""Views of upgrade inputs: what a check found, and what became of drafts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azlocal.core.digest import short
from azlocal.report.text import clean, count, some, wrap
from azlocal.service.inputs import Check, CheckedInputs, Drafted, Drafts

Document = dict[str, Any]

_STATES = {
    "written": "written",
    "exists": "a file is there already, and it stays as it is",
    "has-inputs": "has inputs already, and they stay as they are",
    "solution": "is upgraded, so it needs no inputs",
}


def check_page(check: Check, questions: Mapping[str, str], width: int | None) -> str:
    """Return what a check found but for its problems, which are an error of their own.

    *questions* for people follow once there are no problems.
    """
    return "\n".join(
        [*_summary(check, width), *_remarks(check, width), *_unread(check, width), *_ask(check, questions, width)]
    )


def _summary(check: Check, width: int | None) -> Iterator[str]:
    given = [one for one in check.clusters if one.inputs is not None]
    good = sum(not one.problems for one in given)
    told = "compared with what Azure knows" if check.compared else "not compared with Azure"
    yield from wrap(f"{count(len(given), 'cluster')} with inputs, {good} in order ({told})", width)
    if check.without:
        yield from wrap(f"{count(len(check.without), 'cluster')} without inputs: {some(check.without, 10)}", width)


def _remarks(check: Check, width: int | None) -> Iterator[str]:
    remarks = [remark for one in check.clusters for remark in one.remarks]
    if remarks:
        yield from ("", "To be looked at")
        yield from (line for remark in remarks for line in wrap(remark, width, first="  ", then="    "))


def _unread(check: Check, width: int | None) -> Iterator[str]:
    if check.unread:
        yield from ("", "Not known, because it could not be read")
        yield from (line for one in check.unread for line in wrap(one, width, first="  ", then="    "))


def _ask(check: Check, questions: Mapping[str, str], width: int | None) -> Iterator[str]:
    if check.problems:
        return
    yield from ("", "Only people and the machines know (readiness validation tests most of it)")
    for code, question in questions.items():
        yield from wrap(question, width, first=f"  {code:<18} ", then=" " * 21)


def check_document(check: Check, questions: Mapping[str, str]) -> Document:
    """Return what a check found."""
    return {
        "version": "azlocal.inputs-check/1",
        "comparedWithAzure": check.compared,
        "complete": not check.unread,
        "problems": list(check.problems),
        "withoutInputs": list(check.without),
        "unread": list(check.unread),
        "clusters": [_checked(one) for one in check.clusters],
        "questions": [{"code": code, "question": question} for code, question in questions.items()],
    }


def _checked(one: CheckedInputs) -> Document:
    return {
        "name": one.name,
        "id": one.id if not one.id.startswith("/subscriptions/-/") else "",
        "ring": one.ring,
        "source": one.inputs.source if one.inputs else "",
        "digest": short(one.inputs.request_digest) if one.inputs and not one.problems else "",
        "problems": list(one.problems),
        "remarks": list(one.remarks),
    }


def check_rows(check: Check) -> list[Sequence[object]]:
    """Return one row for each cluster: name, ring, source, problems, remarks, digest."""
    rows = map(_checked, check.clusters)
    return [
        [one["name"], one["ring"], one["source"], len(one["problems"]), len(one["remarks"]), one["digest"]]
        for one in rows
    ]


def drafts_page(drafts: Drafts, width: int | None) -> str:
    """Return what became of drafts."""
    lines = [line for one in drafts.clusters for line in _drafted(one, width)]
    for problem in drafts.unread:
        lines += wrap(f"not read, so not filled in: {problem}", width)
    written = sum(one.state == "written" for one in drafts.clusters)
    rest = len(drafts.clusters) - written
    lines += ["", f"{count(written, 'draft')} written" + (f", {rest} left as they are" if rest else "")]
    return "\n".join(lines).lstrip("\n")


def _drafted(one: Drafted, width: int | None) -> Iterator[str]:
    where = f"{clean(one.file)}: " if one.file else ""
    yield from wrap(f"{one.name}: {where}{_STATES[one.state]}", width)
    if one.state == "written":
        yield from wrap(f"from Azure: {count(len(one.filled), 'value')}", width, first="  ")
        yield from wrap(f"fill in: {', '.join(one.open) or 'nothing'}", width, first="  ", then="    ")


def drafts_document(drafts: Drafts) -> Document:
    """Return what became of drafts."""
    return {
        "version": "azlocal.inputs-drafts/1",
        "unread": list(drafts.unread),
        "clusters": [
            {
                "name": one.name, "id": one.id, "state": one.state, "file": one.file, "filled": list(one.filled),
                "open": list(one.open),
            }
            for one in drafts.clusters
        ],
    }  # fmt: skip


def drafts_rows(drafts: Drafts) -> list[Sequence[object]]:
    """Return one row for each cluster: name, state, file, values filled in, values open."""
    return [[one.name, one.state, one.file, len(one.filled), len(one.open)] for one in drafts.clusters]
