"""One cluster in two lines: what is, and what a person does next."""

from __future__ import annotations

import re
from datetime import datetime

from azlocal.core.decisions import STARTS, Decision, Done, Hold, Verify, Wait
from azlocal.core.diagnosis import remedy_after
from azlocal.core.facts import SettingsFacts
from azlocal.core.failed_steps import diagnosis_of, failure_findings
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import name_of
from azlocal.core.readings import Phase
from azlocal.core.reported import FAILED_WORDS, verdict_word
from azlocal.core.rollout import ClusterDecision
from azlocal.core.rules import BY_ID
from azlocal.core.tags import read_pairs
from azlocal.core.worklist import BY_HAND
from azlocal.report.state import since, why
from azlocal.report.text import count, span

BY_VERDICT = frozenset({
    Phase.OS_22H2, Phase.OS_UPGRADING, Phase.BLOCKED, Phase.CANDIDATE, Phase.NOT_APPLICABLE,
})  # fmt: skip
"""Phases in which the verdict of the preconditions tells more than the phase."""

_PAGE = re.compile(r"\s*\((?:[^()]*, )?(https://[^()\s]*)\)")
_SENT = {
    "StartValidation": "a readiness validation", "StartUpgrade": "the upgrade", "Resume": "the same upgrade again",
    "UpdateExtension": "an update of the LCM extension",
}  # fmt: skip
_AS_USUAL = frozenset({"Candidate", "Validated", "ExtensionOutdated"})
_WHEN_UNKNOWN = {
    "Conflicting": "find out in the portal which of the two is true; nothing starts while they disagree",
    "ForeignSettings": "nothing by azlocal: let who made these settings finish or delete them",
    "SettingsDeleting": "nothing now; azlocal goes on once the settings are gone",
    "NothingReported": "look at deploymentSettings/default in the portal, and at LcmController on the first machine",
    "ModeUnknown": "look at deploymentSettings/default in the portal; azlocal knows no such mode",
    "Unreadable": "let azlocal's identity read it (Reader and Azure Stack HCI Administrator), then look again",
}
"""What helps where a cluster's state cannot be told, by the reading's reason."""
_PATIENCE = {
    Phase.STARTING: "the next tick looks again",
    Phase.VALIDATING: "a validation takes about 10 minutes",
    Phase.APPLYING: "an upgrade takes 2.5 to 3 hours, a single step up to an hour",
}
_LEFT = ("verify-", "handover", "task-")
"""What is looked at after an upgrade, in order: whether all is there, its updates, what else is left to do."""


def by_name(text: str, cluster_id: str) -> str:
    """Return a text in which the cluster's own id is its name."""
    if cluster_id.lower() not in text.lower():
        return text
    return re.sub(re.escape(cluster_id), lambda _: name_of(cluster_id), text, flags=re.IGNORECASE)


def verdict(one: ClusterDecision, now: datetime) -> str:
    """Return what is with a cluster, in one sentence that begins with its name."""
    return _in_short(by_name(_verdict(one, now), one.cluster.id), one.cluster.id)


def _in_short(text: str, cluster_id: str) -> str:
    """Return a sentence without the long ids of the group and the subscription that a cluster is in."""
    group = cluster_id.lower().partition("/providers/")[0]
    for scope, told in ((group, "its resource group"), (group.partition("/resourcegroups/")[0], "its subscription")):
        if scope in text.lower():
            text = re.sub(rf"{re.escape(scope)}(?![\w./-])", told, text, flags=re.IGNORECASE)
    return text


def _verdict(one: ClusterDecision, now: datetime) -> str:
    phase, name = one.reading.phase, one.cluster.name
    if phase.failed:
        return f"{name}: {phase}{_failure(one)}"
    if phase in {Phase.VALIDATING, Phase.APPLYING}:
        return f"{name}: {phase}{' STUCK' if one.reading.stuck else ''}: {_running(one, now)}"
    word = str(one.candidate.verdict) if phase in BY_VERDICT else str(phase)
    sure = f", {one.candidate.confidence} confidence" if phase in BY_VERDICT else ""
    barred = _barred(one)
    return f"{name}: {word}{sure}, but {barred}" if barred else f"{name}: {word}{sure}: {_message(one)}"


