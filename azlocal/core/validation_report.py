"""What the validator found, test by test and machine by machine.

Its results come inside the exceptions of failing steps, as JSON, whole or cut off, with statuses in numbers or in
words; those that passed stand among them. Where a step says nothing of results there is nothing to report here: what
it says is the diagnosis's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from azlocal.core.data.validator import BLOCKING, INFO, TESTS, WARNING, ValidatorTest
from azlocal.core.dumps import read_dump
from azlocal.core.facts import ClusterFacts, DeploymentFacts, SettingsFacts, Step
from azlocal.core.findings import Finding, Status
from azlocal.core.results import FAILED, PASSED, UNKNOWN, CheckResult, folded, is_result, read_result
from azlocal.core.salvage import CUT, islands, unescaped
from azlocal.core.steps import is_failed

FAIL, WARN, TOLD, PASS, UNREAD = "fail", "warn", "info", "pass", "unread"
"""How a test came out on a machine: blocks, warns, is only told, passed, or was cut off before it said so."""

_SEVERITIES = {"critical": BLOCKING, "warning": WARNING, "informational": INFO}
_DEEPEST = 12
_STRANGER = "correct what the detail says, and validate again"
_UNREAD = "read the whole report on the first machine (C:\\maslogs\\lcmecelitelogs)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One result of one test on one machine. `test` is None for a result by a name that nobody documents."""

    test: ValidatorTest | None
    result: CheckResult
    outcome: str
    step: str
    mode: str
    """`validation` or `deployment`: in which status of the settings it stands."""
    at: datetime | None = None
    resource_id: str = ""

    @property
    def id(self) -> str:
        """Return the test's id; of a stranger the result's own name."""
        return self.test.id if self.test else self.result.name or "val-unknown"

    @property
    def blocks(self) -> bool:
        """Return whether it is why nothing can go on."""
        return self.outcome == FAIL

    @property
    def remedy(self) -> str:
        """Return what to do about it."""
        return self.test.remedy if self.test else _STRANGER

    @property
    def link(self) -> str:
        """Return where the remedy is documented: what the result itself says, else what is known of the test."""
        own = self.result.remediation
        return own if own.startswith("https://") else self.test.link if self.test else ""


def checks(cluster: ClusterFacts) -> tuple[Check, ...]:
    """Return every result of the last validation, or of the checks before an upgrade, each once."""
    machines = {one.name.lower(): one.id for one in cluster.machines or ()}
    found: dict[tuple[str, str, str], Check] = {}
    for one in _read(cluster, machines):
        found.setdefault((one.result.name, one.result.machine.lower(), one.result.detail), one)
    return tuple(found.values())


def validation_findings(cluster: ClusterFacts) -> tuple[Finding, ...]:
    """Return a finding for each test that did not pass on a machine, and for each that could not be read."""
    settings = cluster.settings if isinstance(cluster.settings, SettingsFacts) else None
    at = settings.observed_at if settings else cluster.observed_at
    return tuple(_finding(one, at) for one in checks(cluster) if one.outcome != PASS)


def _finding(check: Check, observed_at: datetime | None) -> Finding:
    result = check.result
    unread = check.outcome == UNREAD
    place = f"{check.mode}Status, step {check.step}"
    severity = {FAIL: BLOCKING, WARN: WARNING}.get(check.outcome, INFO)
    text = f"{result.line}; cut off before it told how it came out" if unread else result.line
    named = result.machine and result.machine.lower() not in text.lower()
    return Finding(
        check=check.id, status=Status.UNKNOWN if unread else Status.NOT_MET,
        severity=WARNING if unread else severity, message=f"{result.machine}: {text}" if named else text,
        value=result.name, resource_id=check.resource_id, path=place, observed_at=observed_at,
        confidence="low" if unread else "high", remedy=_UNREAD if unread else told_remedy(check),
        since=check.at,
    )  # fmt: skip


def told_remedy(check: Check) -> str:
    """Return the remedy with its page."""
    article = (
        f"remediation {check.test.remediation.replace('R', '')}, " if check.test and check.test.remediation else ""
    )
    return f"{check.remedy} ({article}{check.link})" if check.link else check.remedy


# reading


def _read(cluster: ClusterFacts, machines: Mapping[str, str]) -> Iterator[Check]:
    settings, deployment = cluster.settings, cluster.deployment
    if isinstance(settings, SettingsFacts):
        for mode, steps in (("validation", settings.validation_steps), ("deployment", settings.deployment_steps)):
            for step in _failing(steps):
                for text in step.exceptions:
                    yield from _checks(text, step.name, mode, step.ended_at, settings.id, machines)
    elif isinstance(deployment, DeploymentFacts):
        dump = read_dump(deployment.error_message)
        for told in dump.steps if dump else ():
            yield from _checks(told.exception, told.name, "validation", None, deployment.id, machines)


def _failing(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        if is_failed(step):
            yield step
        yield from _failing(step.steps)


def _checks(
    text: str, step: str, mode: str, at: datetime | None, source: str, machines: Mapping[str, str]
) -> Iterator[Check]:
    results = list(results_in(text))
    for result in results:
        test = known_test(result)
        yield Check(
            test=test, result=result, outcome=_outcome(result, test, alone=len(results) == 1), step=step, mode=mode,
            at=at, resource_id=machines.get(_short(result.machine), source),
        )  # fmt: skip


def _short(machine: str) -> str:
    return machine.lower().partition(".")[0]


def _outcome(result: CheckResult, test: ValidatorTest | None, *, alone: bool) -> str:
    """Return how a result came out. A single one that was cut off is the one for which the exception was raised."""
    if result.status == PASSED:
        return PASS
    if result.status == UNKNOWN and not alone:
        return UNREAD
    if result.status not in {FAILED, UNKNOWN}:
        return TOLD
    severity = _SEVERITIES.get(result.severity, "")
    if test is not None and (test.always or not severity):
        severity = test.severity
    return {WARNING: WARN, INFO: TOLD}.get(severity, FAIL)


def results_in(text: str) -> Iterator[CheckResult]:
    """Yield the results that an exception carries, in order, passed ones among them."""
    told = text.strip()
    _, _, body = told.partition(" raised an exception:")
    for island in islands(unescaped((body or told).strip())):
        yield from _within(island.value, 0)


def _within(value: Any, depth: int) -> Iterator[CheckResult]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if value.lstrip()[:1] in {"{", "["}:
            for island in islands(unescaped(value.strip())):
                yield from _within(island.value, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _within(one, depth + 1)
    elif isinstance(value, Mapping):
        low = folded(value)
        if is_result(low):
            yield read_result(value)
        else:
            for name, one in low.items():
                if name != CUT:
                    yield from _within(one, depth + 1)


def known_test(result: CheckResult) -> ValidatorTest | None:
    """Return the test that a result is of, by its name, else by its title; None for one that nobody documents."""
    return _by_name(result.name) or next((one for one in TESTS if one.title == result.title), None)


@cache
def _by_name(name: str) -> ValidatorTest | None:
    return next((one for one in TESTS if any(fnmatchcase(name, pattern) for pattern in one.results)), None)
