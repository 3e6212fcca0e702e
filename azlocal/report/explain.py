"""One cluster, explained: the verdict, what to do, and the evidence for both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from azlocal.core.diagnosis import Diagnosis, Match, next_step
from azlocal.core.facts import Absence, SettingsFacts, Step
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.findings import Finding
from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.report.advice import next_action, verdict, without_links
from azlocal.report.explain_findings import finding_lines
from azlocal.report.links import portal_link
from azlocal.report.state import approval, attempt, os_builds, since, why
from azlocal.report.support import os_support, support_line, update_line
from azlocal.report.text import age, clean, count, moment, some, span, wrap
from azlocal.service.look import FleetLook

__all__ = ["MOST_LINES", "explain", "next_action"]

MOST_LINES = 60
_MOST_ISSUES, _MOST_PROBLEMS = 3, 6
_LEGEND = "Evidence [confidence, age, property = value; of the cluster, unless another resource is named]"


@dataclass(frozen=True, slots=True)
class _Page:
    look: FleetLook
    one: ClusterDecision
    width: int

    @property
    def ring(self) -> RingState | None:
        return self.look.ring(self.one.ring)


def explain(look: FleetLook, one: ClusterDecision, width: int = 100) -> str:
    """Return the page of one cluster: at most 60 lines of *width* columns (ids are never cut)."""
    page = _Page(look, one, width)
    top = [*_answer(page), "", *_facts(page), *_under_way(page), *_known(page), *_problems(page)]
    top += ["", *wrap(_LEGEND, width)]
    return "\n".join([*top, *finding_lines(_told(one), one.cluster.id, look.now, width, MOST_LINES - len(top))])


_OF_THE_ROAD = re.compile(r"B(?:1|2|4|5|8|9|10|11)|(?:attest|support)-.*")
"""Findings that say nothing of a cluster any more that has the solution."""


def _told(one: ClusterDecision) -> list[Finding]:
    there = one.reading.phase in {Phase.SOLUTION, Phase.VERIFYING}
    return [finding for finding in one.findings if not (there and _OF_THE_ROAD.fullmatch(finding.check))]


def _answer(page: _Page) -> list[str]:
    """Return the two things that must be known at once: what is, and what to do."""
    told = wrap(verdict(page.one, page.look.now), page.width, most=1)
    return [*told, *wrap(without_links(next_action(page.one)), page.width, first="do: ", most=3)]


# what is known


def _facts(page: _Page) -> Iterator[str]:
    one, cluster = page.one, page.one.cluster
    yield _pair("Cluster", cluster.id)
    link = portal_link(page.look.cloud, cluster.id)
    if link:
        yield _pair("Portal", link)
    yield from _row(page, "Where", _where(page))
    reading = one.reading
    yield from _row(page, "Phase", f"{reading.phase} ({reading.reason}): {reading.message}", 5)
    yield from _row(page, "Ring", _ring(page))
    decision = one.decision
    told = "" if decision.message == reading.message else f": {why(one)}"
    yield from _row(page, "Decision", f"{decision.kind} ({decision.reason}){told}")
    seen = f"read {age(cluster.observed_at, page.look.now)}; last sync {age(cluster.last_sync_at, page.look.now)}"
    yield from _row(page, "Facts", f"{seen}; verdict {one.candidate.verdict}, rules {_rules(one)}")
    if one.candidate.support:
        yield from _row(page, "Support", support_line(one.candidate.support))
    updates = update_line(one)
    if updates:
        yield from _row(page, "Updates", updates, 2)
    for told in one.candidate.overridden:
        yield from _row(page, "Override", told, 2)


def _pair(name: str, value: str) -> str:
    return f"{name:<9} {clean(value)}"


def _row(page: _Page, name: str, value: str, most: int = 3) -> list[str]:
    return wrap(value, page.width, first=f"{name:<9} ", most=most)


def _where(page: _Page) -> str:
    cluster = page.one.cluster
    builds, solution = os_builds(cluster), cluster.solution
    parts = [
        cluster.location or "region not known",
        count(len(cluster.nodes), "machine") if cluster.nodes else "machines not known",
        f"OS {builds}{_horizon(page.one)}" if builds else "OS build not known",
        cluster.model,
        f"solution {solution.version}" if solution and not isinstance(solution, Absence) and solution.version else "",
    ]
    return ", ".join(part for part in parts if part)


def _horizon(one: ClusterDecision) -> str:
    told = os_support(one)
    return f" ({told})" if told else ""


def _ring(page: _Page) -> str:
    ring = page.ring
    if ring is None:
        return "none" if page.look.plan_digest else "none (no plan)"
    facts = page.look.facts
    return f"{ring.name}, {ring.state} ({ring.reason}): {ring.message}; {approval(ring, facts)}"


def _rules(one: ClusterDecision) -> str:
    return one.candidate.rules or "not known"


# an operation


def _under_way(page: _Page) -> Iterator[str]:
    one = page.one
    phase = one.reading.phase
    if not (phase.running or phase.failed):
        return
    number = attempt(one) if one.reading.ours else None
    who = f"by azlocal, attempt {number}" if number else "not by azlocal"
    began = since(one)
    when = f"; under way since {moment(began)} ({span(page.look.now - began)})" if began and phase.running else ""
    yield from _row(page, "Started", who + when)
    trail = " > ".join(clean(step.name) for step in _trail(one))
    if trail:
        yield from _row(page, "Step", trail)


def _trail(one: ClusterDecision) -> list[Step]:
    """Return the running or failing steps from the outermost to the innermost."""
    settings = one.cluster.settings
    if not isinstance(settings, SettingsFacts):
        return []
    upgrade = one.reading.phase in {Phase.APPLYING, Phase.APPLY_FAILED}
    steps = settings.deployment_steps if upgrade else settings.validation_steps
    wanted = {"error", "failed"} if one.reading.phase.failed else {"inprogress"}
    trail: list[Step] = []
    while True:
        step = next((step for step in steps if step.status.lower() in wanted), None)
        if step is None:
            return trail
        trail.append(step)
        steps = step.steps


# what is known of a failure, and what is wrong with inputs


def _known(page: _Page) -> Iterator[str]:
    """Yield the known issues that a failure matches, and who else has it."""
    if not page.one.reading.phase.failed:
        return
    diagnosis = diagnosis_of(page.one.cluster, page.one.reading)
    for match in diagnosis.matches[:_MOST_ISSUES]:
        yield from _row(page, "Known", _issue(match), 4)
    if diagnosis.evidence:
        yield from _row(page, "Retry", f"{diagnosis.retry}: {next_step(diagnosis.retry)}")
    others = _alike(page, diagnosis)
    if others:
        yield from _row(page, "Others", f"{count(len(others), 'more cluster')} with the same: {some(others)}")


def _issue(match: Match) -> str:
    return f"{match.issue.id} ({match.certainty}), {match.issue.title}: {match.issue.url}"


def _alike(page: _Page, diagnosis: Diagnosis) -> list[str]:
    """Return the names of the other clusters that failed for the same reason."""
    mine = set(diagnosis.signatures)
    return [
        other.cluster.name
        for other in page.look.clusters
        if other is not page.one and other.reading.phase.failed
        if mine & set(diagnosis_of(other.cluster, other.reading).signatures)
    ]


def _problems(page: _Page) -> Iterator[str]:
    """Yield what is wrong with the cluster's inputs."""
    problems = page.one.inputs.problems if page.one.inputs else ()
    for problem in problems[:_MOST_PROBLEMS]:
        yield from _row(page, "Inputs", problem, 2)
    if len(problems) > _MOST_PROBLEMS:
        yield _pair("Inputs", f"and {len(problems) - _MOST_PROBLEMS} more: azlocal-upgrade inputs check")
