"""Lets attempts happen: one entry on the agenda for each thing that becomes visible, and nothing between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from azlocal.sandbox.journey_course import Course
from azlocal.sandbox.journey_plan import ERROR, SUCCESS, walk
from azlocal.sandbox.journey_report import Report, dumped
from azlocal.sandbox.journey_world import CHANGES, Change, Upgraded
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

_WORDS = {"Validate": "Validation", "Deploy": "Deployment"}
_BACK_TO_NORMAL = timedelta(minutes=10)


@dataclass(slots=True)
class Run:
    """One attempt under way."""

    settings_id: str
    course: Course
    operation: Operation
    upgraded: Upgraded
    moments: list[datetime]
    changes: Mapping[datetime, list[Change]]
    late: timedelta = timedelta(0)
    """How much later than it happens the device's report becomes visible."""
    reached: int = 0

    @property
    def next_shown(self) -> datetime:
        """Return when something becomes visible next."""
        return self.moments[self.reached] + self.late


@dataclass(slots=True)
class Runs:
    """What is under way, and what each cluster has behind it. Keys are cluster ids in lower case."""

    azure: Azure
    current: dict[str, Run] = field(default_factory=dict)
    attempts: dict[tuple[str, str], int] = field(default_factory=dict)
    unfinished: dict[str, Report] = field(default_factory=dict)
    """`deploymentStatus` of clusters whose last upgrade failed: the device knows it, whatever Azure shows."""

    def count(self, cluster_id: str, mode: str) -> int:
        """Count one more attempt and return its number."""
        key = (cluster_id.lower(), mode)
        self.attempts[key] = self.attempts.get(key, 0) + 1
        return self.attempts[key]

    def begin(self, settings_id: str, upgraded: Upgraded, course: Course, operation: Operation) -> None:
        """Let an attempt go its course; an earlier one of the cluster is not heard of again."""
        late = self.azure.report_lag
        run = Run(settings_id, course, operation, upgraded, course.moments(), _changes(course), late)
        self.current[upgraded.cluster_id.lower()] = run
        self.azure.agenda.at(run.next_shown, partial(self._turn, run))

    def abandon(self, cluster_id: str, at: datetime) -> Run | None:
        """Let what runs on a cluster be forgotten, and return it; its operation ends as canceled."""
        run = self.current.pop(cluster_id.lower(), None)
        if run is not None:
            error = {"code": "OperationCanceled", "message": "The operation was canceled."}
            run.operation.end("Canceled", at, error)
        return run

    def abort(self, cluster_id: str, at: datetime) -> None:
        """Let what runs on a cluster be given up; the cluster shows it as failed."""
        run = self.abandon(cluster_id, at)
        if run is not None:
            self._cluster_status(run, f"{_WORDS[run.course.mode]}Failed")

    def _turn(self, run: Run, at: datetime) -> None:
        key = run.upgraded.cluster_id.lower()
        if self.current.get(key) is not run:
            return
        settings = self.azure.store.get(run.settings_id)
        if settings is None:
            self.abandon(key, at)
            return
        happened = at - run.late
        for change in run.changes.get(happened, ()):
            change(self.azure, run.upgraded, at)
        self._show(run, settings, happened, at)
        run.reached += 1
        if run.reached < len(run.moments):
            self.azure.agenda.at(run.next_shown, partial(self._turn, run))

    def _show(self, run: Run, settings: Document, happened: datetime, at: datetime) -> None:
        course = run.course
        reported = course.reported(happened)
        if course.ends is not None and happened >= course.ends:
            self._end(run, settings, reported, at)
            return
        self._write(settings, "InProgress", reported)
        run.operation.percent = round(100 * (run.reached + 1) / (len(run.moments) + 1))
        if run.reached == 0:
            self._cluster_status(run, f"{_WORDS[course.mode]}InProgress")

    def _end(self, run: Run, settings: Document, reported: Report, at: datetime) -> None:
        course, key = run.course, run.upgraded.cluster_id.lower()
        state = "Succeeded" if course.succeeds else self._failed_state(course)
        self._write(settings, state, reported)
        word = _WORDS[course.mode]
        self._cluster_status(run, f"{word}Success" if course.succeeds else f"{word}Failed")
        del self.current[key]
        self._remember(key, reported)
        if course.succeeds and course.mode == "Deploy":
            self._settle_status(run, at)
        run.operation.percent = 100 if state == "Succeeded" else run.operation.percent
        error = course.error or _error(reported, run.upgraded.cluster_id)
        run.operation.end(state, at, None if state == "Succeeded" else dict(error))

    def _failed_state(self, course: Course) -> str:
        return self.azure.switch("provisioning-state-after-failed-deploy") if course.deployment else "Failed"

    def _remember(self, key: str, reported: Report) -> None:
        told = reported.get("deploymentStatus") or {}
        if told.get("status") == ERROR:
            self.unfinished[key] = told
        elif told.get("status") == SUCCESS:
            self.unfinished.pop(key, None)

    def _settle_status(self, run: Run, at: datetime) -> None:
        """Some time after success the cluster may go back to telling that it is connected."""
        if self.azure.switch("status-after-upgrade") == "ConnectedRecently":
            self.azure.after(
                at, _BACK_TO_NORMAL, lambda _: self._cluster_status(run, "ConnectedRecently", "DeploymentSuccess")
            )

    def _write(self, settings: Document, state: str, reported: Report) -> None:
        told = {**settings["properties"], "provisioningState": state, "reportedProperties": reported}
        self.azure.changed({**settings, "properties": told})

    def _cluster_status(self, run: Run, status: str, only_from: str = "") -> None:
        cluster = self.azure.store.get(run.upgraded.cluster_id)
        if cluster is not None and only_from in {"", cluster["properties"].get("status")}:
            self.azure.changed({**cluster, "properties": {**cluster["properties"], "status": status}})


def _changes(course: Course) -> dict[datetime, list[Change]]:
    """Return what the world does when, by the steps that end well."""
    changes: dict[datetime, list[Change]] = {}
    for step in walk(course.deployment):
        change = CHANGES.get(step.name.lower())
        if change is not None and step.status == SUCCESS and step.ends is not None:
            changes.setdefault(step.ends, []).append(change)
    return changes


def _error(reported: Report, cluster_id: str) -> Mapping[str, Any]:
    """Return the operation's error as the service gives it, with the flattened statuses."""
    code, word = "UpdateDeploymentSettingsDataFailed", "deployment" if "deploymentStatus" in reported else "validation"
    detail = {"code": code, "target": cluster_id, "message": dumped(reported)}
    return {"code": code, "message": f"Deployment Settings {word} failed.", "details": [detail]}
