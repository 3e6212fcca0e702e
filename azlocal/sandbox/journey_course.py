"""From an attempt to its course: what is reported from when on, and how the request ends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from azlocal.sandbox import journey_steps as catalogue
from azlocal.sandbox import journey_texts as texts
from azlocal.sandbox.journey import Outcome
from azlocal.sandbox.journey_plan import SKIPPED, SUCCESS, Failure, Planned, Planner, end_of, failed, share, walk
from azlocal.sandbox.journey_report import Report, status
from azlocal.sandbox.journey_steps import Stage

DEVICE_TIMEOUT = timedelta(seconds=600)
_ENDING = {"Validate": "failure", "Deploy": "failure", "refused": "refused"}
"""By what end of an attempt its validation, its upgrade and the checker before it fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One accepted request and what decides its course."""

    mode: str
    number: int
    cluster_id: str
    accepted: datetime
    seed: int
    outcome: Outcome
    found: tuple[Failure, ...] = ()
    """What the checker finds in the world."""
    known: Mapping[str, str] = field(default_factory=dict)
    """What a text may ask for: node, seed, cluster, group."""
    base: Report = field(default_factory=dict)
    """`reportedProperties` that stand until the device reports."""
    earlier: Mapping[str, Any] | None = None
    """`deploymentStatus` of the failed attempt that this one continues."""
    unknown_device: str = ""
    """The machine without edge device, when the service insists on one."""

    def wait(self, what: str, least: int, most: int) -> timedelta:
        """Return a span between *least* and *most* seconds, the same for the same attempt."""
        drawn = share(self.seed, self.cluster_id, self.mode, str(self.number), what)
        return timedelta(seconds=least + round(drawn * (most - least)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an attempt goes: Accepted until *begins*, InProgress until *ends* (None is never), then terminal."""

    mode: str
    begins: datetime
    ends: datetime | None
    succeeds: bool
    base: Report
    validation: tuple[Planned, ...] = ()
    validation_from: datetime | None = None
    deployment: tuple[Planned, ...] = ()
    deployment_from: datetime | None = None
    error: Mapping[str, Any] | None = None
    """The operation's error when no step tells of it."""

    def reported(self, now: datetime) -> Report:
        """Return `reportedProperties` as they stand at *now*."""
        told = dict(self.base)
        if self.validation_from is not None and self.validation_from <= now:
            told["validationStatus"] = status(self.validation, now)
        if self.deployment_from is not None and self.deployment_from <= now:
            told["deploymentStatus"] = status(self.deployment, now)
        return told

    def moments(self) -> list[datetime]:
        """Return, in order, every moment at which something becomes visible."""
        steps = (*walk(self.validation), *walk(self.deployment))
        shown = self.validation_from or self.deployment_from or self.begins
        times = {moment for step in steps for moment in (step.starts, step.ends) if moment and moment >= shown}
        marks = {self.begins, self.validation_from, self.deployment_from, self.ends}
        return sorted(times | {moment for moment in marks if moment is not None})


def course_of(attempt: Attempt) -> Course:
    """Return the course of an accepted request."""
    if attempt.unknown_device:
        return _unreported(attempt, attempt.wait("refusal", 35, 60), _no_device(attempt.unknown_device))
    if attempt.outcome.ends == "silent":
        return _unreported(attempt, DEVICE_TIMEOUT, _timeout(attempt))
    if attempt.mode == "Validate":
        return _validation(attempt)
    return _resumed(attempt) if attempt.earlier is not None else _upgrade(attempt)


def _begins(attempt: Attempt) -> datetime:
    return (attempt.accepted + attempt.wait("begin", 25, 45)).replace(microsecond=0)


def _ends(attempt: Attempt, last: datetime | None) -> datetime | None:
    return None if last is None else last + attempt.wait("end", 15, 30)


def _unreported(attempt: Attempt, after: timedelta, error: Mapping[str, Any]) -> Course:
    ends = attempt.accepted + after
    begins = min(_begins(attempt), ends)
    return Course(mode=attempt.mode, begins=begins, ends=ends, succeeds=False, base=attempt.base, error=error)


def _validation(attempt: Attempt) -> Course:
    begins = _begins(attempt)
    steps = _planned(attempt, catalogue.VALIDATION, begins, "Validate", stops=False)
    return Course(
        mode="Validate", begins=begins, ends=_ends(attempt, end_of(steps)), succeeds=not failed(steps),
        base=attempt.base, validation=steps, validation_from=begins,
    )  # fmt: skip


