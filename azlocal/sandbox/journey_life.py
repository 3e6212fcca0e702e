"""What happens to clusters by themselves: they report twice a day, and their owners upgrade the OS."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from functools import partial

from azlocal.sandbox.clock import stamp
from azlocal.sandbox.journey import behaviour_of
from azlocal.sandbox.journey_world import summary_document
from azlocal.sandbox.store import Document
from azlocal.sandbox.world import Azure

_CLUSTERS = "Microsoft.AzureStackHCI/clusters"
REPORT_EVERY = timedelta(hours=12)
_LOOK_EVERY = timedelta(minutes=30)
DISPLAY_VERSIONS = {"20349": "22H2", "25398": "23H2", "26100": "24H2"}
CENSUS_AFTER = timedelta(hours=4)


def begin_life(azure: Azure) -> None:
    """Let the world live on: call once, when it is populated.

    From then on every cluster that syncs and is connected reports about every 12 hours, each at its own
    time. One entry on the agenda serves them all.
    """
    now = azure.clock.now()
    if azure.switch("update-summary-before-upgrade") == "stub":
        for cluster in list(azure.store.of_type(_CLUSTERS)):
            if azure.store.get(f"{cluster['id']}/updateSummaries/default") is None:
                azure.changed(summary_document(cluster, "", now))
    azure.after(now, _LOOK_EVERY, partial(_look, azure))


def _look(azure: Azure, at: datetime) -> None:
    latest = _limit(at, 23)
    for cluster in azure.store.of_type(_CLUSTERS):
        synced = str((cluster.get("properties") or {}).get("lastSyncTimestamp") or "")
        if synced <= latest and synced <= _limit(at, _slot(cluster)) and _reports(azure, cluster):
            azure.changed(_synced(cluster, at))
    azure.after(at, _LOOK_EVERY, partial(_look, azure))


def _slot(cluster: Document) -> int:
    return zlib.crc32(cluster["id"].lower().encode()) % 24


def _limit(at: datetime, slot: int) -> str:
    """Return the moment at or before which a cluster of *slot* must have reported last to report again at *at*."""
    return stamp(at - REPORT_EVERY + timedelta(minutes=5 * slot - 60))


def _reports(azure: Azure, cluster: Document) -> bool:
    connected = str(cluster["properties"].get("connectivityStatus", "")).lower() == "connected"
    return connected and behaviour_of(azure.behaviours, cluster["id"]).syncs


def _synced(cluster: Document, at: datetime) -> Document:
    """Return a cluster that has just reported, some minutes before anyone can see it."""
    moment = stamp(at - timedelta(seconds=zlib.crc32(cluster["id"].lower().encode()) % 1200))
    told = cluster["properties"]
    reported = {**(told.get("reportedProperties") or {}), "lastUpdated": moment}
    return {**cluster, "properties": {**told, "lastSyncTimestamp": moment, "reportedProperties": reported}}


def upgrade_os(
    azure: Azure, cluster_id: str, build: str, *, at: datetime,
    census_after: timedelta = CENSUS_AFTER, between: timedelta = timedelta(0),
) -> None:  # fmt: skip
    """Let the owner of a cluster upgrade its OS to *build*, such as `26100.32814`.

    The Arc machines show the build from *at* on, one node every *between*; the cluster's own census shows
    it *census_after* the last node (for hours the portal tells the old version). Nothing happens to a
    cluster that does not sync: its census stays as it was.
    """
    cluster = azure.store.get(cluster_id)
    nodes = (((cluster or {}).get("properties") or {}).get("reportedProperties") or {}).get("nodes") or ()
    version = build if build.startswith("10.0.") else f"10.0.{build}"
    moment = at
    for place, node in enumerate(nodes):
        moment = at + place * between
        azure.agenda.at(moment, partial(_upgrade_machine, azure, str(node.get("ehcResourceId", "")), version))
    azure.agenda.at(moment + census_after, partial(_census, azure, cluster_id, version))


def _upgrade_machine(azure: Azure, machine_id: str, version: str, at: datetime) -> None:
    machine = azure.store.get(machine_id)
    if machine is not None:
        told = {**(machine.get("properties") or {}), "osVersion": version, "lastStatusChange": stamp(at)}
        azure.changed({**machine, "properties": told})


def _census(azure: Azure, cluster_id: str, version: str, at: datetime) -> None:
    cluster = azure.store.get(cluster_id)
    if cluster is None or not _reports(azure, cluster):
        return
    told = cluster["properties"]
    reported = told.get("reportedProperties") or {}
    shown = {"osVersion": version, "osDisplayVersion": DISPLAY_VERSIONS.get(version.split(".")[2], "")}
    nodes = [{**node, **shown} for node in reported.get("nodes") or ()]
    now = stamp(at)
    reported = {**reported, "nodes": nodes, "clusterVersion": version, "lastUpdated": now}
    azure.changed({**cluster, "properties": {**told, "lastSyncTimestamp": now, "reportedProperties": reported}})
