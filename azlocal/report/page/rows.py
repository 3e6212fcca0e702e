"""One cluster as a row of numbers: what the table and the cluster's sheet show of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from azlocal.core.diagnosis import Match, next_step
from azlocal.core.facts import SettingsFacts, Step
from azlocal.core.failed_steps import diagnosis_of
from azlocal.core.findings import Finding
from azlocal.core.ids import key
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.rules import BY_ID
from azlocal.report.advice import links_in, next_action, rank, verdict, without_links
from azlocal.report.page.lookup import Lookup, Voice, plain
from azlocal.report.page.words import ORDER, shows_of
from azlocal.report.state import attempt, os_builds, since, why
from azlocal.report.support import limbo_days, os_support, update_line
from azlocal.service.look import FleetLook

Row = list[object]
Told = Callable[["Teller", ClusterDecision, Voice], object]
MOST_FINDINGS, MOST_STEPS = 80, 60


class Teller:
    """Turns the clusters of one look into rows, and gathers what they have in common."""

    def __init__(self, look: FleetLook, addresses: dict[str, str]) -> None:
        self.look, self.addresses = look, addresses
        self.lookup = Lookup()
        self.findings: list[list[int]] = []
        self.known: dict[tuple[object, ...], int] = {}

    def row(self, one: ClusterDecision) -> Row:
        """Return the row of a cluster, its values in the order of COLUMNS."""
        say = Voice(self.lookup, one.cluster.id, one.cluster.name)
        return [told(self, one, say) for _, told in COLUMNS]


def seconds(at: datetime | None) -> int:
    """Return a moment in seconds since 1970, 0 when it is not known."""
    return int(at.timestamp()) if at else 0


# the parts of a row


def _inputs(one: ClusterDecision) -> str:
    if one.inputs is None:
        return ""
    return "; ".join(one.inputs.problems) or f"{one.inputs.source}, digest {one.inputs.request_digest[:12]}"


def _findings(teller: Teller, one: ClusterDecision, say: Voice) -> list[int]:
    found = sorted(one.findings, key=rank)[:MOST_FINDINGS]
    return [_finding(teller, one, finding, say) for finding in found]


def _finding(teller: Teller, one: ClusterDecision, finding: Finding, say: Voice) -> int:
    """Return the number of a finding; those of clusters that differ in nothing but id and name are one."""
    at, cluster, words = finding.resource_id, one.cluster.id, say.words
    told = (
        finding.check, finding.status.value, finding.severity, words(finding.message), finding.path,
        words(finding.value), "" if at == cluster or at.lower() == cluster.lower() else words(at), finding.confidence,
        finding.rules, words(finding.remedy), words(finding.question), words(finding.accepted), _age(one, finding),
    )  # fmt: skip
    number = teller.known.setdefault(told, len(teller.findings))
    if number == len(teller.findings):
        teller.findings.append(_as_numbers(teller.lookup, told))
    return number


def _as_numbers(lookup: Lookup, told: tuple[str | int, ...]) -> list[int]:
    """Return a finding's values in the order of FINDING."""
    *texts, after = told
    values = dict(zip(_TOLD, map(str, texts)))
    rule, links = BY_ID.get(values["check"]), links_in(values["remedy"])
    values |= {
        "title": rule.title if rule else "",
        "remedy": without_links(values["remedy"]),
        "link": links[0] if links else "",
    }
    return [int(after) if name == "after" else lookup.text(values[name]) for name in FINDING]


def _age(one: ClusterDecision, finding: Finding) -> int:
    """Return how many seconds after its cluster a finding was read, -1 when that is not known."""
    at, cluster = finding.observed_at, one.cluster.observed_at
    if at is None or cluster is None:
        return -1
    return 0 if at is cluster or at <= cluster else int((at - cluster).total_seconds())


def _steps(one: ClusterDecision, say: Voice) -> list[list[int]]:
    """Return the steps of what runs or failed: depth, name, status, start, end."""
    settings, phase = one.cluster.settings, one.reading.phase
    if not isinstance(settings, SettingsFacts) or not (phase.running or phase.failed):
        return []
    upgrade = phase in {Phase.APPLYING, Phase.APPLY_FAILED, Phase.VERIFYING}
    steps = settings.deployment_steps if upgrade else settings.validation_steps
    told = [
        [depth, say(step.name), say(step.status), seconds(step.started_at), seconds(step.ended_at)]
        for depth, step in _walk(steps)
    ]
    return told[:MOST_STEPS]


