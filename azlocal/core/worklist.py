"""The worklist: what people have to do so that a fleet can go on, grouped by what is to be done.

It is made of the blocking findings of every cluster, the statements that nobody made, what failed, what is wrong
with inputs, and what the rollout waits for. What a readiness validation settles by itself is nobody's work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from azlocal.core.data.validator import AZURE, BLOCKING, NETWORK, NODE_ADMIN, OEM, TESTS
from azlocal.core.decisions import Hold
from azlocal.core.facts import ClusterFacts, SettingsFacts
from azlocal.core.failed_steps import CHECK as FAILED_STEP
from azlocal.core.findings import Finding, Status
from azlocal.core.ids import key, name_of
from azlocal.core.known_issues import CONTACT_SUPPORT, known_issues
from azlocal.core.readings import Phase
from azlocal.core.rollout import ClusterDecision
from azlocal.core.steps import running_step
from azlocal.core.tags import value_of
from azlocal.core.times import parse_time

APPROVER, PLAN_OWNER, OPERATOR = "approver", "plan owner", "operator"
ACTORS = (NODE_ADMIN, NETWORK, OEM, AZURE, PLAN_OWNER, APPROVER, OPERATOR)
"""Who acts: on the machines, in the network, the hardware vendor, in Azure, in plan and inputs, by consent, in azlocal."""

_BY_CHECK = {
    "B1": PLAN_OWNER, "B2": AZURE, "B10": NODE_ADMIN, "attest-oem-supported": OEM, "support-oem": OEM,
    "support-locks": AZURE, "support-policy": AZURE, "support-region": AZURE, "stuck": NODE_ADMIN,
    **{one.id: one.who for one in TESTS},
}  # fmt: skip
_BY_REASON = {
    "ApprovalNeeded": APPROVER, "Paused": APPROVER, "FailureBudgetSpent": APPROVER, "Held": APPROVER,
    "Excluded": PLAN_OWNER, "TagUnreadable": PLAN_OWNER, "InputsMissing": PLAN_OWNER, "ResumeInputsDiffer": PLAN_OWNER,
    "NotApplicable": PLAN_OWNER, "NoRing": PLAN_OWNER, "NoWindow": PLAN_OWNER, "NoControl": PLAN_OWNER,
    "NoLease": PLAN_OWNER, "ScopeShrunk": PLAN_OWNER, "WindowTooShort": PLAN_OWNER,
}  # fmt: skip
_TOLD_BY_FINDINGS = frozenset({
    "Blocked", "OsUpgradeRequired", "OsUpgradeRunning", "EvidenceMissing", "NoLongerReady", "AttestationMissing",
    "AttestedNo", "Stuck", "InputsInvalid",
})  # fmt: skip
BY_HAND = {
    "Paused": "lift the pause with: azlocal-upgrade resume (or take paused: true out of the plan)",
    "NoRing": "select it in a ring of the plan, or leave it out by scope.exclude",
    "NoControl": "name the control group in the plan, and let azlocal's identity read it",
    "NoLease": "name lease and control in the plan",
}
"""What helps where a decision names no remedy, by its reason."""
_PLACE = re.compile(r"^\S+?:\d+: ")
_LINKS = re.compile(r"\s*\((?:[^()]*, )?(https://[^()\s]*)\)")
_CODE = re.compile(r"\s*\[([A-Z0-9_]+)\]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One thing to do, for one cluster or many.

    `days` is for how long it has kept the longest of them, at least; None when Azure shows no moment. `details` say
    what is seen, each once.
    """

    remedy: str
    who: str
    clusters: tuple[str, ...]
    machines: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    days: int | None = None

    @property
    def count(self) -> int:
        """Return for how many clusters it is to be done."""
        return len(self.clusters)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """Something to do for one cluster."""

    remedy: str
    who: str
    check: str
    detail: str
    machine: str = ""
    since: datetime | None = None


@dataclass(slots=True)
class _Group:
    clusters: list[ClusterFacts] = field(default_factory=list)
    items: list[_Item] = field(default_factory=list)


def worklist(
    decided: Iterable[ClusterDecision], now: datetime, rules: Mapping[str, str], *, warnings: bool = False
) -> tuple[Fix, ...]:
    """Return what is to be done, the widest first. *rules* say what each code of the inputs' rules means.

    With *warnings*, what blocks nothing is in it, too.
    """
    groups: dict[tuple[str, str], _Group] = {}
    for one in sorted(decided, key=lambda one: (one.cluster.name.lower(), key(one.cluster.id))):
        for item in _items(one, rules, warnings=warnings):
            group = groups.setdefault((for_any(_LINKS.sub("", item.remedy), one.cluster), item.who), _Group())
            group.items.append(item)
            if one.cluster not in group.clusters[-1:]:
                group.clusters.append(one.cluster)
    fixes = [_fix(remedy, who, group, now) for (remedy, who), group in groups.items()]
    return tuple(sorted(fixes, key=lambda fix: (-fix.count, -(fix.days or 0), ACTORS.index(fix.who), fix.remedy)))


