"""What happened in a sandbox world: the starts that were sent, what the clusters went through, who let go."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from azlocal.azure import translate
from azlocal.core.facts import ClusterFacts
from azlocal.core.ids import deployment_name, key
from azlocal.core.times import parse_time
from azlocal.sandbox.journal import Entry
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure
from azlocal.simulation.record import Record, TickRun

_CLUSTERS = "microsoft.azurestackhci/clusters"
_TAGGED = frozenset(
    {
        _CLUSTERS,
        "microsoft.resources/resourcegroups",
        "microsoft.resources/subscriptions/resourcegroups",
        "microsoft.resources/subscriptions",
    }
)
_ACTIVE = frozenset({"Accepted", "Running", "Updating", "Deleting"})
_OVER = frozenset({"Succeeded", "Failed", "Canceled"})
_EXTENSION = "/extensions/azureedgelifecyclemanager"
IDENTITY = "managed-identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSent:
    """One start that azlocal sent: a deployment (mode Validate or Deploy), or the write of one extension (Extension).

    `parameters` leave the mode out; `accepted` says that Azure took it. `sent_at` is earlier than `at`, when Azure
    had it, where the request was long on its way. `tick` is known where it was written down, and `steps` how many
    rows of steps had been ingested then.
    """

    seq: int
    at: datetime
    sent_at: datetime
    cluster: str
    mode: str
    attempt: int
    inputs: str
    plan: str
    parameters: Mapping[str, Any]
    accepted: bool
    status: int
    order: int
    """How many events of the timeline came before it was sent."""
    tick: TickRun | None = None
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsSeen:
    """`deploymentSettings` of a cluster from one moment on; None for the words means that they were deleted."""

    at: datetime
    mode: str
    provisioning: str
    validation: str
    deployment: str
    ended: datetime | None = None
    """When the last step of the operation ended, by what it reports."""
    order: int = 0
    """How many events of the timeline came before."""

    def __str__(self) -> str:
        words = (("validation", self.validation), ("deployment", self.deployment))
        told = ", ".join(f"{name} {word}" for name, word in words if word)
        return f"{self.mode} {self.provisioning}" + (f" ({told})" if told else "")

    @property
    def over(self) -> bool:
        """Return whether an operation was there and has ended."""
        return self.provisioning in _OVER

    @property
    def upgrade_failed(self) -> bool:
        """Return whether an upgrade was there and has ended in failure."""
        return self.over and (self.mode, self.deployment) == ("Deploy", "Error")

    @property
    def running(self) -> bool:
        """Return whether an operation was under way."""
        return self.provisioning not in {*_OVER, "gone"}


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
    """Everything that changed in a world since it was watched, in order. Keys are ids in lower case."""

    settings: dict[str, list[SettingsSeen]] = field(default_factory=dict)
    tags: dict[str, list[tuple[datetime, Mapping[str, str]]]] = field(default_factory=dict)
    clusters: dict[str, ClusterFacts] = field(default_factory=dict)
    """Every cluster as it was first seen."""
    deployments: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Lock name of a cluster → its events (by their order): the provisioning states of azlocal's deployment."""
    times: list[datetime] = field(default_factory=list)
    """When each event was; an event is a change of settings, or of a deployment of azlocal's."""
    solutions: dict[str, datetime] = field(default_factory=dict)
    """Cluster → since when its update summary shows a solution."""
    machines: dict[str, str] = field(default_factory=dict)
    """Machine → its cluster."""
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Cluster → its machines."""
    synced: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    """Cluster → (since when it could be read, when it had last reported)."""
    moved: deque[datetime] = field(default_factory=lambda: deque(maxlen=40))
    """When something last changed that a census shows, other than that a cluster has reported once more."""
    _told: dict[str, object] = field(default_factory=dict)

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
        if kind != _CLUSTERS or self._changed(changed, document or {}):
            self.moved.append(now)
        if changed.endswith("/deploymentsettings/default"):
            cluster = changed.rsplit("/deploymentsettings/", 1)[0]
            self.settings.setdefault(cluster, []).append(_settings(now, document, len(self.times)))
            self.times.append(now)
        elif kind in _TAGGED and document is not None:
            self._tagged(changed, now, document.get("tags") or {})
            if kind == _CLUSTERS:
                self._reported(changed, now, document)
        elif "/deployments/azl-up-" in changed:
            state = document["properties"]["provisioningState"] if document else "gone"
            self.deployments.setdefault(changed.rsplit("/", 1)[-1], []).append((len(self.times), state))
            self.times.append(now)
        elif changed.endswith("/updatesummaries/default") and (document or {}).get("properties", {}).get(
            "currentVersion"
        ):
            self.solutions.setdefault(changed.rsplit("/updatesummaries/", 1)[0], now)

    def _changed(self, changed: str, cluster: Document) -> bool:
        """Return whether a cluster tells anything new but that it has reported."""
        told = cluster["properties"]
        nodes = (told.get("reportedProperties") or {}).get("nodes")
        now = (told.get("status"), told.get("connectivityStatus"), cluster.get("tags"), cluster.get("identity"), nodes)
        before, self._told[changed] = self._told.get(changed), now
        return now != before

    def _tagged(self, changed: str, now: datetime, tags: Mapping[str, str]) -> None:
        known = self.tags.setdefault(changed, [])
        if not known or known[-1][1] != tags:
            known.append((now, dict(tags)))

    def _reported(self, changed: str, now: datetime, cluster: Document) -> None:
        synced = parse_time(cluster["properties"].get("lastSyncTimestamp"))
        known = self.synced.setdefault(changed, [])
        if synced is not None and (not known or known[-1][1] != synced):
            known.append((now, synced))
        if changed not in self.nodes:
            self._noded(changed, cluster)

    def _noded(self, changed: str, cluster: Document) -> None:
        nodes = (cluster["properties"].get("reportedProperties") or {}).get("nodes") or ()
        self.clusters[changed] = translate.cluster(cluster, None)
        self.nodes[changed] = tuple(key(str(node.get("ehcResourceId", ""))) for node in nodes)
        self.machines |= dict.fromkeys(self.nodes[changed], changed)

    def settings_at(self, cluster: str, moment: datetime) -> SettingsSeen | None:
        """Return the settings of *cluster* as they stood at *moment*, or None."""
        return next((seen for seen in reversed(self.settings.get(key(cluster), [])) if seen.at <= moment), None)

    def settings_through(self, cluster: str, since: datetime, order: int) -> list[SettingsSeen | None]:
        """Return the settings of *cluster* that stood at some time from just before *since* until *order* events had been.

        None stands for none.
        """
        known = self.settings.get(key(cluster), [])
        standing: list[SettingsSeen | None] = [*[seen for seen in known if seen.at < since][-1:]] or [None]
        return standing + [seen for seen in known if since <= seen.at and seen.order < order]

    def deploying(self, cluster: str, order: int) -> bool:
        """Return whether azlocal's deployment of *cluster* was active when *order* events had been."""
        known = [state for place, state in self.deployments.get(deployment_name(cluster), []) if place < order]
        return bool(known) and known[-1] in _ACTIVE

    def settings_by(self, cluster: str, order: int) -> SettingsSeen | None:
        """Return the settings of *cluster* as they stood when *order* events had been."""
        return next((seen for seen in reversed(self.settings.get(key(cluster), [])) if seen.order < order), None)

    def tags_through(self, scope: str, since: datetime, until: datetime) -> list[Mapping[str, str]]:
        """Return every set of tags that *scope* had at some time from just before *since* to *until*."""
        known = self.tags.get(key(scope), [])
        standing = [tags for at, tags in known if at < since][-1:]
        return standing + [tags for at, tags in known if since <= at <= until]

    def cluster_at(self, cluster: str, moment: datetime) -> ClusterFacts:
        """Return a cluster with the tags it had at *moment*, as a plan selects by them; earlier, with its first."""
        known = self.tags.get(cluster, [])
        standing = [tags for at, tags in known if at <= moment][-1:] or [tags for _, tags in known[:1]]
        return replace(self.clusters[cluster], tags=standing[0] if standing else {})

    def synced_at(self, cluster: str, moment: datetime) -> datetime | None:
        """Return when *cluster* had last reported, as could be read at *moment*."""
        return next((told for at, told in reversed(self.synced.get(cluster, [])) if at <= moment), None)

    def solved_at(self, cluster: str, moment: datetime) -> bool:
        """Return whether *cluster* really was the solution at *moment*."""
        since = self.solutions.get(cluster)
        seen = self.settings_at(cluster, moment)
        upgraded = seen is not None and (seen.mode, seen.deployment) == ("Deploy", "Success")
        return upgraded or (since is not None and since <= moment)