def _walk(steps: Sequence[Step], depth: int = 0) -> Iterator[tuple[int, Step]]:
    """Yield the steps; into those that went well, nobody looks."""
    for step in steps:
        yield depth, step
        if step.status.lower() not in {"success", "skipped", ""}:
            yield from _walk(step.steps, depth + 1)


def _issues(one: ClusterDecision, say: Voice) -> list[list[int]]:
    if not one.reading.phase.failed:
        return []
    return [_issue(match, say) for match in diagnosis_of(one.cluster, one.reading).matches]


def _issue(match: Match, say: Voice) -> list[int]:
    issue, shown = match.issue, match.evidence
    return [
        say(issue.id), say(match.certainty), say(issue.title), say(issue.summary), say(issue.remedy), say(issue.url),
        say(shown.line), say(" > ".join(shown.steps)),
    ]  # fmt: skip


def _retry(one: ClusterDecision) -> str:
    if not one.reading.phase.failed:
        return ""
    diagnosis = diagnosis_of(one.cluster, one.reading)
    return f"{diagnosis.retry}: {next_step(diagnosis.retry)}" if diagnosis.evidence else ""


COLUMNS: Sequence[tuple[str, Told]] = (
    ("name", lambda teller, one, say: teller.lookup.text(plain(one.cluster.name))),
    ("id", lambda teller, one, say: say.own(one.cluster.id)),
    ("address", lambda teller, one, say: say(teller.addresses[key(one.cluster.id)])),
    ("phase", lambda teller, one, say: ORDER[one.reading.phase]),
    ("stuck", lambda teller, one, say: int(one.reading.stuck)),
    ("shows", lambda teller, one, say: shows_of(one)),
    ("ring", lambda teller, one, say: say(one.ring)),
    ("region", lambda teller, one, say: say(one.cluster.location)),
    ("nodes", lambda teller, one, say: len(one.cluster.nodes)),
    ("os", lambda teller, one, say: say(os_builds(one.cluster))),
    ("support", lambda teller, one, say: say(os_support(one))),
    ("sync", lambda teller, one, say: seconds(one.cluster.last_sync_at)),
    ("next", lambda teller, one, say: say(without_links(next_action(one)))),
    ("headline", lambda teller, one, say: say(verdict(one, teller.look.now))),
    ("reason", lambda teller, one, say: say(one.reading.reason)),
    ("message", lambda teller, one, say: say(one.reading.message)),
    ("verdict", lambda teller, one, say: say(one.candidate.verdict)),
    ("confidence", lambda teller, one, say: say(one.candidate.confidence)),
    ("decision", lambda teller, one, say: say(one.decision.kind)),
    ("because", lambda teller, one, say: say(one.decision.reason)),
    ("why", lambda teller, one, say: say(why(one))),
    ("step", lambda teller, one, say: say(one.reading.step)),
    ("since", lambda teller, one, say: seconds(since(one)) if one.reading.phase.running else 0),
    ("attempt", lambda teller, one, say: (attempt(one) or 0) if one.reading.ours else 0),
    ("ours", lambda teller, one, say: int(one.reading.ours)),
    ("model", lambda teller, one, say: say(one.cluster.model)),
    ("solution", lambda teller, one, say: say(one.cluster.solution_version)),
    ("updates", lambda teller, one, say: say(update_line(one))),
    ("limbo", lambda teller, one, say: limbo_days(one) or 0),
    ("inputs", lambda teller, one, say: say(_inputs(one))),
    ("correlation", lambda teller, one, say: say(one.cluster.correlation_id)),
    ("rules", lambda teller, one, say: say(one.candidate.rules)),
    ("observed", lambda teller, one, say: seconds(one.cluster.observed_at)),
    ("error", lambda teller, one, say: say(one.cluster.error)),
    ("findings", _findings),
    ("steps", lambda teller, one, say: _steps(one, say)),
    ("issues", lambda teller, one, say: _issues(one, say)),
    ("retry", lambda teller, one, say: say(_retry(one))),
)
"""What a row holds, in order. Numbers stand for texts, but for moments (seconds since 1970), counts and marks."""
_TOLD = (
    "check", "status", "severity", "message", "path", "value", "resource", "confidence", "rules", "remedy", "question",
    "accepted",
)  # fmt: skip
FINDING = (*_TOLD, "title", "link", "after")
STEP = ("depth", "name", "status", "began", "ended")
ISSUE = ("id", "certainty", "title", "summary", "remedy", "url", "line", "place")