def _message(one: ClusterDecision) -> str:
    """Return the reading's sentence: of a statement with what was stated, of a build with who reports another."""
    finding, message = one.candidate.decides, one.reading.message
    lag = _unmet(one, "builds-differ")
    if lag is not None and one.reading.phase in {Phase.OS_22H2, Phase.OS_UPGRADING}:
        return f"{message}, but {lag.message}"
    if finding is None or finding.message != message or not message.startswith("attested "):
        return message
    rule = BY_ID.get(finding.check)
    return f"{rule.title}: {message}" if rule else message


def _barred(one: ClusterDecision) -> str:
    """Return what keeps a cluster that is ready for its next step from taking it."""
    ready = one.reading.phase in {Phase.CANDIDATE, Phase.VALIDATED}
    if not ready or not isinstance(one.decision, Hold | Wait) or one.decision.reason == "NoPlan":
        return ""
    if one.decision.reason == "InputsInvalid" and one.inputs is not None:
        return f"its inputs have {count(len(one.inputs.problems), 'mistake')}"
    paused = _why_paused(one.decision) if one.decision.reason == "Paused" else ""
    return f"the fleet is paused{paused}" if paused else why(one)


def _running(one: ClusterDecision, now: datetime) -> str:
    """Return which step runs and for how long; that it has failed already, where it only reports on."""
    step = one.reading.step
    if _failed_but_reports(one):
        return f"it has failed, and the cluster still reports{_failure(one)}"
    if one.reading.reason == "Finishing":
        return one.reading.message
    began = since(one) if step else None
    return f"{step}{f', for {span(now - began)}' if began else ''}" if step else one.reading.message


def _failed_but_reports(one: ClusterDecision) -> bool:
    """Tell whether the cluster's own word is that what runs has failed, while Azure's operation goes on."""
    settings = one.cluster.settings
    told = isinstance(settings, SettingsFacts) and verdict_word(settings).lower() in FAILED_WORDS
    return told and one.reading.phase in {Phase.VALIDATING, Phase.APPLYING} and not one.reading.step


def _failure(one: ClusterDecision) -> str:
    """Return what failed: by the name under which it is known, else in Azure's words."""
    found, diagnosis = _failures(one), diagnosis_of(one.cluster, one.reading)
    more = f" (and {count(len(found) - 1, 'more finding')})" if len(found) > 1 else ""
    where = f" at {one.reading.step}" if one.reading.phase is Phase.APPLY_FAILED and one.reading.step else ""
    if one.reading.reason == "NoEffect" or not diagnosis.evidence:
        return f": {one.reading.message}"
    if diagnosis.certain:
        return f"{where}: {diagnosis.certain[0].title}{more}"
    return f": {found[0].message}{more}" if found else f": {one.reading.message}"


def _failures(one: ClusterDecision) -> list[Finding]:
    """Return what failed, what blocks before the rest."""
    found = [finding for finding in failure_findings(one.cluster, one.reading) if finding.status is Status.NOT_MET]
    blocking = [finding for finding in found if finding.severity == "blocking"]
    return blocking or found


def without_links(text: str) -> str:
    """Return advice without the pages it names in brackets: they stand with the evidence."""
    return _PAGE.sub("", text)


def links_in(text: str) -> list[str]:
    """Return the pages that advice names in brackets, each once."""
    return list(dict.fromkeys(_PAGE.findall(text)))


def next_action(one: ClusterDecision) -> str:
    """Return what a person does next, or that nothing is to be done."""
    decision, special = one.decision, _special(one)
    if special:
        return special
    remedy = decision.remedy or ("" if one.reading.phase is Phase.SOLUTION else BY_HAND.get(decision.reason, ""))
    if remedy:
        return remedy.removeprefix("run: ")
    if isinstance(decision, STARTS):
        because = "" if decision.reason in _AS_USUAL else f" ({decision.message})"
        return f"nothing; the next tick is due to send {_SENT[decision.kind]}{because}"
    if isinstance(decision, Done | Verify):
        return _afterwards(one, decision)
    if one.reading.phase.running:
        return f"nothing; {_patience(one)}"
    if decision.reason == "NoPlan":
        return _without_plan(one)
    return f"nothing now; {_until(decision) if _barred(one) else decision.message}"


def _until(decision: Decision) -> str:
    """Return what ends a wait whose reason the verdict has told already."""
    rule = BY_ID.get(decision.reason)
    ends = dict(rule.details).get("Ends when", "") if rule else ""
    return f"azlocal goes on by itself {f'when {ends}' if ends else 'at the next tick'}"


