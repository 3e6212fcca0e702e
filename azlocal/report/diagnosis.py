"""Diagnoses on paper: of a text, of a cluster, of a fleet, and the page that documents the known issues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from azlocal.core.diagnosis import Diagnosis, FailureGroup, Match, advice, next_step
from azlocal.core.ids import name_of
from azlocal.core.known_issues import KnownIssue
from azlocal.report.tables import Column, table
from azlocal.report.text import clean, count, some, wrap
from azlocal.service.diagnose import ClusterDiagnosis, FleetDiagnosis

Document = dict[str, Any]
_WIDTH = 100
_COLUMNS = (
    Column("Signature", 24, middle=True), Column("Clusters"), Column("Retry"), Column("What", 30), Column("Where", 24, 1),
)  # fmt: skip


def matches_document(diagnosis: Diagnosis) -> list[Document]:
    """Return the known issues that match, the certain ones first; empty when none does."""
    return [_match(one) for one in diagnosis.matches]


def _match(match: Match) -> Document:
    issue, shown = match.issue, match.evidence
    return {
        "id": issue.id,
        "certainty": match.certainty,
        "retry": issue.retry,
        "url": issue.url,
        "title": issue.title,
        "summary": issue.summary,
        "remedy": issue.remedy,
        "severity": issue.severity,
        "area": issue.area,
        "step": shown.step,
        "evidence": shown.line,
        "machine": shown.machine,
        "resourceId": shown.resource_id,
    }


def cluster_matches(found: ClusterDiagnosis) -> list[Document]:
    """Return the same of a cluster, each with the cluster, its phase and the other clusters that have it now."""
    elsewhere = {group.signature: [name_of(one) for one in group.clusters] for group in found.alike}
    cluster = {"cluster": found.one.cluster.name, "clusterId": found.one.cluster.id}
    return [
        {**one, **cluster, "phase": str(found.one.reading.phase), "alsoOn": elsewhere.get(one["id"], [])}
        for one in matches_document(found.diagnosis)
    ]


def rows(diagnosis: Diagnosis) -> list[tuple[str, str, str, str]]:
    """Return the matches as rows for tsv."""
    return [(one.issue.id, one.certainty, one.issue.retry, one.issue.title) for one in diagnosis.matches]


def text_page(diagnosis: Diagnosis, width: int | None = _WIDTH) -> str:
    """Return the page of a pasted text."""
    width = width or _WIDTH
    if not diagnosis.evidence:
        return "nothing in it tells of a failure"
    return "\n".join([*_failure(diagnosis, width), "", *_known(diagnosis, width)])


def cluster_page(found: ClusterDiagnosis, width: int | None = _WIDTH) -> str:
    """Return the page of a cluster: where it failed, what was said, what is known of it, and who else has it."""
    width = width or _WIDTH
    one = found.one
    head = wrap(f"{one.cluster.name}: {one.reading.phase} ({one.reading.reason})", width)
    if not found.diagnosis.evidence:
        return "\n".join([*head, *_silent(found, width)])
    return "\n".join([
        *head, *wrap(_todo(found), width, first="do: "), "", *_failure(found.diagnosis, width),
        *_row("Retry", f"{found.diagnosis.retry}: it {next_step(found.diagnosis.retry)}", width),
        *_row("Decision", f"{one.decision.kind} ({one.decision.reason})", width),
        *_elsewhere(found, width), "", *_known(found.diagnosis, width),
    ])  # fmt: skip


def _silent(found: ClusterDiagnosis, width: int) -> list[str]:
    one = found.one
    if not one.reading.phase.failed:
        return wrap("do: nothing; nothing failed that Azure still tells of", width)
    return [
        *wrap(_todo(found), width, first="do: "),
        "",
        *_row("Said", f"{one.reading.message}; Azure keeps no word of why", width),
    ]


def _todo(found: ClusterDiagnosis) -> str:
    if found.one.decision.remedy and found.one.reading.phase.failed:
        return found.one.decision.remedy
    shown = found.diagnosis.primary
    machine = shown.machine if shown and shown.machine else "the machine"
    return advice(found.diagnosis) or f"nobody documents this: read the log on {machine}, and ask Microsoft support"


def _failure(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    shown = diagnosis.primary
    if shown is None:
        return
    if shown.step:
        yield from _row("Step", f"{shown.step}{f' (index {shown.index})' if shown.index else ''}", width)
    yield from _row("Said", shown.line, width)
    if shown.machine:
        yield from _row("Machine", shown.machine, width)
    if shown.resource_id:
        yield from _row("Shown by", shown.resource_id, width)


def _row(name: str, value: str, width: int) -> list[str]:
    return wrap(value, width, first=f"{name:<9} ", most=6)


def _elsewhere(found: ClusterDiagnosis, width: int) -> Iterator[str]:
    for group in found.alike:
        others = some(map(name_of, group.clusters), 8)
        yield from _row(
            "Also on", f"{count(len(group.clusters), 'other cluster')} now ({group.signature}): {others}", width
        )
    if not found.alike:
        yield from _row("Also on", "no other cluster that was read", width)


def _known(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    if not diagnosis.matches:
        yield "Known issues: none matches, so a person decides"
        return
    yield "Known issues"
    for match in diagnosis.matches:
        issue = match.issue
        yield from wrap(
            f"{match.certainty:<8} {issue.id} ({issue.severity}, {issue.retry}): {issue.title}", width, first="  "
        )
        for word, told in (("because", match.evidence.line), ("what", issue.summary), ("do", issue.remedy)):
            yield from wrap(told, width, first=f"           {word}: ", most=4)
        yield f"           {clean(issue.url)}"


def groups_document(found: FleetDiagnosis) -> list[Document]:
    """Return what fails over the fleet, the widest first."""
    return [_group(one) for one in found.groups]


def _group(group: FailureGroup) -> Document:
    return {
        "signature": group.signature,
        "id": group.issue.id if group.issue else None,
        "title": group.title,
        "retry": group.retry,
        "url": group.issue.url if group.issue else "",
        "remedy": group.issue.remedy if group.issue else "",
        "count": len(group.clusters),
        "clusters": [{"name": name_of(one), "id": one} for one in group.clusters],
    }


def group_rows(found: FleetDiagnosis) -> list[tuple[str, int, str, str]]:
    """Return the groups as rows for tsv."""
    return [(one.signature, len(one.clusters), one.retry, one.title) for one in found.groups]


def fleet_page(found: FleetDiagnosis, width: int | None = None) -> str:
    """Return the table of what fails over the fleet."""
    if not found.diagnoses:
        return "no cluster has a failure that waits for anybody"
    told = ((one.signature, str(len(one.clusters)), one.retry, one.title, _where(one)) for one in found.groups)
    unread = f"\n{count(found.unread, 'failed cluster')} said nothing that could be read" if found.unread else ""
    return table(_COLUMNS, told, width).text + unread


def _where(group: FailureGroup) -> str:
    return some(map(name_of, group.clusters), 3)


# the documentation


def issues_table(issues: Iterable[KnownIssue]) -> str:
    """Return the known issues as a table in markdown."""
    head = ["| Id | What | What to do | Retry | Severity |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(_documented, issues)])


def _documented(issue: KnownIssue) -> str:
    what = f"**{issue.title}.** {issue.summary}"
    cells = (f"[`{issue.id}`]({issue.url})", what, issue.remedy, issue.retry, issue.severity)
    return "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"
