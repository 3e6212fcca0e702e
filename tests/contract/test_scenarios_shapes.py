"""Everything a world starts with has all the keys of the payloads that Azure answers, and no others."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from shape import SHAPES, problems

from azlocal.sandbox.clock import VirtualClock
from azlocal.sandbox.run import world

SCENARIOS = ("fleet-small", "single-happy", "single-validation-fails", "single-upgrade-fails-and-resumes", "fleet-40")
SHAPE_OF = {
    "microsoft.azurestackhci/clusters": "cluster",
    "microsoft.azurestackhci/clusters/arcsettings": "arcSettings",
    "microsoft.azurestackhci/clusters/deploymentsettings": "deploymentSettings",
    "microsoft.azurestackhci/edgedevices": "edgeDevice",
    "microsoft.hybridcompute/machines": "machine",
    "microsoft.hybridcompute/machines/extensions": "machineExtension",
}
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_document_of_a_scenario_has_the_shape_of_its_payload(scenario: str):
    front, _, _ = world(scenario, VirtualClock(NOW))
    told = [
        f"{document['id']}: {one}"
        for document in front.azure.store.all()
        if (name := SHAPE_OF.get(document["type"].lower()))
        for one in problems(SHAPES[name], document)
    ]
    assert told == []


def test_fleet_small_has_documents_of_every_shape():
    front, _, _ = world("fleet-small", VirtualClock(NOW))
    assert set(SHAPE_OF) <= {document["type"].lower() for document in front.azure.store.all()}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_document_lies_in_a_group_and_a_subscription_that_are_there(scenario: str):
    store = world(scenario, VirtualClock(NOW))[0].azure.store
    for document in store.all():
        parts = document["id"].split("/")
        assert store.get("/".join(parts[:3])) is not None
        if len(parts) > 4 and parts[3] == "resourceGroups":
            assert store.get("/".join(parts[:5])) is not None
        assert document["name"] == parts[-1] or document["type"] == "Microsoft.Resources/subscriptions"


def test_the_same_seed_gives_the_same_world_and_another_one_another():
    def documents(seed: int) -> list[object]:
        return list(world("fleet-25", VirtualClock(NOW), seed)[0].azure.store.all())

    assert documents(4) == documents(4)
    assert documents(4) != documents(5)