def _upgrade(attempt: Attempt) -> Course:
    begins = _begins(attempt)
    checker = _planned(attempt, catalogue.CHECKER, begins, "refused", stops=False)
    checked = end_of(checker)
    if checked is None:
        raise ValueError("the checker that runs first always ends")
    if failed(checker):
        return Course(
            mode="Deploy", begins=begins, ends=_ends(attempt, checked), succeeds=False,
            base=attempt.base, validation=checker, validation_from=checked,
        )  # fmt: skip
    return _deployment(attempt, begins, checked + attempt.wait("gap", 4, 9), ())


def _resumed(attempt: Attempt) -> Course:
    begins = _begins(attempt)
    return _deployment(attempt, begins, begins, (attempt.earlier or {}).get("steps") or ())


def _deployment(attempt: Attempt, begins: datetime, starts: datetime, earlier: Iterable[Mapping[str, Any]]) -> Course:
    stages: tuple[Stage, ...] = catalogue.DEPLOYMENT
    for name in _names(earlier):
        stages = catalogue.with_step(stages, name, catalogue.HOME["Deploy"])
    steps = _planned(attempt, stages, starts, "Deploy", stops=True, earlier=earlier)
    return Course(
        mode="Deploy", begins=begins, ends=_ends(attempt, end_of(steps)), succeeds=not failed(steps),
        base=attempt.base, deployment=steps, deployment_from=starts,
    )  # fmt: skip


def _names(reported: Iterable[Mapping[str, Any]], *, done: bool = False) -> Iterable[str]:
    """Yield the names of reported steps, only of those that ended well when *done*."""
    for one in reported:
        if not done or one.get("status") in {SUCCESS, SKIPPED}:
            yield str(one.get("name", ""))
        yield from _names(one.get("steps") or (), done=done)


def _planned(
    attempt: Attempt, stages: tuple[Stage, ...], starts: datetime, kind: str, *, stops: bool,
    earlier: Iterable[Mapping[str, Any]] = (),
) -> tuple[Planned, ...]:  # fmt: skip
    failures = () if kind == "Deploy" else attempt.found
    hanging = ""
    if attempt.outcome.ends == _ENDING[kind]:
        told = _told(attempt, stages, kind)
        stages = catalogue.with_step(stages, told.step, catalogue.HOME[kind])
        failures = (*failures, replace(told, step=_open_step(stages, told.step, earlier)))
    elif attempt.outcome.ends == "stuck" and kind in catalogue.USUAL_HANGING:
        name = attempt.outcome.step or catalogue.USUAL_HANGING[kind]
        stages = catalogue.with_step(stages, name, catalogue.HOME[kind])
        hanging = _open_step(stages, catalogue.longest_part(stages, name), earlier)
    planner = Planner(
        cursor=starts, seed=attempt.seed, words=(attempt.cluster_id, kind), stops=stops,
        hangs=hanging, failures=_by_step(failures),
    )  # fmt: skip
    return planner.steps(stages, earlier=earlier)


def _open_step(stages: tuple[Stage, ...], name: str, earlier: Iterable[Mapping[str, Any]]) -> str:
    """Return *name*, or the first step that is still to be done when the one of that name is done already."""
    done = {one.lower() for one in _names(earlier, done=True)}
    if name.lower() not in done:
        return name
    return next((one for one in catalogue.leaves(stages) if one.lower() not in done), name)


def _told(attempt: Attempt, stages: tuple[Stage, ...], kind: str) -> Failure:
    """Return what the outcome says fails."""
    outcome = attempt.outcome
    known = texts.text_of(outcome.text or texts.USUAL_TEXTS[kind])
    usual = known.step if known and known.step.lower() in set(catalogue.names(stages)) else ""
    step = outcome.step or usual or catalogue.USUAL_FAILING[kind]
    text = texts.filled(known.text if known else outcome.text, attempt.known)
    return Failure(step, text, attempt.known.get("node", ""))


def _by_step(failures: Iterable[Failure]) -> dict[str, tuple[Failure, ...]]:
    grouped: dict[str, tuple[Failure, ...]] = {}
    for one in failures:
        grouped[one.step.lower()] = (*grouped.get(one.step.lower(), ()), one)
    return grouped


def _timeout(attempt: Attempt) -> Mapping[str, Any]:
    milliseconds = int(DEVICE_TIMEOUT.total_seconds() * 1000)
    return {
        "code": "OperationTimeout",
        "message": f"OperationTimeout , No updates received from device for operation ({attempt.mode}) of "
        f"{attempt.cluster_id} beyond timeout of [{milliseconds}] ms",
    }


def _no_device(machine: str) -> Mapping[str, Any]:
    message = f"The edge device 'default' of '{machine}' was not found; create it before the deployment settings."
    return {
        "code": "UpdateDeploymentSettingsDataFailed", "message": "Deployment Settings validation failed.",
        "details": [{"code": "EdgeDeviceNotFound", "target": machine, "message": message}],
    }  # fmt: skip
