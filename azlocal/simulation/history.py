"""What happened in a sandbox world: the starts that were sent, what the clusters went through, who let go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azlocal.core.ids import key
from azlocal.core.times import parse_time
from azlocal.sandbox.journal import Entry
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

_SETTINGS = "microsoft.azurestackhci/clusters/deploymentsettings"
_TAGGED = frozenset(
    {
        "microsoft.azurestackhci/clusters",
        "microsoft.resources/resourcegroups",
        "microsoft.resources/subscriptions/resourcegroups",
        "microsoft.resources/subscriptions",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSent:
    """One deployment that azlocal sent. `parameters` leave the mode out; `accepted` says that Azure took it."""

    seq: int
    at: datetime
    cluster: str
    mode: str
    attempt: int
    inputs: str
    parameters: Mapping[str, Any]
    accepted: bool
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSeen:
    """`deploymentSettings` of a cluster from one moment on; None for the words means that they were deleted."""

    at: datetime
    mode: str
    provisioning: str
    validation: str
    deployment: str

    @property
    def running(self) -> bool:
        """Return whether an operation was under way."""
        return self.provisioning not in {"Succeeded", "Failed", "Canceled", "gone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsWritten:
    """A tag write that Azure took, and whose it was."""

    seq: int
    at: datetime
    scope: str
    principal: str
    tags: Mapping[str, str]


@dataclass
class Timeline:
    """Everything that changed in a world since it was watched, in order."""

    settings: dict[str, list[SettingsSeen]] = field(default_factory=dict)
    tags: dict[str, list[tuple[datetime, Mapping[str, str]]]] = field(default_factory=dict)

    @classmethod
    def watch(cls, azure: Azure) -> Timeline:
        """Return a timeline that fills as *azure* changes."""
        found = cls()
        for document in azure.store.all():
            found._saw(azure, document["id"].lower(), document)
        azure.store.listen(lambda changed, document: found._saw(azure, changed, document))
        return found

    def _saw(self, azure: Azure, changed: str, document: Document | None) -> None:
        now = azure.moment
        kind = document["type"].lower() if document else ""
        if changed.endswith("/deploymentsettings/default"):
            cluster = changed.rsplit("/deploymentsettings/", 1)[0]
            self.settings.setdefault(cluster, []).append(_settings(now, document))
        elif kind in _TAGGED and document is not None:
            self._tagged(changed, now, document.get("tags") or {})

    def _tagged(self, changed: str, now: datetime, tags: Mapping[str, str]) -> None:
        known = self.tags.setdefault(changed, [])
        if not known or known[-1][1] != tags:
            known.append((now, dict(tags)))

    def settings_at(self, cluster: str, moment: datetime) -> SettingsSeen | None:
        """Return the settings of *cluster* as they stood just before *moment*, or None."""
        return next((seen for seen in reversed(self.settings.get(key(cluster), [])) if seen.at < moment), None)

    def tags_through(self, scope: str, since: datetime, until: datetime) -> list[Mapping[str, str]]:
        """Return every set of tags that *scope* had at some time from *since* to *until*."""
        known = self.tags.get(key(scope), [])
        standing = [tags for at, tags in known if at <= since][-1:]
        return standing + [tags for at, tags in known if since < at <= until]


def _settings(now: datetime, document: Document | None) -> SettingsSeen:
    properties = (document or {}).get("properties", {})
    reported = properties.get("reportedProperties") or {}
    return SettingsSeen(
        at=now,
        mode=properties.get("deploymentMode", ""),
        provisioning=properties.get("provisioningState", "gone"),
        validation=(reported.get("validationStatus") or {}).get("status", ""),
        deployment=(reported.get("deploymentStatus") or {}).get("status", ""),
    )


def starts_sent(entries: Iterable[Entry]) -> list[StartSent]:
    """Return the deployments azlocal sent, in order; the lock names tell them from others'."""
    return [
        _start(entry)
        for entry in entries
        if entry.method == "PUT" and "/deployments/azl-up-" in entry.path.lower() and isinstance(entry.body, dict)
    ]


def _start(entry: Entry) -> StartSent:
    parts = entry.path.split("/")
    given = {name: one["value"] for name, one in entry.body["properties"]["parameters"].items()}
    tags = entry.body.get("tags") or {}
    at = parse_time(entry.at)
    assert at is not None, "the journal's moments are Azure's own"
    provider = "providers/Microsoft.AzureStackHCI/clusters"
    return StartSent(
        seq=entry.seq,
        at=at,
        cluster=key(f"/subscriptions/{parts[2]}/resourceGroups/{parts[4]}/{provider}/{given['clusterName']}"),
        mode=str(given["deploymentMode"]),
        attempt=int(tags.get("azlocal-attempt", 0)),
        inputs=tags.get("azlocal-inputs", ""),
        parameters={name: value for name, value in given.items() if name != "deploymentMode"},
        accepted=entry.effect and entry.status < 300,
        status=entry.status,
    )


def tags_written(entries: Iterable[Entry]) -> list[TagsWritten]:
    """Return the tag merges that Azure took, in order."""
    found = []
    for entry in entries:
        if entry.method != "PATCH" or not entry.path.lower().endswith("/tags/default") or entry.status >= 300:
            continue
        told = entry.body if isinstance(entry.body, dict) else {}
        at = parse_time(entry.at)
        if told.get("operation") == "Merge" and at is not None:
            scope = key(entry.path.lower().split("/providers/microsoft.resources/tags/")[0])
            tags = told.get("properties", {}).get("tags", {})
            found.append(TagsWritten(seq=entry.seq, at=at, scope=scope, principal=entry.principal or "", tags=tags))
    return found