def _settings(now: datetime, document: Document | None, order: int) -> SettingsSeen:
    properties = (document or {}).get("properties", {})
    reported = properties.get("reportedProperties") or {}
    provisioning = properties.get("provisioningState", "gone")
    return SettingsSeen(
        at=now,
        mode=properties.get("deploymentMode", ""),
        provisioning=provisioning,
        validation=(reported.get("validationStatus") or {}).get("status", ""),
        deployment=(reported.get("deploymentStatus") or {}).get("status", ""),
        ended=_ended(reported) if provisioning in _OVER else None,
        order=order,
    )


def _ended(reported: Mapping[str, Any]) -> datetime | None:
    """Return when the last step that reports an end ended, whatever its depth."""
    found, steps = "", list[Mapping[str, Any]]()
    for name in ("validationStatus", "deploymentStatus"):
        steps += (reported.get(name) or {}).get("steps") or ()
    while steps:
        step = steps.pop()
        found = max(found, str(step.get("endTimeUtc") or ""))
        steps += step.get("steps") or ()
    return parse_time(f"{found}Z") if found else None


def moment_of(entry: Entry) -> datetime:
    """Return when Azure had a request."""
    at = parse_time(entry.at)
    assert at is not None, "the journal's moments are Azure's own"
    return at


def starts_sent(
    entries: Iterable[Entry], record: Record | None = None, timeline: Timeline | None = None
) -> list[StartSent]:
    """Return the starts azlocal sent, in order; lock names tell its deployments from others'.

    Extension writes are told only with a *timeline*, which knows whose machine is whose.
    """
    found = []
    for entry in entries:
        path = entry.path.lower()
        if entry.method != "PUT":
            continue
        if "/deployments/azl-up-" in path and isinstance(entry.body, dict):
            found.append(_start(entry, record or Record(), timeline or Timeline()))
        elif path.endswith(_EXTENSION) and entry.principal == IDENTITY and timeline is not None:
            found.append(_extension(entry, record or Record(), timeline))
    return found


