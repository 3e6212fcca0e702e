"""Locks are read for every cluster by one list for each subscription; what was refused is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from test_tick import NOW, OTHER_SUB, SUB, World, cluster, ident, plan, ring, validated

from azlocal.core.facts import ABSENT, AfterFacts, RelatedFacts, Step
from azlocal.core.ids import key
from azlocal.core.plan import Scope
from azlocal.errors import AzureRefused
from azlocal.service.look import look
from azlocal.service.observe import refresh, with_locks
from azlocal.service.tick import TickRequest, tick

NO = AzureRefused("no right to read locks", remedy="grant Reader", code="AuthorizationFailed")


def lock(scope, level="ReadOnly"):
    return RelatedFacts(id=f"{scope}/providers/Microsoft.Authorization/locks/keep", kind="locks", status=level)


def breathe():
    """Hold nothing."""


def locked(world, **changes):
    facts = world.census(None)
    return {one.name: one.locks for one in with_locks(world, replace(facts, **changes), breathe).clusters}


def test_each_cluster_gets_the_locks_that_concern_it():
    mine, sub = lock(ident(1)), lock(f"/subscriptions/{SUB}", "CanNotDelete")
    world = World(cluster(1, locks=(mine,)), cluster(2, locks=(sub,)))
    assert locked(world) == {"c01": (mine, sub), "c02": (sub,)}


def test_a_subscription_whose_locks_may_not_be_read_leaves_them_unknown_and_the_others_known():
    far = replace(cluster(2), id=ident(2, OTHER_SUB))
    world = World(cluster(1, locks=(lock(ident(1)),)), far)
    world.broken["locks", OTHER_SUB] = NO
    assert locked(world) == {"c01": (lock(ident(1)),), "c02": None}


def test_a_machine_in_another_subscription_is_asked_for_there_too():
    machine = replace(cluster(1).machines[0], id=f"/subscriptions/{OTHER_SUB}/resourceGroups/arc/machines/m1")
    world = World(replace(cluster(1), machines=(machine,)))
    assert locked(world) == {"c01": ()}
    world.broken["locks", OTHER_SUB] = NO
    assert locked(world) == {"c01": None}


@pytest.mark.parametrize(("locks", "reason"), [((lock(ident(1)),), "Blocked"), ((), None)])
def test_a_tick_starts_nothing_under_a_lock_that_refuses_every_write(locks, reason):
    world = World(cluster(1, locks=locks))
    report = tick(world.ports(), plan(), TickRequest())
    assert bool(world.done("start")) is (reason is None)
    if reason:
        (one,) = report.clusters
        assert (one.decision.kind, one.decision.reason) == ("Hold", reason)
        assert "lift the lock keep" in one.decision.remedy


def test_a_tick_starts_nothing_where_the_locks_could_not_be_read():
    world = World(cluster(1))
    world.broken["locks", SUB] = NO
    report = tick(world.ports(), plan(), TickRequest())
    assert not world.done("start")
    assert report.clusters[0].decision.reason == "EvidenceMissing"
    assert "locks" in report.clusters[0].decision.message


def test_a_lock_that_came_after_the_validation_holds_the_upgrade():
    world = World(replace(validated(1), locks=(lock(ident(1)),)))
    report = tick(world.ports(), plan(), TickRequest())
    assert not world.done("start")
    assert report.clusters[0].decision.reason == "NoLongerReady"


def test_a_look_without_a_plan_reads_the_locks_too():
    world = World(cluster(1, locks=(lock(ident(1)),)))
    found = look(world.ports(), None, Scope(subscriptions=(SUB,)))
    assert found.clusters[0].cluster.locks == (lock(ident(1)),)


# what an upgrade left behind


def upgraded(hours):
    """Return a cluster whose upgrade ended *hours* ago."""
    done = validated(1)
    steps = (Step(name="Deploy", status="Success", started_at=NOW, ended_at=NOW - timedelta(hours=hours)),)
    settings = replace(done.settings, mode="Deploy", deployment_status="Success", deployment_steps=steps)
    return replace(done, settings=settings, deployment=ABSENT)


@pytest.mark.parametrize(("hours", "read"), [(1, True), (30, False)])
def test_what_an_upgrade_left_behind_is_read_in_the_day_after_it(hours, read):
    world = World(upgraded(hours))
    facts = refresh(world, plan(ring()), world.census(None), NOW, breathe)
    assert (facts.clusters[0].after == AfterFacts(observed_at=NOW)) is read


def test_explaining_an_upgraded_cluster_reads_it_at_any_time():
    world = World(upgraded(300))
    found = look(world.ports(), plan(ring()), detail="c01")
    assert found.clusters[0].cluster.after == AfterFacts(observed_at=NOW)
    assert key(found.clusters[0].cluster.id) == key(ident(1))