def _patience(one: ClusterDecision) -> str:
    """Return how long what runs takes, or what it still waits for when its work has ended."""
    if one.reading.reason == "Finishing" or _failed_but_reports(one):
        return "azlocal goes on once Azure has ended the operation"
    return _PATIENCE.get(one.reading.phase, one.decision.message)


def _afterwards(one: ClusterDecision, decision: Decision) -> str:
    """Return what remains to be done for a cluster that is upgraded, the most pressing first."""
    left = [finding for finding in one.findings if finding.status is Status.NOT_MET and finding.remedy]
    for what in _LEFT:
        found = sorted((one for one in left if one.check.startswith(what) and one.severity != "info"), key=rank)
        if found:
            return f"nothing to upgrade; {found[0].remedy}" if isinstance(decision, Done) else found[0].remedy
    return f"nothing; {decision.message}"


def _special(one: ClusterDecision) -> str:
    """Return what a remedy that is made for a whole fleet does not say of this cluster."""
    decision, name = one.decision, one.cluster.name
    if one.reading.code and decision.reason == one.reading.code:
        return remedy_after(diagnosis_of(one.cluster, one.reading), name, one.reading.mode)
    if one.reading.phase.failed and decision.remedy.startswith("fix the cause"):
        return _fix(one, decision)
    if one.reading.phase in {Phase.OS_22H2, Phase.OS_UPGRADING}:
        return _for_the_os(one, decision)
    if decision.reason == "InputsInvalid" and one.inputs is not None:
        more = len(one.inputs.problems) - 1
        return f"correct {one.inputs.problems[0]}" + (f" (and {count(more, 'more mistake')})" if more else "")
    if decision.reason == "AttestationMissing":
        keys = [finding.check.removeprefix("attest-") for finding in _unstated(one)]
        return f"ask the owner, then run: azlocal-upgrade attest {name} {keys[0] if keys else 'KEY'}" + _others(
            keys[1:]
        )
    return _WHEN_UNKNOWN.get(one.reading.reason, "") if one.reading.phase is Phase.UNKNOWN else ""


def _for_the_os(one: ClusterDecision, decision: Decision) -> str:
    """Return what is next for the OS: a census that may be behind, what must be gone before, or the upgrade itself."""
    if decision.reason != one.reading.reason:
        return ""
    lag, workload = _unmet(one, "builds-differ"), _unmet(one, "B11")
    if lag is not None:
        return lag.remedy
    upgrade = one.candidate.decides.remedy if one.candidate.decides else decision.remedy
    first = f"first {workload.remedy}; then " if workload else ""
    return f"{first}{upgrade}; azlocal goes on by itself"


def _unmet(one: ClusterDecision, check: str) -> Finding | None:
    return next((each for each in one.findings if each.check == check and each.status is Status.NOT_MET), None)


def _fix(one: ClusterDecision, decision: Decision) -> str:
    remedies = list(dict.fromkeys(without_links(finding.remedy) for finding in _failures(one) if finding.remedy))
    if not remedies:
        return decision.remedy
    more = f" (and {count(len(remedies) - 1, 'more fix', 'more fixes')} below)" if len(remedies) > 1 else ""
    return remedies[0] + more + decision.remedy.removeprefix("fix the cause").replace(", then", "; then", 1)


def _unstated(one: ClusterDecision) -> list[Finding]:
    return [finding for finding in one.findings if finding.check.startswith("attest-") and not finding.passes]


def _others(keys: list[str]) -> str:
    return f" (and {', '.join(keys)})" if keys else ""


def _why_paused(decision: Decision) -> str:
    told = decision.message.removeprefix("paused: ")
    pairs = read_pairs(told)
    reason = pairs.get("reason", "") if pairs else told
    by = f", by {pairs['by']}" if pairs.get("by") else ""
    return f" ({reason}{by})" if reason and told != decision.message else ""


def rank(finding: Finding) -> int:
    """Return the order in which findings are told: what blocks, what warns, what is told, what passes."""
    if finding.passes:
        return 6
    weight = {"blocking": 0, "warning": 2}.get(finding.severity, 4)
    return weight + (finding.status is not Status.NOT_MET)


def _without_plan(one: ClusterDecision) -> str:
    open_ones = sorted((finding for finding in one.findings if not finding.passes), key=rank)
    told = next((finding.remedy for finding in open_ones if rank(finding) == 0 and finding.remedy), "")
    return told or "name a fleet plan (--plan or AZLOCAL_PLAN): without one nothing is decided"
