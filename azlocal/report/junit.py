"""The fleet as JUnit XML, for pipelines that show tests: one suite for each ring, one test case for each cluster.

A cluster fails where something failed, is blocked or stuck, or waits for a person; it is skipped where azlocal waits,
something runs, a person holds it back, or nothing certain is known; it passes where nothing is left to do. No text
carries a character that XML 1.0 does not take, or a line that readers choke on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from azlocal.core.decisions import Done, Hold
from azlocal.core.ids import key
from azlocal.core.readings import Phase
from azlocal.core.rings import RingState
from azlocal.core.rollout import ClusterDecision
from azlocal.core.times import format_time
from azlocal.report.advice import next_action, verdict
from azlocal.report.links import portal_link
from azlocal.report.state import names_apart, why
from azlocal.report.text import clean, cut
from azlocal.service.look import FleetLook

LONGEST = 2000
"""Characters of one line: some readers refuse attributes of 64 KB."""
MOST_FINDINGS = 30
PASSED, FAILED, SKIPPED = "passed", "failure", "skipped"
_UNREAD = "azlocal.fleet"
_BY_A_PERSON = frozenset({"Held", "Excluded"})
"""Holds that a person wants: nothing is wrong with the cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    name: str
    suite: str
    outcome: str
    kind: str = ""
    message: str = ""
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    name: str
    cases: Sequence[_Case]
    properties: Mapping[str, object] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.cases)


def junit(look: FleetLook, shown: Sequence[ClusterDecision] | None = None) -> Iterator[str]:
    """Yield the document piece by piece; *shown* narrows the clusters."""
    suites = list(_suites(look, look.clusters if shown is None else shown))
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    total = {name: sum(counts[name] for counts in map(_counts, suites)) for name in _counts(_Suite(name="", cases=()))}
    yield f"<testsuites{_attributes({'name': 'azlocal', **total, 'time': '0'})}>\n"
    for suite in suites:
        yield from _suite(suite, format_time(look.now).removesuffix("Z"))
    yield "</testsuites>\n"


def outcome_of(one: ClusterDecision) -> str:
    """Return how a cluster's test case ends: passed, failure or skipped."""
    phase, decision = one.reading.phase, one.decision
    if phase.failed or phase is Phase.BLOCKED or one.reading.stuck:
        return FAILED
    if phase is Phase.SOLUTION or isinstance(decision, Done):
        return PASSED
    if phase is Phase.UNKNOWN or phase.running or decision.reason in _BY_A_PERSON:
        return SKIPPED
    return FAILED if isinstance(decision, Hold) else SKIPPED


# the fleet as suites


def _suites(look: FleetLook, shown: Sequence[ClusterDecision]) -> Iterator[_Suite]:
    """Yield the suites: what could not be read, the rings in order, and the clusters without a ring."""
    if look.facts.gaps:
        yield _Suite(name="fleet", cases=[_gap(number, text) for number, text in enumerate(look.facts.gaps, 1)])
    names = names_apart(look.clusters)
    by_ring: dict[str, list[ClusterDecision]] = {ring.name: [] for ring in look.rings}
    for one in shown:
        by_ring.setdefault(one.ring, []).append(one)
    for ring, members in by_ring.items():
        state = look.ring(ring)
        if members or state is not None:
            cases = [_case(look, one, names[key(one.cluster.id)]) for one in members]
            yield _Suite(
                name=f"ring {ring}" if ring else "no ring", cases=cases, properties=_told(look, state, members)
            )


def _gap(number: int, text: str) -> _Case:
    return _Case(name=f"read whole {number}", suite=_UNREAD, outcome=FAILED, kind="Incomplete", message=text)


def _case(look: FleetLook, one: ClusterDecision, name: str) -> _Case:
    outcome = outcome_of(one)
    suite = f"azlocal.{one.ring or 'no-ring'}"
    kind = "Stuck" if one.reading.stuck else one.decision.reason
    if outcome == SKIPPED:
        return _Case(name=name, suite=suite, outcome=outcome, kind=kind, message=f"{kind}: {why(one)}")
    told = verdict(one, look.now)
    return _Case(name=name, suite=suite, outcome=outcome, kind=kind, message=told, lines=list(_evidence(look, one)))


def _evidence(look: FleetLook, one: ClusterDecision) -> Iterator[str]:
    yield f"do: {next_action(one)}"
    yield f"phase: {one.reading.phase} ({one.reading.reason}): {one.reading.message}"
    yield f"decision: {one.decision.kind} ({one.decision.reason}): {why(one)}"
    if one.reading.step:
        yield f"step: {one.reading.step}"
    open_ones = [finding for finding in one.findings if not finding.passes]
    for finding in open_ones[:MOST_FINDINGS]:
        yield f"{finding.check} {finding.status} ({finding.severity}): {finding.message}"
    if len(open_ones) > MOST_FINDINGS:
        yield f"and {len(open_ones) - MOST_FINDINGS} more findings"
    yield f"id: {one.cluster.id}"
    link = portal_link(look.cloud, one.cluster.id)
    if link:
        yield f"portal: {link}"


def _told(look: FleetLook, ring: RingState | None, members: Iterable[ClusterDecision]) -> dict[str, object]:
    """Return the properties of a suite: the moment, the plan, the ring, and how many clusters are where."""
    told: dict[str, object] = {"now": format_time(look.now), "cloud": look.cloud, "plan": look.plan_digest}
    if ring is not None:
        told |= {
            "ring.state": ring.state, "ring.reason": ring.reason, "ring.expected": ring.expected,
            "ring.done": ring.done, "ring.inFlight": ring.in_flight, "ring.failed": ring.failed,
            "ring.approved": str(ring.approved).lower(),
        }  # fmt: skip
    found = list(members)
    told |= {
        f"phase.{phase}": number for phase, number in sorted(Counter(str(one.reading.phase) for one in found).items())
    }
    return told | {
        f"decision.{kind}": number for kind, number in sorted(Counter(one.decision.kind for one in found).items())
    }


# XML


def _counts(suite: _Suite) -> dict[str, int]:
    return {
        "tests": len(suite.cases), "failures": suite.count(FAILED), "errors": 0, "skipped": suite.count(SKIPPED),
    }  # fmt: skip


def _suite(suite: _Suite, moment: str) -> Iterator[str]:
    yield f"  <testsuite{_attributes({'name': suite.name, **_counts(suite), 'time': '0', 'timestamp': moment})}>\n"
    if suite.properties:
        yield "    <properties>\n"
        for name, value in suite.properties.items():
            yield f"      <property{_attributes({'name': name, 'value': value})}/>\n"
        yield "    </properties>\n"
    for case in suite.cases:
        yield from _element(case)
    yield "  </testsuite>\n"


def _element(case: _Case) -> Iterator[str]:
    head = f"    <testcase{_attributes({'classname': case.suite, 'name': case.name, 'time': '0'})}"
    body = escape("\n".join(_line(line) for line in case.lines))
    if case.outcome == SKIPPED:
        yield f"{head}>\n      <skipped{_attributes({'message': case.message})}/>\n    </testcase>\n"
    elif case.outcome == FAILED:
        told = _attributes({"type": case.kind, "message": case.message})
        yield f"{head}>\n      <failure{told}>{body}</failure>\n    </testcase>\n"
    else:
        yield f"{head}>\n      <system-out>{body}</system-out>\n    </testcase>\n"


def _attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(_line(str(value)))}" for name, value in values.items())


def _line(text: str) -> str:
    """Return a text on one line, not too long, of characters that XML takes: `clean` leaves no others."""
    return cut(clean(text), LONGEST)