def _fix(remedy: str, who: str, group: _Group, now: datetime) -> Fix:
    clusters, items = group.clusters, group.items
    alone = len(clusters) == 1 and len({item.remedy for item in items}) == 1
    known = [(now - item.since).days for item in items if item.since is not None]
    return Fix(
        remedy=_LINKS.sub("", items[0].remedy) if alone else remedy, who=who,
        clusters=_sorted(one.name for one in clusters), machines=_sorted(item.machine for item in items),
        sites=_sorted(value_of(one.tags, "site") or "" for one in clusters),
        owners=_sorted(value_of(one.tags, "owner") or "" for one in clusters),
        checks=_sorted(item.check for item in items),
        details=tuple(dict.fromkeys(item.detail for item in items if item.detail)),
        links=tuple(dict.fromkeys(link for item in items for link in _LINKS.findall(item.remedy))),
        days=max(0, *known) if known else None,
    )  # fmt: skip


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - {""}))


def for_any(remedy: str, cluster: ClusterFacts) -> str:
    """Return a remedy in a form that is the same for every cluster and machine it is meant for."""
    machines = [*(one.name for one in cluster.machines or ()), *(one.name for one in cluster.nodes)]
    for name in dict.fromkeys(machines):
        remedy = _replaced(remedy, name, "MACHINE")
    return _replaced(remedy, cluster.name, "CLUSTER")


def _replaced(text: str, name: str, word: str) -> str:
    if not name or name.lower() not in text.lower():
        return text
    return re.sub(rf"(?<![\w/.-]){re.escape(name)}(?![\w-])", word, text, flags=re.IGNORECASE)


# what is to be done for one cluster


def _items(one: ClusterDecision, rules: Mapping[str, str], *, warnings: bool) -> Iterator[_Item]:
    if one.reading.phase is Phase.SOLUTION or one.reading.phase is Phase.NOT_APPLICABLE:
        yield from _decision(one)
        return
    seen: set[str] = set()
    for item in (*_findings(one, warnings=warnings), *_inputs(one, rules), *_decision(one)):
        if item.remedy not in seen or item.machine or item.check == FAILED_STEP:
            seen.add(item.remedy)
            yield item


def _findings(one: ClusterDecision, *, warnings: bool) -> Iterator[_Item]:
    old_os = any(finding.check == "B4" and not finding.passes for finding in one.findings)
    for finding in one.findings:
        # B9 only says that something failed, which is told by itself; patches come with the OS upgrade.
        if finding.check == "B9" or (finding.check == "B5" and old_os):
            continue
        if finding.passes or finding.settled_by == "validation" or not finding.remedy:
            continue
        if finding.severity == BLOCKING or (warnings and finding.severity == "warning"):
            yield _item(one.cluster, finding)


def _item(cluster: ClusterFacts, finding: Finding) -> _Item:
    asked = finding.status is Status.UNKNOWN and finding.question
    machine = name_of(finding.resource_id) if "/machines/" in finding.resource_id.lower() else ""
    return _Item(
        remedy=f"{finding.remedy}: {finding.question}" if asked else finding.remedy, who=who_acts(finding),
        check=finding.check, detail=finding.message, machine=machine, since=known_since(cluster, finding),
    )  # fmt: skip


def who_acts(finding: Finding) -> str:
    """Return who puts a finding right."""
    if finding.check == FAILED_STEP:
        issue = next((one for one in known_issues() if one.id == finding.value), None)
        if issue is not None and issue.retry == CONTACT_SUPPORT:
            return AZURE
        return _BY_CHECK.get(finding.value, NODE_ADMIN)
    return _BY_CHECK.get(finding.check, NODE_ADMIN)


def known_since(cluster: ClusterFacts, finding: Finding) -> datetime | None:
    """Return since when a finding surely holds, by the moments that Azure shows; None when it shows none."""
    if finding.since is not None:
        return finding.since
    if finding.check == "limbo":
        return parse_time(finding.value)
    if finding.check in {"B6", "census-stale"}:
        return cluster.last_sync_at
    settings = cluster.settings
    if finding.check != "stuck" or not isinstance(settings, SettingsFacts):
        return None
    step = running_step((*settings.validation_steps, *settings.deployment_steps))
    return step.started_at if step else None


def _inputs(one: ClusterDecision, rules: Mapping[str, str]) -> Iterator[_Item]:
    if not one.ring:
        return
    if one.inputs is None:
        yield _Item(
            remedy=f"add {one.cluster.name}.yaml to the folder of inputs", who=PLAN_OWNER, check="inputs",
            detail="no upgrade inputs for this cluster",
        )  # fmt: skip
        return
    for problem in one.inputs.problems:
        found = _CODE.search(problem)
        bare = _PLACE.sub("", _CODE.sub("", problem))
        code = found[1] if found else ""
        remedy = f"correct the inputs ({code}): {rules[code]}" if code in rules else f"correct the inputs: {bare}"
        yield _Item(remedy=remedy, who=PLAN_OWNER, check=code or "inputs", detail=problem)


def _decision(one: ClusterDecision) -> Iterator[_Item]:
    """Yield what the decision waits for, where neither findings nor inputs say it already."""
    decision = one.decision
    waits = isinstance(decision, Hold) or decision.reason in _BY_REASON
    retry = one.reading.phase.failed and any(not finding.passes for finding in one.findings)
    if (
        not waits
        or decision.reason in _TOLD_BY_FINDINGS | {"InputsMissing"}
        or (retry and decision.reason not in _BY_REASON)
    ):
        return
    remedy = decision.remedy or BY_HAND.get(decision.reason, "")
    if remedy:
        who = _BY_REASON.get(decision.reason, OPERATOR)
        yield _Item(remedy=remedy, who=who, check=decision.reason, detail=decision.message)


def total(fixes: Sequence[Fix]) -> int:
    """Return how many clusters something is to be done for."""
    return len({name for fix in fixes for name in fix.clusters})
