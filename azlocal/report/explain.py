"""One cluster, explained: the verdict, what to do, and the evidence for both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from azlocal.core.decisions import STARTS, Done, Verify
from azlocal.core.facts import Absence, SettingsFacts, Step
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import key
from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.report.links import portal_link
from azlocal.report.state import approval, attempt, os_builds, since, why
from azlocal.report.text import age, clean, count, cut, moment, span, wrap
from azlocal.service.look import FleetLook

MOST_LINES = 60
_EVIDENCE_WIDTH = 60
_LEGEND = "Evidence [confidence, age, property = value; of the cluster, unless another resource is named]"
_BY_VERDICT = frozenset({
    Phase.OS_22H2, Phase.OS_UPGRADING, Phase.BLOCKED, Phase.CANDIDATE, Phase.NOT_APPLICABLE,
})  # fmt: skip


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
    top = [*_answer(page), "", *_facts(page), *_under_way(page), "", *wrap(_LEGEND, width)]
    blocks = [_finding(page, finding) for finding in sorted(one.findings, key=_rank)]
    return "\n".join([*top, *_fitting(blocks, MOST_LINES - len(top))])


def _rank(finding: Finding) -> int:
    if finding.passes:
        return 3
    return 0 if finding.status is Status.NOT_MET else 1 if finding.severity == "blocking" else 2


def _fitting(blocks: list[list[str]], room: int) -> Iterator[str]:
    """Yield whole findings while there is room, and say how many were left out."""
    left = len(blocks)
    for block in blocks:
        needed = len(block) + (left > 1)
        if needed > room:
            yield f"  {count(left, 'more finding')}: azlocal-upgrade explain -o json"
            return
        yield from block
        room, left = room - len(block), left - 1


# the first lines


def _answer(page: _Page) -> list[str]:
    one, reading = page.one, page.one.reading
    word = str(one.candidate.verdict) if reading.phase in _BY_VERDICT else str(reading.phase)
    sure = "" if reading.phase is Phase.UNKNOWN else f", {one.candidate.confidence} confidence"
    verdict = f"{one.cluster.name}: {word}{sure}: {reading.message}"
    return [*wrap(verdict, page.width, most=1), *wrap(next_action(one), page.width, first="do: ", most=2)]


def next_action(one: ClusterDecision) -> str:
    """Return what a person does next, or that nothing is to be done."""
    decision = one.decision
    if decision.remedy:
        return decision.remedy
    if isinstance(decision, STARTS):
        return f"nothing; the next tick is due to send {decision.kind}"
    if isinstance(decision, Done | Verify) or one.reading.phase.running:
        return f"nothing; {decision.message}"
    if decision.reason == "NoPlan":
        return _without_plan(one)
    return f"nothing now; {decision.message}"


def _without_plan(one: ClusterDecision) -> str:
    open_ones = sorted((finding for finding in one.findings if not finding.passes), key=_rank)
    told = next((finding.remedy for finding in open_ones if _rank(finding) == 0 and finding.remedy), "")
    return told or "name a fleet plan (--plan or AZLOCAL_PLAN): without one nothing is decided"


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
        f"OS {builds}" if builds else "OS build not known",
        cluster.model,
        f"solution {solution.version}" if solution and not isinstance(solution, Absence) and solution.version else "",
    ]
    return ", ".join(part for part in parts if part)


def _ring(page: _Page) -> str:
    ring = page.ring
    if ring is None:
        return "none" if page.look.plan_digest else "none (no plan)"
    facts = page.look.facts
    return f"{ring.name}, {ring.state} ({ring.reason}): {ring.message}; {approval(ring, facts)}"


def _rules(one: ClusterDecision) -> str:
    return one.findings[0].rule_version if one.findings else "not known"


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


# findings


def _finding(page: _Page, finding: Finding) -> list[str]:
    where = [f"       {clean(finding.resource_id)}"] if _elsewhere(page, finding) else []
    if finding.passes:
        told = f"{finding.status}: {finding.message} [{_proof(page, finding)}]"
        return [*wrap(told, page.width, first=f"  {finding.check:<4} ", most=2), *where]
    told = f"{finding.status} ({finding.severity}): {finding.message}"
    advice = [(word, text) for word, text in (("do", finding.remedy), ("ask", finding.question)) if text]
    return [
        *wrap(told, page.width, first=f"  {finding.check:<4} ", most=2),
        *wrap(f"[{_proof(page, finding)}]", page.width, first=" " * 7, most=1),
        *where,
        *(line for word, text in advice for line in wrap(text, page.width, first=f"       {word}: ", most=2)),
    ]


def _elsewhere(page: _Page, finding: Finding) -> bool:
    return bool(finding.resource_id) and key(finding.resource_id) != key(page.one.cluster.id)


def _proof(page: _Page, finding: Finding) -> str:
    """Return how sure a finding is, how old, and what shows it."""
    shown = clean(finding.path) or "no property shows it"
    value = f" = {cut(clean(finding.value), _EVIDENCE_WIDTH)}" if finding.value else ""
    return f"{finding.confidence}, {age(finding.observed_at, page.look.now)}, {shown}{value}"
