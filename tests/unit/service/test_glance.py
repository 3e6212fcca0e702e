"""A look at one cluster: what is read, what is said of it, what is recorded, and that nothing is started."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_tick import DOWN, NOW, OTHER_SUB, SUB, World, cluster, ident, plan, upgrade_failed, validated

from azlocal.core.plan import Scope
from azlocal.errors import Incomplete
from azlocal.service.glance import glance, narrowed, record

WRITES = ("acquire", "keep", "release", "intent", "start", "rows")
GROUPS = Scope(management_groups=("mg",))


class Scoped(World):
    def census(self, scope):
        self.asked = scope
        return super().census(scope)


def test_a_look_at_one_reads_that_one_and_writes_nothing():
    world = Scoped(cluster(1), validated(2))
    seen = glance(world.ports(), plan(), ident(2).upper())
    assert (seen.cluster.cluster.name, seen.look.now) == ("c02", NOW)
    assert world.asked == Scope(subscriptions=(SUB,))
    assert {where for what, where in world.journal if what in {"cluster", "settings", "deployment"}} == {"c02"}
    assert world.done(*WRITES) == []


def test_a_machine_stands_for_its_cluster():
    machine = f"/subscriptions/{SUB}/resourceGroups/rg-1/providers/Microsoft.HybridCompute/machines/m1"
    one = cluster(1)
    world = World(replace(one, machines=(replace(one.machines[0], id=machine),)), cluster(2))
    assert glance(world.ports(), plan(), machine).cluster.cluster.name == "c01"


def test_what_the_fleet_decides_waits_for_the_fleets_tick():
    decisions = [glance(World(one).ports(), plan(), one.id).cluster for one in (cluster(1), validated(1))]
    assert [(one.decision.kind, one.decision.reason) for one in decisions] == [("Wait", "FleetTickDecides")] * 2
    assert [str(one.reading.phase) for one in decisions] == ["Candidate", "Validated"]
    assert [one.ring for one in decisions] == ["one", "one"]


def test_what_the_cluster_itself_decides_stands():
    seen = glance(World(upgrade_failed(1)).ports(), plan(), ident(1))
    assert seen.cluster.decision.kind == "Hold"
    assert seen.look.rings == ()


@pytest.mark.parametrize("resource", ["", "/subscriptions", ident(1, OTHER_SUB), ident(1).replace(SUB, "")])
def test_what_lies_outside_the_plans_scope_is_not_looked_at(resource):
    world = World(cluster(1))
    assert glance(world.ports(), plan(), resource) is None
    assert world.journal == []


def test_a_cluster_that_is_not_there_is_none():
    world = World(cluster(1))
    assert glance(world.ports(), plan(), ident(7)) is None
    assert world.done("cluster", "settings", *WRITES) == []


def test_in_a_management_group_only_the_whole_scope_tells_what_belongs_to_it():
    assert narrowed(GROUPS, ident(1)) == GROUPS
    both = replace(GROUPS, subscriptions=(SUB.upper(),))
    assert narrowed(both, ident(1)) == Scope(subscriptions=(SUB,))
    assert narrowed(both, ident(1, OTHER_SUB)) == both


def test_what_the_scope_excludes_stays_excluded():
    scope = Scope(subscriptions=(SUB,), exclude=(ident(1),))
    assert narrowed(scope, ident(1)).excludes(ident(1))


def test_a_cluster_that_cannot_be_read_says_so():
    world = World(cluster(1))
    world.broken["settings", "c01"] = DOWN
    assert glance(world.ports(), plan(), ident(1)).cluster.cluster.error == "no answer"


def test_answers_without_a_date_are_no_look():
    world = World(cluster(1))
    world.first = None
    with pytest.raises(Incomplete):
        glance(world.ports(), plan(), ident(1))


def test_the_clusters_rows_are_recorded_under_the_looks_id():
    world = World(cluster(1), cluster(2))
    seen = glance(world.ports(), plan(), ident(1))
    record(world.ports(), plan(), seen, "look")
    assert {row.values["ClusterName"] for row in world.rows} == {"c01"}
    assert {row.values["TickId"] for row in world.rows} == {"look"}
    assert "AzLocalCluster_CL" in {row.table for row in world.rows}
    assert "AzLocalTick_CL" not in {row.table for row in world.rows}


def test_without_telemetry_nothing_is_recorded():
    world = World(cluster(1))
    seen = glance(world.ports(), plan(), ident(1))
    assert record(world.ports(sink=None), plan(), seen, "look") is None