def _start(entry: Entry, record: Record, timeline: Timeline) -> StartSent:
    parts = entry.path.split("/")
    given = {name: one["value"] for name, one in entry.body["properties"]["parameters"].items()}
    tags = entry.body.get("tags") or {}
    provider = "providers/Microsoft.AzureStackHCI/clusters"
    sending, at = record.of(entry), moment_of(entry)
    return StartSent(
        seq=entry.seq, at=at, sent_at=sending.at if sending else at,
        cluster=key(f"/subscriptions/{parts[2]}/resourceGroups/{parts[4]}/{provider}/{given['clusterName']}"),
        mode=str(given["deploymentMode"]),
        attempt=int(tags.get("azlocal-attempt", 0)),
        inputs=tags.get("azlocal-inputs", ""),
        plan=tags.get("azlocal-plan", ""),
        parameters={name: value for name, value in given.items() if name != "deploymentMode"},
        accepted=entry.effect and entry.status < 300, status=entry.status,
        order=sending.order if sending else bisect_left(timeline.times, at),
        tick=sending.tick if sending else None, steps=sending.steps if sending else 0,
    )  # fmt: skip


def _extension(entry: Entry, record: Record, timeline: Timeline) -> StartSent:
    machine = key(entry.path.lower().split("/extensions/")[0])
    sending, at = record.of(entry), moment_of(entry)
    return StartSent(
        seq=entry.seq, at=at, sent_at=sending.at if sending else at, cluster=timeline.machines.get(machine, machine),
        mode="Extension", attempt=0, inputs="", plan="", parameters={"machine": machine},
        accepted=entry.effect and entry.status < 300, status=entry.status,
        order=sending.order if sending else bisect_left(timeline.times, at),
        tick=sending.tick if sending else None, steps=sending.steps if sending else 0,
    )  # fmt: skip


def tags_written(entries: Iterable[Entry]) -> list[TagsWritten]:
    """Return the tag merges that Azure took, in order."""
    found = []
    for entry in entries:
        if entry.method != "PATCH" or not entry.path.lower().endswith("/tags/default") or entry.status >= 300:
            continue
        told = entry.body if isinstance(entry.body, dict) else {}
        if told.get("operation") == "Merge" and entry.effect:
            scope = key(entry.path.lower().split("/providers/microsoft.resources/tags/")[0])
            tags = told.get("properties", {}).get("tags", {})
            found.append(
                TagsWritten(seq=entry.seq, at=moment_of(entry), scope=scope, principal=entry.principal or "", tags=tags)
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One world's story, ready to be judged. `control` is the id of the control group."""

    starts: Sequence[StartSent]
    tags: Sequence[TagsWritten]
    timeline: Timeline
    control: str
    record: Record = field(default_factory=Record)
    entries: Sequence[Entry] = ()
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, entries: Sequence[Entry], timeline: Timeline, control: str, record: Record | None = None,
        tables: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> History:  # fmt: skip
        """Return the history that a journal and a timeline tell, and a record and log tables where they were kept."""
        return cls(
            starts=starts_sent(entries, record, timeline), tags=tags_written(entries), timeline=timeline,
            control=key(control), record=record or Record(), entries=entries, tables=tables or {},
        )  # fmt: skip

    @property
    def accepted(self) -> list[StartSent]:
        """Return the starts that Azure took."""
        return [start for start in self.starts if start.accepted]

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a log table, in the order in which they were ingested."""
        return self.tables.get(table, ())
