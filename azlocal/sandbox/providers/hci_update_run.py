"""One update being applied: a run of some hours with nested progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey_life import upgrade_os
from azlocal.sandbox.journey_world import RELEASES
from azlocal.sandbox.operations import Operation
from azlocal.sandbox.providers.hci_documents import changed, properties_of
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

# name, description, minutes. Microsoft documents 3 to 5 h of checks and installation for 1 to 4 nodes.
PHASES = (
    ("Prepare update", "Download and verify the packages", 24.0),
    ("Check health", "Run the readiness checks", 31.0),
    ("Update OS", "Cluster-aware OS update", 118.0),
    ("Update services", "Update agents, services and the resource bridge", 47.0),
)


@dataclass(slots=True)
class UpdateRun:
    """A run under way. `pace` stretches the usual lengths."""

    azure: Azure
    cluster_id: str
    update_id: str
    summary_id: str
    name: str
    started: datetime
    pace: float
    operation: Operation

    def begin(self) -> None:
        """Show the run and let its phases pass."""
        self._set(self.update_id, state="Installing")
        self._set(self.summary_id, state="UpdateInProgress")
        self._show(self.started)
        moment = self.started
        for _, _, minutes in PHASES:
            moment += timedelta(minutes=minutes * self.pace)
            self.azure.agenda.at(moment, self._show)
        self.azure.agenda.at(moment + timedelta(seconds=30), self._end)

    def _set(self, resource_id: str, **properties: Any) -> None:
        document = self.azure.store.get(resource_id)
        if document is not None:
            self.azure.changed(changed(document, **properties))

    def _show(self, at: datetime, state: str = "InProgress") -> None:
        if self.azure.store.get(self.update_id) is None:
            return
        steps, status = self._steps(at), "Success" if state == "Succeeded" else "InProgress"
        update = str(self.update_id.rsplit("/", 1)[-1])
        done = sum(step["status"] == "Success" for step in steps)
        self._set(
            self.update_id,
            updateStateProperties={"progressPercentage": 100.0 * done / len(steps), "notifyMessage": ""},
        )  # fmt: skip
        self.azure.changed({
            "id": f"{self.update_id}/updateRuns/{self.name}", "name": f"{update}/{self.name}",
            "type": "Microsoft.AzureStackHCI/clusters/updates/updateRuns",
            "properties": {
                "provisioningState": "Succeeded", "timeStarted": _offset(self.started), "lastUpdatedTime": _offset(at),
                "duration": _duration(at - self.started), "state": state,
                "progress": {
                    "name": "Start update", "description": "Install the solution update", "errorMessage": "",
                    "status": status, "startTimeUtc": _zulu(self.started),
                    "endTimeUtc": _zulu(at) if state == "Succeeded" else "", "lastUpdatedTimeUtc": _zulu(at),
                    "expectedExecutionTime": "PT4H", "steps": steps,
                },
            },
        })  # fmt: skip

    def _steps(self, at: datetime) -> list[Document]:
        steps: list[Document] = []
        moment = self.started
        for name, description, minutes in PHASES:
            ends = moment + timedelta(minutes=minutes * self.pace)
            over, begun = ends <= at, moment <= at
            steps.append({
                "name": name, "description": description, "errorMessage": "",
                "status": "Success" if over else "InProgress" if begun else "NotStarted",
                "startTimeUtc": _zulu(moment) if begun else "", "endTimeUtc": _zulu(ends) if over else "",
                "lastUpdatedTimeUtc": _zulu(at), "steps": [],
            })  # fmt: skip
            moment = ends
        return steps

    def _end(self, at: datetime) -> None:
        update = self.azure.store.get(self.update_id)
        if update is not None:
            self._show(at, "Succeeded")
            self._installed(str(properties_of(update).get("version", "")), at)
        self.operation.end("Succeeded", at)

    def _installed(self, version: str, at: datetime) -> None:
        self._set(self.update_id, state="Installed", installedDate=stamp(at))
        packages = [
            {**one, "version": version, "lastUpdated": stamp(at)} if one["packageType"] != "SBE" else one
            for one in properties_of(self.azure.store.get(self.summary_id)).get("packageVersions") or ()
        ]
        self._set(
            self.summary_id, state="AppliedSuccessfully", currentVersion=version, packageVersions=packages,
            lastUpdated=stamp(at), lastChecked=stamp(at),
        )  # fmt: skip
        build = dict(RELEASES).get(version)
        if build is not None:
            upgrade_os(self.azure, self.cluster_id, build, at=at, census_after=timedelta(minutes=20))


def _zulu(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _offset(moment: datetime) -> str:
    """Format a moment as update runs do: with an offset instead of Z."""
    return stamp(moment).replace("Z", "+00:00")


def _duration(span: timedelta) -> str:
    hours, rest = divmod(int(span.total_seconds()), 3600)
    return "PT" + (f"{hours}H" if hours else "") + f"{rest // 60}M{rest % 60}S"
