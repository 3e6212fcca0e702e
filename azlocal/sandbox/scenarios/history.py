"""Lets happen what a scenario says lies in the past, by the writers that answer clients, and the world live on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from azlocal.sandbox.clock import VirtualClock, stamp
from azlocal.sandbox.documents_hci import SETTINGS, edge_device, settings_request
from azlocal.sandbox.journey_life import begin_life, upgrade_os
from azlocal.sandbox.scenarios.inputs import others_parameters, own_parameters
from azlocal.sandbox.scenarios.model import ClusterSpec, Past, Scenario, ScenarioError
from azlocal.sandbox.wire import ArmError
from azlocal.sandbox.world import Azure


@dataclass(frozen=True, slots=True)
class _Request:
    """One PUT of `deploymentSettings` in the past."""

    at: datetime
    spec: ClusterSpec
    past: Past


def live_through(azure: Azure, scenario: Scenario, now: datetime) -> None:
    """Send the requests of the past in order and let all that follows from them happen, short of *now*.

    What is due at *now* itself is left to the first client request: so the world begins when it is looked at.
    """
    requests = sorted(_requests(scenario, now), key=lambda one: one.at)
    present = azure.clock
    for one in requests:
        azure.clock = VirtualClock(one.at)
        azure.settle()
        send(azure, one.spec, one.past, one.at)
    azure.clock = VirtualClock(now - timedelta(milliseconds=1))
    azure.settle()
    azure.clock = present
    for spec in {one.spec.id: one.spec for one in requests}.values():
        _report_again(azure, spec, now)
    begin_life(azure)
    for spec in scenario.clusters:
        if spec.os_upgrade is not None:
            upgrade_os(azure, spec.id, spec.os_upgrade.version, at=now + spec.os_upgrade.after)


def _requests(scenario: Scenario, now: datetime) -> Iterator[_Request]:
    for spec in scenario.clusters:
        for past in spec.past:
            yield _Request(now - past.ago, spec, past)


def send(azure: Azure, spec: ClusterSpec, past: Past, at: datetime) -> None:
    """Let somebody request what *past* says at the moment *at*; raise ScenarioError when Azure does not take it."""
    if past.mode == "Validate":
        for place, machine_id in enumerate(spec.machine_ids):
            azure.store.put(edge_device(machine_id, spec.network.host(place), synced=at))
    told = own_parameters(spec) if past.inputs == "own" else others_parameters(spec)
    body = settings_request(past.mode, told, spec.name)
    try:
        azure.types[SETTINGS].put(azure, f"{spec.id}/deploymentSettings/default", body, now=at, principal=None)
    except ArmError as error:
        raise ScenarioError(f"{spec.name}.past: Azure would not have taken this {past.mode}: {error}") from error


def _report_again(azure: Azure, spec: ClusterSpec, now: datetime) -> None:
    """Let a cluster have reported when its scenario says it did: the past may have left an older moment."""
    cluster = azure.store.get(spec.id)
    if cluster is None:
        return
    synced = stamp(now - spec.synced_ago)
    azure.store.put({**cluster, "properties": {**cluster["properties"], "lastSyncTimestamp": synced}})
